"""The brand as data: colours, type, spacing and weave from assets/brand.toml, resolved for a language and a theme."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.errors import SettingsError
from render.language import language
from render.paths import ASSETS

BRAND_FILE: Path = ASSETS / "brand.toml"


@dataclass(frozen=True)
class Stack:
    """The families that set a language, first choice first, and how its lines stand."""

    script: str
    headline: tuple[str, ...]
    body: tuple[str, ...]
    number: tuple[str, ...]
    leading: float  # em between lines
    tight: float  # the same in headlines
    top: str  # what a line's box reaches up to, in Typst's words
    bottom: str
    tracking: float  # em, headlines


@functools.cache
def brand() -> dict[str, Any]:
    """The brand file as it stands; a program reads it once."""
    with BRAND_FILE.open("rb") as file:
        return tomllib.load(file)


@functools.lru_cache(maxsize=64)
def stack(tag: str) -> Stack:
    """The type of a language: its own entry, else its script's with the families that the registry names."""
    scripts = brand()["scripts"]
    spoken = language(tag)
    script = spoken.script
    found = scripts.get(tag) or scripts.get(script)
    if found is None:
        raise SettingsError(
            f"assets/brand.toml names no fonts for the script {script} of {tag}",
            mend=f"Add a table [scripts.{script}] there",
        )
    return Stack(
        script=script,
        headline=tuple(found.get("headline", spoken.headline_fonts)),
        body=tuple(found.get("body", spoken.body_fonts)),
        number=tuple(scripts["number"]["headline"]),
        leading=float(found["leading"]),
        tight=float(found["tight"]),
        top=str(found.get("top", "cap-height")),
        bottom=str(found.get("bottom", "baseline")),
        tracking=float(found.get("tracking", 0)),
    )


def colours(theme: str = "normal") -> dict[str, str]:
    """The colours of a theme by name: the brand's, with those that the theme changes."""
    found = brand()
    return {**found["colours"], **found["themes"].get(theme, {})}


def look(tag: str, theme: str = "normal") -> dict[str, Any]:
    """What a template receives as `look`: colours, weave, measures, and the type of the language and of Vietnamese."""
    found = brand()
    return {
        "colours": colours(theme),
        "weave": found["weave"],
        "print": found["print"],
        "picture": found["picture"],
        "type": _type(stack(tag)),
        "vi": _type(stack("vi")),
        "lang": tag.split("-")[0],
        "tag": tag,
    }


def _type(found: Stack) -> dict[str, Any]:
    return {
        "script": found.script,
        "headline": [*found.headline, *(family for family in stack("vi").headline if family not in found.headline)],
        "body": [*found.body, *(family for family in stack("vi").body if family not in found.body)],
        "number": [*found.number, *found.headline],
        "leading": found.leading,
        "tight": found.tight,
        "top": found.top,
        "bottom": found.bottom,
        "tracking": found.tracking,
    }
