"""Who speaks: the choice of a voice, espeak-ng in its child, gTTS and a network that fails."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from render.errors import VoiceError
from render.language import languages
from render.speech import engines, espeak_child
from render.speech.sound import VOICE_RATE, from_wav, trimmed
from render.speech.voices import Voice, choose_voice, list_voices, speak_step
from render.steps import Made

SENTENCE = "Kính thưa bà con, người từ đủ bảy mươi lăm tuổi được nhận trợ cấp mỗi tháng."


def speak(text: str, lang: str = "vi", pace: float = 3.55) -> Made:
    voice = choose_voice(lang, online=False)
    assert voice is not None
    step = speak_step(text, voice, syllables_s=pace)
    return step.function()(step.inputs, {})


def test_the_same_sentence_gives_the_same_bytes() -> None:
    assert speak(SENTENCE).files == speak(SENTENCE).files


def test_a_voice_is_trimmed_mono_sixteen_bit_at_one_rate() -> None:
    made = speak(SENTENCE)
    samples, rate = from_wav(made.files["voice.wav"])
    assert rate == VOICE_RATE
    assert made.details["duration_s"] == pytest.approx(len(samples) / rate, abs=1e-3)
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    assert loud[0] / rate < 0.1
    assert (len(samples) - loud[-1]) / rate < 0.1
    assert np.abs(samples).max() < 0.99  # nothing clipped


def test_speech_is_as_fast_as_loudspeakers_in_the_open_want() -> None:
    made = speak(SENTENCE)
    assert 3.3 <= len(SENTENCE.split()) / made.details["duration_s"] <= 3.8
    assert speak(SENTENCE, pace=4.2).details["duration_s"] < made.details["duration_s"]


def test_robot_quality_is_marked_and_warned_of() -> None:
    voice = choose_voice("vi", online=False)
    assert voice is not None
    assert (voice.engine, voice.quality, voice.synthetic) == ("espeak-ng", "robot", True)
    assert voice.warnings == ("giọng máy, cần nghe duyệt",)
    assert "GPL" in voice.licence


def test_online_speech_is_preferred_only_where_it_is_on() -> None:
    online = choose_voice("km", online=True)
    assert online is not None
    assert (online.engine, online.quality) == ("gTTS", "online")
    assert choose_voice("km", online=False) is None


def test_no_language_borrows_a_voice() -> None:
    speaking = {tag: choose_voice(tag, online=True) for tag in languages()}
    assert {tag for tag, voice in speaking.items() if voice} == {"vi", "km", "zh-Hant", "zh-Hans"}
    assert {voice.name for voice in speaking.values() if voice} == {"vi", "km", "zh-TW", "zh-CN"}
    offline = {tag for tag in languages() if choose_voice(tag, online=False)}
    assert offline == {"vi", "zh-Hant", "zh-Hans"}


def test_chinese_speaks_offline_with_its_own_voice() -> None:
    made = speak("每個人，作為社會的一員，有權享受社會保障。", "zh-Hant")
    assert 3.0 < made.details["duration_s"] < 9.0


def test_every_language_is_listed_with_its_reason() -> None:
    lines = list_voices(online=False)
    assert {line.lang for line in lines} == {tag for tag, one in languages().items() if one.enabled}
    khmer = [line for line in lines if line.lang == "km"]
    assert [(line.engine, line.usable) for line in khmer] == [("bản thu", False), ("gTTS", False)]
    assert "mạng" in khmer[1].why
    assert any("espeak-ng" in str(line) and "giọng máy" in str(line) for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "[[h@l'oU]] ngày mai",
        "<speak><break time='9s'/>ngày mai</speak>",
        "ngày\x00mai\x1b[2J",
        "-x --help; rm -rf / ngày mai",
        "ngày mai \U0001f600 \ud7ff",
        "a" * 500,
    ],
)
def test_hostile_text_is_read_or_refused_never_obeyed(text: str) -> None:
    samples, rate = from_wav(speak(text).files["voice.wav"])
    assert 0.1 < len(samples) / rate < 150


@pytest.mark.parametrize(("text", "told"), [("", "nothing to say"), (" … ", "nothing to say"), ("a " * 1001, "long")])
def test_what_cannot_be_a_sentence_is_refused(text: str, told: str) -> None:
    with pytest.raises(VoiceError, match=told):
        speak(text)


def test_a_voice_that_does_not_exist_is_told() -> None:
    voice = Voice("espeak-ng", "xx-nowhere", "robot", "", True, "")
    step = speak_step("xin chào", voice)
    with pytest.raises(VoiceError, match="xx-nowhere"):
        step.function()(step.inputs, {})


def test_a_child_that_hangs_is_ended_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(espeak_child, "__file__", str(sleeper))
    monkeypatch.setattr(engines, "_CHILD_S", 0.3)
    began = time.monotonic()
    with pytest.raises(VoiceError, match="in time"):
        speak("xin chào")
    assert time.monotonic() - began < 50


def test_a_child_that_crashes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os\nos.abort()\n")
    monkeypatch.setattr(espeak_child, "__file__", str(crash))
    with pytest.raises(VoiceError, match="espeak-ng failed"):
        speak("xin chào")


def test_silence_is_trimmed_and_the_first_consonant_kept() -> None:
    sound = np.concatenate([np.zeros(5000), np.sin(np.arange(8000) / 9) * 0.5, np.zeros(9000)]).astype(np.float32)
    cut = trimmed(sound, VOICE_RATE)
    assert 8000 < len(cut) <= 8000 + 2 * round(0.03 * VOICE_RATE)
    assert len(trimmed(np.zeros(100, np.float32), VOICE_RATE)) == 0
