"""The step that mixes a clip's sound: chime, voice, a quiet pad that steps back for it; mastered for the web."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np

from render.speech.chime import answer, chime
from render.speech.loudness import SILENT, integrated_lufs, true_peak_dbtp
from render.speech.sound import VOICE_RATE, Samples, filtered, from_wav, resampled
from render.steps import Made, Step
from render.video.timing import timings, wordless

LIBRARIES = ("av", "numpy")
RATE = 48_000
BIT_RATE = 96_000
MASTER_LUFS = -16.0
PEAK_DBTP = -1.5
PAD_LUFS = -26.0
DUCK_DB = 8.0
CHIME_PEAK = 0.2  # before mastering, beside a voice of about 0.5
LOOP_S = 18
_ATTACK_S, _RELEASE_S = 0.15, 0.5
_COMPRESSOR = "threshold=-24dB:ratio=3:attack=5:release=120:knee=6"
_LIMIT = 0.79  # −2.0 dBFS between samples stays under −1.5 dBTP after AAC


def soundtrack_step(rhythms: Sequence[Mapping[str, Any]], voices: Mapping[str, Step], *, fps: int) -> Step:
    """The step of the sound; `voices` are named `voice-<scene>-<line>`."""
    return Step(
        run="render.video.soundtrack:mix",
        inputs={"rhythms": [wordless(one) for one in rhythms], "fps": fps},
        needs=dict(voices),
        libraries=LIBRARIES,
    )


def mix(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`sound.m4a`, exactly as long as the pictures; loudness and true peak in `details`."""
    timed = timings(inputs, needs)
    frames = sum(timing.frames for timing in timed)
    voice = np.zeros(frames * VOICE_RATE // inputs["fps"], np.float32)
    spoken: list[tuple[float, float]] = []
    start_s = 0.0
    for number, timing in enumerate(timed):
        for line, (line_s, end_s) in enumerate(zip(timing.starts_s, timing.ends_s, strict=True)):
            samples, rate = from_wav(needs[f"voice-{number}-{line}"].files["voice.wav"])
            at = round((start_s + line_s) * rate)
            part = samples[: max(0, len(voice) - at)]
            voice[at : at + len(part)] += part
            spoken.append((start_s + line_s, start_s + end_s))
        start_s += timing.frames / inputs["fps"]
    length = frames * RATE // inputs["fps"]
    even = filtered(voice, VOICE_RATE, (("acompressor", _COMPRESSOR),)) if spoken else voice
    mixed = _fitted(resampled(_levelled(even, VOICE_RATE, MASTER_LUFS), VOICE_RATE, RATE), length)
    mixed += _pad(length) * _ducking(spoken, length)
    opening, closing = chime(RATE), answer(RATE)
    mixed[: len(opening)] += CHIME_PEAK * opening
    after = min(round((spoken[-1][1] + 0.5) * RATE), length - len(closing)) if spoken else length - len(closing)
    mixed[after : after + len(closing)] += CHIME_PEAK * closing
    master = _mastered(mixed)
    return Made(
        files={"sound.m4a": _aac(master)},
        details={
            "loudness_lufs": round(integrated_lufs(master, RATE), 2),
            "true_peak_dbtp": round(true_peak_dbtp(master), 2),
            "duration_s": round(length / RATE, 4),
        },
    )


def _levelled(samples: Samples, rate: int, lufs: float) -> Samples:
    measured = integrated_lufs(samples, rate)
    return samples if measured <= SILENT else samples * np.float32(10 ** ((lufs - measured) / 20))


def _fitted(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(0, length - len(samples))))[:length]


def _mastered(mixed: Samples) -> Samples:
    """Brought to the target and limited; once more, by what the limiter took away the first time."""
    target = MASTER_LUFS
    master = mixed
    for _ in range(2):
        levelled = _levelled(mixed, RATE, target)
        limited = filtered(levelled, RATE, (("alimiter", f"limit={_LIMIT}:level=0:attack=5:release=80:latency=1"),))
        master = _fitted(limited, len(mixed))
        target += (MASTER_LUFS - integrated_lufs(master, RATE)) * 1.3
    fade = RATE // 4
    master[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return master


def _pad(length: int) -> Samples:
    """A still fifth in the low middle, two strings a hair apart, rising out of nothing; at its own loudness."""
    loop = _loop()
    time = np.arange(length, dtype=np.float32) / RATE
    edge = np.clip(np.minimum(time / 1.5, (length / RATE - time) / 1.5), 0, 1)
    return _levelled(np.resize(loop, length) * edge, RATE, PAD_LUFS)


def _loop() -> Samples:
    """Eighteen seconds that end as they began: every tone in them swings a whole number of times."""
    time = np.arange(LOOP_S * RATE, dtype=np.float64) / RATE
    tones = np.zeros(len(time), np.float64)
    for pitch_hz, strength in ((130.81, 1.0), (196.0, 0.7), (261.63, 0.45), (329.63, 0.22)):
        tones += strength * np.sin(2 * np.pi * (round(pitch_hz * LOOP_S) / LOOP_S) * time)
    # Two strings a hair apart are one that swells and fades.
    swell = np.cos(2 * np.pi * (6 / LOOP_S) * time)
    breath = 0.75 + 0.25 * np.sin(2 * np.pi * (2 / LOOP_S) * time)
    return (tones * swell * breath / 4).astype(np.float32)


def _ducking(spoken: Sequence[tuple[float, float]], length: int) -> Samples:
    """1 where nobody speaks, `DUCK_DB` lower where somebody does, with ramps before and after."""
    times = [0.0]
    levels = [0.0]
    for start_s, end_s in spoken:
        if start_s - _ATTACK_S < times[-1]:  # no time to come up between two lines
            del times[-1], levels[-1]
        else:
            times += [start_s - _ATTACK_S, start_s]
            levels += [0.0, -DUCK_DB]
        times += [end_s, end_s + _RELEASE_S]
        levels += [-DUCK_DB, 0.0]
    decibels = np.interp(np.arange(length) / RATE, times, levels)
    return np.asarray(10 ** (decibels / 20), np.float32)


def _aac(samples: Samples) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        stream.options = {"aac_coder": "fast"}
        stream.codec_context.thread_count = 1
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[None, start : start + 1024]), "fltp", "mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
