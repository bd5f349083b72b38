"""Writing an article as a Markdown file that reads back equal."""

from __future__ import annotations

from collections.abc import Iterator

from render.article import (
    Article,
    Block,
    BlockKind,
    Bullets,
    Comparison,
    Eligibility,
    Figures,
    Flow,
    Notice,
    Paragraph,
    Pictured,
    Prose,
    Questions,
    Steps,
    Story,
)
from render.blocks import kind_of, map_block
from render.errors import ArticleError
from render.frontmatter import write_front_matter
from render.inline import clean
from render.parts import escape_cell, escape_start, escape_value, with_ref
from render.pictures import write_picture
from render.sections import ATTRIBUTES, LOCAL, position_id


def write_article(article: Article) -> str:
    """The file of an article; an `ArticleError` when a block is built so that no file can say it."""
    parts = [f"---\n{write_front_matter(article)}---\n"]
    for position, block in enumerate(article.blocks, 1):
        lines = _block(map_block(block, clean), position)
        parts.append("\n".join(lines).rstrip("\n") + "\n")
    return "\n".join(parts)


def _block(block: Block[str], position: int) -> Iterator[str]:
    heading = _heading(block, position)
    if heading:
        yield from (heading, "")
    match block:
        case Prose(body=body) | Notice(body=body) | Story(body=body):
            yield from _flow(body)
        case Figures(figures=figures):
            items = tuple(f"{escape_value(one.value)} : {one.label}" for one in figures)
            yield from _with_notes(block, Bullets(items))
        case Eligibility(items=items):
            yield from _with_notes(block, Bullets(items))
        case Steps(items=items):
            yield from _with_notes(block, Bullets(items, ordered=True))
        case Comparison(header=header, rows=rows):
            yield from _flow(block.before)
            yield _row(header)
            yield _row(("---",) * len(header))
            yield from (_row(row) for row in rows)
            yield ""
            yield from _flow(block.after)
        case Questions(questions=questions):
            yield from _flow(block.before)
            for one in questions:
                yield escape_start(with_ref(one.question, one.ref))
                for number, paragraph in enumerate(one.answer):
                    yield (":   " if number == 0 else "    ") + escape_start(paragraph)
                    yield ""
            yield from _flow(block.after)
        case Pictured(picture=picture):
            yield from _flow(block.before)
            yield from (write_picture(picture), "")
            yield from _flow(block.after)


def _heading(block: Block[str], position: int) -> str:
    """The heading line; "" for an untitled opening, which needs none."""
    kind = kind_of(block)
    marks = [] if block.id == position_id(position) else [f"#{block.id}"]
    if kind is not BlockKind.PROSE:
        marks.append(f".{kind}")
    elif not marks and block.title is None and position == 1:
        return ""
    elif not marks and (block.title is None or ATTRIBUTES.search(block.title)):
        marks.append(f".{kind}")  # else the title's own braces would be read as the section's
    if isinstance(block, Story) and block.local:
        marks.append(LOCAL)
    return " ".join(["##", *([block.title] if block.title else []), *([f"{{{' '.join(marks)}}}"] if marks else [])])


def _with_notes(block: Block[str], main: Bullets[str]) -> Iterator[str]:
    for part in block.before:
        if isinstance(part, Bullets) and part.ordered == main.ordered:
            raise ArticleError(
                f"the note before the list of section {block.id} holds a list of the same kind",
                where=block.id,
                mend="Move it behind the list, or into a section of its own",
            )
    yield from _flow((*block.before, main, *block.after))


def _flow(flow: Flow[str]) -> Iterator[str]:
    """Running text; a list right behind another takes the other sign, or the two would be read as one."""
    signs = {False: "", True: ""}
    for part in flow:
        if isinstance(part, Paragraph):
            yield from (escape_start(part.text), "")
            signs = {False: "", True: ""}
            continue
        if part.ordered:
            sign = ")" if signs[True] == "." else "."
            yield from (f"{number}{sign} {item}" for number, item in enumerate(part.items, 1))
        else:
            sign = "*" if signs[False] == "-" else "-"
            yield from (f"{sign} {item}" for item in part.items)
        signs[part.ordered] = sign
        yield ""


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(escape_cell(cell) for cell in cells) + " |"
