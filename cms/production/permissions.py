"""Who may look at what was made of an article, and who may have it made again."""

from __future__ import annotations

from typing import Any

from cms.core.roles import AUDITOR, CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER, holds


def may_see(page: Any, user: Any) -> bool:
    """Whoever works on the page, or answers for it."""
    permissions = page.permissions_for_user(user)
    return permissions.can_edit() or permissions.can_publish() or holds(user, LEGAL_REVIEWER, AUDITOR)


def may_retry(user: Any) -> bool:
    """To make the same again shows readers nothing new: editors and publishers may."""
    return holds(user, CENTRAL_EDITOR, PUBLISHER)
