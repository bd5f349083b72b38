"""Recordings become takes: decoded, cut into the lines of the sheet, trimmed, measured, kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from render.errors import VoiceError
from render.speech.decoding import TAKE_RATE, Recording, to_flac
from render.speech.recordings import Numbered, Signed, Take
from render.speech.segments import spoken_s
from render.speech.sound import Samples, trimmed
from render.speech.soundcheck import judge, measure
from render.speech.splitting import Piece, Split, split, split_at

READING_PACE = 3.6  # syllables a second: only the proportions between lines matter
_NEARLY_SURE = 0.45


@dataclass(frozen=True)
class Taken:
    """A new take with its bytes, and the piece of the recording it was cut from."""

    take: Take
    sound: bytes
    piece: Piece | None = None

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at the cut."""
        return self.piece is not None and self.piece.sure < _NEARLY_SURE


@dataclass(frozen=True)
class Sitting:
    """Who speaks in a recording, and that they agreed."""

    speaker: str
    consent: Signed | None = None


def take_one(recording: Recording, line: Numbered, sitting: Sitting, *, where: str) -> Taken:
    """A file that holds one line."""
    return _taken(recording.samples, recording, line, sitting, where=where)


def take_all(
    recording: Recording, lines: Sequence[Numbered], sitting: Sitting, *, where: str, cuts_s: Sequence[float] = ()
) -> tuple[tuple[Taken, ...], Split]:
    """One file that holds all lines in their order, cut by its pauses or where a person says."""
    if not lines:
        raise VoiceError("there is no segment to record", where=where, mend="loa takes ARTICLE --show lists them")
    # The whole first: an empty or a ruined file is told as such, not as one with too few pauses.
    judge(measure(recording.samples, TAKE_RATE, source_rate=recording.source_rate, where=where), where=where)
    expected = [spoken_s(one.line.spoken, READING_PACE) for one in lines]
    try:
        if cuts_s:
            found = split_at(recording.samples, TAKE_RATE, expected, cuts_s)
        else:
            found = split(recording.samples, TAKE_RATE, expected)
    except VoiceError as error:
        raise VoiceError(error.what, where=where, mend=error.mend) from None
    taken = tuple(
        _taken(_cut(recording.samples, piece), recording, line, sitting, where=where, piece=piece)
        for line, piece in zip(lines, found.pieces, strict=True)
    )
    return taken, found


def _cut(samples: Samples, piece: Piece) -> Samples:
    return samples[max(0, round(piece.start_s * TAKE_RATE)) : round(piece.end_s * TAKE_RATE)]


def _taken(
    samples: Samples, recording: Recording, line: Numbered, sitting: Sitting, *, where: str, piece: Piece | None = None
) -> Taken:
    place = f"{where}, segment {line.number}"
    try:
        heard = measure(samples, TAKE_RATE, source_rate=recording.source_rate, where=place)
        warnings = judge(heard, where=place)
    except VoiceError as error:
        raise VoiceError(error.what, where=place, mend=error.mend) from None
    if piece is not None:  # the silence beside a cut is the pause it was cut at
        warnings = tuple(text for text in warnings if not text.startswith("đã cắt khoảng lặng"))
    if recording.damaged:
        warnings = (*warnings, f"tệp hỏng {recording.damaged} khung, nghe lại cho kỹ")
    voice = _trimmed(samples, heard.snr_db)
    sound = to_flac(voice)
    take = Take(
        number=line.number,
        text=line.line.text,
        sha256=hashlib.sha256(sound).hexdigest(),
        duration_s=round(len(voice) / TAKE_RATE, 3),
        speaker=sitting.speaker,
        consent=sitting.consent,
        measured={
            name: value
            for name, value in heard.as_data().items()
            if name in ("level_dbfs", "peak_dbfs", "snr_db", "clipped_share", "source_rate")
        },
        warnings=warnings,
    )
    return Taken(take, sound, piece)


def _trimmed(samples: Samples, snr_db: float) -> Samples:
    """Without the silence around the voice: what lies a little above the room's noise is voice."""
    floor_db = -min(46.0, max(10.0, snr_db - 2.0))
    return trimmed(samples, TAKE_RATE, floor_db=floor_db, keep_s=0.08)
