"""An article with a new address takes its recordings along."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from wagtail.signals import page_slug_changed


def connect() -> None:
    """Listen to the signals of articles."""
    from cms.articles.models import PolicyArticlePage

    page_slug_changed.connect(slug_changed, sender=PolicyArticlePage, dispatch_uid="sound.slug_changed")


def slug_changed(sender: type[Any], instance: Any, instance_before: Any, **kwargs: Any) -> None:
    """Move its takes when the change is in the database."""
    from cms.articles.models import source_page
    from cms.sound.takes import move_takes

    if not instance.alias_of_id and source_page(instance).pk == instance.pk:
        transaction.on_commit(lambda: move_takes(instance_before.slug, instance.slug))
