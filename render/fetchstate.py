"""A reader's folder: what it remembers of what it saw and put where, and what becomes of it in a run."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render.objects import telling

OWN = ".loa-fetch"
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
    office: str = ""  # whose folder it is
    asked: str = ""
    catalogue: str = ""
    files: dict[str, Kept] = field(default_factory=dict)
    planned: dict[str, tuple[str, int, str]] = field(default_factory=dict)  # path -> digest, bytes, slug


@dataclass
class Fetched:
    """What became of a run. `failed` holds what is still missing; the next run takes it up."""

    release: int = 0
    made_at: str = ""
    unchanged: bool = False
    new: list[str] = field(default_factory=list)
    kept: int = 0
    removed: list[tuple[str, str]] = field(default_factory=list)  # path, why
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Folder:
    """A folder during one run."""

    path: Path
    state: State
    done: Fetched
    dry_run: bool = False
    prove: bool = False  # read and hash what lies there already

    @property
    def own(self) -> Path:
        """Where nothing of a reader lies."""
        return self.path / OWN

    def remember(self) -> None:
        """Onto the disk, unless this is a dry run."""
        if not self.dry_run:
            write_state(self.own / "state.json", self.state)


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
        str(said.get("office", "")),
        str(said["asked"]),
        str(said["catalogue"]),
        {str(name): Kept(**kept) for name, kept in said["files"].items()},
        {str(name): (str(one[0]), int(one[1]), str(one[2])) for name, one in said["planned"].items()},
    )


def _is_below(name: str) -> bool:
    """What is remembered is removed some day: nobody who writes it may point elsewhere."""
    return not name.startswith("/") and "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def write_state(path: Path, state: State) -> None:
    """Whole or not at all, and on the disk."""
    files = {name: vars(kept) for name, kept in state.files.items()}
    said = {"format": _FORMAT, **vars(state), "files": files}
    with telling("what was fetched cannot be remembered", str(path)):
        write_whole(path, path.with_suffix(".half"), json.dumps(said).encode(), on_disk=True)


def write_whole(path: Path, scratch: Path, data: bytes, *, on_disk: bool = False) -> None:
    """By way of another file, which is ours alone: a link that somebody left there is not followed."""
    scratch.unlink(missing_ok=True)
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb") as file:  # noqa: PTH123 (a descriptor)
        file.write(data)
        file.flush()
        if on_disk:
            os.fsync(file.fileno())
    scratch.replace(path)


def kept_now(path: str | Path, sha256: str, slug: str, edition: str, *, mine: bool = True) -> Kept:
    """A file as it lies there now."""
    found = os.stat(path)  # noqa: PTH116 (for thousands of paths in a row, as below)
    return Kept(sha256, found.st_size, found.st_mtime_ns, slug, edition, mine)


def lying_at(path: str | Path) -> os.stat_result | None:
    """What is there, links not followed; None for nothing."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_file(found: os.stat_result | None) -> bool:
    """Whether that is a plain file, and no link to one."""
    return found is not None and stat.S_ISREG(found.st_mode)


def is_as_kept(path: str | Path, kept: Kept) -> bool:
    """Whether nobody has touched it since; FAT keeps times to two seconds."""
    found = lying_at(path)
    return (
        found is not None
        and stat.S_ISREG(found.st_mode)
        and found.st_size == kept.bytes
        and abs(found.st_mtime_ns - kept.mtime_ns) <= 2_000_000_000
    )


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with telling("the file cannot be read", str(path)), path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
