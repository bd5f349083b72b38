"""Searching as people type: without accents, in capitals, in parts of words, by names of before 2025."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.files.images import ImageFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pixels
from wagtail.images import get_image_model
from wagtail.models import Locale
from wagtail.search.backends import get_search_backend

from cms.articles.models import PolicyArticlePage
from cms.core.listings import containing
from cms.core.search import folded
from cms.facts.models import Fact
from cms.offices.models import Office
from cms.questions.models import BankQuestion
from cms.register.enums import DocumentKind
from cms.register.models import LegalDocument
from cms.translation.models import GlossaryTerm, TranslationTask
from tests.cms.conftest import EDITORS


@pytest.mark.parametrize(
    "asked",
    ["luong huu", "LƯƠNG HƯU", "Lương hưu", "lương huu", unicodedata.normalize("NFD", "lương hưu"), "huu luong"],
)
def test_an_article_is_found_however_it_is_typed(any_site: str, publish: Callable[..., Any], asked: str) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    assert next(iter(PolicyArticlePage.objects.search(asked))).slug == "luong-huu-tu-15-nam"


def test_parts_of_words_find_an_article(any_site: str, publish: Callable[..., Any]) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    for asked in ("luong hu", "lương hư", "LUON"):
        assert [page.slug for page in PolicyArticlePage.objects.autocomplete(asked)] == ["luong-huu-tu-15-nam"]


def test_words_of_the_body_find_an_article_without_accents(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam")
    assert page.slug in {one.slug for one in PolicyArticlePage.objects.search("bao hiem xa hoi")}


@pytest.mark.parametrize("asked", ["da nang", "Đà Nẵng", "ĐÀ NẴNG", "đa nang", "Quảng Nam", "quang nam"])
def test_an_office_is_found_by_its_name_and_by_those_of_before(any_site: str, asked: str) -> None:
    found = list(get_search_backend().search(asked, Office))
    assert "Thành phố Đà Nẵng" in [office.unit for office in found]


def test_the_office_named_comes_before_those_that_once_had_the_name(any_site: str) -> None:
    assert next(iter(get_search_backend().search("ha noi", Office))).unit == "Thành phố Hà Nội"


@pytest.mark.parametrize("asked", ["luong co so", "Lương cơ sở", "luong_co_so"])
def test_a_fact_is_found_by_its_label_and_its_key(any_site: str, asked: str) -> None:
    assert "luong_co_so" in [fact.key for fact in get_search_backend().search(asked, Fact)]
    assert "luong_co_so" in [fact.key for fact in get_search_backend().autocomplete(asked[:8], Fact)]


def test_a_picture_of_the_library_is_found(any_site: str) -> None:
    data = BytesIO()
    Pixels.new("RGB", (40, 40)).save(data, "PNG")
    image = get_image_model().objects.create(title="Chợ Đắk Lắk", file=ImageFile(data, name="cho.png"))
    assert list(get_search_backend().search("cho dak lak", get_image_model())) == [image]
    assert list(get_search_backend().autocomplete("dak la", get_image_model())) == [image]


@pytest.mark.parametrize("asked", ["bao gio", "BAO GIỜ", "bảo hiểm y tế", "bao hiem y te", "the bao hiem"])
def test_a_question_of_the_bank_is_found_by_its_words_and_its_answers(any_site: str, asked: str) -> None:
    question = BankQuestion.objects.create(
        key="the-moi",
        locale=Locale.objects.get(language_code="vi"),
        question="Bao giờ tôi có thẻ?",
        answer="Thẻ bảo hiểm y tế có sau năm ngày.",
    )
    assert question in list(get_search_backend().search(asked, BankQuestion))


@pytest.mark.parametrize("asked", ["41/2024/QH15", "41 2024", "luat bao hiem xa hoi", "LUẬT BẢO HIỂM XÃ HỘI"])
def test_a_legal_document_is_found_by_its_number_and_its_name(any_site: str, asked: str) -> None:
    law, _made = LegalDocument.objects.get_or_create(
        number="41/2024/QH15", defaults={"title": "Luật Bảo hiểm xã hội", "kind": DocumentKind.LAW}
    )
    assert law in list(get_search_backend().search(asked, LegalDocument))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/admin/pages/search/?q=luong+huu", "Lương hưu"),
        ("/admin/snippets/offices/office/?q=da+nang", "Đà Nẵng"),
        ("/admin/snippets/facts/fact/?q=luong+co+so", "luong_co_so"),
        ("/admin/choose-page/search/?q=luong+huu", "Lương hưu"),
    ],
)
def test_the_lists_and_choosers_of_the_admin_find_it_too(
    any_site: str, login: Callable[..., Any], publish: Callable[..., Any], path: str, expected: str
) -> None:
    publish("luong-huu-tu-15-nam")
    assert expected in login(EDITORS).get(path).content.decode()


def test_lists_without_an_index_are_searched_the_same_way(site: str, login: Callable[..., Any]) -> None:
    admin = login(superuser=True)
    get_user_model().objects.create_user("hoa", first_name="Hòa", last_name="Nguyễn Đức")
    GlossaryTerm.objects.create(term="Đà Nẵng", tag="km", preferred="ដាណាំង")
    for path, asked in (
        ("/admin/users/", "nguyen hoa"), ("/admin/users/", "ĐỨC"), ("/admin/groups/", "bien tap vien tinh"),
        ("/admin/snippets/translation/glossaryterm/", "da nang"),
    ):  # fmt: skip
        assert len(admin.get(path, {"q": asked}).context["object_list"]) == 1, (path, asked)
        assert not admin.get(path, {"q": "khong-co '%_"}).context["object_list"]
    task = TranslationTask(tag="km", title="Lương hưu ở Đắk Lắk", key=uuid.uuid4(), source_at=timezone.now())
    task.content_type = ContentType.objects.get_for_model(PolicyArticlePage)
    task.save()
    assert list(containing(TranslationTask.objects.all(), "dak lak luong", ("title",))) == [task]


def test_an_odd_search_is_answered_with_nothing(any_site: str, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    for asked in ('"', "'; DROP TABLE", "a" * 5000, "*", "AND OR NOT", "(", "%00x", "\u202e", "NEAR(a b)"):
        assert editor.get("/admin/pages/search/", {"q": asked}).status_code == 200
        assert editor.get("/admin/snippets/offices/office/", {"q": asked}).status_code == 200


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(unicodedata.normalize("NFD", text)) == folded(text)
