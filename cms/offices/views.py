"""The screens of an office's own people, and the editor's list of local stories."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.offices.actions import ChangeOfficeAction, DecideStoryAction, TellStoryAction
from cms.offices.enums import StoryStatus
from cms.offices.forms import LocalForm
from cms.offices.models import LocalStory, Office
from cms.offices.permissions import may_decide, own_offices


@require_GET
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """The offices whose local blocks one may change; where it is one, at once."""
    own = own_offices(request.user)
    if not own.exists():
        raise PermissionDenied
    if own.count() == 1:
        return redirect("offices_local", own.get().code)
    return TemplateResponse(request, "offices/mine.html", {"offices": own.order_by("code")})


@require_http_methods(["GET", "POST"])
@never_cache
def local(request: HttpRequest, code: str) -> HttpResponse:
    """The contact block, the logo and the story of one office."""
    office = get_object_or_404(Office.objects.select_related("logo"), pk=code)
    if not own_offices(request.user).filter(pk=office.pk).exists():
        raise PermissionDenied
    waiting = LocalStory.objects.filter(office=office, status=StoryStatus.WAITING).first()
    initial = {"story": waiting.story} if waiting else {}
    form = LocalForm(request.POST or None, request.FILES or None, instance=office, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, office, form):
        return redirect("offices_local", office.code)
    context = {
        "office": Office.objects.select_related("logo").get(pk=office.pk),
        "form": form,
        "waiting": waiting,
        "told": LocalStory.objects.filter(office=office)[:5],
    }
    return TemplateResponse(request, "offices/local.html", context)


def _saved(request: HttpRequest, office: Office, form: LocalForm) -> bool:
    """Do what the form asks for; what was wrong stands at its field."""
    stored = Office.objects.get(pk=office.pk)  # the form has written into its own copy
    data = form.cleaned_data
    try:
        with tempfile.TemporaryDirectory(prefix="loa-logo-") as folder:
            logo = form.stored_logo(Path(folder))
            contact = {name: data[name] for name in ("address", "hotline", "email")}
            changed = ChangeOfficeAction(stored, user=request.user, contact=contact, logo=logo).execute()
        told = TellStoryAction(stored, data["story"], user=request.user).execute()
    except ValidationError as error:
        for name, words in getattr(error, "message_dict", {"__all__": error.messages}).items():
            form.add_error(name if name in form.fields else None, words)
        return False
    if changed:
        messages.success(request, _("Saved. The leaflets of your office are made anew."))
    if told:
        messages.success(request, _("The story waits for an editor; until then the old one stands."))
    if not changed and not told:
        messages.info(request, _("Nothing has changed."))
    return True


@require_GET
@never_cache
def stories(request: HttpRequest) -> HttpResponse:
    """The local stories that wait for an editor."""
    if not may_decide(request.user):
        raise PermissionDenied
    rows = LocalStory.objects.filter(status=StoryStatus.WAITING).select_related("office").order_by("pk")
    return TemplateResponse(request, "offices/stories.html", {"rows": rows})


@require_POST
def decide(request: HttpRequest, story_id: int) -> HttpResponse:
    """Yes or no to one story."""
    told = get_object_or_404(LocalStory, pk=story_id)
    if not may_decide(request.user):
        raise PermissionDenied
    try:
        DecideStoryAction(
            told,
            user=request.user,
            approve=request.POST.get("action") == "approve",
            comment=request.POST.get("comment", "")[:2000],
        ).execute()
        messages.success(request, _("Done."))
    except (ValidationError, PermissionDenied) as error:
        _tell(request, error)
    return redirect("offices_stories")


def _tell(request: HttpRequest, error: Any) -> None:
    messages.error(request, " ".join(getattr(error, "messages", None) or [str(error)]))
