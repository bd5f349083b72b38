"""The inside of a text: placeholders of facts, strong, emphasis, links; and what no text may hold."""

from __future__ import annotations

import datetime as dt
import functools
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import markdown

from render.edition import Run, Runs
from render.errors import ArticleError

LONGEST_TEXT = 10_000  # characters of one paragraph, item or cell
MOST_BRACKETS = 200  # in one text
_PLACEHOLDER = re.compile(r"\{\{[ ]*([a-z][a-z0-9_]*)[ ]*(?:@[ ]*([0-9]{4}-[0-9]{2}-[0-9]{2}))?[ ]*\}\}")
_BRACES = re.compile(r"\{\{[^{}]*\}\}|\{\{|\}\}")
_PICTURE = re.compile(r"(?<!\\)!\[[^\]]*\]\(")
_ADDRESS = re.compile(r"(?:https?://[^\s]+|mailto:[^\s@]+@[^\s@]+|tel:\+?[0-9 .()-]+)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\n\r]+")

# Facts pass through Python-Markdown as one private-use character each: nothing in it reads those as markup.
_FIRST = 0xE000
_MOST = 0xF8FF - 0xE000

# Invisible characters that writing systems need: zero width space (Khmer), joiners, soft hyphen.
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\u00ad")


@dataclass(frozen=True)
class Placeholder:
    """`{{ key }}` or `{{ key @2025-06-30 }}` as it stands in a text."""

    key: str
    asked: dt.date | None = None

    def __str__(self) -> str:
        return f"{{{{ {self.key} @{self.asked} }}}}" if self.asked else f"{{{{ {self.key} }}}}"


@dataclass(frozen=True)
class Span:
    """A stretch of one style, or one fact that is still to be said."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str = ""
    fact: Placeholder | None = None


def clean(text: str) -> str:
    """The normal form of a text: NFC, one line, single spaces, none at its ends."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def bad_character(text: str) -> int | None:
    """Where the first character stands that no article may hold: control, direction, private use; None for nowhere."""
    if text.isascii() and text.isprintable():
        return None
    for index, character in enumerate(text):
        if character.isprintable() or character in "\n\t" or character in _INVISIBLE:
            continue
        # Other spaces than U+0020 are not "printable" to Python, yet harmless; so are letters newer than its tables.
        if unicodedata.category(character) == "Zs":
            continue
        if unicodedata.category(character) == "Cn" and not _is_noncharacter(character):
            continue
        return index
    return None


def _is_noncharacter(character: str) -> bool:
    return ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF


def describe_character(character: str) -> str:
    """A character that cannot be shown, in words."""
    name = unicodedata.name(character, "")
    if unicodedata.category(character) == "Co":
        name = "private use: a letter of an old font"
    return f"U+{ord(character):04X}" + (f" ({name.lower() if name.isupper() else name})" if name else "")


@functools.lru_cache(maxsize=8192)  # as `spans`
def check_text(text: str) -> None:
    """An `ArticleError` (without its place) when a text cannot stand in an article."""
    if len(text) > LONGEST_TEXT:
        raise ArticleError(f"the text has {len(text)} characters, {LONGEST_TEXT} are allowed", mend="Split it")
    index = bad_character(text)
    if index is not None:
        raise ArticleError(
            f"the text holds the character {describe_character(text[index])}", mend="Delete it or type the letter anew"
        )
    spans(text)


def placeholders(text: str) -> tuple[Placeholder, ...]:
    """The facts a text asks for, in order; an `ArticleError` for braces that are no placeholder."""
    return tuple(span.fact for span in spans(text) if span.fact)


def runs(text: str, say: Callable[[Placeholder], str]) -> Runs:
    """A text as runs; `say` gives the printed form of a fact."""
    return tuple(
        Run(
            text=say(span.fact) if span.fact else span.text,
            strong=span.strong,
            emphasis=span.emphasis,
            href=span.href,
            fact=span.fact.key if span.fact else "",
        )
        for span in spans(text)
    )


@functools.lru_cache(maxsize=8192)
def spans(text: str) -> tuple[Span, ...]:
    """A text as spans of one style; an `ArticleError` (without its place) for what it may not hold."""
    if text.count("[") > MOST_BRACKETS:  # finding their partners takes quadratic time
        raise ArticleError(f"the text has more than {MOST_BRACKETS} square brackets", mend="Split it")
    if _PICTURE.search(text):
        raise ArticleError("a picture stands in the text", mend="Give it a section of its own: ## … {.picture}")
    found: list[Placeholder] = []

    def hide(match: re.Match[str]) -> str:
        found.append(_placeholder(match[0]))
        return chr(_FIRST + len(found) - 1)

    hidden = _BRACES.sub(hide, text)
    pieces: list[Span] = []
    for piece in _styled(hidden):
        for part in re.split(r"([\ue000-\uf8ff])", piece.text):
            if not part:
                continue
            if len(part) == 1 and 0 <= ord(part) - _FIRST < len(found):
                pieces.append(Span("", piece.strong, piece.emphasis, piece.href, found[ord(part) - _FIRST]))
            elif pieces and not pieces[-1].fact and _style(pieces[-1]) == _style(piece):
                pieces[-1] = Span(pieces[-1].text + part, *_style(piece))
            else:
                pieces.append(Span(part, *_style(piece)))
    return tuple(pieces)


def _style(span: Span) -> tuple[bool, bool, str]:
    return span.strong, span.emphasis, span.href


def _placeholder(written: str) -> Placeholder:
    match = _PLACEHOLDER.fullmatch(written)
    if not match:
        raise ArticleError(
            f"{written} is no placeholder",
            mend="Write {{ key }} or {{ key @2025-06-30 }}, the key in a to z, digits and _",
        )
    try:
        return Placeholder(match[1], dt.date.fromisoformat(match[2]) if match[2] else None)
    except ValueError:
        raise ArticleError(f"{match[2]} in {written} is no date", mend="Write year-month-day: 2025-06-30") from None


def _styled(text: str) -> Iterator[Span]:
    root = Element("div")
    SubElement(root, "p").text = text  # the tree processor looks at children only
    engine = _engine()
    engine.treeprocessors["inline"].run(root)
    engine.treeprocessors["unescape"].run(root)
    yield from _walk(root, Span(""))


def _walk(element: Element, style: Span) -> Iterator[Span]:
    if element.tag == "code":  # plain text to us; Python-Markdown has escaped it for HTML
        yield Span(_unescape_code(element.text or ""), *_style(style))
        return
    if element.text:
        yield Span(element.text, *_style(style))
    for child in element:
        yield from _walk(child, _inner(child, style))
        if child.tail:
            yield Span(child.tail, *_style(style))


def _inner(element: Element, style: Span) -> Span:
    strong = style.strong or element.tag == "strong"
    emphasis = style.emphasis or element.tag == "em"
    href = _checked_address(element.get("href", "")) if element.tag == "a" else style.href
    return Span("", strong, emphasis, href)


def _checked_address(href: str) -> str:
    shown = re.sub(r"[\ue000-\uf8ff]", "{{ … }}", href)
    if shown != href or not _ADDRESS.fullmatch(href):  # a fact's printed form is no part of an address
        raise ArticleError(
            f"the link leads to {shown!r}, which is no address we can print",
            mend="Begin it with https://, mailto: or tel:, and write it in full",
        )
    return href


def _unescape_code(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


_LOCAL = threading.local()


def _engine() -> markdown.Markdown:
    """Python-Markdown for inline text only, one a thread: it keeps state while it works."""
    if not hasattr(_LOCAL, "engine"):
        engine = markdown.Markdown()
        for name in (
            "reference", "image_link", "image_reference", "short_reference", "short_image_ref",
            "automail", "linebreak", "html", "entity",
        ):  # fmt: skip
            engine.inlinePatterns.deregister(name)  # raw HTML and entities are text, as they stand
        engine.ESCAPED_CHARS = [*engine.ESCAPED_CHARS, "|", ":", "<", "~", "=", '"', "'"]
        _LOCAL.engine = engine
    found: markdown.Markdown = _LOCAL.engine
    return found
