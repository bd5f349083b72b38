"""A talk as its speaker reads it: sentences with breathing marks, amounts and how they are said, times."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from render.article import Questions
from render.edition import Edition, Run, Runs
from render.phrases import phrase
from render.speech.fitting import Part
from render.speech.script import NATIONAL, bulletin_script, region_of
from render.speech.segments import (
    PARAGRAPH_PAUSE_S,
    Segment,
    estimated_s,
    segments,
    sentences,
    syllables,
    written,
)
from render.speech.spoken import Region, spoken_form
from render.steps import Step
from render.typeset.fonts import missing_letters
from render.typeset.photo import logo_needs
from render.typeset.sheet import sheet_step
from render.typeset.wording import bound

Json = dict[str, Any]

TEMPLATE = "talk.typ"
# People who read aloud to a hall say 3.3 to 3.8 syllables a second; elders are given the slower.
PACE = 3.3

# What the sheet says besides the talk.
PHRASES = {
    "kind": "Bản nói chuyện",
    "breath": "nghỉ lấy hơi",
    "stop": "dừng một nhịp",
    "said": "chữ nhỏ bên dưới: cách đọc",
    "asked": "Hỏi",
    "answered": "Đáp",
    "notes": "Bà con hỏi thêm, ghi lại đây để trả lời sau",
}

# What is set bold, and said under its sentence where reading it aloud is not plain.
_GAP = r"[ \u00a0]"
_AMOUNT = re.compile(
    rf"(?P<phone>(?<!\d)(?:1[89]00|0\d{{1,3}})(?:[ .\u00a0-]\d{{2,4}})+(?!\d))"
    rf"|(?P<law>\d+/\d{{4}}/[A-ZĐ][A-ZĐ0-9-]*)"
    rf"|(?P<date>(?<!\d)\d{{1,2}}/\d{{1,2}}/\d{{4}}|(?<!\d)\d{{1,2}}/\d{{4}})"
    rf"|(?P<money>\d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?(?:{_GAP}(?:đồng|đ)(?!\w))?)"
    rf"|(?P<share>\d+(?:,\d+)?(?:\u2060?[–-]\u2060?\d+(?:,\d+)?)?{_GAP}?%)"
    rf"|(?P<number>\d+(?:,\d+)?(?:\u2060?[–-]\u2060?\d+)?(?:{_GAP}(?:triệu|tỷ|nghìn|ngàn))?{_GAP}(?:đồng|tuổi|năm|tháng|ngày|giờ|lần|người)(?!\w))"
    rf"|(?P<letters>(?<!\w)[A-ZĐ]{{2,}}(?!\w))"
)
_PLAIN = {"number"}  # whoever reads says these without help

# Where a reader draws breath: after a mark, and in Vietnamese before some words where a clause runs on.
_CLAUSE = re.compile(r"(?<=[,;:–—])\s+|(?<=[，；：])")
_BEFORE = re.compile(r"(?<!trước)(?<!sau)(?<!từ)\s(?=(?:và|hoặc|thì|để|nếu|khi|nhưng|vì|trong|tại|kèm)\s)")
LONGEST_BREATH = 13  # syllables; a clause of more is parted where it can be
_SHORTEST_BREATH = 4
_SHORTEST_LISTED = 3


def talk_step(edition: Edition, qr: str) -> tuple[Step, tuple[str, ...]]:
    """The step that sets the talk of an edition, and what the editor should know."""
    sheet, warnings = sheet_step("set_pdf", TEMPLATE, edition, qr)
    talk, more = talk_data(edition)
    kept = ("id", "code", "qr", "title", "name", "topic", "since", "foot")
    data = {**{name: sheet.inputs["data"][name] for name in kept}, "talk": talk}
    made = Step(
        run="render.typeset.flowing:set_flowing",
        inputs={**sheet.inputs, "data": data},
        needs=logo_needs(edition),
        files=sheet.files,
        libraries=sheet.libraries,
    )
    return made, tuple(dict.fromkeys((*warnings, *more)))


def talk_data(edition: Edition) -> tuple[Json, tuple[str, ...]]:
    """The talk as the template draws it: its sections, their times, their sentences; and what is not translated."""
    lang, untranslated = edition.lang, list[str]()

    def fixed(text: str, **values: str) -> Json:
        found = phrase(lang, text, **values)
        if not found.translated:
            untranslated.append(text)
        return {"t": bound(found.text), "vi": not found.translated or lang == "vi"}

    script = bulletin_script(edition, slot_s=math.inf)
    region = region_of(edition.office)
    asked = {
        written(piece)
        for block in edition.blocks
        if isinstance(block, Questions)
        for one in block.questions
        for piece in sentences(one.question)
    }
    headings = [edition.title, *(block.title for block in edition.blocks if block.title)]
    titles = {_bare(written(heading)) for heading in headings}
    body = _grouped(edition, script.body)
    greeting = _opening(edition, script.opening, region)
    while body and body[0][0] == "Mở đầu":  # that it is a demonstration, which a bulletin says after its greeting
        greeting += body.pop(0)[1]
    groups = [
        ("Mở đầu", greeting),
        *body,
        ("Kết thúc", [segment for part in script.closing for segment in part.segments]),
    ]
    sections: list[Json] = []
    number = 0
    for name, told in groups:
        if not told:
            continue
        framing = name in ("Mở đầu", "Kết thúc")
        number += 0 if framing else 1
        headed = not framing and _bare(told[0].text) in titles
        sections.append(
            {
                "number": None if framing else number,
                "label": fixed(name) if framing else None,
                "title": bound(told[0].text) if headed else None,
                "name": None if headed or framing else bound(name),
                "time": _time(estimated_s(told, PACE), fixed),
                "lines": [_line(segment, asked, lang, region) for segment in (told[1:] if headed else told)],
            }
        )
    total = estimated_s((segment for _, told in groups for segment in told), PACE)
    lines = [line for section in sections for line in section["lines"]]
    unused = set() if any(line["kind"] == "ask" for line in lines) else {"asked", "answered"}
    unused |= set() if any(line["said"] for line in lines) else {"said"}
    data = {
        **{name: fixed(text) for name, text in PHRASES.items() if name not in unused},
        "time": _time(total, fixed),
        "whole": fixed("Đọc hết khoảng"),
        "sections": sections,
    }
    return data, tuple(f"“{text}” chưa có bản dịch, in bằng tiếng Việt" for text in dict.fromkeys(untranslated))


def _opening(edition: Edition, opening: Sequence[Part], region: Region) -> list[Segment]:
    """The bulletin's greeting, then who speaks of what, as one says it standing before people."""
    office = edition.office.name if edition.office else NATIONAL
    greeting = [segment for part in opening[:1] for segment in part.segments[:1]]
    told = (
        phrase(edition.lang, "Hôm nay, tôi xin nói về một việc cần biết."),
        phrase(edition.lang, "Nội dung này do {office} biên soạn.", office=office),
    )
    lines: list[Runs] = [(Run(one.text),) for one in told if one.translated]
    made = [
        segment
        for line in lines
        for segment in segments(line, edition.facts, lang=edition.lang, region=region, last_pause_s=0.5)
    ]
    if made:
        made[-1] = dataclasses.replace(made[-1], pause_after_s=PARAGRAPH_PAUSE_S)
    return [*greeting, *made]


def _grouped(edition: Edition, body: Iterable[Part]) -> list[tuple[str, list[Segment]]]:
    """Parts of one block together: each question is a part by itself, a talk asks them in one section."""
    questions = [written(block.title) for block in edition.blocks if isinstance(block, Questions) and block.title]

    def section(part: Part) -> str:
        return next((title for title in questions if part.name.startswith(f"{title}: ")), part.name)

    return [
        (name, [segment for part in parts for segment in part.segments])
        for name, parts in itertools.groupby(body, key=section)
    ]


def _line(segment: Segment, asked: set[str], lang: str, region: Region) -> Json:
    text = bound(segment.text)
    return {
        "kind": "ask" if segment.text in asked else "say",
        "parts": _parts(text, lang),
        "said": _said(text, segment.spoken, lang, region),
        "end": segment.pause_after_s >= PARAGRAPH_PAUSE_S,
    }


def _parts(text: str, lang: str) -> list[Json]:
    """A sentence as stretches of one breath, each of plain and bold pieces; a mark goes between them."""
    breaths = [piece for clause in _CLAUSE.split(text) for piece in (_breaths(clause) if lang == "vi" else [clause])]
    return [{"pieces": _pieces(breath)} for breath in _joined([one for one in breaths if one.strip()])]


def _joined(breaths: list[str]) -> list[str]:
    """Breaths of a word or two go with the next; what leads to something, before a colon, stands."""
    made: list[str] = []
    for breath in breaths:
        if made and syllables(made[-1]) < _SHORTEST_LISTED and not made[-1].endswith((":", "：")):
            made[-1] = _with(made[-1], breath)
        else:
            made.append(breath)
    if len(made) > 1 and syllables(made[-1]) < _SHORTEST_LISTED and not made[-2].endswith((":", "：")):
        made[-2:] = [_with(made[-2], made[-1])]
    return made


def _with(one: str, next_one: str) -> str:
    return one + next_one if one.endswith(("，", "；", "：")) else f"{one} {next_one}"


def _breaths(clause: str) -> list[str]:
    if syllables(clause) <= LONGEST_BREATH:
        return [clause]
    cuts = [found.start() for found in _BEFORE.finditer(clause)]
    cuts = [cut for cut in cuts if min(syllables(clause[:cut]), syllables(clause[cut:])) >= _SHORTEST_BREATH]
    if not cuts:
        return [clause]
    cut = min(cuts, key=lambda at: abs(at - len(clause) / 2))
    return [*_breaths(clause[:cut]), *_breaths(clause[cut + 1 :])]


def _pieces(text: str) -> list[Json]:
    pieces: list[Json] = []
    at = 0
    for found in _AMOUNT.finditer(text):
        if found.lastgroup == "letters":
            continue
        if found.start() > at:
            pieces.append({"t": text[at : found.start()]})
        pieces.append({"t": found[0].replace(" ", "\u00a0"), "b": True})
        at = found.end()
    if at < len(text):
        pieces.append({"t": text[at:]})
    return pieces


def _said(text: str, spoken: str, lang: str, region: Region) -> list[Json]:
    """How the amounts of a sentence are said, as its voice says them; each once."""
    heard = _bare(spoken)
    told: dict[str, str] = {}
    for found in _AMOUNT.finditer(text):
        if found.lastgroup in _PLAIN:
            continue
        amount = found[0].replace("\u00a0", " ").replace("\u2060", "")
        said = spoken_form(amount, lang, region)
        if _bare(said) not in heard and said.startswith("ngày "):
            said = said.removeprefix("ngày ")
        if said != amount and _bare(said) in heard and not missing_letters(said, lang):
            told[amount] = said
    return [{"t": bound(amount), "s": said} for amount, said in told.items()]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.replace("\u2060", "")).strip().casefold()


def _time(seconds: float, fixed: Callable[..., Json]) -> Json:
    """A time to plan with: to the next ten seconds, from a minute on to the next half."""
    if seconds < 60:
        return fixed("{s} giây", s=str(max(10, math.ceil(seconds / 10) * 10)))
    halves = math.ceil(seconds / 30)
    minutes, half = divmod(halves, 2)
    return fixed("{m} phút {s} giây", m=str(minutes), s="30") if half else fixed("{m} phút", m=str(minutes))
