"""What the translator's screen shows of a text: its figures as chips, what changed in its source, letters to click."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cms.articles.text import current_book
from cms.production.dates import build_date
from cms.translation.checks import terms_in
from cms.translation.models import GlossaryTerm
from cms.translation.work import Row
from cms.translation.xlsx import state_words
from render.errors import LoaError
from render.facts import print_fact
from render.inline import clean, placeholders
from render.language import Language

_TOKEN = re.compile(r"(\{\{[^{}]*\}\})")
_WORDS = re.compile(r"\{\{[^{}]*\}\}|\w+|\s+|[^\w\s]", re.UNICODE)
_VIETNAMESE = "ă â ê ô ơ ư đ"


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: plain, a `fact` with its value, or what was put in (`ins`) or taken out (`del`)."""

    kind: str
    text: str
    value: str = ""


def pieces(text: str) -> list[Piece]:
    """A text with its facts as they are printed today."""
    return [
        Piece("fact", part, _value(part)) if part.startswith("{{") else Piece("text", part)
        for part in _TOKEN.split(text)
        if part
    ]


def word_diff(before: str, after: str) -> list[Piece]:
    """What became of a source, word by word."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Piece] = []
    for how, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            found.append(Piece("text", "".join(new[c:d])))
            continue
        if b > a:
            found.append(Piece("del", "".join(old[a:b])))
        if d > c:
            found.append(Piece("ins", "".join(new[c:d])))
    return found


def tokens(source: str) -> list[dict[str, str]]:
    """The locked figures of a source, each as often as it stands there."""
    try:
        found = [str(one) for one in placeholders(clean(source))]
    except LoaError:
        return []
    return [{"token": token, "value": _value(token) or token} for token in found]


def letters_of(found: Language | None) -> list[str]:
    """The special letters of an orthography, small and large, for who has no keyboard for them."""
    if found is None or found.script != "Latn":
        return []
    said = found.letters.replace("Vietnamese-like", _VIETNAMESE).replace("full Vietnamese set", "")
    small = [
        unicodedata.normalize("NFC", word)
        for word in said.split()
        if not word.isascii() and len(unicodedata.normalize("NFD", word)) <= 3
    ]
    return list(dict.fromkeys([*small, *(one.upper() for one in small)]))


def how_to_type(found: Language | None) -> str:
    """In a sentence, for the palette."""
    if found is None:
        return ""
    if found.script != "Latn":
        return _("Write in the script of the language with its own keyboard; the sheet is checked for other letters.")
    return _(
        "Click a letter to put it where the caret is. Type ă â ê ô ơ ư đ and tones as in Vietnamese, in Unicode; "
        "texts of old fonts are recognised and converted."
    )


def encoding_words(name: str) -> str:
    """An encoding that a text was typed in, as people say it; TCVN3, VNI and the like are names."""
    return {
        "8-bit font of the Central Highlands": _("an old font of the Central Highlands"),
        "Ð for Đ": _("Ð in the place of Đ"),
        "letters of another alphabet": _("letters of another alphabet"),
        "UTF-8 read as Windows-1252": _("UTF-8 that was read as Windows-1252"),
    }.get(name, name)


def kind_words() -> dict[str, str]:
    """What a segment is, as people say it."""
    return {
        "title": _("Heading"),
        "summary": _("Summary"),
        "topic": _("Topic"),
        "paragraph": _("Paragraph"),
        "bullets": _("Item"),
        "numbered": _("Item"),
        "items": _("Item"),
        "value": _("Figure"),
        "label": _("What it is"),
        "heading": _("Column"),
        "cell": _("Cell"),
        "question": _("Question"),
        "answer": _("Answer"),
        "alt": _("Alternative text"),
        "credit": _("Credit"),
    }


def shown_row(row: Row, number: int, kind: str, glossary: list[GlossaryTerm], own: bool) -> dict[str, Any]:
    """A row for the template."""
    older = row.kept.older
    return {
        "row": row,
        "number": number,
        "kind": _("Headline") if row.kept.path == "title" else kind_words().get(kind, ""),
        "state": row.state,
        "state_words": state_words()[row.state],
        "source": pieces(row.kept.source),
        "target": pieces(row.kept.target),
        "tokens": tokens(row.kept.source),
        "terms": terms_in(row.kept.source, glossary),
        "diff": word_diff(older[0], row.kept.source) if older else [],
        "older": older,
        "older_pieces": pieces(older[1]) if older else [],
        "own": own,
    }


def _value(token: str) -> str:
    try:
        asked = placeholders(token)[0]
        facts = current_book()
        return print_fact(facts.on(asked.asked or build_date(facts)).get(asked.key))
    except (LoaError, IndexError):
        return ""
