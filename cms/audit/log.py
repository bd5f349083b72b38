"""Appends to the audit log, reads its head, and proves the chain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from cms.audit.models import FIRST, Entry
from render.steps import canonical

if TYPE_CHECKING:
    from wagtail.models import Page, Revision

# One number for one lock of the whole database: whoever appends holds it until his transaction ends.
_LOCK = 0x4C4F41


# Who sends the request that is being answered; for signals that do not say it.
acting: ContextVar[Any] = ContextVar("acting", default=None)


@dataclass(frozen=True)
class Head:
    """The last entry: with it everything before it stands fast."""

    sequence: int
    sha256: str

    def as_data(self) -> dict[str, Any]:
        """As a release carries it."""
        return {"sequence": self.sequence, "sha256": self.sha256}


@transaction.atomic
def record(
    action: str,
    *,
    actor: Any,
    subject: str,
    details: Mapping[str, Any] = {},
    page: Page | None = None,
    revision: Revision | None = None,
) -> Entry:
    """Append an entry, in the caller's transaction: what is rolled back was never done, and is not in the log.

    `actor` None is the system: a command line, or the worker. Call it last in a transaction: whoever appends is
    alone until the transaction ends.
    """
    _be_alone()
    last = Entry.objects.order_by("-sequence").values_list("sequence", "sha256").first() or (0, FIRST)
    known = getattr(actor, "pk", None) is not None
    plain = json.loads(json.dumps(dict(details), default=str))
    entry = Entry(
        sequence=last[0] + 1,
        at=timezone.now(),
        actor_id=actor.pk if known else None,
        actor_name=name_of(actor) if known else "",
        action=action,
        subject=subject[:320],
        page_id=page.pk if page is not None else None,
        revision_id=revision.pk if revision is not None else None,
        details_json=canonical(plain).decode(),
        previous_sha256=last[1],
    )
    entry.sha256 = entry.digest()
    entry.save()
    return entry


def name_of(user: Any) -> str:
    """A person as the log names them: full name and login."""
    full = user.get_full_name()
    return f"{full} ({user.get_username()})" if full else str(user.get_username())


def head() -> Head | None:
    """The last entry, None while there is none."""
    last = Entry.objects.order_by("-sequence").values_list("sequence", "sha256").first()
    return Head(*last) if last else None


def contains(found: Head) -> bool:
    """Whether the log holds that entry, unchanged."""
    return Entry.objects.filter(sequence=found.sequence, sha256=found.sha256).exists()


def broken_links() -> Iterator[str]:
    """What is wrong with the chain, from its beginning; nothing when every link holds."""
    sequence, previous = 0, FIRST
    for entry in Entry.objects.order_by("sequence").iterator(chunk_size=1000):
        if entry.sequence != sequence + 1:
            yield f"#{sequence + 1}: thiếu mục này, mục kế tiếp là #{entry.sequence}"
        if entry.previous_sha256 != previous:
            yield f"#{entry.sequence}: không nối với mục đứng trước"
        if entry.digest() != entry.sha256:
            yield f"#{entry.sequence}: nội dung không còn đúng với mã băm"
        sequence, previous = entry.sequence, entry.sha256


def _be_alone() -> None:
    """SQLite's transactions begin by locking (`transaction_mode`); PostgreSQL is told to."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
