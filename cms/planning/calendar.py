"""What happens on which day: articles, reviews, facts, campaigns, legal documents."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Revision

from cms.articles.models import PolicyArticlePage
from cms.facts.models import Fact, FactChange
from cms.planning.enums import EventKind
from cms.planning.models import Campaign
from cms.register.models import LegalDocument


@dataclass(frozen=True, order=True)
class Event:
    """One mark on one day."""

    day: dt.date
    kind: EventKind
    title: str
    url: str = ""


def month_of(text: str, today: dt.date) -> dt.date:
    """The first day of a month written 2026-07; of today's when it is none."""
    try:
        year, month = map(int, text.split("-"))
        return dt.date(year, month, 1) if 1900 <= year <= 2199 else today.replace(day=1)
    except (ValueError, OverflowError):
        return today.replace(day=1)


def weeks_of(first: dt.date) -> list[list[dt.date]]:
    """The weeks of a month, Monday first, with the days of its neighbours that fill them."""
    return calendar.Calendar().monthdatescalendar(first.year, first.month)


def other_month(first: dt.date, step: int) -> dt.date:
    """The month before or after."""
    return (first + dt.timedelta(days=32)).replace(day=1) if step > 0 else (first - dt.timedelta(days=1)).replace(day=1)


def events(begin: dt.date, end: dt.date) -> list[Event]:
    """Everything from one day to another, both inclusive, in order."""
    found = [*_articles(begin, end), *_facts(begin, end), *_campaigns(begin, end), *_documents(begin, end)]
    return sorted(set(found))


def _articles(begin: dt.date, end: dt.date) -> Iterator[Event]:
    pages = PolicyArticlePage.objects.filter(alias_of__isnull=True).select_related("locale").defer("body", "picture")
    titles: dict[str, tuple[str, str]] = {}
    for page in pages:
        title = f"{page.get_admin_display_title()} ({page.locale.language_code})"
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        titles[str(page.pk)] = (title, url)
        if page.first_published_at and begin <= (day := timezone.localdate(page.first_published_at)) <= end:
            yield Event(day, EventKind.GOES_LIVE, title, url)
        if page.review_by and begin <= page.review_by <= end:
            yield Event(page.review_by, EventKind.REVIEW, title, url)
    planned = Revision.page_revisions.filter(approved_go_live_at__isnull=False, object_id__in=titles)
    for object_id, at in planned.values_list("object_id", "approved_go_live_at"):
        if begin <= (day := timezone.localdate(at)) <= end:
            yield Event(day, EventKind.GOES_LIVE, *titles[object_id])


def _facts(begin: dt.date, end: dt.date) -> Iterator[Event]:
    for fact in Fact.objects.prefetch_related("values"):
        url = reverse("wagtailsnippets_facts_fact:list") + f"?q={fact.key}"
        for value in fact.values.all():
            if value.since and begin <= value.since <= end:
                yield Event(value.since, EventKind.FACT, fact.label, url)
        for day in {one for one in (fact.review_by, *(v.review_by for v in fact.values.all())) if one}:
            if begin <= day <= end:
                yield Event(day, EventKind.REVIEW, fact.label, url)
    proposed = FactChange.objects.filter(status="proposed", effective_on__range=(begin, end)).select_related("fact")
    for change in proposed:
        title = _("%(fact)s (proposed)") % {"fact": change.label}
        yield Event(change.effective_on, EventKind.FACT, title, "")


def _campaigns(begin: dt.date, end: dt.date) -> Iterator[Event]:
    for one in Campaign.objects.all():
        url = reverse("wagtailsnippets_planning_campaign:edit", args=[one.pk])
        for day, kind in ((one.begins, EventKind.BEGINS), (one.ends, EventKind.ENDS)):
            if begin <= day <= end:
                yield Event(day, kind, one.title, url)


def _documents(begin: dt.date, end: dt.date) -> Iterator[Event]:
    for one in LegalDocument.objects.all():
        url = reverse("register_rests_on", args=[one.pk])
        if one.in_force_from and begin <= one.in_force_from <= end:
            yield Event(one.in_force_from, EventKind.LAW, _("%(document)s takes effect") % {"document": one.name}, url)
        if one.in_force_until and begin <= one.in_force_until <= end:
            yield Event(one.in_force_until, EventKind.LAW, _("%(document)s ends") % {"document": one.name}, url)


def running(begin: dt.date, end: dt.date) -> list[Campaign]:
    """Campaigns that touch a span."""
    return list(Campaign.objects.filter(begins__lte=end, ends__gte=begin))


def as_ics(found: list[Event], host: str) -> bytes:
    """RFC 5545: whole days, folded lines, CRLF; the same event has the same name every time."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Loa//Lich bien tap//VI", "CALSCALE:GREGORIAN"]
    for one in found:
        name = hashlib.sha256(f"{one.day}{one.kind}{one.title}".encode()).hexdigest()[:24]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{name}@{host}",
            f"DTSTAMP:{one.day:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + dt.timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(f'{one.kind.label}: {one.title}')}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _escaped(text: str) -> str:
    flat = " ".join(text.split())
    return flat.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[str]:
    """At most 75 bytes a line, never inside a letter."""
    part = ""
    for letter in line:
        if len((part + letter).encode()) > 74:
            yield part
            part = " "
        part += letter
    yield part
