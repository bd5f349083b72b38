"""Old texts of the Central Highlands, typed for 8-bit fonts: found, and turned into real letters.

Those fonts drew other letters in the places of brackets and accents. The files pass every Unicode check and print
as garbage.
"""

from __future__ import annotations

import re
import unicodedata

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
_SUSPECT = re.compile(
    rf"[\[{{\]](?={_LETTER})|(?<={_LETTER})[\[{{\]]"  # [uôn, k[
    rf"|(?<={_VOWEL})[\\#]"  # o\ , ơ\
    rf"|[\^`~](?={_LETTER})|(?<={_LETTER})[\^`~]"  # `u, s^
)


def detect(text: str, tag: str) -> bool:
    """Whether a text (inline Markdown) of the language `tag` holds letters of an old 8-bit font."""
    return tag in CONCERNED and bool(_SUSPECT.search(_blank_markup(text)))


def convert(text: str, tag: str) -> str:
    """The text with real letters, in NFC; what is Markdown, and every other language, stays as it is."""
    if tag not in CONCERNED:
        return text
    blanked = _blank_markup(text)
    letters = list(text)
    for index, character in enumerate(blanked):
        if character in _LETTERS:
            letters[index] = _LETTERS[character]
        elif character in "\\#" and index and re.match(_VOWEL, blanked[index - 1]):
            letters[index] = _BREVE
    return unicodedata.normalize("NFC", "".join(letters))


def _blank_markup(text: str) -> str:
    return _MARKUP.sub(lambda match: " " * len(match[0]), text)


# What of an article file is text of its language; other front matter and the marks of sections are not.
_TEXT_KEYS = re.compile(r"^(?:title|summary|topic):")
_SECTION_MARKS = re.compile(r"[ ]\{[#.][^{}]*\}[ ]*$")


def convert_file(text: str, tag: str) -> str:
    """An article file, or any other text file, with real letters; front matter keys and section marks untouched."""
    lines = text.split("\n")
    end = lines.index("---", 1) if lines[0].rstrip() == "---" and "---" in lines[1:] else 0
    return "\n".join(
        line if 0 < number < end and not _TEXT_KEYS.match(line) else _convert_line(line, tag)
        for number, line in enumerate(lines)
    )


def _convert_line(line: str, tag: str) -> str:
    marks = _SECTION_MARKS.search(line) if line.startswith("#") else None
    words, kept = (line[: marks.start()], marks[0]) if marks else (line, "")
    start = len(line) - len(line.lstrip("#"))  # a heading's own signs
    return words[:start] + convert(words[start:], tag) + kept
