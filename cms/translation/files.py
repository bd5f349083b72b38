"""Files of translations in the admin: PO and Excel out and in, the glossary as CSV."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from cms.audit.log import record
from cms.translation.errors import TranslationError
from cms.translation.exchange import ApplyImportAction, Incoming, Line, Report, compare
from cms.translation.forms import GlossaryForm, UploadForm
from cms.translation.glossary import read_csv, write_csv
from cms.translation.memory import source_of
from cms.translation.models import PendingImport, TranslationTask
from cms.translation.permissions import may_manage, may_translate, own_tags, seen_tags
from cms.translation.po import file_name, read_po, write_po
from cms.translation.shown import pieces
from cms.translation.views import task_for
from cms.translation.work import work_on
from cms.translation.xlsx import read_xlsx, write_xlsx

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEPT = dt.timedelta(days=1)


@require_safe
def download(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    """A task as a file."""
    task = task_for(request, pk)
    slug = slug_of(task)
    work = work_on(task)
    if work.shelved is None:
        messages.error(request, _("The source is gone."))
        return HttpResponseRedirect(reverse("translation_index"))
    made = write_po(work, slug) if suffix == "po" else write_xlsx(work, slug)
    response = HttpResponse(made, content_type="text/x-gettext-translation" if suffix == "po" else _XLSX)
    response["Content-Disposition"] = f'attachment; filename="{file_name(task, slug, suffix)}"'
    return response


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """A file comes in; nothing is taken before its report was looked at."""
    task = task_for(request, pk)
    if not may_translate(request.user, task.tag):
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            data = file.read()
            incoming = read_xlsx(data) if data[:2] == b"PK" else read_po(data)
            compare(task, incoming)
        except TranslationError as error:
            form.add_error("file", f"{str(file.name)[:120]}: {error.what}")
        else:
            PendingImport.objects.filter(at__lt=timezone.now() - _KEPT).delete()
            pending = PendingImport.objects.create(
                task=task, user=request.user, name=str(file.name)[:200], data=incoming.as_data()
            )
            return HttpResponseRedirect(reverse("translation_report", args=[task.pk, pending.pk]))
    context = {"task": task, "form": form}
    return TemplateResponse(request, "translation/upload.html", context, status=400 if form.errors else 200)


@require_safe
def report(request: HttpRequest, pk: int, pending_pk: int) -> HttpResponse:
    """What a file would change, to be chosen from."""
    task, pending = _pending(request, pk, pending_pk)
    try:
        found = compare(task, Incoming.from_data(pending.data))
    except TranslationError as error:
        messages.error(request, error.what)
        return HttpResponseRedirect(reverse("translation_upload", args=[task.pk]))
    context = {"task": task, "pending": pending, "report": found, "groups": _groups(found)}
    return TemplateResponse(request, "translation/report.html", context)


@require_POST
def apply(request: HttpRequest, pk: int, pending_pk: int) -> HttpResponse:
    """Take what was ticked."""
    task, pending = _pending(request, pk, pending_pk)
    chosen = {}
    for value in request.POST.getlist("take"):
        path, _bar, base = value.rpartition("|")
        chosen[path] = base
    try:
        taken, left = ApplyImportAction(
            task, Incoming.from_data(pending.data), chosen=chosen, user=request.user
        ).execute()
    except TranslationError as error:
        messages.error(request, error.what)
        return HttpResponseRedirect(reverse("translation_upload", args=[task.pk]))
    messages.success(request, ngettext("%(count)d text taken.", "%(count)d texts taken.", taken) % {"count": taken})
    if left:
        words = _("%(count)d texts were changed on the screen meanwhile and stay as they are: look again.")
        messages.warning(request, words % {"count": left})
        return HttpResponseRedirect(reverse("translation_report", args=[task.pk, pending.pk]))
    pending.delete()
    return HttpResponseRedirect(reverse("translation_edit", args=[task.pk]))


@require_http_methods(["GET", "POST"])
def glossary_file(request: HttpRequest) -> HttpResponse:
    """The glossary out (`?csv`) and in."""
    tags = seen_tags(request.user)
    if tags is not None and not tags:
        raise PermissionDenied
    if "csv" in request.GET:
        response = HttpResponse(write_csv(tags), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="glossary.csv"'
        return response
    allowed = own_tags(request.user)
    form = GlossaryForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not allowed:
            raise PermissionDenied
        if form.is_valid():
            try:
                new, changed = read_csv(form.cleaned_data["file"].read(), allowed)
            except TranslationError as error:
                form.add_error("file", error.what)
            else:
                details = {"new": new, "changed": changed}
                record("glossary.imported", actor=request.user, subject="glossary", details=details)
                words = _("%(new)d new terms, %(changed)d changed.") % details
                messages.success(request, words)
                return HttpResponseRedirect(reverse("translation_glossary_file"))
    context = {"form": form, "allowed": bool(allowed), "manages": may_manage(request.user)}
    return TemplateResponse(request, "translation/glossary.html", context, status=400 if form.errors else 200)


def slug_of(task: TranslationTask) -> str:
    """The slug of a task's source, for names of files."""
    model = task.content_type.model_class()
    source = source_of(task.key, model) if model is not None else None
    return str(getattr(source, "slug", "") or task.key)


def _pending(request: HttpRequest, pk: int, pending_pk: int) -> tuple[TranslationTask, PendingImport]:
    task = task_for(request, pk)
    if not may_translate(request.user, task.tag):
        raise PermissionDenied
    return task, get_object_or_404(PendingImport, pk=pending_pk, task=task, user=request.user)


def _groups(found: Report) -> list[dict[str, Any]]:
    """The lines by what would become of them, what needs a decision first."""
    headings = {
        "conflict": _("Changed on both sides: the screen's text stays unless you choose the file's"),
        "old_font": _("Typed for an old font: taken in real letters"),
        "new": _("New"),
        "changed": _("Changed in the file"),
        "refused": _("Refused"),
        "unmatched": _("Not in the article as it is now"),
        "same": _("The same"),
        "empty": _("Empty in the file"),
    }
    groups = []
    for status, heading in headings.items():
        lines = [_shown(one) for one in found.lines if one.status == status]
        if lines:
            takes = status in ("conflict", "old_font", "new", "changed")
            groups.append(
                {
                    "status": status,
                    "heading": heading,
                    "lines": lines,
                    "takes": takes,
                    "ticked": status in ("new", "changed"),
                    "folded": status in ("same", "empty"),
                }
            )
    return groups


def _shown(line: Line) -> dict[str, Any]:
    made = line.conversion
    return {
        "line": line,
        "source": pieces(line.kept.source if line.kept else line.entry.source),
        "screen": pieces(line.kept.target) if line.kept else [],
        "file": pieces(line.entry.target),
        "converted": pieces(made.after) if made else [],
    }
