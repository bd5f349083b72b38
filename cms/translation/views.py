"""The translator's screens: a text beside its source, saved as it is typed; signing; the glossary. Each view checks."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.models import Page

from cms.articles.models import PolicyArticlePage, source_page
from cms.articles.widgets import FactTextInput
from cms.questions.bank import pages_using
from cms.questions.models import BankQuestion
from cms.sound.forms import RecordingForm
from cms.sound.models import name_of
from cms.translation.actions import (
    ApproveSegmentsAction,
    HandInAction,
    PublishTranslationAction,
    RemarkAction,
    SaveSegmentAction,
    StartTranslationAction,
)
from cms.translation.checks import conversion, findings
from cms.translation.enums import Origin, TaskState
from cms.translation.errors import TranslationError
from cms.translation.forms import StartForm
from cms.translation.keeping import source_title
from cms.translation.memory import as_it_stands, problem_with, source_of, target_of
from cms.translation.models import GlossaryTerm, SegmentVersion, TranslationTask, digest
from cms.translation.permissions import may_look, may_manage, may_translate
from cms.translation.ready import translation_ready
from cms.translation.segments import segments_of
from cms.translation.shown import encoding_words, how_to_type, letters_of, pieces, shown_row
from cms.translation.work import Work, history_of, lost_texts, work_on
from render.language import languages

_LONGEST_BODY = 100_000  # of one segment as JSON


def task_for(request: HttpRequest, pk: int) -> TranslationTask:
    """The task, for whoever may look at it."""
    task = get_object_or_404(TranslationTask.objects.select_related("content_type", "assignee"), pk=pk)
    if not may_look(request.user, task.tag):
        raise PermissionDenied
    return task


@require_GET
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Every segment of a task beside its source."""
    task = task_for(request, pk)
    work = work_on(task)
    target = target_of(task)
    own = _own_texts(task, request.user)
    found = languages().get(task.tag)
    glossary = list(GlossaryTerm.objects.filter(tag=task.tag))
    rows = _rows(work, glossary, own)
    translates = may_translate(request.user, task.tag) and not problem_with(task.tag) and work.shelved is not None
    signable = [one for one in rows if one["state"] == "translated" and not one["own"]]
    page = target if isinstance(target, Page) else None
    ready = translation_ready(page.get_latest_revision_as_object()) if page else None
    context = {
        "task": task,
        "work": work,
        "sections": _sections(rows),
        "language": found,
        "letters": letters_of(found),
        "how_to_type": how_to_type(found),
        "problem": problem_with(task.tag)
        or ("" if work.shelved else _("The source is gone; its texts are kept below.")),
        "translates": translates,
        "manages": may_manage(request.user),
        "may_sign": translates and bool(signable),
        "only_own": translates and not signable and any(one["state"] == "translated" for one in rows),
        "complete": work.complete,
        "states": TaskState,
        "lost": [(pieces(a), pieces(b)) for a, b in lost_texts(task, work.shelved)] if work.shelved else [],
        "target": page,
        "target_live": bool(page and page.live),
        "publishable": bool(
            page and task.state == TaskState.APPROVED and page.permissions_for_user(request.user).can_publish()
        ),
        "ready": ready,
        "modes": _modes(page or _source(task)),
        "previews": work.shelved is not None and isinstance(_source(task), Page) and (translates or page is not None),
        "media": FactTextInput().media,
        "facts_url": reverse("articles_facts"),
        "sound_url": _sound_url(task),
        "sitting": _sitting() if isinstance(_source(task), PolicyArticlePage) and work.shelved else None,
        "records": translates,
    }
    return TemplateResponse(request, "translation/edit.html", context, headers=_with_microphone())


@require_POST
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """Keep one segment; what is refused, or meanwhile written by somebody else, comes back in words."""
    task = task_for(request, pk)
    if not may_translate(request.user, task.tag):
        raise PermissionDenied
    if len(request.body) > _LONGEST_BODY:
        return JsonResponse({"refused": [_("The text is too long.")]}, status=413)
    try:
        sent = json.loads(request.body)
        path, text, base = (str(sent[name]) for name in ("path", "text", "base"))
        origin = Origin.CONVERTED if sent.get("converted") else Origin.SCREEN
        source = str(sent["source"]) if "source" in sent else None
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"refused": [_("The request cannot be read.")]}, status=400)
    try:
        saved = SaveSegmentAction(
            task, path, text, base=base, user=request.user, origin=origin, source=source
        ).execute()
    except TranslationError as error:
        return JsonResponse({"refused": [error.what]}, status=409)
    if saved.source_changed:
        words = _("The source has changed while you were writing.")
        return JsonResponse({"source_changed": words, "kept": saved.kept}, status=409)
    if saved.conflict is not None or (not saved.kept and not saved.findings):
        conflict = saved.conflict
        return JsonResponse(
            {
                "conflict": {
                    "text": saved.theirs,
                    "base": digest(saved.theirs) if saved.theirs else digest(""),
                    "who": conflict.who if conflict else "",
                    "at": _moment(conflict.at) if conflict else "",
                }
            },
            status=409,
        )
    if not saved.kept:
        made = conversion(text, task.tag)
        answer: dict[str, Any] = {"refused": [one.words for one in saved.findings]}
        if made is not None:
            answer["conversion"] = {
                "before": made.before,
                "after": made.after,
                "encoding": encoding_words(made.encoding),
                "unsure": list(made.unsure),
            }
        return JsonResponse(answer, status=422)
    task.refresh_from_db()
    hints = findings(saved.text, saved.source, task.tag, list(GlossaryTerm.objects.filter(tag=task.tag)))
    return JsonResponse(
        {
            "base": digest(saved.text),
            "findings": [{"level": one.level.value, "words": one.words} for one in hints],
            "progress": progress(task),
            "who": name_of(request.user),
        }
    )


def progress(task: TranslationTask) -> dict[str, Any]:
    """How far a task is, in numbers and words."""
    return {
        "translated": task.translated,
        "approved": task.approved,
        "total": task.total,
        "state": task.state,
        "words": str(TaskState(task.state).label),
    }


@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """The translator is done."""
    task = task_for(request, pk)
    return _done(
        request, task, lambda: HandInAction(task, user=request.user).execute(), _("Handed in for a second look.")
    )


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second speaker signs the ticked texts, or all that were shown."""
    task = task_for(request, pk)
    if not may_translate(request.user, task.tag):
        raise PermissionDenied
    paths, seen = [], []
    for value in request.POST.getlist("segment"):
        path, _bar, known = value.rpartition("|")
        paths.append(path)
        seen.append(known)
    if not paths:
        messages.warning(request, _("Tick what you have read."))
        return HttpResponseRedirect(reverse("translation_edit", args=[pk]))
    action = ApproveSegmentsAction(task, user=request.user, paths=paths, seen=seen)
    count = 0

    def run() -> None:
        nonlocal count
        count = action.execute()

    answer = _done(request, task, run, "")
    if count:
        words = ngettext("%(count)d text approved.", "%(count)d texts approved.", count) % {"count": count}
        messages.success(request, words)
    return answer


@require_POST
def remark(request: HttpRequest, pk: int) -> HttpResponse:
    """A second speaker says what is wrong."""
    task = task_for(request, pk)
    path, text = request.POST.get("path", ""), request.POST.get("text", "")
    action = RemarkAction(task, path, text, user=request.user)
    return _done(request, task, action.execute, _("The remark went to the translator."))


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Before readers, when everything is signed."""
    task = task_for(request, pk)
    action = PublishTranslationAction(task, user=request.user)
    return _done(request, task, action.execute, _("The translation is published."))


@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every text that a place had, the last first."""
    task = task_for(request, pk)
    path = request.GET.get("path", "")
    rows = [
        {"version": one, "pieces": pieces(one.target), "source": pieces(one.source)} for one in history_of(task, path)
    ]
    return TemplateResponse(request, "translation/history.html", {"task": task, "rows": rows})


@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page with the texts as they are at this moment, in one of its preview modes; nothing is kept."""
    task = task_for(request, pk)
    work = work_on(task)
    if work.shelved is None:
        raise Http404
    page = as_it_stands(work.shelved)
    if not isinstance(page, Page):
        raise Http404
    modes = [name for name, _label in page.preview_modes]
    mode = request.GET.get("mode", "")
    response: HttpResponse = page.make_preview_request(request, mode if mode in modes else page.default_preview_mode)
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, page_id: int) -> HttpResponse:
    """Hand an article out."""
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    if not may_manage(request.user):
        raise PermissionDenied
    source = source_page(page)
    return _start(request, source, source.languages)


@require_http_methods(["GET", "POST"])
def start_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Hand a question of the bank out, into the languages of the articles that show it."""
    if not may_manage(request.user):
        raise PermissionDenied
    question = get_object_or_404(BankQuestion, pk=question_id)
    source = source_of(question.translation_key, BankQuestion)
    return _start(request, source, sorted({tag for page in pages_using(source.key) for tag in page.languages}))


def _start(request: HttpRequest, source: Any, tags: list[str]) -> HttpResponse:
    form = StartForm(request.POST or None, initial={"tags": tags})
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        done = 0
        for tag in sent["tags"]:
            assignee = sent["assignee"] if sent["assignee"] and may_translate(sent["assignee"], tag) else None
            try:
                StartTranslationAction(
                    source, tag, user=request.user, assignee=assignee, due=sent["due"], note=sent["note"]
                ).execute()
                done += 1
            except TranslationError as error:
                messages.error(request, error.what)
        if done:
            messages.success(
                request, ngettext("%(count)d task handed out.", "%(count)d tasks handed out.", done) % {"count": done}
            )
            return HttpResponseRedirect(reverse("translation_index") + f"?key={source.translation_key}")
    return TemplateResponse(request, "translation/start.html", {"title": source_title(source), "form": form})


# --- pieces of the editing screen ------------------------------------------------------------------------------------


def _with_microphone() -> dict[str, str]:
    """This screen alone records, and plays what it has recorded before it is sent."""
    admin = settings.CONTENT_SECURITY_POLICY_ADMIN
    policy = admin | {"media-src": f"{admin['media-src']} blob:"}
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=()",
    }


def _sitting() -> list[Any]:
    """Who speaks, and that they agreed: the fields of the desk's form, asked once for all sentences."""
    names = ("speaker", "consent", "consent_on", "consent_by")
    fields = {name: RecordingForm.base_fields[name] for name in names}
    form = type("SittingForm", (forms.Form,), fields)(initial={"consent_on": localdate()}, auto_id="thu_%s")
    return list(form)


def _rows(work: Work, glossary: list[GlossaryTerm], own: set[tuple[str, str]]) -> list[dict[str, Any]]:
    source = _source(work.task)
    places = {one.path: one for one in segments_of(source)} if source is not None else {}
    rows = []
    for number, row in enumerate(work.rows, start=1):
        place = places.get(row.kept.path)
        shown = shown_row(row, number, place.kind if place else "", glossary, row.pair in own)
        rows.append(shown | {"section": place.section if place else "", "base": digest(row.kept.target)})
    return rows


def _sections(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows by the section they stand in; its heading names it."""
    sections: list[dict[str, Any]] = []
    for row in rows:
        if not sections or sections[-1]["id"] != row["section"]:
            heading = row["row"].kept.source if row["row"].kept.path.endswith(".title") else ""
            sections.append({"id": row["section"], "heading": heading, "rows": []})
        sections[-1]["rows"].append(row)
    return sections


def _own_texts(task: TranslationTask, user: Any) -> set[tuple[str, str]]:
    return set(
        SegmentVersion.objects.filter(key=task.key, tag=task.tag, user=user).values_list(
            "source_digest", "target_digest"
        )
    )


def _source(task: TranslationTask) -> Any:
    model = task.content_type.model_class()
    return source_of(task.key, model) if model is not None else None


def _modes(page: Any) -> list[tuple[str, str]]:
    return [(name, str(label)) for name, label in getattr(page, "preview_modes", ())]


def _sound_url(task: TranslationTask) -> str:
    source = _source(task)
    return reverse("sound_desk", args=[source.pk, task.tag]) if isinstance(source, PolicyArticlePage) else ""


def _moment(at: Any) -> str:
    return date_format(localtime(at), "H:i d/m/Y")


def _done(request: HttpRequest, task: TranslationTask, run: Any, words: str) -> HttpResponse:
    try:
        run()
    except TranslationError as error:
        messages.error(request, error.what)
    except PermissionDenied as error:
        if not str(error):
            raise
        messages.error(request, str(error))
    else:
        if words:
            messages.success(request, words)
    return HttpResponseRedirect(reverse("translation_edit", args=[task.pk]))
