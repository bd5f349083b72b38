"""The live checks: what stands in the form is looked at as it is typed, for whoever may edit the page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from cms.articles.actions import home_page
from cms.checks.passages import written
from cms.checks.words import WORDS, words_of
from cms.previews import workshop as place
from render.findings import Finding
from tests.cms.conftest import EDITORS

SLUG = "tro-cap-huu-tri-xa-hoi"


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    """No process outlives these tests."""
    yield
    place.workshop.close()


def told(client: Any, page: Any, **typed: str) -> str:
    answer = client.post(reverse("checks_page", args=[page.pk]), typed)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return html.unescape(answer.content.decode())


def test_a_good_article_has_nothing_that_must_be_mended(site: str, publish: Callable[..., Any], login: Any) -> None:
    found = told(login(EDITORS), publish(SLUG))
    assert "Phải sửa" not in found
    assert "dễ đọc" in found
    assert re.search(r"Bản tin loa 1 phút.*?0:\d\d / 1:00", found, re.DOTALL)


def test_what_is_typed_is_found_at_its_field_with_the_mend(site: str, publish: Callable[..., Any], login: Any) -> None:
    page = publish(SLUG)
    found = told(login(EDITORS), page, summary="Nhận 500.000 đồng và {{ khong_co }}. Hỏi UBND.")
    assert "“500.000 đồng” gõ bằng tay" in found
    assert 'data-place="summary" data-find="500.000 đồng" data-put="{{ tro_cap_huu_tri_xa_hoi }}"' in found
    assert "Không có số liệu nào tên là “khong_co”" in found
    assert "UBND chưa được giải thích" in found
    assert "Tóm tắt" in found
    page.refresh_from_db()
    assert "UBND" not in page.summary  # looking saves nothing


def test_hostile_text_is_shown_as_text(site: str, publish: Callable[..., Any], login: Any) -> None:
    client, page = login(EDITORS), publish(SLUG)
    bad = '<script>alert(1)</script> 7,25% "><img src=x onerror=alert(1)>'
    answer = client.post(reverse("checks_page", args=[page.pk]), {"summary": bad, "title": bad})
    assert answer.status_code == 200
    assert b"<script>" not in answer.content
    assert b"<img" not in answer.content


def test_checks_need_the_right_to_edit(site: str, publish: Callable[..., Any], login: Any, client: Any) -> None:
    address = reverse("checks_page", args=[publish(SLUG).pk])
    assert client.post(address).status_code == 302
    assert login("", name="nobody").post(address).status_code in (302, 403)
    assert login(EDITORS).get(address).status_code == 405


def test_a_page_that_is_not_saved_yet_is_checked_too(site: str, login: Any) -> None:
    answer = login(EDITORS).post(reverse("checks_new", args=[home_page().pk]), {"title": "TIN MỚI TRONG THÁNG"})
    found = html.unescape(answer.content.decode())
    assert "Bài chưa có mục nào" in found
    assert "Tiêu đề chưa có con số" in found


def test_every_text_of_a_page_has_its_path_and_its_label(site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    with translation.override("vi"):
        found = written(page)
    texts = {one.passage.text for one in found}
    from cms.articles.text import all_texts

    assert {text for text in all_texts(page.as_article()) if text} <= texts
    steps = next(child for child in page.body if child.block_type == "steps")
    first = next(one for one in found if one.passage.text.startswith("**Điền Mẫu 01.**"))
    assert first.passage.place.startswith(f"body.{steps.id}.items.")
    assert "Làm thế nào?" in first.label


def test_every_finding_has_words_in_both_languages() -> None:
    values = dict.fromkeys(
        (
            "count",
            "most",
            "better",
            "short",
            "full",
            "text",
            "label",
            "date",
            "value",
            "key",
            "products",
            "what",
            "mend",
        ),
        "7",
    )
    for code in WORDS:
        finding = Finding(code, "hint", "title", "x", values)
        with translation.override("en"):
            english = words_of(finding)
        with translation.override("vi"):
            vietnamese = words_of(finding)
        assert "%(" not in "".join(english + vietnamese)
        assert english[1] != vietnamese[1], code


def test_the_panel_of_an_article_is_ours(site: str, publish: Callable[..., Any], login: Any) -> None:
    page, client = publish(SLUG), login(EDITORS)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert f'data-loa-checks="{reverse("checks_page", args=[page.pk])}"' in edit
    assert "w-content-checker-row-template" not in edit
