"""One long recording cut into the lines of its sheet: which pauses are the ones between lines."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from render.errors import VoiceError
from render.late import Late
from render.speech.sound import Samples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
else:
    np = Late("numpy")

FRAME_S = 0.01
_SHORTEST_PAUSE_S = 0.1
_CLICK_S = 0.06  # a sound this short between two pauses is a click or a breath
_SPREAD = 0.28  # natural log: how far the length of a read line strays from what its text lets expect
_PAUSE_WEIGHT = 2.2
_LONGEST_USEFUL_PAUSE_S = 2.0

# Readers differ by this much from the pace we expect; beyond it the file holds other lines than the sheet.
_SLOWEST, _FASTEST = 1.75, 0.58
# Where pauses are clearly of two kinds, those between lines are long: in one line of ten a reader hurries on.
_SHORT_S, _LONG_S, _TWO_KINDS = 0.6, 0.6, 1.5
_HURRIED = 0.1
_STRAYS = 0.3  # root mean square, natural log, of the lengths of all lines
_UNSURE = 0.4  # at most so sure where more is heard than the sheet has

Floats: TypeAlias = "npt.NDArray[np.float64]"


@dataclass(frozen=True)
class Pause:
    """A stretch without voice."""

    start_s: float
    end_s: float

    @property
    def middle_s(self) -> float:
        """Where it is cut."""
        return (self.start_s + self.end_s) / 2

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Piece:
    """One line in the recording; `sure` tells from 0 to 1 how well it fits its text and its pause."""

    start_s: float
    end_s: float
    expected_s: float
    sure: float


@dataclass(frozen=True)
class Split:
    """A recording cut into lines, and how the cut was found."""

    pieces: tuple[Piece, ...]
    pauses: int  # pauses heard in all

    @property
    def cuts_s(self) -> tuple[float, ...]:
        """Where it was cut, in seconds."""
        return tuple(piece.start_s for piece in self.pieces[1:])

    @property
    def sure(self) -> float:
        """The least sure of its pieces."""
        return min(piece.sure for piece in self.pieces)


def levels_db(samples: Samples, rate: int) -> Floats:
    """The level of each hundredth of a second."""
    size = max(1, round(rate * FRAME_S))
    count = len(samples) // size
    if count == 0:
        return np.zeros(0)
    blocks = samples[: count * size].reshape(count, size).astype(np.float64)
    levels: Floats = 10 * np.log10(np.maximum(np.mean(blocks * blocks, axis=1), 1e-12))
    return levels


def floor_and_voice_db(levels: Floats) -> tuple[float, float]:
    """The level of the room and that of the voice."""
    if not len(levels):
        return -120.0, -120.0
    return float(np.percentile(levels, 8)), float(np.percentile(levels, 90))


def pauses_of(samples: Samples, rate: int) -> tuple[Pause, ...]:
    """Where nobody speaks, ends of the recording included."""
    levels = levels_db(samples, rate)
    floor, voice = floor_and_voice_db(levels)
    if voice < -70:
        raise VoiceError("nothing is heard in the recording", mend="Look whether the microphone was on")
    smooth = np.convolve(levels, np.ones(3) / 3, mode="same")
    quiet = smooth < max(floor + 0.35 * (voice - floor), voice - 34)
    runs = _runs(quiet)
    joined: list[list[int]] = []
    for start, end in runs:
        if joined and (start - joined[-1][1]) * FRAME_S <= _CLICK_S:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return tuple(
        Pause(start * FRAME_S, end * FRAME_S) for start, end in joined if (end - start) * FRAME_S >= _SHORTEST_PAUSE_S
    )


def _runs(quiet: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def split(samples: Samples, rate: int, expected_s: Sequence[float]) -> Split:
    """The recording as `len(expected_s)` lines: the pauses that are long and let each line be as long as its text.

    A `VoiceError` tells what was found where the recording cannot be these lines.
    """
    length_s = len(samples) / rate
    pauses = pauses_of(samples, rate)
    begin = pauses[0].end_s if pauses and pauses[0].start_s <= FRAME_S else 0.0
    end = pauses[-1].start_s if pauses and pauses[-1].end_s >= length_s - 2 * FRAME_S else length_s
    inner = tuple(pause for pause in pauses if pause.start_s > begin and pause.end_s < end)
    wanted = len(expected_s)
    kinds = _kinds(inner)
    long = sum(pause.length_s > kinds for pause in inner) if kinds else sum(one.length_s >= _LONG_S for one in inner)
    if len(inner) < wanted - 1:
        raise _other_number(wanted, min(long, len(inner)) + 1, inner)
    cuts = [inner[at] for at in _best(inner, begin, end, np.asarray(expected_s, np.float64))]
    fit = _fit(cuts, inner, begin, end, expected_s)
    hurried = sum(cut.length_s < kinds for cut in cuts) if kinds else 0
    allowed = int(_HURRIED * wanted) if fit.strays < _STRAYS else 0
    if hurried > allowed or not _FASTEST < fit.pace < _SLOWEST:
        raise _other_number(wanted, long + 1, inner)
    most = _UNSURE if kinds and long > wanted - 1 else 1.0
    return Split(_pieces(cuts, inner, begin, end, fit, most), len(inner))


def split_at(samples: Samples, rate: int, expected_s: Sequence[float], cuts_s: Sequence[float]) -> Split:
    """The recording cut where a person says."""
    length_s = len(samples) / rate
    if len(cuts_s) != len(expected_s) - 1:
        raise VoiceError(
            f"{len(expected_s)} segments need {len(expected_s) - 1} cuts, {len(cuts_s)} were given",
            mend="loa takes … --add FILE without --cuts shows the cuts it would make",
        )
    bounds = [0.0, *cuts_s, length_s]
    if not all(late - early >= 0.2 for early, late in itertools.pairwise(bounds)):  # so that NaN is refused too
        raise VoiceError(
            f"the cuts do not lie in order within the {length_s:.1f} s of the recording",
            mend="Give them in seconds from its beginning, like --cuts 3.2,7.9",
        )
    pieces = zip(bounds, bounds[1:], expected_s, strict=False)
    return Split(tuple(Piece(start, end, wanted, 1.0) for start, end, wanted in pieces), 0)


def _best(pauses: tuple[Pause, ...], begin: float, end: float, expected: Floats) -> list[int]:
    """The pauses to cut at, by dynamic programming over how many lines are done and which pause came last."""
    wanted = len(expected)
    if wanted == 1:
        return []
    lengths = np.array([min(pause.length_s, _LONGEST_USEFUL_PAUSE_S) for pause in pauses])
    usual = np.sort(lengths)[-(wanted - 1)]
    gain = _PAUSE_WEIGHT * np.log(lengths / usual)
    # Voiced time up to each pause: pauses within a line say nothing of the length of its text.
    before = np.array([pause.start_s - begin for pause in pauses]) - np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    total = (end - begin) - float(lengths.sum())
    scale = max(total, 0.1) / float(expected.sum())

    def cost(voiced: Floats, number: int) -> Floats:
        off = np.log(np.maximum(voiced, 0.02) / (expected[number] * scale)) / _SPREAD
        strayed: Floats = 0.5 * np.minimum(off * off, 40.0)
        return strayed

    count = len(pauses)
    score = gain - cost(before, 0)
    score[count - (wanted - 2) :] = -np.inf if wanted > 2 else score[count:]
    came: list[npt.NDArray[np.intp]] = []
    between = before[None, :] - before[:, None]  # voiced time from pause i to pause j
    later = np.triu(np.ones((count, count), bool), 1)
    for number in range(1, wanted - 1):
        table = np.where(later, score[:, None] - cost(between, number), -np.inf)
        came.append(np.argmax(table, axis=0))
        score = table.max(axis=0) + gain
    last = int(np.argmax(score - cost(total - before, wanted - 1)))
    path = [last]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


@dataclass(frozen=True)
class _Fit:
    """How lines and their voiced lengths go together."""

    voiced_s: tuple[float, ...]
    expected_s: tuple[float, ...]  # at the reader's own pace
    pace: float  # of the reader: voiced time for each second that was expected

    @property
    def strays(self) -> float:
        """Root mean square of how far lines stray from their texts, natural log."""
        off = np.log(np.array(self.voiced_s) / np.array(self.expected_s))
        return float(np.sqrt(np.mean(off * off)))


def _fit(cuts: Sequence[Pause], pauses: Sequence[Pause], begin: float, end: float, expected_s: Sequence[float]) -> _Fit:
    starts = [begin, *(cut.end_s for cut in cuts)]
    ends = [*(cut.start_s for cut in cuts), end]
    voiced = []
    for start, stop in zip(starts, ends, strict=True):
        quiet = sum(pause.length_s for pause in pauses if pause.start_s >= start and pause.end_s <= stop)
        voiced.append(max(stop - start - quiet, 0.02))
    pace = sum(voiced) / sum(expected_s)
    return _Fit(tuple(voiced), tuple(one * pace for one in expected_s), pace)


def _pieces(
    cuts: Sequence[Pause], pauses: Sequence[Pause], begin: float, end: float, fit: _Fit, most: float
) -> tuple[Piece, ...]:
    longest_unused = max((pause.length_s for pause in pauses if pause not in cuts), default=0.0)
    bounds = [max(0.0, begin - 0.15), *(cut.middle_s for cut in cuts), end + 0.15]
    pieces = []
    for number, (voiced, expected) in enumerate(zip(fit.voiced_s, fit.expected_s, strict=True)):
        fits = float(np.exp(-0.5 * (np.log(voiced / expected) / (2 * _SPREAD)) ** 2))
        beside = [cut.length_s for cut in cuts[max(0, number - 1) : number + 1]]
        clear = min([1.0, *(length / max(longest_unused, 0.05) for length in beside)])
        sure = min(most, fits * (0.4 + 0.6 * clear))
        pieces.append(Piece(bounds[number], bounds[number + 1], expected, round(sure, 2)))
    return tuple(pieces)


def _kinds(pauses: Sequence[Pause]) -> float | None:
    """The length that parts long pauses from short ones, where they are clearly of two kinds."""
    lengths = sorted(pause.length_s for pause in pauses)
    gaps = [
        (late / early, (late * early) ** 0.5)
        for early, late in itertools.pairwise(lengths)
        if early <= _SHORT_S and late >= _LONG_S
    ]
    ratio, between = max(gaps, default=(0.0, 0.0))
    return between if ratio >= _TWO_KINDS else None


def _other_number(wanted: int, found: int, pauses: Sequence[Pause]) -> VoiceError:
    longest = ", ".join(f"{pause.middle_s:.1f}" for pause in sorted(pauses, key=lambda one: -one.length_s)[:12])
    return VoiceError(
        f"the sheet has {wanted} segments, in the recording about {found} are heard"
        + (f" (the longest pauses are at {longest} s)" if longest else ""),
        mend="Record the missing ones with --segment, give the cuts yourself with --cuts, or record a file a segment",
    )
