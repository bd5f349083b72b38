"""The calendar as a month and as a list, and the gaps; each as a file too."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cms.articles.actions import home_page
from cms.articles.enums import Audience
from cms.articles.models import PolicyArticlePage
from cms.articles.text import current_book
from cms.core.workbooks import plain_cell
from cms.planning.calendar import as_ics, events, month_of, other_month, running, weeks_of
from cms.planning.enums import EventKind
from cms.planning.gaps import gaps
from cms.planning.models import Topic
from cms.production.dates import build_date

LIST_DAYS = 120
GAP_DAYS = 92


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("planning.view_campaign"):
        raise PermissionDenied


@require_GET
def month(request: HttpRequest) -> HttpResponse:
    """A month as a table, a day a cell; or the next months as a list."""
    _check(request)
    today = build_date(current_book())
    if request.GET.get("view") == "list":
        found = events(today, today + dt.timedelta(days=LIST_DAYS))
        context: dict[str, Any] = {"events": found, "as_list": True, "days": LIST_DAYS}
    else:
        first = month_of(request.GET.get("month", ""), today)
        weeks = weeks_of(first)
        begin, end = weeks[0][0], weeks[-1][-1]
        by_day = defaultdict(list)
        for one in events(begin, end):
            by_day[one.day].append(one)
        context = {
            "first": first,
            "weeks": [[(day, by_day[day], day.month == first.month) for day in week] for week in weeks],
            "before": f"{other_month(first, -1):%Y-%m}",
            "after": f"{other_month(first, 1):%Y-%m}",
            "campaigns": running(begin, end),
            "weekdays": [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")],
        }
    return TemplateResponse(request, "planning/calendar.html", context | {"today": today, "kinds": EventKind})


@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """A year of events, for other calendars and for tables."""
    _check(request)
    today = build_date(current_book())
    found = events(today - dt.timedelta(days=31), today + dt.timedelta(days=365))
    if kind == "ics":
        body, media_type = as_ics(found, urlsplit(settings.SITE_URL).hostname or "loa"), "text/calendar; charset=utf-8"
    elif kind == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([_("Day"), _("What"), _("Title")])
        writer.writerows([one.day.isoformat(), one.kind.label, plain_cell(one.title)] for one in found)
        body, media_type = b"\xef\xbb\xbf" + out.getvalue().encode(), "text/csv; charset=utf-8"
    else:
        raise Http404
    response = HttpResponse(body, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="lich-bien-tap.{kind}"'
    return response


@require_GET
def matrix(request: HttpRequest) -> HttpResponse:
    """Topic by audience, and which languages lack an article."""
    _check(request)
    today = build_date(current_book())
    begin = _day(request.GET.get("from", ""), today)
    end = max(begin, _day(request.GET.get("to", ""), begin + dt.timedelta(days=GAP_DAYS)))
    lang = request.GET.get("lang", "")
    found = gaps(end, lang=lang)
    audiences = list(Audience.choices)
    rows = [(name or _("Without a topic"), key, cells) for key, name, cells in found.rows]
    context = {
        "rows": rows, "audiences": audiences, "languages": found.languages, "lang": lang,
        "begin": begin, "end": end, "open": found.open,
    }  # fmt: skip
    return TemplateResponse(request, "planning/gaps.html", context)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A draft with its topic and audience, to be written."""
    home = home_page()
    if not home.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
    topic = get_object_or_404(Topic, key=request.POST.get("topic", ""))
    audience = request.POST.get("audience", "")
    if audience not in {str(value) for value in Audience.values}:
        raise Http404
    page = PolicyArticlePage(
        title=topic.name, slug=_free_slug(home, topic.key), locale=home.locale, owner=request.user, live=False,
        topics=[topic.key], audiences=[int(audience)], responsible=request.user,
    )  # fmt: skip
    home.add_child(instance=page)
    page.save_revision(user=request.user, clean=False)
    return redirect("wagtailadmin_pages:edit", page.pk)


def _free_slug(home: Any, wanted: str) -> str:
    taken = set(home.get_children().values_list("slug", flat=True))
    names = itertools.chain([wanted], (f"{wanted}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _day(text: str, otherwise: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return otherwise
