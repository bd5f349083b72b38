"""What was said on a day, what comes, what is to be reviewed: the screens that look along time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms.articles.models import PolicyArticlePage, source_page
from cms.articles.text import printed_title
from cms.facts.books import book, book_as_known, newsroom_day
from cms.facts.enums import ChangeStatus
from cms.facts.forms import DayForm
from cms.facts.impact import impact_of
from cms.facts.models import Fact, FactChange
from cms.facts.permissions import may_view, require
from cms.facts.says import next_change, pages_saying, printed, resolve
from cms.facts.screens import screen
from cms.facts.tables import csv_table, xlsx_table
from cms.production.models import Build
from render.errors import LoaError
from render.facts import FactBook
from render.inline import Placeholder

_LONGEST_WALK = 400  # releases back from the newest
_SOON = dt.timedelta(days=30)


@dataclass(frozen=True)
class SaidOn:
    """One fact on a day: as it was known then, and as it is known now."""

    key: str
    label: str
    then: str
    now: str
    since: dt.date | None
    source: str

    @property
    def corrected(self) -> bool:
        """Whether it was recorded otherwise later."""
        return self.then != self.now


@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """What did we say on a day, as known on another."""
    require(may_view(request.user))
    form = _day_form(request)
    rows = _said_on(form, set()) if form.is_valid() else []
    if (kind := request.GET.get("export")) and form.is_valid():
        return _exported(kind, f"so-lieu-{form.cleaned_data['day']}", rows)
    context = {"form": form, "rows": rows, "day": form.cleaned_data.get("day") if form.is_valid() else None}
    return screen(request, "day", context, title=_("What did we say on…"), icon="history")


@require_safe
def article_day(request: HttpRequest, page_id: int) -> HttpResponse:
    """What an article said on a day: its figures, and the release that readers had.

    What was published was public: auditors and reviewers read it too. A draft is for who may edit it.
    """
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    edits = page.permissions_for_user(request.user).can_edit()
    if not (may_view(request.user) and (edits or page.first_published_at)):
        raise PermissionDenied
    form = _day_form(request)
    rows: list[SaidOn] = []
    live: dict[str, Any] = {}
    if form.is_valid():
        keys = {one.key for one in _asked(page, drafts=edits)}
        rows = _said_on(form, keys) if keys else []
        if kind := request.GET.get("export"):
            return _exported(kind, f"{page.slug}-{form.cleaned_data['day']}", rows)
        live = _live_on(source_page(page).slug, _end_of(form.cleaned_data["day"]))
    context = {
        "form": form,
        "rows": rows,
        "page": page,
        "title": printed_title(page.title),
        "day": form.cleaned_data.get("day") if form.is_valid() else None,
        "live": live,
    }
    return screen(request, "day", context, title=_("What did we say on…"), icon="history")


@require_safe
def schedule(request: HttpRequest) -> HttpResponse:
    """What comes: on which day which fact says something else, and what will be made then."""
    require(may_view(request.user))
    facts, today = book(), newsroom_day()
    approved = {
        change.key: change
        for change in FactChange.objects.filter(status=ChangeStatus.APPROVED).select_related("fact").order_by("-pk")
    }
    days: dict[dt.date, list[dict[str, Any]]] = {}
    for key, fact in facts.facts.items():
        if fact.formula and key not in approved:
            continue  # it follows what it stands on
        change = approved.get(key)
        coming = next_change(facts, key, today)
        if coming is None and change is None:
            continue
        on = coming[0] if coming else (change.effective_on or today) if change else today
        entry = {
            "key": key,
            "label": fact.label,
            "old": printed(resolve(facts.on(on - dt.timedelta(days=1)), Placeholder(key))),
            "new": printed(coming[1]) if coming else change.said_after if change else "",
            "change": change,
            "counts": impact_of(change).counts() if change else _counts_on(facts, key, on),
        }
        days.setdefault(on, []).append(entry)
    waiting = FactChange.objects.filter(status=ChangeStatus.PROPOSED).select_related("fact").order_by("effective_on")
    context = {
        "days": sorted(days.items()),
        "today": today,
        "waiting": waiting,
        "stands_still": facts.demonstration_on is not None and not settings.BUILD_DATE,
    }
    return screen(request, "schedule", context, title=_("What comes"), icon="calendar")


@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """Facts whose review date is over or near, with who answers for them."""
    require(may_view(request.user))
    today = newsroom_day()
    rows = []
    known = book().facts
    for row in Fact.objects.filter(retired_on=None).select_related("owner", "owner_group"):
        fact = known.get(row.key)
        if fact is None:
            continue
        days = [row.review_by] + [
            one.review_by for one in fact.values if (one.until is None or one.until >= today) and one.review_by
        ]
        by = min((one for one in days if one), default=None)
        ends = max((one.until for one in fact.values if one.until), default=None)
        if fact.values and any(one.until is None for one in fact.values):
            ends = None
        if (by and by <= today + _SOON) or (ends and ends <= today + _SOON):
            rows.append(
                {"fact": row, "by": by, "ends": ends, "over": bool(by and by < today) or bool(ends and ends < today)}
            )
    rows.sort(key=lambda one: (not one["over"], one["by"] or one["ends"]))
    if kind := request.GET.get("export"):
        header = [_("Key"), _("Label"), _("Review by"), _("Last day of its value"), _("In charge")]
        data = [(one["fact"].key, one["fact"].label, one["by"], one["ends"], one["fact"].owner_name) for one in rows]
        return (xlsx_table if kind == "xlsx" else csv_table)("can-ra-soat", header, data)
    return screen(request, "review", {"rows": rows, "today": today}, title=_("To be reviewed"), icon="warning")


def _day_form(request: HttpRequest) -> DayForm:
    data = request.GET.copy()
    if not data.get("day"):
        data["day"] = newsroom_day().strftime("%d/%m/%Y")
    return DayForm(data)


def _said_on(form: DayForm, only: set[str]) -> list[SaidOn]:
    on, known = form.cleaned_data["day"], form.cleaned_data["known"]
    at = _end_of(known) if known else None
    then = book_as_known(on=on, at=at or _end_of(on))
    now = book_as_known(on=on, at=at)
    found = []
    for key in sorted((set(then.facts) | set(now.facts)) & only if only else set(then.facts) | set(now.facts)):
        fact = now.facts.get(key) or then.facts[key]
        value = resolve(now.on(on), Placeholder(key))
        found.append(
            SaidOn(
                key=key,
                label=fact.label,
                then=_printed(then, key, on),
                now=_printed(now, key, on),
                since=value.since if value else None,
                source=value.source if value else "",
            )
        )
    return found


def _printed(facts: FactBook, key: str, on: dt.date) -> str:
    return printed(resolve(facts.on(on), Placeholder(key))) if key in facts.facts else "—"


def _exported(kind: str, name: str, rows: list[SaidOn]) -> HttpResponse:
    header = [_("Key"), _("Label"), _("As known that day"), _("As known now"), _("In effect from"), _("Legal basis")]
    data = [(one.key, one.label, one.then, one.now, one.since, one.source) for one in rows]
    return (xlsx_table if kind == "xlsx" else csv_table)(name, header, data)


def _asked(page: PolicyArticlePage, *, drafts: bool) -> set[Placeholder]:
    keys = set(book().facts)
    found = {
        one
        for saying in pages_saying(keys)
        if saying.pk == page.pk
        for one in (saying.said() | saying.drafted() if drafts else saying.said())
    }
    return found | {Placeholder("hotline")} & {Placeholder(key) for key in keys}


def _counts_on(facts: FactBook, key: str, on: dt.date) -> dict[str, int]:
    from cms.facts.books import dependents
    from cms.facts.impact import impact_between

    before = facts.on(on - dt.timedelta(days=1))
    return impact_between(before, facts.on(on), keys=dependents(facts, key), live_only=True).counts()


def _end_of(on: dt.date) -> dt.datetime:
    """The last moment of a day where the newsroom is."""
    return timezone.make_aware(dt.datetime.combine(on, dt.time.max))


def _live_on(slug: str, at: dt.datetime) -> dict[str, Any]:
    """The release that readers had at a moment, with what it holds of an article; what could not be read is said."""
    from cms.production.releasing import public_store
    from render.catalogue import read_part
    from render.release import releases

    last = Build.objects.filter(slug=slug, finished_at__lte=at, release__isnull=False).order_by("-finished_at").first()
    found: dict[str, Any] = {"build": last}
    if not Build.objects.filter(Q(slug=slug), release__isnull=False).exists():
        return found
    try:
        store = public_store()
        for number, release in enumerate(releases(store)):
            if number >= _LONGEST_WALK:
                return found | {"problem": _("The release lies too far back to be looked up here.")}
            if dt.datetime.fromisoformat(str(release.made_at)) > at:
                continue
            parts = release.articles.get(slug, {})
            entries = [entry for blob in parts.values() for entry in read_part(store, blob).entries]
            return found | {"release": release, "entries": entries}
    except LoaError as error:
        return found | {"problem": str(error)}
    return found
