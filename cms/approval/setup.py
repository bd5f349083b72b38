"""Makes the roles and the workflow what the code says they are; may run as often as it likes."""

from __future__ import annotations

from typing import Any

from cms.approval.rights import RIGHTS, TRANSLATOR, TRANSLATOR_PAGES, Rights
from cms.core.roles import CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER, translator_of
from render.language import languages

WORKFLOW = "Biên tập – pháp lý – phát hành"
STEPS = (
    ("editorialtask", "Biên tập", CENTRAL_EDITOR),
    ("legaltask", "Thẩm định pháp lý", LEGAL_REVIEWER),
    ("publishtask", "Phát hành", PUBLISHER),
)


def translated_tags() -> list[str]:
    """The languages that have translators: all that are switched on, but Vietnamese."""
    return [tag for tag, one in languages().items() if one.enabled and tag != "vi"]


def ensure_roles(apps: Any) -> None:
    """Each role is a group with exactly its rights; `apps` may be a migration's. A right that comes later waits."""
    groups = apps.get_model("auth", "Group").objects
    Page = apps.get_model("wagtailcore", "Page")
    root = Page.objects.filter(depth=1).first()
    for name, rights in RIGHTS.items():
        group, _created = groups.get_or_create(name=name)
        _grant(apps, group, rights)
        if root is not None:
            _grant_pages(apps, group, {root.pk: rights.pages})
    for tag in translated_tags():
        group, _created = groups.get_or_create(name=translator_of(tag))
        _grant(apps, group, TRANSLATOR)
        homes = apps.get_model("core", "HomePage").objects.filter(locale__language_code=tag)
        _grant_pages(apps, group, {home.pk: TRANSLATOR_PAGES for home in homes})


def ensure_translators(home: Any) -> None:
    """A language's home page has come: its translators may work below it."""
    from django.apps import apps
    from django.contrib.auth.models import Group

    tag = home.locale.language_code
    if tag in translated_tags():
        group, created = Group.objects.get_or_create(name=translator_of(tag))
        if created:
            _grant(apps, group, TRANSLATOR)
        _grant_pages(apps, group, {home.pk: TRANSLATOR_PAGES})


def ensure_workflow(apps: Any) -> None:
    """Editor, legal reviewer, publisher: for the whole tree, unless somebody has assigned another there."""
    Workflow = apps.get_model("wagtailcore", "Workflow")
    WorkflowTask = apps.get_model("wagtailcore", "WorkflowTask")
    WorkflowPage = apps.get_model("wagtailcore", "WorkflowPage")
    ContentType = apps.get_model("contenttypes", "ContentType")
    root = apps.get_model("wagtailcore", "Page").objects.filter(depth=1).first()
    workflow, created = Workflow.objects.get_or_create(name=WORKFLOW)
    if created:
        for order, (model, name, role) in enumerate(STEPS):
            content_type, _new = ContentType.objects.get_or_create(app_label="approval", model=model)
            task = apps.get_model("approval", model).objects.create(
                name=name, role=role, content_type_id=content_type.pk
            )
            WorkflowTask.objects.create(workflow=workflow, task_id=task.pk, sort_order=order)
    # Wagtail's own example, which publishes after one look.
    for example in Workflow.objects.filter(name="Moderators approval"):
        example.active = False
        example.save()
        WorkflowPage.objects.filter(workflow=example).delete()
    if root is not None and not WorkflowPage.objects.filter(page_id=root.pk).exists():
        WorkflowPage.objects.create(workflow=workflow, page_id=root.pk)


def _grant(apps: Any, group: Any, rights: Rights) -> None:
    Permission = apps.get_model("auth", "Permission")
    wanted = [tuple(one.split(".")) for one in rights.records]
    found = [
        permission
        for permission in Permission.objects.filter(codename__in=[codename for _app, codename in wanted])
        .select_related("content_type")
        if (permission.content_type.app_label, permission.codename) in wanted
    ]  # fmt: skip
    group.permissions.set(found)
    _grant_pictures(apps, group, rights.pictures)


def _grant_pictures(apps: Any, group: Any, codenames: tuple[str, ...]) -> None:
    GroupCollectionPermission = apps.get_model("wagtailcore", "GroupCollectionPermission")
    root = apps.get_model("wagtailcore", "Collection").objects.filter(depth=1).first()
    GroupCollectionPermission.objects.filter(group=group).exclude(
        permission__content_type__app_label="wagtailimages", permission__codename__in=codenames, collection=root
    ).delete()
    for permission in _permissions(apps, "wagtailimages", codenames):
        GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)


def _grant_pages(apps: Any, group: Any, wanted: dict[int, tuple[str, ...]]) -> None:
    GroupPagePermission = apps.get_model("wagtailcore", "GroupPagePermission")
    for row in GroupPagePermission.objects.filter(group=group).select_related("permission"):
        if row.permission.codename not in wanted.get(row.page_id, ()):
            row.delete()
    for page_id, codenames in wanted.items():
        for permission in _permissions(apps, "wagtailcore", codenames):
            GroupPagePermission.objects.get_or_create(group=group, page_id=page_id, permission=permission)


def _permissions(apps: Any, app_label: str, codenames: tuple[str, ...]) -> list[Any]:
    found = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label=app_label, codename__in=codenames
    )
    return list(found)
