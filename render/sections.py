"""The body of an article file: lines cut into sections, and sections into the parts of their blocks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from render.article import (
    Block,
    BlockKind,
    Bullets,
    Comparison,
    Eligibility,
    Figure,
    Figures,
    Flow,
    Notice,
    Paragraph,
    Picture,
    Pictured,
    Prose,
    Question,
    Questions,
    Steps,
    Story,
)
from render.errors import ArticleError
from render.inline import check_text, clean
from render.legacy import CONCERNED, complaint
from render.parts import Line, Part, Table, read_parts, split_figure

MOST_BLOCKS = 400
LOCAL = ".local"  # in a story's braces: an office may put its own in this one's place
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
HEADING = re.compile(r"(#{1,6})(.*)")
ATTRIBUTES = re.compile(r"(?:^|[ ])\{([^{}]*)\}$")
_ADMONITION = re.compile(r"!!!\s*[\w-]+(?:\s+[\w-]+)*(?:\s+\"(.*)\")?\s*")


def position_id(position: int) -> str:
    """The id of a section that names none, by its place among the sections, counted from 1."""
    return f"s{position}"


@dataclass(frozen=True)
class Place:
    """The file being read and its language: what every text of it is checked for, and named by in errors."""

    name: str
    lang: str

    def fail(self, line: int, what: str, mend: str) -> NoReturn:
        """Refuse the file."""
        raise ArticleError(what, where=f"{self.name}:{line}", mend=mend)

    def text(self, written: str, line: int, *, empty: bool = False) -> str:
        """A text in its normal form, checked."""
        text = clean(written)
        if not text and not empty:
            self.fail(line, "a text is missing", "Write it, or take its mark out")
        try:
            check_text(text)
        except ArticleError as error:
            self.fail(line, error.what, error.mend)
        typed = complaint(text, self.lang) if self.lang in CONCERNED else None
        if typed:
            self.fail(line, *typed)
        return text


@dataclass(frozen=True)
class _Cut:
    """A section as it was cut out: its heading taken apart, its lines not yet."""

    line: int
    lines: Sequence[Line]
    kind: BlockKind = BlockKind.PROSE
    title: str | None = None
    id: str = ""
    local: bool = False


def read_sections(lines: Sequence[Line], place: Place) -> tuple[Block[str], ...]:
    """The blocks of a body, in order."""
    cuts = _cut(lines, place)
    if len(cuts) > MOST_BLOCKS:
        place.fail(cuts[MOST_BLOCKS].line, f"the article has more than {MOST_BLOCKS} sections", "Split it")
    blocks: list[Block[str]] = []
    seen: dict[str, int] = {}
    for position, cut in enumerate(cuts, 1):
        id_ = cut.id or position_id(position)
        if id_ in seen:
            place.fail(cut.line, f"two sections have the id {id_!r}", f"The other is on line {seen[id_]}: rename one")
        seen[id_] = cut.line
        blocks.append(_block(cut, id_, place))
    return tuple(blocks)


def _cut(lines: Sequence[Line], place: Place) -> list[_Cut]:
    cuts: list[_Cut] = []
    heading: _Cut | None = None
    gathered: list[Line] = []

    def close() -> None:
        nonlocal heading, gathered
        if heading:
            cuts.append(_Cut(heading.line, gathered, heading.kind, heading.title, heading.id, heading.local))
        elif any(text.strip() for _, text in gathered):
            first = next(number for number, text in gathered if text.strip())
            cuts.append(_Cut(first, gathered))
        heading, gathered = None, []

    index = 0
    while index < len(lines):
        number, text = lines[index]
        index += 1
        if match := HEADING.match(text):
            close()
            heading = _heading(number, match, place)
        elif text.startswith("!!!"):
            close()
            begin = index
            while index < len(lines) and (not lines[index][1].strip() or lines[index][1].startswith(("    ", "\t"))):
                index += 1
            cuts.append(_admonition(number, text, lines[begin:index], place))
        else:
            gathered.append((number, text))
    close()
    return cuts


def _heading(number: int, match: re.Match[str], place: Place) -> _Cut:
    if match[1] == "#":
        place.fail(
            number, "the body has a heading with one #", "The title is in the front matter; sections begin with ##"
        )
    if match[1] != "##":
        place.fail(number, f"the heading has {len(match[1])} #", "Sections begin with ##; there are none inside others")
    written = clean(match[2])
    attributes = ATTRIBUTES.search(written)
    if not attributes:
        if not written:
            place.fail(number, "the heading is empty", "Write a heading, or only the kind: ## {.figures}")
        return _Cut(number, (), title=place.text(written, number))
    title = clean(written[: attributes.start()])
    id_, kind, local = "", BlockKind.PROSE, False
    for word in attributes[1].removeprefix(":").split():
        if word.startswith("#") and ID.fullmatch(word[1:]) and not id_:
            id_ = word[1:]
        elif word == LOCAL and not local:
            local = True
        elif word.startswith(".") and kind is BlockKind.PROSE:
            kind = _kind(number, word[1:], place)
        else:
            place.fail(number, f"{word!r} in the heading's braces is neither #id nor .kind", _HEADING_MEND)
    if local and kind is not BlockKind.STORY:
        place.fail(
            number, "only a story may be local", "What other sections say is the same everywhere: take .local out"
        )
    return _Cut(number, (), kind, place.text(title, number) if title else None, id_, local)


_HEADING_MEND = "Write one #id and one .kind at most: ## Ai được hưởng {#who .eligibility}"


def _kind(number: int, word: str, place: Place) -> BlockKind:
    try:
        return BlockKind(word)
    except ValueError:
        near = difflib.get_close_matches(word, list(BlockKind), n=1)
        mend = f"Did you mean .{near[0]}?" if near else "The kinds are: " + ", ".join(f".{kind}" for kind in BlockKind)
        place.fail(number, f"there is no kind of section .{word}", mend)


def _admonition(number: int, text: str, lines: Sequence[Line], place: Place) -> _Cut:
    match = _ADMONITION.fullmatch(text)
    if not match:
        place.fail(
            number,
            "the notice cannot be read",
            'Write !!! notice "Tiêu đề" and its text beneath, indented by four spaces',
        )
    title = clean(match[1] or "")
    inner = [(line, written.expandtabs(4)[4:]) for line, written in lines]
    return _Cut(number, inner, BlockKind.NOTICE, place.text(title, number) if title else None)


def _block(cut: _Cut, id_: str, place: Place) -> Block[str]:
    parts = read_parts(cut.lines, place)
    if not parts:
        place.fail(cut.line, "the section has no text", "Write it, or take the heading out")
    common: dict[str, Any] = {"id": id_, "title": cut.title, "line": cut.line}
    match cut.kind:
        case BlockKind.PROSE:
            return Prose(body=_flow(parts, place), **common)
        case BlockKind.NOTICE:
            return Notice(body=_flow(parts, place), **common)
        case BlockKind.STORY:
            return Story(body=_flow(parts, place), local=cut.local, **common)
        case BlockKind.QUESTIONS:
            return _questions(parts, common, place)
    index = next((index for index, part in enumerate(parts) if _is_main(part, cut.kind)), None)
    if index is None:
        place.fail(cut.line, f"the section .{cut.kind} has no {MAIN[cut.kind][0]}", MAIN[cut.kind][1])
    main = parts[index]
    common |= {"before": _flow(parts[:index], place), "after": _flow(parts[index + 1 :], place)}
    if isinstance(main, Picture):
        return Pictured(picture=main, **common)
    if isinstance(main, Table):
        return Comparison(header=main.header, rows=main.rows, **common)
    if not isinstance(main, Bullets):
        raise TypeError(main)
    match cut.kind:
        case BlockKind.FIGURES:
            return Figures(figures=_figures(main, place), **common)
        case BlockKind.ELIGIBILITY:
            return Eligibility(items=main.items, **common)
        case _:
            return Steps(items=main.items, **common)


# What a typed section stands or falls with, and how to write it.
MAIN = {
    BlockKind.FIGURES: ("list of figures", "Write items with a space on both sides of the colon: - {{ key }} : nhãn"),
    BlockKind.ELIGIBILITY: ("list", "Write one condition a line: - Người từ đủ 75 tuổi"),
    BlockKind.STEPS: ("numbered list", "Write one step a line: 1. Nộp Mẫu 01 …"),
    BlockKind.COMPARISON: ("table", "Write rows between | with a line | --- | --- | beneath the first"),
    BlockKind.PICTURE: ("picture", 'Write on a line of its own ![mô tả](anh/ten-anh.jpg){credit="Ảnh: …"}'),
    BlockKind.QUESTIONS: (
        "questions",
        "Write the question on a line, and beneath it the answer after a colon and a space",
    ),
}


def _is_main(part: Part, kind: BlockKind) -> bool:
    if kind is BlockKind.COMPARISON:
        return isinstance(part, Table)
    if kind is BlockKind.PICTURE:
        return isinstance(part, Picture)
    return isinstance(part, Bullets) and part.ordered == (kind is BlockKind.STEPS)


def _figures(main: Bullets[str], place: Place) -> tuple[Figure[str], ...]:
    found = []
    for item, line in zip(main.items, item_lines(main), strict=True):
        halves = split_figure(item)
        if not halves or not halves[0] or not halves[1]:
            place.fail(line, f"the figure {item!r} has no label", MAIN[BlockKind.FIGURES][1])
        found.append(Figure(halves[0], halves[1], line))
    return tuple(found)


def item_lines(part: Bullets[str]) -> Sequence[int]:
    """The lines of a list's items."""
    return getattr(part, "lines", [part.line] * len(part.items))


def _questions(parts: Sequence[Part], common: dict[str, Any], place: Place) -> Questions[str]:
    where = [index for index, part in enumerate(parts) if isinstance(part, Question)]
    if not where:
        place.fail(common["line"], "the section .questions has no questions", MAIN[BlockKind.QUESTIONS][1])
    first, last = where[0], where[-1]
    questions: list[Question[str]] = []
    for part in parts[first : last + 1]:
        if not isinstance(part, Question):
            place.fail(_line(part), "something stands between the questions", "Move it before or after them")
        questions.append(part)
    before, after = _flow(parts[:first], place), _flow(parts[last + 1 :], place)
    return Questions(questions=tuple(questions), before=before, after=after, **common)


def read_flow(text: str, place: Place) -> Flow[str]:
    """Running text by itself: paragraphs and lists."""
    lines = list(enumerate(text.split("\n"), 1))
    for number, line in lines:
        if line.startswith(("#", "!!!")):
            place.fail(number, "a heading stands here", "Write paragraphs and lists only")
    return _flow(read_parts(lines, place), place)


def _flow(parts: Sequence[Part], place: Place) -> tuple[Paragraph[str] | Bullets[str], ...]:
    found: list[Paragraph[str] | Bullets[str]] = []
    for part in parts:
        if isinstance(part, Table):
            place.fail(part.line, "a table stands here", "Give it a section of its own: ## … {.comparison}")
        if isinstance(part, Picture):
            place.fail(part.line, "a picture stands here", "Give it a section of its own: ## … {.picture}")
        if isinstance(part, Question):
            place.fail(part.line, "a question with its answer stands here", "Put it in a section {.questions}")
        found.append(Bullets(part.items, part.ordered, part.line) if isinstance(part, Bullets) else part)
    return tuple(found)


def _line(part: Part) -> int:
    return part.line
