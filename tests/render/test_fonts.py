"""Fonts: every language has its files, every letter of its texts, and no other font comes in."""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont

from render.errors import GateError
from render.language import languages
from render.paths import ASSETS
from render.typeset.brand import stack
from render.typeset.fonts import family_files, font_files, letters, missing_letters, require_letters

ENABLED = [tag for tag, language in languages().items() if language.enabled]
VIETNAMESE = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ0123456789.,;:?!%₫–—·“”…"
)


@pytest.mark.parametrize("tag", ENABLED)
def test_every_language_has_font_files_that_exist_in_a_fixed_order(tag: str) -> None:
    files = font_files(tag)
    assert files
    assert all(file.is_file() for file in files)
    assert len(set(files)) == len(files)
    font_files.cache_clear()
    assert font_files(tag) == files


@pytest.mark.parametrize("tag", ENABLED)
def test_vietnamese_phrases_can_be_set_on_a_sheet_of_every_language(tag: str) -> None:
    assert missing_letters(VIETNAMESE + VIETNAMESE.upper(), tag) == ()


@pytest.mark.parametrize("tag", ["vi", "km", "blt-Tavt", "zh-Hant"])
def test_the_universal_declaration_has_no_missing_letter(tag: str) -> None:
    text = (ASSETS / "demo" / "udhr" / f"{tag}.txt").read_text(encoding="utf-8")
    assert missing_letters(text, tag) == ()


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("rad", "Ê Đê: ƀ č ñ ŏ ŭ ĕ ĭ ê̆ ô̆ ơ̆ ư̆ Ƀ Č Ŏ Ŭ"),
        ("jra", "Jrai: ƀ č ơ̆ ư̆ ŏ ŭ ĭ"),
        ("cjm-Cham", "ꨀꨁꨂꨌꩌ ꩐꩑"),
    ],
)
def test_letters_of_the_orthographies_are_there(tag: str, text: str) -> None:
    assert missing_letters(text, tag) == ()


def test_a_missing_letter_is_named_with_its_code_point_and_place() -> None:
    with pytest.raises(GateError, match=r"ꪼ.*U\+AABC TAI VIET VOWEL AY") as caught:
        require_letters([("block con-so", "chữ ꪼ lạ")], "vi")
    assert caught.value.gate == "glyphs"
    assert caught.value.where == "block con-so"


def test_invisible_letters_need_no_font() -> None:
    assert missing_letters("ក\u200bខ\u2060\u00ad", "km") == ()


def test_bold_of_every_script_is_drawn_not_smeared() -> None:
    # Each family brings a bold file or a weight axis: the typesetter would otherwise fall back to the regular cut.
    for tag in ENABLED:
        for family in stack(tag).body:
            fonts = [TTFont(file, lazy=True) for file in family_files(family)]
            axes = {axis.axisTag for font in fonts if "fvar" in font for axis in font["fvar"].axes}
            assert "wght" in axes or any(font["OS/2"].usWeightClass >= 700 for font in fonts), family


def test_letters_are_those_of_the_stack_alone() -> None:
    assert ord("ក") in letters("km")
    assert ord("ក") not in letters("vi")
