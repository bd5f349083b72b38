"""Captions: cut without loss, readable, and in step with the voice."""

from __future__ import annotations

import io
import re

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.article import Paragraph, Prose
from render.edition import Edition, Runs, plain
from render.errors import GateError
from render.steps import Made
from render.video.beside import original_captions
from render.video.checks import check_captions
from render.video.storyboard import storyboard
from render.video.subtitles import LONGEST, captions_of, letters_wide, web_vtt, write_captions
from render.video.timing import SHORTEST_CAPTION_S, Cue, timing_of
from render.video.tracks import LONGEST_CHAPTER, add_text_track, chapters_of, shortened, text_packets
from tests.render.sheets import demo

SENTENCE = (
    "Người từ đủ 75 tuổi, không có lương hưu và không hưởng trợ cấp bảo hiểm xã hội hằng tháng, "
    "được nhận 500.000 đồng mỗi tháng từ ngày 01/7/2025."
)
words = st.lists(st.text("abcđêơuxyếộ,.0123", min_size=1, max_size=9), min_size=1, max_size=60).map(" ".join)


@given(words)
def test_captions_say_every_word_in_order(text: str) -> None:
    assert " ".join(captions_of(text)).split() == text.split()


@given(words)
def test_no_caption_is_longer_than_two_lines_hold(text: str) -> None:
    assert all(letters_wide(part) <= LONGEST for part in captions_of(text))


def test_a_long_sentence_is_cut_where_its_clauses_end() -> None:
    parts = captions_of(SENTENCE)
    assert len(parts) >= 3
    assert parts[0] == "Người từ đủ 75 tuổi,"
    assert parts[-1].endswith("01/7/2025.")


def test_chinese_with_latin_commas_is_cut_at_them() -> None:
    text = "每个人,作为社会的一员,有权享受社会保障,并有权享受他的个人尊严和人格的自由发展所必需的各种权利。"
    found = captions_of(text)
    assert "".join(found) == text
    assert len(found) > 1
    assert all(one[-1] in ",、。" for one in found)


def test_a_caption_of_four_hundred_letters_becomes_several() -> None:
    assert len(captions_of("trợ cấp hằng tháng " * 21)) >= 6


def test_a_script_without_spaces_is_cut_between_letters_not_before_marks() -> None:
    khmer = "មនុស្សគ្រប់រូបមានសិទ្ធិទទួលបានសន្តិសុខសង្គម" * 4
    parts = captions_of(khmer)
    assert "".join(parts) == khmer
    assert all(letters_wide(part) <= LONGEST for part in parts)
    assert not any(re.match(r"[\u17b4-\u17d3]", part) for part in parts)


@given(
    st.lists(
        st.tuples(
            st.floats(0.2, 12, allow_nan=False),
            st.lists(st.sampled_from(["Kê khai.", SENTENCE]), min_size=1, max_size=5),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_captions_follow_one_another_and_each_stands_a_second(lines: list[tuple[float, list[str]]]) -> None:
    data = {"opens": False, "closes": False, "hold_s": 0.0, "captions": [parts for _, parts in lines]}
    timing = timing_of(data, [duration_s for duration_s, _ in lines], 30)
    assert all(cue.end_s - cue.start_s >= SHORTEST_CAPTION_S - 1e-6 for cue in timing.cues)
    assert all(one.end_s <= two.start_s + 1e-6 for one, two in zip(timing.cues, timing.cues[1:], strict=False))
    assert [cue.text for cue in timing.cues] == [part for _, parts in lines for part in parts]
    assert timing.cues[-1].end_s == pytest.approx(timing.frames / 30)


def test_lines_are_spoken_one_after_the_other_and_the_last_frame_holds() -> None:
    data = {"opens": True, "closes": False, "hold_s": 0.0, "captions": [["Một câu ngắn."], ["Câu thứ hai dài hơn."]]}
    timing = timing_of(data, [1.2, 2.0], 30)
    assert timing.starts_s[0] == 1.0  # the chime comes first
    assert timing.starts_s[1] >= timing.ends_s[0] + 0.19
    assert timing.frames / 30 >= timing.ends_s[1] + 0.5


def test_web_vtt_reads_back_and_text_cannot_break_out_of_it() -> None:
    text = web_vtt([Cue(0.2, 3661.25, "5 < 6 & a --> b"), Cue(3661.25, 3662, "Hết.")], lang="vi", note="--> x")
    assert text.startswith("WEBVTT\n")
    assert "00:00:00.200 --> 01:01:01.250\n5 &lt; 6 &amp; a --&gt; b\n" in text
    assert len(re.findall("-->", text)) == 2


@pytest.mark.parametrize(
    ("cues", "words_of_it"),
    [
        ([[0.0, 0.5, "Nhanh quá."]], "stands 0.50 s"),
        ([[0.0, 1.5, "Câu này quá dài để đọc kịp trong một giây rưỡi."]], "letters a second"),
        ([[0.0, 2.0, "Một."], [1.0, 3.0, "Hai."]], "begins before"),
    ],
)
def test_the_gate_names_the_caption_that_cannot_be_read(cues: list[list[object]], words_of_it: str) -> None:
    with pytest.raises(GateError, match=words_of_it) as raised:
        check_captions({}, {"captions": Made({}, {"cues": cues})})
    assert raised.value.gate == "captions"
    assert str(cues[-1][2]) in str(raised.value)


# ---- another language beside, and chapters ---------------------------------------------------------------------


def captions_in(beside: dict[str, list[list[list[str]]]], duration_s: float = 4.0) -> Made:
    rhythm = {"opens": True, "closes": False, "hold_s": 0.0, "length_s": 0.0, "captions": [["មួយ"], ["ពីរ", "បី"]]}
    voice = Made({}, {"duration_s": duration_s})
    inputs = {"rhythms": [rhythm, rhythm], "fps": 30, "lang": "km", "note": "", "beside": beside}
    needs = {f"voice-{scene}-{line}": voice for scene in (0, 1) for line in (0, 1)}
    return write_captions(inputs, needs)


def test_the_vietnamese_lines_stand_while_their_translation_does() -> None:
    lines = [["Câu một."], ["Câu hai,", "dài hơn,", "ba phần."]]
    made = captions_in({"vi": [lines, lines]})
    own, theirs = (track["cues"] for track in made.details["tracks"])
    assert [track["lang"] for track in made.details["tracks"]] == ["km", "vi"]
    assert set(made.files) == {"captions.vtt", "captions.vi.vtt"}
    assert made.files["captions.vi.vtt"].startswith(b"WEBVTT\nLanguage: vi\n")
    assert (theirs[0][0], theirs[0][1]) == (own[0][0], own[0][1])
    assert theirs[1][0] == own[1][0]
    assert theirs[3][1] == own[2][1]
    assert [text for _, _, text in theirs] == [part for line in (*lines, *lines) for part in line]


def test_no_subtitle_is_shorter_than_a_second_however_long_the_original() -> None:
    parts = [f"Phần {number}." for number in range(9)]
    made = captions_in({"vi": [[parts, parts]] * 2}, duration_s=1.5)
    cues = made.details["tracks"][1]["cues"]
    assert all(end_s - start_s >= SHORTEST_CAPTION_S - 2e-3 for start_s, end_s, _ in cues)
    assert " ".join(text.replace("\n", " ") for _, _, text in cues) == " ".join(parts * 4)


def test_a_line_written_for_one_language_alone_has_no_subtitle_in_the_other() -> None:
    made = captions_in({"vi": [[[], ["Chỉ câu này."]]] * 2})
    assert [text for _, _, text in made.details["tracks"][1]["cues"]] == ["Chỉ câu này."] * 2


def test_scenes_of_one_name_are_one_chapter() -> None:
    found = chapters_of(["Mở đầu", "Cách làm", "Cách làm", "Hỏi ở đâu"], [5.0, 4.0, 6.0, 3.0])
    assert found == [(0.0, 5.0, "Mở đầu"), (5.0, 15.0, "Cách làm"), (15.0, 18.0, "Hỏi ở đâu")]


@given(st.text("abc đế .,:", max_size=200))
def test_the_name_of_a_chapter_is_short_and_ends_with_a_word(text: str) -> None:
    short = shortened(text)
    assert len(short) <= LONGEST_CHAPTER
    assert short.rstrip("….") == short.rstrip("…") or short == ""
    assert " ".join(text.split()).startswith(short.rstrip("…"))


def test_a_text_track_says_each_cue_and_silence_between_them() -> None:
    with av.open(io.BytesIO(), "w", format="mp4") as out:
        stream = add_text_track(out, lang3="vie", title="Tiếng Việt", size=(288, 512))
        found = [
            (at, packet.duration, bytes(packet)[2:].decode())
            for at, packet in text_packets(stream, [[0.5, 2.0, "Một\u00a0hai"], [2.0, 3.0, "ba"]], 4.0)
        ]
    assert found == [(0, 500, ""), (500, 1500, "Một hai"), (2000, 1000, "ba"), (3000, 1000, "")]


def test_the_lines_of_a_translation_are_found_in_what_it_translates() -> None:
    original, edition = demo("quyen-an-sinh-xa-hoi"), demo("quyen-an-sinh-xa-hoi.km")
    scenes = storyboard(edition, lambda runs: len(plain(runs)) / 14)
    found = original_captions(scenes, edition, original, captions_of)
    assert [len(lines) for lines in found] == [len(scene.lines) for scene in scenes]
    assert " ".join(found[0][0]).startswith("Tuyên ngôn")
    told = [part for scene in found for line in scene for part in line]
    whole = " ".join(plain(piece) for piece in texts_of(original))
    assert len(told) > 5
    assert all(part.rstrip(".,;:") in whole for scene in found[1:-1] for line in scene for part in line)


def texts_of(edition: Edition) -> list[Runs]:
    """All its running text."""
    found: list[Runs] = [edition.title, edition.summary]
    for block in edition.blocks:
        if isinstance(block, Prose):
            found += [part.text for part in block.body if isinstance(part, Paragraph)]
    return found
