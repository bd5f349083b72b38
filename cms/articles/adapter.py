"""Between a page and the pipeline's `Article`: the one place where the two shapes meet, without loss both ways."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cms.articles.enums import ArticleKind
from cms.articles.pictures import picture_of, picture_value
from cms.articles.text import pair
from cms.planning.models import theme_of
from cms.questions.bank import bank_keys, with_bank, without_bank
from render.article import (
    Article,
    Block,
    BlockKind,
    Bullets,
    Comparison,
    Correction,
    Eligibility,
    Figure,
    Figures,
    Flow,
    Notice,
    Paragraph,
    Pictured,
    Priority,
    Prose,
    Question,
    Questions,
    Steps,
    Story,
    Verdict,
)
from render.blocks import kind_of
from render.sections import position_id

if TYPE_CHECKING:
    from cms.articles.models import PolicyArticlePage

# Block ids are names in this space: the same section has the same id after every import and in every language.
ID_SPACE = uuid.UUID("6d0b6f43-6f3a-5d35-9a5f-0f6b6c6f6121")

# The article's fields that are the page's under the same name.
SAME_FIELDS = ("slug", "title", "summary", "topic", "in_force", "review_by", "valid_until")
LIST_FIELDS = ("audiences", "legal", "languages", "products", "topics")
PAIR_FIELDS = ("say", "voices")  # one a line: VssID = vê ét ét ai đi


def article_of(page: PolicyArticlePage) -> Article:
    """The article that a page holds."""
    tag = page.locale.language_code
    blocks = (_block(child.block_type, child.value, position) for position, child in enumerate(page.body, start=1))
    return Article(
        lang=tag,
        priority=Priority(page.priority),
        campaign=theme_of(page.campaign),
        correction=_correction(page),
        blocks=with_bank(tuple(blocks), tag),
        **{name: getattr(page, name) for name in SAME_FIELDS},
        **{name: tuple(getattr(page, name)) for name in LIST_FIELDS},
        **{name: tuple(map(pair, getattr(page, name))) for name in PAIR_FIELDS},
        picture=next((picture_of(child.value) for child in page.picture), None),
    )


def fill_page(page: PolicyArticlePage, article: Article) -> None:
    """Write an article into a page's fields (not its locale, and nothing is saved)."""
    for name in SAME_FIELDS:
        setattr(page, name, getattr(article, name))
    for name in LIST_FIELDS:
        setattr(page, name, list(getattr(article, name)))
    for name in PAIR_FIELDS:
        setattr(page, name, [" = ".join(one) for one in getattr(article, name)])
    page.priority = article.priority.value
    if theme_of(page.campaign) != article.campaign:  # else it keeps the campaign whose theme that is
        page.campaign = article.campaign
    found = article.correction
    page.kind = ArticleKind.CORRECTION if found else ArticleKind.ARTICLE
    page.claim, page.truth = (found.claim, found.truth) if found else ("", "")
    page.verdict, page.evidence = (found.verdict.value, list(found.evidence)) if found else ("", [])
    picture = article.picture
    own = (
        [{"type": "picture", "value": picture_value(picture, article.source), "id": _id("picture")}] if picture else []
    )
    page.picture = page.picture.stream_block.to_python(own)
    held = bank_keys(article.lang)
    page.body = page.body.stream_block.to_python(
        [_stream_child(without_bank(block, held), article.source) for block in article.blocks]
    )


# From the page -------------------------------------------------------------------------------------------------------


def _block(kind: str, value: Any, position: int) -> Block[str]:
    common: dict[str, Any] = {"id": value["section_id"] or position_id(position), "title": value["title"] or None}
    if "before" in value:
        common |= {"before": _flow(value["before"]), "after": _flow(value["after"])}
    return _FROM_VALUE[BlockKind(kind)](value, common)


def _correction(page: PolicyArticlePage) -> Correction | None:
    if page.kind != ArticleKind.CORRECTION or not page.verdict:
        return None
    return Correction(page.claim, Verdict(page.verdict), page.truth, tuple(page.evidence))


# A form that is being filled in has blank lines, which no saved article can have: a preview draws what is there.


def _flow(stream: Iterable[Any]) -> Flow[str]:
    parts: list[Paragraph[str] | Bullets[str]] = []
    for child in stream:
        if child.block_type != "paragraph":
            if items := _written(child.value):
                parts.append(Bullets(items, ordered=child.block_type == "numbered"))
        elif child.value.strip():
            parts.append(Paragraph(child.value))
    return tuple(parts)


def _written(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(item for item in items if item.strip())


def _comparison(value: Any, common: dict[str, Any]) -> Comparison[str]:
    table = value["table"]
    return Comparison(
        header=tuple(column["heading"] for column in table.columns),
        rows=tuple(tuple(row["values"]) for row in table.row_data),
        **common,
    )


_FROM_VALUE: dict[BlockKind, Callable[[Any, dict[str, Any]], Block[str]]] = {
    BlockKind.PROSE: lambda value, common: Prose(body=_flow(value["body"]), **common),
    BlockKind.NOTICE: lambda value, common: Notice(body=_flow(value["body"]), **common),
    BlockKind.STORY: lambda value, common: Story(body=_flow(value["body"]), local=bool(value["local"]), **common),
    BlockKind.FIGURES: lambda value, common: Figures(
        figures=tuple(
            Figure(one["value"], one["label"]) for one in value["figures"] if _written((one["value"], one["label"]))
        ),
        **common,
    ),
    BlockKind.ELIGIBILITY: lambda value, common: Eligibility(items=_written(value["items"]), **common),
    BlockKind.STEPS: lambda value, common: Steps(items=_written(value["items"]), **common),
    BlockKind.COMPARISON: _comparison,
    BlockKind.QUESTIONS: lambda value, common: Questions(
        questions=tuple(
            Question(one["question"], _written(one["answer"]), ref=one["bank"] or "")
            for one in value["questions"]
            if one["bank"] or _written((one["question"], *one["answer"]))
        ),
        **common,
    ),
    BlockKind.PICTURE: lambda value, common: Pictured(picture=picture_of(value["picture"]), **common),
}


# To the page, as the JSON that a StreamField keeps -------------------------------------------------------------------


def _stream_child(block: Block[str], source: Path | None) -> dict[str, Any]:
    value: dict[str, Any] = {"section_id": block.id, "title": block.title or ""}
    name = block.id
    if not isinstance(block, Prose | Notice | Story):
        value |= {"before": _stream(block.before, f"{name}/before"), "after": _stream(block.after, f"{name}/after")}
    match block:
        case Prose() | Notice() | Story():
            value["body"] = _stream(block.body, f"{name}/body")
            if isinstance(block, Story):
                value["local"] = block.local
        case Figures():
            pairs = [{"value": one.value, "label": one.label} for one in block.figures]
            value["figures"] = _list(pairs, f"{name}/figures")
        case Eligibility() | Steps():
            value["items"] = _list(block.items, f"{name}/items")
        case Comparison():
            value["table"] = {
                "columns": [{"type": "text", "heading": heading} for heading in block.header],
                "rows": [{"values": list(row)} for row in block.rows],
                "caption": "",
            }
        case Questions():
            value["questions"] = _list(
                [
                    {
                        "bank": one.ref,
                        "question": one.question,
                        "answer": _list(one.answer, f"{name}/questions/{index}"),
                    }
                    for index, one in enumerate(block.questions)
                ],
                f"{name}/questions",
            )
        case Pictured():
            value["picture"] = picture_value(block.picture, source)
    return {"type": kind_of(block).value, "value": value, "id": _id(name)}


def _stream(flow: Flow[str], name: str) -> list[dict[str, Any]]:
    children = []
    for index, part in enumerate(flow):
        path = f"{name}/{index}"
        if isinstance(part, Paragraph):
            kind, value = "paragraph", part.text
        else:
            kind, value = ("numbered" if part.ordered else "bullets"), _list(part.items, path)
        children.append({"type": kind, "value": value, "id": _id(path)})
    return children


def _list(items: Iterable[Any], name: str) -> list[dict[str, Any]]:
    return [{"type": "item", "value": item, "id": _id(f"{name}[{index}]")} for index, item in enumerate(items)]


def _id(name: str) -> str:
    return str(uuid.uuid5(ID_SPACE, name))
