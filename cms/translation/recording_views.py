"""Recording beside the text: the state of every sentence, its sound, a new take, a second listener's name."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.core.ranges import private_file
from cms.sound.actions import AddTakesAction, SignOffAction
from cms.sound.forms import RecordingForm, decoded
from cms.sound.sheets import Desk
from cms.sound.trials import told
from cms.translation.memory import problem_with
from cms.translation.models import TranslationTask
from cms.translation.permissions import may_translate
from cms.translation.recordings import recordings_of, working_desk
from cms.translation.views import task_for
from render.errors import VoiceError
from render.reading import sheet_pdf
from render.speech.taking import take_one


@require_http_methods(["GET", "POST"])
def recordings(request: HttpRequest, pk: int) -> JsonResponse:
    """Every sentence and its recording; a take of one sentence comes in by POST."""
    task = task_for(request, pk)
    if request.method == "POST":
        desk = _desk(task)
        if not may_translate(request.user, task.tag) or problem_with(task.tag):
            raise PermissionDenied
        form = RecordingForm(desk, request.POST, request.FILES)
        if not form.is_valid():
            return _refused(" ".join(str(one) for errors in form.errors.values() for one in errors))
        if len(form.lines) != 1:
            return _refused(_("Record one sentence at a time here; a long recording is cut at the desk."))
        try:
            taken = take_one(decoded(form), form.lines[0], form.sitting, where=form.name)
            AddTakesAction(desk, [taken], user=request.user).execute()
        except VoiceError as error:
            return _refused(told(error))
    return JsonResponse(recordings_of(task, request.user))


@require_POST
def sign_off(request: HttpRequest, pk: int) -> JsonResponse:
    """A second listener has heard takes and found them right."""
    task = task_for(request, pk)
    if not may_translate(request.user, task.tag):
        raise PermissionDenied
    try:
        SignOffAction(_desk(task), set(request.POST.getlist("take")), user=request.user).execute()
    except VoiceError as error:
        return _refused(told(error))
    return JsonResponse(recordings_of(task, request.user))


@require_safe
def take(request: HttpRequest, pk: int, sha256: str) -> HttpResponseBase:
    """The sound of one take."""
    desk = _desk(task_for(request, pk))
    if not any(one.sha256 == sha256 for one in desk.takes.takes):
        raise Http404
    try:
        data = desk.takes.sound(sha256)
    except VoiceError:
        raise Http404 from None
    return private_file(request, data, media_type="audio/flac", sha256=sha256)


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The texts as they stand now, as a sheet to read from."""
    task = task_for(request, pk)
    desk = _desk(task)
    response = HttpResponse(sheet_pdf(desk.sheet), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{desk.page.slug}.{task.tag}.recording-sheet.pdf"'
    return response


def _desk(task: TranslationTask) -> Desk:
    found = working_desk(task)
    if not isinstance(found, Desk):
        raise Http404
    return found


def _refused(words: str) -> JsonResponse:
    return JsonResponse({"refused": words}, status=400)
