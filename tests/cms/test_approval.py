"""An approval means something: part by part, and by others than the authors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from wagtail.models import Comment

from cms.approval.actions import ApproveUnitsAction, AskForChangeAction
from cms.approval.authors import authors_of
from cms.approval.models import BlockApproval
from cms.approval.standing import standings
from cms.approval.units import units_of
from cms.audit.models import Entry
from tests.cms.approving import approve_all, edited, latest, open_parts, reword

# Parts and their approvals


def test_an_edit_voids_the_approval_of_its_part_and_of_no_other(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    assert open_parts(draft) == set()
    edited(draft, people("bien").user, summary="Một câu khác.")
    assert open_parts(draft) == {"summary"}
    block = reword(draft, 0, "Thêm một câu.", people("bien").user)
    assert open_parts(draft) == {"summary", block}


def test_undoing_an_edit_brings_the_approval_back(draft: Any, people: Callable[[str], Any]) -> None:
    before = draft.summary
    approve_all(draft, people("luat").user)
    edited(draft, people("bien").user, summary="Một câu khác.")
    edited(draft, people("tap").user, summary=before)
    assert open_parts(draft) == set()


def test_an_old_wording_is_not_approved_once_another_was(draft: Any, people: Callable[[str], Any]) -> None:
    before = draft.summary
    approve_all(draft, people("luat").user)
    edited(draft, people("bien").user, summary="Một câu khác.")
    approve_all(draft, people("luat").user)
    edited(draft, people("bien").user, summary=before)
    assert open_parts(draft) == {"summary"}


def test_moving_a_part_voids_nothing(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    one = latest(draft)
    raw = list(one.body.raw_data)
    one.body = one.body.stream_block.to_python([dict(part) for part in raw[::-1]])
    one.save_revision(user=people("bien").user)
    assert [child.id for child in latest(draft).body] == [part["id"] for part in raw[::-1]]
    assert open_parts(draft) == set()


def test_taking_a_part_out_wants_approval_too(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    one = latest(draft)
    gone = one.body[1].id
    one.body = one.body.stream_block.to_python([dict(part) for part in one.body.raw_data if part["id"] != gone])
    one.save_revision(user=people("bien").user)
    assert open_parts(draft) == {gone}
    approve_all(draft, people("luat").user)
    assert open_parts(draft) == set()


def test_a_new_value_of_a_fact_voids_nothing(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    before = {key: unit.digest for key, unit in units_of(latest(draft)).items()}
    assert any("{{" in line for unit in units_of(latest(draft)).values() for line in unit.lines)
    from cms.facts.models import FactValue

    first = FactValue.objects.first()
    assert first is not None
    FactValue.objects.create(fact=first.fact, value="777", since=dt.date(2031, 1, 1))
    assert {key: unit.digest for key, unit in units_of(latest(draft)).items()} == before


def test_where_it_goes_and_who_gets_it_is_no_matter_of_law(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    edited(draft, people("bien").user, offices=["66"], products=["leaflet-a4"], languages=["km"], priority="urgent")
    assert open_parts(draft) == set()


def test_what_was_looked_at_is_what_is_approved(draft: Any, people: Callable[[str], Any]) -> None:
    shown = {one.key: one.digest for one in standings(latest(draft))}
    edited(draft, people("bien").user, summary="Đổi trong lúc xem.")
    with pytest.raises(ValidationError):
        ApproveUnitsAction(draft, shown, user=people("luat").user).execute()
    assert not BlockApproval.objects.exists()


def test_a_reviewers_no_voids_an_approval_and_stands_beside_the_part(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    one = next(one for one in standings(latest(draft)) if one.key == "summary")
    AskForChangeAction(draft, "summary", one.digest, user=people("luat").user, comment="Thiếu điều khoản.").execute()
    assert open_parts(draft) == {"summary"}
    comment = Comment.objects.get()
    assert (comment.contentpath, comment.text) == ("summary", "Thiếu điều khoản.")
    assert Entry.objects.filter(action="block.change_requested").exists()


# Four eyes


def test_nobody_approves_what_they_wrote_a_superuser_neither(draft: Any, people: Callable[[str], Any]) -> None:
    approve_all(draft, people("luat").user)
    edited(draft, people("chu").user, summary="Do quản trị viết.")
    with pytest.raises(PermissionDenied):
        approve_all(draft, people("chu").user)
    edited(draft, people("bien").user, summary="Do quản trị viết, biên tập thêm.")
    with pytest.raises(PermissionDenied):  # the last hand was another's, yet the words are partly theirs
        approve_all(draft, people("chu").user)
    assert len(approve_all(draft, people("luat").user)) == 1


def test_after_an_approval_only_later_hands_count(draft: Any, people: Callable[[str], Any]) -> None:
    edited(draft, people("chu").user, summary="Do quản trị viết.")
    approve_all(draft, people("luat").user)
    edited(draft, people("bien").user, summary="Biên tập viết lại.")
    assert authors_of(latest(draft), ["summary"])["summary"] == {people("bien").user.pk}
    assert len(approve_all(draft, people("chu").user)) == 1


def test_only_legal_reviewers_approve_parts(draft: Any, people: Callable[[str], Any]) -> None:
    for name in ("bien", "cong", "ra"):
        with pytest.raises(PermissionDenied):
            approve_all(draft, people(name).user)
    assert not BlockApproval.objects.exists()


def test_an_autosave_that_overwrites_its_revision_keeps_the_author(draft: Any, people: Callable[[str], Any]) -> None:
    one = latest(draft)
    one.summary = "Nháp."
    revision = one.save_revision(user=people("chu").user)
    approve_all(draft, people("luat").user)
    one.summary = "Nháp, lưu đè."
    one.save_revision(user=people("chu").user, overwrite_revision=revision)
    with pytest.raises(PermissionDenied):
        approve_all(draft, people("chu").user)


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
