"""The tag before an MP3, as ID3v2.3: what old car radios, loudspeaker boxes and archives all read."""

from __future__ import annotations

from collections.abc import Mapping

# libav writes a comment as a frame of its own making (TXXX), which no player shows as a comment; so the few frames
# that a bulletin needs are written here.
_TEXT = {"title": "TIT2", "language": "TLAN", "publisher": "TPUB", "genre": "TCON", "duration_ms": "TLEN"}


def id3_tag(tags: Mapping[str, str], *, marks: Mapping[str, str] | None = None) -> bytes:
    """The tag of `title`, `language` (three letters), `publisher`, `genre`, `duration_ms` and `comment`.

    `marks` become frames of a describing name and a value (TXXX): what machines look for. Nothing in it tells when or
    by which build it was made.
    """
    frames = b"".join(_frame(_TEXT[name], _encoded(tags[name])) for name in _TEXT if tags.get(name))
    if tags.get("comment"):
        language = (tags.get("language") or "und").encode("ascii")[:3].ljust(3, b" ")
        text = _encoded("", tags["comment"])
        frames += _frame("COMM", text[:1] + language + text[1:])
    for name, value in (marks or {}).items():
        frames += _frame("TXXX", _encoded(name, value))
    size = len(frames)
    return b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + frames


def _frame(name: str, body: bytes) -> bytes:
    return name.encode("ascii") + len(body).to_bytes(4, "big") + b"\x00\x00" + body


def _encoded(*texts: str) -> bytes:
    """One encoding byte, then texts with an end after each but the last: Latin where it serves, else UTF-16."""
    try:
        return b"\x00" + b"\x00".join(text.encode("ascii") for text in texts)
    except UnicodeEncodeError:
        return b"\x01" + b"\x00\x00".join(b"\xff\xfe" + text.encode("utf-16-le") for text in texts)
