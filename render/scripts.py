"""Which letters a language is written with: another script in the midst of it, look-alikes, what cannot be seen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from fontTools import unicodedata as tables  # newer than Python's own, the same for every Python

from render.errors import ArticleError
from render.language import language

# Names, law numbers and addresses stand in Latin letters in every language.
_OF_SCRIPT = {"Hant": {"Hani", "Bopo"}, "Hans": {"Hani", "Bopo"}}
_EVERYWHERE = frozenset({"Latn", "Zyyy", "Zinh"})

# Letters of other alphabets that print like Latin ones.
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕНІЈКМОРСТХЅΑΒΕΗΙΚΜΝΟΡΤΥΧΖονɑıԍ", "aeopcyxijsdhqwABEHIJKMOPCTXSABEHIKMNOPTYXZovaig"
)

# What Unicode calls unassigned here may be newer than the tables; no font of ours has it either way.
_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad"
_JOINERS = re.compile(r"(?<=[A-Za-zÀ-ɏḀ-ỿ])[\u200c\u200d](?=[A-Za-zÀ-ɏḀ-ỿ])")
_SPAM = re.compile(rf"[{_INVISIBLE}]{{3,}}|(?:[{_INVISIBLE}][ ]?){{6,}}")
MOST_MARKS = 3  # on one Latin letter, beyond what a precomposed one carries; none of our orthographies needs two
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")


def scripts_of(tag: str) -> frozenset[str]:
    """The ISO 15924 codes of the letters that may stand in a text of a language."""
    script = language(tag).script
    return _EVERYWHERE | _OF_SCRIPT.get(script, {script})


def foreign_letters(text: str, tag: str) -> tuple[str, ...]:
    """Letters of scripts that a language is not written in, each once, in order."""
    if text.isascii():
        return ()
    allowed = scripts_of(tag)
    return tuple(dict.fromkeys(letter for letter in text if not letter.isascii() and _is_foreign(letter, allowed)))


def _is_foreign(letter: str, allowed: frozenset[str]) -> bool:
    return tables.script(letter) not in allowed and not allowed & tables.script_extension(letter)


def check_letters(text: str, tag: str) -> None:
    """An `ArticleError` (without its place) for letters that cannot be meant in a text of a language."""
    if text.isascii():
        return
    unassigned = next((letter for letter in text if is_unassigned(letter)), None)
    if unassigned:
        raise ArticleError(
            f"the text holds U+{ord(unassigned):04X}, which is no character", mend="Delete it or type the letter anew"
        )
    foreign = foreign_letters(text, tag)
    if foreign:
        raise ArticleError(_told(text, tag, foreign), mend=_mend(text, tag, foreign))
    if _SPAM.search(text) or (text.strip(_INVISIBLE + " ") == "" and text.strip()):
        raise ArticleError(
            "the text holds a run of invisible characters", mend="Delete them: loa fix-text shows where they stand"
        )
    joined = _JOINERS.search(text)
    if joined:
        raise ArticleError(
            f"an invisible {describe(joined[0])} stands inside a word (“{_around(text, joined.start())}”)",
            mend="Delete it: no Latin orthography needs it",
        )
    for index, run in _piled(text):
        raise ArticleError(
            f"{run} marks are piled on one letter (“{_around(text, index)}”)", mend="Type the letter anew"
        )


def describe(letter: str) -> str:
    """A letter with its code point and name: “а” (U+0430 CYRILLIC SMALL LETTER A)."""
    name = unicodedata.name(letter, "unnamed")
    shown = "" if letter in _INVISIBLE or unicodedata.category(letter)[0] in "CZ" else f"“{letter}” "
    return f"{shown}(U+{ord(letter):04X} {name})"


def is_unassigned(letter: str) -> bool:
    """Whether a code point is no character in the newest tables at hand."""
    return unicodedata.category(letter) == "Cn" and tables.script(letter) == "Zzzz"


def _told(text: str, tag: str, foreign: tuple[str, ...]) -> str:
    names = sorted({tables.script_name(tables.script(letter)).replace("_", " ") for letter in foreign})
    listed = ", ".join(describe(letter) for letter in foreign[:5])
    more = f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""
    where = next(match[0] for match in _WORD.finditer(text + " x") if set(match[0]) & set(foreign) or match[0] == "x")
    word = f" in “{where}”" if where != "x" else ""
    return f"{tag} is not written with {' and '.join(names)} letters: {listed}{more}{word}"


def _mend(text: str, tag: str, foreign: tuple[str, ...]) -> str:
    mixed = [match[0] for match in _WORD.finditer(text) if set(match[0]) & set(foreign)]
    meant = [word.translate(LOOKALIKES) for word in mixed]
    if mixed and all(not foreign_letters(word, tag) for word in meant):
        return f"They look like Latin letters: type {', '.join(dict.fromkeys(meant))} anew, or run loa fix-text"
    return "Write it in the language's own letters, or name its language with a translation file"


def _around(text: str, index: int) -> str:
    start = max(0, index - 8)
    return text[start : index + 8].strip()


def _piled(text: str) -> Iterator[tuple[int, int]]:
    """Where more marks stand on a letter than any orthography writes."""
    run = 0
    for index, letter in enumerate(unicodedata.normalize("NFC", text)):
        if "\u0300" <= letter <= "\u036f":
            run += 1
            continue
        if run >= MOST_MARKS:
            yield index - run, run
        run = 0
    if run >= MOST_MARKS:
        yield len(text) - run, run
