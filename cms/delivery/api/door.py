"""The door of the API: what is refused unseen, the shape of every error, and CORS for the public site."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from cms.delivery import limits
from cms.delivery.api.problems import Problem
from cms.logins.limits import address_of
from cms.settings.environment import origin

_log = logging.getLogger(__name__)

LONGEST_BODY = 64 * 1024
PUBLIC = "/api/v1/public/"


def through(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of the API behind its door."""

    @csrf_exempt  # no cookie opens anything here
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asks_headers = request.method == "HEAD" and not request.path.startswith(PUBLIC)
        if asks_headers:
            request.method = "GET"  # how large it is, whether it changed: told without it
        try:
            _look(request)
            if request.method == "OPTIONS" and request.path.startswith(PUBLIC):
                response: HttpResponseBase = _preflight()
            else:
                response = view(request, *args, **kwargs)
        except Problem as problem:
            response = problem.response()
        except Exception:  # noqa: BLE001  # a fault of ours: told in the shape of every error, and in the log
            _log.exception("the API failed at %s", request.path)
            response = Problem("fault").response()
        response = _dressed(request, response)
        return _headers_of(response) if asks_headers else response

    return answer


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """Any other address below `/api/v1/`."""
    raise Problem("not-found")


def _look(request: HttpRequest) -> None:
    if wait := limits.locked_s(address_of(request)):
        raise Problem("locked", retry_after_s=wait)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LONGEST_BODY:
        raise Problem("too-large")
    if request.path.startswith(PUBLIC) and request.headers.get("Origin", _reader()) not in _welcome(request):
        raise Problem("origin-refused")


def _welcome(request: HttpRequest) -> tuple[str, ...]:
    """A form sent from a page that hides where it comes from says "null"; a script's answer is not read then."""
    return (_reader(), origin(settings.SITE_URL), *(("null",) if request.path.endswith("/form") else ()))


def _reader() -> str:
    """The origin of the public pages."""
    return origin(settings.LOA.public_url)


def _preflight() -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["Access-Control-Allow-Methods"] = "POST"
    answer["Access-Control-Allow-Headers"] = "Content-Type"
    answer["Access-Control-Max-Age"] = "3600"
    return answer


def _headers_of(response: HttpResponseBase) -> HttpResponse:
    """The answer without its body, which a stream has not begun to read."""
    answer = HttpResponse(status=response.status_code, headers=dict(response.items()))
    if "Content-Length" not in answer and not response.streaming:
        answer["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
    response.close()
    return answer


def _dressed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code == 405 and "json" not in response.get("Content-Type", ""):
        allow = response.get("Allow", "")
        response = Problem("method-not-allowed").response()
        response["Allow"] = allow.replace("GET", "GET, HEAD")
    if request.path.startswith(PUBLIC):
        response["Access-Control-Allow-Origin"] = _reader()
        response["Vary"] = "Origin"
    else:
        response["Vary"] = "Authorization"
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
