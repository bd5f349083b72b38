"""The specimen: every language by its own name, real words or none, the same bytes twice."""

from __future__ import annotations

import unicodedata

import pytest

from render.cli import main
from render.language import languages
from render.paths import ASSETS
from render.steps import Made
from render.typeset.contrast import pairs
from render.typeset.pdf import claims, page_texts
from render.typeset.specimen import real_text, set_specimen, shown_letters, specimen_step


@pytest.fixture(scope="module")
def made() -> Made:
    return set_specimen(specimen_step().inputs, {})


def test_it_is_archivable_and_accessible_and_the_same_every_time(made: Made) -> None:
    found = claims(made.files["pdf"])
    assert (found.pdfa, found.pdfua, found.tagged, found.loose_fonts) == ("2U", "1", True, ())
    assert found.title == "Mẫu chữ của Loa"
    assert set_specimen(specimen_step().inputs, {}).files == made.files


def test_every_language_stands_in_it_switched_on_or_not(made: Made) -> None:
    text = unicodedata.normalize("NFC", "\n".join(page_texts(made.files["pdf"]))).replace("\r", "")
    joined = "".join(text.split())
    for one in languages().values():
        assert "".join(one.tag.split()) in joined, one.tag
        if one.script == "Latn":
            assert "".join(unicodedata.normalize("NFC", one.autonym).split()) in joined, one.autonym
    assert "chưabật" in joined
    assert joined.count("2.340.000") == len(languages())


def test_no_word_is_made_up_where_a_language_has_no_text(made: Made) -> None:
    texts = {file.stem for file in (ASSETS / "demo" / "udhr").glob("*.txt")}
    without = [tag for tag in languages() if not real_text(tag)]
    assert set(languages()) - set(without) == texts
    joined = "".join("".join(page_texts(made.files["pdf"])).split())
    assert joined.count("chờvănbản") == len(without) + 1  # once on the cover, which explains it


def test_letters_come_from_the_registry() -> None:
    known = languages()
    assert {"Ƀƀ", "Čč", "Ê̆ê̆"} <= set(shown_letters(known["rad"]))
    assert "ក" in shown_letters(known["km"])
    assert shown_letters(known["ium"])[0] == "Aa"
    assert "Ŭŭ" in shown_letters(known["ktv"])


def test_every_letter_of_it_can_be_read(made: Made) -> None:
    assert [pair for pair in pairs(made.files["pdf"]) if not pair.enough] == []


def test_the_command_writes_it_where_it_is_told(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specimen", "--out", str(tmp_path / "a" / "mau.pdf")]) == 0
    assert (tmp_path / "a" / "mau.pdf").read_bytes().startswith(b"%PDF")
    assert f"{len(languages())} languages" in capsys.readouterr().out
    assert main(["specimen", "--out", str(tmp_path)]) == 2
