"""The small arithmetic of derived facts: numbers, keys, `+ - * / ( )` and a postfix `%` for hundredths."""

from __future__ import annotations

import decimal
import functools
import re
from collections.abc import Callable
from decimal import Decimal

import lark

from render.errors import FactError

LONGEST = 300  # characters
DEEPEST = 30  # brackets in brackets; also formulas that stand on formulas

# Enough for every amount of money times every rate; bounds what hostile formulas can make us compute.
CONTEXT = decimal.Context(
    prec=50,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-999,
    Emax=999,
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)

_GRAMMAR = r"""
    ?sum: product
        | sum "+" product   -> add
        | sum "-" product   -> subtract
    ?product: value
        | product "*" value -> multiply
        | product "/" value -> divide
    ?value: atom
        | atom "%"          -> hundredths
    ?atom: NUMBER           -> number
        | KEY               -> key
        | "(" sum ")"
    NUMBER: /[0-9][0-9_]*(\.[0-9]+)?/
    KEY: /[a-z][a-z0-9_]*/
    %ignore /[ \t]+/
"""

Formula = lark.Tree[lark.Token]


@functools.lru_cache(maxsize=4096)
def parse_formula(text: str) -> Formula:
    """A formula as a tree; a `FactError` that shows the place in the formula."""
    if len(text) > LONGEST:
        raise FactError(
            f"the formula has {len(text)} characters, {LONGEST} are allowed",
            mend="Split it into facts of its own parts",
        )
    if _depth(text) > DEEPEST:
        raise FactError(
            f"the formula has brackets more than {DEEPEST} deep", mend="Split it into facts of its own parts"
        )
    if "**" in text or "^" in text:
        raise FactError("the formula has a power, and there are none", mend="Multiply instead")
    ambiguous = re.search(r"(?<![\w.])[1-9][0-9_]*(?:\.[0-9]{3})+(?![\w])", text)
    if ambiguous:
        plain = ambiguous[0].replace(".", "")
        raise FactError(
            f"the number {ambiguous[0]} in the formula can be read in two ways",
            mend=f"Write {plain} for the whole number, or add a zero to the decimal fraction: {ambiguous[0]}0",
        )
    try:
        return _parser().parse(text)
    except lark.exceptions.UnexpectedInput as error:
        column = error.column
        if isinstance(error, lark.exceptions.UnexpectedToken) and error.token.type == "$END":
            raise FactError(f"the formula {text!r} ends too early", mend=_MEND) from None
        raise FactError(
            f"the formula {text!r} cannot be read at character {column}, {text[column - 1]!r}", mend=_MEND
        ) from None


_MEND = "A formula holds numbers, keys, + - * / ( ) and % for hundredths"


def formula_keys(formula: Formula) -> tuple[str, ...]:
    """The keys a formula names, each once, in its order."""
    tokens = formula.scan_values(lambda token: isinstance(token, lark.Token) and token.type == "KEY")
    return tuple(dict.fromkeys(str(token) for token in tokens))


def work_out(formula: Formula, value_of: Callable[[str], Decimal]) -> Decimal:
    """The value of a formula, unrounded; `value_of` gives that of a key (a percent as its fraction)."""
    try:
        return _work_out(formula, value_of)
    except decimal.DivisionByZero:
        raise FactError("the formula divides by zero", mend="Correct the formula or the fact it divides by") from None
    except (decimal.InvalidOperation, decimal.Overflow):
        raise FactError("the formula's result is not a number of a sensible size", mend="Correct the formula") from None


def _work_out(node: Formula | lark.Token, value_of: Callable[[str], Decimal]) -> Decimal:
    if not isinstance(node, lark.Tree):
        raise TypeError(node)  # the grammar gives every token a tree of its own
    match node.data, node.children:
        case "number", [lark.Token() as token]:
            return Decimal(str(token).replace("_", ""))
        case "key", [lark.Token() as token]:
            return value_of(str(token))
        case "hundredths", [inner]:
            return CONTEXT.divide(_work_out(inner, value_of), Decimal(100))
        case operator, [left, right]:
            one, two = _work_out(left, value_of), _work_out(right, value_of)
            return _OPERATORS[str(operator)](one, two)
    raise TypeError(node.data)


_OPERATORS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "add": CONTEXT.add,
    "subtract": CONTEXT.subtract,
    "multiply": CONTEXT.multiply,
    # 0/0 signals InvalidOperation, not DivisionByZero: both are a division by zero to the reader
    "divide": lambda one, two: CONTEXT.divide(one, two) if two else _by_zero(),
}


def _by_zero() -> Decimal:
    raise decimal.DivisionByZero


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


@functools.cache
def _parser() -> lark.Lark:
    return lark.Lark(_GRAMMAR, start="sum", parser="lalr")
