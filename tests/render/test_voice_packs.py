"""Voice packs: real ONNX models run in a child, proven by checksums, licensed, refused when anything is wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from render.errors import VoiceError
from render.products import Context, Planned, product
from render.speech import pack_child, packs, voicepacks
from render.speech.engines import espeak_paths
from render.speech.sound import VOICE_RATE, from_wav
from render.speech.voicepacks import Pack, installed, read_pack
from render.speech.voices import choose_voice, list_voices, speak_step
from render.steps import Made
from tests.render.bulletins_at_hand import edition
from tests.render.tiny_voices import RATE, TONE_S, piper_pack, sherpa_pack

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="Piper's voices read espeak-ng's phonemes")

SENTENCE = "Bà con nộp cho xã."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOA_VOICES", str(tmp_path / "voices"))
    return tmp_path / "voices"


def packs_in(folder: Path) -> tuple[Pack, ...]:
    found, broken = installed(folder)
    assert broken == ()
    return found


def speak(folder: Path, lang: str, text: str, **paces: float) -> Made:
    voice = choose_voice(lang, online=False, packs=packs_in(folder))
    assert voice is not None
    step = speak_step(text, voice, **paces)
    return step.function()(step.inputs, {})


def tones(made: Made) -> int:
    samples, rate = from_wav(made.files["voice.wav"])
    assert rate == VOICE_RATE
    return round(len(samples) / rate / TONE_S)


def test_a_piper_voice_speaks_the_same_bytes_each_time(folder: Path) -> None:
    piper_pack(folder / "vi-hum", syllables_s=3.55)
    one = speak(folder, "vi", SENTENCE)
    assert one.details["quality"] == "neural"
    assert one.files == speak(folder, "vi", SENTENCE).files
    assert tones(one) > 2 * len("Bakonnopchosa")  # each phoneme, and a pad after it
    assert one.warnings == ()


def test_the_pace_is_asked_of_the_model(folder: Path) -> None:
    piper_pack(folder / "vi-hum", syllables_s=4.0)
    slow, quick = (speak(folder, "vi", SENTENCE, syllables_s=pace) for pace in (2.0, 4.0))
    assert slow.details["duration_s"] / quick.details["duration_s"] == pytest.approx(2.0, abs=0.1)


def test_a_sherpa_voice_reads_letters_with_blanks_between(folder: Path) -> None:
    sherpa_pack(folder / "km-hum", syllables_s=3.55)
    made = speak(folder, "km", "មាត្រា ២២")
    assert tones(made) == pytest.approx(2 * len("មាត្រា ២២") + 1, abs=2)


def test_a_letter_it_cannot_read_is_refused_never_passed_over(folder: Path) -> None:
    sherpa_pack(folder / "km-hum")
    with pytest.raises(VoiceError, match="cannot read ប"):
        speak(folder, "km", "មាត្រា ប")


def test_a_voice_for_other_phonemes_is_refused(folder: Path) -> None:
    pack = piper_pack(folder / "vi-hum")
    config = pack / "giong.onnx.json"
    before = config.read_bytes()
    after = before.replace(b'"\\u0254"', b'"\\u0298"').replace(b'"o"', b'"\\u0299"')
    assert after != before
    resign(pack, {"giong.onnx.json": after})
    with pytest.raises(VoiceError, match="lacks the sounds"):
        speak(folder, "vi", SENTENCE)


def resign(pack: Path, files: Mapping[str, bytes]) -> None:
    import hashlib

    manifest = (pack / "voice.toml").read_text()
    for name, data in files.items():
        old = hashlib.sha256((pack / name).read_bytes()).hexdigest()
        (pack / name).write_bytes(data)
        manifest = manifest.replace(old, hashlib.sha256(data).hexdigest())
    (pack / "voice.toml").write_text(manifest)


@pytest.mark.parametrize("name", ["giong.onnx", "giong.onnx.json"])
def test_a_wrong_checksum_is_refused_with_the_file_named(folder: Path, name: str) -> None:
    pack = piper_pack(folder / "vi-hum")
    with (pack / name).open("ab") as file:
        file.write(b" ")
    found, broken = installed(folder)
    assert found == ()
    assert f"the file {name} of the voice vi-hum is not the one its manifest names" in str(broken[0])
    listed = [line for line in list_voices(online=False, packs=found, broken=broken) if not line.usable]
    assert any(name in line.why for line in listed)


def test_a_pack_that_changes_after_planning_speaks_for_nobody(folder: Path) -> None:
    pack = piper_pack(folder / "vi-hum")
    voice = choose_voice("vi", online=False, packs=packs_in(folder))
    assert voice is not None
    step = speak_step(SENTENCE, voice)
    packs._pack.cache_clear()
    with (pack / "giong.onnx").open("ab") as file:
        file.write(b" ")
    with pytest.raises(VoiceError, match="not installed here as it was planned"):
        step.function()(step.inputs, {})
    (pack / "giong.onnx").unlink()
    with pytest.raises(VoiceError, match="lacks its file"):
        read_pack(pack)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"licence": None}, "under which licence"),
        ({"licence": " "}, "under which licence"),
        ({"non_commercial": None}, "non-commercial"),
        ({"non_commercial": "no"}, "non-commercial"),
        ({"language": "xx"}, "no language 'xx'"),
        ({"engine": "coqui"}, "'coqui' is not known"),
        ({"id": "../x"}, "cannot be the id"),
        ({"id": "recording"}, "cannot be the id"),
        ({"source": None}, "comes from"),
        ({"speaker": None}, "whose voice"),
        ({"model": "other.onnx"}, "no checksum of other.onnx"),
        ({"syllables_s": 90}, "no sensible number"),
        ({"text": "magic"}, "what the model reads"),
    ],
)
def test_a_manifest_that_hides_something_is_refused(folder: Path, changes: dict[str, object], told: str) -> None:
    pack = piper_pack(folder / "vi-hum", **{"ident" if key == "id" else key: value for key, value in changes.items()})
    with pytest.raises(VoiceError, match=told) as refused:
        read_pack(pack)
    assert refused.value.where.endswith("voice.toml")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/b"])
def test_a_manifest_reads_no_file_outside_its_folder(folder: Path, name: str) -> None:
    pack = piper_pack(folder / "vi-hum")
    with (pack / "voice.toml").open("a") as file:
        file.write(f'"{name}" = "{"0" * 64}"\n')
    with pytest.raises(VoiceError, match="no plain file name"):
        read_pack(pack)


def test_what_is_no_model_is_told(folder: Path) -> None:
    pack = piper_pack(folder / "vi-hum")
    resign(pack, {"giong.onnx": b"no model at all"})
    with pytest.raises(VoiceError, match="vi-hum failed"):
        speak(folder, "vi", SENTENCE)


def test_a_model_that_babbles_without_end_is_refused(folder: Path) -> None:
    piper_pack(folder / "vi-hum", endless=True)
    with pytest.raises(VoiceError, match=r"cannot be this text|failed"):
        speak(folder, "vi", "A.")


def test_a_child_that_hangs_is_ended(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piper_pack(folder / "vi-hum")
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(pack_child, "__file__", str(sleeper), raising=False)
    monkeypatch.setattr(packs, "_CHILD_S", 0.4)
    began = time.monotonic()
    with pytest.raises(VoiceError, match="in time"):
        speak(folder, "vi", SENTENCE)
    assert time.monotonic() - began < 50


def test_without_the_runtime_the_list_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piper_pack(folder / "vi-hum")
    monkeypatch.setattr("render.speech.voices.runtime_here", lambda: False)
    found = packs_in(folder)
    voice = choose_voice("vi", online=False, packs=found)
    assert voice is not None
    assert voice.engine == "espeak-ng"
    assert any("loa[voices]" in line.why and not line.usable for line in list_voices(online=False, packs=found))
    assert voicepacks.runtime_here()


def test_a_pack_stands_before_machines_and_its_licence_reaches_the_product(folder: Path) -> None:
    piper_pack(folder / "vi-hum", non_commercial=True)
    sherpa_pack(folder / "km-hum")
    found = packs_in(folder)
    plan = product("bulletin-3min").plan(edition(), Context("https://loa.example", packs=found))
    assert isinstance(plan, Planned)
    said = {
        key: plan.details[key] for key in ("voice_id", "engine", "quality", "licence", "non_commercial", "listening")
    }
    assert said == {
        "voice_id": "vi-hum",
        "engine": "piper",
        "quality": "neural",
        "licence": "CC BY 4.0",
        "non_commercial": True,
        "listening": "not-needed",
    }
    assert "giọng chỉ được dùng phi thương mại" in plan.warnings
    listed = [str(line) for line in list_voices(online=False, packs=found, langs=("km",))]
    assert any("km-hum" in line and "phi thương mại" in line for line in listed)
    assert choose_voice("rad", online=True, packs=found) is None


def test_a_voice_an_article_asks_for_is_taken_or_waited_for(folder: Path) -> None:
    piper_pack(folder / "a-hum", ident="a-hum")
    piper_pack(folder / "b-hum", ident="b-hum")
    found = packs_in(folder)

    def engine(wished: str) -> str:
        plan = product("bulletin-3min").plan(edition(voice=wished), Context("https://loa.example", packs=found))
        return str(plan.details["voice_id"]) if isinstance(plan, Planned) else plan.words  # type: ignore[union-attr]

    assert engine("") == "a-hum"
    assert engine("b-hum") == "b-hum"
    assert engine("espeak-ng") == "espeak-ng"
    assert engine("khong-co") == "chờ giọng “khong-co” mà bài chọn: ở đây chưa có (loa voices)"
    assert engine("recording") == "chờ bản thu"


def test_two_packs_of_one_name_are_told(folder: Path) -> None:
    piper_pack(folder / "a")
    piper_pack(folder / "b")
    found, broken = installed(folder)
    assert len(found) == 1
    assert "two packs are called vi-hum" in str(broken[0])


def test_the_hum_is_what_the_symbols_say(folder: Path) -> None:
    sherpa_pack(folder / "km-hum", letters="កខ", syllables_s=3.55)
    samples, rate = from_wav(speak(folder, "km", "ខខខខខខ").files["voice.wav"])
    spectrum = np.abs(np.fft.rfft(samples))
    peaks = np.fft.rfftfreq(len(samples), 1 / rate)[np.argsort(spectrum)[-40:]]
    assert any(abs(peak - (180 + 12 * 2)) < 6 for peak in peaks)
    assert RATE == 16_000
