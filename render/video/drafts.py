"""What each kind of block can become in a clip: the pieces that may be said, and what its scene then shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from render.article import (
    Block,
    Bullets,
    Comparison,
    Eligibility,
    Figures,
    Notice,
    Paragraph,
    Pictured,
    Priority,
    Prose,
    Questions,
    Steps,
    Story,
)
from render.edition import Edition, Run, Runs, plain
from render.phrases import phrase
from render.video.storyboard import Chosen, Draft, Piece, closing_line
from render.video.words import (
    joined,
    lead_and_rest,
    lowered,
    marked,
    number_parts,
    number_value,
    raised,
    sentences,
    stopped,
    unstopped,
    whole,
)

LONGEST_TABLE, WIDEST_TABLE = 5, 3  # rows and columns a telephone shows in letters large enough
TABLE_LETTERS = 320
LIST_LETTERS = 300  # of a list, beyond which it would have to be set too small
TEXT_LETTERS = 420  # of a scene of running text
STEPS_A_SCENE, LONG_STEPS_A_SCENE = 5, 3
LONG_STEP = 60  # letters of a step without a short name
PICTURE_S = 4.0  # at least so long a picture stands
MORE_STEPS = "Còn {count} bước nữa."
MORE = "Còn điều kiện khác: quét mã ở cuối clip."

# A column head that is a time takes "is" before the figure: "trước 01/7/2025 là 80 tuổi, nay là 75 tuổi".
_TIME = re.compile(r"(?:trước|nay|hiện|sau|từ|đến|năm|tháng)(?!\w)", re.IGNORECASE)


def drafts_of(edition: Edition) -> Iterator[Draft]:
    """A draft for the title, for every block that can be told, for the closing."""
    yield _title(edition)
    told: set[type] = set()
    for block in sorted(edition.blocks, key=_place):
        # A short clip holds the essence: the first block of each kind, the others as far as there is room.
        for draft in _told(edition, block):
            again = type(block) in told and not isinstance(block, Prose)
            yield replace(draft, pieces=tuple(_later(piece) for piece in draft.pieces)) if again else draft
        told.add(type(block))
    yield Draft("closing", "closing", (Piece(0, closing_line(edition)),), lambda _: {})


def _later(piece: Piece) -> Piece:
    return replace(piece, rank=piece.rank + 100)


def _place(block: Block[Runs]) -> int:
    """The figure first, then as the article has it; what only fills a clip that would be too short comes late."""
    if isinstance(block, Figures):
        return 0
    return 2 if isinstance(block, Questions | Prose | Story) else 1


def _told(edition: Edition, block: Block[Runs]) -> Iterator[Draft]:
    match block:
        case Figures():
            yield _figures(edition, block)
        case Comparison():
            yield _comparison(edition, block)
        case Eligibility():
            yield _eligibility(edition, block)
        case Steps():
            yield from _steps(edition, block)
        case Notice():
            yield _text(block.title, block.body, f"notice:{block.id}", "notice", _notice_rank(edition))
        case Questions():
            yield _question(block)
        case Prose() | Story():
            yield _text(block.title, block.body, f"text:{block.id}", "text", 80)
        case Pictured():
            yield _picture(block)


def _notice_rank(edition: Edition) -> int:
    return 5 if edition.priority is Priority.URGENT else 25


def _title(edition: Edition) -> Draft:
    pieces = [Piece(0, stopped(edition.title))]
    pieces += [Piece(60 + index, stopped(one), one) for index, one in enumerate(sentences(edition.summary)[:2])]

    def show(chosen: Chosen) -> dict[str, Any]:
        summary = joined([part for part, _ in chosen[1:]], " ")
        return {
            "topic": whole(edition.topic),
            "title": whole(plain(edition.title)),
            "summary": marked(summary),
            "summary_at": 1,
        }

    return Draft("title", "title", tuple(pieces), show)


def _figures(edition: Edition, block: Figures[Runs]) -> Draft:
    pieces: list[Piece] = []
    for index, figure in enumerate(block.figures):
        label = (*raised(unstopped(figure.label)), Run(": ")) if figure.label else ()
        pieces.append(Piece(0 if index == 0 else 50 + index, stopped((*label, *figure.value)), figure))

    def show(chosen: Chosen) -> dict[str, Any]:
        return figure_shows(edition, block, chosen)

    return Draft(f"figure:{block.id}", "figure", tuple(pieces), show)


def figure_shows(edition: Edition, block: Figures[Runs], chosen: Chosen) -> dict[str, Any]:
    """What the number field shows of the chosen figures: the first in large letters, whole where it is dialled."""
    dialled = {fact.key for fact in edition.facts if fact.unit in {"phone", "email"}} | {"hotline"}
    (first, _), *others = chosen
    parts = None if any(run.fact in dialled for run in first.value) else number_parts(first.value)
    before, number, after = parts or ("", whole(plain(first.value)), "")
    return {
        "title": marked(block.title or ()),
        "label": marked(raised(first.label)),
        "before": whole(before),
        "number": number,
        "after": whole(after),
        "others": [
            {"value": marked(figure.value), "label": marked(raised(figure.label)), "at": at}
            for figure, at in others[:2]
        ],
    }


def _comparison(edition: Edition, block: Comparison[Runs]) -> Draft:
    name = f"comparison:{block.id}"
    letters = sum(len(plain(cell)) for row in block.rows for cell in row)
    if len(block.rows) > LONGEST_TABLE or len(block.header) > WIDEST_TABLE or letters > TABLE_LETTERS:
        return Draft(name, "table", (), lambda _: {})  # half a table would mislead
    series = _series(block)
    if series is None:
        return _table(edition, block, name)
    caption, entries = series
    before_and_now = len(block.header) == WIDEST_TABLE  # one row: both are said in one breath
    if before_and_now:
        pieces = [Piece(15, _row_line(edition, block, block.rows[0]), 0)]
    else:
        pieces = [
            Piece(20 + 15 * index, stopped((*unstopped(label), Run(": "), *value)), index)
            for index, (label, value, _) in enumerate(entries)
        ]
    top = max(number for _, _, number in entries)

    def show(chosen: Chosen) -> dict[str, Any]:
        # Bars that are not spoken of stand too: half a series would mislead.
        said = {part: at for part, at in chosen if at is not None}
        last = max(said.values(), default=0)
        tones = ["old", "new"] if before_and_now else ["plain"] * len(entries)
        bars = [
            {
                "label": marked(label),
                "value": marked(value),
                "share": round(number / top, 4),
                "tone": tones[index],
                "at": said.get(index, last),
            }
            for index, (label, value, number) in enumerate(entries)
        ]
        return {"title": marked(block.title or ()), "caption": marked(caption), "bars": bars}

    return Draft(name, "bars", tuple(pieces), show)


def _table(edition: Edition, block: Comparison[Runs], name: str) -> Draft:
    pieces = [Piece(20 + 15 * index, _row_line(edition, block, row), index) for index, row in enumerate(block.rows)]

    def show(chosen: Chosen) -> dict[str, Any]:
        said = {part: at for part, at in chosen if at is not None}
        last = max(said.values(), default=0)
        return {
            "title": marked(block.title or ()),
            "header": [marked(cell) for cell in block.header],
            "rows": [
                {"cells": [marked(cell) for cell in row], "at": said.get(index, last)}
                for index, row in enumerate(block.rows)
            ],
        }

    return Draft(name, "table", tuple(pieces), show)


def _series(block: Comparison[Runs]) -> tuple[Runs, list[tuple[Runs, Runs, float]]] | None:
    """A table that is one series of numbers of the same unit: what they measure, and (label, value, number) each."""
    if len(block.header) == 2 and len(block.rows) >= 2:
        caption, found = block.header[1], [(row[0], row[1]) for row in block.rows]
    elif len(block.header) == 3 and len(block.rows) == 1:
        caption, found = block.rows[0][0], list(zip(block.header[1:], block.rows[0][1:], strict=True))
    else:
        return None
    entries: list[tuple[Runs, Runs, float]] = []
    units: set[str] = set()
    for label, value in found:
        parts = number_parts(value)
        if parts is None or parts[0]:
            return None
        units.add(parts[2] + ("%" if parts[1].endswith("%") else ""))
        entries.append((label, value, number_value(parts[1])))
    if len(units) != 1 or min(number for _, _, number in entries) <= 0:
        return None
    return caption, entries


def _row_line(edition: Edition, block: Comparison[Runs], row: Sequence[Runs]) -> Runs:
    """A table row as a sentence: "Tuổi nhận trợ cấp: trước 01/7/2025 là 80 tuổi, nay là 75 tuổi"."""
    link = phrase(edition.lang, " là ")
    cells: list[Runs] = []
    for head, value in zip(block.header[1:], row[1:], strict=True):
        is_time = link.translated and _TIME.match(plain(head).strip()) is not None
        between = link.text if is_time else " "
        said = lowered(unstopped(value))
        cells.append((*lowered(head), Run(between), *said) if plain(head).strip() else said)
    return stopped((*unstopped(row[0]), Run(": "), *joined(cells, ", ")))


def _eligibility(edition: Edition, block: Eligibility[Runs]) -> Draft:
    """As many conditions as there is time for; where some are left out the scene says so."""
    pieces: list[Piece] = []
    letters = 0
    for index, item in enumerate(block.items):
        first = (sentences(item) or [item])[0]
        letters += len(plain(first))
        if letters > LIST_LETTERS:
            break
        asked = (*_asked(block.title), Run(" ")) if index == 0 and block.title else ()
        pieces.append(Piece(10 if index < 2 else 30 + index, (*asked, *stopped(first)), first))

    def show(chosen: Chosen) -> dict[str, Any]:
        items = [{"text": marked(unstopped(part)), "at": at} for part, at in chosen]
        more = MORE if len(items) < len(block.items) else ""
        return {
            "title": marked(block.title or ()),
            "items": items,
            "more": phrase(edition.lang, more).text if more else "",
        }

    return Draft(f"who:{block.id}", "ticks", tuple(pieces), show)


def _steps(edition: Edition, block: Steps[Runs]) -> Iterator[Draft]:
    """Every step of a scene is shown, as many as there is time for are said; what is left for later is counted."""
    longest = max((len(plain(lead_and_rest(item)[0])) for item in block.items), default=0)
    most = STEPS_A_SCENE if longest <= LONG_STEP else LONG_STEPS_A_SCENE
    scenes = -(-len(block.items) // most)
    size = -(-len(block.items) // scenes) if scenes else 0
    for scene in range(scenes):
        first = scene * size
        items = [lead_and_rest(item) for item in block.items[first : first + size]]
        pieces = []
        for index, (name, _) in enumerate(items):
            asked = (*_asked(block.title), Run(" ")) if first + index == 0 and block.title else ()
            pieces.append(Piece(12, (*asked, *stopped(name)), index))

        def show(
            chosen: Chosen, first: int = first, items: Sequence[tuple[Runs, Runs]] = tuple(items)
        ) -> dict[str, Any]:
            said = {part: at for part, at in chosen if at is not None}
            last = max(said.values(), default=0)
            steps = [
                {
                    "number": first + index + 1,
                    "name": marked(name),
                    "detail": marked(unstopped((sentences(rest) or [()])[0])),
                    "at": said.get(index, last),
                }
                for index, (name, rest) in enumerate(items)
            ]
            left = len(block.items) - first - len(items)
            more = phrase(edition.lang, MORE_STEPS, count=str(left)).text if left else ""
            return {"title": marked(block.title or ()), "steps": steps, "more": whole(more)}

        suffix = f"-{scene + 1}" if scenes > 1 else ""
        yield Draft(f"steps:{block.id}{suffix}", "steps", tuple(pieces), show)


def _question(block: Questions[Runs]) -> Draft:
    pieces: list[Piece] = []
    if block.questions:
        asked = block.questions[0]
        answer = joined([stopped(one) for text in asked.answer for one in sentences(text)[:2]][:2], " ")
        if len(plain(asked.question)) + len(plain(answer)) <= TEXT_LETTERS:
            pieces = [
                Piece(70, joined([stopped(asked.question), answer], " "), answer)
            ]  # no question without its answer

    def show(chosen: Chosen) -> dict[str, Any]:
        lines = [{"text": marked(part), "at": at} for part, at in chosen]
        return {"title": marked(block.questions[0].question), "lines": lines}

    return Draft(f"question:{block.id}", "text", tuple(pieces), show)


def _text(
    title: Runs | None, flow: Sequence[Paragraph[Runs] | Bullets[Runs]], name: str, kind: str, rank: int
) -> Draft:
    pieces: list[Piece] = []
    letters = 0
    for index, sentence in enumerate(_flow_sentences(flow)[:3]):
        letters += len(plain(sentence))
        if letters > TEXT_LETTERS:
            break
        pieces.append(Piece(rank + 12 * index, stopped(sentence), sentence))

    def show(chosen: Chosen) -> dict[str, Any]:
        lines = [{"text": marked(part), "at": at} for part, at in chosen]
        return {"title": marked(unstopped(title) if title else ()), "lines": lines}

    return Draft(name, kind, tuple(pieces), show)


def _picture(block: Pictured[Runs]) -> Draft:
    """A picture with the first sentence that the article says of it; without one it is shown in silence."""
    said = [*_flow_sentences(block.before), *_flow_sentences(block.after)][:1]
    pieces = tuple(Piece(45, stopped(one), one) for one in said) or (Piece(45, None),)

    shows = {"title": marked(unstopped(block.title) if block.title else ()), "lines": list[Any]()}
    return Draft(
        f"picture:{block.id}", "picture", pieces, lambda _: dict(shows), length_s=PICTURE_S, picture=block.picture
    )


def _flow_sentences(flow: Sequence[Paragraph[Runs] | Bullets[Runs]]) -> list[Runs]:
    found: list[Runs] = []
    for part in flow:
        if isinstance(part, Bullets):
            found += part.items
        else:
            found += sentences(part.text)
    return found


def _asked(title: Runs | None) -> Runs:
    """A heading as the opening of a spoken line: a question keeps its mark, anything else takes a colon."""
    if not title:
        return ()
    return title if plain(title).rstrip().endswith(("?", "？", "!", ":")) else (*title, Run(":"))
