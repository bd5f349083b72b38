"""The parts inside a section: paragraphs, lists, tables, questions, cut by their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from render.article import Bullets, Paragraph, Picture, Question
from render.errors import ArticleError
from render.pictures import is_picture, read_picture

if TYPE_CHECKING:
    from render.sections import Place

Line = tuple[int, str]  # its number in the file, its text


@dataclass(frozen=True)
class Table:
    """A table as it was read."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: int


@dataclass(frozen=True)
class Listed(Bullets[str]):
    """A list that still knows the lines of its items."""

    lines: tuple[int, ...] = field(default=(), compare=False)


Part = Paragraph[str] | Bullets[str] | Table | Question[str] | Picture

_BULLET = re.compile(r"([-*+])(?:[ ]+(.*)|$)")
_NUMBER = re.compile(r"[0-9]{1,9}([.)])(?:[ ]+(.*)|$)")
_ANSWER = re.compile(r":(?:[ ]+(.*)|$)")
_DELIMITERS = re.compile(r"\|?[ ]*:?-+:?[ ]*(?:\|[ ]*:?-+:?[ ]*)*\|?")
_RULE = re.compile(r"([-*_])(?:[ ]*\1){2,}[ ]*|=+[ ]*|--+[ ]*")
_REFUSED = (
    (re.compile(r"```|~~~"), "a block of code stands here", "Write it as a paragraph"),
    (re.compile(r">"), "a quotation stands here", "Write it as a paragraph, or as a section {.story}"),
    (_RULE, "a line of marks stands here", "Take it out; sections begin with ##"),
    (re.compile(r"\[[^\]]*\]:"), "the address of a link stands apart", "Write it in its place: [chữ](https://…)"),
)

# What the first characters of a paragraph would be taken for. A backslash before them makes them text; so the
# writer puts one more than a paragraph has, and the reader takes one away.
_MARK = (
    r"(?:#|!!!|```|~~~|>|[-*+](?:[ ]|$)|[0-9]{1,9}[.)](?:[ ]|$)|:(?:[ ]|$)|\[[^\]]*\]:"
    r"|([-*_])(?:[ ]*\1){2,}[ ]*$|[=]+$|-+$)"
)
_ESCAPABLE = re.compile(rf"\\*(?={_MARK})")


def escape_start(text: str) -> str:
    """A paragraph's text, written so that its beginning is not taken for a mark."""
    return "\\" + text if _ESCAPABLE.match(text) else text


def unescape_start(text: str) -> str:
    """The inverse of `escape_start`."""
    return text[1:] if text.startswith("\\") and _ESCAPABLE.match(text) else text


# A question that stands in a question bank ends with its key there: `Bao giờ tôi được nhận? {?bao-gio-nhan}`.
_REF = re.compile(r"(\\*)\{\?([a-z0-9]+(?:-[a-z0-9]+)*)\}$")


def with_ref(question: str, ref: str) -> str:
    """A question with its key in the question bank; one without is written so that its end is not taken for a key."""
    return f"{question} {{?{ref}}}" if ref else _REF.sub(r"\\\g<0>", question)


def split_ref(text: str) -> tuple[str, str]:
    """The inverse of `with_ref`."""
    found = _REF.search(text)
    if not found:
        return text, ""
    before = text[: found.start()]
    if found[1]:
        return before + found[0][1:], ""
    return (before.rstrip(" "), found[2]) if before.endswith(" ") and before.strip() else (text, "")


def escape_value(text: str) -> str:
    """A figure's value, written so that no colon in it is taken for the one before the label."""
    return re.sub(r"(^| )(\\*:(?= |$))", r"\1\\\2", text)


def split_figure(item: str) -> tuple[str, str] | None:
    """`value : label` taken apart at its first free colon; None when it has none.

    Where no colon stands free, the only one that a space or a Chinese colon follows is meant.
    """
    value, colon, label = item.partition(" : ")
    if not colon:
        halves = re.split(r"(?<=\S):[ ](?=\S)|：", item)
        return (halves[0].strip(), halves[1].strip()) if len(halves) == 2 else None
    return re.sub(r"(^| )\\(\\*:(?= |$))", r"\1\2", value), label


def escape_cell(text: str) -> str:
    """A cell's text, written so that no bar in it ends the cell."""
    return re.sub(r"(\\*\|)", r"\\\1", text)


def _cells(line: str) -> tuple[str, ...]:
    inner = re.sub(r"(?<!\\)\|$", "", line.strip().removeprefix("|"))
    return tuple(re.sub(r"\\(\\*\|)", r"\1", cell.strip(" ")) for cell in re.split(r"(?<!\\)\|", inner))


def read_parts(lines: Sequence[Line], place: Place) -> tuple[Part, ...]:
    """The parts of a section's lines, in order."""
    return tuple(_Reader([(number, text.expandtabs(4).rstrip()) for number, text in lines], place).parts())


class _Reader:
    """Goes through the lines of one section; `at` is the next one to read."""

    def __init__(self, lines: Sequence[Line], place: Place) -> None:
        self.lines = list(lines)
        self.place = place
        self.at = 0
        self.after_blank = _after_blank(self.lines)

    def parts(self) -> list[Part]:
        found: list[Part] = []
        while self.at < len(self.lines):
            number, text = self.lines[self.at]
            if not text:
                self.at += 1
            elif text.startswith("    "):
                self.place.fail(number, "the line is indented and belongs to nothing", "Take the spaces before it out")
            elif _BULLET.match(text.lstrip()):
                found.append(self.bullets(_BULLET, ordered=False))
            elif _NUMBER.match(text.lstrip()):
                found.append(self.bullets(_NUMBER, ordered=True))
            elif _ANSWER.match(text.lstrip()):
                self.place.fail(
                    number, "an answer stands here without its question", "Write the question on the line before"
                )
            elif self.is_table():
                found.append(self.table())
            elif is_picture(text.strip()):
                found.append(self.picture())
            else:
                found.append(self.paragraph_or_question())
        return found

    def bullets(self, mark: re.Pattern[str], *, ordered: bool) -> Listed:
        """A list; another sign (`*` after `-`, `)` after `.`) begins another list."""
        sign = ""
        items: list[tuple[int, str]] = []
        while self.at < len(self.lines):
            number, text = self.lines[self.at]
            indent = len(text) - len(text.lstrip())
            match = mark.match(text.lstrip())
            if not text:
                if not self.list_goes_on():
                    break
                self.skip_blank()
            elif match and indent < 2 and (not sign or match[1] == sign):
                sign = match[1]
                items.append((number, match[2] or ""))
                self.at += 1
            elif indent >= 2 and (_BULLET.match(text.lstrip()) or _NUMBER.match(text.lstrip())):
                self.place.fail(number, "a list stands inside a list", "Write one list, without indenting its items")
            elif indent < 2 and (self.begins_a_part(text) or match):
                break
            elif not self.lines[self.at - 1][1]:
                if indent < 2:
                    break
                self.place.fail(number, "an item has a second paragraph", "Write an item as one paragraph")
            else:  # the item's text goes on
                self.refuse(number, text.strip())
                first, written = items[-1]
                items[-1] = (first, f"{written} {text.strip()}")
                self.at += 1
        texts = tuple(self.place.text(text, number) for number, text in items)
        return Listed(texts, ordered, items[0][0], lines=tuple(number for number, _ in items))

    def list_goes_on(self) -> bool:
        """Whether more of a list follows the blank lines here."""
        following = self.following()
        return following.startswith("  ") or bool(
            _BULLET.match(following.lstrip()) or _NUMBER.match(following.lstrip())
        )

    def following(self) -> str:
        """The next line that is not blank, "" for none."""
        return self.lines[self.after_blank[self.at]][1] if self.after_blank[self.at] < len(self.lines) else ""

    def skip_blank(self) -> None:
        self.at = self.after_blank[self.at]

    def is_table(self) -> bool:
        if self.at + 1 >= len(self.lines):
            return False
        head, rule = self.lines[self.at][1].strip(), self.lines[self.at + 1][1].strip()
        return bool(re.search(r"(?<!\\)\|", head)) and "|" in rule and bool(_DELIMITERS.fullmatch(rule))

    def table(self) -> Table:
        number, head = self.lines[self.at]
        header = self.row(number, head)
        columns = len(_cells(self.lines[self.at + 1][1]))
        if columns != len(header):
            self.place.fail(
                number + 1,
                f"the table's line of dashes has {columns} columns, its header {len(header)}",
                "Make them equal",
            )
        self.at += 2
        rows: list[tuple[str, ...]] = []
        while self.at < len(self.lines) and self.lines[self.at][1]:
            number_, text = self.lines[self.at]
            if not re.search(r"(?<!\\)\|", text):
                self.place.fail(
                    number_, "the line after the table is no row", "Write it between |, or leave a blank line before it"
                )
            row = self.row(number_, text)
            if len(row) != len(header):
                self.place.fail(
                    number_,
                    f"the row has {len(row)} cells, the header has {len(header)}",
                    "Give every row as many cells; write a | inside a cell as \\|",
                )
            rows.append(row)
            self.at += 1
        if not rows:
            self.place.fail(number, "the table has no rows", "Write them beneath the line of dashes")
        return Table(header, tuple(rows), number)

    def picture(self) -> Picture:
        number, text = self.lines[self.at]
        self.at += 1
        try:
            found = read_picture(text.strip(), number)
        except ArticleError as error:
            self.place.fail(number, error.what, error.mend)
        for said in (found.alt, found.credit):
            self.place.text(said, number)
        return found

    def row(self, number: int, text: str) -> tuple[str, ...]:
        return tuple(self.place.text(cell, number, empty=True) for cell in _cells(text))

    def paragraph_or_question(self) -> Paragraph[str] | Question[str]:
        number, written = self.paragraph()
        if self.at < len(self.lines) and _ANSWER.match(self.following().lstrip()):
            self.skip_blank()
        if self.at < len(self.lines) and _ANSWER.match(self.lines[self.at][1].lstrip()):
            text, ref = split_ref(unescape_start(written))
            return Question(self.place.text(text, number), self.answers(), number, ref)
        return Paragraph(self.place.text(unescape_start(written), number), number)

    def paragraph(self, indent: int = 0) -> tuple[int, str]:
        """The lines of one paragraph, joined; with `indent`, of an answer's paragraph."""
        number, first = self.lines[self.at]
        self.refuse(number, first.strip())
        written = [first.strip()]
        self.at += 1
        while self.at < len(self.lines):
            number_, text = self.lines[self.at]
            if not text or (self.begins_another_answer(text) if indent else self.begins_a_part(text)):
                break
            self.refuse(number_, text.strip())
            written.append(text.strip())
            self.at += 1
        return number, " ".join(written)

    def begins_a_part(self, text: str) -> bool:
        """Whether a line ends the paragraph before it: an item, an answer. A wrapped line may begin with a year."""
        text = text.lstrip()
        return (
            bool(_BULLET.match(text) or _ANSWER.match(text) or re.match(r"1[.)] ", text) or is_picture(text))
            or self.is_table()
        )

    def begins_another_answer(self, text: str) -> bool:
        """Whether a line ends the answer before it: another answer, or the next question right beneath."""
        if _ANSWER.match(text.lstrip()):
            return True
        beneath = self.lines[self.at + 1][1] if self.at + 1 < len(self.lines) else ""
        return not text.startswith(" ") and bool(_ANSWER.match(beneath.lstrip()))

    def refuse(self, number: int, text: str) -> None:
        for pattern, what, mend in _REFUSED:
            if (pattern.fullmatch if pattern is _RULE else pattern.match)(text):
                self.place.fail(number, what, mend)

    def answers(self) -> tuple[str, ...]:
        """The paragraphs of an answer: after its colon, and indented beneath it."""
        found: list[str] = []
        while self.at < len(self.lines):
            number, text = self.lines[self.at]
            match = _ANSWER.match(text.lstrip())
            if not text:
                following = self.following()
                if not (following.startswith("    ") or _ANSWER.match(following.lstrip())):
                    break
                self.skip_blank()
                continue
            if match and not text.startswith("    "):
                self.lines[self.at] = (number, "    " + (match[1] or ""))  # as if it were indented like the others
                if not match[1]:
                    self.place.fail(number, "the answer is empty", "Write it after the colon")
            elif not text.startswith("    "):
                break
            inner = text.strip() if not match else (match[1] or "")
            if _BULLET.match(inner) or _NUMBER.match(inner):
                self.place.fail(number, "a list stands in an answer", "Write the answer in paragraphs")
            _, written = self.paragraph(indent=4)
            found.append(self.place.text(unescape_start(written), number))
        return tuple(found)


def _after_blank(lines: Sequence[Line]) -> list[int]:
    """For each line the index of the first at or after it that is not blank."""
    found = [len(lines)] * (len(lines) + 1)
    for index in range(len(lines) - 1, -1, -1):
        found[index] = index if lines[index][1] else found[index + 1]
    return found
