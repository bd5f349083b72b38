"""Who may make tokens and webhooks, order print runs, and read the reports."""

from __future__ import annotations

from typing import Any

from cms.core.roles import AUDITOR, CENTRAL_EDITOR, PROVINCIAL_EDITOR, PUBLISHER, holds
from cms.offices.models import Office
from cms.offices.permissions import own_offices


def is_central(user: Any) -> bool:
    """Whether somebody works for all offices."""
    return holds(user, CENTRAL_EDITOR)


def may_manage(user: Any) -> bool:
    """Whether somebody may make tokens and webhooks, and order print runs."""
    return holds(user, CENTRAL_EDITOR, PROVINCIAL_EDITOR)


def may_report(user: Any) -> bool:
    """Whether somebody may read what was played, printed and paid."""
    return holds(user, CENTRAL_EDITOR, PROVINCIAL_EDITOR, PUBLISHER, AUDITOR)


def managed_offices(user: Any) -> Any:
    """The offices whose tokens, webhooks and print runs are somebody's to manage."""
    return own_offices(user)


def within(user: Any, rows: Any) -> Any:
    """Of rows with an office (or none, for central ones), those that are somebody's to see."""
    if holds(user, CENTRAL_EDITOR, PUBLISHER, AUDITOR):
        return rows
    return rows.filter(office__in=own_offices(user))


def seen_codes(user: Any) -> list[str] | None:
    """The codes of the offices whose receipts somebody may see, with the communes of a province; None for all."""
    if holds(user, CENTRAL_EDITOR, PUBLISHER, AUDITOR):
        return None
    return list(own_offices(user).values_list("code", flat=True)) or ["-"]


def covers(office: Office | None, code: str) -> bool:
    """Whether a token of an office may speak of a place: its own, or a commune of its province; without one, any."""
    return office is None or code == office.code or ("." not in office.code and code.startswith(f"{office.code}."))
