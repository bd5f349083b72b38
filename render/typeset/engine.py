"""Typst as a pure function: a template, JSON data and a language in, bytes out."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typst

from render.errors import GateError, LoaError, StepError
from render.paths import ASSETS, TEMPLATES
from render.typeset.brand import BRAND_FILE, look
from render.typeset.fonts import font_files

# The standards every PDF of ours keeps: archivable with Unicode text, and usable with a screen reader.
PDF_STANDARDS: list[typst.PDFStandard] = ["a-2u", "ua-1"]
LIBRARIES = ("typst",)

# What a template says when text does not fit: `panic("gate:<name>|<what>|<mend>")`.
_GATE = re.compile(r"gate:(?P<gate>[a-z]+)\|(?P<what>[^|]*)\|(?P<mend>[^|]*)\Z", re.DOTALL)
_TOFU = re.compile(r'the text `"(?P<text>.+?)"` could not be displayed with font `"(?P<font>.+?)"`', re.DOTALL)
_IMPORT = re.compile(r'#?(?:import|include)\s+"(?P<path>[^"]+\.typ)"')

# A Compiler is not to be shared between threads; each thread keeps one for each set of fonts.
_kept = threading.local()


def compile_pdf(
    template: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    timestamp: dt.date | dt.datetime | int,
    theme: str = "normal",
    bleed_mm: float = 0,
    mono: bool = False,
    fonts: tuple[Path, ...] = (),
) -> bytes:
    """A tagged PDF/A-2u and PDF/UA-1 file, the same bytes for the same arguments.

    `template` is a file of assets/templates; it reads `data` and `look` (render.typeset.brand.look) from
    `sys.inputs` as JSON. `timestamp` is when the document says it was made: the date of its facts. With `bleed_mm` the
    pages are larger by that much on each side and say so in their TrimBox; with `mono` the colours are greys.
    `fonts` are those of a sheet of several languages.
    """
    with _translated(template):
        made = _compiler(lang, fonts).compile(
            **_input(template, data, lang, theme, bleed_mm=bleed_mm, mono=mono),
            format="pdf",
            pdf_standards=PDF_STANDARDS,
            timestamp=_seconds(timestamp),
        )
    return made[0] if isinstance(made, list) else _present(made, template)


def compile_drawing(
    template: str, data: Mapping[str, Any], *, lang: str, theme: str = "normal", attached: bool = False
) -> bytes:
    """One page to be made pixels of, as a bare PDF: a missing glyph is refused as in any other, tags cost time.

    Its template is a function `sheet(data)`; what it is made of stays the same from call to call, and is kept.
    `attached`: the page may carry a file, which the standard that refuses missing glyphs forbids.
    """
    with _translated(template):
        made = _compiler(lang).compile(
            input=_program(template, data),
            format="pdf",
            sys_inputs=_inputs({"photos": data.get("photos")}, lang, theme),
            pdf_standards=[] if attached else ["a-2u"],
            pdf_tags=False,
            timestamp=0,
        )
    return made[0] if isinstance(made, list) else _present(made, template)


def _program(template: str, data: Mapping[str, Any]) -> bytes:
    """The two lines that give data to a template: ASCII JSON as a string, every quote of it escaped.

    In `sys.inputs` it would make the typesetter read every template anew: they all could have looked there.
    """
    told = json.dumps({name: value for name, value in data.items() if name != "photos"}, sort_keys=True)
    quoted = told.replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "/templates/{template}": sheet\n#sheet(json(bytes("{quoted}")))\n'.encode("ascii")


def compile_png(template: str, data: Mapping[str, Any], *, lang: str, ppi: float, theme: str = "normal") -> list[bytes]:
    """One PNG a page. At 72 ppi a point of the template is a pixel."""
    with _translated(template):
        made = _compiler(lang).compile(
            input=TEMPLATES / template, format="png", ppi=ppi, sys_inputs=_inputs(data, lang, theme)
        )
    return list(made) if isinstance(made, list) else [_present(made, template)]


def ask(template: str, label: str, *, lang: str) -> Any:
    """The values of the metadata called `<label>` in what this thread compiled last for a language; [] for none."""
    with _translated(template):
        return json.loads(_compiler(lang).query(f"<{label}>", field="value"))


def answer(
    template: str, data: Mapping[str, Any], label: str, *, lang: str, theme: str = "normal", bleed_mm: float = 0
) -> Any:
    """The value of the metadata called `<label>` in a template set with `data`; nothing is drawn."""
    with _translated(template):
        compiler = typst.Compiler(
            **_input(template, data, lang, theme, bleed_mm=bleed_mm),
            root=ASSETS,
            font_paths=_fonts(lang),
        )
        return json.loads(compiler.query(f"<{label}>", field="value", one=True))


def template_files(template: str) -> tuple[Path, ...]:
    """Everything a template is made of, for `Step.files`: itself, what it imports, the brand and the icons."""
    icons = ASSETS / "icons"
    return (*_with_imports(template), BRAND_FILE, *_drawn(icons, icons.stat().st_mtime_ns))


@functools.lru_cache(maxsize=8)
def _drawn(icons: Path, stamp: int) -> tuple[Path, ...]:  # noqa: ARG001 (a folder with another file is looked at anew)
    return tuple(sorted(icons.glob("*.svg")))


def _with_imports(template: str) -> list[Path]:
    found: list[Path] = []
    waiting = [TEMPLATES / template]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        found.append(path)
        waiting += _imported(path, path.stat().st_mtime_ns)
    return found


@functools.lru_cache(maxsize=256)
def _imported(path: Path, stamp: int) -> tuple[Path, ...]:  # noqa: ARG001 (an edited template is read anew)
    return tuple(
        (ASSETS / name[1:]) if name.startswith("/") else (path.parent / name)
        for name in _IMPORT.findall(path.read_text(encoding="utf-8"))
    )


def _inputs(
    data: Mapping[str, Any], lang: str, theme: str, *, bleed_mm: float = 0, mono: bool = False
) -> dict[str, str]:
    # Pictures are large: they come apart, so that a template parses its data without them.
    photos = data.get("photos")
    data = {name: value for name, value in data.items() if name != "photos"}
    inputs = {
        "data": json.dumps(data, ensure_ascii=False, sort_keys=True),
        "look": json.dumps(look(lang, theme, bleed_mm=bleed_mm, mono=mono), ensure_ascii=False, sort_keys=True),
    }
    return inputs | ({"photos": json.dumps(photos, sort_keys=True)} if photos else {})


def _input(
    template: str, data: Mapping[str, Any], lang: str, theme: str, *, bleed_mm: float = 0, mono: bool = False
) -> dict[str, Any]:
    """What the compiler is given: a template that is a function gets its data told, any other in `sys.inputs`."""
    if "\n#let sheet(data)" in (TEMPLATES / template).read_text(encoding="utf-8"):
        told = {"photos": data.get("photos")}
        return {
            "input": _program(template, data),
            "sys_inputs": _inputs(told, lang, theme, bleed_mm=bleed_mm, mono=mono),
        }
    return {"input": TEMPLATES / template, "sys_inputs": _inputs(data, lang, theme, bleed_mm=bleed_mm, mono=mono)}


def _seconds(timestamp: dt.date | dt.datetime | int) -> int:
    if isinstance(timestamp, int):
        return timestamp
    if isinstance(timestamp, dt.datetime):
        return int(timestamp.astimezone(dt.UTC).timestamp())
    return int(dt.datetime.combine(timestamp, dt.time(), dt.UTC).timestamp())


def _present(made: bytes | None, template: str) -> bytes:
    if made is None:
        raise StepError("the typesetter returned nothing", where=template)
    return made


def _fonts(lang: str, files: tuple[Path, ...] = ()) -> typst.Fonts:
    """Exactly the fonts of a language: no font of the system can slip in."""
    files = files or font_files(lang)
    kept: dict[tuple[Path, ...], typst.Fonts] = _kept.__dict__.setdefault("fonts", {})
    if files not in kept:
        # The typesetter takes folders only; links into one of our own keep a family's other cuts out. It opens the
        # files they point to, so the folder may go at once.
        with tempfile.TemporaryDirectory(prefix="loa-fonts-") as folder:
            for number, file in enumerate(files):
                Path(folder, f"{number:02}-{file.name}").symlink_to(file)
            kept[files] = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    return kept[files]


def _compiler(lang: str, files: tuple[Path, ...] = ()) -> typst.Compiler:
    """This thread's compiler with the fonts of a language."""
    kept: dict[tuple[Path, ...], typst.Compiler] = _kept.__dict__.setdefault("compilers", {})
    files = files or font_files(lang)
    if files not in kept:
        kept[files] = typst.Compiler(root=ASSETS, font_paths=_fonts(lang, files), ignore_system_fonts=True)
    return kept[files]


@contextlib.contextmanager
def _translated(template: str) -> Iterator[None]:
    """Turn what the typesetter complains of into our own errors."""
    try:
        yield
    except RuntimeError as error:  # a TypstError when drawing, a bare one when asking
        raise _error(error, template) from None


def _error(error: RuntimeError, template: str) -> LoaError:
    message, diagnostic, hints = str(error), "", list[str]()
    if isinstance(error, typst.TypstError):
        message, diagnostic, hints = error.message, error.diagnostic or "", list(error.hints or ())
    for habit in ("failed to compile document: ", "panicked with: ", "assertion failed: "):
        message = message.strip().removeprefix(habit)
    if gate := _GATE.match(message):
        return GateError(gate["what"], gate=gate["gate"], mend=gate["mend"].strip())
    if tofu := _TOFU.search(message):
        codes = ", ".join(f"U+{ord(letter):04X}" for letter in tofu["text"])
        return GateError(
            f"the font {tofu['font']} has no letter for “{tofu['text']}” ({codes})",
            gate="glyphs",
            mend="Write it with letters of the language, or add a font that has it to assets/brand.toml",
        )
    place = re.search(r"┌─ (\S+:\d+)", diagnostic)
    return StepError(
        f"the template could not be set: {message}", where=place[1] if place else template, mend=" ".join(hints)
    )
