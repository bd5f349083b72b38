"""What was played, printed and paid: per period, province and form; and what was made and never used. Sums are rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cms.delivery.enums import Origin, ReceiptKind
from cms.delivery.models import PrintRun, Receipt
from cms.delivery.released import released

NATIONWIDE = ""


@dataclass
class Line:
    """One form in one province."""

    province: str
    product: str
    plays_office: int = 0
    plays_public: int = 0
    printed: int = 0
    runs: int = 0
    copies: int = 0
    cost_vnd: int = 0

    @property
    def uses(self) -> int:
        """Plays with a token and copies reported printed; what nobody vouches for is no use to count a price by."""
        return self.plays_office + self.printed

    @property
    def cost_a_copy_vnd(self) -> float | None:
        """What a copy cost; None where nothing was ordered."""
        return self.cost_vnd / self.copies if self.copies else None

    def add(self, other: Line) -> None:
        """Sum up."""
        for name in ("plays_office", "plays_public", "printed", "runs", "copies", "cost_vnd"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class Use:
    """The table and its sum."""

    lines: Sequence[Line]
    total: Line


def of_period(rows: Any, field: str, begin: dt.date | None, end: dt.date | None) -> Any:
    """Rows whose moment lies on a day from `begin` to `end`, both included, by the clock of the newsroom."""
    zone = timezone.get_current_timezone()
    if begin:
        rows = rows.filter(**{f"{field}__gte": dt.datetime.combine(begin, dt.time(), zone)})
    if end:
        rows = rows.filter(**{f"{field}__lt": dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), zone)})
    return rows


def use(receipts: Iterable[Receipt], runs: Iterable[PrintRun]) -> Use:
    """Every receipt and every run stands in exactly one line."""
    lines: dict[tuple[str, str], Line] = defaultdict(lambda: Line("", ""))
    for one in receipts:
        line = lines.setdefault((one.office[:2], one.product), Line(one.office[:2], one.product))
        if one.kind == ReceiptKind.PRINTED:
            line.printed += one.quantity
        elif one.origin == Origin.OFFICE:
            line.plays_office += one.quantity
        else:
            line.plays_public += one.quantity
    for run in runs:
        code = run.office_id[:2]
        line = lines.setdefault((code, run.product), Line(code, run.product))
        line.runs += 1
        line.copies += run.quantity
        line.cost_vnd += run.cost_vnd
    total = Line("", "")
    for line in lines.values():
        total.add(line)
    return Use([lines[key] for key in sorted(lines)], total)


@dataclass(frozen=True)
class Unused:
    """A product that is in force and of which nobody has reported a use."""

    slug: str
    title: str
    product: str
    label: str
    lang: str
    office: str
    edition: str
    since: int
    bytes: int


def never_used(seen: Sequence[str] | None = None) -> list[Unused]:
    """By article; of what is current. A receipt without a product counts for every sound of its edition."""
    receipts = Receipt.objects.values_list("edition", "product").distinct()
    used = set(receipts) | set(PrintRun.objects.wanted().values_list("edition", "product").distinct())
    found = []
    for item in released().items:
        entry = item.entry
        if entry.medium not in ("print", "audio"):  # others are shown on the web, where nobody counts
            continue
        if (entry.edition, entry.product) in used or (entry.medium == "audio" and (entry.edition, "") in used):
            continue
        if seen is not None and entry.office and entry.office[:2] not in {code[:2] for code in seen}:
            continue
        found.append(
            Unused(
                item.slug, entry.title, entry.product, _(entry.label), entry.lang, entry.office or "", entry.edition,
                item.changed, sum(file.bytes for file in entry.files),
            )
        )  # fmt: skip
    return found
