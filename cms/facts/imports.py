"""A file of facts beside the facts there are: what is new, different or the same; differences become proposals."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cms.audit.log import record
from cms.core.words import in_words
from cms.facts.actions import ProposeChangeAction
from cms.facts.books import book, changed, difference, kind_of, newsroom_day
from cms.facts.enums import ChangeKind
from cms.facts.impact import compare_days
from cms.facts.models import Fact, FactChange, value_from
from cms.facts.permissions import may_propose, require
from cms.facts.says import printed, resolve
from cms.facts.tables import Refused, read_workbook
from render.errors import FactError
from render.factfile import parse_facts
from render.facts import FactBook
from render.inline import Placeholder
from render.legacy import convert, detect


@dataclass(frozen=True)
class Difference:
    """One fact of a file that is not as it is here, and the figure before and after."""

    change: FactChange
    old: str
    new: str


@dataclass(frozen=True)
class Report:
    """What would become of a file."""

    book: FactBook
    differences: Sequence[Difference]
    same: Sequence[str]
    refused: Sequence[Refused]

    @property
    def new(self) -> int:
        """How many facts are not there yet."""
        return sum(one.change.kind == ChangeKind.NEW for one in self.differences)


def read_upload(name: str, content: bytes) -> tuple[FactBook, list[Refused]]:
    """The facts of an uploaded file by its kind; a `FactError` for what is no file of facts at all."""
    if name.lower().endswith(".xlsx"):
        return read_workbook(content)
    if name.lower().endswith((".xlsm", ".xls", ".ods", ".csv")):
        raise FactError("this kind of file is not read", mend="Save it as XLSX or TOML")
    try:
        return parse_facts(content.decode("utf-8-sig"), name[:80]), []
    except UnicodeDecodeError:
        raise FactError("the file of facts is not UTF-8", mend="Save it as UTF-8") from None


def report(read: FactBook, refused: Sequence[Refused], reason: str) -> Report:
    """What differs; nothing is stored. A fact that cannot be proposed is among the refused."""
    now, refused = book(), list(refused)
    rows = {row.key: row for row in Fact.objects.all()}
    whole = dataclasses.replace(now, facts={**now.facts, **read.facts})
    wrong = {error.where or "": error for error in whole.problems()}
    found, same = [], []
    for key, fact in read.facts.items():
        old_letters = next((text for text in (fact.label, fact.suffix, fact.source) if detect(text, "vi")), "")
        if old_letters:
            what = _("“%(text)s” is typed for an old font. Is it “%(real)s”?")
            refused.append(
                Refused(fact.where or key, what % {"text": old_letters, "real": convert(old_letters, "vi")}, "")
            )
            continue
        if fact.where in wrong or key in wrong:
            error = wrong.get(fact.where) or wrong[key]
            refused.append(Refused(fact.where or key, in_words(FactError(error.what)), in_words(FactError(error.mend))))
            continue
        proposed = difference(now.facts.get(key), fact)
        if not proposed:
            same.append(key)
            continue
        change = _change(rows.get(key), key, proposed, reason)
        before, after = compare_days(change, now)
        found.append(
            Difference(
                change,
                printed(resolve(now.on(before), Placeholder(key))),
                printed(resolve(changed(whole, change).on(after), Placeholder(key))),
            )
        )
    return Report(read, found, same, refused)


def _change(row: Fact | None, key: str, proposed: dict[str, Any], reason: str) -> FactChange:
    kind = ChangeKind.NEW if row is None else kind_of(proposed, newsroom_day())
    days = [value_from(one, "phone").since for one in proposed.get("values", ())]
    day = None if kind in (ChangeKind.NEW, ChangeKind.CORRECTION) else newsroom_day()
    if kind == ChangeKind.VALUE:
        day = min(one for one in days if one)
    basis = next((one["source"] for one in proposed.get("values", ()) if one["source"]), proposed.get("source", ""))
    return FactChange(
        fact=row, key=key, kind=kind, proposed=proposed, effective_on=day, reason=reason, legal_basis=basis
    )


class ImportFactsAction:
    """Propose everything in which a file differs; nothing is overwritten, and somebody else approves it."""

    def __init__(self, found: Report, *, user: Any) -> None:
        self.report = found
        self.user = user

    @transaction.atomic
    def execute(self) -> list[FactChange]:
        """The proposals; `ValidationError` when one of them cannot be made."""
        require(may_propose(self.user))
        batch = secrets.token_hex(8)
        made = []
        for one in _in_order(self.report.differences):
            one.change.batch = batch
            action = ProposeChangeAction(one.change, user=self.user, among=self.report.book)
            try:
                made.append(action.execute())
            except ValidationError as error:
                raise ValidationError(f"{one.change.label} ({one.change.key}): {' '.join(error.messages)}") from None
        details = {"keys": [one.key for one in made], "batch": batch}
        record("fact.imported", actor=self.user, subject="facts", details=details)
        return made


def _in_order(found: Sequence[Difference]) -> list[Difference]:
    """What has values before what is worked out from them."""
    return sorted(found, key=lambda one: bool(one.change.proposed.get("formula")))
