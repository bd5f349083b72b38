"""The fixed phrases of products, translated in `locales/<tag>/loa.po`; the Vietnamese text is the message id."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

from render.errors import ArticleError, LanguageError
from render.inline import check_text
from render.language import languages
from render.paths import LOCALES
from render.scripts import check_letters

LARGEST = 1_000_000  # bytes
_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Phrase:
    """A phrase ready to print; `translated` is False when the Vietnamese text stands in for a missing translation."""

    text: str
    translated: bool


def phrase(tag: str, text: str, /, **values: str) -> Phrase:
    """The phrase `text` (Vietnamese, with `{name}` for what is filled in) in the language `tag`."""
    words = text if tag == "vi" else translations(tag).get(text, "")
    return Phrase(text=_fill(words or text, values), translated=bool(words))


def translations(tag: str) -> Mapping[str, str]:
    """What `locales/<tag>/loa.po` translates: Vietnamese text to text; empty when there is no such file."""
    path = LOCALES / tag / "loa.po"
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        return {}
    return read_phrases(path, stamp)


@functools.lru_cache(maxsize=64)
def read_phrases(path: Path, stamp: int = 0) -> Mapping[str, str]:  # noqa: ARG001 (the stamp makes an edited file new)
    """The finished entries of one .po file; fuzzy and empty ones are no translations."""
    if path.stat().st_size > LARGEST:
        raise LanguageError(
            "the phrases are larger than 1 MB", where=str(path), mend="Keep the phrases of products only"
        )
    with path.open("rb") as file:
        try:
            catalogue = read_po(file, abort_invalid=True)
        except (PoFileError, UnicodeDecodeError, ValueError) as error:
            raise LanguageError(
                f"the phrases cannot be read: {error}", where=str(path), mend="Correct the file"
            ) from None
    found: dict[str, str] = {}
    tag = path.parent.name
    for message in catalogue:
        if not isinstance(message.id, str) or not isinstance(message.string, str):
            continue
        if not message.id or not message.string or message.fuzzy:
            continue
        wanted, given = set(_FIELD.findall(message.id)), set(_FIELD.findall(message.string))
        if wanted != given:
            names = ", ".join(f"{{{name}}}" for name in sorted(wanted ^ given))
            raise LanguageError(
                f"the translation of {message.id!r} does not have the same fields: {names}",
                where=f"{path}:{message.lineno or 1}",
                mend="Copy every {field} of the Vietnamese text into the translation",
            )
        try:
            check_text(message.string)
            check_letters(message.string, tag if tag in languages() else "vi")
        except ArticleError as error:
            raise LanguageError(
                f"the translation of {message.id!r} cannot be printed: {error.what}",
                where=f"{path}:{message.lineno or 1}",
                mend=error.mend,
            ) from None
        found[message.id] = message.string
    return found


def vietnamese_date(day: dt.date) -> str:
    """A date as official documents write it: 01/7/2025, 15/02/2026, 02/12/2025."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{day.day:02}/{month}/{day.year}"


def _fill(text: str, values: Mapping[str, str]) -> str:
    # Not str.format: a .po file comes from outside and may not reach into objects.
    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise LanguageError(f"the phrase {text!r} needs a value for {match[0]}")
        return values[match[1]]

    return _FIELD.sub(value, text)


def first_few(names: Sequence[str], most: int = 5) -> str:
    """A list for the editor's eye: its first entries, and how many more there are."""
    more = len(names) - most
    return "; ".join(names[:most]) + (f"; và {more} phần nữa" if more > 0 else "")
