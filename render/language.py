"""The languages Loa can serve: one variety, script and orthography each, read from `locales/languages.toml`."""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from render.errors import LanguageError
from render.paths import LOCALES

REGISTRY = LOCALES / "languages.toml"


@dataclass(frozen=True)
class Language:
    """A variety with a script and an orthography; `tag` is its BCP 47 tag.

    `line_break` is `space`, `dictionary` (Khmer: no spaces between words), `writer` (spaces must be typed) or `cjk`.
    `speech` names what may speak it, best first: `recording`, `voice-pack`, `gtts`, `espeak-ng`. `provinces` is
    empty where it is spoken everywhere. `letters` tells in words which letters beyond ASCII it needs.
    """

    tag: str
    name_vi: str
    autonym: str
    script: str  # ISO 15924
    headline_fonts: tuple[str, ...]
    body_fonts: tuple[str, ...]
    line_break: str
    lead_with: str
    speech: tuple[str, ...]
    provinces: tuple[str, ...] = ()
    letters: str = ""
    notes: str = ""
    enabled: bool = True


def languages() -> Mapping[str, Language]:
    """Every language of the registry by tag, in its order; those switched off too."""
    return _registry()


def language(tag: str) -> Language:
    """The language of a tag; a `LanguageError` when the registry has none or it is switched off."""
    found = _registry().get(tag)
    if found is None:
        raise LanguageError(f"no language has the tag {tag!r}", mend=_near(tag))
    if not found.enabled:
        raise LanguageError(
            f"{found.name_vi} ({tag}) is switched off",
            where=f"{REGISTRY.name}: {tag}",
            mend="Use another orthography of the language, or set enabled = true",
        )
    return found


def _near(tag: str) -> str:
    known = [one.tag for one in _registry().values() if one.enabled]
    lower = {one.lower(): one for one in known}
    primary = tag.lower().split("-")[0]
    near = [lower[name] for name in difflib.get_close_matches(tag.lower(), list(lower), n=3, cutoff=0.5)]
    near += [one for one in known if one.split("-")[0] == primary and one not in near]
    if near:
        return "Did you mean " + " or ".join(near) + "?"
    return "The languages are: " + ", ".join(known)


@functools.cache
def _registry() -> Mapping[str, Language]:
    tables: dict[str, Any] = tomllib.loads(REGISTRY.read_text(encoding="utf-8"))
    found: dict[str, Language] = {}
    for tag, table in tables.items():
        try:
            fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
            found[tag] = Language(tag=tag, **fields)
        except TypeError as error:
            raise LanguageError(f"the language {tag} cannot be read: {error}", where=REGISTRY.name) from None
    return MappingProxyType(found)
