"""MP3 as frames: cut out of an encoder, checked, and headed so that frames of several recordings are one file."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from render.errors import StepError
from render.late import Late
from render.speech.sound import Samples, decode, to_pcm

if TYPE_CHECKING:
    import av
    import numpy as np
    import numpy.typing as npt
else:
    av = Late("av")
    np = Late("numpy")

RATE = 44_100
BITS_S = 64_000
FRAME = 1152  # samples

# The encoder looks back this far, and a decoder 529 samples further: what is heard at sample n lies at n + 1105.
DELAY = 576
DECODER_DELAY = 529

# Frames are joined where nothing sounds. So much nothing must end each recording: the last frame that is kept reaches
# back over the one before, and nothing of it may be missing.
QUIET_END = 2 * FRAME

# LAME's noise shaping listens for what horns cannot play, and costs twice the rest; without it speech below 7 kHz
# keeps 25 dB to the coding noise, with it 22. Without the reservoir every frame stands alone.
_LAME = {"compression_level": "7", "reservoir": "0", "flags": "+bitexact"}
_CHUNK = FRAME * 64
_TAG_AT = 4 + 17  # after the header and the side information of a mono frame
_TAG_BYTES = 156


def encode(samples: Samples) -> list[bytes]:
    """Mono samples at `RATE`, a whole number of frames of them, as MP3 frames of 64 kbit/s: one more than went in."""
    if len(samples) % FRAME:
        raise ValueError("not a whole number of frames")
    encoder = av.CodecContext.create("libmp3lame", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.options = dict(_LAME)
    encoder.sample_rate, encoder.bit_rate, encoder.layout, encoder.format = RATE, BITS_S, "mono", "s16p"
    encoder.thread_count = 1
    pcm = to_pcm(samples)
    frames: list[bytes] = []
    for start in range(0, len(pcm), _CHUNK):
        part = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm[None, start : start + _CHUNK]), "s16p", "mono")
        part.sample_rate, part.pts = RATE, start
        frames += [bytes(packet) for packet in encoder.encode(part)]
    frames += [bytes(packet) for packet in encoder.encode(None)]
    wanted = len(pcm) // FRAME + 1
    if len(frames) < wanted or any(not _is_ours(frame) for frame in frames):
        raise StepError("the MP3 encoder gave other frames than it was asked for", mend="Look at the version of av")
    return frames[:wanted]


def heard(frames: Sequence[bytes]) -> Samples:
    """What a gapless player plays of frames from `encode`."""
    delay = DELAY + DECODER_DELAY
    return decode(b"".join(frames), RATE)[delay : delay + (len(frames) - 1) * FRAME]


def _is_ours(frame: bytes) -> bool:
    """MPEG 1 layer III at 64 kbit/s, 44.1 kHz, mono, whole, and leaning on no frame before it."""
    if len(frame) < 6 or frame[0] != 0xFF or frame[1] != 0xFB or frame[2] & 0xFC != 0x50 or frame[3] >> 6 != 3:
        return False
    main_data_begin = frame[4] << 1 | frame[5] >> 7
    return len(frame) == 144 * BITS_S // RATE + (frame[2] >> 1 & 1) and main_data_begin == 0


def info_frame(frames: int, parts: Sequence[tuple[int, int]]) -> bytes:
    """The frame before the first that tells how many follow, how long they are and what to cut off to be gapless.

    `parts` are the bytes and the CRC of each stretch of frames. A player that does not know it hears 26 ms of silence.
    """
    size = 144 * BITS_S // RATE
    bytes_after = sum(length for length, _ in parts)
    whole = size + bytes_after
    head = bytearray(b"\xff\xfb\x50\xc0").ljust(_TAG_AT, b"\0")
    head += b"Info" + (0x0F).to_bytes(4, "big")  # frames, bytes, table of contents and quality follow
    head += frames.to_bytes(4, "big") + whole.to_bytes(4, "big")
    head += bytes(min(255, 256 * at // 100) for at in range(100)) + (0).to_bytes(4, "big")
    head += b"Lavf".ljust(9, b"\0") + bytes([0x01, 0])  # constant bit rate; the low-pass is not the encoder's
    head += bytes(8) + bytes([0, BITS_S // 1000])  # no peak, no gain: nobody shall turn it up or down
    head += (DELAY << 12 | FRAME - DELAY).to_bytes(3, "big")
    head += bytes(4) + whole.to_bytes(4, "big")
    music = 0
    for length, crc in parts:
        music = crc_joined(music, crc, length)
    head += music.to_bytes(2, "big")
    head += crc16(bytes(head)).to_bytes(2, "big")
    assert len(head) == _TAG_AT + _TAG_BYTES
    return bytes(head).ljust(size, b"\0")


# --- the checksum that is in that frame --------------------------------------------------------------------------


def crc16(data: bytes) -> int:
    """CRC-16 (0x8005, reflected) of bytes, in many lanes at once."""
    lanes = 1024
    length = len(data) // lanes
    crc = 0
    if length:
        table = _table()
        rows = np.frombuffer(data, np.uint8, lanes * length).reshape(lanes, length).T
        states = np.zeros(lanes, np.uint16)
        for row in np.ascontiguousarray(rows):
            states = states >> 8 ^ table[(states ^ row) & 0xFF]
        for state in states.tolist():
            crc = crc_joined(crc, state, length)
    for byte in data[lanes * length :]:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def crc_joined(first: int, second: int, second_bytes: int) -> int:
    """The CRC of two stretches, one after the other, from theirs."""
    return _times(_shift(second_bytes), first) ^ second


def _times(matrix: tuple[int, ...], vector: int) -> int:
    found = 0
    for column in matrix:
        if vector & 1:
            found ^= column
        vector >>= 1
    return found


@functools.lru_cache(maxsize=4096)
def _shift(length: int) -> tuple[int, ...]:
    """What `length` bytes of nothing make of a CRC, as the columns of a matrix over GF(2)."""
    if length == 0:
        return tuple(1 << bit for bit in range(16))
    if length == 1:
        return tuple((1 << bit) >> 8 ^ _TABLE[(1 << bit) & 0xFF] for bit in range(16))
    half = _shift(length // 2)
    double = tuple(_times(half, column) for column in half)
    return tuple(_times(_shift(1), column) for column in double) if length % 2 else double


def _crc_table() -> tuple[int, ...]:
    table: list[int] = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_TABLE = _crc_table()


@functools.cache
def _table() -> npt.NDArray[np.uint16]:
    return np.array(_TABLE, np.uint16)
