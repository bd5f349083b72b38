"""Two masters of one narration: for horn loudspeakers, and for the web. Each is measured after it is made."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import av
import numpy as np

from render.errors import StepError
from render.speech import loudness
from render.speech.chime import CHIME_S, answer, chime
from render.speech.sound import (
    VOICE_RATE,
    Samples,
    decode,
    filtered,
    from_wav,
    resampled,
    silence,
    to_pcm,
    to_wav,
)
from render.steps import Made, Step

TARGET_LUFS = -16.0
TOLERANCE_LU = 0.5
CEILING_DBTP = -1.0
LONGEST_SILENCE_S = 2.0

HORN_RATE = 44_100
WEB_RATE = 48_000
HORN_BITS_S = 64_000

AIR_S = 1.0  # before the chime, between the chime and the voice, before its answer
TAIL_S = 0.5
CHIME_PEAK = 0.30  # beside a voice at −16 LUFS: heard as soft

# Horns pass about 300 Hz to 6 kHz: what lies outside only heats them and eats level; words live around 2.8 kHz.
_HORN = (
    ("highpass", "f=250:poles=2"),
    ("lowpass", "f=6500:poles=2"),
    ("equalizer", "f=2800:t=q:w=1.2:g=4"),
    ("acompressor", "threshold=-24dB:ratio=4:attack=5:release=120:makeup=6dB"),
)
_WEB = (
    ("highpass", "f=80:poles=2"),
    ("acompressor", "threshold=-20dB:ratio=2.5:attack=8:release=160:makeup=3dB"),
)
_RELEASE_MS = 60
CODING_HEADROOM_DB = 1.5  # coding at 64 kbit/s adds 0.9 to 1.4 dB of peak: the first attempt nearly always holds
LAME_SCALE_DB = 0.445  # at this bit rate LAME scales what it is given by 0.95
# LAME's noise shaping listens for what horns cannot play, and costs twice the rest; without it speech below 7 kHz
# keeps 25 dB to the coding noise, with it 22.
_LAME = {"compression_level": "7", "reservoir": "0", "flags": "+bitexact"}
_ENCODE_CHUNK = 1152 * 64


@dataclass(frozen=True)
class Level:
    """What a meter read on a finished master."""

    duration_s: float
    loudness_lufs: float
    true_peak_dbtp: float
    leading_silence_s: float
    longest_silence_s: float


def measured(samples: Samples, rate: int) -> Level:
    """The figures of a master, rounded as they are shown."""
    quiet = loudness.silences(samples, rate)
    return Level(
        duration_s=round(len(samples) / rate, 3),
        loudness_lufs=round(loudness.integrated_lufs(samples, rate), 2),
        true_peak_dbtp=round(loudness.true_peak_dbtp(samples), 2),
        leading_silence_s=quiet.leading_s,
        longest_silence_s=quiet.longest_inner_s,
    )


Frame = tuple[Samples, Samples]  # what stands before and after a voice


def joined(voices: Sequence[Made], pauses_s: Sequence[float]) -> tuple[Samples, list[tuple[float, float]]]:
    """Voices one after the other, each followed by its pause; and when each begins and ends, in seconds."""
    parts: list[Samples] = []
    cues: list[tuple[float, float]] = []
    at = 0
    for voice, pause_s in zip(voices, pauses_s, strict=True):
        samples, rate = from_wav(voice.files["voice.wav"])
        samples = resampled(samples, rate, VOICE_RATE)
        cues.append((round(at / VOICE_RATE, 4), round((at + len(samples)) / VOICE_RATE, 4)))
        parts += [samples, silence(pause_s, VOICE_RATE)]
        at += len(samples) + len(parts[-1])
    return (np.concatenate(parts) if parts else np.zeros(0, np.float32)), cues


def levelled(
    samples: Samples, rate: int, *, ceiling_dbtp: float, target_lufs: float = TARGET_LUFS, frame: Frame | None = None
) -> Samples:
    """`samples` within their frame, the whole at the target loudness and every peak held under the ceiling.

    What stands around the voice (air, chimes) is mixed in as it is, but counts in the loudness of the whole. The
    limiter's own loss is made good.
    """
    before, after = frame or (samples[:0], samples[:0])
    found = loudness.integrated_lufs(samples, rate)
    if found == loudness.SILENT:
        raise StepError("there is nothing to hear in the narration", mend="Look at the voices it was made from")
    gain_db = target_lufs - found
    limit = f"limit={10 ** (ceiling_dbtp / 20):.5f}:level=false:attack=5:release={_RELEASE_MS}:latency=true"
    mix = samples
    for _ in range(4):
        loud = filtered(samples * np.float32(10 ** (gain_db / 20)), rate, [("alimiter", limit)])
        mix = np.concatenate([before, loud, after])
        short_db = target_lufs - loudness.integrated_lufs(mix, rate)
        if abs(short_db) < 0.06:
            break
        gain_db += short_db
    return mix


# --- horns -----------------------------------------------------------------------------------------------------


def horn_step(
    voices: Sequence[Step], pauses_s: Sequence[float], *, tags: Mapping[str, str], gate: Step | None = None
) -> Step:
    """The bulletin for horns: air, chime, air, the voices, air, the chime's answer -> `bulletin.mp3`.

    `tags` are ID3 frames by libav's names (title, language, publisher, comment). `gate` must pass first.
    """
    needs = {f"{number:03d}": voice for number, voice in enumerate(voices)}
    return Step(
        run="render.speech.mastering:make_horn_master",
        inputs={"pauses_s": list(pauses_s), "tags": dict(tags)},
        needs=needs | ({"gate": gate} if gate else {}),
        libraries=("av", "numpy"),
    )


def make_horn_master(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `horn_step`; details hold what was measured on the decoded MP3, and the cues of the voices."""
    voices = [needs[name] for name in sorted(needs) if name.isdigit()]
    voice, cues = joined(voices, inputs["pauses_s"])
    track = filtered(voice, VOICE_RATE, _horn_filters(), out_rate=HORN_RATE)
    opening = [silence(AIR_S, HORN_RATE), chime(HORN_RATE) * np.float32(CHIME_PEAK), silence(AIR_S, HORN_RATE)]
    closing = [silence(AIR_S, HORN_RATE), answer(HORN_RATE) * np.float32(CHIME_PEAK), silence(TAIL_S, HORN_RATE)]
    frame = np.concatenate(opening), np.concatenate(closing)
    mp3, level = b"", Level(0, 0, 0, 0, 0)
    target_lufs, ceiling_dbtp = TARGET_LUFS + LAME_SCALE_DB, CEILING_DBTP - CODING_HEADROOM_DB + LAME_SCALE_DB
    for _ in range(3):
        mix = levelled(track, HORN_RATE, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp, frame=frame)
        mp3 = to_mp3(mix, HORN_RATE, inputs["tags"])
        level = measured(decode(mp3, HORN_RATE), HORN_RATE)
        if level.true_peak_dbtp <= CEILING_DBTP - 0.05 and abs(level.loudness_lufs - TARGET_LUFS) <= 0.3:
            break
        target_lufs += TARGET_LUFS - level.loudness_lufs
        ceiling_dbtp -= max(0.0, level.true_peak_dbtp - (CEILING_DBTP - 0.2))
    before_s = AIR_S + CHIME_S + AIR_S
    shifted = [[round(start + before_s, 3), round(end + before_s, 3)] for start, end in cues]
    return Made(files={"bulletin.mp3": mp3}, details=asdict(level) | {"cues_s": shifted})


def _horn_filters() -> tuple[tuple[str, str], ...]:
    up = f"sample_fmts=flt:channel_layouts=mono:sample_rates={HORN_RATE}"
    return (("aformat", up), *_HORN)


def to_mp3(samples: Samples, rate: int, tags: Mapping[str, str]) -> bytes:
    """MP3 at a constant 64 kbit/s with ID3v2.3; nothing in it tells when or by which build it was made.

    The bit reservoir is off, so that every frame stands alone and bulletins can be joined frame by frame.
    """
    buffer = io.BytesIO()
    options = {"id3v2_version": "3", "write_id3v1": "0", "fflags": "+bitexact"}
    with av.open(buffer, "w", format="mp3", options=options) as file:
        file.metadata.update(dict(sorted(tags.items())))
        stream = file.add_stream("libmp3lame", rate=rate, options=dict(_LAME))
        stream.bit_rate = HORN_BITS_S
        stream.layout = "mono"
        stream.format = "s16p"
        stream.codec_context.thread_count = 1
        pcm = to_pcm(samples)
        for start in range(0, len(pcm), _ENCODE_CHUNK):
            part = np.ascontiguousarray(pcm[None, start : start + _ENCODE_CHUNK])
            frame = av.AudioFrame.from_ndarray(part, format="s16p", layout="mono")
            frame.sample_rate = rate
            frame.pts = start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


# --- the web ---------------------------------------------------------------------------------------------------


def web_step(
    voices: Sequence[Step],
    pauses_s: Sequence[float],
    *,
    lead_s: float = 0.0,
    tail_s: float = 0.0,
    gate: Step | None = None,
) -> Step:
    """A narration for the web -> `master.wav`, mono 16-bit 48 kHz; details hold the cues of its voices."""
    needs = {f"{number:03d}": voice for number, voice in enumerate(voices)}
    return Step(
        run="render.speech.mastering:make_web_master",
        inputs={"pauses_s": list(pauses_s), "lead_s": lead_s, "tail_s": tail_s},
        needs=needs | ({"gate": gate} if gate else {}),
        libraries=("av", "numpy"),
    )


def make_web_master(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `web_step`."""
    voices = [needs[name] for name in sorted(needs) if name.isdigit()]
    voice, cues = joined(voices, inputs["pauses_s"])
    lead_s = float(inputs["lead_s"])
    track = np.concatenate([silence(lead_s, VOICE_RATE), voice, silence(float(inputs["tail_s"]), VOICE_RATE)])
    master = web_master(track, VOICE_RATE)
    shifted = [[round(start + lead_s, 3), round(end + lead_s, 3)] for start, end in cues]
    return Made(
        files={"master.wav": to_wav(master, WEB_RATE)},
        details=asdict(measured(master, WEB_RATE)) | {"cues_s": shifted},
    )


def web_master(voice: Samples, rate: int) -> Samples:
    """A narration at 48 kHz and −16 LUFS, peaks under −1.5 dBTP; as long as it was."""
    up = ("aformat", f"sample_fmts=flt:channel_layouts=mono:sample_rates={WEB_RATE}")
    track = filtered(voice, rate, (up, *_WEB))
    loud = levelled(track, WEB_RATE, ceiling_dbtp=CEILING_DBTP - 0.8)
    length = round(len(voice) * WEB_RATE / rate)
    return np.pad(loud[:length], (0, max(0, length - len(loud))))
