"""Talks as the elder who reads them aloud, and a machine reader, meet them."""

from __future__ import annotations

import dataclasses
import io
import re

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.edition import Edition
from render.errors import GateError
from render.products.telling import LONGEST_BREATH, PHRASES, _breaths, talk_data
from render.speech.segments import syllables
from render.steps import Made
from render.typeset.pdf import claims, comparable, page_texts
from tests.render.sheets import ARTICLES, CONTEXT, OFFICE, article, demo, made, main_file, planned

NAME = "script-sheet"
STEMS = sorted(path.stem for path in ARTICLES.glob("*.md") if path.stem != "README")
COMMUNE = dataclasses.replace(OFFICE, code="66.24133", name="Ủy ban nhân dân xã Ea Kao", unit="Xã Ea Kao", kind="xa")


def told(edition: Edition) -> list[str]:
    """Every sentence of a talk as it is written, titles that are read aloud included."""
    data, _ = talk_data(edition)
    sentences = []
    for section in data["sections"]:
        sentences += [section["title"]] if section["title"] else []
        for line in section["lines"]:
            breaths = ("".join(piece["t"] for piece in part["pieces"]) for part in line["parts"])
            sentences.append(re.sub(r"(?<=[，；：]) ", "", " ".join(breaths)))
    return sentences


@pytest.mark.parametrize("stem", STEMS)
def test_every_demonstration_article_becomes_a_talk_that_passes_its_gates(stem: str) -> None:
    edition = demo(stem)
    plan, done = planned(NAME, edition), dict[str, Made]()
    for gate in plan.gates:
        made(gate, done)
    pdf = made(plan.files[0].step, done).files["pdf"]
    found = claims(pdf)
    assert set(found.page_sizes_mm) == {(210.0, 297.0)}
    assert (found.pdfa, found.pdfua, found.tagged) == ("2U", "1", True)
    assert len(pdf) <= 400_000
    texts = page_texts(pdf)
    for number, text in enumerate(texts, 1):
        assert f"{number}/{len(texts)}" in text


@pytest.mark.parametrize(
    "stem", ["tro-cap-huu-tri-xa-hoi", "co-so-y-te-diem-thu-cong-tac-vien", "canh-bao-gia-mao-co-quan-bhxh"]
)
def test_no_sentence_is_torn_between_two_pages(stem: str) -> None:
    edition = demo(stem)
    pages = [comparable(text) for text in page_texts(main_file(NAME, edition))]
    for sentence in told(edition):
        assert any(comparable(sentence) in page for page in pages), sentence


def test_the_people_of_the_commune_are_greeted_and_the_number_is_given_twice() -> None:
    sentences = told(demo("tro-cap-huu-tri-xa-hoi", office=COMMUNE))
    assert sentences[0] == "Kính thưa bà con xã Ea Kao."
    assert "Nội dung này do Ủy ban nhân dân xã Ea Kao biên soạn." in sentences
    assert not any("bản tin" in sentence for sentence in sentences)
    assert sum("1900\u00a09068" in sentence for sentence in sentences) >= 2
    assert sum("500.000\u00a0đồng" in sentence for sentence in sentences) >= 3


def test_amounts_are_bold_in_digits_and_said_in_words_as_the_voice_says_them() -> None:
    data, _ = talk_data(demo("tro-cap-huu-tri-xa-hoi", office=dataclasses.replace(OFFICE, code="01")))
    lines = [line for section in data["sections"] for line in section["lines"]]
    bold = {piece["t"] for line in lines for part in line["parts"] for piece in part["pieces"] if piece.get("b")}
    assert {"500.000\u00a0đồng", "75\u00a0tuổi", "01/7/2025", "1900\u00a09068"} <= bold
    said = {pair["t"].replace("\u00a0", " "): pair["s"] for line in lines for pair in line["said"]}
    assert said["500.000 đồng"] == "năm trăm nghìn đồng"
    assert said["1900 9068"].startswith("một chín không không")
    assert "75 tuổi" not in said  # plain to read
    for line in lines:
        amounts = [
            piece["t"] for part in line["parts"] for piece in part["pieces"] if "." in piece["t"] and piece.get("b")
        ]
        assert {pair["t"] for pair in line["said"]} >= set(amounts)


def test_abbreviations_are_told_in_full() -> None:
    data, _ = talk_data(article("## Một mục {#a}\n\nĐóng BHXH ở UBND xã.\n"))
    said = {pair["t"]: pair["s"] for section in data["sections"] for line in section["lines"] for pair in line["said"]}
    assert said["BHXH"] == "bảo hiểm xã hội"
    assert said["UBND"] == "ủy ban nhân dân"


def test_questions_stand_with_their_answers() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    data, _ = talk_data(edition)
    (section,) = [one for one in data["sections"] if any(line["kind"] == "ask" for line in one["lines"])]
    assert sum(line["kind"] == "ask" for line in section["lines"]) == 3
    pages = [comparable(text) for text in page_texts(main_file(NAME, edition))]
    for at, line in enumerate(section["lines"][:-1]):
        if line["kind"] == "ask":
            both = [
                comparable("".join(piece["t"] for part in one["parts"] for piece in part["pieces"]))
                for one in section["lines"][at : at + 2]
            ]
            assert any(all(text in page for text in both) for page in pages)


def test_every_section_says_how_long_it_takes() -> None:
    data, _ = talk_data(demo("bhyt-ho-gia-dinh"))
    assert all(
        re.fullmatch(r"(\d+ phút)?( ?\d+ giây)?", section["time"]["t"].replace("\u00a0", " "))
        for section in data["sections"]
    )
    assert "phút" in data["time"]["t"]


@given(
    st.lists(
        st.sampled_from(["bà con", "nộp hồ sơ", "và", "hoặc", "để", "khi", "trong", "mười ngày", "nếu"]),
        min_size=1,
        max_size=40,
    )
)
@settings(deadline=None)
def test_breathing_loses_no_word_and_leaves_no_long_stretch_that_could_be_parted(words: list[str]) -> None:
    clause = " ".join(words)
    breaths = _breaths(clause)
    assert " ".join(breaths) == clause
    assert all(syllables(breath) <= LONGEST_BREATH or _breaths(breath) == [breath] for breath in breaths)


def test_a_sentence_longer_than_a_page_is_refused_with_its_beginning() -> None:
    endless = article(
        "## Kể dài {#ke-dai}\n\n" + "Một câu cứ kéo dài mãi " + "rồi lại kéo dài mãi không dừng " * 60 + ".\n"
    )
    with pytest.raises(GateError, match="longer than a page of the talk") as caught:
        main_file(NAME, endless)
    assert caught.value.gate == "overflow"


@pytest.mark.parametrize("count", [1, 60])
def test_an_article_of_one_block_or_of_sixty_is_told_whole(count: int) -> None:
    edition = article("".join(f"## Mục số {n} {{#m{n}}}\n\nCâu này nói về mục {n}.\n\n" for n in range(count)))
    text = comparable("".join(page_texts(main_file(NAME, edition))))
    assert all(comparable(f"nói về mục {n}.") in text for n in range(count))


def test_what_nobody_has_translated_is_printed_in_vietnamese_and_told() -> None:
    warnings = planned(NAME, demo("quyen-an-sinh-xa-hoi.km")).warnings
    assert any(PHRASES["kind"] in warning for warning in warnings)
    assert planned(NAME, demo("quyen-an-sinh-xa-hoi")).warnings == ()


def test_the_same_edition_gives_the_same_bytes() -> None:
    edition = demo("luong-huu-tu-15-nam")
    assert main_file(NAME, edition) == main_file(NAME, edition)


def test_a_machine_that_reads_aloud_meets_the_code_and_the_hotline_once() -> None:
    pdf = main_file(NAME, demo("tro-cap-huu-tri-xa-hoi"))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        told = [str(one["/Alt"]) for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert [alt for alt in told if "/q/" in alt] == [
        f"Quét mã để biết tờ này còn đúng không: {CONTEXT.qr(demo('tro-cap-huu-tri-xa-hoi'))}"
    ]
