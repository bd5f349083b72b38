"""The guard before each save of an article, the record of who wrote what, and roles after each migration."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate, post_save, pre_save
from wagtail.models import Revision

from cms.approval.authors import note_authors
from cms.approval.guard import refuse_unapproved


def connect() -> None:
    """Once, when the site starts."""
    from cms.articles.models import PolicyArticlePage
    from cms.core.models import HomePage

    pre_save.connect(guard_article, sender=PolicyArticlePage, dispatch_uid="approval_guard")
    pre_save.connect(guard_schedule, sender=Revision, dispatch_uid="approval_guard_schedule")
    post_save.connect(note_revision, sender=Revision, dispatch_uid="approval_note_revision")
    post_save.connect(home_appeared, sender=HomePage, dispatch_uid="approval_home_appeared")
    # Each app is told when its own migrations are over; those without models are not. The last has seen all rights.
    last = [app for app in apps.get_app_configs() if app.models_module is not None][-1]
    post_migrate.connect(after_migrations, sender=last, dispatch_uid="approval_roles")


def guard_article(sender: Any, instance: Any, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """Every way to readers passes here."""
    if not raw:
        refuse_unapproved(instance, update_fields)


def guard_schedule(sender: Any, instance: Revision, raw: bool = False, **kwargs: Any) -> None:
    """What is to go live by itself later must be approved when its time is set."""
    from cms.approval.guard import refuse_incomplete, refuse_own_hand

    if raw or instance.approved_go_live_at is None or not _is_article(instance):
        return
    before = Revision.objects.filter(pk=instance.pk).values_list("approved_go_live_at", flat=True).first()
    if before is None:
        refuse_incomplete(instance.as_object())
        refuse_own_hand(instance.as_object())


def note_revision(sender: Any, instance: Revision, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """Remember whose words a revision brought."""
    if raw or (update_fields is not None and "content" not in update_fields) or not _is_article(instance):
        return
    note_authors(instance.as_object(), instance.user_id)


def home_appeared(sender: Any, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """A language's home page: its translators may work below it."""
    from cms.approval.setup import ensure_translators

    if created and not raw:
        ensure_translators(instance)


def after_migrations(**kwargs: Any) -> None:
    """Every right exists now: roles get theirs; a language that is new gets its group.

    After a part of the migrations (`migrate APP NUMBER`) tables are missing: then nothing is done, the last one does.
    """
    from cms.approval.setup import ensure_roles, ensure_workflow

    if not _all_there(str(kwargs.get("using", "default"))):
        return
    ensure_roles(apps)
    ensure_workflow(apps)


def _all_there(using: str) -> bool:
    """Whether every migration that there is has been applied."""
    connection = connections[using]
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _is_article(revision: Revision) -> bool:
    model = revision.content_type.model_class()
    return model is not None and model.__name__ == "PolicyArticlePage"
