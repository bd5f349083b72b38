"""The API put together: its routers, its errors, its OpenAPI, and its page of documentation."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.responses import Response

from cms.delivery.api import door, ordering, plainform, reading, writing
from cms.delivery.api.problems import KNOWN, MEDIA_TYPE, Problem
from cms.delivery.api.schemas import ProblemOut
from render.errors import LoaError

_log = logging.getLogger(__name__)

DESCRIPTION = (
    "Nội dung đã phát hành của Loa cho cơ quan, đài truyền thanh và nhà in; phiếu báo đã phát, đã in; đặt in; "
    "webhook. / What Loa has published, for offices, loudspeaker stations and print shops; receipts, print orders, "
    "webhooks."
)


class Api(NinjaAPI):
    """With the errors that any address may answer written into its OpenAPI."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """As `tests/golden/openapi.json` keeps it."""
        schema = super().get_openapi_schema(path_prefix="/api/v1/")
        schema["info"].pop("servers", None)
        problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, inner in problem.pop("$defs", {}).items():
            schema["components"]["schemas"][name] = inner
        schema["components"]["schemas"]["ProblemOut"] = problem
        for address in schema["paths"].values():
            for method, operation in address.items():
                _with_errors(operation, method)
        return schema


def _with_errors(operation: dict[str, Any], method: str) -> None:
    responses = operation["responses"]
    wanted = {400, 404, 405, 413, 422, 429, 500, 503}
    wanted |= {401} if operation.get("security") else set()
    wanted |= {403, 409} | ({415} if method in ("post", "put") else set())
    if media_type := operation.pop("x-binary", ""):
        binary = {media_type: {"schema": {"type": "string", "format": "binary"}}}
        for status in (200, 206):
            responses[status] = {"description": "The file, or the part of it that was asked for", "content": binary}
        wanted |= {410, 416} if media_type == "application/pdf" else {416}
    said = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}}
    for status in sorted(wanted):
        words = "; ".join(english for code, _vietnamese, english in KNOWN.values() if code == status)
        responses[status] = {"description": words, **said}
        if status == 429:
            responses[status]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}


api = Api(
    title="Loa", version="1", description=DESCRIPTION, urls_namespace="api", docs_url=None, openapi_url=None,
)  # fmt: skip
api.add_router("/public", writing.public)
for router in (reading.router, writing.receipts, ordering.router, writing.blocks, writing.hooks):
    api.add_router("", router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return error.response()


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    said = [
        {"where": ".".join(str(one) for one in found["loc"]), "what": str(found["msg"])[:300]}
        for found in error.errors[:20]
    ]
    return Problem("invalid", errors=said).response()


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    kinds = {401: "token-wrong", 403: "not-allowed", 404: "not-found", 429: "too-many"}
    return Problem(kinds.get(error.status_code, "bad-request")).response()


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return Problem("not-found").response()


@api.exception_handler(LoaError)
def _store(request: HttpRequest, error: LoaError) -> HttpResponse:
    """The store is not to be reached, or its catalogue not to be believed."""
    _log.error("the API cannot read the store: %s", error)
    return Problem("unavailable", retry_after_s=30).response()


@api.exception_handler(Exception)
def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("the API failed at %s", request.path, exc_info=error)
    return Problem("fault").response()


def openapi(request: HttpRequest) -> HttpResponse:
    """The description that programs read."""
    return Response(api.get_openapi_schema())


def docs(request: HttpRequest) -> HttpResponse:
    """The description that people read; drawn here, without scripts of others."""
    schema = api.get_openapi_schema()
    operations = [
        {"method": method.upper(), "path": address, **operation}
        for address, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    context = {"operations": operations, "description": DESCRIPTION, "problems": [(k, *v) for k, v in KNOWN.items()]}
    return render(request, "delivery/docs.html", context)


def urls() -> list[URLPattern]:
    """Below `/api/v1/`."""
    found = [
        path("openapi.json", door.through(openapi), name="api_openapi"),
        path("docs", door.through(docs), name="api_docs"),
        path("public/receipts/form", door.through(plainform.receipt_form), name="api_receipt_form"),
    ]
    for one in api.urls[0]:
        if one.name != "api-root":
            found.append(URLPattern(one.pattern, door.through(one.callback), one.default_args, f"api_{one.name}"))
    return [*found, re_path(r"^(?P<rest>.*)$", door.through(door.nothing_here), name="api_nothing")]
