"""A translation and its source: the same sections, the same facts, the same numbers."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

import babel

from render.article import Article, Block
from render.blocks import kind_of, texts
from render.errors import ArticleError, EditionError
from render.inline import clean, placeholders, spans
from render.places import place

_PHONE = re.compile(r"(?<!\d)(?<!\d[.,])(?:1[89]00|0\d{1,3})(?:[ .\u00a0-]\d{2,4})+(?!\d)")
_DATES = (
    re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)"),
    re.compile(r"(?<![\d./-])(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?!\d)"),
)
_PHONE_DIGITS = re.compile(r"0\d{8,10}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_ZH = "〇零一二三四五六七八九十百千"
_CHINESE_ORDINAL = re.compile(rf"第([{_ZH}]+)")
_CHINESE_DATE = re.compile(rf"(?:([{_ZH}]+)年)?([{_ZH}]+)月([{_ZH}]+)[日号號]")  # 一年 alone is a duration in words
_CHINESE_MYRIADS = re.compile(r"(\d+(?:[.,]\d+)*)\s*([万萬亿億])")
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0}
_CHINESE_PLACES = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True)
class Difference:
    """What a text lacks of its source's facts, numbers or links, and what it has that the source does not say."""

    kind: Literal["facts", "numbers", "links"]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def differences(translated: Iterable[str], originals: Iterable[str], lang: str = "") -> tuple[Difference, ...]:
    """Where texts say other values than the source's, in whatever form either writes them.

    An `ArticleError` when a text cannot be read.
    """
    ours, theirs = [clean(text) for text in translated], [clean(text) for text in originals]
    found = []
    for kind, said, wanted in (
        ("facts", _facts(ours), _facts(theirs)),
        ("numbers", _distinct(ours, lang), _distinct(theirs)),
        ("links", _links(ours), _links(theirs)),
    ):
        if said != wanted:
            missing, extra = sorted((wanted - said).elements()), sorted((said - wanted).elements())
            found.append(Difference(cast(Any, kind), tuple(missing), tuple(extra)))
    return tuple(found)


def _facts(group: list[str]) -> Counter[str]:
    return Counter(str(one) for text in group for one in placeholders(text))


def _distinct(group: list[str], lang: str = "") -> Counter[str]:
    return Counter(set().union(*(numbers(text, lang) for text in group)))


def _links(group: list[str]) -> Counter[str]:
    return Counter({span.href.rstrip("/") for text in group for span in spans(text) if span.href})


def check_parity(article: Article, source: Article) -> None:
    """An `EditionError` that names where a translation says something else than its source."""
    if article.slug != source.slug:
        raise EditionError(
            f"the translation belongs to {article.slug}, its source to {source.slug}",
            where=place(article, "slug"),
            mend=f"Write slug: {source.slug}",
        )
    if article.lang == source.lang:
        raise EditionError(
            f"the translation is in its source's language, {source.lang}",
            where=place(article, "lang"),
            mend="Correct lang",
        )
    _check_sections(article, source)
    for part in ("title", "summary"):
        where = (place(article, part), article.lang)
        _check_texts((getattr(article, part),), (getattr(source, part),), f"the {part}", where)
    for block, its_source in zip(article.blocks, source.blocks, strict=True):
        where = (place(article, block.id, block.line), article.lang)
        _check_texts(texts(block), texts(its_source), f"the section {block.id}", where)


def _check_sections(article: Article, source: Article) -> None:
    for block, its_source in zip(article.blocks, source.blocks, strict=False):
        if _named(block) != _named(its_source):
            raise EditionError(
                f"the section {_named(block)} stands where the source has {_named(its_source)} "
                f"({_from(source, its_source)})",
                where=place(article, block.id, block.line),
                mend="Give the translation the same sections, in the same order, with the same {#id .kind}",
            )
    many, few = len(source.blocks), len(article.blocks)
    if few < many:
        missing = ", ".join(_named(block) for block in source.blocks[few:])
        last = article.blocks[-1].line if article.blocks else 0
        raise EditionError(
            f"the translation ends before the section {missing} ({_from(source, source.blocks[few])})",
            where=place(article, article.blocks[-1].id if article.blocks else "lang", last),
            mend="Translate what is missing",
        )
    if few > many:
        extra = article.blocks[many]
        raise EditionError(
            f"the section {_named(extra)} is not in the source",
            where=place(article, extra.id, extra.line),
            mend="Take it out, or add it to the source",
        )


def _named(block: Block[str]) -> str:
    return f"{block.id} .{kind_of(block)}"


def _from(source: Article, block: Block[str]) -> str:
    return place(source, block.id, block.line)


_SAID = {
    "facts": ("{name} {words}", "Copy the placeholders of the source; only the words around them change"),
    "numbers": (
        "the numbers of {name} differ: it {words}",
        "Write the same numbers in digits, or put a fact in both texts",
    ),
    "links": ("the links of {name} differ: it {words}", "Copy the addresses of the source"),
}


def _check_texts(translated: Iterable[str], originals: Iterable[str], name: str, at: tuple[str, str]) -> None:
    where, lang = at
    try:
        found = differences(translated, originals, lang)
    except ArticleError as error:
        raise EditionError(error.what, where=error.where or where, mend=error.mend) from None
    if found:
        what, mend = _SAID[found[0].kind]
        words = _difference(list(found[0].missing), list(found[0].extra))
        raise EditionError(what.format(name=name, words=words), where=where, mend=mend)


def _difference(missing: list[str], extra: list[str]) -> str:
    words = []
    if missing:
        words.append("lacks " + ", ".join(missing) + " of the source")
    if extra:
        words.append("has " + ", ".join(extra) + ", which the source does not say")
    return " and ".join(words)


def numbers(text: str, lang: str = "") -> set[str]:
    """The values written in digits in a text, whatever the script: "01/7/2025" is {1, 7, 2025}, "4,5" is 4.5.

    `lang` is its language: a month may be written as its name there.
    """
    words = "".join(span.text if not span.fact else " " for span in spans(clean(text)))
    words = "".join(_ascii_digit(character) for character in words)
    found: set[str] = set()

    def take(match: re.Match[str]) -> str:
        found.update(str(_chinese(part)) for part in match.groups() if part)
        return " "

    words = _CHINESE_DATE.sub(take, _CHINESE_ORDINAL.sub(take, words))
    for form in _DATES:  # else 01.07.2025 is taken for a phone number
        words = form.sub(
            lambda match: f" {match[1].lstrip('0')} / {match[2].lstrip('0')} / {match[3].lstrip('0')} ", words
        )
    words = _CHINESE_MYRIADS.sub(_without_myriads, words)
    for name, number in _months(lang.split("-")[0]):
        words = words.replace(name, f" {number} ")
    for phone in _PHONE.finditer(words):
        found.add(re.sub(r"\D", "", phone[0]))
    for match in _NUMBER.finditer(_PHONE.sub(" ", words)):
        found.update(_values(match[0]))
    return found


@functools.cache
def _months(tag: str) -> tuple[tuple[str, int], ...]:
    """The names of months in a language that CLDR knows and that writes them as words, the longest first."""
    if tag != "km":  # Vietnamese and Chinese number them; no other of ours has a table
        return ()
    names = {str(name): number for number, name in babel.Locale(tag).months["format"]["wide"].items()}
    return tuple(sorted(names.items(), key=lambda one: -len(one[0])))


def _without_myriads(match: re.Match[str]) -> str:
    """50萬 → 500000."""
    values = _values(match[1])
    return f"{Decimal(values[0]) * _MYRIADS[match[2]]:.0f}" if len(values) == 1 else match[0]


def _values(written: str) -> list[str]:
    if _THOUSANDS.fullmatch(written):
        return [re.sub(r"\D", "", written)]
    if _PHONE_DIGITS.fullmatch(written):
        return [written]
    pieces = re.split(r"[.,]", written)
    if len(pieces) == 2:
        return [f"{Decimal('.'.join(pieces)).normalize():f}"]
    return [piece.lstrip("0") or "0" for piece in pieces]


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _chinese(written: str) -> int:
    """二十五 → 25, 二〇二五 → 2025; enough for dates and for the articles and clauses of a law."""
    if len(written) > 1 and not any(sign in _CHINESE_PLACES for sign in written):
        return int("".join(str(_CHINESE_DIGITS[sign]) for sign in written))
    total, digit = 0, 0
    for sign in written:
        if sign in _CHINESE_PLACES:
            total += (digit or 1) * _CHINESE_PLACES[sign]
            digit = 0
        else:
            digit = _CHINESE_DIGITS[sign]
    return total + digit
