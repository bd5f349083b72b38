"""Masters: both chains hit their targets by an independent meter, byte for byte the same; meters tell the truth."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from render.errors import StepError, VoiceError
from render.speech import bed, joining, loudness, mastering, mpeg, web
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


def named(parts: Sequence[Made]) -> dict[str, Made]:
    return {f"{number:03d}": part for number, part in enumerate(parts)}


def part(spoken: Sequence[Made], before: str = "", after: str = "") -> Made:
    return mastering.make_part({"pauses_s": [0.4] * len(spoken), "before": before, "after": after}, named(spoken))


def horn_master() -> Made:
    parts = [part((), "chime"), part(voices(), after="answer")]
    return joining.make_joined({"tags": TAGS, "marks": {"AI-GENERATED": "voice"}}, named(parts))


@cache
def web_mastered() -> Made:
    inputs = {"pauses_s": [0.3] * 3, "tags": {"title": "Trợ cấp", "comment": "AI-generated voice"}, "language": "vie"}
    return web.make_web_master(inputs, named(voices()))


def measured_by_ffmpeg(path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak, by ffmpeg's own program."""
    command = [tool("ffmpeg"), "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split("Summary:")[1]
    integrated, peak = re.search(r"I:\s+(-?[\d.]+) LUFS", told), re.search(r"Peak:\s+(-?[\d.]+) dBFS", told)
    assert integrated
    assert peak
    return float(integrated[1]), float(peak[1])


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
    integrated, peak = measured_by_ffmpeg(mp3)
    assert integrated == pytest.approx(-16, abs=0.5)
    assert integrated == pytest.approx(mastered().details["loudness_lufs"], abs=0.15)
    assert peak <= -1
    assert peak == pytest.approx(mastered().details["true_peak_dbtp"], abs=0.15)


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
    samples = decode(mastered().files["bulletin.mp3"], mpeg.RATE)
    before_s = mastering.AIR_S * 2 + CHIME_S
    assert cues[0][0] == pytest.approx(before_s, abs=mpeg.FRAME / mpeg.RATE)
    for (_, end), (begin, _) in itertools.pairwise(cues):
        assert begin - end == pytest.approx(0.4, abs=0.01)
        gap = samples[round((end + 0.1) * mpeg.RATE) : round((begin - 0.1) * mpeg.RATE)]
        assert np.abs(gap).max() < 0.02


def test_the_horn_chain_passes_what_horns_carry_and_lifts_consonants() -> None:
    rate = mpeg.RATE
    quiet = 0.01  # beneath the compressor's threshold

    def gain_db(frequency_hz: float) -> float:
        tone = sine(frequency_hz, rate) * np.float32(quiet)
        return level_db(filtered(tone, rate, mastering._HORN)) - level_db(tone)

    reference = gain_db(1000)
    assert gain_db(2800) - reference == pytest.approx(4, abs=1.2)
    assert gain_db(100) - reference < -10
    assert gain_db(12_000) - reference < -8


def test_horns_get_nothing_they_cannot_carry() -> None:
    samples = decode(mastered().files["bulletin.mp3"], mpeg.RATE)
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / mpeg.RATE)
    whole = power.sum()
    assert power[frequency_hz < 200].sum() / whole < 0.02
    assert power[frequency_hz > 8_000].sum() / whole < 0.001
    assert power[(frequency_hz > 250) & (frequency_hz < 6_500)].sum() / whole > 0.85


def test_silence_is_no_bulletin() -> None:
    quiet = Made(files={"voice.wav": to_wav(silence(2, VOICE_RATE), VOICE_RATE)})
    with pytest.raises(StepError, match="nothing to hear"):
        part([quiet])


@pytest.mark.parametrize("gain", [0.02, 0.3, 4.0])
def test_quiet_loud_and_overdriven_voices_end_at_the_same_level(gain: float) -> None:
    samples, rate = from_wav(voices()[1].files["voice.wav"])
    heard = part([Made(files={"voice.wav": to_wav(np.clip(samples * np.float32(gain), -1, 1), rate)})]).details
    assert heard["loudness_lufs"] == pytest.approx(-16, abs=0.3)
    assert heard["true_peak_dbtp"] <= -1


def test_a_chime_is_as_loud_as_the_voice() -> None:
    assert part((), "chime").details["loudness_lufs"] == pytest.approx(-16, abs=0.5)


def test_a_voice_that_was_cut_into_is_told_from_a_whole_one() -> None:
    samples, rate = from_wav(voices()[1].files["voice.wav"])
    loudest = int(np.convolve(samples**2, np.ones(rate // 50), "valid").argmax())
    assert mastering.onset_db(samples, rate) < -20
    assert mastering.onset_db(samples[loudest:], rate) > -15


def test_the_web_master_keeps_its_time_and_hits_its_targets(tmp_path: Path) -> None:
    made = web_mastered()
    path = tmp_path / "bulletin.m4a"
    path.write_bytes(made.files["bulletin.m4a"])
    spoken_s = sum(voice.details["duration_s"] for voice in voices())
    assert made.details["duration_s"] == pytest.approx(web.LEAD_S + spoken_s + 0.9 + web.TAIL_S, abs=0.01)
    integrated, peak = measured_by_ffmpeg(path)
    assert integrated == pytest.approx(-16, abs=0.5)
    assert peak <= -1


def test_the_web_master_has_the_full_band_and_the_index_in_front() -> None:
    data = web_mastered().files["bulletin.m4a"]
    assert data.index(b"moov") < data.index(b"mdat")
    assert "Trợ cấp".encode() in data
    assert b"AI-generated voice" in data
    samples = decode(data, web.WEB_RATE, container="mp4")
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / web.WEB_RATE)
    assert power[frequency_hz < 250].sum() / power.sum() > 0.02  # a horn master has nothing there
    assert web.make_web_master(
        {"pauses_s": [0.3] * 3, "tags": {"title": "Trợ cấp", "comment": "AI-generated voice"}, "language": "vie"},
        named(voices()),
    ).files == {"bulletin.m4a": data}


def test_each_sentence_of_the_web_master_begins_where_its_cue_says() -> None:
    made = web_mastered()
    samples = decode(made.files["bulletin.m4a"], web.WEB_RATE, container="mp4")

    def loud(at_s: float) -> float:
        return level_of(samples[round(at_s * web.WEB_RATE) : round((at_s + 0.1) * web.WEB_RATE)])

    for start, end in made.details["cues_s"]:
        assert loud(start + 0.04) - loud(start - 0.12) > 8
        assert loud(end - 0.15) - loud(end + 0.02) > 3


def level_of(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.square(samples).mean()) + 1e-9))


def test_the_bed_is_quiet_closes_without_a_step_and_steps_back_for_the_voice() -> None:
    rate = 48_000
    music = bed.bed(40 * rate, rate)
    assert loudness.integrated_lufs(music, rate) == pytest.approx(bed.BED_LUFS, abs=0.5)
    round_s = 16 * rate
    seam = np.abs(np.diff(music[round_s - 100 : round_s + 100])).max()
    assert seam <= np.abs(np.diff(music)).max()
    ducked = bed.ducking([(5.0, 8.0), (8.6, 12.0)], 20 * rate, rate)
    assert ducked[2 * rate] == pytest.approx(1.0)
    assert 20 * np.log10(ducked[6 * rate]) == pytest.approx(-bed.DUCK_DB, abs=0.01)
    assert 20 * np.log10(ducked[round(8.3 * rate)]) == pytest.approx(-bed.DUCK_DB, abs=0.01)  # not for a breath
    assert ducked[15 * rate] == pytest.approx(1.0)


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
