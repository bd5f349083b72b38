"""The first seconds of an MP3, cut between its frames: nothing is decoded, nothing encoded again."""

from __future__ import annotations

SECONDS = 10.0

_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1, layer III
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}
_HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def excerpt(data: bytes, seconds: float = SECONDS) -> bytes:
    """Its tags and its first seconds; b"" for what is no MP3. The frame that tells of the whole length is left out."""
    at = tags = _tag_end(data)
    kept: list[bytes] = []
    length_s = 0.0
    while length_s < seconds:
        frame = _frame(data, at)
        if frame is None:
            break
        size, lasts_s = frame
        body = data[at : at + size]
        at += size
        if not kept and (b"Xing" in body[:64] or b"Info" in body[:64] or b"VBRI" in body[:64]):
            continue
        kept.append(body)
        length_s += lasts_s
    return data[:tags] + b"".join(kept) if kept else b""


def _tag_end(data: bytes) -> int:
    """Where the tags at the head end: the size of an ID3 tag is told in seven bits a byte."""
    if data[:3] != b"ID3" or len(data) < 10 or any(byte > 0x7F for byte in data[6:10]):
        return 0
    size = data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9]
    return min(10 + size + (10 if data[5] & 0x10 else 0), len(data))


def _frame(data: bytes, at: int) -> tuple[int, float] | None:
    """Bytes and seconds of the frame that begins here; None when none does, or it is cut short."""
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or (head[1] >> 1) & 3 != 1:
        return None
    version, rate, hertz = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version == 1 or rate in (0, 15) or hertz == 3:
        return None
    kbits = _KBITS[3 if version == 3 else 2][rate]
    sample_rate = _HERTZ[version][hertz]
    samples = 1152 if version == 3 else 576
    size = samples // 8 * kbits * 1000 // sample_rate + ((head[2] >> 1) & 1)
    return (size, samples / sample_rate) if at + size <= len(data) else None
