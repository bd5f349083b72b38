"""Questions of the bank are handed out, said and signed like articles, and an article waits for those it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from cms.articles.actions import ImportArticleAction, home_page
from cms.articles.models import PolicyArticlePage
from cms.core.roles import CENTRAL_EDITOR, translator_of
from cms.production.models import Build
from cms.production.sources import published_source
from cms.questions.actions import ApproveQuestionAction
from cms.questions.models import BankQuestion
from cms.translation.actions import (
    ApproveSegmentsAction,
    HandInAction,
    PublishTranslationAction,
    SaveSegmentAction,
    TranslationError,
)
from cms.translation.enums import TaskState
from cms.translation.models import TranslationTask, digest
from cms.translation.ready import translation_ready
from cms.translation.work import work_on
from render.markdown import parse_article
from render.plan import Source
from tests.cms.test_translation import browser, person, translate

ARTICLE = """---
slug: hoi-dap
lang: vi
title: Hỏi đáp
summary: Những câu hay hỏi.
languages: [rad]
---

## Câu hỏi {.questions}

Tôi 76 tuổi có được nhận không? {?bao-gio-nhan}
:   Có, {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng.
:   Hỏi cán bộ xã.
"""


@pytest.fixture
def tasks(any_site: str, small_products: None) -> tuple[TranslationTask, TranslationTask]:
    """Of a published article and of the question that it shows."""
    article = parse_article(ARTICLE)
    page = ImportArticleAction(Source(article, {}), home=home_page(), publish=True).execute()[0].page
    question = BankQuestion.objects.get(key="bao-gio-nhan")
    return (
        TranslationTask.objects.get(key=page.translation_key, tag="rad"),
        TranslationTask.objects.get(key=question.translation_key, tag="rad"),
    )


def said(task: TranslationTask, writer: Any, second: Any) -> None:
    translate(task, writer)
    HandInAction(task, user=writer).execute()
    ApproveSegmentsAction(task, user=second).execute()
    task.refresh_from_db()


def test_an_article_waits_for_its_questions_and_follows_them(tasks: Any) -> None:
    article, question = tasks
    writer, second = person("a", translator_of("rad")), person("b", translator_of("rad"))
    root = get_user_model().objects.create_superuser("root", password="x")
    said(article, writer, second)
    with pytest.raises(TranslationError, match="Tôi 76 tuổi"):
        PublishTranslationAction(article, user=root).execute()

    translate(question, writer)
    assert [row.kept.path for row in work_on(question).rows] == ["question", "answer.0", "answer.1"]
    assert not BankQuestion.objects.filter(locale__language_code="rad").exists()  # nothing before it is signed
    HandInAction(question, user=writer).execute()
    assert not BankQuestion.objects.filter(locale__language_code="rad").exists()
    Build.objects.all().delete()
    ApproveSegmentsAction(question, user=second).execute()
    row = BankQuestion.objects.get(locale__language_code="rad")
    assert (row.key, row.approved, row.approved_by) == ("bao-gio-nhan", True, second)
    assert row.paragraphs() == ("B Có, {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng.", "B Hỏi cán bộ xã.")
    assert Build.objects.filter(slug="hoi-dap").exists()

    PublishTranslationAction(article, user=root).execute()
    page = PolicyArticlePage.objects.get(locale__language_code="vi")
    assert "rad" in published_source(page).translations

    # New words wait for their approval; then the one paragraph is open again, and the article waits for it.
    asked = BankQuestion.objects.get(locale__language_code="vi")
    asked.answer = asked.answer.replace("Hỏi cán bộ xã.", "Hỏi cán bộ xã, phường.")
    asked.save()
    assert "rad" in published_source(page).translations
    ApproveQuestionAction(asked, user=None, digest=asked.digest(), system=True).execute()
    question.refresh_from_db()
    assert (question.state, question.reopened) == (TaskState.REOPENED, 1)
    assert set(published_source(page).translations) == set()
    one = work_on(question).row("answer.1")
    assert one is not None
    assert SaveSegmentAction(question, one.kept.path, "B mới", base=digest(""), user=writer).execute().kept
    ApproveSegmentsAction(question, user=second).execute()
    assert "rad" in published_source(page).translations


def test_a_question_is_handed_out_from_its_list_and_edited_beside_its_source(tasks: Any) -> None:
    _article, task = tasks
    asked = BankQuestion.objects.get()
    editor = browser(person("e", CENTRAL_EDITOR))
    url = reverse("translation_start_question", args=[asked.pk])
    assert editor.get(url).status_code == 200
    assert editor.post(url, {"tags": ["km", "rad"]}).status_code == 302
    assert TranslationTask.objects.filter(key=asked.translation_key).count() == 2
    writer, second = person("a", translator_of("rad")), person("b", translator_of("rad"))
    assert browser(writer).get(url).status_code in (302, 403)
    screen = browser(writer).get(reverse("translation_edit", args=[task.pk]))
    assert screen.status_code == 200
    assert "Tôi 76 tuổi" in screen.content.decode()
    for name in ("translation_preview", "translation_sheet"):
        assert browser(writer).get(reverse(name, args=[task.pk])).status_code == 404
    said(task, writer, second)
    row = BankQuestion.objects.get(locale__language_code="rad")
    root = browser(get_user_model().objects.create_superuser("root", password="x"))
    answer = root.get(reverse("wagtailsnippets_questions_bankquestion:edit", args=[row.pk]))
    assert answer.url == reverse("translation_edit", args=[task.pk])


def test_questions_that_a_file_brings_in_a_language_stand_as_imported(any_site: str, small_products: None) -> None:
    article = parse_article(ARTICLE)
    rad = parse_article(
        ARTICLE.replace("lang: vi", "lang: rad")
        .replace("languages: [rad]\n", "")
        .replace("Tôi 76 tuổi", "B 76")
        .replace("Hỏi cán bộ xã.", "B hỏi.")
    )
    done = ImportArticleAction(Source(article, {"rad": rad}), home=home_page(), publish=True).execute()
    assert translation_ready(done[1].page) is None
    task = TranslationTask.objects.get(key=BankQuestion.objects.first().translation_key, tag="rad")  # type: ignore[union-attr]
    assert task.state == TaskState.APPROVED
    assert [row.kept.target for row in work_on(task).rows][2] == "B hỏi."


def test_a_question_nobody_may_hand_out_twice_in_its_own_language(tasks: Any, login: Callable[..., Any]) -> None:
    asked = BankQuestion.objects.get()
    editor = browser(person("e", CENTRAL_EDITOR))
    answer = editor.post(reverse("translation_start_question", args=[asked.pk]), {"tags": ["vi"]})
    assert answer.status_code == 200  # Vietnamese is none of the choices
    assert not TranslationTask.objects.filter(tag="vi").exists()
