"""Telling: receipts, an office's own blocks, webhooks."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from cms.delivery import actions
from cms.delivery.api import schemas as s
from cms.delivery.api.guard import Bearer, done, holder, slow_down
from cms.delivery.api.paging import MOST_PK
from cms.delivery.api.problems import Problem
from cms.delivery.enums import ReceiptKind, Scope
from cms.delivery.models import Receipt, Webhook
from cms.offices.actions import ChangeOfficeAction, TellStoryAction
from cms.offices.enums import StoryStatus
from cms.offices.models import LocalStory, Office

public = Router(tags=["public"])
receipts = Router(auth=Bearer(Scope.RECEIPTS), tags=["receipts"])
blocks = Router(auth=Bearer(Scope.LOCAL_BLOCKS), tags=["local blocks"])
hooks = Router(auth=Bearer(Scope.WEBHOOKS), tags=["webhooks"])


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
    row, new = done(action)
    return Status(201 if new else 200, _receipt_out(row, new))


def _receipt_out(row: Receipt, new: bool) -> dict[str, Any]:
    same = ("id", "kind", "origin", "office", "slug", "lang", "edition", "product", "quantity", "at")
    return {name: getattr(row, name) for name in same} | {"new": new, "clock_off": bool(row.said_at)}


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
        done(ChangeOfficeAction(office, user=user, contact=said))
        if story is not None:
            done(TellStoryAction(office, story, user=user))
    return _blocks_out(Office.objects.get(pk=office.pk))


def _blocks_out(office: Office) -> dict[str, Any]:
    told = LocalStory.objects.filter(office=office).exclude(status=StoryStatus.REPLACED).first()  # the newest
    waits = told is not None and told.status == StoryStatus.WAITING
    return {
        "office": office.code, "address": office.address, "hotline": office.hotline, "email": office.email,
        "story": office.story, "story_waiting": told.story if told and waits else None,
        "story_decision": None if told is None or waits else {
            "approved": told.status == StoryStatus.APPROVED, "at": told.decided_at, "comment": told.comment,
        },
    }  # fmt: skip


@hooks.get("/webhooks", response=s.WebhookList, summary="The office's webhooks")
def webhook_list(request: HttpRequest) -> Any:
    """Without their secrets."""
    return {"items": [_hook_out(one) for one in _hooks(request)]}


@hooks.post("/webhooks", response={201: s.WebhookOut}, summary="Make a webhook")
def make_webhook(request: HttpRequest, body: s.WebhookIn) -> Any:
    """Only https, never into a private network. The answer holds the secret, this once."""
    token = holder(request)
    row, secret = done(
        actions.MakeWebhookAction(
            user=token.owner, office=token.office, url=body.url, events=[str(one) for one in body.events]
        )
    )
    return Status(201, _hook_out(row, secret))


@hooks.post("/webhooks/{webhook_id}/rotate", response=s.WebhookOut, summary="Change a webhook's secret")
def rotate_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """For a day deliveries bear the signatures of both."""
    hook = _hook(request, webhook_id)
    secret = done(actions.RotateSecretAction(hook, user=holder(request).owner))
    return _hook_out(hook, secret)


@hooks.post("/webhooks/{webhook_id}/resume", response=s.WebhookOut, summary="Tell a paused webhook again")
def resume_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """After three deliveries in a row that were given up it is paused; what was released meanwhile is in /changes."""
    done(actions.ResumeWebhookAction(_hook(request, webhook_id), user=holder(request).owner))
    return _hook_out(_hook(request, webhook_id))


@hooks.delete("/webhooks/{webhook_id}", response={204: None}, summary="Remove a webhook")
def drop_webhook(request: HttpRequest, webhook_id: int) -> Any:
    """With all that is on its way there."""
    done(actions.DropWebhookAction(_hook(request, webhook_id), user=holder(request).owner))
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
    return {
        "id": row.pk, "url": row.url, "events": row.events, "made_at": row.made_at, "paused_at": row.paused_at,
        "secret": secret,
    }  # fmt: skip


def _own_office(request: HttpRequest) -> Office:
    token = holder(request)
    if token.office is None:
        raise Problem("not-found", detail="Mã truy cập này không thuộc đơn vị nào")
    return Office.objects.get(pk=token.office_id)
