"""The brand as data: colours, type, spacing and weave from assets/brand.toml, resolved for a language and a theme."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.article import Priority
from render.errors import SettingsError
from render.language import Language, language
from render.paths import ASSETS

BRAND_FILE: Path = ASSETS / "brand.toml"

_SHAPES = ("diamonds", "steps", "triangles", "lattice", "chevrons", "meander")  # of assets/templates/weave.typ
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Stack:
    """The families that set a language, first choice first, and how its lines stand."""

    script: str
    headline: tuple[str, ...]
    body: tuple[str, ...]
    number: tuple[str, ...]
    leading: float  # em between lines
    tight: float  # the same in headings
    crowded: float  # the same where capitals carry two marks
    close: float  # the same in headlines whose lines are measured
    top: str  # what a line's box reaches up to, in Typst's words
    bottom: str
    tracking: float  # em, headlines


@functools.cache
def brand() -> dict[str, Any]:
    """The brand file as it stands, checked; a program reads it once."""
    return read_brand(BRAND_FILE)


def read_brand(path: Path) -> dict[str, Any]:
    """A brand file, every theme of which changes only what there is."""
    with path.open("rb") as file:
        found = tomllib.load(file)
    shapes = (*_SHAPES, "none")
    for name, changed in found["themes"].items():
        for key, value in changed.items():
            where = f"{path.name}: themes.{name}"
            if key == "weave":
                if value not in shapes:
                    raise SettingsError(
                        f"no woven band is called {value!r}", where=where, mend=f"There are: {', '.join(shapes)}"
                    )
            elif key in found["colours"]:
                if not isinstance(value, str) or not _COLOUR.fullmatch(value):
                    raise SettingsError(f"{key} = {value!r} is no colour", where=where, mend='Write it like "#0B4A4A"')
            elif key != "label":
                raise SettingsError(
                    f"a theme has no {key!r}",
                    where=where,
                    mend=f"It may change label, weave and these colours: {', '.join(found['colours'])}",
                )
    return found


@functools.lru_cache(maxsize=64)
def stack(tag: str) -> Stack:
    """The type of a language that is switched on."""
    return stack_of(language(tag))


def stack_of(spoken: Language) -> Stack:
    """The type of a language: the families that the registry names, and how lines of its script stand."""
    scripts = brand()["scripts"]
    script = spoken.script
    found = scripts.get(spoken.tag) or scripts.get(script)
    if found is None:
        raise SettingsError(
            f"assets/brand.toml does not say how lines of the script {script} of {spoken.tag} stand",
            mend=f"Add a table [scripts.{script}] there",
        )
    return Stack(
        script=script,
        headline=spoken.headline_fonts,
        body=spoken.body_fonts,
        number=tuple(brand()["number"]["fonts"]),
        leading=float(found["leading"]),
        tight=float(found["tight"]),
        crowded=float(found.get("crowded", found["tight"])),
        close=float(found.get("close", found["tight"])),
        top=str(found.get("top", "cap-height")),
        bottom=str(found.get("bottom", "baseline")),
        tracking=float(found.get("tracking", 0)),
    )


def line_type(spoken: Language) -> dict[str, Any]:
    """The type of a language as templates take it (`look.type`), whether it is switched on or not."""
    return _type(stack_of(spoken))


def colours(theme: str = "normal", *, mono: bool = False) -> dict[str, str]:
    """The colours of a theme by name: the brand's, with those that the theme changes; the greys of all when `mono`."""
    found = brand()
    if mono:
        return {**found["colours"], **found["mono"]}
    changed = _changes(theme)
    return {name: changed.get(name, colour) for name, colour in found["colours"].items()}


def weave(theme: str = "normal") -> str:
    """The variant of the woven band that a theme has; "none" where the brand has switched bands off."""
    found = brand()
    shape: str = found["weave"]["shape"]
    return shape if shape == "none" else str(_changes(theme).get("weave", shape))


def _changes(theme: str) -> dict[str, Any]:
    themes: dict[str, dict[str, Any]] = brand()["themes"]
    if theme not in themes:
        raise SettingsError(f"the brand has no theme {theme!r}", mend=f"assets/brand.toml has: {', '.join(themes)}")
    return themes[theme]


def theme(priority: Priority, campaign: str = "") -> str:
    """The theme of a sheet: urgent for what is urgent, else its campaign's, else that of its priority."""
    return campaign if campaign and priority is not Priority.URGENT else priority.value


def look(tag: str, theme: str = "normal", *, bleed_mm: float = 0, mono: bool = False) -> dict[str, Any]:
    """What a template receives as `look`: colours, weave, measures, and the type of the language and of Vietnamese.

    `bleed_mm` is the ink beyond the trimmed edge that a print shop needs; `mono` turns colours into greys.
    """
    found = brand()
    return {
        "colours": colours(theme, mono=mono),
        "bleed_mm": bleed_mm,
        "mono": mono,
        "weave": {**found["weave"], "shape": weave(theme)},
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
        "crowded": found.crowded,
        "close": found.close,
        "top": found.top,
        "bottom": found.bottom,
        "tracking": found.tracking,
    }
