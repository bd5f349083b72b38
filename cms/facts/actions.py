"""Operations on facts."""

from __future__ import annotations

from typing import Any

from cms.facts.books import book, digest
from cms.facts.models import Fact
from cms.facts.says import articles_saying
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause


def queue_builds(key: str, user: Any = None) -> int:
    """Queue a build of each published article that says the fact, if what it says has changed; how many."""
    fact = Fact.objects.prefetch_related("values").filter(key=key).first()
    if fact is None:
        return 0
    now = digest(fact.as_fact())
    if not Fact.objects.filter(pk=fact.pk).exclude(built_digest=now).update(built_digest=now):
        return 0
    queued = {
        build.pk
        for page in articles_saying(key, facts=book())
        if (build := QueueBuildAction(page, cause=BuildCause.FACT, reason=fact.label, user=user).execute()) is not None
    }
    return len(queued)
