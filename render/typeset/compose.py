"""From an edition to a sheet: the JSON that templates draw, with the decisions of sense already made.

Here numbers are parted from their units, comparisons become bars where they can, steps get their short names, and
spaces that may not break are set. What depends on measured type (line breaks, sizes, pages) is the template's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from render.article import (
    Block,
    Bullets,
    Comparison,
    Eligibility,
    Figures,
    Flow,
    Notice,
    Pictured,
    Priority,
    Prose,
    Questions,
    Section,
    Steps,
    Story,
)
from render.edition import Edition, Run, Runs
from render.phrases import phrase, vietnamese_date
from render.typeset.figures import bars, cell_number, figure
from render.typeset.photo import picture_data
from render.typeset.pictograms import pictogram
from render.typeset.wording import bound, grouped, plain, runs_json, titled

Json = dict[str, Any]

# What the products print besides the article; the Vietnamese text is the message id of locales/<tag>/loa.po.
PHRASES = {
    "since": "Từ {date}",
    "applies": "Số liệu áp dụng từ {date}",
    "sources": "Căn cứ: {sources}",
    "ask": "Hỏi cán bộ xã hoặc gọi tổng đài",
    "scan": "Quét mã để biết tờ này còn đúng không",
    "remember": "Điều cần nhớ",
    "more": "Quét mã để đọc thêm",
    "further": "… và {n} điều nữa: quét mã",
    "email": "Thư điện tử: {email}",
    "address": "Địa chỉ: {address}",
}

# Of these it is the layout that says whether they are printed: its step reports them where they are, in Vietnamese.
AS_LAID_OUT = frozenset({"remember", "more", "further"})


def in_vietnamese(phrase: str) -> str:
    """What the editor is told of a fixed phrase without a translation."""
    return f"“{phrase}” chưa có bản dịch, in bằng tiếng Việt"


def sheet(edition: Edition, *, qr: str) -> tuple[Json, tuple[str, ...]]:
    """What a template draws of an edition, and what the editor should know (phrases shown in Vietnamese)."""
    lang, untranslated = edition.lang, list[str]()

    def fixed(name: str, **values: str) -> Json:
        found = phrase(lang, PHRASES[name], **values)
        if not found.translated and name not in AS_LAID_OUT:
            untranslated.append(PHRASES[name])
        return {"t": bound(found.text), "vi": not found.translated or lang == "vi"}

    since = vietnamese_date(edition.applies_from) if edition.applies_from else ""
    hero, blocks = _hero(edition.blocks)
    office, urgent = edition.office, edition.priority is Priority.URGENT
    data: Json = {
        "id": edition.id,
        "code": grouped(edition.id),
        "qr": qr,
        "title": titled(plain(edition.title)) if lang == "vi" else bound(plain(edition.title)),
        "name": plain(edition.title),
        "summary": runs_json(edition.summary),
        "topic": edition.topic,
        "since": fixed("since", date=since) if since else None,
        "urgent": urgent,
        "hero": hero,
        "picture": picture_data(edition.picture) if edition.picture else None,
        "blocks": [{**made, "rank": _rank(made, urgent)} for made in (_block(block, lang) for block in blocks)],
        "foot": {
            "ask": fixed("ask"),
            "hotline": bound(edition.hotline),
            "scan": fixed("scan"),
            "applies": fixed("applies", date=since) if since else None,
            "sources": fixed("sources", sources="; ".join(bound(one) for one in edition.legal))
            if edition.legal
            else None,
            "note": bound(edition.note),
            "office": None
            if office is None
            else {
                "name": office.name,
                "address": fixed("address", address=office.address) if office.address else None,
                "email": fixed("email", email=office.email) if office.email else None,
                "logo": picture_data(office.logo) if office.logo else None,
            },
        },
        "remember": fixed("remember"),
        "more": fixed("more"),
        "further": fixed("further", n="{n}"),
    }
    warnings = tuple(in_vietnamese(text) for text in dict.fromkeys(untranslated))
    return data, warnings


def _flow(flow: Flow[Runs]) -> list[Json]:
    return [
        {"list": [runs_json(item) for item in part.items], "ordered": part.ordered}
        if isinstance(part, Bullets)
        else {"p": runs_json(part.text)}
        for part in flow
    ]


def _hero(blocks: Sequence[Block[Runs]]) -> tuple[Json | None, list[Block[Runs]]]:
    """The one big number with its companions, and the blocks that are left for the sheet's body."""
    for index, block in enumerate(blocks):
        if isinstance(block, Figures) and block.figures:
            first, rest = block.figures[0], block.figures[1:]
            # Words fill the field by themselves: their companions stand in the body, as more than three do.
            beside = rest if len(rest) <= 3 and not figure(first).get("words") else ()
            left = [*blocks[:index], *blocks[index + 1 :]]
            remains: list[Block[Runs]] = []
            if len(rest) > len(beside):
                remains.append(replace(block, figures=rest))
            elif block.before or block.after:
                remains.append(Prose(id=block.id, title=None, body=(*block.before, *block.after), line=block.line))
            hero = {**figure(first), "beside": [figure(one) for one in beside], "id": block.id}
            return hero, left[:index] + remains + left[index:]
    return None, list(blocks)


def _block(block: Block[Runs], lang: str) -> Json:
    data: Json = {
        "id": block.id,
        "title": _title(block),
        "before": _flow(block.before),
        "after": _flow(block.after),
        "length": _length(block),
    }
    match block:
        case Figures():
            return {**data, "kind": "figures", "items": [figure(one) for one in block.figures]}
        case Eligibility():
            return {**data, "kind": "eligibility", "items": [runs_json(item) for item in block.items]}
        case Comparison():
            drawn = bars(block)
            return {
                **data,
                "kind": "comparison",
                "header": [runs_json(cell) for cell in block.header],
                "rows": [[runs_json(cell) for cell in row] for row in block.rows],
                "numeric": [
                    bool(block.rows)
                    and all(
                        cell_number(plain(row[column])) or plain(row[column]).strip() in {"", "–", "—"}
                        for row in block.rows
                    )
                    for column in range(len(block.header))
                ],
                "bars": drawn,
            }
        case Steps():
            items = [_step(item) for item in block.items]
            icons = [pictogram(item) for item in block.items] if lang == "vi" else []
            if icons and all(icons) and len(set(icons)) == len(icons):
                items = [{**item, "icon": icon} for item, icon in zip(items, icons, strict=True)]
            return {**data, "kind": "steps", "items": items, "first": 1}
        case Questions():
            asked = [
                {"q": runs_json(one.question), "a": [runs_json(text) for text in one.answer]} for one in block.questions
            ]
            return {**data, "kind": "questions", "items": asked}
        case Notice():
            return {**data, "kind": "notice", "body": _flow(block.body)}
        case Story():
            return {**data, "kind": "story", "body": _flow(block.body)}
        case Prose():
            return {**data, "kind": "prose", "body": _flow(block.body)}
        case Pictured():
            return {**data, "kind": "picture", "picture": picture_data(block.picture)}


def _rank(made: Json, urgent: bool) -> int:
    """Which block a picture takes first when not all fit: what changed, who, how, then the rest."""
    match made["kind"]:
        case "comparison":
            return 1 if made["bars"] else 4
        case "notice":
            return 0 if urgent else 6
        case "figures":
            return 2
        case "eligibility":
            return 3
        case "steps":
            return 1 if urgent else 2
        case "prose":
            return 5
        case "questions":
            return 7
        case _:
            return 8


def _title(block: Section[Runs]) -> str | None:
    text = bound(plain(block.title)).strip() if block.title else ""
    return text or None


def _length(block: Block[Runs]) -> int:
    """The characters a block prints: an estimate of its height before any is measured."""

    def of(value: object) -> int:
        if isinstance(value, Run):
            return len(value.text)
        if isinstance(value, tuple):
            return sum(of(inner) for inner in value)
        return sum(
            of(getattr(value, name))
            for name in getattr(value, "__dataclass_fields__", ())
            if name not in {"id", "line"}
        )

    return of(block)


def _step(item: Runs) -> Json:
    """A step's short name, where it opens in bold, and the rest."""
    runs = list(item)
    name: list[Run] = []
    while runs and (runs[0].strong or (name and not runs[0].text.strip())):
        name.append(runs.pop(0))
    if not name or not plain(runs).strip():
        return {"head": None, "body": runs_json(item)}
    head = [replace(run, strong=False) for run in name]
    head[-1] = replace(head[-1], text=head[-1].text.rstrip().rstrip(".:"))
    if runs:
        runs[0] = replace(runs[0], text=runs[0].text.lstrip(" \u00a0:–—"))
    return {"head": runs_json(tuple(head)), "body": runs_json(tuple(runs))}
