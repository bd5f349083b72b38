"""Facts take effect: what says a changed one is built anew, at once or on its day, with the reason in words."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from cms.facts.books import book, book_as_known, dependents, newsroom_day, particulars_on, write_particulars
from cms.facts.enums import ChangeStatus
from cms.facts.impact import Impact, impact_between
from cms.facts.models import FactChange, FactDay
from cms.facts.says import printed, resolve, said_alike
from render.facts import FactsOnDate
from render.inline import Placeholder
from render.phrases import vietnamese_date

_log = logging.getLogger(__name__)
_LONGEST_REASON = 300  # of a build, and of what readers of a withdrawn sheet are told


def take_effect() -> int:
    """What the worker looks for every minute: has a day come on which facts say something else? How many builds.

    Days on which no worker ran are caught up with. All of it is one transaction: whoever is killed has done
    nothing, and whoever comes second finds nothing to do.
    """
    today = newsroom_day()
    if FactDay.objects.filter(on=today).exists() and not _due(today).exists():
        return 0
    with transaction.atomic():
        return _turn_to(today)


def _turn_to(today: dt.date) -> int:
    from cms.audit.log import record

    row = FactDay.objects.select_for_update().order_by("pk").first()
    due = list(_due(today).select_for_update(of=("self",)).select_related("fact"))
    if row is not None and row.on == today and not due:
        return 0  # somebody else was faster
    days = [change.effective_on for change in due if change.effective_on]
    last = row.on if row is not None else min(days, default=today) - dt.timedelta(days=1)
    before = book_as_known(on=last)
    for change in due:
        fact = change.fact
        if fact is not None:
            known = particulars_on(fact.versions.all(), today)
            write_particulars(fact, known, change.effective_on)
    cache.delete("facts.book")
    queued = queue_changed(before.on(last), book().on(today), user=None)
    now = timezone.now()
    for change in due:
        FactChange.objects.filter(pk=change.pk).update(status=ChangeStatus.IN_EFFECT, in_effect_at=now)
        record(
            "fact.in_effect",
            actor=None,
            subject=f"fact:{change.key}",
            details={"change": change.pk, "on": today, "before": change.said_before, "after": change.said_after},
        )
    remember_day(today)
    _log.info("facts of %s: %s changes take effect, %s builds", today, len(due), queued)
    return queued


def _due(today: dt.date) -> Any:
    return FactChange.objects.filter(status=ChangeStatus.APPROVED, effective_on__lte=today).order_by(
        "effective_on", "pk"
    )


def remember_day(today: dt.date) -> None:
    """Builds have been asked for up to this day."""
    if not FactDay.objects.update(on=today):
        FactDay.objects.create(on=today)


def queue_changed(
    before: FactsOnDate,
    after: FactsOnDate,
    *,
    keys: Iterable[str] | None = None,
    user: Any = None,
    correction: bool = False,
) -> int:
    """Queue a build of each published article that says something else now, with the reason; how many."""
    from cms.articles.models import PolicyArticlePage
    from cms.production.actions import QueueBuildAction
    from cms.production.enums import BuildCause

    wanted = changed_keys(before, after, keys)
    if not wanted:
        return 0
    impact = impact_between(before, after, keys=wanted, live_only=True)
    pages = PolicyArticlePage.objects.in_bulk([one.page_pk for one in impact.articles])
    queued = set()
    for one in impact.articles:
        reason = reason_for(impact, {figure.key for figure in one.figures}, correction=correction)
        build = QueueBuildAction(pages[one.page_pk], cause=BuildCause.FACT, reason=reason, user=user).execute()
        if build is not None:
            queued.add(build.pk)
    return len(queued)


def changed_keys(before: FactsOnDate, after: FactsOnDate, keys: Iterable[str] | None = None) -> set[str]:
    """The facts whose own values or formulas differ, on these days or on any, with all that stands on them."""
    known = set(before.book.facts) | set(after.book.facts)
    roots = {
        key
        for key in (known if keys is None else set(keys) & known)
        if before.book.facts.get(key) != after.book.facts.get(key)
        or not said_alike(resolve(before, Placeholder(key)), resolve(after, Placeholder(key)))
    }
    return {one for key in roots for one in dependents(after.book, key) | dependents(before.book, key)}


def reason_for(impact: Impact, keys: set[str], *, correction: bool = False) -> str:
    """Why an article is made anew, in Vietnamese for editors and readers: fact, old and new figure, day and law."""
    sentences = []
    for key in _roots(impact, keys):
        old, new = (resolve(facts, Placeholder(key)) for facts in (impact.before, impact.after))
        label = next(book.facts[key].label for book in (impact.after.book, impact.before.book) if key in book.facts)
        if new is None:
            words = f"{label} không còn giá trị từ {vietnamese_date(impact.day)}"
        elif old is None:
            words = f"{label} là {printed(new)}"
        elif printed(old) == printed(new):
            words = f"{label} ({printed(new)}) cập nhật căn cứ hoặc ngày áp dụng"
        else:
            verb = "đính chính từ" if correction else "đổi từ"
            words = f"{label} {verb} {printed(old)} thành {printed(new)}"
        if new is not None and new.since and not correction:
            words += f" từ {vietnamese_date(new.since)}"
        if new is not None and new.source:
            words += f" (theo {new.source})"
        sentences.append(words)
    if not sentences:  # only a figure of another day, which a text asks for by name
        asked = {figure.key: figure for one in impact.articles for figure in one.figures if figure.key in keys}
        sentences = [f"{one.label} đính chính từ {one.old} thành {one.new}" for one in asked.values()]
    return _bounded(sentences)


def _bounded(sentences: list[str]) -> str:
    text = ""
    for number, one in enumerate(sentences):
        more = f"{text}; {one}" if text else one
        if len(more) > _LONGEST_REASON - 25:
            rest = f"; và {len(sentences) - number} số liệu khác"
            return text + rest if text else one[: _LONGEST_REASON - 26] + "…"
        text = more
    return text


def _roots(impact: Impact, keys: set[str]) -> list[str]:
    """The facts that changed by themselves, among all that these stand on."""
    reached = set(keys)
    for facts in (impact.before, impact.after):
        for key in keys:
            found = resolve(facts, Placeholder(key))
            reached |= set(found.inputs) if found else set()
    roots = []
    for key in sorted(reached):
        old, new = (resolve(facts, Placeholder(key)) for facts in (impact.before, impact.after))
        formulas = {facts.book.facts[key].formula for facts in (impact.before, impact.after) if key in facts.book.facts}
        if not said_alike(old, new) and (formulas == {""} or len(formulas) > 1):
            roots.append(key)
    return roots
