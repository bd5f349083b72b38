"""An approval means something: part by part, by others than the authors, on every way to readers."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Comment, Revision, TaskState

from cms.approval.actions import ApproveUnitsAction, AskForChangeAction, SystemApprovalAction
from cms.approval.authors import authors_of
from cms.approval.guard import NotApprovedError, problem_of
from cms.approval.models import BlockApproval
from cms.approval.standing import is_complete, standings
from cms.approval.units import units_of
from cms.approval.words import difference
from cms.articles.models import PolicyArticlePage
from cms.audit.log import acting
from cms.audit.models import Entry
from cms.core.roles import CENTRAL_EDITOR, CONTRIBUTOR, LEGAL_REVIEWER, PUBLISHER
from cms.translation.shape import same_shape
from render.article import Correction
from render.article import Verdict as RenderVerdict

SLUG = "luong-huu-tu-15-nam"


@pytest.fixture
def people(login: Callable[..., Any]) -> Callable[[str], Any]:
    """Browsers of people by name, each with a role."""
    roles = {
        "bien": CENTRAL_EDITOR,
        "tap": CENTRAL_EDITOR,
        "cong": CONTRIBUTOR,
        "luat": LEGAL_REVIEWER,
        "ra": PUBLISHER,
    }
    known: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in known:
            known[name] = login(roles.get(name, ""), name=name, superuser=name == "chu")
        return known[name]

    return of


@pytest.fixture
def draft(any_site: str, publish: Callable[..., Any]) -> Any:
    """An article that nobody has approved."""
    return publish(SLUG, publish=False)


def _edit(page: Any, user: Any, **fields: Any) -> Any:
    one = PolicyArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(one, name, value)
    one.save_revision(user=user, log_action=True)
    return PolicyArticlePage.objects.get(pk=page.pk)


def _approve_all(page: Any, user: Any) -> list[Any]:
    wanted = {one.key: one.digest for one in standings(_latest(page)) if not one.is_approved}
    return ApproveUnitsAction(page, wanted, user=user).execute()


def _latest(page: Any) -> Any:
    return PolicyArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()


def _open(page: Any) -> set[str]:
    return {one.key for one in standings(_latest(page)) if not one.is_approved}


def _reword(page: Any, index: int, words: str, user: Any) -> Any:
    """Change a paragraph of the first block of running text from `index` on; the block's id."""
    one = _latest(page)
    for child in list(one.body)[index:]:
        if child.block_type in ("prose", "notice"):
            for part in child.value["body"]:
                if part.block_type == "paragraph":
                    part.value = f"{part.value} {words}"
                    one.save_revision(user=user)
                    return child.id
    raise AssertionError("no paragraph")


# Parts and their approvals


def test_an_edit_voids_the_approval_of_its_part_and_of_no_other(draft: Any, people: Callable[[str], Any]) -> None:
    _approve_all(draft, people("luat").user)
    assert _open(draft) == set()
    _edit(draft, people("bien").user, summary="Một câu khác.")
    assert _open(draft) == {"summary"}
    block = _reword(draft, 0, "Thêm một câu.", people("bien").user)
    assert _open(draft) == {"summary", block}


def test_undoing_an_edit_brings_the_approval_back(draft: Any, people: Callable[[str], Any]) -> None:
    before = draft.summary
    _approve_all(draft, people("luat").user)
    _edit(draft, people("bien").user, summary="Một câu khác.")
    _edit(draft, people("tap").user, summary=before)
    assert _open(draft) == set()


def test_an_old_wording_is_not_approved_once_another_was(draft: Any, people: Callable[[str], Any]) -> None:
    before = draft.summary
    _approve_all(draft, people("luat").user)
    _edit(draft, people("bien").user, summary="Một câu khác.")
    _approve_all(draft, people("luat").user)
    _edit(draft, people("bien").user, summary=before)
    assert _open(draft) == {"summary"}


def test_moving_a_part_voids_nothing(draft: Any, people: Callable[[str], Any]) -> None:
    _approve_all(draft, people("luat").user)
    one = _latest(draft)
    raw = list(one.body.raw_data)
    one.body = one.body.stream_block.to_python([dict(part) for part in raw[::-1]])
    one.save_revision(user=people("bien").user)
    assert [child.id for child in _latest(draft).body] == [part["id"] for part in raw[::-1]]
    assert _open(draft) == set()


def test_taking_a_part_out_wants_approval_too(draft: Any, people: Callable[[str], Any]) -> None:
    _approve_all(draft, people("luat").user)
    one = _latest(draft)
    gone = one.body[1].id
    one.body = one.body.stream_block.to_python([dict(part) for part in one.body.raw_data if part["id"] != gone])
    one.save_revision(user=people("bien").user)
    assert _open(draft) == {gone}
    _approve_all(draft, people("luat").user)
    assert _open(draft) == set()


def test_a_new_value_of_a_fact_voids_nothing(draft: Any, people: Callable[[str], Any]) -> None:
    _approve_all(draft, people("luat").user)
    before = {key: unit.digest for key, unit in units_of(_latest(draft)).items()}
    assert any("{{" in line for unit in units_of(_latest(draft)).values() for line in unit.lines)
    from cms.facts.models import FactValue

    first = FactValue.objects.first()
    assert first is not None
    FactValue.objects.create(fact=first.fact, value="777", since=dt.date(2031, 1, 1))
    assert {key: unit.digest for key, unit in units_of(_latest(draft)).items()} == before


def test_where_it_goes_and_who_gets_it_is_no_matter_of_law(draft: Any, people: Callable[[str], Any]) -> None:
    _approve_all(draft, people("luat").user)
    _edit(draft, people("bien").user, offices=["66"], products=["leaflet-a4"], languages=["km"], priority="urgent")
    assert _open(draft) == set()


def test_what_was_looked_at_is_what_is_approved(draft: Any, people: Callable[[str], Any]) -> None:
    shown = {one.key: one.digest for one in standings(_latest(draft))}
    _edit(draft, people("bien").user, summary="Đổi trong lúc xem.")
    with pytest.raises(ValidationError):
        ApproveUnitsAction(draft, shown, user=people("luat").user).execute()
    assert not BlockApproval.objects.exists()


def test_a_reviewers_no_voids_an_approval_and_stands_beside_the_part(draft: Any, people: Callable[[str], Any]) -> None:
    _approve_all(draft, people("luat").user)
    one = next(one for one in standings(_latest(draft)) if one.key == "summary")
    AskForChangeAction(draft, "summary", one.digest, user=people("luat").user, comment="Thiếu điều khoản.").execute()
    assert _open(draft) == {"summary"}
    comment = Comment.objects.get()
    assert (comment.contentpath, comment.text) == ("summary", "Thiếu điều khoản.")
    assert Entry.objects.filter(action="block.change_requested").exists()


# Four eyes


def test_nobody_approves_what_they_wrote_a_superuser_neither(draft: Any, people: Callable[[str], Any]) -> None:
    _approve_all(draft, people("luat").user)
    _edit(draft, people("chu").user, summary="Do quản trị viết.")
    with pytest.raises(PermissionDenied):
        _approve_all(draft, people("chu").user)
    _edit(draft, people("bien").user, summary="Do quản trị viết, biên tập thêm.")
    with pytest.raises(PermissionDenied):  # the last hand was another's, yet the words are partly theirs
        _approve_all(draft, people("chu").user)
    assert len(_approve_all(draft, people("luat").user)) == 1


def test_after_an_approval_only_later_hands_count(draft: Any, people: Callable[[str], Any]) -> None:
    _edit(draft, people("chu").user, summary="Do quản trị viết.")
    _approve_all(draft, people("luat").user)
    _edit(draft, people("bien").user, summary="Biên tập viết lại.")
    assert authors_of(_latest(draft), ["summary"])["summary"] == {people("bien").user.pk}
    assert len(_approve_all(draft, people("chu").user)) == 1


def test_only_legal_reviewers_approve_parts(draft: Any, people: Callable[[str], Any]) -> None:
    for name in ("bien", "cong", "ra"):
        with pytest.raises(PermissionDenied):
            _approve_all(draft, people(name).user)
    assert not BlockApproval.objects.exists()


def test_an_autosave_that_overwrites_its_revision_keeps_the_author(draft: Any, people: Callable[[str], Any]) -> None:
    one = _latest(draft)
    one.summary = "Nháp."
    revision = one.save_revision(user=people("chu").user)
    _approve_all(draft, people("luat").user)
    one.summary = "Nháp, lưu đè."
    one.save_revision(user=people("chu").user, overwrite_revision=revision)
    with pytest.raises(PermissionDenied):
        _approve_all(draft, people("chu").user)


# Every way to readers


def _ways(page: Any, user: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    from wagtail.actions.publish_page_revision import PublishPageRevisionAction

    yield "revision", lambda: _latest(page).get_latest_revision().publish(user=user)
    yield (
        "action",
        lambda: PublishPageRevisionAction(_latest(page).get_latest_revision(), user=user).execute(
            skip_permission_checks=True
        ),
    )

    def live() -> None:
        one = _latest(page)
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
        one = _latest(page)
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
    _approve_all(draft, people("luat").user)
    assert is_complete(_latest(draft))
    assert problem_of(_latest(draft)) == ""
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


# The workflow


def _submit(page: Any, user: Any) -> Any:
    page = PolicyArticlePage.objects.get(pk=page.pk)
    return page.get_workflow().start(page, user)


def _step(client: Any, page: Any, action: str = "approve", comment: str = "") -> Any:
    return client.post(reverse("approval_step", args=[page.pk]), {"action": action, "comment": comment}, follow=True)


def test_editor_legal_publisher(draft: Any, people: Callable[[str], Any]) -> None:
    _edit(draft, people("bien").user, summary="Biên tập viết.")
    state = _submit(draft, people("bien").user)
    assert [(one.task.name, one.status) for one in state.task_states.order_by("pk")] == [
        ("Biên tập", "skipped"),
        ("Thẩm định pháp lý", "in_progress"),
    ]
    _step(people("luat"), draft)  # not yet: parts are open
    assert TaskState.objects.get(task__name="Thẩm định pháp lý").status == "in_progress"
    client = people("luat")
    shown = client.get(reverse("approval_review", args=[draft.pk]))
    parts = [f"{card.standing.key}:{card.standing.digest}" for card in shown.context["open_to_me"]]
    client.post(reverse("approval_approve", args=[draft.pk]), {"part": parts})
    _step(client, draft)
    assert TaskState.objects.get(task__name="Thẩm định pháp lý").status == "approved"
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    _step(people("bien"), draft)
    _step(people("luat"), draft)
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    _step(people("ra"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).live
    steps = Entry.objects.filter(action="task.approved").order_by("sequence")
    assert list(steps.values_list("actor_name", flat=True)) == ["luat", "ra"]


def test_a_contributors_text_is_looked_at_by_an_editor_first(draft: Any, people: Callable[[str], Any]) -> None:
    _submit(draft, people("cong").user)
    page = PolicyArticlePage.objects.get(pk=draft.pk)
    assert page.current_workflow_task.name == "Biên tập"
    _step(people("luat"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Biên tập"
    _step(people("bien"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Thẩm định pháp lý"


def test_what_is_urgent_overtakes_the_editors_and_never_the_law(draft: Any, people: Callable[[str], Any]) -> None:
    _edit(draft, people("cong").user, priority="urgent")
    _submit(draft, people("cong").user)
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Thẩm định pháp lý"
    assert "Khẩn" in people("luat").get("/admin/").content.decode()


def test_while_it_is_judged_the_text_stands_still(draft: Any, people: Callable[[str], Any]) -> None:
    _submit(draft, people("bien").user)
    page = PolicyArticlePage.objects.get(pk=draft.pk)
    assert page.get_lock().for_user(people("bien").user)
    assert page.get_lock().for_user(people("luat").user)
    _step(people("luat"), draft, "reject", "Sửa tóm tắt.")
    page = PolicyArticlePage.objects.get(pk=draft.pk)
    assert page.get_lock() is None or not page.get_lock().for_user(people("bien").user)


def test_a_publisher_does_not_publish_their_own(draft: Any, people: Callable[[str], Any], login: Any) -> None:
    both = people("bien").user
    from django.contrib.auth.models import Group

    both.groups.add(Group.objects.get(name=PUBLISHER))
    _edit(draft, both, summary="Viết rồi tự phát hành.")
    _submit(draft, both)
    _approve_all(draft, people("luat").user)
    _step(people("luat"), draft)
    _step(people("bien"), draft)
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    _step(people("ra"), draft)
    assert PolicyArticlePage.objects.get(pk=draft.pk).live


def test_the_review_shows_only_what_changed_with_words_marked(
    any_site: str, publish: Callable[..., Any], people: Callable[[str], Any]
) -> None:
    page = publish(SLUG)
    _edit(page, people("bien").user, summary=f"{page.summary} Câu mới thêm.")
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


@given(st.lists(st.text(max_size=40), max_size=6), st.lists(st.text(max_size=40), max_size=6))
def test_a_comparison_loses_no_word_of_either_side(old: list[str], new: list[str]) -> None:
    left, right = difference(old, new)
    assert ["".join(piece.text for piece in line) for line in left] == old
    assert ["".join(piece.text for piece in line) for line in right] == new
    assert all(piece.op in ("same", "out") for line in left for piece in line)
    assert all(piece.op in ("same", "in") for line in right for piece in line)


def test_a_part_approved_by_the_system_says_so(
    any_site: str, publish: Callable[..., Any], people: Callable[[str], Any]
) -> None:
    page = publish(SLUG)
    _edit(page, people("bien").user, summary="Khác.")
    assert "từ tệp" in people("luat").get(reverse("approval_review", args=[page.pk])).content.decode()
    SystemApprovalAction(page).execute()
    assert _open(page) == set()


# What ill will would try


def test_an_answer_of_the_bank_that_nobody_approved_goes_out_on_no_path(
    draft: Any, people: Callable[[str], Any]
) -> None:
    from cms.questions.actions import ApproveQuestionAction
    from cms.questions.models import BankQuestion

    question = BankQuestion.objects.create(
        key="hoi-thu", locale=draft.locale, question="Hỏi?", answer="Chưa ai đọc.", changed_by=people("bien").user
    )
    one = _latest(draft)
    block = {"type": "questions", "value": {"questions": [{"question": "", "answer": [], "bank": "hoi-thu"}]}}
    one.body = one.body.stream_block.to_python([*one.body.raw_data, block])
    one.save_revision(user=people("bien").user)
    _approve_all(draft, people("luat").user)
    assert is_complete(_latest(draft))
    for name, way in _ways(draft, people("ra").user):
        if name != "copy":
            with contextlib.suppress(NotApprovedError):
                way()
        assert not PolicyArticlePage.objects.filter(live=True).exists(), name
    assert "Hỏi?" in problem_of(_latest(draft))
    ApproveQuestionAction(question, user=people("luat").user, digest=question.digest()).execute()
    _edit(draft, people("bien").user, go_live_at=None)
    assert problem_of(_latest(draft)) == ""
    _latest(draft).get_latest_revision().publish(user=people("ra").user)
    assert PolicyArticlePage.objects.get(pk=draft.pk).live


def test_who_wrote_it_does_not_publish_it_beside_the_workflow_either(draft: Any, people: Callable[[str], Any]) -> None:
    """Editor and publisher in one, a superuser too: past the workflow, by the editor's own button."""
    from django.contrib.auth.models import Group

    both = people("bien").user
    both.groups.add(Group.objects.get(name=PUBLISHER))
    for name in ("bien", "chu"):
        _edit(draft, people(name).user, summary=f"Do {name} viết.")
        _approve_all(draft, people("luat").user)
        bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        people(name).post(f"{bulk}?id={draft.pk}", {"include_descendants": ""})
        assert not PolicyArticlePage.objects.get(pk=draft.pk).live, name
        token = acting.set(people(name).user)
        try:
            with pytest.raises(PermissionDenied):
                _latest(draft).get_latest_revision().publish(user=people(name).user)
            one = _latest(draft)
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
    _edit(draft, people("bien").user, summary="Biên tập viết.")
    _submit(draft, people("bien").user)
    _approve_all(draft, people("luat").user)
    _step(people("luat"), draft)
    _edit(draft, people("chu").user, summary="Lén sửa sau khi duyệt.")  # past the lock
    _step(people("ra"), draft)
    assert not PolicyArticlePage.objects.get(pk=draft.pk).live
    assert PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_task.name == "Phát hành"


def test_an_urgent_article_stands_out_in_the_lists_of_the_workflow(draft: Any, people: Callable[[str], Any]) -> None:
    _submit(draft, people("cong").user)
    for name in ("workflow", "workflow_tasks"):
        assert "Khẩn" not in people("bien").get(reverse(f"wagtailadmin_reports:{name}")).content.decode()
    PolicyArticlePage.objects.get(pk=draft.pk).current_workflow_state.cancel(user=people("cong").user)
    _edit(draft, people("cong").user, priority="urgent")
    _submit(draft, people("cong").user)
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


def test_after_a_part_of_the_migrations_roles_wait_for_the_rest(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cms.approval import setup, signal_handlers

    called: list[str] = []
    monkeypatch.setattr(setup, "ensure_roles", lambda _apps: called.append("roles"))
    monkeypatch.setattr(setup, "ensure_workflow", lambda _apps: called.append("workflow"))
    signal_handlers.after_migrations(using="default")
    assert called == ["roles", "workflow"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'approval'")
    signal_handlers.after_migrations(using="default")
    assert called == ["roles", "workflow"]
