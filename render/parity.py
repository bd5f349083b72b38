"""A translation and its source: the same sections, the same facts, the same numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from render.article import Article, Block
from render.blocks import kind_of, texts
from render.errors import ArticleError, EditionError
from render.inline import clean, placeholders, spans
from render.places import place
from render.quantities import knows_scales, quantities, together

# An address that is written out, not behind a word.
_ADDRESS = re.compile(
    r"(?<![\w@./-])(?:https?://)?((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:vn|com|org|net))((?:[/?#][^\s<>()\[\]\"“”]*)?)"
    r"(?![\w@-])",
    re.IGNORECASE,
)


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
    for kind, missing, extra in (
        ("facts", _facts(theirs) - _facts(ours), _facts(ours) - _facts(theirs)),
        ("numbers", *_numbers(ours, theirs, lang)),
        ("links", _links(theirs) - _links(ours), _links(ours) - _links(theirs)),
    ):
        if missing or extra:
            found.append(
                Difference(cast(Any, kind), tuple(sorted(missing.elements())), tuple(sorted(extra.elements())))
            )
    return tuple(found)


def _facts(group: list[str]) -> Counter[str]:
    return Counter(str(one) for text in group for one in placeholders(text))


def _links(group: list[str]) -> Counter[str]:
    """Addresses behind words and written out, each once."""
    found = {_address(span.href) for text in group for span in spans(text) if span.href}
    for text in group:
        for match in _ADDRESS.finditer(" ".join(span.text for span in spans(text) if not span.fact)):
            found.add(_address(f"https://{match[1]}{match[2]}"))
    return Counter(found)


def _address(href: str) -> str:
    head, slashes, rest = href.rstrip("/.,;:!?").partition("://")
    host, slash, path = rest.partition("/")
    return f"{head}{slashes}{host.lower()}{slash}{path}"


def _numbers(ours: list[str], theirs: list[str], lang: str) -> tuple[Counter[str], Counter[str]]:
    """What a translation lacks of its source's numbers, and what it has that the source does not say."""
    said = together(quantities(text, lang) for text in ours)
    wanted = together(quantities(text) for text in theirs)
    missing, extra = set(wanted.numbers - said.numbers), set(said.numbers - wanted.numbers)
    missing -= said.spelled
    extra -= wanted.spelled
    if not knows_scales(lang):  # 500 nghìn → "500" and a word that we do not know
        for value in sorted(missing):
            figures = wanted.written.get(value)
            if figures and figures <= said.loose:
                missing.discard(value)
                extra -= figures
    if wanted.dates and said.dates:  # 01/7 and 07/1 are the same numbers
        missing |= wanted.dates - said.dates if said.dates - wanted.dates else set()
        extra |= said.dates - wanted.dates
    missing |= {f"{value}%" for value in wanted.shares - said.shares - said.spelled}
    extra |= {f"{value}%" for value in said.shares - wanted.shares}
    return Counter(missing), Counter(extra)


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
