"""Walking over the texts of blocks, whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

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
    Pictured,
    Prose,
    Question,
    Questions,
    Section,
    Steps,
    Story,
)

T = TypeVar("T")
U = TypeVar("U")


def kind_of(block: Section[T]) -> BlockKind:
    """The kind a block is, by the class name it has in an article file."""
    return BlockKind.PICTURE if isinstance(block, Pictured) else BlockKind(type(block).__name__.lower())


def map_block(block: Block[T], change: Callable[[T], U]) -> Block[U]:
    """The same block with every text changed; ids and lines stay."""

    def all_of(texts: tuple[T, ...]) -> tuple[U, ...]:
        return tuple(change(text) for text in texts)

    def flow(parts: Flow[T]) -> Flow[U]:
        return tuple(map_flow(part, change) for part in parts)

    id_, line = block.id, block.line
    title = None if block.title is None else change(block.title)
    before, after = flow(block.before), flow(block.after)
    match block:
        case Prose(body=body):
            return Prose(id=id_, title=title, before=before, after=after, line=line, body=flow(body))
        case Notice(body=body):
            return Notice(id=id_, title=title, before=before, after=after, line=line, body=flow(body))
        case Story(body=body, local=local):
            return Story(id=id_, title=title, before=before, after=after, line=line, body=flow(body), local=local)
        case Figures(figures=figures):
            changed = tuple(Figure(change(one.value), change(one.label), one.line) for one in figures)
            return Figures(id=id_, title=title, before=before, after=after, line=line, figures=changed)
        case Eligibility(items=items):
            return Eligibility(id=id_, title=title, before=before, after=after, line=line, items=all_of(items))
        case Steps(items=items):
            return Steps(id=id_, title=title, before=before, after=after, line=line, items=all_of(items))
        case Comparison(header=header, rows=rows):
            cells = tuple(all_of(row) for row in rows)
            head = all_of(header)
            return Comparison(id=id_, title=title, before=before, after=after, line=line, header=head, rows=cells)
        case Questions(questions=questions):
            answered = tuple(Question(change(one.question), all_of(one.answer), one.line, one.ref) for one in questions)
            return Questions(id=id_, title=title, before=before, after=after, line=line, questions=answered)
        case Pictured(picture=picture):
            return Pictured(id=id_, title=title, before=before, after=after, line=line, picture=picture)


def map_flow(part: Paragraph[T] | Bullets[T], change: Callable[[T], U]) -> Paragraph[U] | Bullets[U]:
    """The same paragraph or list with every text changed."""
    if isinstance(part, Paragraph):
        return Paragraph(change(part.text), part.line)
    return Bullets(tuple(change(item) for item in part.items), part.ordered, part.line)


def texts(block: Block[T]) -> Iterator[T]:
    """Every text of a block: its title, the note before, its own, the note after."""
    if block.title is not None:
        yield block.title
    yield from flow_texts(block.before)
    match block:
        case Prose(body=body) | Notice(body=body) | Story(body=body):
            yield from flow_texts(body)
        case Figures(figures=figures):
            for figure in figures:
                yield from (figure.value, figure.label)
        case Eligibility(items=items) | Steps(items=items):
            yield from items
        case Comparison(header=header, rows=rows):
            yield from header
            for row in rows:
                yield from row
        case Questions(questions=questions):
            for one in questions:
                yield from (one.question, *one.answer)
    yield from flow_texts(block.after)


def is_empty(block: Block[T]) -> bool:
    """Whether a section of a kind lacks the very thing it is there for: a list without items, a table without rows."""
    match block:
        case Figures(figures=own) | Questions(questions=own):
            return not own
        case Eligibility(items=own) | Steps(items=own):
            return not own
        case Comparison(header=own, rows=rows):
            return not own or not rows
        case Prose(body=own) | Notice(body=own):
            return not own and not block.before and not block.after
    return False


def flow_texts(flow: Flow[T]) -> Iterator[T]:
    """Every text of running text, in order."""
    for part in flow:
        if isinstance(part, Paragraph):
            yield part.text
        else:
            yield from part.items
