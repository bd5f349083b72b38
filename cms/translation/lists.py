"""How far every translation is: by article and language, as a list, and what is mine to do."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms.core.labels import language_name
from cms.core.listings import containing
from cms.core.workbooks import plain_cell
from cms.translation.enums import TaskState
from cms.translation.memory import problem_with
from cms.translation.models import TranslationTask
from cms.translation.permissions import may_manage, own_tags, seen_tags
from render.language import languages

PAGE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Articles down, languages across; each field says how far it is. Three queries a page, however many tasks."""
    tasks = _seen(request)
    if request.GET.get("csv"):
        return _csv(tasks)
    keys = tasks.values("key").annotate(last=Max("changed_at")).order_by("-last").values_list("key", flat=True)
    page = Paginator(keys, PAGE).get_page(request.GET.get("p"))
    shown: dict[uuid.UUID, dict[str, TranslationTask]] = {key: {} for key in page.object_list}
    for one in tasks.filter(key__in=list(shown)).select_related("assignee"):
        shown[one.key][one.tag] = one
    tags = [tag for tag in languages() if any(tag in row for row in shown.values())]
    tags += sorted({tag for row in shown.values() for tag in row} - set(tags))
    rows = [
        {
            "title": next(iter(row.values())).title,
            "key": key,
            "cells": [row.get(tag) for tag in tags],
            "sounds": [row[tag] for tag in tags if tag in row and row[tag].recorded],
        }
        for key, row in shown.items()
        if row
    ]
    context = {
        "rows": rows,
        "pager": page,
        "columns": [_column(tag) for tag in tags],
        "filters": _filters(request),
        "manages": may_manage(request.user),
        "query": _query(request),
    }
    return TemplateResponse(request, "translation/index.html", context)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What somebody has to do: handed out to them, then what waits in their languages, then what they can sign."""
    tags = own_tags(request.user)
    if not tags:
        raise PermissionDenied
    tasks = TranslationTask.objects.filter(tag__in=tags).exclude(state=TaskState.APPROVED).select_related("assignee")
    groups = [
        (_("Handed out to me"), tasks.filter(assignee=request.user).exclude(state=TaskState.CHECK)),
        (_("For a second look"), tasks.filter(state=TaskState.CHECK)),
        (_("Source has changed"), tasks.filter(state=TaskState.REOPENED).exclude(assignee=request.user)),
        (
            _("Waiting in my languages"),
            tasks.filter(state__in=(TaskState.WAITING, TaskState.IN_PROGRESS)).exclude(assignee=request.user),
        ),
    ]
    context = {
        "groups": [
            {"heading": heading, "tasks": list(found[:100]), "count": found.count()} for heading, found in groups
        ],
        "today": timezone.localdate(),
    }
    return TemplateResponse(request, "translation/mine.html", context)


def _seen(request: HttpRequest) -> QuerySet[TranslationTask]:
    """The tasks somebody may see, by the filters of the address."""
    tags = seen_tags(request.user)
    if tags is not None and not tags:
        raise PermissionDenied
    found = TranslationTask.objects.all() if tags is None else TranslationTask.objects.filter(tag__in=tags)
    if (tag := request.GET.get("tag", "")) in languages():
        found = found.filter(tag=tag)
    if (state := request.GET.get("state", "")) in TaskState.values:
        found = found.filter(state=state)
    if key := request.GET.get("key", ""):
        try:
            found = found.filter(key=uuid.UUID(key))
        except ValueError:
            found = found.none()
    if words := request.GET.get("q", "").strip()[:100]:
        found = containing(found, words, ("title",))
    return found


def _csv(tasks: QuerySet[TranslationTask]) -> HttpResponse:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(
        [_("Article"), _("Language"), _("State"), _("Texts"), _("Translated"), _("Approved"), _("Source has changed"),
         _("Sentences"), _("Recorded"), _("Signed off"), _("Assigned to"), _("Due"), _("Changed")]
    )  # fmt: skip
    for one in tasks.select_related("assignee").iterator(chunk_size=1000):
        writer.writerow(
            [plain_cell(one.title), one.tag, str(TaskState(one.state).label), one.total, one.translated, one.approved,
             one.reopened, one.sentences, one.recorded, one.signed_off, plain_cell(str(one.assignee or "")),
             one.due or "", one.changed_at.isoformat(timespec="minutes")]
        )  # fmt: skip
    response = HttpResponse("\ufeff" + made.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="translations.csv"'
    return response


def _column(tag: str) -> dict[str, Any]:
    return {"tag": tag, "name": language_name(tag), "off": bool(problem_with(tag))}


def _filters(request: HttpRequest) -> dict[str, Any]:
    tags = seen_tags(request.user)
    known = [(tag, language_name(tag)) for tag in languages() if tag != "vi" and (tags is None or tag in tags)]
    return {
        "tags": known,
        "states": TaskState.choices,
        "tag": request.GET.get("tag", ""),
        "state": request.GET.get("state", ""),
        "q": request.GET.get("q", ""),
    }


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept.pop("p", None)
    return kept.urlencode()
