"""Print orders: asked for, looked at, and the print shop's files fetched by the office whose they are."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Path, Query, Router, Schema
from ninja.responses import Status

from cms.core.ranges import private_file
from cms.delivery.api import schemas as s
from cms.delivery.api.guard import Bearer, done, holder
from cms.delivery.api.paging import MOST_PK, row_cursor
from cms.delivery.api.problems import Problem
from cms.delivery.api.reading import known_only
from cms.delivery.enums import PrintState, Scope
from cms.delivery.models import PrintRun
from cms.delivery.permissions import covers
from cms.delivery.printing import imprint_lines, imprint_toml
from cms.delivery.printshop import CancelPrintRunAction, MakeAgainAction, OrderPrintRunAction
from cms.delivery.released import released
from cms.offices.models import Office
from cms.production.files import private_content
from render.errors import StoreError

_ENDED = {PrintState.RECALLED: "called-back", PrintState.CANCELLED: "cancelled"}

router = Router(auth=Bearer(Scope.PRINT_ORDERS), tags=["print orders"])


@router.post("/print-orders", response={200: s.PrintOrderOut, 201: s.PrintOrderOut}, summary="Order a print run")
def order(request: HttpRequest, body: s.PrintOrderIn) -> Any:
    """Quantity, cost, funding and printer become the imprint; the print shop's PDFs are made from the sheet in force.

    `state` tells how far that is; `print-order.ready` tells it to webhooks.
    """
    token = holder(request)
    action = OrderPrintRunAction(
        user=token.owner,
        office=_office(token, body.office),
        values=body.dict(exclude={"client_id", "office"}),
        source=f"token:{token.pk}",
        client_id=body.client_id,
    )
    row, new = done(action)
    return Status(201 if new else 200, order_out(row, new))


class Paging(Schema):
    """Where to go on."""

    cursor: s.RowCursor | None = None
    limit: s.Limit = 100


@router.get("/print-orders", response=s.PrintOrderPage, summary="Print runs of one's office")
def order_list(request: HttpRequest, choice: Annotated[Paging, Query()]) -> Any:
    """Newest first."""
    known_only(request, Paging)
    cursor, limit = choice.cursor, choice.limit
    rows = _mine(request)
    if cursor:
        rows = rows.filter(pk__lt=min(int(cursor, 16), MOST_PK))
    found = list(rows.order_by("-pk")[: limit + 1])
    onward = row_cursor(found[limit - 1].pk) if len(found) > limit else None
    return {"items": [order_out(one, False) for one in found[:limit]], "next": onward}


@router.get("/print-orders/{order_id}", response=s.PrintOrderOut, summary="One print run")
def one_order(request: HttpRequest, order_id: int) -> Any:
    """With its files, once they are made; or why they are not, or why it was called back."""
    return order_out(_run(request, order_id), False)


@router.post("/print-orders/{order_id}/make", response=s.PrintOrderOut, summary="Make the files again")
def make_again(request: HttpRequest, order_id: int) -> Any:
    """After a failure. Nothing happens to one that is being made."""
    return order_out(done(MakeAgainAction(_run(request, order_id), user=holder(request).owner)), False)


@router.post("/print-orders/{order_id}/cancel", response=s.PrintOrderOut, summary="Cancel a print run")
def cancel(request: HttpRequest, order_id: int, body: s.CancelIn) -> Any:
    """While no copies of it are reported printed, and its sheet is in force. Sent again it changes nothing.

    Its files are made no more and given to nobody; whoever changes an order cancels it and orders anew.
    """
    action = CancelPrintRunAction(_run(request, order_id), reason=body.reason, user=holder(request).owner)
    return order_out(done(action), False)


@router.get(
    "/print-orders/{order_id}/files/{name}",
    response={200: None, 206: None, 304: None},
    summary="A file for the print shop",
    openapi_extra={"x-binary": "application/pdf"},
)
def order_file(request: HttpRequest, order_id: int, name: Annotated[s.FileName, Path()]) -> Any:
    """Bleed, boxes and marks, in four inks or in black alone. Not public; `Range` goes on where it broke off."""
    row = _run(request, order_id)
    if row.state in _ENDED:
        raise Problem(_ENDED[row.state], detail=row.reason)
    file = next((one for one in row.files if one["name"] == name), None)
    if file is None:
        raise Problem("not-found")
    if f'"{file["sha256"]}"' in [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]:
        answer = HttpResponse(status=304)
        answer["ETag"] = f'"{file["sha256"]}"'
        return answer
    return sent(request, file)


def sent(request: HttpRequest, file: dict[str, Any]) -> Any:
    """The bytes, as a file to keep."""
    try:
        content = private_content(file)
    except StoreError:
        raise Problem("not-found", detail="Tệp đã được dọn khỏi kho tạm; hãy cho làm lại") from None
    answer = private_file(request, content, media_type=file["media_type"], sha256=file["sha256"])
    if answer.status_code == 416:
        refused = Problem("range").response()
        refused["Content-Range"] = answer["Content-Range"]
        return refused
    answer["Content-Disposition"] = f'attachment; filename="{file["name"]}"'
    return answer


def order_out(row: PrintRun, new: bool) -> dict[str, Any]:
    """An order as it is answered."""
    same = (
        "id", "slug", "product", "lang", "edition", "title", "quantity", "cost_vnd", "funding", "ordered_at",
        "made_at", "recalled_at", "cancelled_at", "reason", "replaced_by", "warnings",
    )  # fmt: skip
    ready = row.state == PrintState.READY
    return {name: getattr(row, name) for name in same} | {
        "new": new,
        "office": row.office_id,
        "imprint": imprint_lines(row),
        "imprint_toml": imprint_toml(row),
        "state": row.state,
        "files": [one | {"url": _address(row, one["name"])} for one in row.files] if ready else [],
    }


def _address(row: PrintRun, name: str) -> str:
    return settings.SITE_URL.rstrip("/") + reverse("api_order_file", args=[row.pk, name])


def _mine(request: HttpRequest) -> Any:
    """An office's own; of a province also its communes'."""
    released()  # what is called back is known before it is told
    office = holder(request).office
    rows = PrintRun.objects.select_related("office", "build")
    if office is None:
        return rows
    return rows.filter(office__code__startswith=f"{office.code}.") | rows.filter(office=office)


def _run(request: HttpRequest, pk: int) -> PrintRun:
    row: PrintRun | None = _mine(request).filter(pk=pk).first() if 0 < pk < MOST_PK else None
    if row is None:
        raise Problem("not-found")
    return row


def _office(token: Any, code: str) -> Office:
    office = Office.objects.filter(pk=code).first()
    if office is None:
        raise Problem("refused", detail=f"Không có đơn vị {code}")
    if not covers(token.office, code):
        raise Problem("not-allowed")
    return office
