"""Telling: receipts, print orders, an office's own blocks, webhooks."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from cms.delivery import actions
from cms.delivery.api import schemas as s
from cms.delivery.api.guard import Bearer, holder, slow_down
from cms.delivery.api.paging import row_cursor
from cms.delivery.api.problems import Problem
from cms.delivery.enums import ReceiptKind, Scope
from cms.delivery.models import PrintRun, Receipt, Webhook
from cms.delivery.permissions import covers
from cms.delivery.printing import imprint_lines, imprint_toml
from cms.offices.actions import ChangeOfficeAction, TellStoryAction
from cms.offices.enums import StoryStatus
from cms.offices.models import LocalStory, Office

public = Router(tags=["public"])
receipts = Router(auth=Bearer(Scope.RECEIPTS), tags=["receipts"])
orders = Router(auth=Bearer(Scope.PRINT_ORDERS), tags=["print orders"])
blocks = Router(auth=Bearer(Scope.LOCAL_BLOCKS), tags=["local blocks"])
hooks = Router(auth=Bearer(Scope.WEBHOOKS), tags=["webhooks"])

MOST_PK = 2**62


@public.post("/receipts", response={200: s.ReceiptOut, 201: s.ReceiptOut}, summary="“Đã phát”, without a login")
def public_receipt(request: HttpRequest, body: s.PublicReceiptIn) -> Any:
    """A commune and the short code of what it played, no word of who. Counted apart from those with a token."""
    slow_down(request)
    told = actions.Told(
        body.client_id, ReceiptKind.PLAYED, body.commune, body.edition, product=body.product or "", at=body.at
    )
    return _taken(actions.TakeReceiptAction(told))


@receipts.post("/receipts", response={200: s.ReceiptOut, 201: s.ReceiptOut}, summary="Played or printed")
def receipt(request: HttpRequest, body: s.ReceiptIn) -> Any:
    """Sent again under the same `client_id` it is one receipt. One that waited offline brings its own time."""
    told = actions.Told(
        body.client_id, body.kind, body.office, body.edition,
        product=body.product or "", at=body.at, quantity=body.quantity,
    )  # fmt: skip
    return _taken(actions.TakeReceiptAction(told, token=holder(request)))


def _taken(action: actions.TakeReceiptAction) -> Any:
    row, new = _done(action)
    return Status(201 if new else 200, _receipt_out(row, new))


def _receipt_out(row: Receipt, new: bool) -> dict[str, Any]:
    same = ("id", "kind", "origin", "office", "slug", "lang", "edition", "product", "quantity", "at")
    return {name: getattr(row, name) for name in same} | {"new": new, "clock_off": bool(row.said_at)}


@orders.post("/print-orders", response={200: s.PrintOrderOut, 201: s.PrintOrderOut}, summary="Order a print run")
def order(request: HttpRequest, body: s.PrintOrderIn) -> Any:
    """Quantity, cost, funding and printer; the answer carries the imprint for the sheets."""
    token = holder(request)
    values = body.dict(exclude={"client_id", "office"})
    action = actions.OrderPrintRunAction(
        user=token.owner,
        office=_office(token, body.office),
        values=values,
        source=f"token:{token.pk}",
        client_id=body.client_id,
    )
    row, new = _done(action)
    return Status(201 if new else 200, _order_out(row, new))


@orders.get("/print-orders", response=s.PrintOrderPage, summary="Print runs of one's office")
def order_list(request: HttpRequest, cursor: s.RowCursor | None = None, limit: s.Limit = 100) -> Any:
    """Newest first."""
    rows = _mine(PrintRun.objects.select_related("office"), holder(request))
    if cursor:
        rows = rows.filter(pk__lt=min(int(cursor, 16), MOST_PK))
    found = list(rows.order_by("-pk")[: limit + 1])
    onward = row_cursor(found[limit - 1].pk) if len(found) > limit else None
    return {"items": [_order_out(one, False) for one in found[:limit]], "next": onward}


def _order_out(row: PrintRun, new: bool) -> dict[str, Any]:
    same = (
        "id", "slug", "product", "lang", "edition", "title", "quantity", "cost_vnd", "funding", "ordered_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "new": new,
        "office": row.office_id,
        "imprint": imprint_lines(row),
        "imprint_toml": imprint_toml(row),
    }


@blocks.get("/local-blocks", response=s.LocalBlocksOut, summary="The office's own blocks")
def local_blocks(request: HttpRequest) -> Any:
    """What stands in products, and a story that waits for an editor."""
    return _blocks_out(_own_office(request))


@blocks.put("/local-blocks", response=s.LocalBlocksOut, summary="Change the office's own blocks")
def change_local_blocks(request: HttpRequest, body: s.LocalBlocksIn) -> Any:
    """The contact block at once, the story after an editor's look; by the rules of the office's own screen."""
    office, user = _own_office(request), holder(request).owner
    said = body.dict(exclude_none=True)
    story = said.pop("story", None)
    with transaction.atomic():
        _done(ChangeOfficeAction(office, user=user, contact=said))
        if story is not None:
            _done(TellStoryAction(office, story, user=user))
    return _blocks_out(Office.objects.get(pk=office.pk))


def _blocks_out(office: Office) -> dict[str, Any]:
    waiting = LocalStory.objects.filter(office=office, status=StoryStatus.WAITING).first()
    return {
        "office": office.code, "address": office.address, "hotline": office.hotline, "email": office.email,
        "story": office.story, "story_waiting": waiting.story if waiting else None,
    }  # fmt: skip


@hooks.get("/webhooks", response=s.WebhookList, summary="The office's webhooks")
def webhook_list(request: HttpRequest) -> Any:
    """Without their secrets."""
    return {"items": [_hook_out(one) for one in _hooks(request)]}


@hooks.post("/webhooks", response={201: s.WebhookOut}, summary="Make a webhook")
def make_webhook(request: HttpRequest, body: s.WebhookIn) -> Any:
    """Only https, never into a private network. The answer holds the secret, this once."""
    token = holder(request)
    row, secret = _done(
        actions.MakeWebhookAction(
            user=token.owner, office=token.office, url=body.url, events=[str(one) for one in body.events]
        )
    )
    return Status(201, _hook_out(row, secret))


@hooks.post("/webhooks/{webhook_id}/rotate", response=s.WebhookOut, summary="Change a webhook's secret")
def rotate_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """For a day deliveries bear the signatures of both."""
    hook = _hook(request, webhook_id)
    secret = _done(actions.RotateSecretAction(hook, user=holder(request).owner))
    return _hook_out(hook, secret)


@hooks.delete("/webhooks/{webhook_id}", response={204: None}, summary="Remove a webhook")
def drop_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """With all that is on its way there."""
    _done(actions.DropWebhookAction(_hook(request, webhook_id), user=holder(request).owner))
    return Status(204, None)


def _hooks(request: HttpRequest) -> Any:
    token = holder(request)
    return Webhook.objects.select_related("office").filter(office=token.office).order_by("pk")


def _hook(request: HttpRequest, pk: int) -> Webhook:
    row: Webhook | None = _hooks(request).filter(pk=pk).first() if 0 < pk < MOST_PK else None
    if row is None:
        raise Problem("not-found")
    return row


def _hook_out(row: Webhook, secret: str | None = None) -> dict[str, Any]:
    return {"id": row.pk, "url": row.url, "events": row.events, "made_at": row.made_at, "secret": secret}


def _own_office(request: HttpRequest) -> Office:
    token = holder(request)
    if token.office is None:
        raise Problem("not-found", detail="Mã truy cập này không thuộc đơn vị nào")
    return Office.objects.get(pk=token.office_id)


def _office(token: Any, code: str) -> Office:
    office = Office.objects.filter(pk=code).first()
    if office is None:
        raise Problem("refused", detail=f"Không có đơn vị {code}")
    if not covers(token.office, code):
        raise Problem("not-allowed")
    return office


def _mine(rows: Any, token: Any) -> Any:
    return rows if token.office is None else rows.filter(office=token.office)


def _done(action: Any) -> Any:
    """What an operation gives; what it refuses, as a problem."""
    try:
        return action.execute()
    except PermissionDenied:
        raise Problem("not-allowed") from None
    except ValidationError as error:
        if getattr(error, "code", None) == "flood":
            raise Problem("too-many", detail=error.messages[0], retry_after_s=3600) from None
        fields = getattr(error, "message_dict", {"": error.messages})
        said = [{"where": name, "what": words} for name, texts in fields.items() for words in texts]
        raise Problem("refused", detail=error.messages[0], errors=said) from None
