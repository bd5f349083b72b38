"""Text of old encodings: known by what it says, refused in articles, mended in files."""

from __future__ import annotations

import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.cli import main
from render.errors import EditionError, SettingsError
from render.fixing import fix_file
from render.legacy import convert, detect
from render.mojibake import is_vietnamese, reread
from render.paths import ASSETS
from tests.render.sheets import article

MEANT = "Bảo hiểm xã hội tự nguyện: Nhà nước hỗ trợ tiền đóng"
OLD = {
    "TCVN3": "B¶o hiÓm x· héi tù nguyÖn: Nhµ n­íc hç trî tiÒn ®ãng",
    "VNI": "Baûo hieåm xaõ hoäi töï nguyeän: Nhaø nöôùc hoã trôï tieàn ñoùng",
    "VISCII": "Bäo hi¬m xã hµi tñ nguy®n: Nhà nß¾c h² trþ ti«n ðóng",
}


def as_cp1252(data: bytes) -> str:
    """Bytes as Windows-1252 shows them."""
    return "".join(bytes((one,)).decode("cp1252", "ignore") or chr(one) for one in data)


def cp1258(text: str) -> bytes:
    """Vietnamese as Windows-1258 keeps it: letters with hats, tones behind them."""
    made = ""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(one for one in parts if one in "\u0300\u0301\u0303\u0309\u0323")
        made += unicodedata.normalize("NFC", "".join(one for one in parts if one not in tone)) + tone
    return made.encode("cp1258")


@pytest.mark.parametrize("name", ["TCVN3", "VNI", "VISCII"])
def test_vietnamese_of_an_old_encoding_says_what_was_meant(name: str) -> None:
    found = reread(OLD[name])
    assert found is not None
    assert (found.encoding, found.text, found.unsure) == (name, MEANT, ())


def test_utf8_and_windows_1258_read_as_something_else_are_known() -> None:
    assert reread(as_cp1252(MEANT.encode())).text == MEANT
    assert reread(as_cp1252(cp1258(MEANT))).text == MEANT


@pytest.mark.skipif(subprocess.run(["which", "iconv"], capture_output=True).returncode != 0, reason="no iconv here")
def test_the_tables_are_those_of_the_c_library() -> None:
    from render.mojibake import _TCVN3, _VISCII

    for table, name in ((_TCVN3, "TCVN5712-1"), (_VISCII, "VISCII")):
        for byte, letter in table.items():
            read = subprocess.run(["iconv", "-f", name, "-t", "UTF-8"], input=bytes((byte, 32)), capture_output=True)
            assert unicodedata.normalize("NFC", read.stdout.decode().rstrip(" ")) == letter, (name, hex(byte))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("B¶O HIÓM X· HéI", "BẢO HIỂM XÃ HỘI"),
        ("Ðóng bảo hiểm", "Đóng bảo hiểm"),
        ("người cаo tuổi", "người cao tuổi"),
        ("Tin b¶o", "Tin bảo"),
    ],
)
def test_small_pieces_are_known_too(text: str, meant: str) -> None:
    assert detect(text, "vi")
    assert convert(text, "vi") == meant


@pytest.mark.parametrize(
    "text",
    [
        MEANT,
        "Hôpital français à Côte d’Ivoire",
        "Nghị định 176/2025/NĐ-CP, 500.000 đồng",
        "Krông Pắk, Čư Mgar, Ea H’leo",
        "90 m² – 5 µm, iPhone®",
        "â",
        "chẳng, thẳng, ngoằn ngoèo, khuỷu, quýnh, giếng, gì, quần",
    ],
)
def test_vietnamese_and_what_is_foreign_on_purpose_stay(text: str) -> None:
    assert reread(text) is None


def test_every_word_of_the_demonstration_is_vietnamese() -> None:
    files = [path for path in (ASSETS / "demo" / "articles").glob("*.md") if path.name.count(".") == 1]
    assert files
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not detect(line, "vi"), line


MORE = ("hưởng", "lương", "hưu", "từ", "đủ", "mười", "lăm", "năm", "đóng", "trở", "lên")


@given(st.lists(st.sampled_from([*MEANT.split(), *MORE]), max_size=12))
def test_no_sentence_of_vietnamese_words_is_taken_for_old_text(words: list[str]) -> None:
    assert reread(" ".join(words)) is None
    assert all(is_vietnamese(word.strip(":")) for word in words)


@given(st.text(max_size=60))
def test_any_text_is_read_without_failing_and_twice_is_once(text: str) -> None:
    once = convert(text, "vi")
    if not detect(once, "vi"):
        assert convert(once, "vi") == once


def test_an_article_in_an_old_encoding_is_refused_with_what_it_seems_to_say() -> None:
    with pytest.raises(
        EditionError, match=r"dau: the text is not in real letters \(TCVN3\)\. It seems to say: Bảo hiểm"
    ):
        article(f"## Một {{#dau}}\n\n{OLD['TCVN3']}.\n")


# Files

FILE = """---
slug: a
lang: vi
title: "B¶o hiÓm x· héi"
summary: "Mçi th¸ng {{ muc }}"
legal: ["LuËt 41/2024/QH15"]
---

## §iÒu kiÖn {#dk .eligibility}

- Tõ [®ñ 75 tuæi](https://vss.gov.vn/x·) vµ `B¶o`
- hé nghÌo
Tổng đài hưởng x· héi hé nghÌo
"""


def test_a_file_is_mended_and_its_facts_addresses_and_code_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.md"
    path.write_text(FILE, encoding="utf-8")
    assert main(["fix-text", str(path)]) == 1  # a word is left for a person
    shown = capsys.readouterr().out
    assert '+title: "Bảo hiểm xã hội"' in shown
    assert "could be meant either way, left as it is: hé" in shown
    assert path.read_text(encoding="utf-8") == FILE  # nothing is written unasked

    assert main(["fix-text", str(path), "--write"]) == 1
    made = path.read_text(encoding="utf-8")
    assert '"Mỗi tháng {{ muc }}"' in made
    assert 'legal: ["Luật 41/2024/QH15"]' in made
    assert "## Điều kiện {#dk .eligibility}" in made
    assert "- Từ [đủ 75 tuổi](https://vss.gov.vn/x·) và `B¶o`" in made
    assert "- hộ nghèo\n" in made  # the file's other lines tell its encoding
    assert (tmp_path / "a.md.bak").read_text(encoding="utf-8") == FILE
    main(["fix-text", str(path), "--write"])
    assert not (tmp_path / "a.md.bak2").exists()  # nothing to convert, nothing written


def test_one_file_may_hold_several_encodings_and_is_utf8_in_nfc_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "m.vi.txt"
    lines = [
        "Dòng một đúng.".encode(),
        OLD["TCVN3"].encode("cp1252"),
        cp1258(MEANT),
        unicodedata.normalize("NFD", "Hưởng lương hưu").encode(),
        OLD["VNI"].encode("utf-8"),
        b"",
    ]
    path.write_bytes(b"\r\n".join(lines))
    found = fix_file(path)
    assert found.after.split("\r\n") == ["Dòng một đúng.", MEANT, MEANT, "Hưởng lương hưu", MEANT, ""]
    assert unicodedata.is_normalized("NFC", found.after)
    assert {one.line for one in found.remarks} == {2, 3, 5}
    assert not any(one.open for one in found.remarks)


def test_the_universal_declaration_becomes_nfc_and_is_otherwise_left(tmp_path: Path) -> None:
    source = (ASSETS / "demo" / "udhr" / "vi.txt").read_text(encoding="utf-8")
    path = tmp_path / "vi.txt"
    path.write_text(source, encoding="utf-8")
    found = fix_file(path, "vi")
    assert not unicodedata.is_normalized("NFC", source)
    assert found.after == unicodedata.normalize("NFC", source)


def test_what_no_rule_mends_is_named_with_its_line_and_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x.vi.txt"
    path.write_bytes("Đúng.\nhai\u202e ba \x1b[2J\nMức ก\n".encode())
    found = fix_file(path)
    words = {(one.line, one.words.split(":")[0]) for one in found.remarks if one.open}
    assert (2, "holds U+202E (right-to-left override)") in words
    assert any(line == 3 and "Thai" in told for line, told in words)
    assert "\x1b" not in found.diff()


def test_a_file_that_does_not_say_its_language_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("abc", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"does not say its language. Add --lang TAG"):
        fix_file(path)


def test_letters_of_the_highlands_fonts_are_mended_as_before(tmp_path: Path) -> None:
    path = tmp_path / "cu.rad.md"
    path.write_text('---\nslug: cu\nlang: rad\ntitle: "[uôn"\nlegal: [a]\n---\n## k]ư {#a .steps}\n', encoding="utf-8")
    found = fix_file(path)
    assert '"ƀuôn"' in found.after
    assert "legal: [a]" in found.after
    assert "kčư {#a .steps}" in found.after
