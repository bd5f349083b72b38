"""What a bulletin says: an edition as an opening, a body that fits its slot, and a closing, sentence by sentence."""

from __future__ import annotations

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
    Prose,
    Questions,
    Steps,
    Story,
)
from render.edition import Edition, Office, Run, Runs, plain
from render.errors import GateError
from render.phrases import phrase
from render.speech.segments import PARAGRAPH_PAUSE_S, Segment, estimated_s, segments
from render.speech.spoken import Region
from render.speech.voices import BULLETIN_PACE

NATIONAL = "Bảo hiểm xã hội Việt Nam"
SLOT_3_MIN_S = 180.0

# Air, chime, air before the voice; air, answer and tail after it: mastering adds them.
AROUND_S = 5.3
# The estimate is within a few per cent of what engines then take; this much of the slot stays free for it.
_MARGIN = 0.97
_LEAD_PAUSE_S = 0.45
_ITEM_PAUSE_S = 0.5

# From Đà Nẵng southwards thousands are "ngàn"; provinces are numbered from north to south.
_SOUTH_FROM = "48"


@dataclass(frozen=True)
class Part:
    """A paragraph of a bulletin. Parts of rank 0 are always said; the highest ranks are left out first."""

    name: str  # for people: the heading of its block
    rank: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Script:
    """A bulletin to be said. Only opening and closing know the office; the body is the same for all."""

    opening: tuple[Part, ...]
    body: tuple[Part, ...]
    closing: tuple[Part, ...]
    left_out: tuple[str, ...] = ()  # what did not fit, by its heading

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of it, in order."""
        return self.opening + self.body + self.closing

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Every sentence, in order."""
        return tuple(segment for part in self.parts for segment in part.segments)


def script_of(edition: Edition, *, slot_s: float = SLOT_3_MIN_S) -> tuple[Segment, ...]:
    """The sentences of an edition's bulletin."""
    return bulletin_script(edition, slot_s=slot_s).segments


def bulletin_script(edition: Edition, *, slot_s: float = SLOT_3_MIN_S, pace: float = BULLETIN_PACE) -> Script:
    """The text of a bulletin, chosen by the rank of its parts so that it fits; a `GateError` when nothing fits."""
    teller = _Teller(edition, region_of(edition.office))
    script = Script(opening=teller.opening(), body=teller.body(), closing=teller.closing())
    fitted = _fitted(script, slot_s, pace)
    over_s = length_s(fitted, pace) - slot_s
    if over_s > 0.03 * slot_s:
        raise GateError(
            f"even the shortest bulletin takes about {over_s:.0f} s more than its slot of {slot_s:.0f} s",
            gate="slot",
            where=f"{edition.slug} ({edition.lang})",
            mend="Shorten the title, the summary or the first figure",
        )
    return fitted


def region_of(office: Office | None) -> Region:
    """North for the whole country; the South says ngàn."""
    return "south" if office is not None and office.code[:2] >= _SOUTH_FROM else "north"


def length_s(script: Script, pace: float = BULLETIN_PACE) -> float:
    """About how long a bulletin will be."""
    return AROUND_S + estimated_s(script.segments, pace)


def _fitted(script: Script, slot_s: float, pace: float) -> Script:
    body = list(script.body)
    left_out: list[str] = []
    while length_s(replace(script, body=tuple(body)), pace) > slot_s * _MARGIN:
        last = max(range(len(body)), key=lambda at: (body[at].rank, at))
        if body[last].rank == 0:
            break
        left_out.append(body.pop(last).name)
    return replace(script, body=tuple(body), left_out=tuple(dict.fromkeys(reversed(left_out))))


@dataclass(frozen=True)
class _Teller:
    """One edition being told; its methods give parts."""

    edition: Edition
    region: Region

    # --- opening and closing: the only parts that know the office -----------------------------------------------

    def opening(self) -> tuple[Part, ...]:
        """Who is addressed, who speaks, and whether it is a demonstration."""
        office = self.edition.office
        lines = [
            self._fixed("Kính thưa {listeners}.", listeners=self._listeners()),
            self._fixed("Sau đây là bản tin của {office}.", office=office.name if office else NATIONAL),
        ]
        if self.edition.note:
            lines.append(self._fixed(self.edition.note))
        return self._parts("Mở đầu", 0, lines)

    def closing(self) -> tuple[Part, ...]:
        """The key figure once more, thanks, and the number to call, twice and last."""
        figure = _key_figure(self.edition.blocks)
        lines: list[Runs] = []
        if figure is not None and plain(figure.value).strip() != self.edition.hotline:
            lines += [self._fixed("Xin nhắc lại."), _measured(figure)]
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
        """Title, summary and every block, each with its rank."""
        parts = list(self._parts("Tiêu đề", 0, [self.edition.title, self.edition.summary]))
        seen_figures = False
        for block in self.edition.blocks:
            told = self._block(block)
            if isinstance(block, Figures) and not seen_figures:
                seen_figures = True
                told = [replace(told[0], rank=0), *told[1:]]
            parts += told
        return tuple(parts)

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
        name = plain(block.title).strip() if block.title else _UNTITLED.get(type(block), "Nội dung")
        told = [part for rank, lines in chunks for part in self._parts(name, rank, lines)]
        if isinstance(block, Questions):  # each can be left out by itself, and is then told by its own words
            told = [
                replace(part, name=f"{name}: {part.segments[-1 if len(part.segments) == 1 else 0].text}")
                for part in told
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
            )
        if not told:
            return ()
        told[-1] = replace(told[-1], pause_after_s=PARAGRAPH_PAUSE_S)
        return (Part(name, rank, tuple(told)),)


# What the script's reader sees over a section that has no heading of its own.
_UNTITLED: dict[type, str] = {Notice: "Xin lưu ý", Figures: "Con số", Steps: "Cách làm", Questions: "Hỏi đáp"}


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
