"""The outbox: events for webhooks, written in the transaction that makes them, and sent by the worker until taken."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.delivery.enums import DeliveryStatus, HookEvent
from cms.delivery.models import Delivery, Webhook
from cms.delivery.sending import Refused, post
from render.steps import canonical

_log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
FIRST_WAIT_S = 30  # doubled with each attempt: the last is made about an hour after the first
ROTATION = dt.timedelta(hours=24)
POLL_S = 2.0
_LEASE = dt.timedelta(seconds=60)  # longer than one attempt may take
_KEPT = dt.timedelta(days=30)


def fresh_nonce() -> str:
    """What a webhook's secret is derived from."""
    return secrets.token_hex(16)


def secret_of(webhook: Webhook, nonce: str = "") -> str:
    """The secret that both sides know; a thief of the database alone does not."""
    seed = f"webhook:{webhook.pk}:{nonce or webhook.nonce}"
    return "whsec_" + hmac.new(settings.SECRET_KEY.encode(), seed.encode(), hashlib.sha256).hexdigest()


def signature(webhook: Webhook, timestamp: int, body: bytes) -> str:
    """`v1=<hex>` of HMAC-SHA256 over `<timestamp>.<body>`; two of them for a day after a change of the secret."""
    nonces = [webhook.nonce]
    if webhook.old_nonce and webhook.old_until and webhook.old_until > timezone.now():
        nonces.append(webhook.old_nonce)
    data = f"{timestamp}.".encode() + body
    return ",".join(
        f"v1={hmac.new(secret_of(webhook, nonce).encode(), data, hashlib.sha256).hexdigest()}" for nonce in nonces
    )


def announce(event: HookEvent, event_id: str, data: Mapping[str, Any], *, provinces: Collection[str]) -> int:
    """Write an event to all whom it concerns, in the caller's transaction; how many. "" is what is nationwide.

    An office hears of what is nationwide and of what is its province's; a webhook of no office hears of everything.
    """
    rows = []
    for hook in Webhook.objects.select_related("office").filter(owner__is_active=True):
        mine = hook.office.code[:2] if hook.office else None
        if event in hook.events and (mine is None or not provinces or provinces & {"", mine}):
            rows.append(_row(hook, event, event_id, data))
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def try_out(hook: Webhook) -> Delivery:
    """An event that says nothing, to see whether it arrives."""
    row = _row(hook, HookEvent.TEST, f"ping-{secrets.token_hex(8)}", {})
    row.save()
    return row


def _row(hook: Webhook, event: HookEvent, event_id: str, data: Mapping[str, Any]) -> Delivery:
    made = timezone.now()
    body = {"id": event_id, "event": str(event), "made_at": made.isoformat(timespec="seconds"), "data": dict(data)}
    return Delivery(webhook=hook, event_id=event_id, event=event, body=canonical(body).decode(), made_at=made)


def attend(most: int = 20) -> int:
    """Try what is due; how many were tried. Several workers may do it: each takes a row for itself first."""
    tried = 0
    for row in Delivery.objects.due(timezone.now()).values_list("pk", "attempts")[:most]:
        pk, attempts = row
        # The lease: until it ends nobody else tries this one, and a worker that dies leaves it to the next.
        taken = Delivery.objects.filter(pk=pk, status=DeliveryStatus.PENDING, attempts=attempts).update(
            attempts=attempts + 1, next_at=timezone.now() + _LEASE
        )
        if taken:
            _attempt(Delivery.objects.select_related("webhook__owner").get(pk=pk))
            tried += 1
    return tried


def _attempt(row: Delivery) -> None:
    hook, body, stamp = row.webhook, row.body.encode(), int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "loa-webhooks/1",
        "Loa-Event": row.event,
        "Loa-Event-Id": row.event_id,
        "Loa-Timestamp": str(stamp),
        "Loa-Signature": signature(hook, stamp, body),
    }
    answered: int | None = None
    try:
        answered = post(hook.url, body, headers)
        reason = "" if 200 <= answered < 300 else _("It answered %(status)d.") % {"status": answered}
    except Refused as error:
        reason = str(error)
    _ended(row, answered, reason[:300])


def _ended(row: Delivery, answered: int | None, reason: str) -> None:
    now = timezone.now()
    row.answered, row.reason = answered, reason
    if not reason:
        row.status, row.sent_at = DeliveryStatus.SENT, now
    elif row.attempts >= MOST_ATTEMPTS:
        row.status = DeliveryStatus.DEAD
        _log.warning(
            "webhook %s: %s is given up after %s attempts: %s", row.webhook_id, row.event_id, row.attempts, reason
        )
    else:
        row.next_at = now + dt.timedelta(seconds=FIRST_WAIT_S * 2 ** (row.attempts - 1))
    row.save(update_fields=["answered", "reason", "status", "sent_at", "next_at"])


@transaction.atomic
def again(row: Delivery) -> bool:
    """Somebody wants it tried once more, from the beginning; False when it has arrived by now."""
    return bool(
        Delivery.objects.filter(pk=row.pk, status=DeliveryStatus.DEAD).update(
            status=DeliveryStatus.PENDING, attempts=0, next_at=timezone.now(), reason=""
        )
    )


class Courier:
    """A thread beside a worker that notes new releases and empties the outbox, however long a build takes."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhook-courier", daemon=True)

    def __enter__(self) -> Courier:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not (self._stop.is_set() or self._over.is_set()):
            work()
            self._over.wait(POLL_S)
        close_old_connections()


def work() -> int:
    """Note what was released since, send what is due, forget what has arrived long ago; how many were tried."""
    from cms.delivery.released import released

    close_old_connections()
    try:
        if Webhook.objects.exists():
            released()
        tried = attend()
        Delivery.objects.filter(status=DeliveryStatus.SENT, sent_at__lt=timezone.now() - _KEPT).delete()
    except Exception:  # noqa: BLE001  # a fault of ours or of the store: builds must go on, and the next round tries again
        _log.exception("the webhooks could not be attended to")
        return 0
    return tried
