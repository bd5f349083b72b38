"""The editable lexicon of a language: locales/<tag>/speech.toml, how its written things are said."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from render.errors import LanguageError
from render.paths import LOCALES


@dataclass(frozen=True)
class Lexicon:
    """One speech.toml. Every table maps what is written to what is said."""

    abbreviations: Mapping[str, str] = field(default_factory=dict)  # told apart by case: "BHXH"
    words: Mapping[str, str] = field(default_factory=dict)  # whatever the case: "website"
    issuers: Mapping[str, str] = field(default_factory=dict)  # in the numbers of documents: "CP"
    documents: Mapping[str, str] = field(default_factory=dict)  # kinds of documents in their numbers: "NĐ"
    units: Mapping[str, str] = field(default_factory=dict)  # after a number: "km2"
    letters: Mapping[str, str] = field(default_factory=dict)  # the names of letters
    addresses: Mapping[str, str] = field(default_factory=dict)  # parts of web and mail addresses
    digits: tuple[str, ...] = ()  # the names of the ten digits, for telephone numbers

    @functools.cached_property
    def dotted(self) -> tuple[str, ...]:
        """The abbreviations with a dot, a dash or a space in them."""
        return tuple(name for name in self.abbreviations if re.search(r"[^\w]", name))

    @functools.cached_property
    def short(self) -> Mapping[str, str]:
        """Abbreviations, and who issues documents: these are written short in sentences too ("BGDĐT hướng dẫn")."""
        return {name: said for name, said in self.issuers.items() if len(name) > 2} | dict(self.abbreviations)

    @functools.cached_property
    def short_names(self) -> tuple[str, ...]:
        """The names of `short`."""
        return tuple(self.short)


TABLES = ("abbreviations", "words", "issuers", "documents", "units", "letters", "addresses")


def lexicon_file(lang: str) -> Path:
    """Where the lexicon of a language lies; that of the language itself serves all its scripts."""
    own = LOCALES / lang / "speech.toml"
    return own if own.is_file() else LOCALES / lang.split("-")[0] / "speech.toml"


@functools.cache
def lexicon(lang: str) -> Lexicon:
    """The lexicon of a language; an empty one where it has none."""
    path = lexicon_file(lang)
    return read_lexicon(path) if path.is_file() else Lexicon()


def read_lexicon(path: Path) -> Lexicon:
    """A speech.toml from disk; a `LanguageError` that names the line or the entry when it cannot be used."""
    mend = 'Each entry is: written = "as it is said"'
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LanguageError(f"the lexicon is not valid TOML ({error})", where=str(path), mend=mend) from error
    for name, table in data.items():
        if name == "digits":
            if not (isinstance(table, list) and len(table) == 10 and all(isinstance(d, str) for d in table)):
                raise LanguageError("digits must be ten words, from zero to nine", where=str(path), mend=mend)
            continue
        if name not in TABLES or not isinstance(table, dict):
            known = ", ".join(TABLES)
            raise LanguageError(f"the table [{name}] is not known", where=str(path), mend=f"The tables are: {known}")
        for written, said in table.items():
            if not isinstance(said, str) or any(c.isdigit() for c in said):
                raise LanguageError(f"{written!r} in [{name}] is not said in words", where=str(path), mend=mend)
    tables = {name: dict(data.get(name, {})) for name in TABLES}
    tables["words"] = {written.lower(): said for written, said in tables["words"].items()}
    return Lexicon(**tables, digits=tuple(data.get("digits", ())))
