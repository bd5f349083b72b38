"""Facts over time: their values, their formulas, their gates, their file."""

# ruff: noqa: E501
# Tables of cases read better unwrapped.

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import FactError
from render.factfile import parse_facts, write_facts
from render.facts import UNITS, Fact, FactBook, FactValue, ResolvedFact, print_fact, read_facts, vietnamese_number
from render.paths import ASSETS

DAY = dt.date(2025, 9, 1)
DEMO = ASSETS / "demo" / "facts.toml"


def book(text: str) -> FactBook:
    return parse_facts(text, "facts.toml")


def formula(text: str, unit: str = "money", **values: str) -> Decimal | str:
    """The value of a formula over numbers given by name."""
    facts = "".join(
        f'[{key}]\nlabel = "x"\nunit = "number"\nvalues = [{{ value = {value} }}]\n' for key, value in values.items()
    )
    made = book(f'{facts}[it]\nlabel = "x"\nunit = "{unit}"\nformula = "{text}"\n')
    return made.on(DAY).get("it").value


# The demonstration's figures, from its source


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("bhyt_ho_1", "1.263.600 đồng"), ("bhyt_ho_2", "884.520 đồng"), ("bhyt_ho_3", "758.160 đồng"),
        ("bhyt_ho_4", "631.800 đồng"), ("bhyt_ho_5", "505.440 đồng"), ("bhxh_tn_dong", "330.000 đồng"),
        ("bhxh_tn_con_dong_ngheo", "165.000 đồng"), ("bhxh_tn_con_dong_can_ngheo", "198.000 đồng"),
        ("bhxh_tn_con_dong_dan_toc", "231.000 đồng"), ("bhxh_tn_con_dong_khac", "264.000 đồng"),
        ("hssv_con_dong", "631.800 đồng"), ("tro_cap_huu_tri_xa_hoi", "500.000 đồng"), ("tuoi_huu_tri_xa_hoi", "75 tuổi"),
        ("bhyt_ty_le", "4,5%"), ("nam_dong_toi_thieu", "15 năm"), ("hotline", "1900 9068"), ("email", "lienhe@vss.gov.vn"),
        ("huu_tri_xa_hoi_ngay_giai_quyet", "10 ngày làm việc"), ("ho_kinh_doanh_con_lai_tu", "01/7/2029"),
    ],
)  # fmt: skip
def test_the_demonstration_says_the_published_figures(key: str, printed: str) -> None:
    facts = read_facts(DEMO)
    assert facts.demonstration_on == DAY
    assert print_fact(facts.on(DAY).get(key)).replace("\u00a0", " ") == printed


def test_the_demonstration_says_what_it_is_and_a_real_book_says_nothing() -> None:
    assert read_facts(DEMO).note_on(DAY) == "Bản minh họa – số liệu tại 01/9/2025"
    assert book('[a]\nlabel = "a"\nvalues = [{ value = 1 }]').note_on(DAY) == ""


# Dates


def test_a_value_holds_on_its_first_and_on_its_last_day() -> None:
    facts = book(
        '[a]\nlabel = "a"\nvalues = [{ to = 2025-06-30, value = 20 }, { from = 2025-07-01, to = 2025-12-31, value = 15 }]'
    )
    said = {
        day: facts.on(dt.date.fromisoformat(day)).get("a")
        for day in ("1900-01-01", "2025-06-30", "2025-07-01", "2025-12-31")
    }
    assert [fact.value for fact in said.values()] == [20, 20, 15, 15]
    assert [fact.since for fact in said.values()] == [None, None, dt.date(2025, 7, 1), dt.date(2025, 7, 1)]


def test_after_its_last_day_a_fact_has_no_value_and_never_the_last_known() -> None:
    facts = book('[a]\nlabel = "Mức"\nvalues = [{ from = 2025-01-01, to = 2025-12-31, value = 15 }]')
    for day in (dt.date(2024, 12, 31), dt.date(2026, 1, 1)):
        with pytest.raises(FactError) as caught:
            facts.on(day).get("a")
        assert str(caught.value) == (
            f"facts.toml:1: the fact a (Mức) has no value on {day}. Its values hold 2025-01-01 to 2025-12-31: "
            "add the value for that day, or build for another date"
        )


def test_a_gap_between_values_is_an_error_only_when_asked_for() -> None:
    facts = book('[a]\nlabel = "a"\nvalues = [{ to = 2025-01-31, value = 1 }, { from = 2025-03-01, value = 2 }]')
    assert facts.on(dt.date(2025, 3, 1)).get("a").value == 2
    with pytest.raises(FactError, match="no value on 2025-02-10"):
        facts.on(dt.date(2025, 2, 10)).get("a")


def test_a_formula_begins_with_the_latest_of_its_inputs() -> None:
    facts = read_facts(DEMO)
    said = facts.on(DAY).get("bhyt_ho_2")
    assert said.since == dt.date(2025, 7, 1)
    assert said.inputs == ("bhyt_ho_1", "bhyt_ty_le", "luong_co_so")
    with pytest.raises(FactError, match="luong_co_so"):
        facts.on(dt.date(2026, 7, 1)).get("bhyt_ho_2")


def test_a_fact_past_its_review_is_not_said_even_through_a_formula() -> None:
    facts = book(
        '[a]\nlabel = "Mức"\nvalues = [{ value = 1, review_by = 2025-09-01 }]\n'
        '[b]\nlabel = "b"\nformula = "a * 2"\n[c]\nlabel = "c"\nreview_by = 2025-09-01\nformula = "1 + 1"\n'
    )
    assert facts.on(DAY).get("b").value == 2
    late = facts.on(DAY + dt.timedelta(days=1))
    for key, where in (("a", 1), ("b", 1), ("c", 7)):
        with pytest.raises(FactError, match="had to be reviewed by 2025-09-01") as caught:
            late.get(key)
        assert caught.value.where == f"facts.toml:{where}"


# Formulas


def test_a_percent_enters_as_its_fraction_and_leaves_as_its_figure() -> None:
    facts = book(
        '[p]\nlabel = "p"\nunit = "percent"\nvalues = [{ value = 4.5 }]\n'
        '[m]\nlabel = "m"\nformula = "1000 * p"\n[q]\nlabel = "q"\nunit = "percent"\nformula = "100% - p"\n'
        '[r]\nlabel = "r"\nformula = "1000 * q"\n'
    )
    on = facts.on(DAY)
    assert (on.get("m").value, on.get("q").value, on.get("r").value) == (45, Decimal("95.5"), 955)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("10 - 3 - 2", 5), ("100 / 10 / 5", 2), ("1_000 * 70%", 700), ("(1 + 1)% * 100", 2),
     ("1 / 3 * 1.5", 1), ("0.5", 1), ("1.49", 1), ("2.5", 3), ("2 / 3", 1), ("0.125 * 4", 1)],
)  # fmt: skip
def test_formulas_are_worked_out_exactly_and_rounded_half_up_at_the_end(text: str, value: int) -> None:
    assert formula(text) == value


def test_a_formula_counts_with_unrounded_values() -> None:
    facts = book('[a]\nlabel = "a"\nformula = "10 / 4"\n[b]\nlabel = "b"\nformula = "a * 2"')
    assert facts.on(DAY).get("a").value == 3
    assert facts.on(DAY).get("b").value == 5


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1 / 0", "divides by zero"), ("0 / 0", "divides by zero"), ("5 / (a - a)", "divides by zero"),
        ("2 ** 3", "has a power"), ("2 ^ 3", "has a power"), ("a +", "ends too early"), ("(a", "ends too early"), ("", "neither"),
        ("a b", "character 3, 'b'"), ("a % %", "character 5, '%'"), ("-1", "character 1, '-'"), ("tiền * 2", "at character 3, 'ề'"),
        ("1.500 * a", "1500 for the whole number"), ("1.500.000", "1500000 for the whole"), ("1,5", "character 2, ','"),
        ("a * nope", "no fact is called nope"), ("1 - 2", "no sensible value"), ("__import__", "character 1"),
        ("1" + " + 1" * 80, "300 are allowed"), ("(" * 31 + "1" + ")" * 31, "more than 30 deep"),
        ("a * " + " * ".join(["9999999999"] * 20), "no sensible value"),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_worked_out_says_which_and_where(text: str, what: str) -> None:
    with pytest.raises(FactError) as caught:
        formula(text, a="5")
    assert what in str(caught.value)
    assert "it" in caught.value.what or caught.value.where.startswith("facts.toml:5")


def test_circles_are_shown() -> None:
    with pytest.raises(FactError, match=r"facts.toml:1: the formulas go in a circle: a → b → a .*1 more"):
        book('[a]\nlabel = "a"\nformula = "b + 1"\n[b]\nlabel = "b"\nformula = "a * 2"')
    with pytest.raises(FactError, match="a circle: a → a"):
        book('[a]\nlabel = "a"\nformula = "a"')


def test_a_circle_that_came_by_another_way_is_refused_when_asked() -> None:
    facts = {key: Fact(key=key, label=key, formula=of) for key, of in (("a", "b"), ("b", "c"), ("c", "b"))}
    with pytest.raises(FactError, match="b → c → b"):
        FactBook(facts).on(DAY).get("a")


def test_a_long_chain_is_refused_and_many_ways_to_one_fact_are_quick() -> None:
    def chain(length: int, text: str) -> FactBook:
        links = {f"f{n}": Fact(key=f"f{n}", label="x", formula=text.format(f"f{n + 1}")) for n in range(length)}
        links[f"f{length}"] = Fact(key=f"f{length}", label="x", values=(FactValue(value=Decimal(1)),))
        return FactBook(links)

    wide = chain(20, "{0} + {0}")
    assert wide.problems() == ()
    assert wide.on(DAY).get("f0").value == 2**20
    deep = chain(200, "{0}")
    with pytest.raises(FactError, match="more than 30 deep"):
        deep.on(DAY).get("f0")
    assert deep.problems()


def test_text_cannot_be_counted_with() -> None:
    with pytest.raises(FactError, match="counts with hotline, which is text"):
        book(
            '[hotline]\nlabel = "x"\nunit = "phone"\nvalues = [{ value = "1900 9068" }]\n[a]\nlabel = "a"\nformula = "hotline * 2"'
        )


def test_a_book_that_was_not_read_from_a_file_is_checked_when_asked() -> None:
    def value(number: str, **fields: dt.date) -> FactValue:
        return FactValue(value=Decimal(number), **fields)

    twice = Fact(key="a", label="a", values=(value("1"), value("2", since=DAY)))
    text = Fact(key="b", label="b", unit="email", values=(FactValue(value="a@b.vn"),))
    fine = Fact(key="c", label="c", unit="percent", values=(value("4.1234567"),))
    facts = FactBook(
        {
            "a": twice,
            "b": text,
            "of_b": Fact(key="of_b", label="x", formula="b"),
            "d": fine,
            "e": Fact(key="e", label="e", formula="1 +"),
        }
    )
    said = [error.what for error in facts.problems()]
    assert said == [
        "two values of a hold on 2025-09-01",
        "the formula of of_b counts with b, which is text",
        "4.1234567 of c has too many decimals",
        "the formula '1 +' ends too early",
    ]
    with pytest.raises(FactError, match="the fact a has 2 values on 2025-09-01"):
        facts.on(DAY).get("a")
    with pytest.raises(FactError, match="counts with b, which is text"):
        facts.on(DAY).get("of_b")
    assert "is kept as k" in FactBook({"k": text}).problems()[0].what


# The file


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a = 1", 1, "a is not a table"),
        ("[a]\nlabel = ", 2, "not TOML"),
        ("\n[Mức]\n", 2, "not TOML"),
        ('["Mức"]\nlabel = "x"\nvalues = [{ value = 1 }]', 1, "cannot be the key"),
        ("[a]\nvalues = [{ value = 1 }]", 1, "has no label"),
        ('[a]\nlabel = "x"', 1, "neither values nor a formula"),
        ('[a]\nlabel = "x"\nvalues = [{ value = 1 }]\nformula = "1"', 1, "both values and a formula"),
        ('[a]\nlabel = "x"\nunit = "meter"\nvalues = [{ value = 1 }]', 1, "The units are: money, percent"),
        ('[a]\nlabel = "x"\ncolour = "x"\nvalues = [{ value = 1 }]', 1, "an unknown field 'colour'"),
        ('[a]\nlabel = "x"\nvalues = [{ valeu = 1 }]', 1, "an unknown field 'valeu'"),
        ('[a]\nlabel = "x"\nvalues = [{ from = 2025-01-01 }]', 1, "has no value"),
        ('[a]\nlabel = "x"\nvalues = [{ value = "500.000" }]', 1, "is not a number"),
        (
            '[a]\nlabel = "x"\nvalues = [{ value = 500.000 }]\n[b]\nlabel = "x"\nvalues = [{ value = 4.5 }]',
            4,
            "whole number of đồng",
        ),
        ('[a]\nlabel = "x"\nvalues = [{ value = -1 }]', 1, "no sensible value"),
        ('[a]\nlabel = "x"\nvalues = [{ value = nan }]', 1, "no sensible value"),
        ('[a]\nlabel = "x"\nvalues = [{ value = 1e999999999 }]', 1, "no sensible value"),
        ('[a]\nlabel = "x"\nvalues = [{ value = true }]', 1, "neither a number nor text"),
        ('[a]\nlabel = "x"\nvalues = [{ from = "2025-01-01", value = 1 }]', 1, "from of a is not a date"),
        ('[a]\nlabel = "x"\nvalues = [{ from = 2025-01-01T00:00:00, value = 1 }]', 1, "from of a is not a date"),
        ('[a]\nlabel = "x"\nvalues = [{ from = 2025-02-01, to = 2025-01-01, value = 1 }]', 1, "before it begins"),
        (
            '[a]\nlabel = "x"\nvalues = [{ value = 1 }, { from = 2025-01-01, value = 2 }]',
            1,
            "two values of a hold on 2025-01-01",
        ),
        (
            '[a]\nlabel = "x"\nvalues = [{ to = 2025-01-01, value = 1 }, { from = 2025-01-01, value = 2 }]',
            1,
            "two values of a",
        ),
        ('[a]\nlabel = "x"\nunit = "phone"\nvalues = [{ value = "gọi" }]', 1, "no phone number"),
        ('[a]\nlabel = "x"\nunit = "phone"\nvalues = [{ value = 19009068 }]', 1, "no phone number"),
        ('[a]\nlabel = "x"\nunit = "email"\nvalues = [{ value = "a@b" }]', 1, "no e-mail address"),
        ('[a]\nlabel = "x"\nunit = "date"\nvalues = [{ value = "01/7/2025" }]', 1, "is no date"),
        ('[a]\nlabel = "x"\nunit = "email"\nformula = "1"', 1, "is text and has a formula"),
        ('[a]\nlabel = "x"\nsuffix = "tháng"\nvalues = [{ value = 1 }]', 1, 'A suffix needs unit = "number"'),
        ('[a]\nlabel = "x\\u202e"\nvalues = [{ value = 1 }]', 1, "cannot be printed"),
        ('[a]\nlabel = "x"\nvalues = 5', 1, "not a list of tables"),
        ("[a]\nlabel = 5\nvalues = [{ value = 1 }]", 1, "label of a is not text"),
        ('\n\n[demonstration]\non = "2025"', 3, "on of demonstration is not a date"),
        ('[demonstration]\nnote = "x"', 1, "[demonstration] has on"),
    ],
)
def test_a_broken_file_is_refused_at_the_facts_line(text: str, line: int, what: str) -> None:
    with pytest.raises(FactError) as caught:
        book(text)
    assert caught.value.where == f"facts.toml:{line}", caught.value
    assert what in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_bytes(b'[a]\nlabel = "B\xb6o"')
    for name, what in (("none.toml", "there is no such file"), (".", "cannot be read"), ("old.toml", "not UTF-8")):
        with pytest.raises(FactError, match=what):
            read_facts(tmp_path / name)


def test_an_unknown_key_names_near_ones() -> None:
    with pytest.raises(FactError, match=r"no fact is called tuoi_huu_tri\. Did you mean tuoi_huu_tri_xa_hoi"):
        read_facts(DEMO).on(DAY).get("tuoi_huu_tri")


def test_the_demonstration_writes_and_reads_back_equal() -> None:
    facts = read_facts(DEMO)
    assert book(write_facts(facts)) == facts


days = st.dates(dt.date(2000, 1, 1), dt.date(2050, 1, 1))
words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@st.composite
def fact_books(draw: st.DrawFn) -> FactBook:
    facts = {}
    for key in draw(st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True), max_size=4, unique=True)):
        cuts = sorted(draw(st.lists(days, max_size=6, unique=True)))
        pairs = list(zip(cuts[::2], cuts[1::2], strict=False)) or [(None, None)]
        unit = draw(st.sampled_from([name for name, one in UNITS.items() if one.printed]))
        places = 0 if unit == "money" else 3
        number = st.decimals(0, 10**9, places=places, allow_nan=False)
        values = tuple(
            FactValue(value=draw(number), since=a, until=b, review_by=draw(st.none() | days)) for a, b in pairs
        )
        facts[key] = Fact(key=key, label=draw(words), unit=unit, values=values, review_by=draw(st.none() | days))
    on = draw(st.none() | days)
    return FactBook(facts, on, draw(words) if on else "")


@settings(max_examples=100, deadline=None)
@given(fact_books())
def test_every_book_writes_and_reads_back_equal(facts: FactBook) -> None:
    text = unicodedata.normalize("NFC", write_facts(facts))
    if text == write_facts(facts):
        assert book(text) == facts


# Printing


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("999", "999"),
        ("1000", "1.000"),
        ("2340000", "2.340.000"),
        ("4.50", "4,5"),
        ("1234.25", "1.234,25"),
        ("100", "100"),
    ],
)
def test_numbers_are_written_the_vietnamese_way(value: str, text: str) -> None:
    assert vietnamese_number(Decimal(value)) == text


@given(st.decimals(0, 10**12, places=2))
def test_no_number_parts_from_its_unit(value: Decimal) -> None:
    for unit in ("money", "age", "years", "months", "days"):
        printed = print_fact(ResolvedFact("a", "a", unit, value, None))
        assert " " not in printed
        assert printed.split("\u00a0")[0] == vietnamese_number(value)


def test_money_keeps_its_vietnamese_form_in_every_language() -> None:
    fact = ResolvedFact("a", "a", "money", Decimal(500000), None)
    assert {print_fact(fact, tag) for tag in ("vi", "km", "zh-Hant", "jra")} == {"500.000\u00a0đồng"}
