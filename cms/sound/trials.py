"""Recordings of many sentences while somebody looks where they are cut: private files that last a day."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from cms.core.words import in_words
from cms.sound.sheets import Desk
from render.errors import VoiceError
from render.speech.decoding import TAKE_RATE, Recording, to_flac
from render.speech.recordings import Numbered, Signed
from render.speech.segments import spoken_s
from render.speech.sound import decode
from render.speech.soundcheck import judge, measure
from render.speech.splitting import Piece, pauses_of, split_at
from render.speech.taking import READING_PACE, Sitting, Taken, take_all
from render.speech.waveform import picture_of
from render.typeset.brand import colours

KEPT_S = 24 * 3600
NAME = r"[0-9a-f]{32}"  # of a trial
_DOUBTFUL = 0.45


@dataclass(frozen=True)
class Cut:
    """One sentence in the recording."""

    start_s: float
    end_s: float
    sure: float
    warnings: tuple[str, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""
        return self.sure < _DOUBTFUL


@dataclass(frozen=True)
class Trial:
    """A recording and how it is cut so far; `problem` is why it could not be cut by itself."""

    token: str
    user: int
    name: str  # of the file that came
    sha256: str  # of the sound as it is kept
    speaker: str
    consent_by: str
    consent_on: str
    keys: tuple[str, ...]  # the lines it holds
    source_rate: int
    damaged: int
    duration_s: float
    cuts: tuple[Cut, ...] = ()
    problem: str = ""

    @property
    def sitting(self) -> Sitting:
        """Who speaks, and that they agreed."""
        return Sitting(self.speaker, Signed(self.consent_by, dt.date.fromisoformat(self.consent_on)))


def folder_of_trials(desk: Desk) -> Path:
    """Beside the takes."""
    return desk.folder.with_suffix(".trials")


def new_trial(
    desk: Desk, recording: Recording, lines: Sequence[Numbered], sitting: Sitting, *, name: str, user: Any
) -> Trial:
    """Keep a recording and cut it as well as can be; a `VoiceError` for one that is of no use at all."""
    assert sitting.consent is not None
    judge(measure(recording.samples, TAKE_RATE, source_rate=recording.source_rate), where=name)
    problem = ""
    try:
        taken, _split = take_all(recording, lines, sitting, where=name)
        cuts = _cuts_of(taken)
    except VoiceError as error:
        problem = told(error)
        try:
            cuts = tuple(Cut(one.start_s, one.end_s, 0.0) for one in _guessed(recording, lines))
        except VoiceError:
            raise error from None
    folder = folder_of_trials(desk)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(folder)
    sound = to_flac(recording.samples)
    trial = Trial(
        token=secrets.token_hex(16),
        user=user.pk,
        name=name,
        sha256=hashlib.sha256(sound).hexdigest(),
        speaker=sitting.speaker,
        consent_by=sitting.consent.who,
        consent_on=sitting.consent.on.isoformat(),
        keys=tuple(one.line.key for one in lines),
        source_rate=recording.source_rate,
        damaged=recording.damaged,
        duration_s=round(len(recording.samples) / TAKE_RATE, 2),
        cuts=cuts,
        problem=problem,
    )
    sound_file(folder, trial.token).write_bytes(sound)
    picture = io.BytesIO()
    picture_of(recording.samples, TAKE_RATE, cues_s=(), colours=colours()).save(picture, "WEBP", quality=80)
    picture_file(folder, trial.token).write_bytes(picture.getvalue())
    _write(folder, trial)
    return trial


def read_trial(folder: Path, token: str) -> Trial | None:
    """A trial by its token; None when it is gone."""
    if not re.fullmatch(NAME, token):
        return None
    try:
        told_ = json.loads((folder / f"{token}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    cuts = tuple(Cut(one["start_s"], one["end_s"], one["sure"], tuple(one["warnings"])) for one in told_.pop("cuts"))
    return Trial(**told_ | {"cuts": cuts, "keys": tuple(told_["keys"])})


def cut_again(desk: Desk, trial: Trial, starts_s: Sequence[float]) -> tuple[Trial, tuple[Taken, ...]]:
    """The trial cut where a person says, and the takes that come of it; a `VoiceError` says what is wrong."""
    lines = [desk.line(key) for key in trial.keys]
    data = sound_file(folder_of_trials(desk), trial.token).read_bytes()
    recording = Recording(decode(data, TAKE_RATE, container="flac"), trial.source_rate, trial.damaged)
    taken, _split = take_all(recording, lines, trial.sitting, where=trial.name, cuts_s=starts_s)
    changed = Trial(**{**trial.__dict__, "cuts": _cuts_of(taken), "problem": ""})
    _write(folder_of_trials(desk), changed)
    return changed, taken


def drop_trial(folder: Path, token: str) -> None:
    """Its files, gone."""
    for path in folder.glob(f"{token}.*"):
        path.unlink(missing_ok=True)


def sound_file(folder: Path, token: str) -> Path:
    """The whole recording, as it was decoded."""
    return folder / f"{token}.flac"


def picture_file(folder: Path, token: str) -> Path:
    """Its waveform and spectrogram."""
    return folder / f"{token}.webp"


def told(error: VoiceError) -> str:
    """An error for the screen, with the number of the sentence it speaks of."""
    segment = re.search(r"segment (\d+)\Z", error.where)
    return f"Đoạn {segment[1]}: {in_words(error)}" if segment else in_words(error)


def _cuts_of(taken: Sequence[Taken]) -> tuple[Cut, ...]:
    return tuple(
        Cut(round(one.piece.start_s, 2), round(one.piece.end_s, 2), one.piece.sure, one.take.warnings)
        for one in taken
        if one.piece is not None
    )


def _guessed(recording: Recording, lines: Sequence[Numbered]) -> tuple[Piece, ...]:
    """Something to correct where nothing was found: the longest pauses, or the lengths that the texts let expect."""
    expected = [spoken_s(one.line.spoken, READING_PACE) for one in lines]
    length_s = len(recording.samples) / TAKE_RATE
    inner = [one for one in pauses_of(recording.samples, TAKE_RATE) if 0.2 < one.middle_s < length_s - 0.2]
    if len(inner) >= len(lines) - 1:
        longest = sorted(inner, key=lambda one: -one.length_s)[: len(lines) - 1]
        cuts = sorted(one.middle_s for one in longest)
    else:
        cuts = [length_s * done / sum(expected) for done in accumulate(expected[:-1])]
    return split_at(recording.samples, TAKE_RATE, expected, cuts).pieces


def _write(folder: Path, trial: Trial) -> None:
    path = folder / f"{trial.token}.json"
    half = path.with_suffix(".half")
    half.write_text(json.dumps(asdict(trial), ensure_ascii=False), encoding="utf-8")
    half.replace(path)


def _sweep(folder: Path) -> None:
    """What nobody came back to within a day."""
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > KEPT_S:
            path.unlink(missing_ok=True)
