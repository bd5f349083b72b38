"""What a reviewer's screen shows of an article: its changed parts beside what was approved, and what they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cms.approval.authors import authors_of, names
from cms.approval.enums import State
from cms.approval.standing import Standing, standings
from cms.approval.units import texts_of
from cms.approval.words import Piece, difference, label_of
from cms.articles.text import current_book
from cms.production.dates import build_date
from render.errors import LoaError
from render.facts import print_fact
from render.inline import placeholders

_BRACES = re.compile(r"(\{\{[^{}]*\}\})")


@dataclass(frozen=True)
class Chip:
    """A fact as a part says it."""

    key: str
    label: str
    value: str
    source: str  # its article and clause of law
    pending: str  # a change of it that is proposed, in words; "" for none
    known: bool = True


@dataclass(frozen=True)
class Word:
    """Words of one line, or a fact in it."""

    op: str
    text: str
    chip: Chip | None = None


@dataclass(frozen=True)
class Card:
    """One part on the screen."""

    standing: Standing
    label: str
    old: list[list[Word]]
    new: list[list[Word]]
    facts: list[Chip]
    law: list[str]
    authors: list[str]
    own: bool  # who looks at it wrote it
    pairs: list[tuple[list[Word], list[Word]]] = field(default_factory=list)

    @property
    def only_form(self) -> bool:
        """The words are the same: a list was numbered, a picture exchanged."""
        return self.standing.state == State.CHANGED and all(
            word.op == "same" for line in (*self.old, *self.new) for word in line
        )


def cards(draft: Any, user: Any) -> tuple[list[Card], list[Card]]:
    """The parts that wait for a verdict, and those that are approved as they stand."""
    found = standings(draft)
    open_keys = [one.key for one in found if not one.is_approved]
    writers = authors_of(draft, open_keys)
    chips = _chips(found)
    waiting, done = [], []
    for one in found:
        (done if one.is_approved else waiting).append(_card(one, draft, user, writers.get(one.key, set()), chips))
    return waiting, done


def _card(one: Standing, draft: Any, user: Any, writers: set[int], chips: dict[str, Chip]) -> Card:
    before = list(texts_of(one.approved.content)) if one.approved and one.state != State.NEW else []
    now = list(one.unit.lines) if one.unit else []
    if one.is_approved or one.state == State.NEW:
        old, new = [], [[Piece("same", line)] for line in now]
    else:
        old, new = difference(before, now)
    keys = _keys((*before, *now))
    facts = [chips[key] for key in keys if key in chips]
    law = list(dict.fromkeys([*(fact.source for fact in facts if fact.source), *map(str, draft.legal)]))
    return Card(
        standing=one,
        label=label_of(one),
        old=[_words(line, chips) for line in old],
        new=[_words(line, chips) for line in new],
        facts=facts,
        law=law,
        authors=names(writers) if writers else [],
        own=user.pk in writers,
    )


def _words(line: list[Piece], chips: dict[str, Chip]) -> list[Word]:
    words = []
    for piece in line:
        for part in _BRACES.split(piece.text):
            if not part:
                continue
            keys = _keys([part]) if part.startswith("{{") else []
            words.append(Word(piece.op, part, chips.get(keys[0]) if keys else None))
    return words


def _keys(lines: Iterable[str]) -> list[str]:
    keys: dict[str, None] = {}
    for line in lines:
        try:
            keys |= dict.fromkeys(one.key for one in placeholders(line))
        except LoaError:  # what the form would have refused: shown as it is written
            continue
    return list(keys)


def _chips(found: list[Standing]) -> dict[str, Chip]:
    """Every fact that any part says, as it stands on the day of builds."""
    lines: list[str] = []
    for one in found:
        lines += one.unit.lines if one.unit else ()
        lines += texts_of(one.approved.content) if one.approved else ()
    keys = _keys(lines)
    if not keys:
        return {}
    facts = current_book()
    today = facts.on(build_date(facts))
    pending = _pending(keys)
    chips = {}
    for key in keys:
        fact = facts.facts.get(key)
        if fact is None:
            chips[key] = Chip(key, "", _("unknown"), "", "", known=False)
            continue
        try:
            resolved = today.get(key)
            value, source = print_fact(resolved), getattr(resolved, "source", "") or fact.source
        except LoaError:
            value, source = _("no value today"), fact.source
        chips[key] = Chip(key, fact.label, value, source, pending.get(key, ""))
    return chips


def _pending(keys: list[str]) -> dict[str, str]:
    from cms.facts.models import FactChange

    open_changes = FactChange.objects.filter(key__in=keys, status="proposed")
    return {one.key: str(one.get_kind_display()) for one in open_changes}
