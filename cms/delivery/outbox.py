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
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cms.audit.log import record
from cms.delivery.enums import DeliveryStatus, HookEvent
from cms.delivery.models import Delivery, PrintRun, Webhook
from cms.delivery.sending import Refused, post
from cms.offices.models import Office
from render.errors import LoaError
from render.steps import canonical

_log = logging.getLogger(__name__)

MOST_ATTEMPTS = 12
FIRST_WAIT_S = 30  # doubled with each attempt: the last is made 17 hours after the first, so a night's power cut passes
ROTATION = dt.timedelta(hours=24)
POLL_S = 2.0
MOST_GIVEN_UP = 3  # deliveries in a row; then the webhook is paused
GONE = 410  # the answer of who wants to be told nothing more
_LEASE = dt.timedelta(seconds=60)  # longer than one attempt may take
_SIDE_BY_SIDE = 8
_ROUNDS_S = 30.0
_LOOK_S = 1.0
_LOOKED_AT = 500
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


def announce(
    event: HookEvent,
    event_id: str,
    data: Mapping[str, Any],
    *,
    provinces: Collection[str] = (),
    office: Office | None = None,
) -> int:
    """Write an event to all whom it concerns, in the caller's transaction; how many. "" is what is nationwide.

    An office hears of what is nationwide and of what is its province's, and of an `office`'s own affairs that office
    alone; a webhook of no office hears of everything. One that is paused is told nothing: `/changes` tells it later.
    """
    rows = []
    hooks = Webhook.objects.select_related("office").filter(owner__is_active=True, paused_at__isnull=True)
    for hook in hooks:
        if event not in hook.events:
            continue
        mine = hook.office.code[:2] if hook.office else None
        if office is not None:
            concerned = hook.office_id in (None, office.pk)
        else:
            concerned = mine is None or not provinces or bool({*provinces} & {"", mine})
        if concerned:
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
    """Try what is due; how many were tried. Several workers may do it: each takes a row for itself first.

    Webhooks are told side by side, each its own events in their order: one that is slow holds up no other.
    """
    tried, began = 0, time.monotonic()
    under_way: dict[Future[tuple[int | None, str]], Delivery] = {}
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="webhook") as pool:
        while True:
            room = min(_SIDE_BY_SIDE - len(under_way), most - tried)
            if room > 0 and time.monotonic() - began < _ROUNDS_S:
                for row in _take(room, {one.webhook_id for one in under_way.values()}):
                    under_way[pool.submit(_posted, *_letter(row))] = row
                    tried += 1
            if not under_way:
                return tried
            ended, _waiting = wait(under_way, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            for one in ended:
                _ended(under_way.pop(one), *one.result())


def _take(most: int, busy: Collection[int]) -> list[Delivery]:
    """The next one of each webhook that has any due and is not being told something now."""
    now, taken, seen = timezone.now(), [], set()
    due = Delivery.objects.due(now).exclude(webhook_id__in=busy)
    for pk, attempts, hook in due.values_list("pk", "attempts", "webhook_id")[:_LOOKED_AT]:
        if hook in seen:
            continue
        seen.add(hook)
        # The lease: until it ends nobody else tries this one, and a worker that dies leaves it to the next.
        if Delivery.objects.filter(pk=pk, status=DeliveryStatus.PENDING, attempts=attempts).update(
            attempts=attempts + 1, next_at=now + _LEASE
        ):
            taken.append(Delivery.objects.select_related("webhook__owner__wagtail_userprofile").get(pk=pk))
        if len(taken) == most:
            break
    return taken


def _letter(row: Delivery) -> tuple[str, bytes, dict[str, str], str]:
    """Address, body and headers, signed at this moment; and the language in which its owner reads what became of it."""
    body, stamp = row.body.encode(), int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "loa-webhooks/1",
        "Loa-Event": row.event,
        "Loa-Event-Id": row.event_id,
        "Loa-Timestamp": str(stamp),
        "Loa-Signature": signature(row.webhook, stamp, body),
    }
    profile = getattr(row.webhook.owner, "wagtail_userprofile", None)
    return row.webhook.url, body, headers, (profile.preferred_language if profile else "") or settings.LANGUAGE_CODE


def _posted(url: str, body: bytes, headers: Mapping[str, str], language: str) -> tuple[int | None, str]:
    """The status, and why it does not count as delivered; in a thread, so it leaves the database alone."""
    with translation.override(language):
        return _tried(url, body, headers)


def _tried(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str]:
    try:
        answered = post(url, body, headers)
    except Refused as error:
        return None, str(error)
    if answered == GONE:
        return answered, _("It answered 410: it wants to be told nothing more.")
    return answered, "" if 200 <= answered < 300 else _("It answered %(status)d.") % {"status": answered}


@transaction.atomic
def _ended(row: Delivery, answered: int | None, reason: str) -> None:
    now = timezone.now()
    row.answered, row.reason = answered, reason[:300]
    if not reason:
        row.status, row.sent_at = DeliveryStatus.SENT, now
        Webhook.objects.filter(pk=row.webhook_id, given_up__gt=0).update(given_up=0)
    elif answered == GONE or row.attempts >= MOST_ATTEMPTS:
        row.status = DeliveryStatus.DEAD
        _log.warning(
            "webhook %s: %s is given up after %s attempts: %s", row.webhook_id, row.event_id, row.attempts, reason
        )
        Webhook.objects.filter(pk=row.webhook_id).update(
            given_up=MOST_GIVEN_UP if answered == GONE else F("given_up") + 1
        )
    else:
        row.next_at = now + dt.timedelta(seconds=FIRST_WAIT_S * 2 ** (row.attempts - 1))
    row.save(update_fields=["answered", "reason", "status", "sent_at", "next_at"])
    if row.status == DeliveryStatus.DEAD:
        _pause(row.webhook_id, reason)


def _pause(pk: int, reason: str) -> None:
    """After too many deliveries in a row that nobody took, nothing is sent there until somebody has looked."""
    tired = Webhook.objects.filter(pk=pk, paused_at__isnull=True, given_up__gte=MOST_GIVEN_UP)
    if tired.update(paused_at=timezone.now()):
        record("webhook.paused", actor=None, subject=f"webhook:{pk}", details={"reason": reason})


def again(row: Delivery) -> bool:
    """Have it tried now and from the beginning, whatever became of it; False where it waits for its first attempt.

    It keeps its id: whoever had it knows so.
    """
    begun = Delivery.objects.filter(pk=row.pk).exclude(status=DeliveryStatus.PENDING, attempts=0)
    return bool(
        begun.update(status=DeliveryStatus.PENDING, attempts=0, next_at=timezone.now(), reason="", sent_at=None)
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
    """Note what was released since, send what is due, forget what ended long ago; how many were tried."""
    from cms.delivery.released import released

    close_old_connections()
    try:
        if Webhook.objects.exists() or PrintRun.objects.standing().exists():
            try:
                released()
            except LoaError as error:  # the store is away: what is written already is sent all the same
                _log.warning("what was released cannot be looked at: %s", error)
        tried = attend()
        old = Delivery.objects.filter(made_at__lt=timezone.now() - _KEPT)
        old.exclude(status=DeliveryStatus.PENDING).delete()
    except Exception:  # noqa: BLE001  # a fault of ours or of the store: builds must go on, and the next round tries again
        _log.exception("the webhooks could not be attended to")
        return 0
    return tried
