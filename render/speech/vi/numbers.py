"""Vietnamese number words: linh, mốt, tư, lăm, mươi; decimals, digits one by one, Roman numerals."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_ROMAN_SHAPE = re.compile(r"(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")


def digits(text: str) -> str:
    """Each digit by its name: a phone number, a code."""
    return " ".join(DIGITS[int(c)] for c in text if c.isdecimal())


def whole(number: int) -> str:
    """A whole number in words: 105300 -> một trăm linh năm nghìn ba trăm."""
    if number < 0:
        return "âm " + whole(-number)
    if number == 0:
        return DIGITS[0]
    if number >= 10**9:
        billions, rest = divmod(number, 10**9)
        return f"{whole(billions)} tỷ" + (f" {_below_billion(rest, leading=False)}" if rest else "")
    return _below_billion(number, leading=True)


def _below_billion(number: int, *, leading: bool) -> str:
    words: list[str] = []
    for power in (2, 1, 0):
        group = number // 1000**power % 1000
        if group:
            words.append(_group(group, leading=leading and not words))
            if power:
                words.append(_GROUPS[power])
    return " ".join(words)


def _group(number: int, *, leading: bool) -> str:
    """Three digits; within a longer number every place is named (không trăm linh năm)."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words: list[str] = []
    if hundreds or not leading:
        words += [DIGITS[hundreds], "trăm"]
    if tens == 0 and ones and words:
        words += ["linh", DIGITS[ones]]
    elif tens == 0:
        words += [DIGITS[ones]] if ones else []
    else:
        words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
        words += [_last(tens, ones)] if ones else []
    return " ".join(words)


def _last(tens: int, ones: int) -> str:
    if ones == 5:
        return "lăm"
    if tens > 1 and ones == 1:
        return "mốt"
    if tens > 1 and ones == 4:
        return "tư"
    return DIGITS[ones]


def decimal(value: Decimal) -> str:
    """A number with its fraction: 4.5 -> bốn phẩy năm; 0.75 -> không phẩy bảy mươi lăm; 1.05 -> một phẩy không năm."""
    sign, text = ("âm ", str(-value)) if value < 0 else ("", format(value, "f"))
    integer, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    spoken = sign + whole(int(integer))
    if not fraction:
        return spoken
    by_digit = fraction.startswith("0") or len(fraction) > 2
    return f"{spoken} phẩy {digits(fraction) if by_digit else whole(int(fraction))}"


# A number as Vietnamese writes it, once what is a phone, a date or a code has been taken out.
NUMBER = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+|\d+\.\d{1,2}(?!\d)|\d+"


def written(text: str) -> str:
    """The words of one written number: 1.263.600, 1,5, 1.5, 2025, 05."""
    grouped = re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", text)
    plain = text.replace(".", "") if grouped else text.replace(".", ",")
    integer, _, fraction = plain.partition(",")
    if fraction and len(integer) <= 15:
        by_digit = fraction.startswith("0") or len(fraction) > 2
        return f"{whole(int(integer))} phẩy {digits(fraction) if by_digit else whole(int(fraction))}"
    # Written without points, nobody counts more than six figures: it is a code.
    if len(integer) > 15:
        return digits(integer)  # no sum of money is that long
    if not grouped and (len(integer) > 6 or (integer.startswith("0") and len(integer) > 2)):
        return digits(integer)
    return whole(int(integer))


def ordinal(number: int) -> str:
    """What follows "thứ": nhất, hai, ba, tư, năm…"""
    return {1: "nhất", 4: "tư"}.get(number) or whole(number)


def roman(text: str) -> int | None:
    """The value of a well-formed Roman numeral up to 399, None for anything else."""
    if not text or not _ROMAN_SHAPE.fullmatch(text):
        return None
    values = [_ROMAN[letter] for letter in text]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
