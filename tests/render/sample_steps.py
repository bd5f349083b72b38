"""Steps for the tests of the machinery: real functions, run in real processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from render.errors import GateError, VoiceError
from render.steps import Made


def write(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Write its text; leave a mark for each time it ran."""
    _mark(inputs)
    return Made({"out.txt": inputs["text"].encode()}, {"letters": len(inputs["text"])})


def upper(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Put what it needs into capitals."""
    _mark(inputs)
    return Made({"out.txt": needs["text"].files["out.txt"].upper()}, warnings=("in capitals",))


def gate(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Refuse a text that is too long."""
    size = len(needs["text"].files["out.txt"])
    if size > inputs["max"]:
        raise GateError(f"the text has {size} letters", gate=inputs.get("name", "length"), mend="Shorten it")
    return Made({}, {"checked": size})


def slow(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Leave a mark with its process, then take its time."""
    _mark(inputs)
    time.sleep(inputs["seconds"])
    return Made({"out.txt": b"slow"})


def fail(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Fail, in the way asked for."""
    match inputs["how"]:
        case "loa":
            raise VoiceError("the voice is hoarse", where="block 3", mend="Let it rest")
        case "bug":
            raise KeyError("hotline")
        case "memory":
            raise MemoryError
        case "exit":
            raise SystemExit(3)
        case "disk":
            raise OSError(28, "No space left on device")
        case "nothing":
            return None  # type: ignore[return-value]
        case "die":
            _mark(inputs)
            os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError(inputs["how"])


def die_until(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """Kill its own process, as want of memory would, until it has run so many times."""
    _mark(inputs)
    if len(marks(inputs["marks"])) < inputs["times"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return Made({"out.txt": b"alive"})


def _mark(inputs: Mapping[str, Any]) -> None:
    if "marks" in inputs:
        with open(inputs["marks"], "a") as file:
            file.write(f"{os.getpid()}\n")


def marks(path: str | Path) -> list[int]:
    """The processes that left their mark, one for each time a step ran."""
    return [int(line) for line in Path(path).read_text().split()] if Path(path).exists() else []
