"""What Wagtail and Django log by themselves enters the audit log too: publishing, workflow, people, logging in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed, post_save
from wagtail.models import ModelLogEntry, PageLogEntry

from cms.audit.enums import ACTIONS, FROM_WAGTAIL
from cms.audit.log import acting, record

# These apps say themselves, and better, what was done in them.
_OWN_WORDS = frozenset({"facts", "questions", "translation", "register", "planning", "offices", "delivery"})


def connect() -> None:
    """Once, when the site starts."""
    post_save.connect(note_page, sender=PageLogEntry, dispatch_uid="audit_pages")
    post_save.connect(note_record, sender=ModelLogEntry, dispatch_uid="audit_records")
    user_logged_in.connect(note_login, dispatch_uid="audit_login")
    m2m_changed.connect(note_roles, sender=get_user_model().groups.through, dispatch_uid="audit_roles")
    m2m_changed.connect(note_rights, sender=Group.permissions.through, dispatch_uid="audit_rights")


def note_page(sender: Any, instance: PageLogEntry, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """An operation on a page. Of the many savings of one editing, the first."""
    action = FROM_WAGTAIL.get(instance.action)
    if raw or not created or action is None:
        return
    if instance.action in ("wagtail.edit", "wagtail.create") and _noted_before(instance):
        return
    page = instance.page
    record(
        action,
        actor=instance.user,
        subject=_subject(page) if page else f"page:{instance.page_id}",
        details={"title": instance.label, **({"data": instance.data} if instance.data else {})},
        page=page,
        revision=instance.revision,
    )


def note_record(sender: Any, instance: ModelLogEntry, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """An operation on something that is no page."""
    if raw or not created or instance.content_type is None or instance.content_type.app_label in _OWN_WORDS:
        return
    model = instance.content_type.model
    verb = instance.action.removeprefix("wagtail.")
    action = f"{model}.changed" if f"{model}.changed" in ACTIONS else f"record.{verb}"
    record(
        action,
        actor=instance.user,
        subject=f"{model}:{instance.object_id}",
        details={"title": instance.label, "what": verb},
    )


def note_login(sender: Any, user: Any, **kwargs: Any) -> None:
    """Somebody came in."""
    record("login.succeeded", actor=user, subject=f"user:{user.get_username()}")


def note_roles(sender: Any, instance: Any, action: str, pk_set: Any, **kwargs: Any) -> None:
    """Somebody was given a role, or lost one."""
    if action not in ("post_add", "post_remove") or not pk_set or not isinstance(instance, get_user_model()):
        return
    names = sorted(Group.objects.filter(pk__in=pk_set).values_list("name", flat=True))
    what = "given" if action == "post_add" else "taken"
    record("user.changed", actor=acting.get(), subject=f"user:{instance.get_username()}", details={what: names})


def note_rights(sender: Any, instance: Any, action: str, pk_set: Any, **kwargs: Any) -> None:
    """A group was given rights, or lost some: by hand, for the roles' own are code."""
    if action not in ("post_add", "post_remove") or not pk_set or not isinstance(instance, Group):
        return
    from django.contrib.auth.models import Permission

    rights = Permission.objects.filter(pk__in=pk_set).select_related("content_type")
    names = sorted(f"{one.content_type.app_label}.{one.codename}" for one in rights)
    what = "given" if action == "post_add" else "taken"
    record("group.changed", actor=acting.get(), subject=f"group:{instance.name}", details={what: names})


def _noted_before(entry: PageLogEntry) -> bool:
    if entry.uuid is None:
        return False
    return PageLogEntry.objects.filter(uuid=entry.uuid, action=entry.action).exclude(pk=entry.pk).exists()


def _subject(page: Any) -> str:
    if page.content_type.model != "policyarticlepage":
        return f"page:{page.pk}"
    tag = page.locale.language_code
    return f"article:{page.slug}" if tag == "vi" else f"translation:{page.slug}:{tag}"
