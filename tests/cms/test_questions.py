"""The question bank: one answer, shown by reference, and never out before somebody else has approved it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from wagtail.models import Locale

from cms.approval.standing import is_complete
from cms.articles.actions import ImportArticleAction, home_page
from cms.articles.adapter import article_of
from cms.articles.models import PolicyArticlePage
from cms.facts.says import articles_saying
from cms.production import worker
from cms.production.models import Build
from cms.production.sources import published_source
from cms.questions import files
from cms.questions.actions import ApproveQuestionAction
from cms.questions.bank import drafts_using, pages_using
from cms.questions.models import BankQuestion
from render.article import Questions
from render.errors import LoaError
from render.markdown import parse_article, write_article
from render.plan import Source

ARTICLE = """---
slug: hoi-dap
lang: vi
title: Hỏi đáp
summary: Những câu hay hỏi.
---

## Câu hỏi {.questions}

Tôi 76 tuổi có được nhận không? {?bao-gio-nhan}
:   Có, {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng.

Câu của riêng bài?
:   Trả lời riêng.
"""


def take_in(*, publish: bool = False, user: Any = None) -> Any:
    article = parse_article(ARTICLE)
    return ImportArticleAction(Source(article, {}), home=home_page(), publish=publish, user=user).execute()[0].page


def questions_of(page: Any) -> Any:
    return next(block for block in article_of(page).blocks if isinstance(block, Questions)).questions


def test_a_reference_comes_in_and_goes_out_as_it_was(any_site: str) -> None:
    page = take_in().get_latest_revision_as_object()
    assert article_of(page) == parse_article(ARTICLE)
    assert "{?bao-gio-nhan}" in write_article(article_of(page))
    assert BankQuestion.objects.get(key="bao-gio-nhan").approved is False
    assert [one.pk for one in pages_using("bao-gio-nhan")] == [page.pk]


def test_a_better_answer_reaches_every_article_once_it_is_approved(
    any_site: str, login: Callable[..., Any], small_products: None
) -> None:
    page = take_in(publish=True)
    Build.objects.all().delete()
    row = BankQuestion.objects.get(key="bao-gio-nhan")
    assert row.approved  # by the command line, which answers for its files
    row.answer = "Có, kể từ tháng đủ tuổi."
    row.save()
    row.refresh_from_db()
    assert not row.approved
    assert questions_of(page)[0].answer == ("Có, {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng.",)  # not before approval
    reviewer = login("Thẩm định pháp lý").user
    assert ApproveQuestionAction(row, user=reviewer, digest=row.digest()).execute()
    assert questions_of(page)[0].answer == ("Có, kể từ tháng đủ tuổi.",)
    assert questions_of(page)[1].answer == ("Trả lời riêng.",)
    assert [build.slug for build in Build.objects.all()] == ["hoi-dap"]


def test_better_words_of_an_answer_void_no_approval_of_the_section_that_shows_it(
    any_site: str, login: Callable[..., Any]
) -> None:
    page = take_in(publish=True)
    assert is_complete(page)
    row = BankQuestion.objects.get(key="bao-gio-nhan")
    row.answer = "Có, kể từ tháng đủ tuổi."
    row.save()
    ApproveQuestionAction(row, user=login("Thẩm định pháp lý").user, digest=row.digest()).execute()
    page = PolicyArticlePage.objects.get(pk=page.pk)
    assert questions_of(page)[0].answer == ("Có, kể từ tháng đủ tuổi.",)
    assert is_complete(page)  # the answer has an approval of its own
    other = BankQuestion.objects.create(
        key="cau-khac", locale=page.locale, question="Câu khác?", answer="Khác.", approved_digest="x"
    )
    [section] = page.body
    section.value["questions"][0]["bank"] = other.key
    assert not is_complete(page)  # to show another one is a change of the section


def test_an_answer_that_nobody_approved_does_not_come_in_under_a_key_that_is_shown(
    any_site: str, login: Callable[..., Any], small_products: None
) -> None:
    page = take_in(publish=True)
    row = BankQuestion.objects.get(key="bao-gio-nhan")
    row.key = "ten-moi"
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert "key" in refused.value.message_dict
    unread = BankQuestion.objects.create(key="chua-duyet", locale=page.locale, question="Chưa?", answer="Chưa ai đọc.")
    # Past the form, as a script or another program would: the build refuses, and says which answer.
    BankQuestion.objects.filter(pk=row.pk).update(key="ten-moi")
    for _time in range(2):  # first there is none of that key, then one that nobody has read
        with pytest.raises(LoaError, match="bao-gio-nhan"):
            published_source(PolicyArticlePage.objects.get(pk=page.pk))
        BankQuestion.objects.filter(pk=unread.pk).update(key="bao-gio-nhan")
    assert worker.run(once=True) == 1
    assert "bao-gio-nhan" in Build.objects.get().failed_reason


def test_drafts_that_show_a_question_are_told_too_and_hold_it(any_site: str, login: Callable[..., Any]) -> None:
    page = take_in(publish=True)
    vi = Locale.objects.get(language_code="vi")
    row = BankQuestion.objects.create(key="trong-nhap", locale=vi, question="Trong nháp?", answer="Có.")
    [section] = page.body
    section.value["questions"][1]["bank"] = row.key
    page.save_revision()
    assert pages_using(row.key) == []
    assert [one.pk for one in drafts_using(row.key)] == [page.pk]
    editor = login("Biên tập viên")
    shown = editor.get(reverse("questions_answer", args=[row.pk])).content.decode()
    assert "Hỏi đáp" in shown
    editor.post(reverse("wagtailsnippets_questions_bankquestion:delete", args=[row.pk]))
    assert BankQuestion.objects.filter(pk=row.pk).exists()


def test_nobody_approves_their_own_answer_nor_words_they_have_not_read(
    any_site: str, login: Callable[..., Any]
) -> None:
    reviewer = login("Thẩm định pháp lý").user
    admin = login(superuser=True, name="root").user
    vi = Locale.objects.get(language_code="vi")
    row = BankQuestion.objects.create(key="a", locale=vi, question="A?", answer="B.", changed_by=admin)
    with pytest.raises(PermissionDenied):
        ApproveQuestionAction(row, user=admin, digest=row.digest()).execute()
    with pytest.raises(PermissionDenied):
        ApproveQuestionAction(row, user=login("Biên tập viên").user, digest=row.digest()).execute()
    assert not ApproveQuestionAction(row, user=reviewer, digest="0" * 64).execute()
    assert ApproveQuestionAction(row, user=reviewer, digest=row.digest()).execute()


def test_an_article_with_an_answer_nobody_approved_is_not_published_from_a_file(
    any_site: str, login: Callable[..., Any]
) -> None:
    user = login(superuser=True, name="root").user
    with pytest.raises(LoaError, match="bao-gio-nhan"):
        take_in(publish=True, user=user)


def test_an_answer_with_an_unknown_fact_is_refused(any_site: str) -> None:
    vi = Locale.objects.get(language_code="vi")
    row = BankQuestion(key="a", locale=vi, question="A?", answer="Nhận {{ khong_co }}.")
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert "answer" in refused.value.message_dict


def test_the_bank_goes_out_as_json_csv_and_faq(any_site: str, login: Callable[..., Any]) -> None:
    take_in(publish=True)
    vi = Locale.objects.get(language_code="vi")
    BankQuestion.objects.create(key="nhap", locale=vi, question="Chưa duyệt?", answer="Chưa.")
    data = json.loads(files.as_json())
    [first, _draft] = data["questions"]
    assert first["answer_today"] == ["Có, 500.000\u00a0đồng mỗi tháng."]
    assert b"bao-gio-nhan" in files.as_csv()
    faq = json.loads(files.as_faq("vi"))
    assert [one["name"] for one in faq["mainEntity"]] == ["Tôi 76 tuổi có được nhận không?"]
    editor = login("Biên tập viên")
    for kind in ("json", "csv", "faq"):
        assert editor.get(reverse("questions_export", args=[kind])).status_code == 200
    row = BankQuestion.objects.get(key="nhap")
    assert editor.get(reverse("wagtailsnippets_questions_bankquestion:edit", args=[row.pk])).status_code == 200
    assert editor.get(reverse("questions_answer", args=[row.pk])).status_code == 200
    assert login("Người vận hành loa").get(reverse("questions_answer", args=[row.pk])).status_code in (302, 403)


def test_a_fact_said_only_by_the_bank_is_seen_in_its_impact_and_builds_what_shows_it(
    any_site: str, small_products: None
) -> None:
    page = take_in(publish=True)
    row = BankQuestion.objects.get(key="bao-gio-nhan")
    assert "tro_cap_huu_tri_xa_hoi" not in json.dumps(page.body.get_prep_value())
    assert [one.pk for one in articles_saying("tro_cap_huu_tri_xa_hoi")] == [page.pk]
    assert articles_saying("luong_co_so") == []
    row.answer = "Có, theo {{ luong_co_so }}."
    row.save()
    assert articles_saying("luong_co_so") == []  # what is not approved is not said yet
    Build.objects.all().delete()
    ApproveQuestionAction(row, user=None, digest=row.digest(), system=True).execute()
    assert [one.pk for one in articles_saying("luong_co_so")] == [page.pk]
    [build] = Build.objects.all()
    assert build.cause == "question"
    assert "được cập nhật" in build.reason


def test_the_claim_and_the_truth_of_a_correction_count_among_what_is_said(any_site: str) -> None:
    text = ARTICLE.split("---\n\n")[0] + (
        'correction:\n  claim: "Lương là {{ luong_co_so }}"\n  verdict: outdated\n'
        '  truth: "Nhận {{ tro_cap_huu_tri_xa_hoi }}."\n---\n\nĐoạn.\n'
    )
    source = Source(parse_article(text), {})
    page = ImportArticleAction(source, home=home_page(), publish=True).execute()[0].page
    for key in ("luong_co_so", "tro_cap_huu_tri_xa_hoi"):
        assert [one.pk for one in articles_saying(key)] == [page.pk]
