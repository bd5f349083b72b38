"""Operations of approval: a verdict on parts, a step of the workflow, what a file from the command line is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Comment

from cms.approval.authors import authors_of
from cms.approval.enums import Verdict
from cms.approval.models import BlockApproval
from cms.approval.standing import Standing, standings
from cms.approval.units import REMOVED
from cms.audit.log import name_of, record
from cms.core.roles import LEGAL_REVIEWER, holds, refuse_own


def subject_of(page: Any) -> str:
    """A page as the audit log names it."""
    tag = page.locale.language_code
    return f"article:{page.slug}" if tag == "vi" else f"translation:{page.slug}:{tag}"


class ApproveUnitsAction:
    """Approve parts of an article, each in exactly the wording that was looked at (`wanted`: part -> digest)."""

    def __init__(self, page: Any, wanted: Mapping[str, str], *, user: Any, comment: str = "") -> None:
        self.page = page
        self.wanted = wanted
        self.user = user
        self.comment = comment

    def check(self, chosen: Collection[Standing]) -> None:
        """Raise `PermissionDenied` for who is no legal reviewer, or wrote any of it since its last approval."""
        _check_reviewer(self.page, self.user)
        authors = authors_of(self.page, [one.key for one in chosen])
        refuse_own(self.user, {author for users in authors.values() for author in users})

    @transaction.atomic
    def execute(self) -> list[BlockApproval]:
        """The approvals. `ValidationError` when a part is not what was looked at any more."""
        draft = locked_draft(self.page)
        found = {one.key: one for one in standings(draft)}
        chosen = [found[key] for key, digest in self.wanted.items() if key in found and found[key].digest == digest]
        if len(chosen) < len(self.wanted):
            raise ValidationError(_("The text has changed meanwhile: look at it again."))
        self.check(chosen)
        rows = [
            _verdict(draft, one, Verdict.APPROVED, user=self.user, comment=self.comment)
            for one in chosen
            if not one.is_approved
        ]
        for row in rows:
            _log(row, draft, self.user)
        return rows


class AskForChangeAction:
    """Say what is wrong with a part. It is no more approved, and the word stands beside it in the editor."""

    def __init__(self, page: Any, key: str, digest: str, *, user: Any, comment: str) -> None:
        self.page = page
        self.key = key
        self.digest = digest
        self.user = user
        self.comment = comment.strip()

    @transaction.atomic
    def execute(self) -> BlockApproval:
        """The verdict."""
        _check_reviewer(self.page, self.user)
        if not self.comment:
            raise ValidationError(_("Say what is to be changed."))
        draft = locked_draft(self.page)
        one = next((one for one in standings(draft) if one.key == self.key and one.digest == self.digest), None)
        if one is None:
            raise ValidationError(_("The text has changed meanwhile: look at it again."))
        row = _verdict(draft, one, Verdict.CHANGE, user=self.user, comment=self.comment)
        if one.unit is not None:
            path = one.key if one.unit.kind == "field" else f"body.{one.key}.title"
            Comment.objects.create(
                page_id=draft.pk,
                user=self.user,
                text=self.comment,
                contentpath=path,
                revision_created=draft.latest_revision,
            )
        _log(row, draft, self.user)
        return row


class SystemApprovalAction:
    """What a file says, brought by the command line: approved as what it is, and seen as that everywhere.

    Whoever runs commands on the server answers for them; a browser has no way here.
    """

    def __init__(self, page: Any) -> None:
        self.page = page

    @transaction.atomic
    def execute(self) -> list[BlockApproval]:
        """The approvals of everything in the last revision that had none."""
        draft = locked_draft(self.page)
        rows = [_verdict(draft, one, Verdict.APPROVED, user=None) for one in standings(draft) if not one.is_approved]
        if rows:
            record(
                "article.imported",
                actor=None,
                subject=subject_of(draft),
                details={"approved_by": "command line", "parts": [row.unit for row in rows]},
                page=draft,
                revision=draft.latest_revision,
            )
        return rows


def may_review(page: Any, user: Any) -> bool:
    """Whether somebody may give verdicts on this article."""
    return holds(user, LEGAL_REVIEWER)


def after_step(task_state: Any, page: Any, user: Any, action_name: str, comment: str) -> None:
    """Write a step of the workflow into the audit log."""
    record(
        "task.approved" if action_name == "approve" else "task.rejected",
        actor=user,
        subject=subject_of(page),
        details={"task": task_state.task.name, "comment": comment},
        page=page,
        revision=task_state.revision,
    )


def locked_draft(page: Any) -> Any:
    """The last revision, and nobody else judges this article until the transaction ends."""
    row = type(page).objects.select_for_update(of=("self",)).select_related("locale").get(pk=page.pk)
    return row.get_latest_revision_as_object()


def _check_reviewer(page: Any, user: Any) -> None:
    if not may_review(page, user):
        raise PermissionDenied(_("Only legal reviewers approve parts of an article."))


def _verdict(page: Any, one: Standing, verdict: Verdict, *, user: Any, comment: str = "") -> BlockApproval:
    unit = one.unit
    before = one.approved or one.last
    return BlockApproval.objects.create(
        article=page.translation_key,
        lang=page.locale.language_code,
        slug=page.slug,
        unit=one.key,
        unit_kind=unit.kind if unit else (before.unit_kind if before else "field"),
        heading=unit.heading if unit else (before.heading if before else ""),
        digest=unit.digest if unit else REMOVED,
        content=dict(unit.content) if unit else {},
        verdict=verdict,
        comment=comment,
        by=user,
        by_name=name_of(user) if user is not None else "",
        by_system=user is None,
        revision_id=page.latest_revision_id,
    )


def _log(row: BlockApproval, page: Any, user: Any) -> None:
    record(
        "block.approved" if row.verdict == Verdict.APPROVED else "block.change_requested",
        actor=user,
        subject=subject_of(page),
        details={
            "part": row.unit,
            "heading": row.heading,
            "kind": row.unit_kind,
            "digest": row.digest,
            **({"comment": row.comment} if row.comment else {}),
        },
        page=page,
        revision=page.latest_revision,
    )
