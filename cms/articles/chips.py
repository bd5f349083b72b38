"""What an editor sees of a fact inside a text: its value today, since when, why, and what it becomes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from cms.articles.text import current_book
from cms.core.words import in_words
from cms.facts.enums import ChangeStatus
from cms.facts.models import FactChange
from cms.production.dates import build_date
from render.errors import FactError
from render.facts import Fact, FactBook, FactValue, ResolvedFact, print_fact
from render.phrases import vietnamese_date


def chip(facts: FactBook, key: str, on: dt.date | None = None) -> dict[str, Any]:
    """One fact on the day of builds, or on another: `value` as it is printed, or `problem` why it has none."""
    day = on or build_date(facts)
    known = facts.facts.get(key)
    shown: dict[str, Any] = {"key": key, "label": known.label if known else "", "value": ""}
    try:
        resolved = facts.on(day).get(key)
    except FactError as error:
        words = in_words(error)
        return shown | {"problem": words, "about": words}
    assert known is not None
    shown |= {
        "value": print_fact(resolved),
        "since": vietnamese_date(resolved.since) if resolved.since else "",
        "basis": resolved.source,
        "next": "" if on else _next(facts, known, resolved, day),
        "pending": "" if on else pending_changes().get(key, ""),
    }
    return shown | {"about": _about(shown)}


def chips() -> dict[str, dict[str, Any]]:
    """Every fact of the site, by key."""
    facts = current_book()
    return {key: chip(facts, key) for key in facts.facts}


def pending_changes() -> dict[str, str]:
    """What is proposed and nobody has approved yet, by key: "đang chờ duyệt: 550.000 đồng từ 01/01/2027"."""
    found: dict[str, str] | None = cache.get("articles.pending")
    if found is None:
        said: dict[str, list[str]] = {}
        for change in FactChange.objects.filter(status=ChangeStatus.PROPOSED).select_related("fact").order_by("pk"):
            said.setdefault(change.key, []).append(_proposed(change))
        found = {key: _("awaiting approval: %(what)s") % {"what": "; ".join(all_)} for key, all_ in said.items()}
        cache.set("articles.pending", found, 1)
    return found


def _proposed(change: FactChange) -> str:
    unit = change.proposed.get("unit") or (change.fact.unit if change.fact else "")
    suffix = change.proposed.get("suffix") or (change.fact.suffix if change.fact else "")
    try:
        values = change.new_values(unit)
    except FactError:  # a proposal that the reviewer will be told is wrong
        values = ()
    said = []
    for one in values:
        if one.value == "":
            continue
        words = print_fact(ResolvedFact(change.key, change.label, unit, one.value, one.since, suffix=suffix))
        since = vietnamese_date(one.since) if one.since else ""
        said.append(_("%(value)s from %(date)s") % {"value": words, "date": since} if since else words)
    return ", ".join(said) or str(change.get_kind_display())


def _about(shown: dict[str, Any]) -> str:
    parts = [shown["label"]]
    if shown["since"]:
        parts.append(_("since %(date)s") % {"date": shown["since"]})
    parts += [shown[name] for name in ("basis", "next", "pending") if shown[name]]
    return " · ".join(parts)


def _next(facts: FactBook, fact: Fact, today: ResolvedFact, day: dt.date) -> str:
    """The first change that is known of: "600.000 đồng từ 01/7/2026"; "" for none."""
    stands_on = [facts.facts[key] for key in (fact.key, *today.inputs)]
    begins = sorted({one.since for each in stands_on for one in each.values if one.since and one.since > day})
    for since in begins:
        try:
            then = facts.on(since).get(fact.key)
        except FactError:
            continue
        if then.value != today.value:
            return _("%(value)s from %(date)s") % {"value": print_fact(then), "date": vietnamese_date(since)}
    if ends := [one.until for each in stands_on if (one := _holding(each, day)) and one.until]:
        return _("no value is known after %(date)s") % {"date": vietnamese_date(min(ends))}
    return ""


def _holding(fact: Fact, day: dt.date) -> FactValue | None:
    found = [one for one in fact.values if (one.since or day) <= day <= (one.until or day)]
    following = [one for one in fact.values if one.since and one.since > day]
    return found[0] if found and not following else None
