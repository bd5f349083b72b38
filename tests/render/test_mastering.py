"""Masters: the horn chain hits its targets by an independent meter, byte for byte the same; meters tell the truth."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from render.errors import StepError, VoiceError
from render.speech import loudness, mastering
from render.speech.chime import CHIME_S, answer, chime
from render.speech.sound import (
    VOICE_RATE,
    Samples,
    decode,
    filtered,
    from_pcm,
    from_wav,
    resampled,
    silence,
    to_pcm,
    to_wav,
)
from render.speech.voices import choose_voice, speak_step
from render.steps import Made

SENTENCES = (
    "Kính thưa bà con, sau đây là bản tin của Bảo hiểm xã hội Việt Nam.",
    "Người từ đủ bảy mươi lăm tuổi không có lương hưu được nhận năm trăm nghìn đồng mỗi tháng.",
    "Bà con nộp mẫu không một tại ủy ban nhân dân xã, trong mười ngày làm việc xã sẽ trả lời.",
)
TAGS = {"title": "Trợ cấp hưu trí xã hội", "language": "vie", "publisher": "Bảo hiểm xã hội Việt Nam", "comment": "AI"}


@cache
def voices() -> tuple[Made, ...]:
    voice = choose_voice("vi", online=False)
    assert voice is not None
    steps = [speak_step(sentence, voice) for sentence in SENTENCES]
    return tuple(step.function()(step.inputs, {}) for step in steps)


def horn_master() -> Made:
    needs = {f"{number:03d}": voice for number, voice in enumerate(voices())}
    return mastering.make_horn_master({"pauses_s": [0.4] * len(needs), "tags": TAGS}, needs)


@cache
def mastered() -> Made:
    return horn_master()


@pytest.fixture
def mp3(tmp_path: Path) -> Path:
    path = tmp_path / "bulletin.mp3"
    path.write_bytes(mastered().files["bulletin.mp3"])
    return path


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


def sine(frequency_hz: float, rate: int, seconds: float = 4.0, phase: float = 0.0) -> Samples:
    return np.sin(2 * np.pi * frequency_hz * np.arange(round(rate * seconds)) / rate + phase).astype(np.float32)


def level_db(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.square(samples[2000:-2000]).mean()) + 1e-12))


def test_the_same_bulletin_is_the_same_bytes() -> None:
    assert horn_master().files == mastered().files


def test_a_bulletin_hits_its_targets_by_our_own_meter() -> None:
    heard = mastered().details
    assert heard["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert heard["true_peak_dbtp"] <= -1
    assert heard["longest_silence_s"] <= 2
    assert 0.9 <= heard["leading_silence_s"] <= 1.1


def test_a_bulletin_hits_its_targets_by_an_independent_meter(mp3: Path) -> None:
    command = [tool("ffmpeg"), "-hide_banner", "-i", str(mp3), "-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split("Summary:")[1]
    integrated = re.search(r"I:\s+(-?[\d.]+) LUFS", told)
    peak = re.search(r"Peak:\s+(-?[\d.]+) dBFS", told)
    assert integrated
    assert peak
    assert float(integrated[1]) == pytest.approx(-16, abs=0.5)
    assert float(integrated[1]) == pytest.approx(mastered().details["loudness_lufs"], abs=0.15)
    assert float(peak[1]) <= -1
    assert float(peak[1]) == pytest.approx(mastered().details["true_peak_dbtp"], abs=0.15)


def frames(data: bytes) -> tuple[bytes, list[bytes]]:
    """The tag and the MP3 frames of a file; every frame must be MPEG 1 layer III, 64 kbit/s, 44.1 kHz, mono."""
    size = int.from_bytes(bytes([*data[6:10]]), "big")
    size = (size & 0x7F) | (size & 0x7F00) >> 1 | (size & 0x7F0000) >> 2 | (size & 0x7F000000) >> 3
    tag, at, found = data[: size + 10], size + 10, []
    while at < len(data):
        header = data[at : at + 4]
        assert header[0] == 0xFF
        assert header[1] & 0xFE == 0xFA  # MPEG 1, layer III
        assert header[2] & 0xFC == 0x50  # 64 kbit/s at 44.1 kHz
        assert header[3] >> 6 == 3  # mono
        length = 144 * 64000 // 44100 + (header[2] >> 1 & 1)
        found.append(data[at : at + length])
        at += length
    return tag, found


def test_the_file_is_mono_mp3_at_a_constant_64_kbit_with_an_id3v2_3_tag() -> None:
    tag, found = frames(mastered().files["bulletin.mp3"])
    assert tag[:4] == b"ID3\x03"
    assert {b"TIT2", b"TLAN", b"TPUB"} <= {tag[at : at + 4] for at in range(len(tag))}
    assert "Trợ cấp hưu trí xã hội".encode("utf-16-le") in tag
    assert len(found) > 400


def test_no_frame_leans_on_another_so_that_bulletins_can_be_joined() -> None:
    _, found = frames(mastered().files["bulletin.mp3"])
    # main_data_begin, nine bits after the header: 0 when a frame's data begins in itself
    assert {frame[4] << 1 | frame[5] >> 7 for frame in found[1:]} == {0}


def test_nothing_in_the_file_tells_when_it_was_made() -> None:
    tag, _ = frames(mastered().files["bulletin.mp3"])
    assert b"TSSE" not in tag
    assert b"TDRC" not in tag
    assert b"TDEN" not in tag


@pytest.mark.parametrize("command", [["mpg123", "-t"], ["sox", "{}", "-n", "stat"]])
def test_players_decode_it_without_a_warning(command: list[str], mp3: Path) -> None:
    tool(command[0])
    arguments = [part.replace("{}", str(mp3)) for part in command]
    arguments += [] if "{}" in " ".join(command) else [str(mp3)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert not re.search(r"warn|error|illegal|resync|junk", done.stderr + done.stdout, re.IGNORECASE)


def test_cues_tell_where_each_sentence_is_heard() -> None:
    cues = mastered().details["cues_s"]
    samples = decode(mastered().files["bulletin.mp3"], mastering.HORN_RATE)
    before_s = mastering.AIR_S * 2 + CHIME_S
    assert cues[0][0] == pytest.approx(before_s)
    for (_, end), (begin, _) in itertools.pairwise(cues):
        assert begin - end == pytest.approx(0.4, abs=0.01)
        gap = samples[round((end + 0.1) * mastering.HORN_RATE) : round((begin - 0.1) * mastering.HORN_RATE)]
        assert np.abs(gap).max() < 0.02


def test_the_horn_chain_passes_what_horns_carry_and_lifts_consonants() -> None:
    rate = mastering.HORN_RATE
    quiet = 0.01  # beneath the compressor's threshold

    def gain_db(frequency_hz: float) -> float:
        tone = sine(frequency_hz, rate) * np.float32(quiet)
        return level_db(filtered(tone, rate, mastering._HORN)) - level_db(tone)

    reference = gain_db(1000)
    assert gain_db(2800) - reference == pytest.approx(4, abs=1.2)
    assert gain_db(100) - reference < -10
    assert gain_db(12_000) - reference < -8


def test_silence_is_no_bulletin() -> None:
    quiet = Made(files={"voice.wav": to_wav(silence(2, VOICE_RATE), VOICE_RATE)})
    with pytest.raises(StepError, match="nothing to hear"):
        mastering.make_horn_master({"pauses_s": [0.4], "tags": {}}, {"000": quiet})


@pytest.mark.parametrize("gain", [0.02, 0.3, 4.0])
def test_quiet_loud_and_overdriven_voices_end_at_the_same_level(gain: float) -> None:
    samples, rate = from_wav(voices()[1].files["voice.wav"])
    made = Made(files={"voice.wav": to_wav(np.clip(samples * np.float32(gain), -1, 1), rate)})
    heard = mastering.make_horn_master({"pauses_s": [0.4], "tags": {}}, {"000": made}).details
    assert heard["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert heard["true_peak_dbtp"] <= -1


def test_the_web_master_keeps_its_time_and_hits_its_targets() -> None:
    needs = {f"{number:03d}": voice for number, voice in enumerate(voices())}
    made = mastering.make_web_master({"pauses_s": [0.3] * 3, "lead_s": 0.5, "tail_s": 1.0}, needs)
    samples, rate = from_wav(made.files["master.wav"])
    spoken_s = sum(voice.details["duration_s"] for voice in voices())
    assert rate == mastering.WEB_RATE
    assert len(samples) / rate == pytest.approx(0.5 + spoken_s + 0.9 + 1.0, abs=0.01)
    assert made.details["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert made.details["true_peak_dbtp"] <= -1
    assert made.details["cues_s"][0][0] == pytest.approx(0.5)


def test_chimes_are_ours_soft_and_the_same_every_time() -> None:
    first = chime(44_100)
    assert first.tobytes() == chime(44_100).tobytes()
    assert first.tobytes() != answer(44_100).tobytes()
    assert len(first) / 44_100 == pytest.approx(0.9)
    assert np.abs(first).max() == pytest.approx(1.0)
    assert np.abs(first[:20]).max() < 0.1  # a soft attack
    assert np.abs(first[-20:]).max() < 0.01


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("gain_db", [0.0, -20.0])
def test_the_loudness_meter_agrees_with_the_standard(rate: int, gain_db: float) -> None:
    # BS.1770: a 997 Hz sine at full scale in one channel reads −3.01 LKFS
    tone = sine(997, rate) * np.float32(10 ** (gain_db / 20))
    assert loudness.integrated_lufs(tone, rate) == pytest.approx(-3.01 + gain_db, abs=0.05)


def test_the_loudness_meter_does_not_count_silence() -> None:
    tone = sine(997, 44_100)
    gapped = np.concatenate([tone, silence(8, 44_100), tone])
    assert loudness.integrated_lufs(gapped, 44_100) == pytest.approx(-3.01, abs=0.3)
    assert loudness.integrated_lufs(silence(3, 44_100), 44_100) == loudness.SILENT


def test_the_peak_meter_sees_between_the_samples() -> None:
    # a quarter of the rate, sampled beside its crests: samples reach −3.01 dB, the curve reaches 0
    tone = sine(11_025, 44_100, phase=np.pi / 4)
    assert 20 * np.log10(np.abs(tone).max()) == pytest.approx(-3.01, abs=0.05)
    assert loudness.true_peak_dbtp(tone) == pytest.approx(0.0, abs=0.2)


def test_silences_are_measured_within_and_around() -> None:
    tone = sine(500, 44_100, 1.0) * np.float32(0.3)
    quiet = loudness.silences(np.concatenate([silence(1, 44_100), tone, silence(1.5, 44_100), tone]), 44_100)
    assert quiet.leading_s == pytest.approx(1.0, abs=0.02)
    assert quiet.longest_inner_s == pytest.approx(1.5, abs=0.02)
    assert quiet.trailing_s == pytest.approx(0.0, abs=0.02)


def test_samples_survive_the_way_to_sixteen_bits_and_back() -> None:
    samples = np.linspace(-1, 1, 1001, dtype=np.float32)
    assert np.abs(from_pcm(to_pcm(samples).tobytes()) - samples).max() < 1 / 32767
    assert to_pcm(np.array([2.0, -2.0], np.float32)).tolist() == [32767, -32768]


def test_resampling_keeps_time_and_pitch() -> None:
    up = resampled(sine(440, VOICE_RATE, 1.0), VOICE_RATE, 44_100)
    assert len(up) == pytest.approx(44_100, abs=64)
    assert np.argmax(np.abs(np.fft.rfft(up[:44_000]))) == pytest.approx(439, abs=1)


def test_what_is_no_sound_is_told() -> None:
    with pytest.raises(VoiceError, match="cannot be decoded"):
        decode(b"this is no sound at all" * 50, 44_100)
