"""Samples as numpy arrays: WAV in and out, decoding, resampling, filter graphs, trimming. One rate for all voices."""

from __future__ import annotations

import io
import itertools
import wave
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from render.errors import VoiceError
from render.late import Late

if TYPE_CHECKING:
    import av
    import av.error
    import av.filter
    import numpy as np
    import numpy.typing as npt
else:
    av = Late("av")
    np = Late("numpy")

# Every engine's voice is brought to this rate: espeak-ng's own, half of a master's 44.1 kHz.
VOICE_RATE = 22_050

Samples: TypeAlias = "npt.NDArray[np.float32]"  # mono, full scale 1.0

_CHUNK = 1 << 16  # frames this long keep Python out of the way of the filters


def to_wav(samples: Samples, rate: int) -> bytes:
    """A mono 16-bit WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(to_pcm(samples).tobytes())
    return buffer.getvalue()


def to_pcm(samples: Samples) -> npt.NDArray[np.int16]:
    """Sixteen bits, rounded, never wrapped round."""
    pcm: npt.NDArray[np.int16] = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype("<i2")
    return pcm


def from_pcm(data: bytes) -> Samples:
    """Sixteen-bit samples as floats; the inverse of `to_pcm`."""
    return (np.frombuffer(data, "<i2") / np.float32(32767.0)).astype(np.float32)


def from_wav(data: bytes) -> tuple[Samples, int]:
    """The samples and the rate of a mono 16-bit WAV file of ours."""
    with wave.open(io.BytesIO(data), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise VoiceError("a voice is not mono 16-bit sound", mend="Make it again")
        return from_pcm(file.readframes(file.getnframes())), file.getframerate()


def silence(seconds: float, rate: int) -> Samples:
    """Nothing, for so long."""
    return np.zeros(round(seconds * rate), np.float32)


def decode(data: bytes, rate: int, *, container: str = "mp3") -> Samples:
    """Any sound libav knows in one container format, as mono samples at `rate`."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    parts: list[Samples] = []
    try:
        with av.open(io.BytesIO(data), "r", format=container) as file:
            for frame in file.decode(audio=0):
                parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
        parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    except (av.error.FFmpegError, IndexError) as error:
        raise VoiceError(f"the sound cannot be decoded ({error})", mend="Make it again") from error
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def filtered(samples: Samples, rate: int, filters: Sequence[tuple[str, str]], *, out_rate: int = 0) -> Samples:
    """`samples` through libav's audio filters, in order; `out_rate` resamples at the end."""
    graph = av.filter.Graph()
    graph.threads = 1  # the same bytes whatever the number of processors
    nodes: list[Any] = [graph.add_abuffer(format="flt", sample_rate=rate, layout="mono")]
    last = f"sample_fmts=flt:channel_layouts=mono:sample_rates={out_rate or rate}"
    for name, arguments in [*filters, ("aformat", last)]:
        nodes.append(graph.add(name, arguments))
    nodes.append(graph.add("abuffersink"))
    for one, next_one in itertools.pairwise(nodes):
        one.link_to(next_one)
    graph.configure()
    parts: list[Samples] = []

    def drain() -> None:
        while True:
            try:
                parts.append(nodes[-1].pull().to_ndarray()[0])
            except (av.error.BlockingIOError, av.error.EOFError):
                return

    for start in range(0, len(samples), _CHUNK):
        nodes[0].push(_frame(samples[start : start + _CHUNK], rate, start))
        drain()
    nodes[0].push(None)
    drain()
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def resampled(samples: Samples, rate: int, out_rate: int) -> Samples:
    """The same sound at another rate."""
    return samples if rate == out_rate else filtered(samples, rate, (), out_rate=out_rate)


def _frame(samples: Samples, rate: int, start: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None, :], np.float32), format="flt", layout="mono")
    frame.sample_rate = rate
    frame.pts = start
    return frame


def trimmed(samples: Samples, rate: int, *, floor_db: float = -46.0, keep_s: float = 0.03) -> Samples:
    """Without the silence before the first and after the last sound.

    What is `floor_db` below the loudest sample counts as silence; `keep_s` of it stays on either side, faded,
    so that no first consonant is bitten off and nothing clicks.
    """
    peak = float(np.abs(samples).max(initial=0.0))
    if peak == 0.0:
        return samples[:0]
    loud = np.flatnonzero(np.abs(samples) > peak * 10 ** (floor_db / 20))
    keep = round(keep_s * rate)
    start, end = max(0, int(loud[0]) - keep), min(len(samples), int(loud[-1]) + 1 + keep)
    cut = samples[start:end].copy()
    fade = min(round(0.005 * rate), len(cut) // 2)
    ramp = np.linspace(0.0, 1.0, fade, endpoint=False, dtype=np.float32)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    return cut
