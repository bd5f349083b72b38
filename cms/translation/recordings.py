"""The recordings of a translation: which sentences each of its texts is read in, and how each of them stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from wagtail_localize.models import Translation

from cms.articles.adapter import article_of
from cms.articles.models import PolicyArticlePage
from cms.core.words import in_words
from cms.facts.books import book
from cms.production.dates import build_date
from cms.sound.approvals import approvals_of
from cms.sound.models import APPROVE
from cms.sound.sheets import Desk, desk_from, own_takes, row_of, state_of
from cms.sound.takes import folder_of
from cms.translation.memory import Kept, as_it_stands, problem_with, segments_in, shelf, source_of, target_of
from cms.translation.models import TranslationTask
from cms.translation.permissions import may_translate
from render.errors import LoaError
from render.inline import clean
from render.plan import Source
from render.products import Waiting
from render.resolve import sayer
from render.speech.recordings import Numbered
from render.speech.segments import sentences, written
from render.speech.takefiles import read_takes

_MARKS = " .!?…:;,。！？។"
_SHORTEST = 4  # letters that must be found in a longer sentence to say that it is read there


@dataclass(frozen=True)
class Spoken:
    """The sentences of a sheet by the path of the text they say; `other` are phrases that every bulletin has."""

    by_path: dict[str, list[Numbered]]
    other: list[Numbered]


def working_desk(task: TranslationTask, shelved: Translation | None = None) -> Desk | str:
    """The desk of the texts as they stand on the screen at this moment; in words why there is none."""
    shelved = shelved or shelf(task)
    model = task.content_type.model_class()
    source = source_of(task.key, model) if model else None
    if shelved is None or not isinstance(source, PolicyArticlePage):
        return ""
    try:
        article, translation = article_of(shelved.source.as_instance()), article_of(as_it_stands(shelved))
        takes = read_takes(folder_of(source.slug, task.tag, article.lang), task.tag)
        found = desk_from(
            source,
            Source(
                article,
                {task.tag: translation},
                {task.tag: takes} if takes else {},
                approvals_of(task.key),
            ),
            task.tag,
            published=bool((target := target_of(task)) and target.live and source.live),
        )
    except LoaError as error:
        return in_words(error)
    return found.words if isinstance(found, Waiting) else found


def spoken(desk: Desk, kept: Iterable[Kept]) -> Spoken:
    """Where each sentence of a sheet comes from: a text that is read as it is, else the longest one in it."""
    facts = book()
    resolve, _said = sayer(desk.lang, facts=facts, on=build_date(facts))
    said: dict[str, list[str]] = {}
    waiting = set()  # they say their source still
    for one in kept:
        try:
            said[one.path] = [_plain(written(piece)) for piece in sentences(resolve(one.target or one.source))]
        except LoaError:  # a figure that is gone: the desk tells of it
            continue
        if not one.target:
            waiting.add(one.path)
    places: dict[str, list[str]] = {}
    for path, texts in said.items():
        for text in texts:
            places.setdefault(text, []).append(path)
    by_path: dict[str, list[Numbered]] = {}
    other = []
    for line in desk.sheet.lines:
        words = _plain(line.line.text)
        paths = places.get(words)
        if not paths:
            within = [text for text in places if len(text) >= _SHORTEST and text in words]
            paths = places[max(within, key=len)][:1] if within else []
        for path in dict.fromkeys(path for path in paths if path not in waiting):
            by_path.setdefault(path, []).append(line)
        if not paths:
            other.append(line)
    return Spoken(by_path, other)


def recordings_of(task: TranslationTask, user: Any) -> dict[str, Any]:
    """Every sentence with its state and its sound, for the screen."""
    shelved = shelf(task)
    desk = working_desk(task, shelved)
    if shelved is None or not isinstance(desk, Desk):
        return {"problem": desk if isinstance(desk, str) else ""}
    found = spoken(desk, segments_in(shelved))
    own = own_takes(desk, user)
    records = may_translate(user, task.tag) and not problem_with(task.tag)
    signs = records and user.has_perm(APPROVE)
    rows = {one.line.key: _shown(desk, task, one, own, signs=signs) for one in desk.sheet.lines}
    return {
        "problem": "",
        "sheet": desk.sheet.code,
        "records": records,
        "counts": counts(desk),
        "segments": {path: [rows[one.line.key] for one in lines] for path, lines in found.by_path.items()},
        "other": [rows[one.line.key] for one in found.other],
    }


def counts(desk: Desk) -> dict[str, int]:
    """How many sentences there are, were read as they are now, and were signed off; how many changed since."""
    states = [state_of(one, desk.takes.of(one.line.text)) for one in desk.sheet.lines]
    return {
        "sentences": len(states),
        "recorded": sum(one not in ("missing", "changed") for one in states),
        "signed_off": states.count("good"),
        "changed": states.count("changed"),
    }


def recount_recordings(task: TranslationTask, shelved: Translation | None = None) -> None:
    """Write down how far a task is recorded; nothing is known of it while its text cannot be read aloud."""
    desk = working_desk(task, shelved)
    if not isinstance(desk, Desk):
        return
    found = counts(desk)
    task.sentences, task.recorded, task.signed_off = found["sentences"], found["recorded"], found["signed_off"]
    task.save(update_fields=["sentences", "recorded", "signed_off"])


def _shown(desk: Desk, task: TranslationTask, one: Numbered, own: Collection[str], *, signs: bool) -> Any:
    row = row_of(one, desk.takes.of(one.line.text), own)
    take = row["take"]
    return {
        "key": one.line.key,
        "number": one.number,
        "text": one.line.text,
        "said": row["said"],
        "before": one.before,
        "state": row["state"],
        "words": row["words"],
        "own": row["own"],
        "signable": signs and row["signable"],
        "take": take
        and {
            "sha256": take.sha256,
            "url": reverse("translation_take", args=[task.pk, take.sha256]),
            "speaker": take.speaker,
            "seconds": round(take.duration_s, 1),
            "heard": f"{take.heard.who}, {take.heard.on:%d/%m/%Y}" if take.heard else "",
            "warnings": list(take.warnings),
        },
    }


def _plain(text: str) -> str:
    return clean(text).casefold().strip(_MARKS)
