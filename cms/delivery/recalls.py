"""Calls back ordered print runs whose sheet is in force no more: who ordered them is told before the press runs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from cms.audit.log import record
from cms.delivery.enums import ChangeKind, HookEvent
from cms.delivery.models import Change, PrintRun
from cms.delivery.outbox import announce

NOT_SAID = {
    ChangeKind.CHANGED: "Tờ này đã có bản mới thay thế.",
    ChangeKind.GONE: "Tờ này không còn trong bản phát hành hiện hành.",
}


def recall_runs(current: Collection[tuple[str, str]], number: int) -> int:
    """Of the runs that stand, those whose sheet is not current any more; how many. Two processes may do it at once.

    `current` holds the edition and the product of everything in release `number`.
    """
    standing = PrintRun.objects.standing().select_related("office")
    return sum(_recall(row, current, number) for row in standing if (row.edition, row.product) not in current)


@transaction.atomic
def _recall(row: PrintRun, current: Collection[tuple[str, str]], number: int) -> int:
    same = {"slug": row.slug, "product": row.product, "lang": row.lang, "office": row.made_for}
    change = Change.objects.filter(**same, number__lte=number, kind__in=NOT_SAID).order_by("-pk").first()
    kind = ChangeKind.GONE if change is None else ChangeKind(change.kind)
    reason = (change.reason if change else "") or NOT_SAID[kind]
    # The new edition of the same sheet where there is one, else the article that readers are led to.
    instead = ""
    if change is not None:
        instead = change.edition if (change.edition, row.product) in current else change.replaced_by
    taken = (
        PrintRun.objects.standing()
        .filter(pk=row.pk)
        .update(recalled_at=timezone.now(), recall_reason=reason, replaced_by=instead)
    )
    if not taken:
        return 0
    said: dict[str, Any] = {"edition": row.edition, "product": row.product, "reason": reason, "replaced_by": instead}
    announce(
        HookEvent.PRINT_RECALLED,
        f"print-order-{row.pk}-recalled",
        {"id": row.pk, "office": row.office_id, "release": number} | said,
        office=row.office,
    )
    record("print.recalled", actor=None, subject=f"office:{row.office_id}", details=said | {"run": row.pk})
    return 1
