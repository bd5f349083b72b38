"""Which font files set a language, in a fixed order, and which letters they have."""

from __future__ import annotations

import functools
import importlib.util
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from render.errors import GateError
from render.language import language, languages
from render.paths import ASSETS
from render.typeset.brand import stack, stack_of

# Family -> (package it is installed with, or "" for assets/fonts; the files of the weights that templates use).
_FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Be Vietnam Pro": (
        "fontpkg_be_vietnam_pro",
        tuple(
            f"BeVietnamPro-{cut}.ttf" for cut in ("Regular", "Italic", "SemiBold", "Bold", "BoldItalic", "ExtraBold")
        ),
    ),
    "Montserrat": ("fontpkg_montserrat", ("Montserrat[wght].ttf",)),
    "Noto Sans": ("fontpkg_noto_sans", ("NotoSans[wdth,wght].ttf", "NotoSans-Italic[wdth,wght].ttf")),
    "Noto Sans Khmer": ("fontpkg_noto_sans_khmer", ("NotoSansKhmer[wdth,wght].ttf",)),
    "Noto Sans Cham": ("", ("NotoSansCham-Regular.ttf", "NotoSansCham-Bold.ttf")),
    "Tai Heritage Pro": ("", ("TaiHeritagePro-Regular.ttf", "TaiHeritagePro-Bold.ttf")),
    "Noto Sans SC": ("", ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")),
    "Noto Sans TC": ("", ("NotoSansTC-Regular.ttf", "NotoSansTC-Bold.ttf")),
}

# Letters that no font need have: they steer the setting and leave no mark.
_INVISIBLE = frozenset("\n\t\r\u200b\u200c\u200d\u2060\u00ad\ufeff")


def family_files(family: str) -> tuple[Path, ...]:
    """The files of a family, all of which exist."""
    if family not in _FAMILIES:
        raise GateError(
            f"no font is called {family!r}",
            gate="fonts",
            where="locales/languages.toml",
            mend=f"There are: {', '.join(_FAMILIES)}; a new one is added in render/typeset/fonts.py",
        )
    package, names = _FAMILIES[family]
    if package:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise GateError(
                f"the font {family} is not installed",
                gate="fonts",
                mend=f"Install the package {package.replace('_', '-')} (make installs it)",
            )
        folder = Path(spec.origin).parent / "files"
    else:
        folder = ASSETS / "fonts"
    files = tuple(folder / name for name in names)
    for file in files:
        if not file.is_file():
            raise GateError(
                f"the font file {file.name} is missing", gate="fonts", where=family, mend="Install the project again"
            )
    return files


@functools.lru_cache(maxsize=64)
def font_files(tag: str) -> tuple[Path, ...]:
    """Every file that sets a language, Vietnamese phrases and figures included; the order is part of a step's key."""
    look = stack(tag)
    families = dict.fromkeys((*look.headline, *look.body, *look.number, *stack("vi").body))
    return tuple(file for family in families for file in family_files(family))


@functools.lru_cache(maxsize=64)
def _letters_of(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # here: much to load, and what it reads is seldom asked for

    return frozenset(TTFont(file, lazy=True).getBestCmap())


@functools.lru_cache(maxsize=64)
def letters(tag: str) -> frozenset[int]:
    """The code points that the fonts of running text and headlines both can show for a language."""
    return letters_of(language(tag).tag)


@functools.lru_cache(maxsize=64)
def letters_of(tag: str) -> frozenset[int]:
    """The same for a language that may be switched off."""
    look = stack_of(languages()[tag])

    def of(families: tuple[str, ...]) -> frozenset[int]:
        return frozenset().union(*(_letters_of(family_files(family)[0]) for family in families))

    vietnamese = of(stack("vi").body)
    return (of(look.headline) | vietnamese) & (of(look.body) | vietnamese)


def missing_letters(text: str, tag: str) -> tuple[str, ...]:
    """The letters of `text` that a language's fonts do not have, each once, in order of appearance."""
    known = letters_of(tag)
    return tuple(dict.fromkeys(letter for letter in text if ord(letter) not in known and letter not in _INVISIBLE))


def require_letters(parts: Iterable[tuple[str, str]], tag: str) -> None:
    """Refuse text that would print as empty boxes; `parts` are (where it stands, text)."""
    for where, text in parts:
        missing = missing_letters(text, tag)
        if missing:
            named = ", ".join(
                f"“{letter}” (U+{ord(letter):04X} {unicodedata.name(letter, 'unnamed')})" for letter in missing[:5]
            )
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise GateError(
                f"the fonts of {tag} have no letter for {named}{more}",
                gate="glyphs",
                where=where,
                mend="Write it with letters of the language, or add a font that has it to assets/brand.toml",
            )
