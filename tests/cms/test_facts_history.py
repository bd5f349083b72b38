"""Nothing that was recorded of a fact is lost, and what was known at any moment can be told again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.audit.models import Entry
from cms.facts.actions import ApproveChangeAction
from cms.facts.books import book, book_as_known, difference, newsroom_day, store_book, with_change
from cms.facts.enums import ChangeKind
from cms.facts.models import FactChange, FactValue, FactVersion
from cms.facts.tables import read_workbook, write_workbook
from cms.facts.timeline import NO_VALUE, first_day, last_day, painted, to_record
from render.factfile import parse_facts, write_facts
from render.facts import Fact, FactBook, holds, read_facts
from render.facts import FactValue as Value
from tests.cms.conftest import DEMO
from tests.cms.test_facts import LATER, browser, person, propose, value_change

_DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


@st.composite
def recorded(draw: Any, *, ends: bool = True) -> Value:
    """A value as somebody may record it, or the word that there is none any more."""
    first, last = sorted((draw(_DAYS), draw(_DAYS)))
    value: Any = Decimal(draw(st.integers(0, 9)))
    return Value(
        value=NO_VALUE if ends and draw(st.integers(0, 4)) == 0 else value,
        since=draw(st.sampled_from([first, None])),
        until=draw(st.sampled_from([last, None])),
        source=draw(st.sampled_from(["", "Luật"])),
    )


@given(st.lists(recorded(), max_size=7), _DAYS)
def test_on_every_day_the_last_recorded_value_holds(rows: list[Value], day: dt.date) -> None:
    over = [one for one in rows if holds(one, day)]
    wanted = over[-1].value if over and over[-1].value != NO_VALUE else None
    found = [one for one in painted(rows) if holds(one, day)]
    assert [one.value for one in found] == ([] if wanted is None else [wanted])


@given(st.lists(recorded(), max_size=6), st.lists(recorded(), max_size=6))
def test_what_is_recorded_makes_of_any_timeline_any_other(one: list[Value], other: list[Value]) -> None:
    now, wanted = painted(one), painted(other)
    rows = to_record(now, wanted)
    assert painted([*now, *rows]) == wanted
    assert bool(rows) == (now != wanted)
    for earlier, later in itertools.pairwise(wanted):
        assert last_day(earlier) < first_day(later)


def _fact(values: tuple[Value, ...]) -> Fact:
    return Fact(key="thu", label="Thử", values=values)


timelines = st.lists(recorded(), min_size=1, max_size=5).map(painted).filter(bool)


@given(timelines, timelines)
def test_a_difference_that_is_proposed_makes_the_fact_that_was_wanted(
    one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    now, wanted = _fact(one), dataclasses.replace(_fact(other), label="Khác", review_by=dt.date(2027, 1, 1))
    change = FactChange(key="thu", kind=ChangeKind.CORRECTION, proposed=difference(now, wanted))
    assert with_change(now, change) == wanted
    assert difference(wanted, wanted) == {}


@given(timelines, st.sampled_from(["=1+1", "Mức “A” & <b>", "@x", "+84", "Trợ cấp"]), st.dates())
@settings(max_examples=20, deadline=None)
def test_a_workbook_reads_back_as_it_was_written(values: tuple[Any, ...], label: str, on: dt.date) -> None:
    facts = {
        "thu": dataclasses.replace(_fact(values), label=label),
        "ty_le": Fact(key="ty_le", label="Tỷ lệ", unit="percent", values=(Value(value=Decimal("4.5")),)),
        "dai": Fact(key="dai", label="Dài", unit="percent", values=(Value(value=Decimal("123456789012345.123456")),)),
        "so": Fact(key="so", label="Điện thoại", unit="phone", values=(Value(value="1900 9068"),)),
        "ngay": Fact(key="ngay", label="Ngày", unit="date", values=(Value(value="2029-07-01"),)),
        "tinh": Fact(key="tinh", label="Tính", formula="thu * ty_le"),
    }
    written = FactBook(facts=facts, demonstration_on=on if on.year >= 1900 else None, demonstration_note="Bản {date}")
    if written.demonstration_on is None:
        written = dataclasses.replace(written, demonstration_note="")
    read, refused = read_workbook(write_workbook(written))
    assert refused == []
    assert read == written
    assert parse_facts(write_facts(read)) == written


@pytest.fixture
def trial(site: str) -> Any:
    return site


@given(st.lists(timelines, min_size=1, max_size=3))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_row_is_lost_and_what_was_known_stays_known(trial: Any, states: list[tuple[Any, ...]]) -> None:
    rows = {row.pk: (row.value, row.since, row.until, row.recorded_at) for row in FactValue.objects.all()}
    known: list[tuple[dt.datetime, FactBook]] = []
    for values in states:
        store_book(dataclasses.replace(book(), facts={"thu": _fact(values)}))
        moment = timezone.now()
        known.append((moment, book()))
        now = {row.pk: (row.value, row.since, row.until, row.recorded_at) for row in FactValue.objects.all()}
        assert rows.items() <= now.items()
        rows = now
        assert book().facts["thu"].values == values
    for moment, then in known:
        assert book_as_known(on=newsroom_day(), at=moment) == then


def test_the_file_of_facts_comes_out_as_it_went_in(any_site: str) -> None:
    read = read_facts(DEMO / "facts.toml")
    assert book() == read
    assert book_as_known(on=newsroom_day()) == read
    assert parse_facts(write_facts(book())) == read
    assert read_workbook(write_workbook(book())) == (read, [])


def test_an_export_is_a_file_that_changes_nothing_when_it_is_imported(site: str, tmp_path: Any) -> None:
    rows, versions = FactValue.objects.count(), FactVersion.objects.count()
    for name in ("facts.toml", "facts.xlsx"):
        call_command("export_facts", "--out", str(tmp_path / name))
        call_command("import_facts", str(tmp_path / name))
    assert store_book(book()) == []
    assert (FactValue.objects.count(), FactVersion.objects.count()) == (rows, versions)


def test_an_import_by_the_command_line_is_in_the_audit_log_as_the_systems(site: str) -> None:
    entry = Entry.objects.get(action="fact.imported")
    assert entry.actor_id is None
    assert "luong_co_so" in entry.details["keys"]
    assert not FactChange.objects.exclude(proposed_by=None).exists()


def test_what_we_said_on_a_day_is_told_as_it_was_known_then(site: str) -> None:
    editor, reviewer = person("lan", "add_factchange"), person("minh", "approve_factchange")
    key, day = "tro_cap_huu_tri_xa_hoi", dt.date(2025, 8, 1)
    before = timezone.now()
    wrong = value_change(
        key, "450000", dt.date(2025, 7, 1), kind=ChangeKind.CORRECTION, effective_on=None, reason="Sai"
    )
    ApproveChangeAction(propose(wrong, editor), user=reviewer).execute()
    assert str(book_as_known(on=day, at=before).on(day).get(key).value) == "500000"
    assert str(book_as_known(on=day).on(day).get(key).value) == "450000"
    assert book_as_known(on=day, before=wrong).facts[key] == book_as_known(on=day, at=before).facts[key]
    # Corrected twice on one day: each hour of it is told as it was known then, and the first is not lost.
    between = timezone.now()
    again = value_change(
        key, "460000", dt.date(2025, 7, 1), kind=ChangeKind.CORRECTION, effective_on=None, reason="Sai lần nữa"
    )
    ApproveChangeAction(propose(again, editor), user=reviewer).execute()
    for at, value in ((before, "500000"), (between, "450000"), (None, "460000")):
        assert str(book_as_known(on=day, at=at).on(day).get(key).value) == value
    assert book_as_known(on=day, before=again).facts[key] == book_as_known(on=day, at=between).facts[key]


def test_a_formula_is_told_as_it_was_on_its_days(site: str) -> None:
    editor, reviewer = person("lan", "add_factchange"), person("minh", "approve_factchange")
    from cms.facts.models import Fact as Row

    row = Row.objects.get(key="bhyt_ho_2")
    change = FactChange(
        fact=row, key=row.key, kind=ChangeKind.FORMULA, proposed={"formula": "bhyt_ho_1 * 80%"}, effective_on=LATER
    )
    ApproveChangeAction(propose(change, editor), user=reviewer).execute()
    assert book().facts["bhyt_ho_2"].formula == "bhyt_ho_1 * 70%"  # not yet
    assert book_as_known(on=LATER).facts["bhyt_ho_2"].formula == "bhyt_ho_1 * 80%"
    assert book_as_known(on=LATER - dt.timedelta(days=1)).facts["bhyt_ho_2"].formula == "bhyt_ho_1 * 70%"


def test_the_screen_tells_what_was_recorded_later(site: str, publish: Callable[..., Any]) -> None:
    reviewer = person("minh", "approve_factchange")
    text = browser(reviewer).get(reverse("facts_day") + "?day=01/08/2025").content.decode().replace("\u00a0", " ")
    assert "500.000 đồng" in text  # known now
    assert "ghi nhận sau đó" in text  # nobody had recorded it on that day
