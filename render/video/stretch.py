"""Encoded frames as packets: handed from step to step, numbered anew for the place they come to stand in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.errors import StepError
from render.steps import Made

# What begins a part of a packet as x264 writes it; within a part it never occurs.
_MARK = re.compile(rb"\x00?\x00\x00\x01")

# A P-slice of ours begins so: its length, the kind of part, and then, bit by bit, that it is the first of its picture,
# that all of it is predicted, which parameters it uses, and the number of the frame in four bits.
_PREDICTED = 0x41
_OPENING, _OPENING_MASK = 0x9A, 0xFE
FRAME_NUMBERS = 16


@dataclass(frozen=True)
class Stretch:
    """The packets of one encoding: the number of each frame, its data, whether it is a key frame."""

    packets: tuple[tuple[int, bytes, bool], ...]
    parameters: str  # the parameter sets of the stream, in hex: units of one clip share them

    def made(self, details: Mapping[str, Any]) -> Made:
        """As a step hands it on."""
        index = [[number, len(data), key] for number, data, key in self.packets]
        told = {**details, "index": index, "parameters": self.parameters}
        return Made(files={"packets": b"".join(data for _, data, _ in self.packets)}, details=told)

    @classmethod
    def of(cls, made: Made) -> Stretch:
        """What `made` has handed on."""
        data, at, found = made.files["packets"], 0, list[tuple[int, bytes, bool]]()
        for number, size, key in made.details["index"]:
            found.append((number, data[at : at + size], key))
            at += size
        return cls(tuple(found), made.details["parameters"])


def numbered(data: bytes, number: int) -> bytes:
    """A predicted frame as the `number`th of its group of pictures: what a decoder counts to find a missing one."""
    if data[4] != _PREDICTED or data[5] & _OPENING_MASK != _OPENING:
        raise StepError("x264 begins a frame otherwise than we know", where="predicted frame")
    count = number % FRAME_NUMBERS
    return data[:5] + bytes(((data[5] & 0xFE) | count >> 3, (data[6] & 0x1F) | (count & 7) << 5)) + data[7:]


def length_prefixed(data: bytes) -> bytes:
    """A packet as MP4 holds it: the length of each part before it, instead of a mark that begins it."""
    parts = [part for part in _MARK.split(data) if part]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
