"""Recordings joined frame by frame, without encoding anything again: a commune's greeting before a body for all."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from render.late import Late
from render.speech import loudness, mpeg
from render.speech.id3 import id3_tag
from render.steps import Made, Pieced, Step

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")


@dataclass(frozen=True)
class Part:
    """Some MP3 frames of ours: their bytes, how many they are, and their CRC."""

    data: bytes
    frames: int
    crc16: int


@dataclass(frozen=True)
class Joined:
    """A file that lies nowhere: it is put together while it is read."""

    pieces: tuple[bytes, ...]

    @functools.cached_property
    def length(self) -> int:
        """Its bytes."""
        return sum(len(piece) for piece in self.pieces)

    @functools.cached_property
    def sha256(self) -> str:
        """Its digest."""
        digest = hashlib.sha256()
        for piece in self.pieces:
            digest.update(piece)
        return digest.hexdigest()

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end` (all that follow without it), for a whole answer or a range of one."""
        end = self.length if end is None else min(end, self.length)
        if start < 0 or start > end:
            raise ValueError(f"no bytes lie from {start} to {end}")
        at = 0
        for piece in self.pieces:
            low, high = max(start - at, 0), min(end - at, len(piece))
            if low < high:
                yield piece[low:high] if high - low < len(piece) else piece
            at += len(piece)


def joined(parts: Sequence[Part], *, tag: bytes = b"") -> Joined:
    """One MP3 of the parts, with `tag` before it.

    Each has as many frames as samples went into it, so its time runs on into the next without a gap; only the last
    frame of all stands for no samples: in it the decoder's delay runs out. All were encoded without the reservoir and
    end in silence, so no frame misses the one that was before it when it was encoded.
    """
    info = mpeg.info_frame(sum(part.frames for part in parts), [(len(part.data), part.crc16) for part in parts])
    return Joined((tag + info, *(part.data for part in parts)))


# --- as a step -----------------------------------------------------------------------------------------------------


def join_step(parts: Sequence[Step], *, tags: Mapping[str, str], marks: Mapping[str, str]) -> Step:
    """The step that joins parts of `mastering.part_step` to `bulletin.mp3`, under an ID3v2.3 tag of its own.

    Its details are the figures of the whole, reckoned from what was measured of its parts, and its cues.
    """
    needs = {f"{number}": part for number, part in enumerate(parts)}
    return Step(
        run="render.speech.joining:make_joined",
        inputs={"tags": dict(tags), "marks": dict(marks)},
        needs=needs,
        libraries=("numpy",),
    )


def make_joined(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `join_step`."""
    names = sorted((name for name in needs if name.isdigit()), key=int)
    made = [needs[name] for name in names]
    parts = [Part(one.files["part.mp3"], one.details["frames"], one.details["crc16"]) for one in made]
    end = made[-1].files["end.mp3"]
    parts.append(Part(end, 1, mpeg.crc16(end)))
    figures = joined_figures([one.details for one in made], [one.files["levels.f32"] for one in made])
    tags = {**inputs["tags"], "duration_ms": str(round(figures["duration_s"] * 1000))}
    return Made(
        files={"bulletin.mp3": Pieced(joined(parts, tag=id3_tag(tags, marks=inputs["marks"])).pieces)}, details=figures
    )


def joined_figures(parts: Sequence[Mapping[str, Any]], levels: Sequence[bytes]) -> dict[str, Any]:
    """What a meter would read on the whole: parts begin or end in silence, so their blocks are the blocks of it."""
    cues: list[list[float]] = []
    at_s = longest_s = quiet_s = 0.0
    for part in parts:
        cues += [[round(at_s + start, 4), round(at_s + end, 4)] for start, end in part["cues_s"]]
        if at_s:
            longest_s = max(longest_s, quiet_s + part["leading_silence_s"])
        longest_s = max(longest_s, part["longest_silence_s"])
        quiet_s = part["trailing_silence_s"]
        at_s += part["duration_s"]
    blocks = np.concatenate([np.frombuffer(data, "<f4") for data in levels])
    return {
        "duration_s": round(at_s, 4),
        "loudness_lufs": round(loudness.gated_lufs(blocks), 2),
        "true_peak_dbtp": max(part["true_peak_dbtp"] for part in parts),
        "leading_silence_s": parts[0]["leading_silence_s"],
        "longest_silence_s": round(longest_s, 2),
        "onset_db": max(part["onset_db"] for part in parts),
        "first_word_db": min(part["first_word_db"] for part in parts),
        "parts_lufs": [part["loudness_lufs"] for part in parts],
        "parts_s": [part["duration_s"] for part in parts],
        "cues_s": cues,
    }
