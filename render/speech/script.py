"""What a bulletin says: an edition as an opening, a body that fits its slot, and a closing, sentence by sentence."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from render.article import (
    Block,
    Bullets,
    Comparison,
    Eligibility,
    Figure,
    Figures,
    Flow,
    Notice,
    Paragraph,
    Pictured,
    Priority,
    Prose,
    Questions,
    Steps,
    Story,
)
from render.edition import Edition, Office, Run, Runs, plain
from render.phrases import phrase
from render.speech.fitting import Choice, Part, Script, brief, check_length, fitted
from render.speech.segments import PARAGRAPH_PAUSE_S, Segment, segments, sentences
from render.speech.spoken import Region
from render.speech.voices import BULLETIN_PACE

NATIONAL = "Bảo hiểm xã hội Việt Nam"
SLOT_1_MIN_S, SLOT_3_MIN_S, SLOT_5_MIN_S = 60.0, 180.0, 300.0
# Below this a bulletin is brief: headline, figure, who, what to do, whom to call.
_BRIEF_S = 100.0

_ITEM_PAUSE_S = 0.5

# From Đà Nẵng southwards thousands are "ngàn"; provinces are numbered from north to south.
_SOUTH_FROM = "48"


def script_of(edition: Edition, *, slot_s: float = SLOT_3_MIN_S) -> tuple[Segment, ...]:
    """The sentences of an edition's bulletin."""
    return bulletin_script(edition, slot_s=slot_s).segments


def bulletin_script(edition: Edition, *, slot_s: float = SLOT_3_MIN_S, pace: float = BULLETIN_PACE) -> Script:
    """The text of a bulletin, chosen by the rank of its parts so that it fits; a `GateError` when nothing fits.

    A slot of `math.inf` takes all of it.
    """
    region = region_of(edition.office)
    teller = _Teller(edition, region)
    everywhere = replace(edition, id="", office=None, hotline="")
    if slot_s < _BRIEF_S:
        choices = _choices(everywhere, region)
        script = brief(teller.opening(), choices, teller.closing(short=True), slot_s=slot_s, pace=pace)
        script = replace(script, left_out=_not_told(script, _body(everywhere, region)))
    else:
        script = Script(opening=teller.opening(), body=_body(everywhere, region), closing=teller.closing())
        script = fitted(script, slot_s, pace)
    check_length(script, slot_s, pace, where=f"{edition.slug} ({edition.lang})")
    return script


# The body is the same for thousands of communes: it is told once.
@functools.lru_cache(maxsize=32)
def _body(edition: Edition, region: Region) -> tuple[Part, ...]:
    return _Teller(edition, region).body()


def _not_told(script: Script, body: Sequence[Part]) -> tuple[str, ...]:
    """What a brief bulletin passes over: what it weighed, and the blocks that are none of its business."""
    known = {name.removesuffix(" (nói gọn)") for name in script.left_out} | {part.name for part in script.parts}
    return (*script.left_out, *dict.fromkeys(part.name for part in body if part.name not in known))


@functools.lru_cache(maxsize=32)
def _choices(edition: Edition, region: Region) -> tuple[Choice, ...]:
    return _Teller(edition, region).brief()


def region_of(office: Office | None) -> Region:
    """North for the whole country; the South says ngàn."""
    return "south" if office is not None and office.code[:2] >= _SOUTH_FROM else "north"


@dataclass(frozen=True)
class _Teller:
    """One edition being told; its methods give parts."""

    edition: Edition
    region: Region

    # --- opening and closing: the only parts that know the office -----------------------------------------------

    def opening(self) -> tuple[Part, ...]:
        """Who is addressed and who speaks: the same for all bulletins of an office, so that it is made once."""
        office = self.edition.office.name if self.edition.office else NATIONAL
        urgent = "Xin chú ý lắng nghe thông báo khẩn của {office}."
        who = urgent if self.edition.priority is Priority.URGENT else "Sau đây là bản tin của {office}."
        lines = [
            self._fixed("Kính thưa {listeners}.", listeners=self._listeners()),
            self._fixed(who, office=office),
        ]
        return self._parts("Mở đầu", 0, lines)

    def closing(self, *, short: bool = False) -> tuple[Part, ...]:
        """The key figure once more, thanks, and the number to call, twice and last."""
        figure = _key_figure(self.edition.blocks)
        lines: list[Runs] = []
        if figure is not None and plain(figure.value).strip() != self.edition.hotline:
            lines += [self._fixed("Xin nhắc lại."), _measured(figure)]
        if not short:
            thanks = "Trân trọng cảm ơn {listeners} đã lắng nghe."
            lines.append(self._fixed(thanks, listeners=_brief(self._listeners())))
        if self.edition.hotline:
            number = self.edition.hotline
            bare = (Run(number),)  # where nobody has translated the sentence the number is still given
            lines.append(self._fixed("Cần hỏi thêm, xin gọi tổng đài {hotline}.", hotline=number) or bare)
            lines.append(self._fixed("Xin nhắc lại số tổng đài: {hotline}.", hotline=number) or bare)
        return self._parts("Kết thúc", 0, lines)

    def _listeners(self) -> str:
        """Units when it is for employers, hospitals or authorities alone; else the people of the commune."""
        audiences = set(self.edition.audiences)
        if audiences and audiences <= {1, 2, 6}:
            return "Quý đơn vị"
        office = self.edition.office
        if office is not None and office.kind in ("xa", "phuong", "dac-khu"):
            return f"bà con {office.unit[:1].lower()}{office.unit[1:]}"
        return "bà con"

    def _fixed(self, text: str, **values: str) -> Runs:
        """A phrase of ours in the edition's language; nothing where nobody has translated it."""
        found = phrase(self.edition.lang, text, **values)
        return (Run(found.text),) if found.translated else ()

    # --- body ----------------------------------------------------------------------------------------------------

    def body(self) -> tuple[Part, ...]:
        """Whether it is a demonstration, title, summary and every block, each with its rank."""
        parts = [*self._note(), *self._parts("Tiêu đề", 0, [self.edition.title, self.edition.summary])]
        seen_figures = False
        for block in self.edition.blocks:
            told = self._block(block)
            if isinstance(block, Figures) and not seen_figures:
                seen_figures = True
                told = [replace(told[0], rank=0), *told[1:]]
            parts += told
        return tuple(parts)

    def brief(self) -> tuple[Choice, ...]:
        """What a minute is for, the most important first: headline, key figure, who, what to do, then whatever fits."""
        blocks = self.edition.blocks
        head = (*self._note(short=True), *self._parts("Tiêu đề", 0, [self.edition.title]))
        summary = tuple(replace(part, rank=1, order=2) for part in self._parts("Tóm tắt", 1, [self.edition.summary]))
        choices = [Choice((head,))]
        if figure := _key_figure(blocks):
            name = next(_name(block) for block in blocks if isinstance(block, Figures))
            choices.append(
                Choice((tuple(replace(part, order=1) for part in self._parts(name, 0, [_measured(figure)])),))
            )
        who = next((block for block in blocks if isinstance(block, Eligibility)), None)
        if who:  # all who are meant or, in the words of the summary, all in short: never some of them
            bare = replace(who, before=(), after=())
            untitled = replace(bare, title=None)
            ways = (self._told(who, 3), self._told(bare, 3), self._told(untitled, 3), summary)
            choices.append(Choice(ways, wanted=True))
        steps = next((block for block in blocks if isinstance(block, Steps)), None)
        if steps and steps.items:  # all steps, as many of the first as fit, or how it begins
            bare_steps = replace(steps, before=(), after=())
            fewer = [
                replace(bare_steps, title=None, items=steps.items[:count]) for count in range(len(steps.items), 0, -1)
            ]
            begun = replace(bare_steps, title=None, items=sentences(steps.items[0])[:1])
            choices.append(Choice(tuple(self._told(one, 4) for one in (steps, bare_steps, *fewer, begun)), wanted=True))
        choices.append(Choice((summary,)))
        for block in blocks:
            if block is not who and block is not steps and isinstance(block, Notice | Figures):
                told = self._told(block, 5)[1 if isinstance(block, Figures) else 0 :]
                choices.append(Choice((tuple(replace(part, rank=5) for part in told),)))
        return tuple(choice for choice in choices if choice.ways[0])

    def _told(self, block: Block[Runs], order: int) -> tuple[Part, ...]:
        return tuple(replace(part, order=order) for part in self._block(block))

    def _note(self, *, short: bool = False) -> tuple[Part, ...]:
        """What an edition is when it is no real one. A minute says that much; from when its figures are, the sheet."""
        note = self._fixed(self.edition.note) if self.edition.note else ()
        if short and note:
            note = (replace(note[0], text=re.split(r"\s[–—-]\s", note[0].text)[0]),)
        return self._parts("Mở đầu", 0, [note] if note else [])

    def _block(self, block: Block[Runs]) -> list[Part]:
        """The parts of a block: what it is about, and its notes, which give way first."""
        chunks: list[tuple[int, list[Runs]]] = []
        match block:
            case Figures(figures=figures):
                chunks = [(1, [_measured(figure)]) for figure in figures]
            case Notice(body=body):
                chunks = [(1, _lines(body))]
            case Eligibility(items=items):
                chunks = [(2, list(items))]
            case Steps(items=items):
                chunks = [(3, [self._numbered(number, item) for number, item in enumerate(items, 1)])]
            case Comparison(header=header, rows=rows):
                chunks = [(4, [_compared(header, row) for row in rows])]
            case Prose(body=body):
                chunks = [(5, _lines(body))]
            case Questions(questions=questions):
                chunks = [(6, [one.question, *one.answer]) for one in questions]
            case Story(body=body):
                chunks = [(7, _lines(body))]
            case Pictured():
                return []  # a picture is not read out
        rank = chunks[0][0] if chunks else 5
        if block.before:
            chunks.insert(0, (rank, _lines(block.before)))
        if block.after:
            chunks.append((rank, _lines(block.after)))
        title = block.title
        if title is None and isinstance(block, Notice):
            title = self._fixed("Xin lưu ý.")
        if isinstance(block, Story) and title and _says_example(title) and _says_example(*chunks[0][1]):
            title = None  # "Một ví dụ. Ví dụ: …" says it twice
        if title and chunks:
            chunks[0] = (chunks[0][0], [title, *chunks[0][1]])
        name = _name(block)
        told = [part for rank, lines in chunks for part in self._parts(name, rank, lines)]
        if isinstance(block, Questions):  # each can be left out by itself, and is then told by its own words
            told = [
                replace(
                    part, name=f"{name}: {part.segments[min(bool(title and at == 0), len(part.segments) - 1)].text}"
                )
                for at, part in enumerate(told)
            ]
        return told

    def _numbered(self, number: int, item: Runs) -> Runs:
        step = phrase(self.edition.lang, "Bước {n}", n=str(number))
        return (Run(f"{step.text}: "), *item) if step.translated else item

    def _parts(self, name: str, rank: int, lines: Iterable[Runs]) -> tuple[Part, ...]:
        told: list[Segment] = []
        for line in lines:
            told += segments(
                line,
                self.edition.facts,
                lang=self.edition.lang,
                region=self.region,
                last_pause_s=_ITEM_PAUSE_S,
                say=self.edition.say,
            )
        if not told:
            return ()
        told[-1] = replace(told[-1], pause_after_s=PARAGRAPH_PAUSE_S)
        return (Part(name, rank, tuple(told)),)


# What the script's reader sees over a section that has no heading of its own.
_UNTITLED: dict[type, str] = {Notice: "Xin lưu ý", Figures: "Con số", Steps: "Cách làm", Questions: "Hỏi đáp"}


def _name(block: Block[Runs]) -> str:
    return plain(block.title).strip() if block.title else _UNTITLED.get(type(block), "Nội dung")


def _key_figure(blocks: Sequence[Block[Runs]]) -> Figure[Runs] | None:
    return next((block.figures[0] for block in blocks if isinstance(block, Figures) and block.figures), None)


def _measured(figure: Figure[Runs]) -> Runs:
    """A figure as one says it: what it is, then how much."""
    if not plain(figure.label).strip():
        return _capital(figure.value)
    return (*_capital(figure.label), Run(": "), *figure.value)


def _compared(header: tuple[Runs, ...], row: tuple[Runs, ...]) -> Runs:
    """A row of a table: its name, then each column's head and cell."""
    said: list[Run] = [*_capital(row[0]), Run(": ")]
    for number, (head, cell) in enumerate(zip(header[1:], row[1:], strict=True)):
        said += [Run("; ")] if number else []
        if plain(head).strip() and len(header) > 2:  # of a single column the heading of the block has told
            said += [*_small(head), Run(", ")]
        said += _small(cell)
    return tuple(said)


def _lines(flow: Flow[Runs]) -> list[Runs]:
    lines: list[Runs] = []
    for part in flow:
        match part:
            case Paragraph(text=text):
                lines.append(text)
            case Bullets(items=items):
                lines += [_capital(item) for item in items]
    return lines


def _capital(runs: Runs) -> Runs:
    if not runs or runs[0].fact:
        return runs
    return (replace(runs[0], text=runs[0].text[:1].upper() + runs[0].text[1:]), *runs[1:])


def _small(runs: Runs) -> Runs:
    """In the middle of a sentence; an abbreviation or a name of several capitals stays."""
    if not runs or runs[0].fact or not runs[0].text[1:2].islower():
        return runs
    return (replace(runs[0], text=runs[0].text[:1].lower() + runs[0].text[1:]), *runs[1:])


def _says_example(*lines: Runs) -> bool:
    return any("ví dụ" in plain(line).lower() for line in lines[:1])


def _brief(listeners: str) -> str:
    return "bà con" if listeners.startswith("bà con") else listeners
