"""What editors write: an article of typed blocks, as plain frozen data.

The block classes are generic over their text. In an `Article` text is `str`: inline Markdown with
`{{ key }}` and `{{ key @2025-06-30 }}` where a fact stands. In an `Edition` the same blocks hold
`Runs`, with every fact resolved. `line` is where a part began in its file; it takes no part in equality.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Priority(StrEnum):
    """After Circular 39/2020/TT-BTTTT."""

    NORMAL = "normal"
    PRIORITY = "priority"
    URGENT = "urgent"


class Verdict(StrEnum):
    """What was found of a claim that goes about."""

    FALSE = "false"
    MISSING_CONTEXT = "missing-context"
    PARTLY_TRUE = "partly-true"
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Correction:
    """What makes an article a correction: the claim, never in our own voice, what was found, and what is so.

    `evidence` are addresses that a reader can look at; `claim` and `truth` are inline Markdown, like every text.
    """

    claim: str
    verdict: Verdict
    truth: str
    evidence: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Paragraph(Generic[T]):
    """One paragraph of running text."""

    text: T
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Bullets(Generic[T]):
    """A plain list in running text."""

    items: tuple[T, ...]
    ordered: bool = False
    line: int = field(default=0, compare=False)


# Running text: what stands in prose, notices and stories, and before and after the list of a typed section.
Flow = tuple["Paragraph[T] | Bullets[T]", ...]


@dataclass(frozen=True)
class Figure(Generic[T]):
    """A figure and what it measures: "500.000 đồng mỗi tháng : mức trợ cấp"."""

    value: T
    label: T
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Question(Generic[T]):
    """A question and its answer, in one paragraph or several.

    `ref` is its key in a question bank: who keeps the bank answers for the text, an article only shows it.
    """

    question: T
    answer: tuple[T, ...]
    line: int = field(default=0, compare=False)
    ref: str = ""


@dataclass(frozen=True)
class Picture:
    """A photograph or drawing: in an article its file, in an edition its digest and its pixels as well.

    `focus` is the point that no crop may lose, as shares of width and height from the top left corner.
    """

    file: str  # from the article's folder: "anh/truong-thon.jpg"; "" in an edition
    alt: str  # what it shows, for those who cannot see it
    credit: str  # "Ảnh: …"
    focus: tuple[float, float] = (0.5, 0.5)
    digest: str = ""  # the SHA-256 of its bytes; "" in an article
    width_px: int = 0  # upright, as its camera meant it; 0 in an article
    height_px: int = 0
    path: Path | None = field(
        default=None, compare=False
    )  # where its bytes lie on this machine; None: beside its article
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True)
class Section(Generic[T]):
    """What every block has: an id that matches it across languages, a heading (None for none), its notes."""

    id: str
    title: T | None = None
    before: Flow[T] = ()  # the note that stands before the list; unused in prose, notice and story
    after: Flow[T] = ()  # the note after it
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True)
class Prose(Section[T]):
    """Running text."""

    body: Flow[T]


@dataclass(frozen=True, kw_only=True)
class Figures(Section[T]):
    """The numbers to remember; the first one of an article is its one big number."""

    figures: tuple[Figure[T], ...]


@dataclass(frozen=True, kw_only=True)
class Eligibility(Section[T]):
    """Who: one condition an item."""

    items: tuple[T, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison(Section[T]):
    """A table, often before and now; every row is as long as the header."""

    header: tuple[T, ...]
    rows: tuple[tuple[T, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Steps(Section[T]):
    """What to do, in order. A step may open with its short name in bold: `**Điền Mẫu 01.** Lấy mẫu …`."""

    items: tuple[T, ...]


@dataclass(frozen=True, kw_only=True)
class Questions(Section[T]):
    """Questions people ask, with plain answers."""

    questions: tuple[Question[T], ...]


@dataclass(frozen=True, kw_only=True)
class Notice(Section[T]):
    """A warning or a reminder that must not be overlooked."""

    body: Flow[T]


@dataclass(frozen=True, kw_only=True)
class Story(Section[T]):
    """What happened to somebody; clearly told as an example. An office may put its own in place of a `local` one."""

    body: Flow[T]
    local: bool = False


@dataclass(frozen=True, kw_only=True)
class Pictured(Section[T]):
    """A picture, with what is said of it before and after."""

    picture: Picture


Block = (
    Prose[T]
    | Figures[T]
    | Eligibility[T]
    | Comparison[T]
    | Steps[T]
    | Questions[T]
    | Notice[T]
    | Story[T]
    | Pictured[T]
)


@dataclass(frozen=True, kw_only=True)
class Article:
    """One policy article in one language, as written.

    `topic` is the kicker ("Hưu trí xã hội"); `languages` are those wanted besides its own
    (BCP 47 tags, a missing translation is *waiting*); `products` names those wanted, () for all.
    `campaign` is a theme of the brand; `picture` stands on the front of what has room for one; `say` is how words of
    this article are said aloud, `voices` who speaks a language (tag, voice). `topics` are keys of a vocabulary
    that the newsroom keeps; after `review_by` somebody must look at the article again; `correction` makes it one.
    `valid_until` is the last day of use: what was made of it is recalled when that day has passed. `responsible` and
    `reviewer` are people by the names they log in with, `in_campaign` a campaign of the newsroom by its key: the
    newsroom alone knows them, and "" says nothing of them.
    """

    slug: str
    lang: str
    title: str
    summary: str
    topic: str = ""
    audiences: tuple[int, ...] = ()
    legal: tuple[str, ...] = ()
    in_force: dt.date | None = None
    priority: Priority = Priority.NORMAL
    languages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    campaign: str = ""
    picture: Picture | None = None
    say: tuple[tuple[str, str], ...] = ()
    voices: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    review_by: dt.date | None = None
    valid_until: dt.date | None = None
    responsible: str = ""
    reviewer: str = ""
    in_campaign: str = ""
    correction: Correction | None = None
    blocks: tuple[Block[str], ...] = ()
    source: Path | None = field(default=None, compare=False)
    lines: tuple[tuple[str, int], ...] = field(default=(), compare=False)  # front matter key -> line


class BlockKind(StrEnum):
    """The class names of sections in an article file; prose has none."""

    PROSE = "prose"
    FIGURES = "figures"
    ELIGIBILITY = "eligibility"
    COMPARISON = "comparison"
    STEPS = "steps"
    QUESTIONS = "questions"
    NOTICE = "notice"
    STORY = "story"
    PICTURE = "picture"
