"""The type specimen: every language of the registry on one PDF, in its fonts, letters, figures and real words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from render.language import Language, languages
from render.paths import ASSETS
from render.steps import Made, Step
from render.typeset.brand import line_type
from render.typeset.engine import compile_pdf, template_files
from render.typeset.fonts import family_files, letters_of, require_letters

TEMPLATE = "specimen.typ"
UDHR = ASSETS / "demo" / "udhr"  # the real texts there are: <tag>.txt
MONEY = ("2.340.000", "đồng")

_SCRIPTS = {
    "Latn": "chữ La-tinh",
    "Khmr": "chữ Khmer",
    "Tavt": "chữ Thái Việt Nam",
    "Cham": "chữ Chăm",
    "Hant": "chữ Hán phồn thể",
    "Hans": "chữ Hán giản thể",
}
_RULES = {
    "space": "ở dấu cách",
    "dictionary": "giữa các từ, theo từ điển; giữ chỗ ngắt người viết cho (U+200B)",
    "writer": "chỉ ở dấu cách người viết gõ",
    "cjk": "giữa các chữ; dấu đóng không đứng đầu dòng",
}
# The letters of scripts that come in blocks: consonants and vowels that stand alone, and their digits.
_BLOCKS = {
    "Khmr": (*range(0x1780, 0x17A3), *range(0x17A5, 0x17B4), *range(0x17E0, 0x17EA)),
    "Tavt": tuple(range(0xAA80, 0xAAB0)),
    "Cham": (*range(0xAA00, 0xAA29), *range(0xAA50, 0xAA5A)),
}
_VIETNAMESE = "ă â đ ê ô ơ ư"
_SEPARATE = re.compile(r"[^\W\d_][\u0300-\u036f]*")


def specimen_step() -> Step:
    """The step that sets the specimen."""
    shown = [_entry(one) for one in languages().values()]
    return Step(
        run="render.typeset.specimen:set_specimen",
        inputs={"template": TEMPLATE, "data": {"languages": shown, "name": "Mẫu chữ của Loa", "money": list(MONEY)}},
        files=(*template_files(TEMPLATE), *_font_files()),
        libraries=("typst", "fonttools"),
    )


def set_specimen(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """A tagged, archivable PDF."""
    data = inputs["data"]
    for one in data["languages"]:
        parts = [("autonym", one["autonym"]), *(("letters", word) for word in one["letters"])]
        parts += [("text", text) for text in (one["headline"], *one["text"])]
        require_letters([(f"specimen: {one['tag']}: {where}", text) for where, text in parts], one["tag"])
    made = compile_pdf(inputs["template"], data, lang="vi", timestamp=0, fonts=_font_files())
    return Made(files={"pdf": made}, details={"languages": len(data["languages"])})


def shown_letters(one: Language, text: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The letters that a specimen shows of a language, capitals beside small ones, from its registry entry."""
    if one.script in _BLOCKS:
        known = letters_of(one.tag)
        return tuple(chr(code) for code in _BLOCKS[one.script] if code in known)
    if one.line_break == "cjk":  # those of its own text, most of which a primer would not list
        return tuple(dict.fromkeys(letter for letter in "".join(text) if unicodedata.category(letter) == "Lo"))[:56]
    written = one.letters.replace("Vietnamese-like", _VIETNAMESE).replace("full Vietnamese set", _VIETNAMESE)
    found = [letter for letter in _SEPARATE.findall(unicodedata.normalize("NFC", written)) if not letter.isascii()]
    if one.tag == "vi":
        found += list("áàảãạấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữựýỳỷỹỵ")
    small = found or list("abcdefghijklmnopqrstuvwxyz")
    pairs = (unicodedata.normalize("NFC", letter.upper() + letter) for letter in dict.fromkeys(small))
    return tuple(pairs)


def real_text(tag: str) -> tuple[str, ...]:
    """The title and articles 1 and 22 of the Declaration in a language; () where there is none."""
    file = UDHR / f"{tag}.txt"
    if not file.is_file():
        return ()
    lines = [line.strip() for line in _read(file).splitlines()]
    paragraphs = [line for line in lines if line and not line.startswith("#")]
    return tuple(paragraphs[:3])


def _read(file: Path) -> str:
    return unicodedata.normalize("NFC", file.read_text(encoding="utf-8"))


def _entry(one: Language) -> dict[str, Any]:
    text = real_text(one.tag)
    return {
        "tag": one.tag,
        "lang": one.tag.split("-")[0],
        "autonym": one.autonym,
        "name": one.name_vi,
        "enabled": one.enabled,
        "script": _SCRIPTS.get(one.script, one.script),
        "headline_fonts": list(one.headline_fonts),
        "body_fonts": list(one.body_fonts),
        "rule": _RULES[one.line_break],
        "provinces": list(one.provinces),
        "letters": list(shown_letters(one, text)),
        "headline": text[0] if text else "",
        "text": list(text[1:]),
        "type": line_type(one),
    }


def _font_files() -> tuple[Path, ...]:
    families = dict.fromkeys(
        family
        for one in (languages()["vi"], *languages().values())
        for family in (*one.headline_fonts, *one.body_fonts)
    )
    return tuple(file for family in families for file in family_files(family))
