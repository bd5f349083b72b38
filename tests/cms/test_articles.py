"""Articles come in and go out without loss, and what is wrong with a text is said at its field."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from PIL import Image as PilImage
from wagtail.images import get_image_model
from wagtail.models import Locale
from wagtail.search.backends import get_search_backend

from cms.articles.actions import ImportArticleAction, home_page
from cms.articles.adapter import article_of, fill_page
from cms.articles.blocks import InlineTextBlock
from cms.articles.exports import file_text
from cms.articles.models import PolicyArticlePage
from cms.offices.models import Office
from render.article import Article, Comparison, Prose
from render.errors import LoaError
from render.markdown import parse_article, read_article, write_article
from render.plan import Source
from tests.cms.conftest import CONTRIBUTORS, DEMO, EDITORS
from tests.render.article_strategies import articles

FILES = sorted((DEMO / "articles").glob("*-*.md"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(article=articles())
def test_a_page_holds_any_article_without_loss(site: str, article: Article) -> None:
    page = PolicyArticlePage(locale=Locale(pk=1, language_code=article.lang))
    fill_page(page, article)
    field = page._meta.get_field("body")
    page.body = field.to_python(field.get_prep_value(page.body))  # as the database keeps it
    assert article_of(page) == article


def test_every_demonstration_article_comes_out_as_it_went_in(any_site: str) -> None:
    call_command("import_articles", str(DEMO / "articles"), "--publish", verbosity=0)
    pages = list(PolicyArticlePage.objects.select_related("locale"))
    assert len(pages) == len(FILES)
    for page in pages:
        tag = page.locale.language_code
        article = read_article(DEMO / "articles" / f"{page.slug}{'' if tag == 'vi' else f'.{tag}'}.md")
        assert article_of(page) == article
        assert file_text(page) == write_article(article)
        assert page.live


def test_an_import_again_changes_nothing(site: str, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam")
    revision = page.latest_revision_id
    assert publish("luong-huu-tu-15-nam").latest_revision_id == revision


def test_the_specimen_is_one_article_in_four_languages(site: str, publish: Callable[..., Any]) -> None:
    page = publish("quyen-an-sinh-xa-hoi")
    translations = page.get_translations().select_related("locale")
    assert {one.locale.language_code for one in translations} == {"km", "blt-Tavt", "zh-Hant"}
    assert {one.slug for one in translations} == {page.slug}


def test_an_export_into_a_folder_can_be_built_from(site: str, publish: Callable[..., Any], tmp_path: Path) -> None:
    from render.plan import read_source

    publish("quyen-an-sinh-xa-hoi")
    call_command("export_article", "quyen-an-sinh-xa-hoi", "--out", str(tmp_path))
    source = read_source(tmp_path / "quyen-an-sinh-xa-hoi.md")
    assert source.article == read_article(DEMO / "articles" / "quyen-an-sinh-xa-hoi.md")
    assert set(source.translations) == {"km", "blt-Tavt", "zh-Hant"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Nhận {{ tro_cap_huu_tri_xa_ho }} mỗi tháng", "Có phải là tro_cap_huu_tri_xa_hoi"),
        ("Xem [tại đây](javascript:alert(1))", "javascript:alert(1)"),
        ("Nhận {{ 2 + 2 }}", "{{ 2 + 2 }}"),
        ("Nhận {{ tro_cap", "{{"),
        ("![ảnh](https://vidu.vn/a.png)", "Trong văn bản có ảnh"),
        ("Xin chào\u202eoáhc", "U+202E"),
    ],
)  # fmt: skip
def test_a_bad_text_is_refused_at_its_field(site: str, text: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        InlineTextBlock().clean(text)
    assert said in str(refused.value.messages)


def test_a_good_text_passes_and_becomes_one_line(site: str) -> None:
    text = "Nhận **{{ tro_cap_huu_tri_xa_hoi }}**\n mỗi tháng. [Xem](https://vidu.vn)"
    assert InlineTextBlock().clean(text) == "Nhận **{{ tro_cap_huu_tri_xa_hoi }}** mỗi tháng. [Xem](https://vidu.vn)"


def test_a_file_with_an_unknown_fact_is_refused_whole_and_named(site: str, tmp_path: Path) -> None:
    file = tmp_path / "bai.md"
    file.write_text("---\nslug: bai\nlang: vi\ntitle: Bài\nsummary: Tóm tắt.\n---\n\nNhận {{ khong_co }}.\n")
    with pytest.raises(CommandError, match=r"bai\.md.*khong_co"):
        call_command("import_articles", str(file))
    assert not PolicyArticlePage.objects.exists()


def test_a_translation_that_is_refused_holds_its_article_back(site: str) -> None:
    source = parse_article((DEMO / "articles" / "luong-huu-tu-15-nam.md").read_text())
    bad = parse_article("---\nslug: luong-huu-tu-15-nam\nlang: km\ntitle: A\nsummary: B {{ khong_co }}\n---\n")
    with pytest.raises(LoaError, match="khong_co"):
        ImportArticleAction(Source(source, {"km": bad}), home=home_page(), publish=True).execute()
    assert not PolicyArticlePage.objects.exists()


def test_old_font_letters_are_shown_with_their_mend(site: str) -> None:
    page = PolicyArticlePage(title="Bai", slug="bai", summary="Tom tat", locale=_locale("rad"))
    fill_page(page, Article(slug="bai", lang="rad", title="Bai", summary="x", blocks=(Prose(id="s1", body=()),)))
    page.summary = "Mnuih ]ih"
    with pytest.raises(ValidationError, match="Mnuih čih"):
        page.clean()


def test_search_finds_without_accents(any_site: str, publish: Callable[..., Any]) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    found = {page.slug for page in PolicyArticlePage.objects.search("luong huu")}
    assert found == {"luong-huu-tu-15-nam"}
    assert {page.slug for page in PolicyArticlePage.objects.autocomplete("luong hu")} == {"luong-huu-tu-15-nam"}
    assert [office.unit for office in get_search_backend().search("da nang", Office)] == ["Thành phố Đà Nẵng"]


def test_who_may_not_publish_cannot_by_importing(
    site: str, login: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    page = publish("luong-huu-tu-15-nam")
    user = login(CONTRIBUTORS).user
    action = ImportArticleAction(Source(page.as_article(), {}), home=home_page(), user=user, publish=True)
    with pytest.raises(PermissionDenied):
        action.execute()


def test_the_editor_downloads_the_article_file(
    site: str, login: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    page = publish("luong-huu-tu-15-nam")
    answer = login(EDITORS).get(reverse("articles_export", args=[page.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="luong-huu-tu-15-nam.md"'
    assert parse_article(answer.content.decode()) == article_of(page)
    for stranger in (login(CONTRIBUTORS), login("")):  # a contributor's own articles alone are theirs to take away
        assert stranger.get(reverse("articles_export", args=[page.pk])).status_code in (302, 403)


def test_readers_are_sent_to_the_published_page(
    site: str, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    from django.test import Client

    page = publish("luong-huu-tu-15-nam")
    assert Client().get("/").headers["Location"].endswith("/loa/index.html")
    assert Client().get(f"/{page.slug}/").headers["Location"].endswith(f"/a/{page.slug}.vi.html")


def test_a_preview_shows_the_figures_and_says_what_is_wrong(site: str, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam")
    assert "15 năm" in page.make_preview_request().render().content.decode().replace("\u00a0", " ")
    page.summary = "Nhận {{ khong_co }}"
    assert "khong_co" in page.make_preview_request().render().content.decode()


def test_a_table_keeps_its_empty_corner(site: str, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam")
    table = next(block for block in article_of(page).blocks if isinstance(block, Comparison))
    assert table.header[0] == ""


def test_an_article_is_dated_by_its_file(site: str, publish: Callable[..., Any]) -> None:
    assert publish("luong-huu-tu-15-nam").in_force == dt.date(2025, 7, 1)


def _locale(tag: str) -> Any:
    return Locale.objects.get_or_create(language_code=tag)[0]


def test_the_preview_of_the_reading_shows_how_figures_are_said(site: str, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam")
    shown = page.make_preview_request(preview_mode="read").render().content.decode().replace("\u00a0", " ")
    assert "15 năm" in shown
    assert "mười lăm năm" in shown
    page.summary = "Gọi tổ KTXH hoặc quét mã §5"
    assert "KTXH" in page.make_preview_request(preview_mode="read").render().content.decode()
    page.summary = "Nhận {{ khong_co }}"
    assert "khong_co" in page.make_preview_request(preview_mode="read").render().content.decode()


PICTURED = """---
slug: bai-co-anh
lang: vi
title: "Một bài có ảnh"
summary: "Bài này có ảnh."
picture: {file: "anh/nha-va-loa.png", alt: "Ngôi nhà và cụm loa", credit: "Hình: Loa", focus: [0.7, 0.4]}
say:
  "VssID": "vê ét ét ai đi"
voices:
  vi: "giong-mau"
---

## Ảnh {#anh .picture}

![Cụm loa](anh/nha-va-loa.png){credit="Hình: Loa"}

## Một ví dụ {#vi-du .story .local}

Ví dụ: một cụ bà.
"""


@pytest.fixture
def pictured(tmp_path: Path) -> Path:
    (tmp_path / "anh").mkdir()
    shutil.copy(DEMO / "articles" / "anh" / "nha-va-loa.png", tmp_path / "anh")
    (tmp_path / "bai-co-anh.md").write_text(PICTURED, encoding="utf-8")
    return tmp_path / "bai-co-anh.md"


def test_an_article_with_pictures_goes_in_and_out_with_them(site: str, pictured: Path, tmp_path: Path) -> None:
    call_command("import_articles", str(pictured), verbosity=0)
    page = PolicyArticlePage.objects.get(slug="bai-co-anh")
    assert article_of(page.get_latest_revision_as_object()) == read_article(pictured)
    assert get_image_model().objects.count() == 1  # the same bytes twice are one image
    revision = page.latest_revision_id
    call_command("import_articles", str(pictured), verbosity=0)
    page.refresh_from_db()
    assert page.latest_revision_id == revision
    call_command("export_article", "bai-co-anh", "--out", str(tmp_path / "ra"))
    out = tmp_path / "ra"
    assert read_article(out / "bai-co-anh.md") == read_article(pictured)
    assert (out / "anh/nha-va-loa.png").read_bytes() == (pictured.parent / "anh/nha-va-loa.png").read_bytes()
    with PilImage.open(pictured.parent / "anh/nha-va-loa.png") as picture:
        picture.resize((900, 600)).save(pictured.parent / "anh/nha-va-loa.png")
    call_command("import_articles", str(pictured), verbosity=0)
    page.refresh_from_db()
    assert page.latest_revision_id != revision  # other bytes under the old name


def test_a_picture_is_shown_to_those_who_write_and_to_nobody_else(
    site: str, pictured: Path, login: Callable[..., Any]
) -> None:
    call_command("import_articles", str(pictured), "--publish", verbosity=0)
    page = PolicyArticlePage.objects.get(slug="bai-co-anh")
    shown = page.make_preview_request().render().content.decode()
    address = re.search(r'<img src="([^"]+)" alt="Ngôi nhà và cụm loa">', shown)
    assert address
    assert Client().get(address[1]).status_code == 404
    assert login(EDITORS).get(address[1]).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("campaign", "khong-co", "khong-co"), ("say", ["VssID"], "VssID"), ("voices", ["km = a b"], "a b")],
)
def test_particulars_are_checked_at_their_fields(
    site: str, publish: Callable[..., Any], field: str, value: Any, words: str
) -> None:
    page = publish("luong-huu-tu-15-nam")
    setattr(page, field, value)
    with pytest.raises(ValidationError) as caught:
        page.full_clean()
    assert words in str(caught.value.message_dict[field])


def test_an_office_with_logo_and_story_comes_in_and_out_unharmed(site: str, tmp_path: Path) -> None:
    shutil.copy(DEMO / "articles" / "anh" / "nha-va-loa.png", tmp_path / "mau.png")
    (tmp_path / "offices.toml").write_text(
        '[66]\nname = "Bảo hiểm xã hội tỉnh Đắk Lắk"\nunit = "Tỉnh Đắk Lắk"\nkind = "tinh"\n'
        'logo = "mau.png"\nstory = "Ví dụ: một ông ở buôn."\n',
        encoding="utf-8",
    )
    call_command("import_offices", str(tmp_path / "offices.toml"), verbosity=0)
    row = Office.objects.get(code="66")
    row.full_clean()
    one = row.as_office()
    assert one.stories == (("vi", "Ví dụ: một ông ở buôn."),)
    assert one.logo
    assert one.logo.path
    assert one.logo.path.read_bytes() == (tmp_path / "mau.png").read_bytes()
    row.story = "## Điều kiện mới"
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    assert set(caught.value.message_dict) == {"story"}


def test_who_writes_may_bring_a_picture_and_strangers_may_not(site: str, login: Callable[..., Any]) -> None:
    address = reverse("wagtailimages_chooser:create")
    picture = (DEMO / "articles" / "anh" / "nha-va-loa.png").read_bytes()
    for number, group in enumerate((EDITORS, CONTRIBUTORS, "")):
        file = SimpleUploadedFile(f"anh{number}.png", picture, content_type="image/png")
        form = {"image-chooser-upload-title": "Nhà và loa", "image-chooser-upload-file": file, "description": ""}
        login(group, name=f"nguoi{number}").post(address, form)
        assert get_image_model().objects.count() == min(number + 1, 2)
