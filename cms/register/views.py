"""The register as a file, in and out; who rests on a document; what ends soon."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.admin import messages

from cms.articles.text import current_book
from cms.audit.log import record
from cms.production.dates import build_date
from cms.register import files
from cms.register.forms import RegisterUploadForm
from cms.register.models import LegalDocument
from cms.register.rests import documents, ending, legal_problems, resting, standing_words

SOON_DAYS = 90
_FORMATS = {
    "csv": (files.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (files.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "toml": (files.as_toml, "application/toml; charset=utf-8"),
}


def _check(request: HttpRequest, *rights: str) -> None:
    if not all(request.user.has_perm(f"register.{right}_legaldocument") for right in rights):
        raise PermissionDenied


@require_GET
def export(request: HttpRequest, suffix: str) -> HttpResponse:
    """The whole register."""
    _check(request, "view")
    if suffix not in _FORMATS:
        raise Http404
    write, media_type = _FORMATS[suffix]
    response = HttpResponse(write(), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="van-ban-phap-luat.{suffix}"'
    return response


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a register in: all of it or nothing."""
    _check(request, "add", "change")
    form = RegisterUploadForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        report = files.store(form.cleaned_data["file"])
        if not report.refused:
            record(
                "register.imported", actor=request.user, subject="register",
                details={"added": list(report.added), "changed": list(report.changed)},
            )  # fmt: skip
            counts = {"added": len(report.added), "changed": len(report.changed)}
            messages.success(request, _("%(added)d documents added, %(changed)d changed.") % counts)
    return TemplateResponse(request, "register/upload.html", {"form": form, "report": report})


@require_GET
def rests_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Articles, facts and questions that name a document."""
    _check(request, "view")
    document = get_object_or_404(LegalDocument.objects.select_related("replaced_by"), pk=pk)
    context = {
        "document": document,
        "found": resting().get(document.number),
        "problem": standing_words(document, _today()),
    }
    return TemplateResponse(request, "register/rests_on.html", context)


@require_GET
def attention(request: HttpRequest) -> HttpResponse:
    """What rests on a document that no longer holds, and what ends soon."""
    _check(request, "view")
    today, known = _today(), documents()
    found = resting(on=today)
    gone = [
        {"document": one, "words": words, "found": found[number]}
        for number, one in known.items()
        if number in found and (words := standing_words(one, today))
    ]
    soon = [{"document": one, "found": found.get(one.number)} for one in ending(today, within_days=SOON_DAYS)]
    missing: dict[str, Any] = {number: one for number, one in found.items() if number not in known}
    context = {"gone": gone, "soon": soon, "missing": sorted(missing.items()), "days": SOON_DAYS, "today": today}
    return TemplateResponse(request, "register/attention.html", context)


def _today() -> dt.date:
    return build_date(current_book())


def problems_of(page: Any) -> list[tuple[str, str]]:
    """What an article's legal basis can no longer be rested on, for checks beside the editor."""
    return legal_problems(page.legal, _today())
