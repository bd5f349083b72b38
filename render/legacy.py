"""Texts typed for 8-bit fonts and encodings: found, and turned into real letters.

The fonts of the Central Highlands drew other letters in the places of brackets and accents; what Vietnamese came in is
in `render.mojibake`. Such files pass every Unicode check and print as garbage.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from render.errors import ArticleError
from render.mojibake import reread
from render.scripts import check_letters

# Languages whose old files come in that encoding.
CONCERNED = frozenset({"jra", "rad", "bdq", "sed", "kpm", "cmo", "hre", "rog", "bru", "ktv"})

_LETTERS = {"[": "ƀ", "{": "Ƀ", "]": "č", "^": "ĭ", "`": "ñ", "~": "Ñ"}
_BREVE = "\u0306"
_VOWEL = "[aeiouâêôơưAEIOUÂÊÔƠƯ]"
_LETTER = r"[^\W\d_]"

# What Markdown writes with the same characters, and is not to be taken for letters.
_MARKUP = re.compile(
    r"\{\{[^{}]*\}\}"  # a placeholder
    r"|\[[^\[\]]*\]\([^()\s]*\)"  # a link
    r"|(?<!\w)`[^`]+`(?!\w)"  # code
    r"|(?<![\w\]\[])\[[^\[\]]*[\w.,!?)]\](?!\w)"  # a remark in square brackets
    r"|\\(?=[\\`*_{}\[\]()>#+.!|:<~=\"'-])[\\`*_{}\[\]()>#+.!|:<~=\"'-]"  # an escaped character
)
# The same for Vietnamese, where brackets are no letters: addresses, placeholders, code.
PROTECTED = re.compile(r"(\{\{[^{}]*\}\}|(?<=\])\([^()\s]*\)|https?://[^\s)>]+|`[^`]+`|[\w.+-]+@[\w.-]+)")
_GAP = " \x00 "
_SUSPECT = re.compile(
    rf"[\[{{\]](?={_LETTER})|(?<={_LETTER})[\[{{\]]"  # [uôn, k[
    rf"|(?<={_VOWEL})[\\#]"  # o\ , ơ\
    rf"|[\^`~](?={_LETTER})|(?<={_LETTER})[\^`~]"  # `u, s^
)


def detect(text: str, tag: str) -> bool:
    """Whether a text (inline Markdown) of the language `tag` holds letters of an old font or encoding."""
    if tag == "vi":
        return reread(_blank_markup(text)) is not None
    return tag in CONCERNED and bool(_SUSPECT.search(_blank_markup(text)))


def convert(text: str, tag: str) -> str:
    """The text with real letters, in NFC; what is Markdown, and every other language, stays as it is."""
    return fixed(text, tag)[0]


def fixed(text: str, tag: str, usual: tuple[str, ...] = ()) -> tuple[str, str, tuple[str, ...]]:
    """The text with real letters in NFC, the encoding it was in ("" for none), and words left open."""
    if tag == "vi":
        return _fixed_vietnamese(text, usual)
    if tag not in CONCERNED or not detect(text, tag):
        return text, "", ()
    blanked = _blank_markup(text)
    letters = list(text)
    for index, character in enumerate(blanked):
        if character in _LETTERS:
            letters[index] = _LETTERS[character]
        elif character in "\\#" and index and re.match(_VOWEL, blanked[index - 1]):
            letters[index] = _BREVE
    return unicodedata.normalize("NFC", "".join(letters)), "8-bit font of the Central Highlands", ()


def complaint(text: str, tag: str) -> tuple[str, str] | None:
    """What is wrong with a text in an old encoding, and its mend; None for real letters."""
    if not detect(text, tag):
        return None
    meant, encoding, _ = fixed(text, tag)
    if tag == "vi":
        return (
            f"the text is not in real letters ({encoding})",
            f"It seems to say: {meant}\nloa fix-text turns it into that",
        )
    return (
        "the text is typed for an old 8-bit font and would print as garbage",
        f"It seems to say: {meant}\nCheck it with a reader of the language; loa fix-text turns it into that",
    )


@functools.lru_cache(maxsize=8192)  # an article is resolved for thousands of offices
def check_meant(text: str, tag: str) -> None:
    """An `ArticleError` (without its place) when a text is not in letters of its language: typed in an old encoding, or
    holding letters of another script."""
    typed = complaint(text, tag)
    if typed:
        raise ArticleError(typed[0], mend=typed[1])
    check_letters(text, tag)


def _fixed_vietnamese(text: str, usual: tuple[str, ...] = ()) -> tuple[str, str, tuple[str, ...]]:
    """Links, code and placeholders stand for themselves; the rest is read as one, so that its encoding shows."""
    parts = PROTECTED.split(text)  # every other one is protected
    reading = reread(_GAP.join(parts[::2]), usual)
    if reading is None:
        return text, "", ()
    words = reading.text.split(_GAP)
    kept = [*parts[1::2], ""]
    return "".join(word + keep for word, keep in zip(words, kept, strict=True)), reading.encoding, reading.unsure


def _blank_markup(text: str) -> str:
    return _MARKUP.sub(lambda match: " " * len(match[0]), text)


_SECTION_MARKS = re.compile(r"[ ]\{[#.][^{}]*\}[ ]*$")


def convert_line(line: str, tag: str, usual: tuple[str, ...] = ()) -> tuple[str, str, tuple[str, ...]]:
    """A line of an article file as `fixed` gives a text; the marks of sections stay. `usual` are the encodings of its
    file, in which one word is enough."""
    marks = _SECTION_MARKS.search(line) if line.startswith("#") else None
    words, kept = (line[: marks.start()], marks[0]) if marks else (line, "")
    start = len(line) - len(line.lstrip("#"))  # a heading's own signs
    made, encoding, unsure = fixed(words[start:], tag, usual)
    return words[:start] + made + kept, encoding, unsure
