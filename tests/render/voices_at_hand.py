"""Voices for tests: a reader made of espeak-ng, an article of four sentences, sound files as phones make them."""

from __future__ import annotations

import datetime as dt
import functools
import io
from collections.abc import Sequence

import av
import numpy as np

from render.speech.decoding import TAKE_RATE, Recording
from render.speech.engines import espeak
from render.speech.recordings import Line, Numbered, Signed, Takes, number_lines, signed_off, with_takes
from render.speech.sound import VOICE_RATE, Samples, resampled, silence, to_pcm, to_wav, trimmed
from render.speech.taking import Sitting, Taken, take_one

DAY = dt.date(2025, 9, 1)
LINES = tuple(
    Line(text, text)
    for text in (
        "Kính thưa bà con.",
        "Người từ đủ bảy mươi lăm tuổi không có lương hưu được nhận trợ cấp hằng tháng, và được cấp thẻ bảo hiểm y tế.",
        "Nộp cho xã.",
        "Trong mười ngày làm việc, bà con sẽ được trả lời.",
        "Bước một: điền mẫu không một, lấy mẫu tại ủy ban nhân dân xã, phường hoặc đặc khu.",
        "Xin cảm ơn bà con.",
    )
)


@functools.cache
def said(text: str, pace: float = 3.4) -> Samples:
    """One sentence, trimmed."""
    return trimmed(espeak(text, "vi", pace), VOICE_RATE)


def reading(
    lines: Sequence[Line], *, pauses_s: Sequence[float] = (0.9,), noise: float = 0.002, seed: int = 0
) -> tuple[Samples, list[tuple[float, float]]]:
    """A person reading lines at changing paces; and the pauses between them, in seconds."""
    random = np.random.default_rng(seed)
    parts, between, at = [silence(0.7, VOICE_RATE)], [], 0.7
    for number, line in enumerate(lines):
        voice = said(line.text, round(2.7 + random.random() * 1.2, 1))
        pause_s = pauses_s[number % len(pauses_s)]
        parts += [voice, silence(pause_s, VOICE_RATE)]
        at += len(voice) / VOICE_RATE
        between.append((at, at + pause_s))
        at += pause_s
    sound = np.concatenate(parts)
    return (sound + random.normal(0, noise, len(sound))).astype(np.float32), between[:-1]


def wav(samples: Samples, rate: int = VOICE_RATE) -> bytes:
    """As a WAV file."""
    return to_wav(resampled(samples, VOICE_RATE, rate), rate)


def encoded(samples: Samples, container: str, codec: str, rate: int, channels: int = 1) -> bytes:
    """As a phone writes it."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        layout = "stereo" if channels == 2 else "mono"
        stream = file.add_stream(codec, rate=rate, layout=layout)
        if codec == "libopencore_amrnb":
            stream.bit_rate = 12_200
        pcm = to_pcm(resampled(samples, VOICE_RATE, rate))[None, :]
        if channels == 2:  # one microphone: the other side is empty
            pcm = np.ascontiguousarray(np.vstack([np.zeros_like(pcm), pcm]).T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout=layout,
            rate=rate,
            frame_size=stream.codec_context.frame_size or None,
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            for packet in stream.encode(piece):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return buffer.getvalue()


SITTING = Sitting("Người đọc mẫu", Signed("Người đọc mẫu", DAY))


def held(taken: Sequence[Taken], lines: Sequence[Numbered], before: Takes | None = None, lang: str = "vi") -> Takes:
    """Takes whose bytes lie in memory, as a database holds them."""
    sounds = {one.take.sha256: one.sound for one in taken}
    kept = with_takes(before or Takes(lang), (one.take for one in taken), lines)
    older = kept.sound
    return Takes(
        kept.lang, kept.takes, kept.numbers, kept.texts, sound=lambda sha: sounds[sha] if sha in sounds else older(sha)
    )


def numbered(lines: Sequence[Line], takes: Takes | None = None) -> tuple[Numbered, ...]:
    """The lines under their numbers."""
    return number_lines(lines, takes)


@functools.cache
def taken(sitting: Sitting = SITTING) -> tuple[Taken, ...]:
    """A take of each line."""
    sound = [Recording(resampled(said(line.text), VOICE_RATE, TAKE_RATE), 44_100) for line in LINES]
    return tuple(take_one(one, line, sitting, where="a") for one, line in zip(sound, numbered(LINES), strict=True))


LISTENER = "Người nghe thứ hai"


def whole(sitting: Sitting = SITTING) -> Takes:
    """A take of each line, signed off."""
    return signed_off(held(taken(sitting), numbered(LINES)), LISTENER, DAY)
