"""Who may look at facts, propose changes of them, and decide."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

VIEW = "facts.view_fact"
PROPOSE = "facts.add_factchange"
DECIDE = "facts.approve_factchange"


def may_view(user: Any) -> bool:
    """Whoever works with facts in any way."""
    return bool(user.is_active and any(user.has_perm(one) for one in (VIEW, PROPOSE, DECIDE)))


def may_propose(user: Any) -> bool:
    """Editors."""
    return bool(user.is_active and user.has_perm(PROPOSE))


def may_decide(user: Any) -> bool:
    """Legal reviewers."""
    return bool(user.is_active and user.has_perm(DECIDE))


def require(allowed: bool) -> None:
    """`PermissionDenied` unless it is so."""
    if not allowed:
        raise PermissionDenied
