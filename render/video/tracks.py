"""Text tracks and chapters of an MP4: subtitles a player can switch on, and where each scene begins."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from render.late import Late

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.container.output import OutputContainer
    from av.packet import Packet
    from av.subtitles.stream import SubtitleStream
else:
    av = Late("av")
    np = Late("numpy")

TICKS = Fraction(1, 1000)
_ENABLED = 1  # of the flags in a track's header
LONGEST_CHAPTER = 60  # letters of a name: players cut longer ones

# What the encoder of MP4's text tracks wants to know of their look; players have their own.
_STYLE = (
    "[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\n\n[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic,"
    " Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment,"
    " MarginL, MarginR, MarginV, Encoding\n"
    "Style: Default,Sans,{size},&Hffffff,&Hffffff,&H0,&H80000000,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\n\n"
    "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)

Cues = Sequence[Sequence[Any]]  # start and end in seconds, text


def add_text_track(out: OutputContainer, *, lang3: str, title: str, size: tuple[int, int]) -> SubtitleStream:
    """A track of text in a language (ISO 639-2) under the name that players list."""
    stream = out.add_stream("mov_text")
    width, height = size
    stream.codec_context.subtitle_header = _STYLE.format(width=width, height=height, size=height // 28).encode()
    stream.codec_context.time_base = stream.time_base = TICKS
    stream.metadata["language"] = lang3
    stream.metadata["handler_name"] = title
    return stream


def text_packets(stream: SubtitleStream, cues: Cues, end_s: float) -> Iterator[tuple[int, Packet[Any]]]:
    """The packets of a track and their milliseconds, from 0 to the end without a gap: silence is an empty text."""
    spans: list[tuple[int, int, str]] = []
    at = 0
    for start_s, stop_s, text in [*cues, (end_s, end_s, "")]:
        start, stop = max(at, round(start_s * 1000)), round(stop_s * 1000)
        if start > at:
            spans.append((at, start, ""))
        if stop > start:
            spans.append((start, stop, str(text).replace("\u00a0", " ")))
        at = max(start, stop)
    for start, stop, text in spans:
        data = text.encode()
        packet: Packet[Any] = av.Packet(len(data).to_bytes(2, "big") + data)
        packet.pts = packet.dts = start
        packet.duration, packet.time_base, packet.is_keyframe, packet.stream = stop - start, TICKS, True, stream
        yield start, packet


def chapters_of(names: Sequence[str], lengths_s: Sequence[float]) -> list[tuple[float, float, str]]:
    """Start, end and name of each chapter: scenes one after the other under the same name are one."""
    ends = list(itertools.accumulate(lengths_s))
    found: list[tuple[float, float, str]] = []
    for name, start_s, end_s in zip(names, [0.0, *ends], ends, strict=False):
        short = shortened(name)
        if found and found[-1][2] == short:
            found[-1] = found[-1][0], end_s, short
        else:
            found.append((start_s, end_s, short))
    return found


def set_chapters(out: OutputContainer, chapters: Sequence[tuple[float, float, str]]) -> None:
    """Write chapters before anything else is written."""
    out.set_chapters(
        [
            {
                "id": number,
                "start": round(start_s * 1000),
                "end": round(end_s * 1000),
                "time_base": TICKS,
                "metadata": {"title": name},
            }
            for number, (start_s, end_s, name) in enumerate(chapters)
        ]
    )


def shortened(name: str) -> str:
    """A chapter's name that players can show, cut between words."""
    name = " ".join(name.replace("\u00a0", " ").split()).rstrip(".:;, ")
    if len(name) <= LONGEST_CHAPTER:
        return name
    return name[: LONGEST_CHAPTER - 1].rsplit(" ", 1)[0].rstrip(".:;,– ") + "…"


def switched_off(clip: bytes) -> bytes:
    """The same file with its text tracks off until a viewer asks for them: what they say stands in the picture.

    The muxer switches the first track of each kind on, whatever it is told.
    """
    data = bytearray(clip)
    for start, end in _boxes(data, 0, len(data), b"moov"):
        for track, track_end in _boxes(data, start, end, b"trak"):
            head = next((one for one, _ in _boxes(data, track, track_end, b"tkhd")), None)
            kinds = [
                bytes(data[at + 8 : at + 12])
                for media, media_end in _boxes(data, track, track_end, b"mdia")
                for at, _ in _boxes(data, media, media_end, b"hdlr")
            ]
            if head is not None and kinds in ([b"sbtl"], [b"text"]):
                data[head + 3] &= ~_ENABLED & 0xFF
    return bytes(data)


def index_in_front(clip: bytes) -> bytes:
    """The same file with its index before what it points at, so that it plays while it loads.

    The muxer does that too, but only in a file on a disk, which a run that is broken off would leave behind.
    """
    parts = {name: _boxes(bytearray(clip), 0, len(clip), name)[0] for name in (b"ftyp", b"moov")}
    (_, ftyp_end), (moov, moov_end) = parts[b"ftyp"], parts[b"moov"]
    index = bytearray(clip[moov - 8 : moov_end])
    tables = [(8, len(index))]
    for kind in (b"trak", b"mdia", b"minf", b"stbl", b"stco"):
        tables = [inner for start, end in tables for inner in _boxes(index, start, end, kind)]
    for start, _ in tables:  # version and flags, how many there are, and where each chunk lies in the file
        count = int.from_bytes(index[start + 4 : start + 8], "big")
        places = np.frombuffer(index, ">u4", count, start + 8)
        places += len(index)
    return clip[:ftyp_end] + bytes(index) + clip[ftyp_end : moov - 8] + clip[moov_end:]


def _boxes(data: bytearray, start: int, end: int, kind: bytes) -> list[tuple[int, int]]:
    """Where the content of each box of a kind begins and ends, among those that lie between two places."""
    found: list[tuple[int, int]] = []
    at = start
    while at + 8 <= end:
        size = int.from_bytes(bytes(data[at : at + 4]), "big")
        head = 8
        if size == 1:
            size, head = int.from_bytes(bytes(data[at + 8 : at + 16]), "big"), 16
        if size < head:
            break
        if bytes(data[at + 4 : at + 8]) == kind:
            found.append((at + head, min(at + size, end)))
        at += size
    return found
