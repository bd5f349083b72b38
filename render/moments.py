"""Moments as programs write them: RFC 3339 with its offset; and plain days, which are Vietnam's."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

_FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
VIETNAM = dt.timezone(dt.timedelta(hours=7))
_FORM = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)

Why = Literal["form", "day", "time", "offset"]


class NoMoment(ValueError):  # noqa: N818 (it reads as what it is)
    """A text that is no day and no moment; `why` says what of it is wrong."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def read_moment(text: str) -> dt.date | dt.datetime:
    """A plain day, or a moment with an offset. A `NoMoment` for anything else: no clock is guessed."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise NoMoment("form")
    try:
        day = dt.date.fromisoformat(found["day"])
    except ValueError:
        raise NoMoment("day") from None
    if found["time"] is None:
        return day
    hours, minutes, seconds = (int(one) for one in found["time"].split(":"))
    if found["offset"] is None:
        raise NoMoment("offset")
    leap = seconds == 60  # the second that is put in now and then: the one after 59
    try:
        micro = int((found["fraction"] or "0")[:6].ljust(6, "0"))
        time = dt.time(hours, minutes, 59 if leap else seconds, 999_999 if leap else micro)
    except ValueError:
        raise NoMoment("time") from None
    return dt.datetime.combine(day, time, _zone(found["offset"]))


def _zone(offset: str) -> dt.timezone:
    if offset in "Zz":
        return dt.UTC
    hours, minutes = int(offset[1:3]), int(offset[4:])
    if hours > 23 or minutes > 59:
        raise NoMoment("offset")
    away = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-away if offset[0] == "-" else away)


def in_utc(moment: dt.date | dt.datetime) -> dt.datetime:
    """A moment by the clock of the world; a day begins at midnight in Vietnam."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time(), VIETNAM)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:  # at the very ends of the calendar
        return _FIRST if moment.year == 1 else _LAST


def day_in_vietnam(moment: dt.date | dt.datetime) -> dt.date:
    """The day that a moment has in Vietnam; a plain day is itself."""
    if not isinstance(moment, dt.datetime):
        return moment
    try:
        return moment.astimezone(VIETNAM).date()
    except OverflowError:
        return moment.date()
