"""What is wanted, and what became of it: jobs and their outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from render.edition import Edition
from render.errors import LoaError
from render.products import Planned, Waiting


@dataclass(frozen=True)
class Job:
    """One product wanted: how to make it, what it waits for, or why it cannot be planned."""

    product: str
    slug: str
    lang: str
    office: str | None
    edition: Edition | None
    plan: Planned | Waiting | LoaError


@dataclass(frozen=True)
class Progress:
    """How far a run has come, in steps, and in frames of clips where it makes any; these are guessed until made."""

    steps_done: int
    steps: int
    frames_done: int = 0
    frames: int = 0


@dataclass(frozen=True)
class MadeFile:
    """A file of a product that is made; its bytes lie in the cache under the digest."""

    suffix: str
    role: str
    media_type: str
    sha256: str
    bytes: int
    name: str  # of the artifact in its step


@dataclass(frozen=True)
class Outcome:
    """What became of a job. `seconds` were spent on its steps in this run; 0.0 when all was cached."""

    job: Job
    state: Literal["made", "cached", "waiting", "failed"]
    files: tuple[MadeFile, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)  # of the plan, the files' steps and the gates
    warnings: tuple[str, ...] = ()
    reason: str = ""
    gate: str = ""  # the gates that refused it, joined by ", "
    error_slug: str = ""
    seconds: float = 0.0
