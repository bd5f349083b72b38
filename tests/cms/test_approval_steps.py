"""The steps of the workflow, and the reviewer's screen."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import TaskState

from cms.approval.actions import SystemApprovalAction
from cms.approval.words import difference
from cms.articles.models import PolicyArticlePage
from cms.audit.models import Entry
from cms.core.roles import PUBLISHER
from tests.cms.approving import SLUG, approve_all, edited, open_parts, step, submit

# The workflow


def test_editor_legal_publisher(draft: Any, people: Callable[[str], Any]) -> None:
    edited(draft, people("bien").user, summary="Biên tập viết.")
    state = submit(draft, people("bien").user)
    assert [(one.task.name, one.status) for one in state.task_states.order_by("pk")] == [
        ("Biên tập", "skipped"),
        ("Thẩm định pháp lý", "in_progress"),
    ]
    step(people("luat"), draft)  # not yet: parts are open
    assert TaskState.objects.get(task__name="Thẩm định pháp lý").status == "in_progress"
    client = people("luat")
    shown = client.get(reverse("approval_review", args=[draft.pk]))
    parts = [f"{card.standing.key}:{card.standing.digest}" for card in shown.context["open_to_me"]]
    client.post(reverse("approval_approve", args=[draft.pk]), {"part": parts})
    step(client, draft)
    assert TaskState.objects.get(task__name="Thẩm định pháp lý").status == "approved"
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    step(people("bien"), draft)
    step(people("luat"), draft)
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    step(people("ra"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).live
    steps = Entry.objects.filter(action="task.approved").order_by("sequence")
    assert list(steps.values_list("actor_name", flat=True)) == ["luat", "ra"]


def test_a_contributors_text_is_looked_at_by_an_editor_first(draft: Any, people: Callable[[str], Any]) -> None:
    submit(draft, people("cong").user)
    page = PolicyArticlePage.objects.get(pk=draft.pk)
    assert page.current_workflow_task.name == "Biên tập"
    step(people("luat"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Biên tập"
    step(people("bien"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Thẩm định pháp lý"


def test_a_time_that_an_editor_sets_holds_when_the_publisher_has_approved(
    draft: Any, people: Callable[[str], Any]
) -> None:
    url = reverse("wagtailadmin_pages:edit", args=[draft.pk])
    shown = people("bien").get(url).content.decode()
    assert 'data-a11y-dialog-show="schedule-publishing-dialog"' in shown
    assert 'name="go_live_at"' in shown
    assert 'name="expire_at"' not in shown
    hour = (timezone.now() + dt.timedelta(hours=1)).replace(second=0, microsecond=0)
    at = f"{timezone.localtime(hour):%H:%M %d/%m/%Y}"
    edited(draft, people("bien").user, go_live_at=hour, audiences=[1], legal=["Luật 9/2024/QH15"])
    revisions = reverse("wagtailadmin_pages:revisions_compare", args=[draft.pk, "earliest", "latest"])
    compared = people("bien").get(revisions).content.decode()
    for said in (at, "1 · ", "Luật 9/2024/QH15"):
        assert f'<span class="addition">{said}' in compared
    assert not re.search(r"<span class=.(addition|deletion).>(None|\[)", compared)
    submit(draft, people("bien").user)
    approve_all(draft, people("luat").user)
    step(people("luat"), draft)
    publisher = people("ra")
    assert f"Hẹn lên trang lúc {at}" in publisher.get(reverse("approval_review", args=[draft.pk])).content.decode()
    assert f"tự lên trang lúc {at}" in step(publisher, draft).content.decode()
    page = PolicyArticlePage.objects.get(pk=draft.pk)
    assert not page.live
    assert page.scheduled_revision.approved_go_live_at == hour


def test_what_is_urgent_overtakes_the_editors_and_never_the_law(draft: Any, people: Callable[[str], Any]) -> None:
    edited(draft, people("cong").user, priority="urgent")
    submit(draft, people("cong").user)
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Thẩm định pháp lý"
    assert "Khẩn" in people("luat").get("/admin/").content.decode()


def test_while_it_is_judged_the_text_stands_still(draft: Any, people: Callable[[str], Any]) -> None:
    submit(draft, people("bien").user)
    page = PolicyArticlePage.objects.get(pk=draft.pk)
    assert page.get_lock().for_user(people("bien").user)
    assert page.get_lock().for_user(people("luat").user)
    step(people("luat"), draft, "reject", "Sửa tóm tắt.")
    page = PolicyArticlePage.objects.get(pk=draft.pk)
    assert page.get_lock() is None or not page.get_lock().for_user(people("bien").user)


def test_a_publisher_does_not_publish_their_own(draft: Any, people: Callable[[str], Any], login: Any) -> None:
    both = people("bien").user
    from django.contrib.auth.models import Group

    both.groups.add(Group.objects.get(name=PUBLISHER))
    edited(draft, both, summary="Viết rồi tự phát hành.")
    submit(draft, both)
    approve_all(draft, people("luat").user)
    step(people("luat"), draft)
    step(people("bien"), draft)
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    step(people("ra"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).live


def test_the_review_shows_only_what_changed_with_words_marked(
    any_site: str, publish: Callable[..., Any], people: Callable[[str], Any]
) -> None:
    page = publish(SLUG)
    edited(page, people("bien").user, summary=f"{page.summary} Câu mới thêm.")
    shown = people("luat").get(reverse("approval_review", args=[page.pk]))
    assert [card.standing.key for card in shown.context["waiting"]] == ["summary"]
    text = shown.content.decode()
    assert "<ins>" in text
    assert "Câu mới thêm." in text
    assert "{{" not in text.split('data-part="summary"')[1].split("</article>")[0]
    assert "phần" in text


def test_strangers_and_other_roles_see_no_review(draft: Any, login: Callable[..., Any]) -> None:
    from django.test import Client

    from cms.core.roles import OPERATOR, PROVINCIAL_EDITOR, translator_of

    address = reverse("approval_review", args=[draft.pk])
    assert Client().get(address).status_code == 302
    for role in (OPERATOR, PROVINCIAL_EDITOR, translator_of("km")):
        assert login(role, name=role[:20]).get(address).status_code in (302, 403)


def test_a_part_approved_by_the_system_says_so(
    any_site: str, publish: Callable[..., Any], people: Callable[[str], Any]
) -> None:
    page = publish(SLUG)
    edited(page, people("bien").user, summary="Khác.")
    assert "từ tệp" in people("luat").get(reverse("approval_review", args=[page.pk])).content.decode()
    SystemApprovalAction(page).execute()
    assert open_parts(page) == set()


@given(st.lists(st.text(max_size=40), max_size=6), st.lists(st.text(max_size=40), max_size=6))
def test_a_comparison_loses_no_word_of_either_side(old: list[str], new: list[str]) -> None:
    left, right = difference(old, new)
    assert ["".join(piece.text for piece in line) for line in left] == old
    assert ["".join(piece.text for piece in line) for line in right] == new
    assert all(piece.op in ("same", "out") for line in left for piece in line)
    assert all(piece.op in ("same", "in") for line in right for piece in line)
