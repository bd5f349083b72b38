"""Facts out as TOML or XLSX, and in as proposals, with a report before anything is stored."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages

from cms.core.words import in_words
from cms.facts.books import book
from cms.facts.forms import UploadForm
from cms.facts.imports import ImportFactsAction, read_upload, report
from cms.facts.permissions import may_propose, may_view, require
from cms.facts.screens import screen
from cms.facts.tables import XLSX_TYPE, download, write_workbook
from render.errors import FactError
from render.factfile import parse_facts, write_facts

_SALT = "cms.facts.import"
_HOURS = 3600


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Every fact with its values over time."""
    require(may_view(request.user))
    if kind == "toml":
        return download(write_facts(book()).encode(), "so-lieu.toml", "application/toml; charset=utf-8")
    if kind == "xlsx":
        return download(write_workbook(book()), "so-lieu.xlsx", XLSX_TYPE)
    raise Http404


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """A file, then a report of what would become of it, then proposals."""
    require(may_propose(request.user))
    if request.method == "POST" and "confirm" in request.POST:
        return _confirm(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        file, reason = form.cleaned_data["file"], form.cleaned_data["reason"]
        try:
            read, refused = read_upload(file.name, file.read())
        except FactError as error:
            form.add_error("file", f"{error.where}: {in_words(error)}" if error.where else in_words(error))
        else:
            found = report(read, refused, reason)
            kept = {"facts": write_facts(read), "reason": reason, "user": request.user.pk}
            token = signing.dumps(kept, salt=_SALT, compress=True)
            context |= {"report": found, "token": token, "name": file.name, "reason": reason}
    return screen(request, "import", context, title=_("Import a file of facts"), icon="upload")


def _confirm(request: HttpRequest) -> HttpResponse:
    """Propose what the report showed; what changed meanwhile is compared anew."""
    try:
        kept = signing.loads(request.POST["confirm"], salt=_SALT, max_age=_HOURS)
    except signing.BadSignature:
        messages.error(request, _("The report is too old: upload the file again."))
        return redirect("facts_import")
    if kept["user"] != request.user.pk:
        raise Http404
    found = report(parse_facts(kept["facts"]), [], kept["reason"])
    try:
        made = ImportFactsAction(found, user=request.user).execute()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("facts_import")
    count = len(made)
    words = ngettext("%(count)d change proposed.", "%(count)d changes proposed.", count)
    messages.success(request, words % {"count": count})
    return redirect(f"{reverse('facts_changes')}?status=proposed")
