"""A translation and its source: the same sections, the same facts, the same numbers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from render.article import Article, Block
from render.blocks import kind_of, texts
from render.errors import ArticleError, EditionError
from render.inline import clean, placeholders, spans
from render.places import place

_PHONE = re.compile(r"(?<!\d)(?:1[89]00|0\d{1,3})(?:[ .\u00a0-]\d{2,4})+(?!\d)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_CHINESE_ORDINAL = re.compile(r"第([零一二三四五六七八九十百]+)")
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}


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
        _check_texts((getattr(article, part),), (getattr(source, part),), f"the {part}", place(article, part))
    for block, its_source in zip(article.blocks, source.blocks, strict=True):
        where = place(article, block.id, block.line)
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


def _check_texts(translated: Iterable[str], originals: Iterable[str], name: str, where: str) -> None:
    ours, theirs = [clean(text) for text in translated], [clean(text) for text in originals]
    try:
        said = Counter(str(one) for text in ours for one in placeholders(text))
        wanted = Counter(str(one) for text in theirs for one in placeholders(text))
        numbers_said, numbers_wanted = (set().union(*map(numbers, group)) for group in (ours, theirs))
    except ArticleError as error:
        raise EditionError(error.what, where=error.where or where, mend=error.mend) from None
    if said != wanted:
        missing, extra = list((wanted - said).elements()), list((said - wanted).elements())
        raise EditionError(
            f"{name} {_difference(missing, extra)}",
            where=where,
            mend="Copy the placeholders of the source; only the words around them change",
        )
    if numbers_said != numbers_wanted:
        missing, extra = sorted(numbers_wanted - numbers_said), sorted(numbers_said - numbers_wanted)
        raise EditionError(
            f"the numbers of {name} differ: it {_difference(missing, extra)}",
            where=where,
            mend="Write the same numbers in digits, or put a fact in both texts",
        )


def _difference(missing: list[str], extra: list[str]) -> str:
    words = []
    if missing:
        words.append("lacks " + ", ".join(missing) + " of the source")
    if extra:
        words.append("has " + ", ".join(extra) + ", which the source does not say")
    return " and ".join(words)


def numbers(text: str) -> set[str]:
    """The values written in digits in a text, whatever the script: "01/7/2025" is {1, 7, 2025}, "4,5" is 4.5."""
    words = "".join(span.text if not span.fact else " " for span in spans(clean(text)))
    words = "".join(_ascii_digit(character) for character in words)
    found = {str(_chinese(match[1])) for match in _CHINESE_ORDINAL.finditer(words)}
    for phone in _PHONE.finditer(words):
        found.add(re.sub(r"\D", "", phone[0]))
    for match in _NUMBER.finditer(_PHONE.sub(" ", words)):
        found.update(_values(match[0]))
    return found


def _values(written: str) -> list[str]:
    if _THOUSANDS.fullmatch(written):
        return [re.sub(r"\D", "", written)]
    pieces = re.split(r"[.,]", written)
    if len(pieces) == 2:
        return [f"{Decimal('.'.join(pieces)).normalize():f}"]
    return [piece.lstrip("0") or "0" for piece in pieces]


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _chinese(written: str) -> int:
    """二十五 → 25; enough for the articles and clauses of a law."""
    total, digit = 0, 0
    for character in written:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _CHINESE_DIGITS[character]
    return total + digit
