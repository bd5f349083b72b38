"""An edition: an article in one language, on one date, for one office, every fact resolved."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from render.article import (
    Article,
    Block,
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
    Priority,
    Prose,
    Question,
    Questions,
    Steps,
    Story,
    Verdict,
)
from render.blocks import kind_of

if TYPE_CHECKING:
    from render.facts import FactBook


@dataclass(frozen=True)
class Run:
    """A stretch of text of one style. `fact` is the key of the fact it prints, "" for written text."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str = ""
    fact: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Office:
    """A province or commune with its contact block. Empty strings are unknown and not printed."""

    code: str  # "66" a province, "66.24133" a commune of it
    name: str  # "Bảo hiểm xã hội tỉnh Đắk Lắk"
    unit: str  # "Tỉnh Đắk Lắk"
    kind: str  # tinh, thanh-pho, xa, phuong, dac-khu
    address: str = ""
    hotline: str = ""  # empty: the national one is printed
    email: str = ""
    logo: Picture | None = None
    stories: tuple[tuple[str, str], ...] = ()  # language tag, Markdown; () in an edition: it stands among its blocks


@dataclass(frozen=True)
class SaidFact:
    """A fact as an edition says it: its value, how it is printed, and since when it holds."""

    key: str
    unit: str  # money, percent, age, years, months, days, number, date, phone, email
    value: str  # the exact value: a decimal string, an ISO date, or the text of a phone number or address
    printed: str  # "500.000 đồng"
    since: dt.date | None
    asked: dt.date | None = None  # the date of `{{ key @date }}`, None for the edition's own
    suffix: str = ""  # the Vietnamese unit words of a `number`: "ngày làm việc"
    label: str = ""  # what it is, in Vietnamese


@dataclass(frozen=True)
class SaidCorrection:
    """What an edition corrects: for whoever tells machines of it, as the page does. Readers see it as a notice."""

    claim: Runs
    verdict: Verdict
    truth: Runs
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edition:
    """What templates and voices receive. Nothing in it is looked up again later.

    `id` is twelve characters of Crockford's base 32, a hash of everything below; it is what the QR
    code says and what is printed beneath it (in groups of four).
    """

    id: str
    slug: str
    lang: str
    title: Runs
    summary: Runs
    topic: str
    blocks: tuple[Block[Runs], ...]
    facts: tuple[SaidFact, ...]
    audiences: tuple[int, ...]
    legal: tuple[str, ...]
    priority: Priority
    applies_from: dt.date | None  # "Số liệu áp dụng từ …"
    hotline: str  # the office's, else the national one
    office: Office | None
    note: str  # "Bản minh họa – số liệu tại 01/9/2025"; "" for a real one
    in_force: dt.date | None = None
    campaign: str = ""  # a theme of the brand
    picture: Picture | None = None  # with its digest and its pixels
    say: tuple[tuple[str, str], ...] = ()  # words of this article, and how they are said
    voice: str = ""  # who speaks it, where the article says so
    source: Edition | None = None  # what it translates; only an edition that prints both texts holds it
    correction: SaidCorrection | None = None
    # The last day of use. It stands on no product: to set it changes no edition, and nothing is made again.
    valid_until: dt.date | None = field(default=None, compare=False)

    def as_data(self) -> dict[str, Any]:
        """The edition as JSON data: what a step's inputs and a template hold.

        Text is a list of runs `{"t": text}` with `"b"`, `"i"` (true), `"u"` (address) and `"f"` (fact key) where
        they apply; a correction is `{"claim": runs, "verdict", "truth": runs, "evidence": [address…]}`;
        a block is `{"kind": …, "id": …, "title": runs | null, "before": flow, "after": flow, …}`
        with its own fields; a picture is `{"alt", "credit", "focus", "digest", "width_px", "height_px"}`; running
        text is `{"kind": "paragraph", "text": runs}` and
        `{"kind": "bullets", "items": [runs…], "ordered": …}`; dates are ISO strings.
        """
        # An edition of one text keeps the id it has without a word about sources; so does one that corrects nothing.
        beside = {"source": self.source.as_data()} if self.source else {}
        beside |= {"correction": _correction_data(self.correction)} if self.correction else {}
        return beside | {
            "id": self.id,
            "slug": self.slug,
            "lang": self.lang,
            "title": runs_data(self.title),
            "summary": runs_data(self.summary),
            "topic": self.topic,
            "blocks": [block_data(block) for block in self.blocks],
            "facts": [_record(fact) for fact in self.facts],
            "audiences": list(self.audiences),
            "legal": list(self.legal),
            "priority": str(self.priority),
            "applies_from": _iso(self.applies_from),
            "hotline": self.hotline,
            "office": office_data(self.office) if self.office else None,
            "note": self.note,
            "in_force": _iso(self.in_force),
            "campaign": self.campaign,
            "picture": _picture_data(self.picture) if self.picture else None,
            "say": [list(pair) for pair in self.say],
            "voice": self.voice,
        }


def make_edition(
    article: Article, *, source: Article | None = None, facts: FactBook, on: dt.date, office: Office | None = None
) -> Edition:
    """The edition of an article on a date, for an office; see `render.resolve`."""
    from render.resolve import make_edition as make  # the resolver stands on this module

    return make(article, source=source, facts=facts, on=on, office=office)


def plain(runs: Runs) -> str:
    """The words of runs, without their style."""
    return "".join(run.text for run in runs)


def beside(edition: Edition, source: Edition) -> Edition:
    """A translation's edition that prints its source too: another sheet, under an id of its own."""
    return with_edition_id(dataclasses.replace(edition, source=source))


def with_edition_id(edition: Edition) -> Edition:
    """The same edition under the id that its content gives it."""
    data = edition.as_data()
    del data["id"]
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return dataclasses.replace(edition, id=_crockford(hashlib.sha256(text.encode()).digest())[:12])


_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def _crockford(digest: bytes) -> str:
    return base64.b32encode(digest).decode().rstrip("=").translate(_CROCKFORD)


# To JSON


def runs_data(runs: Runs) -> list[dict[str, Any]]:
    """Runs as JSON data."""
    marks = ((run, {"b": run.strong, "i": run.emphasis, "u": run.href, "f": run.fact}) for run in runs)
    return [{"t": run.text} | {name: value for name, value in mark.items() if value} for run, mark in marks]


def block_data(block: Block[Runs]) -> dict[str, Any]:
    """A block as JSON data."""
    data: dict[str, Any] = {
        "kind": str(kind_of(block)),
        "id": block.id,
        "title": None if block.title is None else runs_data(block.title),
        "before": _flow_data(block.before),
        "after": _flow_data(block.after),
    }
    match block:
        case Prose(body=body) | Notice(body=body) | Story(body=body):
            data["body"] = _flow_data(body)
        case Figures(figures=figures):
            data["figures"] = [{"value": runs_data(one.value), "label": runs_data(one.label)} for one in figures]
        case Eligibility(items=items) | Steps(items=items):
            data["items"] = [runs_data(item) for item in items]
        case Comparison(header=header, rows=rows):
            data["header"] = [runs_data(cell) for cell in header]
            data["rows"] = [[runs_data(cell) for cell in row] for row in rows]
        case Questions(questions=questions):
            data["questions"] = [
                {"question": runs_data(one.question), "answer": [runs_data(text) for text in one.answer]}
                for one in questions
            ]
        case Pictured(picture=picture):
            data["picture"] = _picture_data(picture)
    return data


def _correction_data(correction: SaidCorrection) -> dict[str, Any]:
    return {
        "claim": runs_data(correction.claim),
        "verdict": str(correction.verdict),
        "truth": runs_data(correction.truth),
        "evidence": list(correction.evidence),
    }


def _correction_from_data(data: Mapping[str, Any]) -> SaidCorrection:
    return SaidCorrection(
        runs_from_data(data["claim"]),
        Verdict(data["verdict"]),
        runs_from_data(data["truth"]),
        tuple(data["evidence"]),
    )


def _picture_data(picture: Picture) -> dict[str, Any]:
    return {
        "alt": picture.alt,
        "credit": picture.credit,
        "focus": list(picture.focus),
        "digest": picture.digest,
        "width_px": picture.width_px,
        "height_px": picture.height_px,
    }


def _picture_from_data(data: Mapping[str, Any]) -> Picture:
    return Picture(**{**data, "file": "", "focus": tuple(data["focus"])})


def _flow_data(flow: Flow[Runs]) -> list[dict[str, Any]]:
    return [
        {"kind": "paragraph", "text": runs_data(part.text)}
        if isinstance(part, Paragraph)
        else {"kind": "bullets", "items": [runs_data(item) for item in part.items], "ordered": part.ordered}
        for part in flow
    ]


def office_data(office: Office) -> dict[str, Any]:
    """An office's contact block as JSON data; its logo as other pictures."""
    fields = {name: getattr(office, name) for name in ("code", "name", "unit", "kind", "address", "hotline", "email")}
    return {**fields, "logo": _picture_data(office.logo) if office.logo else None}


def _office_from_data(data: Mapping[str, Any]) -> Office:
    return Office(**{**data, "logo": _picture_from_data(data["logo"]) if data["logo"] else None})


def _record(record: SaidFact) -> dict[str, Any]:
    data = dataclasses.asdict(record)
    return {key: _iso(value) if isinstance(value, dt.date) else value for key, value in data.items()}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


# From JSON


def edition_from_data(data: Mapping[str, Any]) -> Edition:
    """The inverse of `Edition.as_data`; lines are not kept."""
    office = data["office"]
    return Edition(
        id=data["id"],
        slug=data["slug"],
        lang=data["lang"],
        title=runs_from_data(data["title"]),
        summary=runs_from_data(data["summary"]),
        topic=data["topic"],
        blocks=tuple(block_from_data(block) for block in data["blocks"]),
        facts=tuple(_fact_from_data(fact) for fact in data["facts"]),
        audiences=tuple(data["audiences"]),
        legal=tuple(data["legal"]),
        priority=Priority(data["priority"]),
        applies_from=_day(data["applies_from"]),
        hotline=data["hotline"],
        office=_office_from_data(office) if office else None,
        note=data["note"],
        in_force=_day(data["in_force"]),
        campaign=data["campaign"],
        picture=_picture_from_data(data["picture"]) if data["picture"] else None,
        say=tuple((word, said) for word, said in data["say"]),
        voice=data["voice"],
        source=edition_from_data(data["source"]) if "source" in data else None,
        correction=_correction_from_data(data["correction"]) if "correction" in data else None,
    )


def runs_from_data(data: list[dict[str, Any]]) -> Runs:
    """The inverse of `runs_data`."""
    return tuple(
        Run(run["t"], run.get("b", False), run.get("i", False), run.get("u", ""), run.get("f", "")) for run in data
    )


def block_from_data(data: Mapping[str, Any]) -> Block[Runs]:
    """The inverse of `block_data`."""
    common: dict[str, Any] = {
        "id": data["id"],
        "title": None if data["title"] is None else runs_from_data(data["title"]),
        "before": _flow_from_data(data["before"]),
        "after": _flow_from_data(data["after"]),
    }
    match data["kind"]:
        case "prose":
            return Prose(body=_flow_from_data(data["body"]), **common)
        case "notice":
            return Notice(body=_flow_from_data(data["body"]), **common)
        case "story":
            return Story(body=_flow_from_data(data["body"]), **common)
        case "figures":
            figures = tuple(
                Figure(runs_from_data(one["value"]), runs_from_data(one["label"])) for one in data["figures"]
            )
            return Figures(figures=figures, **common)
        case "eligibility":
            return Eligibility(items=_all_runs(data["items"]), **common)
        case "steps":
            return Steps(items=_all_runs(data["items"]), **common)
        case "comparison":
            rows = tuple(_all_runs(row) for row in data["rows"])
            return Comparison(header=_all_runs(data["header"]), rows=rows, **common)
        case "questions":
            questions = tuple(
                Question(runs_from_data(one["question"]), _all_runs(one["answer"])) for one in data["questions"]
            )
            return Questions(questions=questions, **common)
        case "picture":
            return Pictured(picture=_picture_from_data(data["picture"]), **common)
        case kind:
            raise ValueError(f"no kind of block is called {kind!r}")


def _flow_from_data(data: list[dict[str, Any]]) -> Flow[Runs]:
    return tuple(
        Paragraph(runs_from_data(part["text"]))
        if part["kind"] == "paragraph"
        else Bullets(_all_runs(part["items"]), part["ordered"])
        for part in data
    )


def _all_runs(data: list[list[dict[str, Any]]]) -> tuple[Runs, ...]:
    return tuple(runs_from_data(runs) for runs in data)


def _fact_from_data(data: Mapping[str, Any]) -> SaidFact:
    return SaidFact(**{**data, "since": _day(data["since"]), "asked": _day(data["asked"])})


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
