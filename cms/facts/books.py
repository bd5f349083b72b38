"""Between the rows and the pipeline's `FactBook`: the facts of today, and as they were known at another time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache import cache
from django.db import transaction

from cms.facts.enums import ChangeKind, ChangeStatus
from cms.facts.models import (
    PARTICULARS,
    Demonstration,
    Fact,
    FactChange,
    FactDay,
    FactValue,
    FactVersion,
    as_fact,
    value_data,
    value_from,
)
from cms.facts.timeline import painted, to_record
from render.factfile import write_facts
from render.facts import Fact as RenderFact
from render.facts import FactBook
from render.formula import formula_keys, parse_formula

_FIRST = {"label": "", "unit": "money", "suffix": "", "formula": "", "source": "", "review_by": "", "owner": ""}


def book() -> FactBook:
    """Every fact of the site as it is today, as the pipeline knows them."""
    rows = Fact.objects.prefetch_related("values")
    return _book(
        {row.key: fact for row in rows if (fact := row.as_fact()).values or (fact.formula and not row.retired_on)}
    )


def book_as_known(*, on: dt.date, at: dt.datetime | None = None, before: FactChange | None = None) -> FactBook:
    """The facts as they were on a day, as far as they were known at a moment (now, when none is given).

    `before` leaves out what a change brought, and whatever came after it.
    """
    values, versions = FactValue.objects.all(), FactVersion.objects.all()
    if at is not None:
        values, versions = values.filter(recorded_at__lte=at), versions.filter(recorded_at__lte=at)
    if before is not None:
        first_value, first_version = before.values.first(), before.versions.first()
        values = values.filter(pk__lt=first_value.pk) if first_value else values
        versions = versions.filter(pk__lt=first_version.pk) if first_version else versions
    recorded: dict[int, list[FactValue]] = defaultdict(list)
    for value in values:
        recorded[value.fact_id].append(value)
    particulars: dict[int, list[FactVersion]] = defaultdict(list)
    for version in versions:
        particulars[version.fact_id].append(version)
    found = {}
    for pk, key in Fact.objects.values_list("pk", "key"):
        if pk not in particulars:
            continue  # nobody knew it then
        known = particulars_on(particulars[pk], on)
        fact = as_fact(key, _for_pipeline(known), recorded[pk])
        if fact.values or (fact.formula and not known.get("retired")):
            found[key] = fact
    return _book(found)


def particulars_on(versions: Iterable[FactVersion], on: dt.date) -> dict[str, Any]:
    """What a fact is beside its values on a day: its versions in the order in which they take effect."""
    known: dict[str, Any] = dict(_FIRST)
    effective = [one for one in versions if one.effective_on is None or one.effective_on <= on]
    for one in sorted(effective, key=lambda one: (one.effective_on or dt.date.min, one.pk)):
        known |= one.particulars
    return known


def changed(facts: FactBook, change: FactChange) -> FactBook:
    """The book as it would be with a change, nothing being stored."""
    fact = with_change(facts.facts.get(change.key), change)
    if change.proposed.get("retired") and fact.formula:  # a formula has no days on which it holds
        return dataclasses.replace(facts, facts={key: one for key, one in facts.facts.items() if key != change.key})
    return dataclasses.replace(facts, facts={**facts.facts, change.key: fact})


def with_change(fact: RenderFact | None, change: FactChange) -> RenderFact:
    """A fact as it would be with a change."""
    known = {name: getattr(fact, name) for name in _FIRST if name != "owner"} if fact else _for_pipeline(_FIRST)
    proposed = {name: change.proposed[name] for name in PARTICULARS if name in change.proposed}
    known |= {name: value for name, value in _for_pipeline(_FIRST | proposed).items() if name in proposed}
    # Numbers are read by the unit that will be, those that are there by the one they have.
    values = painted([*(fact.values if fact else ()), *change.new_values(known["unit"])])
    return RenderFact(key=change.key, values=() if known["formula"] else values, where=change.key, **known)


def difference(current: RenderFact | None, wanted: RenderFact) -> dict[str, Any]:
    """What is to be proposed so that a fact becomes another; empty when it is that already."""
    names = [name for name in PARTICULARS if name != "owner"]
    proposed: dict[str, Any] = {
        name: _plain(getattr(wanted, name))
        for name in names
        if current is None or getattr(current, name) != getattr(wanted, name)
    }
    if rows := to_record(current.values if current else (), wanted.values):
        proposed["values"] = [value_data(one) for one in rows]
    return proposed


@transaction.atomic
def store_book(read: FactBook) -> list[str]:
    """Record the facts of a file as the system's own change; the keys that were new or different.

    What was recorded before stays in the history; facts that the file does not name stay as they are.
    """
    from cms.audit.log import record
    from cms.facts.effects import queue_changed, remember_day

    be_alone()
    known = {row.key: row for row in Fact.objects.prefetch_related("values")}
    before, day = book(), newsroom_day()
    keys = []
    for key, fact in read.facts.items():
        row = known.get(key)
        proposed = difference(row.as_fact() if row else None, fact)
        if not proposed:
            continue
        change = FactChange.objects.create(
            fact=row,
            key=key,
            kind=ChangeKind.NEW if row is None else kind_of(proposed, day),
            proposed=proposed,
            effective_on=day if row else None,
            reason="Nhập từ tệp bởi hệ thống.",
            status=ChangeStatus.IN_EFFECT,
        )
        record_change(change, None)
        FactChange.objects.filter(pk=change.pk).update(
            fact=change.fact, decided_at=change.proposed_at, in_effect_at=change.proposed_at
        )
        keys.append(key)
    _demonstrate(read)
    if keys:
        digest = hashlib.sha256(write_facts(read).encode()).hexdigest()
        record("fact.imported", actor=None, subject="facts", details={"keys": keys, "sha256": digest})
        after = book()
        queue_changed(before.on(day), after.on(newsroom_day()), keys=keys)
    remember_day(newsroom_day())
    return keys


def record_change(change: FactChange, user: Any) -> Fact:
    """Append what a change brings; what takes effect at once is then what the fact is."""
    from cms.audit.log import name_of

    row = change.fact
    if row is None:
        row = Fact(key=change.key)
    particulars = {name: change.proposed[name] for name in (*PARTICULARS, "retired") if name in change.proposed}
    day = newsroom_day()
    now = change.effective_on is None or change.effective_on <= day
    if row.pk is None or (particulars and now):
        write_particulars(row, particulars, change.effective_on)
    change.fact = row
    who = {"recorded_by_id": getattr(user, "pk", None), "recorded_by_name": name_of(user) if user else ""}
    if particulars:
        since = None if change.kind == ChangeKind.NEW else change.effective_on
        FactVersion.objects.create(fact=row, particulars=particulars, effective_on=since, change=change, **who)
    for value in change.new_values(change.proposed.get("unit", row.unit)):
        FactValue.objects.create(fact=row, change=change, **_row_of(value), **who)
    cache.delete("facts.book")
    return row


def _row_of(value: Any) -> dict[str, Any]:
    data = value_data(value)
    return {
        "value": data["value"],
        "source": value.source,
        "since": value.since,
        "until": value.until,
        "review_by": value.review_by,
    }


def write_particulars(row: Fact, particulars: Mapping[str, Any], since: dt.date | None) -> None:
    """Make what a version says what the fact is today."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    for name, value in _for_pipeline(_FIRST | dict(particulars)).items():
        if name in particulars:
            setattr(row, name, value)
    if "owner" in particulars:
        kind, _colon, name = str(particulars["owner"]).partition(":")
        row.owner = get_user_model().objects.filter(username=name).first() if kind == "user" else None
        row.owner_group = Group.objects.filter(name=name).first() if kind == "group" else None
    if particulars.get("retired") and row.retired_on is None:
        row.retired_on = since
    row.save()


def kind_of(proposed: Mapping[str, Any], day: dt.date) -> ChangeKind:
    """What kind of change a difference to a file is: what touches a day that is over is a correction."""
    values = [value_from(one, proposed.get("unit", "money")) for one in proposed.get("values", ())]
    if values:
        past = any(one.since is None or one.since < day for one in values)
        return ChangeKind.CORRECTION if past else ChangeKind.VALUE
    return ChangeKind.FORMULA if "formula" in proposed else ChangeKind.PARTICULARS


def be_alone() -> None:
    """Whoever changes facts is alone until his transaction ends: two formulas that are sound apart may go in a circle.

    SQLite's transactions begin by locking; elsewhere the one row of the day is the lock.
    """
    if FactDay.objects.select_for_update().order_by("pk").first() is None:
        FactDay.objects.get_or_create(pk=1, defaults={"on": newsroom_day()})
        FactDay.objects.select_for_update().get(pk=1)


def newsroom_day() -> dt.date:
    """Today, as builds are made for it: in a demonstration the day of its facts."""
    from cms.production.dates import build_date

    return build_date(_book({}))


def dependents(facts: FactBook, key: str) -> set[str]:
    """A fact and all whose formulas stand on it, however far."""
    stands_on = {one.key: set(formula_keys(parse_formula(one.formula))) for one in facts.facts.values() if one.formula}
    found, waiting = {key}, [key]
    while waiting:
        current = waiting.pop()
        new = {one for one, keys in stands_on.items() if current in keys} - found
        found |= new
        waiting += new
    return found


def _book(facts: dict[str, RenderFact]) -> FactBook:
    shown = Demonstration.objects.first()
    return FactBook(
        facts=facts, demonstration_on=shown.on if shown else None, demonstration_note=shown.note if shown else ""
    )


def _demonstrate(read: FactBook) -> None:
    shown = Demonstration.objects.first()
    if read.demonstration_on and shown and (shown.on, shown.note) == (read.demonstration_on, read.demonstration_note):
        return
    Demonstration.objects.all().delete()
    if read.demonstration_on:
        Demonstration.objects.create(on=read.demonstration_on, note=read.demonstration_note)


def _for_pipeline(known: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: known[name] for name in _FIRST if name != "owner"}
    review = found["review_by"]
    found["review_by"] = dt.date.fromisoformat(review) if isinstance(review, str) and review else review or None
    return found


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else value or ""
