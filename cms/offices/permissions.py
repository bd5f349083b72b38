"""Whose office it is: members change the local blocks of their own office, editors those of any."""

from __future__ import annotations

from typing import Any

from cms.core.roles import CENTRAL_EDITOR, PROVINCIAL_EDITOR, holds
from cms.offices.models import Office

APPROVE = "offices.approve_story"


def own_offices(user: Any) -> Any:
    """The offices whose local blocks somebody may change."""
    if not user.is_active:
        return Office.objects.none()
    if holds(user, CENTRAL_EDITOR):
        return Office.objects.all()
    if holds(user, PROVINCIAL_EDITOR):
        return Office.objects.filter(members__user=user)
    return Office.objects.none()


def may_decide(user: Any) -> bool:
    """Whether somebody may approve local stories."""
    return bool(user.is_active and user.has_perm(APPROVE))
