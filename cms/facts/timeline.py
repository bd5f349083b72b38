"""What a fact's values over time are, derived from every value that was ever recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from render.facts import FactValue

_DAY = dt.timedelta(days=1)
NO_VALUE = ""  # recorded where a fact has no value any more


def painted(recorded: Iterable[FactValue]) -> tuple[FactValue, ...]:
    """The values that hold, in the order of their days: each recorded one covers what was recorded before it.

    Nothing recorded is ever changed: the earlier value ends the day before the later one begins because it is
    covered from there on, and a correction in the middle leaves what is before and behind it.
    """
    pieces: list[FactValue] = []
    for new in recorded:
        left: list[FactValue] = []
        for piece in pieces:
            left += _uncovered(piece, new)
        pieces = left if new.value == NO_VALUE else [*left, new]
    return tuple(sorted(pieces, key=first_day))


def to_record(now: Sequence[FactValue], wanted: Sequence[FactValue]) -> tuple[FactValue, ...]:
    """The fewest values to record so that `wanted` holds where `now` does."""
    goal = tuple(sorted(wanted, key=first_day))
    gone = [
        replace(part, value=NO_VALUE, source="", review_by=None)
        for piece in now
        if piece not in goal
        for part in _outside(piece, goal)
    ]
    rows = gone + [one for one in goal if one not in now]
    for row in list(rows):
        fewer = [one for one in rows if one is not row]
        if painted([*now, *fewer]) == goal:
            rows = fewer
    return tuple(rows)


def overlap(one: FactValue, other: FactValue) -> bool:
    """Whether two values speak of a common day."""
    return first_day(one) <= last_day(other) and first_day(other) <= last_day(one)


def first_day(value: FactValue) -> dt.date:
    """The first day of a value; an open beginning is the beginning of time."""
    return value.since or dt.date.min


def last_day(value: FactValue) -> dt.date:
    """The last day of a value; an open end is the end of time."""
    return value.until or dt.date.max


def _uncovered(piece: FactValue, cover: FactValue) -> list[FactValue]:
    """What of a value is left when another lies over it."""
    if not overlap(piece, cover):
        return [piece]
    left = []
    if first_day(piece) < first_day(cover):
        left.append(replace(piece, until=first_day(cover) - _DAY))
    if last_day(cover) < last_day(piece):
        left.append(replace(piece, since=last_day(cover) + _DAY))
    return left


def _outside(piece: FactValue, others: Sequence[FactValue]) -> list[FactValue]:
    parts = [piece]
    for other in others:
        parts = [part for one in parts for part in _uncovered(one, other)]
    return parts
