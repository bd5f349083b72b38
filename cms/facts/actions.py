"""Operations on facts: propose a change, approve it, turn it down, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.audit.log import name_of, record
from cms.core.roles import refuse_own
from cms.facts.books import be_alone, book, newsroom_day, record_change
from cms.facts.checks import overlapping_approved, refuse_problems
from cms.facts.effects import queue_changed
from cms.facts.enums import ChangeKind, ChangeStatus
from cms.facts.impact import Impact, impact_of
from cms.facts.models import FactChange
from cms.facts.permissions import may_decide, may_propose, require
from cms.facts.says import printed, resolve
from render.facts import FactBook
from render.inline import Placeholder
from render.phrases import vietnamese_date


class ProposeChangeAction:
    """Propose a change: it is stored, and does nothing until somebody else approves it."""

    def __init__(self, change: FactChange, *, user: Any, among: FactBook | None = None) -> None:
        self.change = change
        self.user = user
        self.among = among  # facts that are proposed together with it

    def check(self) -> None:
        """`PermissionDenied` for who may not propose, `ValidationError` for what cannot be."""
        require(may_propose(self.user))
        refuse_problems(self.change, self.among)

    @transaction.atomic
    def execute(self) -> FactChange:
        """The stored proposal."""
        self.check()
        change = self.change
        change.proposed_by = self.user
        change.proposed_by_name = name_of(self.user)
        change.status = ChangeStatus.PROPOSED
        change.save()
        _log("fact.proposed", change, self.user)
        return change


class _Decision:
    """What is done to an open proposal, by one person at a time."""

    def __init__(self, change: FactChange, *, user: Any, comment: str = "") -> None:
        self.change = change
        self.user = user
        self.comment = comment.strip()

    def _lock(self) -> FactChange:
        """The proposal as it is now: two who decide at once decide one after the other."""
        change = FactChange.objects.select_for_update(of=("self",)).select_related("fact").get(pk=self.change.pk)
        if change.status != ChangeStatus.PROPOSED:
            raise ValidationError(_("Somebody has decided on this proposal already."))
        return change

    def _decide(self, change: FactChange, status: ChangeStatus) -> None:
        change.status = status
        change.decided_by = self.user
        change.decided_by_name = name_of(self.user)
        change.decided_at = timezone.now()
        change.comment = self.comment
        change.save()
        self.change = change


class ApproveChangeAction(_Decision):
    """Approve a proposal: what it brings is recorded, and takes effect on its day; at once where the day has come."""

    def check(self) -> None:
        """Legal reviewers, and never one's own."""
        require(may_decide(self.user))
        refuse_own(self.user, [self.change.proposed_by_id])

    @transaction.atomic
    def execute(self) -> FactChange:
        """The change, approved or in effect; `ValidationError` when it cannot be any more."""
        self.check()
        be_alone()
        change = self._lock()
        refuse_own(self.user, [change.proposed_by_id])
        refuse_problems(change)
        if other := overlapping_approved(change):
            day = vietnamese_date(other.effective_on) if other.effective_on else "…"
            raise ValidationError(
                _("A change that is approved for %(day)s speaks of the same days: %(other)s.")
                % {"day": day, "other": other}
            )
        before, day = book(), newsroom_day()
        impact = impact_of(change)
        change.impact = impact.counts()
        change.said_before, change.said_after = said(impact, change.key)
        now = change.kind in (ChangeKind.NEW, ChangeKind.CORRECTION) or (
            change.effective_on is None or change.effective_on <= day
        )
        record_change(change, self.user)
        self._decide(change, ChangeStatus.IN_EFFECT if now else ChangeStatus.APPROVED)
        if now:
            change.in_effect_at = change.decided_at
            change.save(update_fields=["in_effect_at"])
            queue_changed(
                before.on(day),
                book().on(day),
                keys=[change.key],
                user=self.user,
                correction=change.kind == ChangeKind.CORRECTION,
            )
        _log("fact.approved", change, self.user)
        return change


class RejectChangeAction(_Decision):
    """Turn a proposal down, with a word why."""

    def check(self) -> None:
        """Legal reviewers; a reason is owed."""
        require(may_decide(self.user))
        refuse_own(self.user, [self.change.proposed_by_id])
        if not self.comment:
            raise ValidationError({"comment": [_("Say why.")]})

    @transaction.atomic
    def execute(self) -> FactChange:
        """The proposal, rejected."""
        self.check()
        change = self._lock()
        self._decide(change, ChangeStatus.REJECTED)
        _log("fact.rejected", change, self.user)
        return change


class WithdrawChangeAction(_Decision):
    """Take one's own proposal back."""

    def check(self) -> None:
        """Who proposed it, while nobody has decided."""
        if self.user.pk != self.change.proposed_by_id or not may_propose(self.user):
            raise PermissionDenied

    @transaction.atomic
    def execute(self) -> FactChange:
        """The proposal, withdrawn."""
        self.check()
        change = self._lock()
        self._decide(change, ChangeStatus.WITHDRAWN)
        _log("fact.withdrawn", change, self.user)
        return change


def said(impact: Impact, key: str) -> tuple[str, str]:
    """A fact before and after, as it is printed."""
    before, after = (resolve(facts, Placeholder(key)) for facts in (impact.before, impact.after))
    return printed(before)[:200], printed(after)[:200]


def _log(action: str, change: FactChange, user: Any) -> None:
    details: Mapping[str, Any] = {
        "change": change.pk,
        "kind": change.kind,
        "proposed": change.proposed,
        "effective_on": change.effective_on,
        "reason": change.reason,
        "legal_basis": change.legal_basis,
        "comment": change.comment,
        "before": change.said_before,
        "after": change.said_after,
        "impact": change.impact,
    }
    record(action, actor=user, subject=f"fact:{change.key}", details=details)
