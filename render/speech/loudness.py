"""Meters: integrated loudness and true peak after ITU-R BS.1770, silences, and the figures of a file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from render.late import Late
from render.speech.sound import Samples, filtered

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
else:
    np = Late("numpy")

SILENT = -99.0  # what a meter shows for nothing at all

_BLOCK_S, _STEP_S = 0.4, 0.1
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0


def integrated_lufs(samples: Samples, rate: int) -> float:
    """Integrated loudness of a mono signal, gated at −70 LUFS and 10 LU below the mean."""
    return gated_lufs(block_powers(samples, rate))


def block_powers(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """The weighted power of every block of 400 ms, one each 100 ms."""
    weighted = filtered(samples, rate, _k_weighting(rate))
    step = round(_STEP_S * rate)
    count = len(weighted) // step
    if count < 4:
        return np.zeros(0)
    tenths = np.square(weighted[: count * step].reshape(count, step), dtype=np.float32).sum(axis=1, dtype=np.float64)
    powers: npt.NDArray[np.float64] = (tenths[:-3] + tenths[1:-2] + tenths[2:-1] + tenths[3:]) / (4 * step)
    return powers


def gated_lufs(power: npt.NDArray[Any]) -> float:
    """Integrated loudness from the powers of blocks, of one recording or of several that are heard as one."""
    loud = power[power > _power(_ABSOLUTE_GATE)]
    if not len(loud):
        return SILENT
    loud = loud[loud > _power(_lufs(float(loud.mean())) + _RELATIVE_GATE)]
    return _lufs(float(loud.mean()))


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return 10 ** ((lufs + 0.691) / 10)


def _k_weighting(rate: int) -> tuple[tuple[str, str], ...]:
    """The two filters of BS.1770 at any rate, from their analogue prototypes."""
    f0, gain, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = math.tan(math.pi * f0 / rate)
    vh = 10 ** (gain / 20)
    vb = vh**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = ((vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0)
    shelf_a = (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)
    f0, q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * f0 / rate)
    a0 = 1 + k / q + k * k
    high_a = (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)
    return (_biquad(shelf, shelf_a), _biquad((1.0, -2.0, 1.0), high_a))


def _biquad(b: tuple[float, float, float], a: tuple[float, float]) -> tuple[str, str]:
    # 64-bit inside: the high-pass sits so low that single precision rumbles
    numbers = {"b0": b[0], "b1": b[1], "b2": b[2], "a0": 1.0, "a1": a[0], "a2": a[1]}
    return "biquad", ":".join(f"{name}={value!r}" for name, value in numbers.items()) + ":r=f64"


def _interpolator() -> npt.NDArray[np.float32]:
    """Four phases of a windowed sinc, 24 taps each: 4× oversampling for the true peak."""
    taps, phases = 24, 4
    at = np.arange(taps * phases, dtype=np.float64) - (taps * phases) / 2
    kernel = np.sinc(at / phases) * np.kaiser(taps * phases + 1, 8.0)[:-1]
    split = kernel.reshape(taps, phases).T
    phase_taps: npt.NDArray[np.float32] = (split / split.sum(axis=1, keepdims=True)).astype(np.float32)
    return phase_taps


def true_peak_dbtp(samples: Samples) -> float:
    """The highest point of the curve between the samples, in dB of full scale."""
    size = np.abs(samples)
    highest = float(size.max(initial=0.0))
    if highest == 0.0:
        return SILENT
    # Between two samples the curve of speech never doubles; only the neighbourhoods of loud samples are oversampled.
    window = 64
    count = -(-len(size) // window)
    peaks = np.pad(size, (0, count * window - len(size))).reshape(count, window).max(axis=1)
    wanted = np.flatnonzero(peaks > highest * 0.6)
    around = 24
    padded = np.pad(samples, (around, window + around))
    rows = np.lib.stride_tricks.sliding_window_view(padded, window + 2 * around)[wanted * window]
    for phase in _interpolator():
        views = np.lib.stride_tricks.sliding_window_view(rows, len(phase), axis=1)
        highest = max(highest, float(np.abs(views @ phase[::-1]).max()))
    return 20 * math.log10(highest)


@dataclass(frozen=True)
class Silences:
    """Where nothing is heard, in seconds."""

    leading_s: float
    trailing_s: float
    longest_inner_s: float


def silences(samples: Samples, rate: int, *, floor_db: float = -42.0) -> Silences:
    """Silence is what stays below `floor_db` in steps of 10 ms."""
    step = rate // 100
    count = len(samples) // step
    level = np.sqrt(np.square(samples[: count * step].reshape(count, step), dtype=np.float64).mean(axis=1))
    heard = np.flatnonzero(level > 10 ** (floor_db / 20))
    if not len(heard):
        return Silences(count / 100, count / 100, 0.0)
    gaps = np.diff(heard) - 1
    return Silences(int(heard[0]) / 100, (count - 1 - int(heard[-1])) / 100, int(gaps.max(initial=0)) / 100)
