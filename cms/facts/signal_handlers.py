"""A changed fact sets to work what says it."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_save

from cms.facts.models import Fact


def connect() -> None:
    """Listen."""
    post_save.connect(fact_saved, sender=Fact, dispatch_uid="facts.fact_saved")


def fact_saved(sender: type[Fact], instance: Fact, raw: bool = False, **kwargs: Any) -> None:
    """Once everything of the change is in the database (values are saved after their fact), queue the builds."""
    from cms.facts.actions import queue_builds  # the articles' models are not ready when signals are connected

    if raw:
        return
    cache.delete("facts.book")
    key, user = instance.key, getattr(instance, "changed_by", None)
    transaction.on_commit(lambda: queue_builds(key, user), robust=False)
