"""What a reader's folder remembers: the highest catalogue it saw, and which files it put where."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render.objects import telling

_FORMAT = 1


@dataclass(frozen=True)
class Kept:
    """A file that was put somewhere, as it lay there then. One that was there before and is the same is not `mine`."""

    sha256: str
    bytes: int
    mtime_ns: int
    slug: str
    edition: str
    mine: bool = True


@dataclass
class State:
    """`catalogue` is the digest of the one at which all was complete, for what was `asked`; "" when it was not."""

    number: int = 0
    asked: str = ""
    catalogue: str = ""
    files: dict[str, Kept] = field(default_factory=dict)
    planned: dict[str, tuple[str, int, str]] = field(default_factory=dict)  # path -> digest, bytes, slug


def read_state(path: Path, notes: list[str]) -> State:
    """What was remembered; a note when it is broken, and all is looked at anew."""
    try:
        said = json.loads(path.read_bytes())
        return _state(said)
    except FileNotFoundError:
        return State()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        notes.append("what this folder remembered is broken: every file is looked at anew")
        return State()


def _state(said: Mapping[str, Any]) -> State:
    if said["format"] != _FORMAT:
        raise ValueError("another format")
    if any(not _is_below(name) for named in (said["files"], said["planned"]) for name in named):
        raise ValueError("a name that leads out of the folder")
    return State(
        int(said["number"]),
        str(said["asked"]),
        str(said["catalogue"]),
        {str(name): Kept(**kept) for name, kept in said["files"].items()},
        {str(name): (str(one[0]), int(one[1]), str(one[2])) for name, one in said["planned"].items()},
    )


def _is_below(name: str) -> bool:
    """What is remembered is removed some day: nobody who writes it may point elsewhere."""
    return not name.startswith("/") and "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def write_state(path: Path, state: State) -> None:
    """Whole or not at all."""
    scratch = path.with_suffix(".half")
    with telling("what was fetched cannot be remembered", str(path)):
        with scratch.open("w", encoding="utf-8") as file:
            files = {name: vars(kept) for name, kept in state.files.items()}
            file.write(json.dumps({"format": _FORMAT, **vars(state), "files": files}))
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)


def kept_now(path: Path, sha256: str, slug: str, edition: str, *, mine: bool = True) -> Kept:
    """A file as it lies there now."""
    found = path.stat()
    return Kept(sha256, found.st_size, found.st_mtime_ns, slug, edition, mine)


def is_as_kept(path: Path, kept: Kept) -> bool:
    """Whether nobody has touched it since; FAT keeps times to two seconds."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return found.st_size == kept.bytes and abs(found.st_mtime_ns - kept.mtime_ns) <= 2_000_000_000


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with telling("the file cannot be read", str(path)), path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
