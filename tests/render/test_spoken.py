"""What is said for what is written: the yardstick, rules beyond it, facts, gates, other languages."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.cli import main
from render.communes import communes
from render.edition import Run, SaidFact
from render.errors import GateError, LanguageError
from render.speech.lexicon import lexicon, read_lexicon
from render.speech.segments import plain, segments, sentences, written
from render.speech.spoken import check_spoken, speak_runs, spoken_form, unspoken
from render.speech.vi.numbers import DIGITS, roman, whole
from render.speech.vi.words import is_syllable

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[tuple[str, str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines if line.strip() and not line.startswith("#")]


def bare(text: str) -> str:
    """Without case, punctuation and the two places a tone mark may stand in."""
    text = unicodedata.normalize("NFC", text.lower()).replace("khoá", "khóa").replace("uỷ", "ủy")
    return " ".join(re.findall(r"\w+", text))


@pytest.mark.parametrize(("text", "said"), rows("speech-cases.tsv"))
def test_the_yardstick_passes(text: str, said: str) -> None:
    assert bare(spoken_form(text)) in {bare(one) for one in said.split("|")}
    assert unspoken(spoken_form(text)) == []


@pytest.mark.parametrize(("text", "said"), rows("speech-rules.tsv"))
def test_rules_hold_beyond_the_yardstick(text: str, said: str) -> None:
    assert bare(spoken_form(text)) in {bare(one) for one in said.split("|")}
    assert unspoken(spoken_form(text)) == []


def test_every_commune_can_be_greeted() -> None:
    """B'Lao and KDang as well: a bulletin that no voice can open is not made for the people there."""
    names = sorted({commune.unit for commune in communes()})
    # Four hundred at a time: what cannot be said is named, whatever stands around it.
    for at in range(0, len(names), 400):
        assert unspoken(spoken_form(". ".join(f"Kính thưa bà con {name}" for name in names[at : at + 400]))) == []


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_no_text_breaks_the_rules(text: str) -> None:
    unspoken(spoken_form(text))


@given(st.text(alphabet="0123456789.,/-:%+≥<> đxhĐAIVXCQPtrnguờgiờthángnămđồngkm²()", max_size=40))
def test_no_digit_is_ever_left(text: str) -> None:
    assert not re.search(r"\d", spoken_form(text))


VALUES = {word: value for value, word in enumerate(DIGITS)} | {"mốt": 1, "tư": 4, "lăm": 5, "mười": 10}


def heard(words: str) -> int:
    """The number that a listener understands."""
    total = group = last = 0
    for word in words.split():
        if word in ("nghìn", "triệu", "tỷ"):
            scale = {"nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}[word]
            total, group, last = (
                (total + (group + last) * scale if scale < 10**9 else (total + group + last) * scale),
                0,
                0,
            )
        elif word == "trăm":
            group, last = last * 100, 0
        elif word == "mươi":
            group, last = group + last * 10, 0
        elif word == "mười":
            group, last = group + 10, 0
        elif word != "linh":
            last = VALUES[word]
    return total + group + last


@given(st.integers(0, 10**12))
def test_a_listener_understands_the_number_that_was_meant(number: int) -> None:
    assert heard(whole(number)) == number


@pytest.mark.parametrize(
    ("text", "value"), [("IV", 4), ("XIV", 14), ("XXI", 21), ("IIII", None), ("VX", None), ("", None), ("LX", 60)]
)
def test_only_well_formed_roman_numerals_count(text: str, value: int | None) -> None:
    assert roman(text) == value


@pytest.mark.parametrize(
    "piece", ["1", "1.000 ", "a.", "1-", "1/", " ", "10 kg gạo/", "(BHXH) ", "ngày 1/7/2025, 4,5%. "]
)
def test_a_very_long_line_is_said_in_about_a_second(piece: str) -> None:
    began = time.process_time()
    spoken_form((piece * 12_000)[:12_000])
    assert time.process_time() - began < 2  # 0.1 to 0.8 on a quiet machine


def test_a_long_text_is_said_as_its_sentences_are() -> None:
    sentence = "Từ ngày 1/7/2025, mức đóng là 4,5%. TP. Hồ Chí Minh có 22% người."
    assert spoken_form(" ".join([sentence] * 60)) == " ".join([spoken_form(sentence)] * 60)


@pytest.mark.parametrize("word", ["Hcm", "mmhg", "Mr", "Bv"])
def test_a_word_without_a_vowel_is_no_word(word: str) -> None:
    assert unspoken(f"Bà con hỏi {word} xã") == [word]
    assert unspoken("bảo hiểm xã hội chấm gov chấm vn, điểm b") == []


def test_the_south_says_ngan_and_le() -> None:
    assert spoken_form("105.300 đồng", region="south") == "một trăm lẻ năm ngàn ba trăm đồng"
    assert spoken_form("105.300 đồng") == "một trăm linh năm nghìn ba trăm đồng"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("204.005 đồng", "hai trăm lẻ bốn ngàn không trăm lẻ năm đồng"),
        ("ngày 05/5/2005", "ngày mùng năm tháng năm năm hai ngàn không trăm lẻ năm"),
        ("Quyết định 105/QĐ-UBND", "Quyết định số một trăm lẻ năm của ủy ban nhân dân"),
    ],
)
def test_the_south_says_so_in_sums_dates_and_citations(text: str, said: str) -> None:
    assert spoken_form(text, region="south") == said


def test_loa_speak_says_it_as_the_south_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speak", "--region", "south", "--text", "105.000 đồng"]) == 0
    assert capsys.readouterr().out == "một trăm lẻ năm ngàn đồng\n"


def fact(key: str, unit: str, value: str, printed: str, suffix: str = "") -> SaidFact:
    return SaidFact(key=key, unit=unit, value=value, printed=printed, since=None, suffix=suffix)


def test_a_fact_is_said_from_its_value_not_from_its_print() -> None:
    facts = [fact("tien", "money", "500000", "5oo.ooo đ (in sai)")]
    runs = (Run("Nhận "), Run("5oo.ooo đ (in sai)", fact="tien"), Run("/tháng."))
    assert speak_runs(runs, facts, lang="vi") == "Nhận năm trăm nghìn đồng một tháng."


@pytest.mark.parametrize(
    ("unit", "value", "suffix", "said"),
    [
        ("money", "2340000", "", "hai triệu ba trăm bốn mươi nghìn đồng"),
        ("percent", "4.5", "", "bốn phẩy năm phần trăm"),
        ("age", "75", "", "bảy mươi lăm tuổi"),
        ("years", "15", "", "mười lăm năm"),
        ("months", "6", "", "sáu tháng"),
        ("number", "10", "ngày làm việc", "mười ngày làm việc"),
        ("phone", "1900 9068", "", "một chín không không, chín không sáu tám"),
        ("email", "lienhe@vss.gov.vn", "", "liên hệ a còng vê ét ét chấm gov chấm vn"),
    ],
)
def test_every_unit_of_facts_has_its_words(unit: str, value: str, suffix: str, said: str) -> None:
    assert speak_runs((Run("x", fact="k"),), [fact("k", unit, value, "x", suffix)], lang="vi") == said


def test_two_values_of_one_fact_are_told_apart_by_what_is_printed() -> None:
    facts = [fact("tuoi", "age", "80", "80 tuổi"), fact("tuoi", "age", "75", "75 tuổi")]
    runs = (Run("Trước "), Run("80 tuổi", fact="tuoi"), Run(", nay "), Run("75 tuổi", fact="tuoi"))
    assert speak_runs(runs, facts, lang="vi") == "Trước tám mươi tuổi, nay bảy mươi lăm tuổi"


def test_facts_take_part_in_ranges_and_comparisons() -> None:
    facts = [fact("a", "percent", "20", "20%"), fact("b", "percent", "50", "50%")]
    a, b = Run("20%", fact="a"), Run("50%", fact="b")
    assert speak_runs((a, Run("–"), b), facts, lang="vi") == "hai mươi phần trăm đến năm mươi phần trăm"
    assert speak_runs((Run("≥ "), a), facts, lang="vi") == "từ hai mươi phần trăm trở lên"
    assert speak_runs((a, Run("+")), facts, lang="vi") == "hai mươi phần trăm trở lên"


def test_an_unknown_abbreviation_is_refused_with_its_place_and_the_mend() -> None:
    said = spoken_form("Nộp cho QXYZ trong tuần.")
    with pytest.raises(GateError) as refused:
        check_spoken(said, lang="vi", where="tro-cap: Làm thế nào?")
    assert refused.value.gate == "spoken"
    assert "QXYZ" in str(refused.value)
    assert "tro-cap: Làm thế nào?" in str(refused.value)
    assert "speech.toml" in refused.value.mend


def test_the_number_of_a_document_with_an_unknown_issuer_is_not_spelt_in_silence() -> None:
    assert unspoken(spoken_form("Thông tư 12/2025/TT-BQQQ"))


@pytest.mark.parametrize("text", ["năm 2025", "50%", "a → b", "5 ≥", "gọi #1", "BHXH", "m²", "½"])
def test_the_gate_sees_digits_symbols_and_capitals(text: str) -> None:
    assert unspoken(text)


def test_words_in_capitals_are_words() -> None:
    assert spoken_form("CẢNH BÁO: KHÔNG ĐỌC MÃ OTP") == "cảnh báo: không đọc mã ô tê pê"


def test_other_languages_get_no_vietnamese_rule_and_list_their_digits() -> None:
    assert spoken_form("每月 500.000 đồng", "zh-Hant") == "每月 500.000 đồng"
    assert unspoken("每月 500.000 đồng", "zh-Hant") == ["500.000"]
    check_spoken("每月 500.000 đồng", lang="zh-Hant", where="x")  # listed for the speaker, no failure


def test_a_telephone_number_is_said_in_chinese_and_khmer_digits() -> None:
    assert spoken_form("1900 9068", "zh-Hant") == "一九〇〇 九〇六八"
    assert spoken_form("1900 9068", "km") == "មួយ ប្រាំបួន សូន្យ សូន្យ ប្រាំបួន សូន្យ ប្រាំមួយ ប្រាំបី"


def test_no_entry_of_the_lexicon_is_itself_unspeakable() -> None:
    lex = lexicon("vi")
    tables = (lex.abbreviations, lex.words, lex.issuers, lex.documents, lex.units, lex.letters, lex.addresses)
    bad = {written: said for table in tables for written, said in table.items() if unspoken(said.replace("-", ""))}
    assert bad == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [("[abbreviations]\nA = 1", "words"), ("[nonsense]\n", "not known"), ("= =", "TOML"), ("digits = []", "ten")],
)
def test_a_broken_lexicon_is_told_with_its_file(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "speech.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LanguageError, match=told) as refused:
        read_lexicon(path)
    assert "speech.toml" in refused.value.where


@pytest.mark.parametrize("word", ["nghiêng", "BẢO", "quyền", "oái", "ủy", "giữ", "xuyên", "khuya"])
def test_vietnamese_syllables_are_known(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["BHXH", "TW", "QĐ", "HSSV", "gmail", "str"])
def test_what_is_no_syllable_is_known(word: str) -> None:
    assert not is_syllable(word)


def test_sentences_are_cut_at_their_ends_only() -> None:
    text = "Nộp tại TP. Huế. Mức 1.263.600 đồng! Hỏi ai? Cán bộ, v.v. đều được."
    assert [written(one) for one in sentences(plain(text))] == [
        "Nộp tại TP. Huế.",
        "Mức 1.263.600 đồng!",
        "Hỏi ai?",
        "Cán bộ, v.v. đều được.",
    ]


@given(st.lists(st.sampled_from(["Một câu. ", "Hai ", "3.000 đồng. ", "？", "TP. ", "Ồ! "]), max_size=8))
def test_no_word_is_lost_when_sentences_are_cut(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert re.findall(r"\w+", " ".join(written(one) for one in sentences(plain(text)))) == re.findall(r"\w+", text)


def test_a_segment_has_its_caption_its_words_and_its_pause() -> None:
    first, second = segments(plain("Mức 50%. Từ 01/7/2025"), (), lang="vi", last_pause_s=1.0)
    assert (first.text, first.spoken) == ("Mức 50%.", "Mức năm mươi phần trăm.")
    assert second.spoken.endswith("hai mươi lăm.")  # a voice lets its tone fall only before a full stop
    assert (first.pause_after_s, second.pause_after_s) == (0.4, 1.0)
