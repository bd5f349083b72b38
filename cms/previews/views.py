"""What the frame of a preview asks after it is drawn: what the gates say, and how a bulletin sounds."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from cms.articles.models import PolicyArticlePage
from cms.core.words import in_words
from cms.previews.frames import private, problem, too_long
from cms.previews.sources import kind_of_mode
from cms.previews.tickets import Ticket, ticket_of
from cms.previews.workshop import BusyError, SupersededError, TooLongError, workshop
from render import sketches
from render.errors import LoaError

LISTEN_S = 90.0  # to speak and master five minutes


@require_GET
def gates(request: HttpRequest, token: str) -> HttpResponse:
    """What would keep the product from being released, or that nothing does."""
    ticket, page = _asked(request, token)
    context: dict[str, object] = {"refusals": [], "edit_url": ""}
    try:
        found = workshop.do(f"{request.user.pk}:{ticket.page}:gates", sketches.refusals, ticket.draft, ticket.mode)
        context["refusals"] = [problem(page, error) for error in found]
    except LoaError as error:
        context["refusals"] = [problem(page, error)]
    except (SupersededError, BusyError):
        return HttpResponse(status=503)
    except TooLongError:
        context["refusals"] = [{"problem": too_long(), "place": None}]
    return private(TemplateResponse(request, "previews/gates.html", context))


@require_GET
def listen(request: HttpRequest, token: str) -> HttpResponse:
    """The bulletin of a draft, made for this once."""
    ticket, _page = _asked(request, token)
    if kind_of_mode(ticket.mode) != "script":
        raise Http404
    owner = f"{request.user.pk}:{ticket.page}:listen"
    try:
        data, media_type = workshop.do(owner, sketches.spoken, ticket.draft, ticket.mode, limit_s=LISTEN_S)
    except LoaError as error:
        return HttpResponse(in_words(error), status=422, content_type="text/plain; charset=utf-8")
    except (SupersededError, BusyError):
        return HttpResponse(status=503)
    except TooLongError:
        return HttpResponse(too_long(), status=422, content_type="text/plain; charset=utf-8")
    response = HttpResponse(data, content_type=media_type)
    response["Cache-Control"] = "private, no-store"
    return response


def _asked(request: HttpRequest, token: str) -> tuple[Ticket, PolicyArticlePage]:
    """The ticket and its page, for whoever it was made for, while they may still work on the page."""
    ticket = ticket_of(token, request.user)
    if ticket is None:
        raise Http404
    if ticket.page is None:
        return ticket, PolicyArticlePage()
    page = get_object_or_404(PolicyArticlePage, pk=ticket.page)
    may = page.permissions_for_user(request.user)
    if not (may.can_edit() or may.can_publish()):
        raise PermissionDenied
    return ticket, page.get_latest_revision_as_object()
