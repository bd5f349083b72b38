"""The formula language against Python's own arithmetic."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import FactError
from render.formula import formula_keys, parse_formula, work_out

numbers = st.integers(0, 10**6).map(str) | st.decimals(0, 100, places=2).map(lambda number: f"{number:f}")
formulas = st.recursive(
    numbers | st.sampled_from(("a", "b_1")) | numbers.map(lambda number: number + "%"),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=10,
)
VALUES = {"a": Decimal(7), "b_1": Decimal("0.045")}


def by_fractions(text: str) -> Fraction:
    python = re.sub(r"([0-9.]+)%", r"(\1/100)", text)
    python = re.sub(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)", r"Fraction('\1')", python)
    return Fraction(eval(python, {"Fraction": Fraction, "a": Fraction(7), "b_1": Fraction("0.045")}))


@settings(max_examples=200, deadline=None)
@given(formulas)
def test_formulas_mean_what_arithmetic_means(text: str) -> None:
    try:
        expected = by_fractions(text)
    except ZeroDivisionError:
        with pytest.raises(FactError, match="divides by zero"):
            work_out(parse_formula(text), VALUES.__getitem__)
        return
    found = Fraction(work_out(parse_formula(text), VALUES.__getitem__))
    assert abs(found - expected) <= abs(expected) / 10**30 + Fraction(1, 10**30)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1_09.+-*/()% \n²٣", max_size=40))
def test_any_text_is_a_formula_or_a_clear_error(text: str) -> None:
    try:
        parse_formula(text)
    except FactError as error:
        assert error.mend  # noqa: PT017 (both outcomes are right)


def test_the_keys_of_a_formula_come_once_and_in_order() -> None:
    assert formula_keys(parse_formula("b * (a + b) - c_2 / a")) == ("b", "a", "c_2")
