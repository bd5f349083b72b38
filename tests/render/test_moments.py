"""Moments as programs write them: whatever the offset, the same moment; a day is Vietnam's; nothing is guessed."""

from __future__ import annotations

import argparse
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.commands.arguments import date
from render.moments import in_utc, read_moment


@given(
    moment=st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2199, 1, 1)),  # noqa: DTZ001  # its offset comes beside it
    minutes=st.integers(-1439, 1439),
)
def test_a_moment_is_the_same_however_its_offset_is_written(moment: dt.datetime, minutes: int) -> None:
    said = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    assert in_utc(read_moment(said.isoformat())) == said


@pytest.mark.parametrize(
    ("text", "day"),
    [("2025-09-01", 1), ("2025-08-31T17:00:00Z", 1), ("2025-09-01T23:59:59+07:00", 1),
     ("2025-09-01 18:00:00-05:00", 2)],
)  # fmt: skip
def test_a_date_of_a_command_is_vietnams_day(text: str, day: int) -> None:
    assert date(text) == dt.date(2025, 9, day)


@pytest.mark.parametrize(
    ("text", "why"),
    [("20250901", "is no date"), ("2025-W36-1", "is no date"), ("2025-02-30", "no month has"),
     ("2025-09-01T25:00:00Z", "no clock shows"), ("2025-09-01T09:00:00", "without its offset"),
     ("٢٠٢٥-٠٩-٠١", "is no date")],
)  # fmt: skip
def test_what_is_no_date_is_told_with_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"{why}.*write it like 2025-09-01"):
        date(text)
