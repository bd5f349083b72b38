"""Takes: numbers that last, what is missing when a text changes, consent and sign-off, the files, the sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import VoiceError
from render.speech.decoding import TAKE_RATE, Recording
from render.speech.engines import espeak_paths
from render.speech.recorded import play
from render.speech.recordings import Line, Takes, agreed, number_lines, signed_off, standing, text_key, with_takes
from render.speech.sound import VOICE_RATE, from_wav, resampled
from render.speech.takefiles import read_takes, takes_folder, write_takes
from render.speech.taking import Sitting, take_one
from render.speech.voices import recorded_voice, speak_step
from tests.render.voices_at_hand import DAY, LINES, LISTENER, SITTING, held, numbered, said, taken, whole

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng reads in these tests")


def line(text: str) -> Line:
    return Line(text, text)


# --- numbers -----------------------------------------------------------------------------------------------------


def test_a_sentence_keeps_its_number_a_reworded_one_takes_over_a_new_one_comes_last() -> None:
    changed = [line("Lời chào mới hẳn."), *LINES]
    changed[3] = line("Nộp hồ sơ cho xã.")
    found = number_lines(changed, whole())
    assert [one.number for one in found] == [7, 1, 2, 3, 4, 5, 6]
    assert [one.before for one in found if one.before] == ["Nộp cho xã."]


def test_spaces_capitals_and_the_last_mark_change_nothing_an_amount_does() -> None:
    assert text_key("Nhận  500.000 đồng.") == text_key("nhận 500.000 đồng")
    assert text_key("Nhận 500.000 đồng") != text_key("Nhận 600.000 đồng")
    assert text_key("Nhận 5%") != text_key("Nhận 5")


@given(
    st.lists(st.sampled_from("abcdefghijklmnop"), max_size=12),
    st.lists(st.sampled_from("abcdefghijklmnop"), max_size=12),
)
def test_numbers_are_unique_and_lasting_whatever_is_put_in_or_taken_out(first: list[str], second: list[str]) -> None:
    before = number_lines([line(f"câu {name} một hai ba") for name in first])
    takes = with_takes(Takes("vi"), (), before)
    after = number_lines([line(f"câu {name} một hai ba") for name in second], takes)
    numbers = [one.number for one in after]
    assert len(set(numbers)) == len(numbers) == len(set(second))
    known = {one.line.key: one.number for one in before}
    assert all(one.number == known[one.line.key] for one in after if one.line.key in known)
    again = with_takes(takes, (), after)
    assert [one.number for one in number_lines([one.line for one in after], again)] == numbers


def test_a_text_said_twice_is_read_once() -> None:
    assert len(number_lines([*LINES, LINES[0], LINES[1]])) == len(LINES)


# --- what is missing ---------------------------------------------------------------------------------------------


def test_all_there_is_complete() -> None:
    assert standing(LINES, whole()).complete


def test_a_changed_sentence_alone_asks_for_a_new_take_and_is_named() -> None:
    changed = [*LINES[:2], line("Nộp hồ sơ cho xã."), *LINES[3:], line("Câu thêm vào cuối bài.")]
    stands = standing(changed, whole())
    assert [one.number for one in stands.missing] == [3, 7]
    assert stands.words(whole()) == "chờ bản thu, cần thu lại đoạn đã đổi lời: 3; thu đoạn 7"


def test_without_consent_or_a_second_listener_nothing_is_played() -> None:
    unsigned = held(taken(Sitting("Chị A")), numbered(LINES))
    words = standing(LINES, unsigned).words(unsigned)
    assert words == "chưa ghi sự đồng ý của người đọc (đoạn 1–6); chờ nghiệm thu bản thu (đoạn 1–6)"
    consented = agreed(unsigned, "chị  a", "Chị A", DAY)
    assert standing(LINES, consented).words(consented) == "chờ nghiệm thu bản thu (đoạn 1–6)"
    assert standing(LINES, signed_off(consented, LISTENER, DAY)).complete


def test_nobody_signs_off_their_own_voice_nor_what_is_not_there() -> None:
    takes = held(taken(), numbered(LINES))
    with pytest.raises(VoiceError, match="is the speaker"):
        signed_off(takes, "người đọc MẪU", DAY)
    with pytest.raises(VoiceError, match="no take of segment 99"):
        signed_off(takes, LISTENER, DAY, [99])
    with pytest.raises(VoiceError, match="no take is by"):
        agreed(takes, "Ai khác", "Ai khác", DAY)


def test_a_new_take_takes_the_place_of_the_old_one_and_must_be_heard_again() -> None:
    again = take_one(
        Recording(resampled(said(LINES[2].text, 2.9), VOICE_RATE, TAKE_RATE), 44_100),
        numbered(LINES)[2],
        SITTING,
        where="3",
    )
    takes = with_takes(whole(), [again.take], numbered(LINES))
    assert len(takes.takes) == len(LINES)
    assert takes.of(LINES[2].text) == again.take
    assert [one.number for one in standing(LINES, takes).unsure] == [3]


# --- files -------------------------------------------------------------------------------------------------------


def test_takes_lie_beside_their_article_and_read_back_equal(tmp_path: Path) -> None:
    folder = takes_folder(tmp_path / "bai.md", "km", "vi")
    assert folder.name == "bai.km.takes"
    assert takes_folder(tmp_path / "bai.md", "vi", "vi").name == "bai.takes"
    takes = replace(whole(), lang="km")
    written = write_takes(folder, takes, {one.take.sha256: one.sound for one in taken()})
    read = read_takes(folder, "km")
    assert read == written == takes
    assert read is not None
    assert read.sound(read.takes[0].sha256) == taken()[0].sound
    assert len(list(folder.glob("*.flac"))) == len(LINES)


def test_an_older_take_is_put_aside_not_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "bai.takes"
    write_takes(folder, whole(), {one.take.sha256: one.sound for one in taken()})
    kept = replace(whole(), takes=whole().takes[1:])
    write_takes(folder, kept, {})
    assert len(list(folder.glob("*.flac"))) == len(LINES) - 1
    assert len(list((folder / "older").glob("*.flac"))) == 1


def test_a_take_that_was_changed_or_lost_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "bai.takes"
    write_takes(folder, whole(), {one.take.sha256: one.sound for one in taken()})
    takes = read_takes(folder, "vi")
    assert takes is not None
    first, second = sorted(folder.glob("*.flac"))[:2]
    first.write_bytes(second.read_bytes())
    second.unlink()
    with pytest.raises(VoiceError, match="not the one that was signed for"):
        takes.sound(takes.takes[0].sha256)
    with pytest.raises(VoiceError, match="not there any more"):
        takes.sound(takes.takes[1].sha256)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lang = [", "cannot be read"),
        ('lang = "km"', "never borrowed"),
        ('lang = "vi"\n[[take]]\nnumber = 1', "incomplete"),
        (
            'lang = "vi"\n[[take]]\nnumber = 1\ntext = "a"\nsha256 = "zz"\nduration_s = 1.0\nspeaker = "B"',
            "incomplete: sha256",
        ),
        (
            f'lang = "vi"\n[[take]]\nnumber = 1\ntext = "a"\nsha256 = "{"0" * 64}"\nduration_s = 1.0\nspeaker = "B"\n'
            'consent = { who = "", on = 2025-01-01 }',
            "both needed",
        ),
    ],
)
def test_a_list_of_takes_that_cannot_be_used_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    folder = tmp_path / "bai.takes"
    folder.mkdir()
    (folder / "takes.toml").write_text(text, encoding="utf-8")
    with pytest.raises(VoiceError, match=told) as refused:
        read_takes(folder, "vi")
    assert refused.value.where.endswith("takes.toml")


# --- played ------------------------------------------------------------------------------------------------------


def test_a_take_plays_at_the_level_of_all_voices_and_no_worker_needs_the_folder() -> None:
    voice = recorded_voice(whole())
    assert (voice.quality, voice.synthetic, voice.warnings) == ("human", False, ())
    step = speak_step("đọc thế nào cũng được", voice, text=LINES[1].text)
    made = play(step.inputs, {})
    samples, rate = from_wav(made.files["voice.wav"])
    assert rate == VOICE_RATE
    loud = np.sort(np.abs(samples))[-len(samples) // 3 :]
    assert 20 * np.log10(np.sqrt(np.mean(loud**2))) == pytest.approx(-18, abs=4)
    assert len(samples) / rate == pytest.approx(len(said(LINES[1].text)) / VOICE_RATE, abs=0.25)
    assert play(step.inputs, {}).files == made.files
    with pytest.raises(VoiceError, match="nobody has recorded"):
        speak_step("câu chưa ai đọc", voice)
