"""Listening approvals from the editor's panel, and the desk where recordings come in. Each view checks for itself."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from cms.articles.models import PolicyArticlePage
from cms.core.labels import language_name
from cms.core.ranges import private_file
from cms.core.words import in_words
from cms.production.states import article_states
from cms.production.views import state_of as product_state_of
from cms.production.views import visible_page
from cms.sound.actions import AddTakesAction, ApproveSoundAction, SignOffAction
from cms.sound.forms import RecordingForm, decoded
from cms.sound.models import APPROVE
from cms.sound.sheets import Desk, desk_of, own_takes, row_of
from cms.sound.trials import (
    Trial,
    cut_again,
    drop_trial,
    folder_of_trials,
    new_trial,
    picture_file,
    read_trial,
    sound_file,
    told,
)
from cms.translation.permissions import may_translate
from render.errors import LoaError, VoiceError
from render.language import languages
from render.products import Waiting
from render.reading import sheet_pdf
from render.speech.recordings import standing
from render.speech.taking import take_one
from render.speech.waveform import LEFT, RIGHT, WIDTH


@require_POST
def approve(request: HttpRequest, page_id: int) -> HttpResponse:
    """Somebody has listened to a product (`state`) whose file is `sha256`."""
    page = visible_page(request, page_id)
    state = product_state_of(page, request.POST.get("state", ""))
    refused = ""
    try:
        ApproveSoundAction(page, state, sha256=request.POST.get("sha256", ""), user=request.user).execute()
    except VoiceError as error:
        refused = in_words(error)
    return JsonResponse(article_states(page, user=request.user) | {"refused": refused}, status=409 if refused else 200)


# --- the desk -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest, page_id: int, lang: str) -> HttpResponse:
    """The sentences of an article in a language with their takes; a recording comes in by POST."""
    page = _page(request, page_id, lang)
    found = _desk(page, lang)
    if not isinstance(found, Desk):
        return _nothing(request, page, lang, found)
    may_upload = _may_record(page, request.user, lang)
    if request.method == "POST" and not may_upload:
        raise PermissionDenied
    form = RecordingForm(found, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(_take_in(request, page, found, form))
        except VoiceError as error:
            form.add_error("file", told(error))
    takes = found.takes
    stands = standing((one.line for one in found.sheet.lines), takes)
    own = own_takes(found, request.user)
    rows = [row_of(one, takes.of(one.line.text), own) for one in found.sheet.lines]
    may_sign = request.user.has_perm(APPROVE)
    context = {
        **_about(page, lang),
        "desk": found,
        "form": form,
        "rows": rows,
        "may_upload": may_upload,
        "may_edit": page.permissions_for_user(request.user).can_edit(),
        "may_sign": may_sign and any(row["signable"] for row in rows),
        "only_own": may_sign and any(row["own"] for row in rows) and not any(row["signable"] for row in rows),
        "complete": stands.complete,
        "waits_for": stands.words(takes),
        "done": sum(row["state"] == "good" for row in rows),
    }
    return TemplateResponse(request, "sound/desk.html", context, status=400 if form.errors else 200)


def _page(request: HttpRequest, page_id: int, lang: str) -> PolicyArticlePage:
    """The article, for whoever may see its editor or translates into the language."""
    if may_translate(request.user, lang):
        return get_object_or_404(PolicyArticlePage, pk=page_id)
    return visible_page(request, page_id)


def _may_record(page: Any, user: Any, lang: str) -> bool:
    return bool(page.permissions_for_user(user).can_edit() or may_translate(user, lang))


def _desk(page: Any, lang: str) -> Desk | str:
    """The desk, or in words why there is none."""
    if lang not in languages():
        raise Http404
    try:
        found = desk_of(page, lang)
    except LoaError as error:
        return in_words(error)
    return found.words if isinstance(found, Waiting) else found


def _desk_or_404(page: Any, lang: str) -> Desk:
    found = _desk(page, lang)
    if not isinstance(found, Desk):
        raise Http404
    return found


def _about(page: Any, lang: str) -> dict[str, Any]:
    return {"page": page, "lang": lang, "language": language_name(lang), "title": page.get_admin_display_title()}


def _nothing(request: HttpRequest, page: Any, lang: str, words: str) -> HttpResponse:
    return TemplateResponse(request, "sound/desk.html", {**_about(page, lang), "problem": words})


def _take_in(request: HttpRequest, page: Any, found: Desk, form: RecordingForm) -> str:
    """Decode what came, keep it or show where it is cut; where to go next."""
    name, lines = form.name, form.lines
    if len(lines) > 1:
        trial = new_trial(found, decoded(form), lines, form.sitting, name=name, user=request.user)
        return reverse("sound_split", args=[page.pk, found.lang, trial.token])
    AddTakesAction(found, [take_one(decoded(form), lines[0], form.sitting, where=name)], user=request.user).execute()
    number = lines[0].number
    messages.success(request, _("Sentence %(number)d is recorded.") % {"number": number})
    return f"{reverse('sound_desk', args=[page.pk, found.lang])}#cau-{number}"


@require_GET
def sheet(request: HttpRequest, page_id: int, lang: str) -> HttpResponse:
    """The sheet to read from, as PDF."""
    found = _desk_or_404(_page(request, page_id, lang), lang)
    response = HttpResponse(sheet_pdf(found.sheet), content_type="application/pdf")
    name = f"{found.page.slug}.{lang}.recording-sheet.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def take(request: HttpRequest, page_id: int, lang: str, sha256: str) -> HttpResponseBase:
    """The sound of one take."""
    found = _desk_or_404(_page(request, page_id, lang), lang)
    if not any(one.sha256 == sha256 for one in found.takes.takes):
        raise Http404
    try:
        data = found.takes.sound(sha256)
    except VoiceError:
        raise Http404 from None  # the desk tells of it when it is played in a build
    return private_file(request, data, media_type="audio/flac", sha256=sha256)


@require_POST
def sign_off(request: HttpRequest, page_id: int, lang: str) -> HttpResponse:
    """The second listener has heard the ticked takes and found them right."""
    page = _page(request, page_id, lang)
    found = _desk_or_404(page, lang)
    chosen = set(request.POST.getlist("take"))
    try:
        SignOffAction(found, chosen, user=request.user).execute()
    except VoiceError as error:
        messages.error(request, in_words(error) if chosen else _("Tick the sentences that you have listened to."))
    else:
        count = len(chosen)
        words = ngettext("%(count)d sentence is signed off.", "%(count)d sentences are signed off.", count)
        messages.success(request, words % {"count": count})
    return HttpResponseRedirect(reverse("sound_desk", args=[page.pk, lang]))


# --- one long recording, and where it is cut ----------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, page_id: int, lang: str, token: str) -> HttpResponse:
    """The cuts of a recording, to be looked at, corrected and kept."""
    page, found, trial = _trial(request, page_id, lang, token)
    here = reverse("sound_desk", args=[page.pk, lang])
    folder = folder_of_trials(found)
    if request.method == "POST" and request.POST.get("do") == "drop":
        drop_trial(folder, token)
        return HttpResponseRedirect(here)
    problem, status = trial.problem, 200
    starts = [f"{cut.start_s:.2f}" for cut in trial.cuts]
    if request.method == "POST":
        starts = request.POST.getlist("start")
        try:
            trial, taken = cut_again(found, trial, _seconds(starts[1:]))
            if request.POST.get("do") == "keep":
                AddTakesAction(found, taken, user=request.user).execute()
                drop_trial(folder, token)
                count = len(taken)
                words = ngettext("%(count)d sentence is recorded.", "%(count)d sentences are recorded.", count)
                messages.success(request, words % {"count": count})
                return HttpResponseRedirect(here)
            problem = ""
            starts = [f"{cut.start_s:.2f}" for cut in trial.cuts]
        except VoiceError as error:
            problem, status = told(error), 400
    lines = {one.line.key: one for one in found.sheet.lines}
    rows = [
        {"one": lines.get(key), "cut": cut, "start": start}
        for key, cut, start in zip(trial.keys, trial.cuts, starts + [""] * len(trial.keys), strict=False)
    ]
    context = {
        **_about(page, lang),
        "trial": trial,
        "rows": rows,
        "problem": problem,
        "gone": any(row["one"] is None for row in rows),
        "doubtful": sum(cut.doubtful for cut in trial.cuts),
        "plot": {"left": LEFT / WIDTH, "width": (WIDTH - LEFT - RIGHT) / WIDTH},
        "here": here,
    }
    return TemplateResponse(request, "sound/split.html", context, status=status)


def _seconds(starts: list[str]) -> list[float]:
    try:
        return [float(start.replace(",", ".")) for start in starts]
    except ValueError:
        raise VoiceError("a cut is no number of seconds", mend="Write it like 12.5") from None


def _trial(request: HttpRequest, page_id: int, lang: str, token: str) -> tuple[Any, Desk, Trial]:
    """A recording that this user brought."""
    page = _page(request, page_id, lang)
    if not _may_record(page, request.user, lang):
        raise PermissionDenied
    found = _desk_or_404(page, lang)
    trial = read_trial(folder_of_trials(found), token)
    if trial is None or trial.user != request.user.pk:
        raise Http404
    return page, found, trial


@require_safe
def split_sound(request: HttpRequest, page_id: int, lang: str, token: str) -> HttpResponseBase:
    """The whole recording."""
    _page, found, trial = _trial(request, page_id, lang, token)
    path = sound_file(folder_of_trials(found), token)
    return private_file(request, path, media_type="audio/flac", sha256=trial.sha256)


@require_safe
def split_picture(request: HttpRequest, page_id: int, lang: str, token: str) -> HttpResponseBase:
    """Its waveform."""
    _page, found, trial = _trial(request, page_id, lang, token)
    path = picture_file(folder_of_trials(found), token)
    return private_file(request, path, media_type="image/webp", sha256=trial.sha256)
