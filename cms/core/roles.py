"""The roles people work in, and the rule that nobody approves their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

# Names of groups, as people read them. A role is a group; what it may do is set up in `cms.approval`.
CENTRAL_EDITOR = "Biên tập viên"
PROVINCIAL_EDITOR = "Biên tập viên tỉnh"
CONTRIBUTOR = "Cộng tác viên"
LEGAL_REVIEWER = "Thẩm định pháp lý"
PUBLISHER = "Người phát hành"
OPERATOR = "Người vận hành loa"
AUDITOR = "Kiểm toán"


def translator_of(tag: str) -> str:
    """The group of those who translate into a language; it may work on that language's pages alone."""
    return f"Biên dịch viên {tag}"


def holds(user: Any, *roles: str) -> bool:
    """Whether somebody is active and in one of the roles, or a superuser."""
    if not getattr(user, "is_active", False):
        return False
    return bool(user.is_superuser or user.groups.filter(name__in=roles).exists())


def refuse_own(actor: Any, authors: Collection[Any]) -> None:
    """Four eyes: `PermissionDenied` when who approves is among those who wrote it (users or their ids)."""
    ids = {getattr(author, "pk", author) for author in authors}
    if actor is not None and actor.pk in ids:
        raise PermissionDenied(_("Nobody approves what they wrote themselves, a superuser neither."))
