"""Recordings as they come: formats, what is wrong with them, one long file cut into its lines."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import VoiceError
from render.speech import decode_child, decoding
from render.speech.decoding import TAKE_RATE, Recording, decode_recording, kind_of, read_recording
from render.speech.engines import espeak_paths
from render.speech.segments import spoken_s
from render.speech.sound import VOICE_RATE, resampled, silence
from render.speech.soundcheck import judge, measure
from render.speech.splitting import split, split_at
from render.speech.taking import READING_PACE, take_all, take_one
from tests.render.voices_at_hand import LINES, SITTING, encoded, numbered, reading, said, wav

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng reads in these tests")


def recording(samples: np.ndarray, source_rate: int = VOICE_RATE) -> Recording:
    return Recording(resampled(samples.astype(np.float32), VOICE_RATE, TAKE_RATE), source_rate)


def expected() -> list[float]:
    return [spoken_s(line.spoken, READING_PACE) for line in LINES]


# --- formats -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "container", "codec", "rate", "channels"),
    [
        ("wav", "wav", "pcm_s16le", 44_100, 2),
        ("mp3", "mp3", "libmp3lame", 44_100, 1),
        ("m4a", "ipod", "aac", 44_100, 1),
        ("aac", "adts", "aac", 22_050, 1),
        ("ogg opus", "ogg", "libopus", 48_000, 1),
        ("webm", "webm", "libopus", 48_000, 1),
        ("flac", "flac", "flac", 16_000, 1),
        ("amr", "amr", "libopencore_amrnb", 8_000, 1),
        ("3gp", "3gp", "libopencore_amrnb", 8_000, 1),
    ],
)
def test_what_phones_record_is_read(name: str, container: str, codec: str, rate: int, channels: int) -> None:
    voice = np.concatenate([silence(0.3, VOICE_RATE), said(LINES[3].text), silence(0.3, VOICE_RATE)])
    found = decode_recording(encoded(voice, container, codec, rate, channels), where=name)
    assert found.source_rate == rate
    assert len(found.samples) / TAKE_RATE == pytest.approx(len(voice) / VOICE_RATE, abs=0.15)
    heard = measure(found.samples, TAKE_RATE, source_rate=found.source_rate)
    assert heard.level_dbfs == pytest.approx(measure(voice, VOICE_RATE, source_rate=rate).level_dbfs, abs=1.5)
    assert any("điện thoại" in text for text in judge(heard)) == (rate == 8_000)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7 no sound at all", "no sound file"),
        (b"<html>" * 20, "no sound file"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "cannot be decoded|no samples|no sound"),
        (b"\xff\xfb\x90\x00" + b"\x00" * 60, "cannot be decoded|no samples|empty"),
        (b"ID3\x04" + bytes(200), "cannot be decoded|no samples|no sound"),
        (b"#!AMR\n" + b"\xff" * 40, "cannot be decoded|no samples|empty"),
        (b"OggS" + bytes(range(200)), "cannot be decoded|no samples|no sound"),
        (b"#EXTM3U\nhttp://127.0.0.1/x.mp3\n", "no sound file"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no sound file"),
    ],
)
def test_what_is_no_sound_is_told(data: bytes, told: str) -> None:
    with pytest.raises(VoiceError, match=told) as refused:
        decode_recording(data, where="tep.m4a")
    assert refused.value.where == "tep.m4a"
    assert refused.value.mend


def test_a_video_without_sound_is_told(tmp_path: Path) -> None:
    import av

    path = tmp_path / "im-lang.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for packet in (*stream.encode(av.VideoFrame(64, 64, "yuv420p")), *stream.encode(None)):
            file.mux(packet)
    with pytest.raises(VoiceError, match="no sound in the file"):
        read_recording(path)


def test_three_hours_are_refused_and_soon() -> None:
    long = encoded(np.zeros(60 * VOICE_RATE, np.float32), "adts", "aac", 8_000)
    began = time.monotonic()
    with pytest.raises(VoiceError, match="minutes long"):
        decode_recording(long * 180, where="ba-gio.aac")
    assert time.monotonic() - began < 90


def test_a_wav_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    data = bytearray(wav(said("Nộp cho xã.")))
    data[40:44] = (3 * 3600 * VOICE_RATE * 2).to_bytes(4, "little")
    found = decode_recording(bytes(data), where="dut-giua-chung.wav")
    assert len(found.samples) / TAKE_RATE == pytest.approx(len(said("Nộp cho xã.")) / VOICE_RATE, abs=0.05)


def test_a_decoder_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(decode_child, "__file__", str(sleeper))
    monkeypatch.setattr(decoding, "_CHILD_S", 0.5)
    began = time.monotonic()
    with pytest.raises(VoiceError, match="too long"):
        decode_recording(wav(said("Nộp cho xã.")), where="a.wav")
    assert time.monotonic() - began < 50


def test_a_decoder_that_wants_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_MEMORY", 60_000_000)
    with pytest.raises(VoiceError, match=r"damaged, or too large|memory"):
        decode_recording(wav(said("Nộp cho xã.")), where="a.wav")


def test_names_that_are_no_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="no such file"):
        read_recording(tmp_path / "x.wav")
    with pytest.raises(VoiceError, match="no file"):
        read_recording(tmp_path)


@settings(max_examples=60)
@given(st.binary(max_size=80))
def test_any_first_bytes_have_a_kind_or_none(data: bytes) -> None:
    assert kind_of(data) is None or kind_of(data) in decoding_kinds()


def decoding_kinds() -> set[str]:
    return {"wav", "mov,mp4,m4a,3gp,3g2,mj2", "ogg", "amr", "flac", "matroska,webm", "caf", "mp3", "aac"}


# --- what is wrong with a recording --------------------------------------------------------------------------------


def test_a_good_recording_is_not_complained_of() -> None:
    sound, _ = reading(LINES[:3])
    heard = measure(sound, VOICE_RATE, source_rate=44_100)
    assert judge(heard) == ()
    assert heard.leading_s == pytest.approx(0.7, abs=0.1)
    assert heard.trailing_s == pytest.approx(0.9, abs=0.12)


def test_clipping_noise_low_level_and_telephone_sound_are_told() -> None:
    voice, _ = reading(LINES[:3], noise=0.0005)

    def told(samples: np.ndarray, rate: int = 44_100) -> str:
        return " ".join(judge(measure(samples.astype(np.float32), VOICE_RATE, source_rate=rate)))

    assert "vỡ" in told(np.clip(voice * 2.2, -0.5, 0.5))
    assert "nhỏ" in told(voice * 0.03)
    assert "ồn" in told(voice + np.random.default_rng(1).normal(0, 0.012, len(voice)))
    assert "điện thoại" in told(voice, 8_000)
    quiet_ends = np.concatenate([np.zeros(4 * VOICE_RATE), voice])
    assert "khoảng lặng" in told(quiet_ends + np.random.default_rng(2).normal(0, 0.0005, len(quiet_ends)))


@pytest.mark.parametrize("spoil", ["ruined", "drowned", "faint", "silent", "nothing"])
def test_what_nobody_would_understand_is_refused(spoil: str) -> None:
    voice, _ = reading(LINES[:2], noise=0.0005)
    noise = np.random.default_rng(3).normal(0, 0.05, len(voice))
    sound = {
        "ruined": np.clip(voice * 40, -0.9, 0.9),
        "drowned": voice * 0.3 + noise,
        "faint": np.round(voice * (0.005 / np.abs(voice).max()) * 32768) / 32768,  # six bits of sixteen
        "silent": voice * 0.002,
        "nothing": np.zeros(VOICE_RATE),
    }[spoil].astype(np.float32)
    told = {"ruined": "distorted", "drowned": "louder than the room", "faint": "too faint"}.get(spoil, "empty")
    with pytest.raises(VoiceError, match=told):
        judge(measure(sound, VOICE_RATE, source_rate=44_100))


def test_a_recording_that_begins_in_the_middle_of_a_sound_is_told() -> None:
    voice, _ = reading(LINES[:1], noise=0.0005)
    loudest = int(np.argmax(np.abs(voice)))
    told = judge(measure(voice[loudest:], VOICE_RATE, source_rate=44_100))
    assert any("chữ đầu" in line for line in told)
    assert not any("chữ đầu" in line for line in judge(measure(voice, VOICE_RATE, source_rate=44_100)))


# --- one file, many lines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pauses_s", [(0.9,), (0.6, 1.4, 0.8), (0.55, 0.7)])
def test_a_long_recording_is_cut_between_its_lines(pauses_s: tuple[float, ...], seed: int) -> None:
    sound, between = reading(LINES, pauses_s=pauses_s, seed=seed, noise=0.003)
    found = split(sound, VOICE_RATE, expected())
    assert len(found.pieces) == len(LINES)
    for cut, (start, end) in zip(found.cuts_s, between, strict=True):
        assert start - 0.06 <= cut <= end + 0.06
    assert found.sure > 0.3


def test_forty_lines_are_found_in_one_go_and_quickly() -> None:
    lines = LINES * 7
    sound, between = reading(lines, pauses_s=(0.5, 0.8, 1.1), seed=5, noise=0.003)
    began = time.thread_time()
    found = split(sound, VOICE_RATE, expected() * 7)
    assert time.thread_time() - began < 3
    right = [a - 0.06 <= cut <= b + 0.06 for cut, (a, b) in zip(found.cuts_s, between, strict=True)]
    assert sum(right) >= 0.9 * len(between)  # sentences of three words, and pauses hardly longer than those at commas


def test_pauses_as_the_sheet_asks_for_are_all_found() -> None:
    sound, between = reading(LINES * 7, pauses_s=(0.8, 1.2, 1.0), seed=6, noise=0.003)
    found = split(sound, VOICE_RATE, expected() * 7)
    assert all(a - 0.06 <= cut <= b + 0.06 for cut, (a, b) in zip(found.cuts_s, between, strict=True))


def test_a_line_that_was_read_twice_makes_the_cut_doubtful() -> None:
    sound, _ = reading((*LINES[:3], LINES[2], *LINES[3:]))
    found = split(sound, VOICE_RATE, expected())
    assert found.sure <= 0.4


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_too_few_lines_in_the_file_are_told_with_what_was_found(count: int) -> None:
    sound, _ = reading(LINES[:count])
    with pytest.raises(VoiceError, match=rf"6 segments, in the recording about {count} ") as refused:
        take_all(recording(sound), numbered(LINES), SITTING, where="mot-tep.m4a")
    assert "mot-tep.m4a" in str(refused.value)
    assert "--cuts" in refused.value.mend


def test_too_many_lines_in_the_file_are_told() -> None:
    sound, _ = reading(LINES * 2)
    with pytest.raises(VoiceError, match=r"3 segments, in the recording about 12 "):
        take_all(recording(sound), numbered(LINES[:3]), SITTING, where="mot-tep.m4a")


def test_cuts_by_hand_are_kept_and_checked() -> None:
    sound, between = reading(LINES)
    cuts = [(start + end) / 2 for start, end in between]
    assert split_at(sound, VOICE_RATE, expected(), cuts).cuts_s == tuple(cuts)
    with pytest.raises(VoiceError, match="6 segments need 5 cuts, 4 were given"):
        split_at(sound, VOICE_RATE, expected(), cuts[:4])
    for wrong in ([*cuts[:4], 900.0], [cuts[1], cuts[0], *cuts[2:]]):
        with pytest.raises(VoiceError, match="in order"):
            split_at(sound, VOICE_RATE, expected(), wrong)


def test_each_line_is_trimmed_measured_and_kept_whole() -> None:
    sound, _ = reading(LINES)
    taken, _ = take_all(recording(sound), numbered(LINES), SITTING, where="a.m4a")
    assert [one.take.number for one in taken] == [1, 2, 3, 4, 5, 6]
    for one, line in zip(taken, LINES, strict=True):
        assert one.take.text == line.text
        assert 0.3 < one.take.duration_s < spoken_s(line.spoken, 2.3) + 0.6
        assert not one.doubtful
        assert one.take.measured["snr_db"] > 20


def test_a_file_of_one_line_loses_its_silence_and_keeps_its_first_sound() -> None:
    voice = said(LINES[2].text)
    noise = np.random.default_rng(4).normal(0, 0.001, 5 * VOICE_RATE).astype(np.float32)
    sound = np.concatenate([noise[: 2 * VOICE_RATE], voice, noise[2 * VOICE_RATE :]])
    one = take_one(recording(sound), numbered(LINES)[2], SITTING, where="3.m4a")
    assert one.take.duration_s == pytest.approx(len(voice) / VOICE_RATE, abs=0.2)
    assert any("khoảng lặng" in text for text in one.take.warnings)


def test_a_faulty_line_is_named_by_its_number() -> None:
    with pytest.raises(VoiceError, match=r"3\.m4a, segment 3"):
        take_one(recording(np.zeros(2 * VOICE_RATE)), numbered(LINES)[2], SITTING, where="3.m4a")
