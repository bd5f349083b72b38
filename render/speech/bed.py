"""The quiet bed of music under a voice, synthesised here, and how it steps back while somebody speaks."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from render.late import Late
from render.speech import loudness
from render.speech.sound import Samples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
else:
    np = Late("numpy")

BED_LUFS = -26.0
DUCK_DB = 8.0

# Four chords of four seconds, close together so that each tone moves little: C, A minor, F, G without haste or drama.
_CHORDS = (
    (130.81, 196.00, 261.63, 329.63),
    (110.00, 164.81, 261.63, 329.63),
    (87.31, 174.61, 220.00, 349.23),
    (98.00, 146.83, 246.94, 293.66),
)
_STRENGTHS = (1.0, 0.7, 0.5, 0.28)
_CHORD_S = 4.0
_LOOP_S = _CHORD_S * len(_CHORDS)
_DETUNE_HZ = 0.375  # two strings a hair apart: the tone breathes
_FADE_S = 1.5
_ATTACK_S, _RELEASE_S, _HOLD_S = 0.15, 0.6, 1.2


def bed(length: int, rate: int) -> Samples:
    """So many samples of it at `BED_LUFS`, rising out of nothing and sinking back."""
    loop = _loop(rate)
    whole = np.tile(loop, -(-length // len(loop)))[:length]
    fade = min(round(_FADE_S * rate), length // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    whole[:fade] *= ramp
    whole[length - fade :] *= ramp[::-1]
    return whole


@functools.lru_cache(maxsize=2)
def _loop(rate: int) -> Samples:
    """One round of the chords, its end running on into its beginning, at its loudness."""
    count = round(_LOOP_S * rate)
    turn = np.sin(2 * np.pi * np.arange(count + 1) / count)  # one turn in a round; every tone makes a whole number

    def tone(turns: int, at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        begun = at * (turns / count)
        begun -= np.floor(begun)
        found: npt.NDArray[np.float64] = turn[(begun * count + 0.5).astype(np.int32)]
        return found

    time = np.arange(count) / rate
    mix = np.zeros(count, np.float64)
    for number, chord in enumerate(_CHORDS):
        # Each chord swells and sinks over twice its time, so that two always sound together and add up to one.
        away_s = np.abs((time - (number + 0.5) * _CHORD_S + _LOOP_S / 2) % _LOOP_S - _LOOP_S / 2)
        here = np.flatnonzero(away_s < _CHORD_S)
        at = here.astype(np.float64)
        tones = sum(
            strength * tone(round(pitch_hz * _LOOP_S), at) for pitch_hz, strength in zip(chord, _STRENGTHS, strict=True)
        )
        # Two strings a hair apart are one between them that swells and fades.
        breath = 2 * tone(round(_DETUNE_HZ * _LOOP_S), at + count / (4 * _DETUNE_HZ * _LOOP_S))
        mix[here] += tones * breath * np.cos(np.pi / 2 * away_s[here] / _CHORD_S)
    found = loudness.integrated_lufs(np.tile(mix / 8, 2).astype(np.float32), rate)
    return np.asarray(mix / 8 * 10 ** ((BED_LUFS - found) / 20), np.float32)


def ducking(spoken: Sequence[tuple[float, float]], length: int, rate: int, *, duck_db: float = DUCK_DB) -> Samples:
    """1 where nobody speaks, `duck_db` lower where somebody does; it does not come up in a breath between sentences."""
    times, levels = [0.0], [0.0]
    for start_s, end_s in spoken:
        if start_s - _HOLD_S < times[-1] and len(times) > 1:
            del times[-2:], levels[-2:]
        else:
            times += [max(times[-1], start_s - _ATTACK_S), start_s]
            levels += [0.0, -duck_db]
        times += [end_s, end_s + _RELEASE_S]
        levels += [-duck_db, 0.0]
    grain = rate // 1000  # a thousandth of a second is fine enough for a ramp
    decibels = np.interp(np.arange(-(-length // grain)) * (grain / rate), times, levels)
    return np.repeat((10 ** (decibels / 20)).astype(np.float32), grain)[:length]
