"""The steps of a clip's sound: the voice on its own, then with chime and a quiet pad that steps back, mastered, as AAC.

The voice is laid down and evened out once; another pad or another loudness mixes and encodes again, and no more.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from render.late import Late
from render.speech.bed import BED_LUFS, DUCK_DB, bed, ducking
from render.speech.chime import answer, chime
from render.speech.loudness import SILENT, integrated_lufs, true_peak_dbtp
from render.speech.sound import VOICE_RATE, Samples, filtered, from_wav, resampled
from render.steps import Made, Step
from render.video.timing import timings, wordless

if TYPE_CHECKING:
    import av
    import numpy as np
else:
    av = Late("av")
    np = Late("numpy")

LIBRARIES = ("av", "numpy")
RATE = 44_100
MIX_RATE = VOICE_RATE  # nothing of ours reaches beyond 11 kHz, and half as many samples are mixed
MASTER_LUFS = -16.0
PEAK_DBTP = -1.5
PAD_LUFS = BED_LUFS
FILM_LUFS = -22.0  # a film's own sound, which steps back as the pad does
CHIME_PEAK = 0.2  # before mastering, beside a voice of about 0.5
_COMPRESSOR = "threshold=-24dB:ratio=3:attack=5:release=120:knee=6"
_NEAR_LU = 0.2
_LIMITED_LU = 0.68  # the limiter takes so much from a voice that was brought to the master's loudness
_MASTERED_MOST = 8
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
    under = bed(len(mixed), MIX_RATE) * np.float32(10 ** ((inputs["pad_lufs"] - BED_LUFS) / 20))
    for scene, (start_s, end_s) in enumerate(told.details["scenes"]):
        if (film := needs.get(f"film-{scene}")) is not None:
            _film(under, film, round(start_s * MIX_RATE), round(end_s * MIX_RATE))
    mixed += under * ducking(spoken, len(mixed), MIX_RATE, duck_db=inputs["duck_db"])
    opening, closing = _chimes()
    mixed[: len(opening)] += CHIME_PEAK * opening
    last = len(mixed) - len(closing)
    after = min(round((spoken[-1][1] + 0.5) * MIX_RATE), last) if spoken else last
    mixed[after : after + len(closing)] += CHIME_PEAK * closing
    fade = MIX_RATE // 4
    mixed[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    master, loudness_lufs, peak_dbtp = _mastered(mixed, inputs["master_lufs"])
    return Made(
        files={"sound.m4a": _aac(_fitted(resampled(master, MIX_RATE, RATE), length))},
        details={
            "loudness_lufs": round(loudness_lufs, 2),
            "true_peak_dbtp": round(peak_dbtp, 2),
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


def _mastered(mixed: Samples, target_lufs: float) -> tuple[Samples, float, float]:
    """Brought to the target and limited, with its loudness and true peak; once more where either was guessed wrong.

    The limiter sees samples; where the curve between them goes higher, it is set lower by as much.
    """
    gain_db, limit, tried = target_lufs - MASTER_LUFS + _LIMITED_LU, _LIMIT, list[tuple[float, float]]()
    for _ in range(_MASTERED_MOST):
        levelled = mixed * np.float32(10 ** (gain_db / 20))
        limiter = f"limit={limit:.4f}:level=0:attack=5:release=80:latency=1"
        master = _fitted(filtered(levelled, MIX_RATE, (("alimiter", limiter),)), len(mixed))
        reached_lufs, peak_dbtp = integrated_lufs(master, MIX_RATE), true_peak_dbtp(master)
        over_db = peak_dbtp - PEAK_DBTP
        if reached_lufs <= SILENT or (abs(target_lufs - reached_lufs) <= _NEAR_LU and over_db <= 0):
            break
        # The limiter takes a part of what is added; the tries before tell how much: more than half of a peaky voice.
        kept = 0.87
        if tried and gain_db != tried[-1][0]:
            kept = min(kept, max(0.35, (reached_lufs - tried[-1][1]) / (gain_db - tried[-1][0])))
        tried.append((gain_db, reached_lufs))
        gain_db += (target_lufs - reached_lufs) / kept
        if over_db > 0:
            limit *= 10 ** (-(over_db + 0.1) / 20)
    return master, reached_lufs, peak_dbtp


@functools.cache
def _chimes() -> tuple[Samples, Samples]:
    return chime(MIX_RATE), answer(MIX_RATE)


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
