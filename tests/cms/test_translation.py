"""A translation is segments beside a source: kept, signed by a second speaker, reopened one by one, and never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Locale
from wagtail_localize.models import StringTranslation, Translation

from cms.articles.models import PolicyArticlePage
from cms.audit.models import Entry
from cms.core.roles import CENTRAL_EDITOR, translator_of
from cms.production.sources import published_source
from cms.translation.actions import (
    ApproveSegmentsAction,
    HandInAction,
    PublishTranslationAction,
    RemarkAction,
    SaveSegmentAction,
    StartTranslationAction,
)
from cms.translation.drafts import write_draft
from cms.translation.enums import Origin, TaskState
from cms.translation.errors import TranslationError
from cms.translation.memory import target_of
from cms.translation.models import SegmentVersion, TranslationTask, digest
from cms.translation.ready import translation_ready
from cms.translation.segments import segments_of
from cms.translation.work import history_of, work_on
from render import language as registry

SLUG = "tro-cap-huu-tri-xa-hoi"


def person(name: str, *groups: str) -> Any:
    """Somebody in groups that may enter the admin."""
    user = get_user_model().objects.create_user(name, password="x")
    for one in groups:
        group, _new = Group.objects.get_or_create(name=one)
        group.permissions.add(Permission.objects.get(codename="access_admin"))
        user.groups.add(group)
    return user


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def task(any_site: str, publish: Callable[..., Any]) -> TranslationTask:
    """A published article, handed out into Khmer."""
    page = publish(SLUG)
    StartTranslationAction(page, "km").execute()
    return TranslationTask.objects.get(key=page.translation_key, tag="km")


def source_of_task(task: TranslationTask) -> PolicyArticlePage:
    return PolicyArticlePage.objects.get(translation_key=task.key, locale__language_code="vi")


def translate(task: TranslationTask, user: Any, *, but: int = 0) -> None:
    """Say every text (but the last ones); the words do not matter here, the figures do."""
    rows = work_on(task).rows
    for row in rows[: len(rows) - but]:
        text = f"B {row.kept.source}"
        saved = SaveSegmentAction(task, row.kept.path, text, base=digest(row.kept.target), user=user).execute()
        assert saved.kept, saved.findings
    task.refresh_from_db()


def publish_source(page: PolicyArticlePage) -> PolicyArticlePage:
    """As a command line does it."""
    revision = page.save_revision(clean=False)
    from cms.articles.actions import ImportArticleAction, home_page
    from render.plan import Source

    article = revision.as_object().as_article()
    ImportArticleAction(Source(article, {}), home=home_page(), publish=True).execute()
    return PolicyArticlePage.objects.get(pk=page.pk)


def test_what_an_article_file_brings_is_on_the_screen_and_stands_as_imported(
    any_site: str, publish: Callable[..., Any]
) -> None:
    page = publish("quyen-an-sinh-xa-hoi")
    for tag in ("km", "blt-Tavt", "zh-Hant"):
        task = TranslationTask.objects.get(key=page.translation_key, tag=tag)
        assert (task.state, task.translated, task.total) == (TaskState.APPROVED, 8, 8)
        target = target_of(task)
        assert [one.text for one in segments_of(target)] == [row.kept.target for row in work_on(task).rows]
        assert translation_ready(target) is None
        row = work_on(task).rows[0]
        assert row.approval is not None
        assert row.approval.origin == Origin.SYSTEM
        assert row.approval.user is None
    assert Entry.objects.filter(action="translation.imported", actor_id=None).count() == 3


def test_every_language_an_article_wants_has_its_task_when_it_is_published(
    any_site: str, publish: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    assert set(TranslationTask.objects.values_list("tag", flat=True)) == set(page.languages)
    assert not Translation.objects.exists()  # nothing is taken apart before somebody looks at it


def test_a_text_that_lacks_or_changes_a_locked_figure_is_refused(task: TranslationTask) -> None:
    user = person("a", translator_of("km"))
    title = work_on(task).rows[0].kept
    for text in ("B 75 tuổi", "B {{ tuoi_huu_tri }}", "B {{ tuoi_huu_tri_xa_hoi }} {{ tuoi_huu_tri_xa_hoi }}"):
        saved = SaveSegmentAction(task, title.path, text, base=digest(""), user=user).execute()
        assert not saved.kept
        assert "Số liệu khóa" in saved.findings[0].words
    assert not SegmentVersion.objects.exists()


@pytest.mark.parametrize(
    ("tag", "text", "code"),
    [
        ("rad", "o] k[ar `u", "old_font"),
        ("rad", "<script>alert(1)</script> B", "html"),
        ("rad", "B \u202e oáhc", "text"),
        ("rad", "Вы", "letters"),
        ("rad", "B \x07", "text"),
    ],
)
def test_what_no_sheet_can_print_is_refused_in_words(
    any_site: str, publish: Callable[..., Any], tag: str, text: str, code: str
) -> None:
    page = publish(SLUG)
    task = TranslationTask.objects.get(key=page.translation_key, tag=tag)
    user = person("a", translator_of(tag))
    topic = next(row.kept for row in work_on(task).rows if row.kept.path == "topic")
    saved = SaveSegmentAction(task, topic.path, text, base=digest(""), user=user).execute()
    assert [one.code for one in saved.findings] == [code]
    answer = browser(user).post(
        reverse("translation_save", args=[task.pk]),
        json.dumps({"path": "topic", "text": text, "base": digest("")}),
        content_type="application/json",
    )
    assert answer.status_code == 422
    if code == "old_font":
        assert answer.json()["conversion"]["after"] == "oč kƀar ñu"


def test_two_people_on_one_text_lose_nothing(task: TranslationTask) -> None:
    one, other = person("a", translator_of("km")), person("b", translator_of("km"))
    path = "topic"
    assert SaveSegmentAction(task, path, "B một", base=digest(""), user=one).execute().kept
    late = SaveSegmentAction(task, path, "B hai", base=digest(""), user=other).execute()
    assert not late.kept
    assert late.theirs == "B một"
    assert late.conflict is not None
    assert late.conflict.who == "a"
    assert SaveSegmentAction(task, path, "B hai", base=digest("B một"), user=other).execute().kept
    assert [row.target for row in history_of(task, path)] == ["B hai", "B một"]


def test_what_was_typed_while_the_source_changed_stands_beside_the_new_one(task: TranslationTask) -> None:
    client = browser(person("a", translator_of("km")))
    topic = work_on(task).row("topic")
    assert topic is not None
    page = source_of_task(task)
    page.topic = "Chủ đề khác hẳn"
    publish_source(page)
    sent = {"path": "topic", "text": "ប្រធានបទ", "base": digest(""), "source": topic.kept.source}
    answer = client.post(reverse("translation_save", args=[task.pk]), json.dumps(sent), content_type="application/json")
    assert (answer.status_code, answer.json()["kept"]) == (409, True)
    assert "thay đổi" in answer.json()["source_changed"]
    now = work_on(task).row("topic")
    assert now is not None
    assert (now.kept.target, now.kept.older) == ("", (topic.kept.source, "ប្រធានបទ"))
    assert history_of(task, "topic")[0].target == "ប្រធានបទ"


def test_a_change_of_the_source_reopens_only_what_changed(task: TranslationTask) -> None:
    writer, second = person("a", translator_of("km")), person("b", translator_of("km"))
    translate(task, writer)
    HandInAction(task, user=writer).execute()
    ApproveSegmentsAction(task, user=second).execute()
    task.refresh_from_db()
    assert task.state == TaskState.APPROVED
    page = source_of_task(task)
    before = page.summary
    page.summary = before + " Hãy hỏi cán bộ xã."
    publish_source(page)
    task.refresh_from_db()
    assert (task.state, task.reopened, task.approved) == (TaskState.REOPENED, 1, task.total - 1)
    (row,) = [row for row in work_on(task).rows if row.state == "reopened"]
    assert row.kept.older == (before, f"B {before}")
    page.refresh_from_db()
    page.summary = before
    publish_source(page)
    task.refresh_from_db()
    assert task.state == TaskState.APPROVED  # the old text says the old source again


def test_a_fact_that_changes_reopens_nothing(task: TranslationTask) -> None:
    from cms.facts.models import Fact

    writer = person("a", translator_of("km"))
    translate(task, writer)
    fact = Fact.objects.get(key="tro_cap_huu_tri_xa_hoi")
    Fact.objects.filter(pk=fact.pk).update(label="Khác")
    publish_source(source_of_task(task))
    task.refresh_from_db()
    assert (task.reopened, task.translated) == (0, task.total)


def test_nobody_signs_their_own_text_a_superuser_neither(task: TranslationTask) -> None:
    writer = person("a", translator_of("km"))
    root = get_user_model().objects.create_superuser("root", password="x")
    translate(task, writer, but=1)
    last = work_on(task).rows[-1].kept
    assert SaveSegmentAction(task, last.path, f"B {last.source}", base=digest(""), user=root).execute().kept
    for own in (writer, root):
        with pytest.raises(PermissionDenied):
            ApproveSegmentsAction(task, user=own).execute()
    with pytest.raises(PermissionDenied):
        ApproveSegmentsAction(task, user=person("c", translator_of("rad"))).execute()
    second = person("b", translator_of("km"))
    assert ApproveSegmentsAction(task, user=second).execute() == task.total


def test_an_edit_voids_the_approval_of_its_text_and_no_other(task: TranslationTask) -> None:
    writer, second = person("a", translator_of("km")), person("b", translator_of("km"))
    translate(task, writer)
    ApproveSegmentsAction(task, user=second).execute()
    SaveSegmentAction(
        task, "topic", "B mới", base=digest(work_on(task).row("topic").kept.target), user=writer
    ).execute()  # type: ignore[union-attr]
    task.refresh_from_db()
    assert task.approved == task.total - 1
    assert work_on(task).row("topic").state == "translated"  # type: ignore[union-attr]
    with pytest.raises(TranslationError, match="đã đổi"):
        ApproveSegmentsAction(task, user=second, paths=["topic"], seen=[digest("B cũ")]).execute()


def test_numbers_that_differ_stand_against_handing_in_and_approval(task: TranslationTask) -> None:
    writer, second = person("a", translator_of("km")), person("b", translator_of("km"))
    translate(task, writer)
    row = next(row for row in work_on(task).rows if "01" in row.kept.source)
    text = row.kept.target.replace("01", "02")
    saved = SaveSegmentAction(task, row.kept.path, text, base=digest(row.kept.target), user=writer).execute()
    assert saved.kept
    assert any(one.code == "numbers" for one in work_on(task).row(row.kept.path).findings)  # type: ignore[union-attr]
    with pytest.raises(TranslationError, match="Con số khác bản gốc"):
        HandInAction(task, user=writer).execute()
    with pytest.raises(TranslationError, match="Con số khác bản gốc"):
        ApproveSegmentsAction(task, user=second, paths=[row.kept.path]).execute()


def test_a_remark_sends_a_text_back_until_it_changes(task: TranslationTask) -> None:
    writer, second = person("a", translator_of("km")), person("b", translator_of("km"))
    translate(task, writer)
    HandInAction(task, user=writer).execute()
    RemarkAction(task, "topic", "Nên nói khác.", user=second).execute()
    task.refresh_from_db()
    assert task.state == TaskState.IN_PROGRESS
    row = work_on(task).row("topic")
    assert row is not None
    assert [one.text for one in row.remarks] == ["Nên nói khác."]
    SaveSegmentAction(task, "topic", "B khác", base=digest(row.kept.target), user=writer).execute()
    assert not work_on(task).row("topic").remarks  # type: ignore[union-attr]


def test_no_language_is_read_before_it_is_complete_and_signed(task: TranslationTask) -> None:
    writer, second = person("a", translator_of("km")), person("b", translator_of("km"))
    root = get_user_model().objects.create_superuser("root", password="x")
    source = source_of_task(task)
    translate(task, writer, but=1)
    draft = write_draft(task, writer)
    assert "chưa được" in translation_ready(draft).words  # type: ignore[union-attr]
    with pytest.raises(TranslationError):
        PublishTranslationAction(task, user=root).execute()
    translate(task, writer)
    with pytest.raises(TranslationError):
        PublishTranslationAction(task, user=root).execute()
    ApproveSegmentsAction(task, user=second).execute()
    page = PublishTranslationAction(task, user=root).execute()
    page.refresh_from_db()
    assert page.live
    assert "km" in published_source(source).translations
    # Whatever comes into the live row by another way is no translation of the source.
    PolicyArticlePage.objects.filter(pk=page.pk).update(summary="Khác")
    assert "km" not in published_source(source).translations


def test_a_published_translation_waits_when_its_source_says_something_else(
    any_site: str, publish: Callable[..., Any]
) -> None:
    page = publish("quyen-an-sinh-xa-hoi")
    assert "km" in published_source(page).translations
    page = PolicyArticlePage.objects.get(pk=page.pk)
    page.summary += " Thêm một câu."
    page = publish_source(page)
    assert set(published_source(page).translations) == set()
    km = PolicyArticlePage.objects.get(translation_key=page.translation_key, locale__language_code="km")
    assert km.live  # nothing was thrown away


def test_unpublishing_the_source_withdraws_every_language(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish("quyen-an-sinh-xa-hoi")
    UnpublishPageAction(page).execute(skip_permission_checks=True)
    family = PolicyArticlePage.objects.filter(translation_key=page.translation_key, alias_of__isnull=True)
    assert family.count() == 4
    assert not family.filter(live=True).exists()


def test_a_deleted_source_leaves_the_texts_in_the_history(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish("quyen-an-sinh-xa-hoi")
    key = page.translation_key
    page.delete()
    assert not PolicyArticlePage.objects.filter(translation_key=key, live=True).exists()
    assert SegmentVersion.objects.filter(key=key).count() == 24
    task = TranslationTask.objects.get(key=key, tag="km")
    answer = browser(person("a", translator_of("km"))).get(reverse("translation_edit", args=[task.pk]))
    assert answer.status_code == 200


def test_a_language_that_is_switched_off_is_told_and_nothing_is_lost(
    task: TranslationTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    writer = person("a", translator_of("km"))
    translate(task, writer)
    known = dict(registry.languages())
    off = known | {"km": replace(known["km"], enabled=False)}
    monkeypatch.setattr(registry, "_registry", lambda: off)
    answer = browser(writer).get(reverse("translation_edit", args=[task.pk]))
    assert answer.status_code == 200
    assert "Mọi bản dịch và lịch sử vẫn được giữ" in answer.content.decode()
    with pytest.raises(TranslationError):
        SaveSegmentAction(task, "topic", "B x", base=digest(""), user=writer).execute()
    gone = {tag: one for tag, one in known.items() if tag != "km"}
    monkeypatch.setattr(registry, "_registry", lambda: gone)
    assert browser(writer).get(reverse("translation_edit", args=[task.pk])).status_code == 200
    assert len(work_on(task).rows) == task.total


def test_texts_of_a_deleted_locale_come_back_with_it(task: TranslationTask) -> None:
    writer = person("a", translator_of("km"))
    translate(task, writer)
    Locale.objects.get(language_code="km").delete()
    assert not StringTranslation.objects.exists()
    task.refresh_from_db()
    work = work_on(task)
    assert work.complete
    assert Entry.objects.filter(action="locale.deleted", subject="locale:km").exists()


def test_the_ways_of_wagtail_localize_around_the_checks_are_closed(task: TranslationTask) -> None:
    writer = person("a", translator_of("km"))
    root = get_user_model().objects.create_superuser("root", password="x")
    translate(task, writer, but=3)
    page = write_draft(task, writer)
    client = browser(root)
    translation = Translation.objects.get()
    for name, arguments in (
        ("upload_pofile", [translation.pk]),
        ("stop_translation", [translation.pk]),
        ("machine_translate", [translation.pk]),
    ):
        assert client.post(reverse(f"wagtail_localize:{name}", args=arguments)).status_code == 404
    answer = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert answer.url == reverse("translation_edit", args=[task.pk])
    source = source_of_task(task)
    answer = client.get(reverse("wagtail_localize:submit_page_translation", args=[source.pk]))
    assert answer.url == reverse("translation_start", args=[source.pk])


def test_each_role_sees_what_it_works_on(task: TranslationTask) -> None:
    source = source_of_task(task)
    translate(task, person("w", translator_of("km")), but=1)
    names = [
        ("translation_index", []), ("translation_mine", []), ("translation_edit", [task.pk]),
        ("translation_upload", [task.pk]), ("translation_start", [source.pk]), ("translation_glossary_file", []),
    ]  # fmt: skip
    expected = {
        translator_of("km"): [200, 200, 200, 200, 403, 200],
        translator_of("rad"): [200, 200, 403, 403, 403, 200],
        CENTRAL_EDITOR: [200, 403, 200, 403, 200, 200],
        "Kiểm toán": [200, 403, 200, 403, 403, 200],
        "Cộng tác viên": [403] * 6,
    }
    for number, (group, statuses) in enumerate(expected.items()):
        client = browser(person(f"p{number}", group))
        found = []
        for name, arguments in names:
            answer = client.get(reverse(name, args=arguments))
            found.append(403 if answer.status_code == 302 else answer.status_code)
        assert found == statuses, group


def test_the_report_costs_the_same_for_many_articles(
    any_site: str, publish: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    import uuid

    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(PolicyArticlePage)
    TranslationTask.objects.bulk_create(
        TranslationTask(key=key, tag=tag, content_type=kind, title=f"Bài {number}", total=10, translated=number % 11)
        for number in range(60)
        for key in [uuid.uuid4()]
        for tag in ("km", "rad", "zh-Hant")
    )
    client = browser(get_user_model().objects.create_superuser("root", password="x"))
    client.get(reverse("translation_index"))
    with django_assert_max_num_queries(25):
        answer = client.get(reverse("translation_index"))
    assert answer.content.decode().count("loa-cell--") >= 150
    assert "1/2" in answer.content.decode()
    lines = client.get(reverse("translation_index") + "?csv=1&tag=rad").content.decode().splitlines()
    assert len(lines) == 61


def test_screens_show_old_and_new_source_history_and_preview(task: TranslationTask) -> None:
    writer = person("a", translator_of("km"))
    translate(task, writer)
    page = source_of_task(task)
    page.topic = "Hưu trí xã hội mới"
    publish_source(page)
    client = browser(writer)
    words = client.get(reverse("translation_edit", args=[task.pk])).content.decode()
    assert "<ins> mới</ins>" in words
    assert "B Hưu trí xã hội" in words
    words = client.get(reverse("translation_history", args=[task.pk]) + "?path=topic").content.decode()
    assert "B Hưu trí xã hội" in words
    answer = client.get(reverse("translation_preview", args=[task.pk]))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
