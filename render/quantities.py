"""What a text says in figures, by what it is worth: amounts, dates, times, shares and telephone numbers."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import babel

from render.inline import clean, spans

_PHONE = re.compile(r"(?<!\d)(?<!\d[.,])(?:1[89]00|0\d{1,3})(?:[ .\u00a0-]\d{2,4})+(?!\d)")
_CALLING_CODE = re.compile(r"\+84[ .\u00a0-]?(?:\(0\))?(?=[1-9])")
_AREA_CODE = re.compile(r"\((0\d{1,3})\)(?=[ .\u00a0]?\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<![\d./-])(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?!\d)")
_TIME = re.compile(r"(?<![\d:.,])([01]?\d|2[0-4])(?::|h)([0-5]\d)(?![\d:])")
_PHONE_DIGITS = re.compile(r"0\d{8,10}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_SPACED_THOUSANDS = re.compile(r"(?<!\d)(?<!\d[., \u00a0])[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+(?![.,]?\d)")
# Words for powers of ten that follow figures. A language that borrows ours is read with ours.
_SCALES = {
    "nghìn tỷ": 10**12, "nghìn tỉ": 10**12, "tỷ": 10**9, "tỉ": 10**9, "triệu": 10**6, "vạn": 10**4, "nghìn": 10**3,
    "ngàn": 10**3, "億": 10**8, "亿": 10**8, "萬": 10**4, "万": 10**4, "千": 10**3, "លាន": 10**6, "សែន": 10**5,
    "ម៉ឺន": 10**4, "ពាន់": 10**3,
}  # fmt: skip
_TENFOLD = {"十": 10, "百": 100, "千": 1000}  # 五百萬 is written 5百萬 too
_OWN_SCALES = frozenset({"vi", "km", "zh"})  # of other languages we know no words for powers of ten
_LATIN_SCALE = (
    r"(?:nghìn\s+(?:tỷ|tỉ)|(?:tỷ|tỉ)(?!\s+(?:lệ|trọng|số|suất|giá))|triệu(?!\s+(?:chứng|tập|hồi))|vạn|nghìn|ngàn)(?!\w)"
)
_OTHER_SCALE = r"(?:[十百千]?[億亿萬万]|千|លាន|សែន|ម៉ឺន|ពាន់)"
_ONE_SCALED = rf"{_NUMBER.pattern}\s*(?:{_LATIN_SCALE}|{_OTHER_SCALE})"
_SCALED = re.compile(rf"{_ONE_SCALED}(?:\s*{_ONE_SCALED})*(\s*(?:rưỡi(?!\w)|半|កន្លះ))?", re.IGNORECASE)
_STEP = re.compile(rf"({_NUMBER.pattern})\s*({_LATIN_SCALE}|{_OTHER_SCALE})", re.IGNORECASE)
_HALF_MORE = re.compile(
    r"(\d+)\s*(?:(?:năm|tháng|ngày|giờ|lần)\s+rưỡi(?!\w)|(?:年|个月|個月|天|日|小时|小時|倍)半"
    r"|(?:ឆ្នាំ|ខែ|ថ្ងៃ|ម៉ោង)\s*កន្លះ)",
    re.IGNORECASE,
)
_SHARE = re.compile(rf"({_NUMBER.pattern})\s*(?:[%％]|phần\s+trăm(?!\w)|ភាគរយ|percent(?!\w))", re.IGNORECASE)
_CHINESE_SHARE = re.compile(rf"百分之({_NUMBER.pattern})")
# A bare number before one of these is not a number of thousands in a language whose words we do not know.
_MONEY = re.compile(r"\s*(?:đồng|đ|VND|VNĐ)(?!\w)", re.IGNORECASE)
_ZH = "〇零一二三四五六七八九十百千萬万"
_CHINESE_ORDINAL = re.compile(rf"第([{_ZH}]+)")
_CHINESE_DATE = re.compile(rf"(?:([{_ZH}]+)年)?([{_ZH}]+)月([{_ZH}]+)[日号號]")  # 一年 alone is a duration in words
_FIGURE_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号號]")
_WORDED_DATE = re.compile(r"(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_CHINESE_WORDS = re.compile(rf"[{_ZH}]{{2,}}|[{_ZH}](?=[年月日天歲岁次人個个款項项條条級级倍])")
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0}
_CHINESE_MYRIAD = frozenset("萬万")


@dataclass(frozen=True)
class Quantities:
    """What texts say. `written` are figures as they stand before a word for a power of ten, by the whole value;
    `loose` figures behind which such a word of an unknown language may stand; `spelled` numbers in words, which
    nobody has to write and which may stand for figures; `dates` those with day, month and year."""

    numbers: frozenset[str] = frozenset()
    written: dict[str, frozenset[str]] = field(default_factory=dict)
    loose: frozenset[str] = frozenset()
    spelled: frozenset[str] = frozenset()
    shares: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()


def together(all_of_them: Iterable[Quantities]) -> Quantities:
    """What several texts say."""
    found = list(all_of_them)
    return Quantities(
        frozenset().union(*(one.numbers for one in found)),
        {value: figures for one in found for value, figures in one.written.items()},
        frozenset().union(*(one.loose for one in found)),
        frozenset().union(*(one.spelled for one in found)),
        frozenset().union(*(one.shares for one in found)),
        frozenset().union(*(one.dates for one in found)),
    )


def knows_scales(lang: str) -> bool:
    """Whether the words of a language for thousands and millions are known here."""
    return lang.split("-")[0] in _OWN_SCALES


def numbers(text: str, lang: str = "") -> set[str]:
    """The values written in digits in a text, whatever the script: "01/7/2025" is {1, 7, 2025}, "4,5" is 4.5,
    "1 triệu rưỡi" 1500000."""
    return set(quantities(text, lang).numbers)


def quantities(text: str, lang: str = "") -> Quantities:
    """What a text says. `lang` is its language: a month may be written as its name there."""
    words = "".join(span.text if not span.fact else " " for span in spans(clean(text)))
    words = "".join(_ascii_digit(character) for character in words)
    found: set[str] = set()
    dates: set[str] = set()
    written: dict[str, frozenset[str]] = {}

    def take_chinese(match: re.Match[str]) -> str:
        values = [str(_chinese(part)) for part in match.groups() if part]
        found.update(values)
        if len(values) == 3:
            dates.add("/".join(reversed(values)))
        return " "

    def take_date(day: str, month: str, year: str) -> str:
        parts = [part.lstrip("0") or "0" for part in (day, month, year)]
        dates.add("/".join(parts))
        return f" {' / '.join(parts)} "

    def take_scaled(match: re.Match[str]) -> str:
        worth = _scaled(match[0], half=bool(match[1]))
        if worth is None:
            return match[0]
        value, figures = worth
        found.add(value)
        written[value] = figures
        return " "

    def take_half(match: re.Match[str]) -> str:
        value = f"{match[1].lstrip('0') or '0'}.5"
        found.add(value)
        written[value] = frozenset({match[1].lstrip("0") or "0"})
        return " "

    words = _CHINESE_DATE.sub(take_chinese, _CHINESE_ORDINAL.sub(take_chinese, words))
    words = _FIGURE_DATE.sub(lambda match: take_date(match[3], match[2], match[1]), words)
    # Before telephone numbers: 01.07.2025 could be one.
    words = _YEAR_FIRST.sub(lambda match: take_date(match[3], match[2], match[1]), words)
    words = _DAY_FIRST.sub(lambda match: take_date(match[1], match[2], match[3]), words)
    words = _WORDED_DATE.sub(lambda match: take_date(match[1], match[2], match[3]), words)
    words = _AREA_CODE.sub(r"\1", _CALLING_CODE.sub("0", words))
    words = _SPACED_THOUSANDS.sub(lambda match: re.sub(r"\s", "", match[0]), words)
    for phone in _PHONE.finditer(words):
        found.add(re.sub(r"\D", "", phone[0]))
    words = _PHONE.sub(" ", words)
    words = _TIME.sub(lambda match: f" {int(match[1])} " + (f"{int(match[2])} " if int(match[2]) else ""), words)
    shares = {_values(match[1])[0] for form in (_SHARE, _CHINESE_SHARE) for match in form.finditer(words)}
    words = _SCALED.sub(take_scaled, words)
    words = _HALF_MORE.sub(take_half, words)
    spelled = {str(_chinese(match[0])) for match in _CHINESE_WORDS.finditer(words)}
    for name, number in _months(lang.split("-")[0]):
        words = words.replace(name, f" {number} ")
    loose: set[str] = set()
    for match in _NUMBER.finditer(words):
        values = _values(match[0])
        found.update(values)
        if len(values) == 1 and not _MONEY.match(words, match.end()):
            loose.add(values[0])
    return Quantities(
        frozenset(found), written, frozenset(loose), frozenset(spelled), frozenset(shares), frozenset(dates)
    )


@functools.cache
def _months(tag: str) -> tuple[tuple[str, int], ...]:
    """The names of months in a language that CLDR knows and that writes them as words, the longest first."""
    if tag != "km":  # Vietnamese and Chinese number them; no other of ours has a table
        return ()
    names = {str(name): number for number, name in babel.Locale(tag).months["format"]["wide"].items()}
    return tuple(sorted(names.items(), key=lambda one: -len(one[0])))


def _scaled(words: str, *, half: bool) -> tuple[str, frozenset[str]] | None:
    """3 triệu 500 nghìn → 3500000 and the figures in it; None for what is no one number."""
    total, least = Decimal(0), Decimal(10) ** 30
    figures = set()
    for match in _STEP.finditer(words):
        values = _values(match[1])
        scale = _scale(match[2])
        if len(values) != 1 or scale >= least:
            return None
        figures.add(values[0])
        total += Decimal(values[0]) * scale
        least = Decimal(scale)
    if half:
        total += least / 2
    return _plain(total), frozenset(figures)


def _scale(words: str) -> int:
    name = " ".join(words.lower().split())
    if name in _SCALES:
        return _SCALES[name]
    return _TENFOLD[name[0]] * _SCALES[name[1:]]


def _values(written: str) -> list[str]:
    if _THOUSANDS.fullmatch(written):
        return [re.sub(r"\D", "", written)]
    if _PHONE_DIGITS.fullmatch(written):
        return [written]
    pieces = re.split(r"[.,]", written)
    if len(pieces) == 2:
        return [_plain(Decimal(".".join(pieces)))]
    return [piece.lstrip("0") or "0" for piece in pieces]


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    if value is not None:
        return str(value)
    if unicodedata.category(character) == "No" and "\u2044" in (parts := unicodedata.normalize("NFKC", character)):
        return parts.replace("\u2044", "/")  # ½
    return character


def _chinese(written: str) -> int:
    """二十五 → 25, 二〇二五 → 2025, 五十萬 → 500000."""
    if len(written) > 1 and all(sign in _CHINESE_DIGITS for sign in written):
        return int("".join(str(_CHINESE_DIGITS[sign]) for sign in written))
    whole, total, digit = 0, 0, 0
    places = {"十": 10, "百": 100, "千": 1000}
    for sign in written:
        if sign in _CHINESE_MYRIAD:
            whole, total, digit = whole + (total + digit or 1) * 10**4, 0, 0
        elif sign in places:
            total += (digit or 1) * places[sign]
            digit = 0
        else:
            digit = _CHINESE_DIGITS[sign]
    return whole + total + digit
