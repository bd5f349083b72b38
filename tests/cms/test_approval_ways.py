"""Nothing unapproved reaches readers, whichever way it takes and whoever sends it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from cms.approval.guard import NotApprovedError, problem_of
from cms.approval.models import BlockApproval
from cms.approval.standing import is_complete
from cms.articles.models import PolicyArticlePage
from cms.audit.log import acting
from cms.audit.models import Entry
from cms.core.roles import PUBLISHER
from cms.translation.shape import same_shape
from render.article import Correction
from render.article import Verdict as RenderVerdict
from tests.cms.approving import SLUG, approve_all, edited, form_of, latest, step, submit

# Every way to readers


def _ways(page: Any, user: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    from wagtail.actions.publish_page_revision import PublishPageRevisionAction

    yield "revision", lambda: latest(page).get_latest_revision().publish(user=user)
    yield (
        "action",
        lambda: PublishPageRevisionAction(latest(page).get_latest_revision(), user=user).execute(
            skip_permission_checks=True
        ),
    )

    def live() -> None:
        one = latest(page)
        one.live = True
        one.save()

    yield "save", live

    def copied() -> None:
        page.copy(update_attrs={"slug": "ban-sao", "live": True}, user=user, keep_live=True)
        copy = PolicyArticlePage.objects.get(slug="ban-sao")
        copy.live = True
        copy.save()

    yield "copy", copied

    def scheduled() -> None:
        one = latest(page)
        one.go_live_at = timezone.now() + dt.timedelta(hours=1)
        one.save_revision(user=user).publish(user=user, skip_permission_checks=True)

    yield "schedule", scheduled

    def later() -> None:
        Revision.objects.filter(pk=page.latest_revision_id).update(
            approved_go_live_at=timezone.now() - dt.timedelta(hours=1)
        )
        call_command("publish_scheduled", verbosity=0)

    yield "scheduled before", later


def test_no_way_leads_to_readers_without_approval(draft: Any, people: Callable[[str], Any]) -> None:
    for name, way in _ways(draft, people("chu").user):
        try:
            way()
        except NotApprovedError:
            pass
        else:
            assert name == "scheduled before"  # the worker goes on with the others, and says so in the log
        assert not PolicyArticlePage.objects.filter(live=True).exists(), name
    assert Entry.objects.filter(action="article.schedule_refused").exists()
    client = people("ra")
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    client.post(f"{bulk}?id={draft.pk}", {"include_descendants": ""})
    assert not PolicyArticlePage.objects.filter(live=True).exists()


def test_a_change_of_what_is_live_wants_approval_too(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG)
    before = PolicyArticlePage.objects.get(pk=page.pk).summary
    page.summary = "Một câu chưa ai duyệt."
    with pytest.raises(NotApprovedError):
        page.save()
    with pytest.raises(NotApprovedError):
        page.save_revision().publish()
    assert PolicyArticlePage.objects.get(pk=page.pk).summary == before


def test_what_is_approved_goes_live(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    assert is_complete(latest(draft))
    assert problem_of(latest(draft)) == ""
    draft.get_latest_revision().publish(user=people("ra").user)
    assert PolicyArticlePage.objects.get(pk=draft.pk).live


def test_a_file_from_the_command_line_is_approved_as_what_it_is(any_site: str, publish: Callable[..., Any]) -> None:
    publish(SLUG)
    assert set(BlockApproval.objects.values_list("by_system", "by_name")) == {(True, "")}
    entry = Entry.objects.get(action="article.imported")
    assert entry.actor_id is None
    assert entry.details["approved_by"] == "command line"


def test_an_import_in_a_browser_publishes_nothing(any_site: str, people: Callable[[str], Any]) -> None:
    from cms.articles.actions import ImportArticleAction, home_page
    from render.plan import read_source
    from tests.cms.conftest import DEMO

    source = read_source(DEMO / "articles" / f"{SLUG}.md")
    with pytest.raises(PermissionDenied):
        ImportArticleAction(source, home=home_page(), user=people("chu").user, publish=True).execute()
    ImportArticleAction(source, home=home_page(), user=people("chu").user).execute()
    assert not PolicyArticlePage.objects.filter(live=True).exists()


# What ill will would try


def test_an_answer_of_the_bank_that_nobody_approved_goes_out_on_no_path(
    draft: Any, people: Callable[[str], Any]
) -> None:
    from cms.questions.actions import ApproveQuestionAction
    from cms.questions.models import BankQuestion

    question = BankQuestion.objects.create(
        key="hoi-thu", locale=draft.locale, question="Hỏi?", answer="Chưa ai đọc.", changed_by=people("bien").user
    )
    one = latest(draft)
    block = {"type": "questions", "value": {"questions": [{"question": "", "answer": [], "bank": "hoi-thu"}]}}
    one.body = one.body.stream_block.to_python([*one.body.raw_data, block])
    one.save_revision(user=people("bien").user)
    approve_all(draft, people("luat").user)
    assert is_complete(latest(draft))
    for name, way in _ways(draft, people("ra").user):
        if name != "copy":
            with contextlib.suppress(NotApprovedError):
                way()
        assert not PolicyArticlePage.objects.filter(live=True).exists(), name
    assert "Hỏi?" in problem_of(latest(draft))
    ApproveQuestionAction(question, user=people("luat").user, digest=question.digest()).execute()
    edited(draft, people("bien").user, go_live_at=None)
    assert problem_of(latest(draft)) == ""
    latest(draft).get_latest_revision().publish(user=people("ra").user)
    assert PolicyArticlePage.objects.get(pk=draft.pk).live


def test_who_wrote_it_does_not_publish_it_beside_the_workflow_either(draft: Any, people: Callable[[str], Any]) -> None:
    """Editor and publisher in one, a superuser too: past the workflow, by the editor's own button."""

    both = people("bien").user
    both.groups.add(Group.objects.get(name=PUBLISHER))
    for name in ("bien", "chu"):
        edited(draft, people(name).user, summary=f"Do {name} viết.")
        approve_all(draft, people("luat").user)
        bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        people(name).post(f"{bulk}?id={draft.pk}", {"include_descendants": ""})
        assert not PolicyArticlePage.objects.get(pk=draft.pk).live, name
        token = acting.set(people(name).user)
        try:
            with pytest.raises(PermissionDenied):
                latest(draft).get_latest_revision().publish(user=people(name).user)
            one = latest(draft)
            one.go_live_at = timezone.now() + dt.timedelta(hours=1)
            with pytest.raises(PermissionDenied):
                one.save_revision(user=people("ra").user).publish(user=people(name).user)
        finally:
            acting.reset(token)
        assert not Revision.objects.filter(approved_go_live_at__isnull=False).exists(), name


def test_an_alias_cannot_be_made_to_say_something_else(
    any_site: str, publish: Callable[..., Any], people: Callable[[str], Any]
) -> None:
    page = publish(SLUG)
    alias = page.create_alias(update_slug="bi-danh", user=people("chu").user)
    assert alias.live
    alias.alias_of = None  # made an ordinary page
    alias.save()
    alias.summary = "Câu không ai duyệt."
    with pytest.raises(NotApprovedError):
        alias.save()
    with pytest.raises(NotApprovedError):
        alias.save_revision(user=people("chu").user).publish(user=people("chu").user)


def test_an_edit_between_law_and_publication_stops_the_publication(draft: Any, people: Callable[[str], Any]) -> None:
    edited(draft, people("bien").user, summary="Biên tập viết.")
    submit(draft, people("bien").user)
    approve_all(draft, people("luat").user)
    step(people("luat"), draft)
    edited(draft, people("chu").user, summary="Lén sửa sau khi duyệt.")  # past the lock
    step(people("ra"), draft)
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Phát hành"


def test_an_urgent_article_stands_out_in_the_lists_of_the_workflow(draft: Any, people: Callable[[str], Any]) -> None:
    submit(draft, people("cong").user)
    for name in ("workflow", "workflow_tasks"):
        assert "Khẩn" not in people("bien").get(reverse(f"wagtailadmin_reports:{name}")).content.decode()
    PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_state.cancel(user=people("cong").user)
    edited(draft, people("cong").user, priority="urgent")
    submit(draft, people("cong").user)
    for name in ("workflow", "workflow_tasks"):
        assert "Khẩn" in people("bien").get(reverse(f"wagtailadmin_reports:{name}")).content.decode()


def test_a_translation_cannot_change_what_is_no_text(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish("quyen-an-sinh-xa-hoi")
    khmer = page.get_translations().get(locale__language_code="km").specific
    assert problem_of(khmer) == ""
    khmer.in_force = dt.date(2031, 1, 1)
    assert problem_of(khmer)
    with pytest.raises(NotApprovedError):
        khmer.save_revision().publish()
    article = page.as_article()
    false, other = (replace(article, correction=Correction("a", one, "b")) for one in list(RenderVerdict)[:2])
    assert same_shape(replace(false, correction=Correction("c", false.correction.verdict, "d")), false)
    assert not same_shape(other, false)
    assert same_shape(replace(article, blocks=article.blocks[::-1]), article)  # a part that moves says what it said
    assert not same_shape(replace(article, blocks=article.blocks[1:]), article)


def test_the_editors_form_publishes_nothing_unapproved_and_a_stale_one_is_told(
    any_site: str, publish: Callable[..., Any], people: Callable[[str], Any]
) -> None:
    """As a browser sends it: published, scheduled, copied; saved over what somebody else saved meanwhile."""
    page = publish(SLUG)
    before = str(PolicyArticlePage.objects.get(pk=page.pk).body.raw_data)
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    both = people("bien").user
    both.groups.add(Group.objects.get(name=PUBLISHER))
    seen = {name: form_of(people(name), page, words=f"Câu lén của {name}.") for name in ("bien", "chu")}
    hour = (timezone.now() + dt.timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")
    for name, data in seen.items():
        for more in ({}, {"go_live_at": hour}):
            answer = people(name).post(url, data | more | {"action-publish": "1"})
            assert answer.headers["Location"] == reverse("approval_review", args=[page.pk])
    copied = {"new_title": "Sao", "new_slug": "sao", "new_parent_page": page.get_parent().pk, "publish_copies": "on"}
    assert people("chu").post(reverse("wagtailadmin_pages:copy", args=[page.pk]), copied).status_code == 302
    for one in PolicyArticlePage.objects.live():
        assert (one.pk, str(one.body.raw_data)) == (page.pk, before)
    assert not Revision.objects.filter(approved_go_live_at__isnull=False).exists()
    # Both opened it, one saved first: nothing is lost, and who comes second is told.
    mine = PolicyArticlePage.objects.get(pk=page.pk).latest_revision
    late = people("bien").post(url, seen["bien"], follow=True)
    assert "chu đã lưu một bản khác" in late.content.decode()
    assert f"/{mine.pk}...latest/" in late.content.decode()
    assert "Câu lén của chu." in str(Revision.objects.get(pk=mine.pk).as_object().body.raw_data)
    stale = people("chu").post(url, seen["chu"], headers={"Accept": "application/json"})
    assert (stale.status_code, stale.json()["error_code"]) == (400, "invalid_revision")
