"""The frame beside the editor: a product as it would come out of what stands in the form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.core.words import in_words
from cms.previews.sources import Place, draft_of, kind_of_mode, office_choices_of, place_of
from cms.previews.tickets import Ticket, keep
from cms.previews.workshop import LIMIT_S, BusyError, SupersededError, TooLongError, workshop
from render import sketches
from render.errors import LoaError
from render.products import product

OFFICE_COOKIE = "loa_preview_office"

# The frame's own policy: pictures come with the page, sound from this site; nothing from anywhere else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)

# What the scenes of a clip are, by the kind that the pipeline calls them.
SCENES: dict[str, str | Promise] = {
    "title": gettext_lazy("Opening"),
    "figure": gettext_lazy("Figure"),
    "bars": gettext_lazy("Before and now"),
    "table": gettext_lazy("Comparison"),
    "ticks": gettext_lazy("Who it is for"),
    "steps": gettext_lazy("Steps"),
    "notice": gettext_lazy("Notice"),
    "text": gettext_lazy("Text"),
    "picture": gettext_lazy("Picture"),
    "closing": gettext_lazy("Where to ask"),
    "loop": gettext_lazy("The graphic when all of it stands"),
}

_DRAW = {"script": sketches.reading, "storyboard": sketches.storyboard, "pictures": sketches.drawn}


_SCENES_LIMIT_S = 2.5 * LIMIT_S  # a clip is a dozen pictures


def frame(page: Any, request: HttpRequest, mode: str) -> HttpResponse:
    """The preview of one product, or why there is none yet, with a link to the block."""
    kind, one = kind_of_mode(mode), product(mode)
    choices = office_choices_of(page)
    office = chosen_office(request, choices)
    context: dict[str, Any] = {
        "page": page,
        "product": one,
        "kind": kind,
        "offices": choices,
        "office": office,
        "edit_url": edit_url(page),
    }
    try:
        draft = draft_of(page, office)
        limit_s = _SCENES_LIMIT_S if kind == "storyboard" else LIMIT_S
        found = workshop.do(owner(request, page), _DRAW[kind], draft, mode, limit_s=limit_s)
    except LoaError as error:
        context |= problem(page, error)
    except (SupersededError, BusyError):
        context |= {"again": True}
    except TooLongError:
        context |= {"problem": too_long(), "place": None}
    else:
        context |= {kind: found, **_rows(page, kind, found)}
        context["token"] = keep(Ticket(request.user.pk, page.pk, mode, draft))
    return private(TemplateResponse(request, "previews/frame.html", context))


def read_whole(page: Any, request: HttpRequest) -> HttpResponse:
    """The whole article as a loudspeaker would read it, line by line."""
    context: dict[str, Any] = {"page": page, "edit_url": edit_url(page)}
    try:
        found = workshop.do(owner(request, page), sketches.reading, draft_of(page), "bulletin-web")
        context |= {"reading": found, "title": found.title, "length": clock(found.length_s)}
    except LoaError as error:
        context |= problem(page, error)
    except (SupersededError, BusyError):
        context |= {"again": True}
    except TooLongError:
        context |= {"problem": too_long(), "place": None}
    return private(TemplateResponse(request, "articles/reading.html", context))


def private(response: TemplateResponse) -> TemplateResponse:
    """A draft is for the eyes of whoever writes it, and for no cache."""
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = POLICY
    return response


def owner(request: HttpRequest, page: Any) -> str:
    """One wish at a time for each editor and article."""
    return f"{request.user.pk}:{page.pk or 'new'}"


def edit_url(page: Any) -> str:
    """The editor of a page; "" while it is being created."""
    return reverse("wagtailadmin_pages:edit", args=[page.pk]) if page.pk else ""


def problem(page: Any, error: LoaError) -> dict[str, Any]:
    """An error for the frame: its words, and where to mend it."""
    place: Place | None = place_of(page, error)
    return {"problem": in_words(error), "place": place, "problem_where": "" if place else error.where}


def too_long() -> str:
    """What is said of a drawing that was broken off."""
    return _("This takes too long to draw and was broken off. Split the article, or shorten its longest section.")


def clock(seconds: float) -> str:
    """2:41."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def chosen_office(request: HttpRequest, choices: list[tuple[str, str]]) -> str:
    """The office that was chosen in the frame, if this article wants it."""
    wished = request.COOKIES.get(OFFICE_COOKIE, "")
    return wished if wished in dict(choices) else ""


def _rows(page: Any, kind: str, found: Any) -> dict[str, Any]:
    """What the template needs of a drawing besides."""
    if kind == "script":
        slot_s = found.slot_s
        share = min(100, round(100 * found.length_s / slot_s)) if slot_s else 0
        return {
            "length": clock(found.length_s),
            "slot": clock(slot_s) if slot_s else "",
            "share": share,
            "left_s": clock(max(slot_s - found.length_s, 0)) if slot_s else "",
        }
    if kind == "storyboard":
        rows = []
        for number, scene in enumerate(found.scenes, 1):
            fault = problem(page, scene.problem) if scene.problem else {}
            rows.append(
                {
                    "number": number,
                    "scene": scene,
                    "kind": SCENES.get(scene.kind, scene.kind),
                    "from": clock(scene.from_s),
                    "to": clock(scene.to_s),
                    **fault,
                }
            )
        return {"scenes": rows, "length": clock(found.length_s) if found.length_s else ""}
    return {"more_pages": max(found.pages - len(found.pictures), 0)}
