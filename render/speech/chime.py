"""The chime before a bulletin and its answer: two strokes on wood, synthesised here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from render.late import Late
from render.speech.sound import Samples

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

CHIME_S = 0.9
_FIRST_HZ, _SECOND_HZ = 523.25, 783.99  # a rising fifth, C5 and G5: carried well by horns, and no alarm

# A wooden bar, its partials tuned as marimba makers tune them: ratio, strength, seconds to fall to 1/e.
_BAR = ((1.0, 1.0, 0.30), (3.98, 0.28, 0.085), (9.6, 0.05, 0.030))
_SOFT_S = 0.006  # the mallet is wrapped: no click


def chime(rate: int) -> Samples:
    """The rising pair that opens a bulletin; peak 1.0."""
    return _pair(_FIRST_HZ, _SECOND_HZ, rate)


def answer(rate: int) -> Samples:
    """The falling pair that closes it."""
    return _pair(_SECOND_HZ, _FIRST_HZ, rate)


def _pair(first_hz: float, second_hz: float, rate: int) -> Samples:
    total = round(CHIME_S * rate)
    mix = np.zeros(total, np.float64)
    for start_s, pitch_hz, strength in ((0.0, first_hz, 0.9), (0.30, second_hz, 1.0)):
        start = round(start_s * rate)
        time = np.arange(total - start) / rate
        stroke = sum(
            part * np.sin(2 * np.pi * pitch_hz * ratio * time) * np.exp(-time / fall_s)
            for ratio, part, fall_s in _BAR
            if pitch_hz * ratio < 6_500  # what a horn cannot carry it would only distort
        )
        mix[start:] += strength * stroke * (1 - np.exp(-time / _SOFT_S))
    end = round(0.08 * rate)
    mix[total - end :] *= np.cos(np.linspace(0, np.pi / 2, end)) ** 2
    return np.asarray(mix / np.abs(mix).max(), np.float32)
