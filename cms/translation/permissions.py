"""Who may look at, work on, hand out and sign translations."""

from __future__ import annotations

from typing import Any

from cms.core.roles import AUDITOR, CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER, holds, translator_of
from render.language import languages


def may_translate(user: Any, tag: str) -> bool:
    """Members of the language's group."""
    return holds(user, translator_of(tag))


def may_manage(user: Any) -> bool:
    """Hand out tasks: central editors."""
    return holds(user, CENTRAL_EDITOR)


def may_look(user: Any, tag: str) -> bool:
    """Those who work on it, and those who answer for the whole."""
    return holds(user, translator_of(tag), CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER, AUDITOR)


def own_tags(user: Any) -> list[str]:
    """The languages somebody translates into: of their groups; a superuser's are all that are switched on."""
    on = [tag for tag, one in languages().items() if one.enabled and tag != "vi"]
    if not user.is_active:
        return []
    if user.is_superuser:
        return on
    groups = set(user.groups.values_list("name", flat=True))
    return [tag for tag in on if translator_of(tag) in groups]


def seen_tags(user: Any) -> list[str] | None:
    """The languages whose translations somebody sees; None for every one."""
    return None if holds(user, CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER, AUDITOR) else own_tags(user)
