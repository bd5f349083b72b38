"""Every language is set with air between its lines, broken where it may be, in real cuts, and in its own letters."""

from __future__ import annotations

import io
import re
import unicodedata

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import ArticleError, EditionError, GateError
from render.language import languages
from render.scripts import check_letters, foreign_letters
from render.typeset.brand import stack
from render.typeset.fonts import family_files, require_letters
from render.typeset.specimen import real_text
from tests.render.sheets import article
from tests.render.typography import air, broken, compiled, pixels

ENABLED = [tag for tag, one in languages().items() if one.enabled]
# What hangs lowest and what rises highest; in bold running text Ẳ alone may reach a fiftieth of a line too far.
LOW = {
    "Latn": "gjpqy ạ ị ợ ự ỵ",
    "Khmr": "ស្ត្រី មន្ត្រី ខ្ញុំ ក្រុង ព្រះ ត្រូវ gjqyự",
    "Tavt": "ꪩꪴ ꪚꪴꪙ ꪄꪴ ꪒꪴꪒ gjqyự",
    "Cham": "ꨆꨭ ꨆꨴ ꨆꨶ ꨝꨵꨭ gjqyự",
    "Hant": "國作，。（權）；gjqy",
    "Hans": "国作，。（权）；gjqy",
}
HIGH = {
    "Latn": "ẤẦẨẪẬẮẰẴẾỀỂỄỐỒỔỖỚỞỠỨỪỬỮÝỶỸĐ",
    "Khmr": "ស៊ី ប៉ឺ ហ៊ឹ ញ៉ៃ ម៉ៅ គឺ ជឿ ក៏ ធម៌ ឱ្យ",
    "Tavt": "ꪼꪒ꪿ ꪹꪀꪷ꫁ ꪀꪲ꪿ ꪩꪾ꫁ ꪵꪠꪙ ꪶꪔ꪿",
    "Cham": "ꨆꨪꨩ ꨆꨫꩌ ꨀꨪꩍ ꨓꨮꨫ ꨆꨰ",
    "Hant": "國際障「權」（衛）",
    "Hans": "国际障「权」（卫）",
}
BREVES = " ê̆ ô̆ ơ̆ ư̆ Ê̆ Ô̆ Ơ̆ Ư̆ Ŏ Ŭ Ĭ Č Ƀ ŏ ŭ ĭ č ƀ"


@pytest.mark.parametrize("tag", ENABLED)
@pytest.mark.parametrize("role", ["body", "bold", "heading", "headline"])
def test_no_line_touches_the_one_below_it(tag: str, role: str) -> None:
    script = languages()[tag].script
    high = HIGH[script] + (BREVES if script == "Latn" and tag != "vi" else "")
    assert air(tag, LOW[script], high, role) > 0


@pytest.mark.parametrize("tag", ["vi", "rad"])
def test_a_headline_opens_only_as_far_as_its_own_letters_need(tag: str) -> None:
    def height(*lines: str) -> int:
        rows = (pixels(tag, list(lines), "measured", size=60, width=900) < 128).any(axis=(1, 2))
        return int(rows.nonzero()[0][-1] - rows.nonzero()[0][0])

    calm, crowded = height("Nhà nam", "hai con"), height("Người được", "Ấp Ẩm")
    assert crowded > calm + 10


@pytest.mark.parametrize("tag", ["jra", "rad", "bdq", "cmo"])
def test_letters_with_a_breve_over_another_mark_stand_apart_from_it(tag: str) -> None:
    # Each pile is higher than its letter with the lower mark alone: the second mark is not drawn over the first.
    def rows(text: str, role: str) -> int:
        return int((pixels(tag, [text], role, width=400) < 128).any(axis=(1, 2)).sum())

    for role in ("body", "headline"):
        for pile, one in (("ê\u0306", "ê"), ("ô\u0306", "ô"), ("Ê\u0306", "Ê")):
            assert rows(pile, role) > rows(one, role) + 5, (role, pile)


@pytest.mark.parametrize("tag", ["zh-Hant", "zh-Hans"])
def test_no_chinese_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(tag: str) -> None:
    for width in range(90, 260, 10):
        lines = broken(tag, "".join(real_text(tag)[1:]) + "「甲」（乙）：「丙。」", width)
        assert len(lines) > 3
        assert not [line for line in lines if line[0] in "，。、；：！？）」』》”’,.;:!?)"], width
        assert not [line for line in lines if line.strip()[-1] in "（「『《“‘("], width


def test_tai_viet_breaks_at_typed_spaces_only() -> None:
    text = real_text("blt-Tavt")[1]
    words = {word for word in text.split() if len(word) > 2}
    for width in (150, 200, 280):
        ink = pixels("blt-Tavt", [text], "body", size=20, width=width)
        assert (ink[:, -5:] > 250).all()  # nothing runs out of its column
    whole = broken("blt-Tavt", max(words, key=len) * 3, 60)
    assert len(whole) == 1  # without a space it has nowhere to break


def test_khmer_breaks_between_words_without_spaces_and_where_its_writer_says() -> None:
    sentence = real_text("km")[1].replace(" ", "")
    for width in (140, 220, 300):
        ink = pixels("km", [sentence], "body", size=20, width=width)
        assert (ink[:, -4:] > 250).all()
        assert ink.shape[0] > 320  # several lines
    assert [line.strip("\u200b") for line in broken("km", "កកកកក\u200bខខខខខ", 90)] == ["កកកកក", "ខខខខខ"]


@pytest.mark.parametrize("tag", ENABLED)
def test_every_weight_is_a_cut_of_the_font_and_nothing_is_made_bold_by_force(tag: str) -> None:
    text = real_text(tag)[0] if real_text(tag) else f"{languages()[tag].autonym} 2.340.000 đồng"
    drawn = {role: compiled(tag, [text], role, "pdf", width=3000) for role in ("body", "headline")}
    for pdf in drawn.values():
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            page = opened.pages[0]
            shown = [one.operands[0] for one in pikepdf.parse_content_stream(page) if str(one.operator) == "Tr"]
            assert {int(mode) for mode in shown} <= {0}, "letters are outlined to look bold"
            fonts = [str(font["/DescendantFonts"][0]["/BaseFont"]) for font in page.Resources["/Font"].values()]
            assert fonts
    heavy, light = (pixels(tag, [text], role, width=3000) < 128 for role in ("headline", "body"))
    assert heavy.sum() > 1.1 * light.sum()
    for family in (*stack(tag).headline, *stack(tag).body):
        assert family_files(family)


def test_a_font_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(GateError, match=r"no font is called 'Comic Sans'.*There are: Be Vietnam Pro"):
        family_files("Comic Sans")


# Letters of other scripts, and what cannot be seen


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Người cаo tuổi", r"Cyrillic letters: “а” \(U\+0430 CYRILLIC SMALL LETTER A\) in “cаo”.*type cao anew"),
        ("Mức ก mới", r"Thai letters: “ก” \(U\+0E01"),
        ("Số Ω", r"Greek letters"),
        ("a\u200b\u200b\u200bb", "run of invisible"),
        ("hưu\u200dtrí", r"ZERO WIDTH JOINER.*inside a word"),
        ("a\u0301\u0302\u0303\u0306\u0309", "marks are piled"),
        ("x\U000e1234y", r"U\+E1234, which is no character"),
    ],
)
def test_what_cannot_be_meant_in_vietnamese_is_refused_with_its_letters(text: str, told: str) -> None:
    with pytest.raises(ArticleError) as caught:
        check_letters(text, "vi")
    assert re.search(told, str(caught.value)), caught.value


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("vi", "Điều 21, 500.000 đồng – “tổng đài” 1900 9068… ½ % ₫"),
        ("km", "មាត្រា ២២ BHXH 500.000 đồng"),
        ("zh-Hant", "每個人，作為社會的一員 BHXH ㄅ"),
        ("rad", "Ê Đê ơ̆ ư̆ ƀ č"),
        ("blt-Tavt", "ꪹꪕꪸꪉ 22"),
        ("vi", "bảo\u200bhiểm"),
    ],
)
def test_a_language_keeps_its_letters_its_figures_and_latin_names(tag: str, text: str) -> None:
    check_letters(text, tag)


@given(st.text(alphabet="aăâbcdđeêơưấẩộ 0123,.–“”", max_size=40))
def test_vietnamese_letters_are_never_foreign(text: str) -> None:
    assert foreign_letters(text, "vi") == ()


def test_the_place_of_a_foreign_letter_is_the_block_and_its_line() -> None:
    with pytest.raises(EditionError, match=r"dau: vi is not written with Thai letters"):
        article("## Một {#dau}\n\nMức ก mới.\n")


def test_a_missing_letter_in_the_office_is_told_as_the_offices() -> None:
    from render.typeset.wording import words

    data = {"foot": {"office": {"name": "Xã ꪼ", "address": None}}, "blocks": [{"id": "s1", "items": [{"b": "x"}]}]}
    with pytest.raises(GateError, match=r"^office: name: the fonts of vi have no letter for “ꪼ”"):
        require_letters(words(data), "vi")
    assert ("block s1: items", "x") in words(data)
    assert unicodedata.is_normalized("NFC", "Xã")
