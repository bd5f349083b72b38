"""The web master of a bulletin: full band, a quiet bed of music under the voice, AAC that every telephone plays."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.late import Late
from render.speech import loudness
from render.speech.bed import bed, ducking
from render.speech.chime import answer, chime
from render.speech.mastering import CEILING_DBTP, TARGET_LUFS, first_word_db, levelled, measured, narration, onset_db
from render.speech.sound import VOICE_RATE, Samples, decode, filtered, silence
from render.steps import Made, Step

if TYPE_CHECKING:
    import av
    import numpy as np
else:
    av = Late("av")
    np = Late("numpy")

WEB_RATE = 48_000
WEB_BITS_S = 64_000
LEAD_S, TAIL_S = 2.6, 3.4  # of music, before and after the voice
CODING_HEADROOM_DB = 1.0  # AAC at 64 kbit/s adds up to 0.5 dB of peak: the first attempt holds

_CHIME_LUFS = -20.0
_CHIME_AT_S = 0.7
_WEB = (
    ("highpass", "f=80:poles=2"),
    ("acompressor", "threshold=-20dB:ratio=2.5:attack=8:release=160:makeup=3dB"),
)
# The quick search for quantizers costs less than half of the thorough one, and here keeps 30 dB to the noise, not 21.
_AAC = {"aac_coder": "fast", "flags": "+bitexact"}
_FRAME = 1024


def web_step(voices: Sequence[Step], pauses_s: Sequence[float], *, tags: Mapping[str, str], language: str) -> Step:
    """A narration for the web -> `bulletin.m4a`, mono 48 kHz; `tags` by libav's names, `language` of three letters."""
    needs = {f"{number:03d}": voice for number, voice in enumerate(voices)}
    return Step(
        run="render.speech.web:make_web_master",
        inputs={"pauses_s": list(pauses_s), "tags": dict(tags), "language": language},
        needs=needs,
        libraries=("av", "numpy"),
    )


def make_web_master(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `web_step`; details hold what was measured on the decoded file, and the cues of its voices."""
    voices = [needs[name] for name in sorted(name for name in needs if name.isdigit())]
    voice, cues = narration(voices, inputs["pauses_s"])
    spoken = [(round(start + LEAD_S, 4), round(end + LEAD_S, 4)) for start, end in cues]
    track = np.concatenate([silence(LEAD_S, VOICE_RATE), voice, silence(TAIL_S, VOICE_RATE)])
    up = ("aformat", f"sample_fmts=flt:channel_layouts=mono:sample_rates={WEB_RATE}")
    length = round(len(track) * WEB_RATE / VOICE_RATE)
    even = _fitted(filtered(track, VOICE_RATE, (up, *_WEB), out_rate=WEB_RATE), length)
    even *= np.float32(10 ** ((TARGET_LUFS - loudness.integrated_lufs(even, WEB_RATE)) / 20))
    music = bed(length, WEB_RATE)
    mixed = even + music * ducking(spoken, length, WEB_RATE)
    _lay(mixed, chime(WEB_RATE), _CHIME_AT_S)
    _lay(mixed, answer(WEB_RATE), length / WEB_RATE - TAIL_S + 0.6)
    target_lufs, ceiling_dbtp = TARGET_LUFS, CEILING_DBTP - CODING_HEADROOM_DB
    for _ in range(3):
        master = _fitted(levelled(mixed, WEB_RATE, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp), length)
        file = to_m4a(master, inputs["tags"], inputs["language"])
        heard = _fitted(decode(file, WEB_RATE, container="mp4"), length)
        level = measured(heard, WEB_RATE)
        if level.true_peak_dbtp <= CEILING_DBTP - 0.05 and abs(level.loudness_lufs - TARGET_LUFS) <= 0.2:
            break
        target_lufs += TARGET_LUFS - level.loudness_lufs
        ceiling_dbtp -= max(0.0, level.true_peak_dbtp - (CEILING_DBTP - 0.2))
    begin = round(spoken[0][0] * WEB_RATE)
    gaps = [following - end for (_, end), (following, _) in itertools.pairwise(spoken)]
    details = (
        asdict(level)
        | {
            "longest_silence_s": round(max(gaps, default=0.0), 2),  # the bed never is silent: what counts is the voice
            "bed_lufs": round(loudness.integrated_lufs(music, WEB_RATE), 2),
            "onset_db": onset_db(voice, VOICE_RATE),
            "first_word_db": first_word_db(master[begin:], heard[begin:], WEB_RATE),
            "cues_s": [list(cue) for cue in spoken],
        }
    )
    return Made(files={"bulletin.m4a": file}, details=details)


def _lay(mixed: Samples, stroke: Samples, at_s: float) -> None:
    gain_db = _CHIME_LUFS - loudness.integrated_lufs(stroke, WEB_RATE)
    start = round(at_s * WEB_RATE)
    mixed[start : start + len(stroke)] += stroke * np.float32(10 ** (gain_db / 20))


def _fitted(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(0, length - len(samples))))[:length]


def to_m4a(samples: Samples, tags: Mapping[str, str], language: str) -> bytes:
    """AAC in MP4, its index in front so that it plays while it loads; nothing in it tells when it was made."""
    with tempfile.TemporaryDirectory() as folder:  # the index is moved to the front by reading the file again
        path = Path(folder, "bulletin.m4a")
        options = {"fflags": "+bitexact", "movflags": "+faststart"}
        with av.open(str(path), "w", format="ipod", options=options) as file:
            file.metadata.update(dict(sorted(tags.items())))
            stream = file.add_stream("aac", rate=WEB_RATE, layout="mono", options=dict(_AAC))
            stream.bit_rate = WEB_BITS_S
            stream.metadata["language"] = language
            stream.codec_context.thread_count = 1
            for start in range(0, len(samples), _FRAME):
                part = np.ascontiguousarray(samples[None, start : start + _FRAME])
                frame = av.AudioFrame.from_ndarray(part, "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = WEB_RATE, start, Fraction(1, WEB_RATE)
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        return path.read_bytes()
