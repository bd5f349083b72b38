"""The steps of a clip's sound: the voice on its own, then with chime and a quiet pad that steps back, mastered, as AAC.

The voice is laid down and evened out once; another pad or another loudness mixes and encodes again, and no more.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import av
import numpy as np

from render.speech.chime import answer, chime
from render.speech.loudness import SILENT, integrated_lufs, true_peak_dbtp
from render.speech.sound import VOICE_RATE, Samples, filtered, from_wav, resampled
from render.steps import Made, Step
from render.video.timing import timings, wordless

LIBRARIES = ("av", "numpy")
RATE = 44_100
MIX_RATE = VOICE_RATE  # nothing of ours reaches beyond 11 kHz, and half as many samples are mixed
MASTER_LUFS = -16.0
PEAK_DBTP = -1.5
PAD_LUFS = -26.0
FILM_LUFS = -22.0  # a film's own sound, which steps back as the pad does
DUCK_DB = 8.0
CHIME_PEAK = 0.2  # before mastering, beside a voice of about 0.5
LOOP_S = 18
_ATTACK_S, _RELEASE_S = 0.15, 0.5
_COMPRESSOR = "threshold=-24dB:ratio=3:attack=5:release=120:knee=6"
_NEAR_LU = 0.2
_LOOP_LUFS = -19.0  # of the loop of the pad as `_loop` draws it
# A constant quality instead of a rate, which the encoder finds by encoding twice and thrice. One voice has no use for
# the tools against echoes and for noise.
AAC = {
    "aac_coder": "fast",
    "flags": "+qscale",
    "global_quality": "130",
    "cutoff": "11025",
    "aac_tns": "0",
    "aac_pns": "0",
}
_LIMIT = 0.79  # −2.0 dBFS between samples stays under −1.5 dBTP after AAC


def soundtrack_step(
    rhythms: Sequence[Mapping[str, Any]],
    voices: Mapping[str, Step],
    *,
    fps: int,
    films: Mapping[int, Step] = MappingProxyType({}),
) -> Step:
    """The step of the sound; `voices` are named `voice-<scene>-<line>`, `films` are what sounds in a scene itself."""
    told = Step(
        run="render.video.soundtrack:tell",
        inputs={"rhythms": [wordless(one) for one in rhythms], "fps": fps},
        needs=dict(voices),
        libraries=LIBRARIES,
    )
    levels = {"master_lufs": MASTER_LUFS, "pad_lufs": PAD_LUFS, "duck_db": DUCK_DB}
    needs = {"told": told, **{f"film-{scene}": step for scene, step in films.items()}}
    return Step(run="render.video.soundtrack:mix", inputs=levels, needs=needs, libraries=LIBRARIES)


def tell(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`voice`: all that is said, each line in its place, evened out and at the master's loudness; 32-bit samples."""
    timed = timings(inputs, needs)
    frames = sum(timing.frames for timing in timed)
    voice = np.zeros(frames * VOICE_RATE // inputs["fps"], np.float32)
    spoken: list[tuple[float, float]] = []
    scenes: list[list[float]] = []
    start_s = 0.0
    for number, timing in enumerate(timed):
        for line, (line_s, end_s) in enumerate(zip(timing.starts_s, timing.ends_s, strict=True)):
            samples, rate = from_wav(needs[f"voice-{number}-{line}"].files["voice.wav"])
            at = round((start_s + line_s) * rate)
            part = samples[: max(0, len(voice) - at)]
            voice[at : at + len(part)] += part
            spoken.append((start_s + line_s, start_s + end_s))
        scenes.append([start_s, start_s + timing.frames / inputs["fps"]])
        start_s += timing.frames / inputs["fps"]
    even = filtered(voice, VOICE_RATE, (("acompressor", _COMPRESSOR),)) if spoken else voice
    even = _levelled(even, VOICE_RATE, MASTER_LUFS)
    return Made(
        files={"voice": even.astype("<f4").tobytes()},
        details={"length": frames * RATE // inputs["fps"], "spoken": [list(one) for one in spoken], "scenes": scenes},
    )


def mix(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`sound.m4a`, exactly as long as the pictures; loudness and true peak in `details`."""
    told = needs["told"]
    spoken = [(start_s, end_s) for start_s, end_s in told.details["spoken"]]
    length = int(told.details["length"])
    mixed = _fitted(np.frombuffer(told.files["voice"], "<f4"), length * MIX_RATE // RATE).copy()
    under = _pad(len(mixed), inputs["pad_lufs"])
    for scene, (start_s, end_s) in enumerate(told.details["scenes"]):
        if (film := needs.get(f"film-{scene}")) is not None:
            _film(under, film, round(start_s * MIX_RATE), round(end_s * MIX_RATE))
    mixed += under * _ducking(spoken, len(mixed), inputs["duck_db"])
    opening, closing = _chimes()
    mixed[: len(opening)] += CHIME_PEAK * opening
    last = len(mixed) - len(closing)
    after = min(round((spoken[-1][1] + 0.5) * MIX_RATE), last) if spoken else last
    mixed[after : after + len(closing)] += CHIME_PEAK * closing
    fade = MIX_RATE // 4
    mixed[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    master, loudness_lufs = _mastered(mixed, inputs["master_lufs"])
    return Made(
        files={"sound.m4a": _aac(_fitted(resampled(master, MIX_RATE, RATE), length))},
        details={
            "loudness_lufs": round(loudness_lufs, 2),
            "true_peak_dbtp": round(true_peak_dbtp(master), 2),
            "duration_s": round(length / RATE, 4),
        },
    )


def _film(under: Samples, film: Made, start: int, end: int) -> None:
    """A film's own sound in the place of the pad, as long as its scene, let in and out."""
    samples, rate = from_wav(film.files["sound.wav"])
    part = _levelled(resampled(samples[: (end - start) * rate // MIX_RATE], rate, MIX_RATE), MIX_RATE, FILM_LUFS)
    part = part[: end - start]
    edge = min(len(part) // 2, MIX_RATE // 4)
    ramp = np.linspace(0, 1, edge, dtype=np.float32)
    let_in = np.ones(len(part), np.float32)
    let_in[:edge], let_in[len(part) - edge :] = ramp, ramp[::-1]
    place = under[start : start + len(part)]
    place *= 1 - let_in
    place += part * let_in


def _levelled(samples: Samples, rate: int, lufs: float) -> Samples:
    measured = integrated_lufs(samples, rate)
    return samples if measured <= SILENT else samples * np.float32(10 ** ((lufs - measured) / 20))


def _fitted(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(0, length - len(samples))))[:length]


def _mastered(mixed: Samples, target_lufs: float) -> tuple[Samples, float]:
    """Brought to the target and limited, with its loudness; once more when the limiter took away too much."""
    found_lufs = integrated_lufs(mixed, MIX_RATE)
    aim_lufs = target_lufs
    while True:
        levelled = mixed * np.float32(10 ** ((aim_lufs - found_lufs) / 20)) if found_lufs > SILENT else mixed
        limiter = f"limit={_LIMIT}:level=0:attack=5:release=80:latency=1"
        master = _fitted(filtered(levelled, MIX_RATE, (("alimiter", limiter),)), len(mixed))
        reached_lufs = integrated_lufs(master, MIX_RATE)
        if aim_lufs != target_lufs or abs(target_lufs - reached_lufs) <= _NEAR_LU:
            return master, reached_lufs
        aim_lufs += (target_lufs - reached_lufs) * 1.3


def _pad(length: int, lufs: float) -> Samples:
    """A still fifth in the low middle, two strings a hair apart, rising out of nothing; its loop at `lufs`."""
    pad = np.resize(_loop(), length)
    pad *= np.float32(10 ** ((lufs - _LOOP_LUFS) / 20))
    edge = min(round(1.5 * MIX_RATE), length // 2)
    rising = np.linspace(0, 1, edge, dtype=np.float32)
    pad[:edge] *= rising
    pad[length - edge :] *= rising[::-1]
    return pad


@functools.cache
def _loop() -> Samples:
    """Eighteen seconds that end as they began: every tone in them swings a whole number of times."""
    count = LOOP_S * MIX_RATE
    swing = np.cos(2 * np.pi * np.arange(count) / count).astype(np.float32)
    at = np.arange(count, dtype=np.int64)

    def times(often: int) -> Samples:
        return swing[at * often % count]

    tones = np.zeros(count, np.float32)
    for pitch_hz, strength in ((130.81, 1.0), (196.0, 0.7), (261.63, 0.45), (329.63, 0.22)):
        tones += np.float32(strength) * times(round(pitch_hz * LOOP_S))
    # Two strings a hair apart are one that swells and fades.
    tones *= times(6) * (np.float32(0.1875) + np.float32(0.0625) * times(2))
    return tones


@functools.cache
def _chimes() -> tuple[Samples, Samples]:
    return chime(MIX_RATE), answer(MIX_RATE)


def _ducking(spoken: Sequence[tuple[float, float]], length: int, duck_db: float) -> Samples:
    """1 where nobody speaks, `duck_db` lower where somebody does, with ramps before and after."""
    times = [0.0]
    levels = [0.0]
    for start_s, end_s in spoken:
        if start_s - _ATTACK_S < times[-1]:  # no time to come up between two lines
            del times[-1], levels[-1]
        else:
            times += [start_s - _ATTACK_S, start_s]
            levels += [0.0, -duck_db]
        times += [end_s, end_s + _RELEASE_S]
        levels += [-duck_db, 0.0]
    grain = MIX_RATE // 1000  # a thousandth of a second is fine enough for a ramp
    decibels = np.interp(np.arange(-(-length // grain)) * (grain / MIX_RATE), times, levels)
    return np.repeat((10 ** (decibels / 20)).astype(np.float32), grain)[:length]


def _aac(samples: Samples) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono")
        stream.options = dict(AAC)
        stream.codec_context.thread_count = 1
        for start in range(0, len(samples), RATE):  # the encoder cuts them as it wants them
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[None, start : start + RATE]), "fltp", "mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
