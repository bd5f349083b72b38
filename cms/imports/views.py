"""Importing in the admin: files, a report, what was chosen of it, and the history."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.admin import messages

from cms.articles.actions import home_page
from cms.core.models import HomePage
from cms.imports.actions import ApplyAction, BeginImportAction, DiscardAction, StepAction
from cms.imports.enums import Result, State, Verdict
from cms.imports.forms import ImportForm
from cms.imports.models import Import

ARTICLES_ON_A_PAGE = 100
IMPORTS_ON_A_PAGE = 30
CHOOSABLE = (Verdict.NEW, Verdict.CHANGED)


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """Every import there was."""
    _may_import(request, home_page())
    imports = (
        Import.objects.order_by("-started_at", "-pk")
        .select_related("user")
        .annotate(
            new=Count("files", filter=Q(files__verdict=Verdict.NEW)),
            changed=Count("files", filter=Q(files__verdict=Verdict.CHANGED)),
            unchanged=Count("files", filter=Q(files__verdict=Verdict.UNCHANGED)),
            refused=Count("files", filter=Q(files__verdict=Verdict.REFUSED) | Q(files__result=Result.REFUSED)),
            imported=Count("files", filter=Q(files__result=Result.IMPORTED)),
        )
    )
    page = Paginator(imports, IMPORTS_ON_A_PAGE).get_page(request.GET.get("p"))
    return TemplateResponse(request, "imports/history.html", {"imports": page, "home": home_page()})


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, parent_id: int) -> HttpResponse:
    """A form for files; they are read, and the report is shown."""
    home = get_object_or_404(HomePage, pk=parent_id)
    _may_import(request, home)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        batch = BeginImportAction(form.cleaned_data["files"], home=home, user=request.user).execute()
        StepAction(batch, home=home, user=request.user).execute()
        return HttpResponseRedirect(reverse("imports_report", args=[batch.pk]))
    return TemplateResponse(request, "imports/begin.html", {"home": home, "form": form})


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, import_id: int) -> HttpResponse:
    """What importing would do, or did; choosing, importing, discarding."""
    batch = get_object_or_404(Import.objects.select_related("user", "home"), pk=import_id)
    home = batch.home.specific if batch.home else home_page()
    _may_import(request, home)
    if request.method == "POST":
        if batch.user_id != request.user.pk and not request.user.is_superuser:
            raise PermissionDenied
        return _act(request, batch, home)
    return TemplateResponse(request, "imports/report.html", _report(request, batch))


def _act(request: HttpRequest, batch: Import, home: HomePage) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "step":
        StepAction(batch, home=home, user=request.user).execute()
        if batch.state == State.DONE:
            _say_done(request, batch)
    elif action == "discard":
        DiscardAction(batch, user=request.user).execute()
    elif batch.state == State.READY:
        _choose(request, batch)
        if action == "apply":
            if not batch.files.filter(chosen=True).exists():
                messages.warning(request, _("Nothing is chosen."))
            else:
                ApplyAction(batch, user=request.user).execute()
                StepAction(batch, home=home, user=request.user).execute()
                if batch.state == State.DONE:
                    _say_done(request, batch)
    query = f"?p={number}" if (number := request.POST.get("go", "")).isdecimal() else ""
    return HttpResponseRedirect(reverse("imports_report", args=[batch.pk]) + query)


def _choose(request: HttpRequest, batch: Import) -> None:
    """The ticks of one page of the report; those of the other pages stay as they were."""
    shown = {int(one) for one in request.POST.getlist("shown") if one.isdecimal()}
    ticked = {int(one) for one in request.POST.getlist("chosen") if one.isdecimal()}
    files = batch.files.filter(verdict__in=CHOOSABLE)
    files.filter(pk__in=shown & ticked).update(chosen=True)
    files.filter(pk__in=shown - ticked).update(chosen=False)
    over = {int(one) for one in request.POST.getlist("over_screen") if one.isdecimal()}
    files.filter(pk__in=shown & over).update(over_screen=True)
    files.filter(pk__in=shown - over).update(over_screen=False)


def _say_done(request: HttpRequest, batch: Import) -> None:
    count = batch.files.filter(result=Result.IMPORTED).count()
    words = ngettext("%(count)d article imported as a draft.", "%(count)d articles imported as drafts.", count)
    messages.success(request, words % {"count": count})


def _report(request: HttpRequest, batch: Import) -> dict[str, Any]:
    files = batch.files.exclude(verdict=Verdict.PICTURE).order_by("slug", "pk").select_related("page")
    asked = request.GET.get("only", "")
    shown = files.filter(verdict=asked) if asked in Verdict.values else files
    slugs = list(dict.fromkeys(shown.values_list("slug", flat=True)))
    page = Paginator(slugs, ARTICLES_ON_A_PAGE).get_page(request.GET.get("p"))
    rows = shown.filter(slug__in=page.object_list)
    counts = batch.counts()
    pictures = counts.pop(Verdict.PICTURE, 0)
    done = files.exclude(verdict=Verdict.WAITING) if batch.state == State.READING else files.exclude(result="")
    of = files if batch.state == State.READING else files.filter(Q(chosen=True) | ~Q(result=""))
    return {
        "batch": batch,
        "may_act": batch.is_open and (batch.user_id == request.user.pk or request.user.is_superuser),
        "is_working": batch.state in {State.READING, State.APPLYING},
        "done": done.count(),
        "of": of.count(),
        "counts": [(one.value, one.label, counts[one.value]) for one in Verdict if counts.get(one.value)],
        "only": asked,
        "pictures": pictures,
        "articles": [(slug, list(files)) for slug, files in groupby(rows, key=lambda one: one.slug)],
        "page": page,
        "chosen": batch.files.filter(chosen=True).count(),
        "home": batch.home,
    }


def _may_import(request: HttpRequest, home: HomePage) -> None:
    if not home.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
