"""Between the rows and the pipeline's `FactBook`."""

from __future__ import annotations

import hashlib

from django.db import transaction

from cms.facts.models import Demonstration, Fact, FactValue
from render.facts import Fact as RenderFact
from render.facts import FactBook, decimal_text
from render.formula import formula_keys, parse_formula


def book() -> FactBook:
    """Every fact of the site, as the pipeline knows them."""
    shown = Demonstration.objects.first()
    return FactBook(
        facts={row.key: row.as_fact() for row in Fact.objects.prefetch_related("values")},
        demonstration_on=shown.on if shown else None,
        demonstration_note=shown.note if shown else "",
    )


@transaction.atomic
def store_book(read: FactBook) -> list[str]:
    """Write the facts of a file into the site; the keys that were new or different.

    Facts that the file does not name stay.
    """
    known = {row.key: row for row in Fact.objects.prefetch_related("values")}
    changed = []
    for key, fact in read.facts.items():
        row = known.get(key)
        if row is not None and row.as_fact() == fact:
            continue
        changed.append(key)
        _store_fact(row or Fact(key=key), fact)
    Demonstration.objects.all().delete()
    if read.demonstration_on:
        Demonstration.objects.create(on=read.demonstration_on, note=read.demonstration_note)
    return changed


def _store_fact(row: Fact, fact: RenderFact) -> None:
    for name in ("label", "unit", "suffix", "formula", "source", "review_by"):
        setattr(row, name, getattr(fact, name))
    row.values = [
        FactValue(
            value=value.value if isinstance(value.value, str) else decimal_text(value.value),
            since=value.since,
            until=value.until,
            source=value.source,
            review_by=value.review_by,
            sort_order=order,
        )
        for order, value in enumerate(fact.values)
    ]
    row.save()


def dependents(facts: FactBook, key: str) -> set[str]:
    """A fact and all whose formulas stand on it, however far."""
    stands_on = {one.key: set(formula_keys(parse_formula(one.formula))) for one in facts.facts.values() if one.formula}
    found, waiting = {key}, [key]
    while waiting:
        current = waiting.pop()
        new = {one for one, keys in stands_on.items() if current in keys} - found
        found |= new
        waiting += new
    return found


def digest(fact: RenderFact) -> str:
    """What of a fact can change a product: everything but its label and where it stands."""
    said = (fact.key, fact.unit, fact.suffix, fact.formula, fact.review_by, fact.source, fact.values)
    return hashlib.sha256(repr(said).encode()).hexdigest()
