"""What could be better in a text that is being written: its place, what it is, and what to put there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["error", "warning", "hint"]


@dataclass(frozen=True)
class Passage:
    """A text of an article and where it is written: a path that the one who asks understands."""

    place: str
    text: str  # inline Markdown with `{{ key }}`
    part: Literal["title", "summary", "topic", "heading", "text", "alt", "credit"] = "text"


@dataclass(frozen=True)
class Change:
    """What may be put in the place of a stretch of text, and what it is called."""

    find: str
    put: str
    label: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing. `code` says what it is, `values` what its words need, `quote` the text it speaks of."""

    code: str
    level: Level
    place: str = ""
    quote: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
