"""For lists of the workflow: which of them are urgent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from cms.approval.models import is_urgent
from cms.articles.models import PolicyArticlePage

register = template.Library()


@register.simple_tag
def urgent_among(states: Iterable[Any]) -> list[PolicyArticlePage]:
    """The urgent articles under way among workflows, or steps of them, as their last drafts say it."""
    found: dict[int, PolicyArticlePage] = {}
    for one in states:
        state = getattr(one, "workflow_state", one)
        page = state.content_object
        if state.status not in ("in_progress", "needs_changes") or page is None:
            continue
        specific = getattr(page, "specific", page)
        if isinstance(specific, PolicyArticlePage) and is_urgent(specific.get_latest_revision_as_object()):
            found.setdefault(specific.pk, specific)
    return list(found.values())
