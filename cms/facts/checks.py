"""What is wrong with a proposed change, in words for the field it stands in."""

from __future__ import annotations

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cms.articles.text import printed_title
from cms.core.words import in_words
from cms.facts.books import book, changed, dependents, newsroom_day
from cms.facts.enums import OPEN, ChangeKind, ChangeStatus
from cms.facts.impact import problems_after
from cms.facts.models import FactChange
from cms.facts.says import pages_saying
from cms.facts.timeline import NO_VALUE, first_day, overlap
from render.errors import FactError
from render.factfile import check_fact
from render.facts import UNITS, FactBook, vietnamese_number
from render.facts import Fact as RenderFact
from render.facts import FactValue as RenderValue
from render.phrases import vietnamese_date

Problems = dict[str | None, list[str]]


def problems_of(change: FactChange, facts: FactBook | None = None) -> Problems:
    """Everything in the way of a change, by field; nothing when it can be stored, or approved."""
    facts = facts or book()
    current = facts.facts.get(change.key)
    if change.kind == ChangeKind.NEW and current is not None:
        return {"key": [_("A fact has this key already.")]}
    if change.kind != ChangeKind.NEW and current is None:
        return {None: [_("This fact is not there any more.")]}
    if change.fact is not None and change.fact.retired_on:
        return {None: [_("This fact is retired: propose a new one.")]}
    unit = change.proposed.get("unit") or (current.unit if current else "money")
    values = change.new_values(unit) if unit in UNITS else ()
    for value in values:
        if found := _of_value(change.key, value, unit):
            return found
    if found := _of_days(change, values, current):
        return found
    if change.kind == ChangeKind.RETIRE:
        return _of_use(change, facts)
    return _of_whole(change, facts, current)


def conflicts(change: FactChange) -> list[FactChange]:
    """Other changes of the same fact that are open."""
    return list(FactChange.objects.filter(key=change.key, status__in=OPEN).exclude(pk=change.pk))


def refuse_problems(change: FactChange, among: FactBook | None = None) -> None:
    """`ValidationError` with everything in the way of a change; `among` are facts proposed together with it."""
    facts = book()
    if among is not None:
        others = {key: one for key, one in among.facts.items() if key != change.key}
        facts = replace(facts, facts={**facts.facts, **others})
    found = problems_of(change, facts)
    if found:
        raise ValidationError({name or "__all__": words for name, words in found.items()})


def _of_value(key: str, value: RenderValue, unit: str) -> Problems:
    """What is wrong with one value by itself."""
    if value.value == NO_VALUE:
        return {}
    alone = RenderFact(key=key, label=key, unit=unit, values=(value,))
    try:
        check_fact(alone)
    except FactError as error:
        ends_early = value.since and value.until and value.since > value.until
        return {"until" if ends_early else "value": [in_words(error)]}
    return {}


def _of_days(change: FactChange, values: tuple[RenderValue, ...], current: RenderFact | None) -> Problems:
    """A day that is over, and values that lie in each other's way."""
    today = newsroom_day()
    if change.kind == ChangeKind.CORRECTION:
        return {} if change.reason.strip() else {"reason": [_("Say what was wrong, and how it was found.")]}
    if change.kind == ChangeKind.NEW:
        return {}
    field = "since" if change.kind == ChangeKind.VALUE else "effective_on"
    days = [value.since for value in values] if values else [change.effective_on]
    for day in days:
        if change.kind == ChangeKind.VALUE and day is None:
            return {field: [_("Say from which day it holds.")]}
        if day is not None and day < today:
            words = _("%(day)s is over (today is %(today)s). Was the old figure wrong? Then propose a correction.")
            return {field: [words % {"day": vietnamese_date(day), "today": vietnamese_date(today)}]}
    if change.kind != ChangeKind.VALUE or current is None:
        return {}
    for value in values:
        for piece in current.values:
            if first_day(piece) >= first_day(value) and overlap(piece, value):
                return {"since": [_overlap_words(piece)]}
    return {}


def _overlap_words(piece: RenderValue) -> str:
    words = _("A value from %(day)s is already recorded (%(value)s). End yours the day before, or correct that value.")
    said = piece.value if isinstance(piece.value, str) else vietnamese_number(piece.value)
    return words % {"day": vietnamese_date(first_day(piece)), "value": said}


def _of_use(change: FactChange, facts: FactBook) -> Problems:
    """What is said cannot be retired."""
    users = [facts.facts[key].label for key in sorted(dependents(facts, change.key) - {change.key})]
    for page in pages_saying({change.key}):
        if any(one.key == change.key for one in page.said() | page.drafted()) or change.key == "hotline":
            users.append(f"{printed_title(page.title)} ({page.lang})")
    if not users:
        return {}
    words = _("It is still said, and cannot be retired: %(users)s")
    return {None: [words % {"users": "; ".join(users[:8]) + (f" … (+{len(users) - 8})" if len(users) > 8 else "")}]}


def _of_whole(change: FactChange, facts: FactBook, current: RenderFact | None) -> Problems:
    """The fact as it would be, and then all facts with it."""
    try:
        after = changed(facts, change)
        check_fact(after.facts[change.key])
    except FactError as error:
        return {"formula" if change.proposed.get("formula") else None: [in_words(error)]}
    new = after.facts[change.key]
    if current == new and "owner" not in change.proposed:
        return {None: [_("Nothing is changed by this.")]}
    field = "formula" if new.formula else None
    before = {str(one) for one in facts.problems()}
    if found := [in_words(one) for one in after.problems() if str(one) not in before]:
        return {field: found}
    day = max(change.effective_on or newsroom_day(), newsroom_day())
    if found := [in_words(one) for one in problems_after(facts, after, change.key, day)]:
        return {field: found}
    return {}


def overlapping_approved(change: FactChange) -> FactChange | None:
    """An approved change that is not in effect yet and speaks of the same days."""
    mine = change.new_values(_unit(change))
    for other in FactChange.objects.filter(key=change.key, status=ChangeStatus.APPROVED).exclude(pk=change.pk):
        theirs = other.new_values(_unit(other))
        if any(overlap(one, two) and first_day(one) <= first_day(two) for one in mine for two in theirs):
            return other
        names = set(change.proposed) & set(other.proposed) - {"values"}
        if names and change.effective_on == other.effective_on:
            return other
    return None


def _unit(change: FactChange) -> str:
    return str(change.proposed.get("unit") or (change.fact.unit if change.fact else "money"))
