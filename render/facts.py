"""Facts: amounts, ages, rates and addresses with the dates on which they hold, and formulas over them."""

from __future__ import annotations

import datetime as dt
import decimal
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from render.errors import FactError
from render.formula import CONTEXT, DEEPEST, parse_formula, work_out
from render.phrases import phrase, vietnamese_date


@dataclass(frozen=True)
class Unit:
    """A unit of facts; `printed` is the Vietnamese phrase around the number, "" for text."""

    name: str
    label: str  # for editors
    printed: str  # "{n} tuổi", a message id of the phrase catalogues
    example: str  # as it is written in a file


UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        unit.name: unit
        for unit in (
            Unit("money", "Số tiền (đồng)", "{n} đồng", "500_000"),
            Unit("percent", "Tỷ lệ phần trăm", "{n}%", "4.5"),
            Unit("age", "Tuổi", "{n} tuổi", "75"),
            Unit("years", "Số năm", "{n} năm", "15"),
            Unit("months", "Số tháng", "{n} tháng", "6"),
            Unit("days", "Số ngày", "{n} ngày", "30"),
            Unit("number", "Số, với đơn vị ghi ở “suffix”", "{n}", "10"),
            Unit("date", "Ngày", "", "2029-07-01"),
            Unit("phone", "Số điện thoại", "", '"1900 9068"'),
            Unit("email", "Địa chỉ thư điện tử", "", '"lienhe@vss.gov.vn"'),
        )
    }
)

NBSP = "\u00a0"  # a number never parts from its unit
GREATEST = Decimal(10) ** 15

Amount = Decimal | str


@dataclass(frozen=True, kw_only=True)
class FactValue:
    """A value from `since` to `until`, both inclusive; None is open. A date is its ISO text.

    `review_by` is the last day on which it may be said without another review.
    """

    value: Amount
    since: dt.date | None = None
    until: dt.date | None = None
    source: str = ""
    review_by: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A fact: its values over time, or the formula that gives it. `where` is its place in a file or a site."""

    key: str
    label: str
    unit: str = "money"
    suffix: str = ""  # the unit's words of a `number`: "ngày làm việc"
    values: tuple[FactValue, ...] = ()
    formula: str = ""
    source: str = ""
    review_by: dt.date | None = None
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class ResolvedFact:
    """A fact on a date. A percent's value is its figure (4.5), not its fraction.

    `since` is when the value began to hold: of a formula the latest among all it stands on; None when that is
    open. `inputs` are the keys of all facts it depends on, near and far, sorted.
    """

    key: str
    label: str
    unit: str
    value: Amount
    since: dt.date | None
    source: str = ""
    inputs: tuple[str, ...] = ()
    suffix: str = ""


@dataclass(frozen=True)
class FactBook:
    """All facts by key. `demonstration_on` and `demonstration_note` mark a book of demonstration data."""

    facts: Mapping[str, Fact]
    demonstration_on: dt.date | None = None
    demonstration_note: str = ""
    _days: dict[dt.date, FactsOnDate] = field(default_factory=dict, init=False, compare=False, repr=False)

    def on(self, day: dt.date) -> FactsOnDate:
        """The facts as they are on a day."""
        if day not in self._days:
            self._days[day] = FactsOnDate(self, day)
        return self._days[day]

    def note_on(self, day: dt.date) -> str:
        """What every edition of these facts says about itself on a day; "" when they are real."""
        return self.demonstration_note.replace("{date}", vietnamese_date(day))

    def problems(self) -> tuple[FactError, ...]:
        """Everything wrong with the book whatever the date: for an editor's screen and for reading a file."""
        from render.factfile import problems  # the checks stand on this module

        return problems(self)


@dataclass(frozen=True)
class FactsOnDate:
    """The facts on one day, each worked out when asked for and then kept."""

    book: FactBook
    day: dt.date
    _known: dict[str, _Exact] = field(default_factory=dict, compare=False, repr=False)

    def get(self, key: str) -> ResolvedFact:
        """A fact on this day.

        A `FactError` when it is unknown, has no value then, is past its review or cannot be worked out.
        """
        exact = self._exact(key, ())
        fact = self.book.facts[key]
        return ResolvedFact(
            key=key,
            label=fact.label,
            unit=fact.unit,
            value=_finished(fact, exact.value),
            since=exact.since,
            source=exact.source or fact.source,
            inputs=tuple(sorted(exact.inputs)),
            suffix=fact.suffix,
        )

    def _exact(self, key: str, path: tuple[str, ...]) -> _Exact:
        if key in path:
            circle = " → ".join((*path[path.index(key) :], key))
            raise FactError(f"the formulas go in a circle: {circle}", where=self._where(key), mend="Break the circle")
        if len(path) > DEEPEST:
            raise FactError(
                f"formulas stand on formulas more than {DEEPEST} deep",
                where=self._where(path[0]),
                mend="Shorten the chain",
            )
        if key not in self._known:
            fact = find_fact(self.book, key)
            self._not_past_review(fact, fact.review_by)
            self._known[key] = self._formula(fact, (*path, key)) if fact.formula else self._value(fact)
        return self._known[key]

    def _value(self, fact: Fact) -> _Exact:
        holding = [one for one in fact.values if holds(one, self.day)]
        if not holding:
            raise FactError(
                f"the fact {fact.key} ({fact.label}) has no value on {self.day}",
                where=fact.where or fact.key,
                mend=f"Its values hold {spans(fact)}: add the value for that day, or build for another date",
            )
        if len(holding) > 1:
            raise FactError(
                f"the fact {fact.key} has {len(holding)} values on {self.day}",
                where=fact.where or fact.key,
                mend="End the earlier one the day before the later one begins",
            )
        self._not_past_review(fact, holding[0].review_by)
        return _Exact(holding[0].value, holding[0].since, holding[0].source, frozenset())

    def _formula(self, fact: Fact, path: tuple[str, ...]) -> _Exact:
        inputs: set[str] = set()
        begins: list[dt.date] = []

        def value_of(key: str) -> Decimal:
            exact = self._exact(key, path)
            inputs.add(key)
            inputs.update(exact.inputs)
            if exact.since:
                begins.append(exact.since)
            if not isinstance(exact.value, Decimal):
                raise FactError(f"the formula counts with {key}, which is text", mend="Use facts that are numbers")
            of = self.book.facts[key]
            return CONTEXT.divide(exact.value, Decimal(100)) if of.unit == "percent" else exact.value

        try:
            value = work_out(parse_formula(fact.formula), value_of)
        except FactError as error:
            if error.where:  # of a fact further down: it says its own place
                raise
            raise FactError(
                f"the fact {fact.key}: {error.what}", where=fact.where or fact.key, mend=error.mend
            ) from None
        if fact.unit == "percent":
            value = CONTEXT.multiply(value, Decimal(100))
        if value < 0 or value >= GREATEST:
            raise FactError(
                f"the fact {fact.key} works out to {value:.6g} on {self.day}, which is no sensible value",
                where=fact.where or fact.key,
                mend="Correct its formula or the facts it stands on",
            )
        return _Exact(value, max(begins, default=None), fact.source, frozenset(inputs))

    def _not_past_review(self, fact: Fact, review_by: dt.date | None) -> None:
        if review_by and self.day > review_by:
            raise FactError(
                f"the fact {fact.key} ({fact.label}) had to be reviewed by {review_by}",
                where=fact.where or fact.key,
                mend="Confirm its value and set a new review_by",
            )

    def _where(self, key: str) -> str:
        return self.book.facts[key].where or key


@dataclass(frozen=True)
class _Exact:
    """A fact before rounding: formulas count with this."""

    value: Amount
    since: dt.date | None
    source: str
    inputs: frozenset[str]


def read_facts(path: Path) -> FactBook:
    """The facts of a TOML file; a `FactError` with file and line for whatever is wrong in it."""
    from render.factfile import read_facts as read  # the file format stands on this module

    return read(path)


def holds(value: FactValue, day: dt.date) -> bool:
    """Whether a value holds on a day; both ends are inclusive."""
    return (value.since is None or value.since <= day) and (value.until is None or day <= value.until)


def spans(fact: Fact) -> str:
    """When a fact's values hold, in words."""
    return ", ".join(f"{one.since or '…'} to {one.until or '…'}" for one in fact.values) or "never"


def find_fact(book: FactBook, key: str) -> Fact:
    """The fact of a key; a `FactError` that names near keys when there is none."""
    try:
        return book.facts[key]
    except KeyError:
        near = difflib.get_close_matches(key, list(book.facts), n=3, cutoff=0.6)
        mend = f"Did you mean {' or '.join(near)}?" if near else "Add it to the facts, or correct the name"
        raise FactError(f"no fact is called {key}", mend=mend) from None


def print_fact(fact: ResolvedFact, tag: str = "vi") -> str:
    """A fact as it is printed in a language: "500.000 đồng", "4,5%", "75 tuổi".

    Numbers keep their Vietnamese form in every language; the unit's words are the language's own where its
    phrases have them, else Vietnamese (`unit_is_translated` tells).
    """
    if fact.unit == "date":
        return vietnamese_date(dt.date.fromisoformat(str(fact.value)))
    if isinstance(fact.value, str):
        return fact.value.replace(" ", NBSP) if fact.unit == "phone" else fact.value
    number = vietnamese_number(fact.value)
    printed = phrase("vi" if fact.unit == "money" else tag, unit_phrase(fact.unit, fact.suffix), n=number).text
    return printed.replace(f"{number} ", number + NBSP).replace(f" {number}", NBSP + number)


def unit_phrase(unit: str, suffix: str = "") -> str:
    """The message id of a fact's printed form: "{n} tuổi"; "" for text and dates."""
    return "{n} " + suffix if unit == "number" and suffix else UNITS[unit].printed


def unit_is_translated(unit: str, suffix: str, tag: str) -> bool:
    """Whether a language has the unit's words, or the unit has none. Money is Vietnamese everywhere."""
    said = unit_phrase(unit, suffix)
    return unit == "money" or said in ("", "{n}", "{n}%") or phrase(tag, said, n="0").translated


def vietnamese_number(value: Decimal) -> str:
    """2340000 → "2.340.000", 4.50 → "4,5"."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate({ord(","): ".", ord("."): ","})


def _finished(fact: Fact, value: Amount) -> Amount:
    if not isinstance(value, Decimal) or not fact.formula:
        return value
    try:
        # The last digits of a division first: 1/3 of 3 đồng is 1, and 2/3 of 0,75 is a half that goes up.
        steady = value.quantize(Decimal(1).scaleb(-20), rounding=decimal.ROUND_HALF_UP, context=CONTEXT)
        whole = Decimal(1) if fact.unit == "money" else Decimal("0.01")
        rounded = steady.quantize(whole, rounding=decimal.ROUND_HALF_UP, context=CONTEXT)
    except decimal.InvalidOperation:  # more digits than we count with
        raise FactError(f"the fact {fact.key} is too large", where=fact.where or fact.key) from None
    return plain_decimal(rounded)


def plain_decimal(value: Decimal) -> Decimal:
    """The same number with no exponent and no zeros at its end, so that equal values are spelled alike."""
    return Decimal(decimal_text(value))


def decimal_text(value: Decimal) -> str:
    """A number as plain digits: "500000", "4.5"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
