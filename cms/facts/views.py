"""Screens of facts: one fact, proposing a change with its impact, deciding on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from anyascii import anyascii
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.widgets.button import HeaderButton

from cms.core.words import in_words
from cms.facts.actions import ApproveChangeAction, ProposeChangeAction, RejectChangeAction, WithdrawChangeAction
from cms.facts.books import book, dependents, newsroom_day
from cms.facts.checks import conflicts, problems_of
from cms.facts.enums import OPEN, ChangeKind, ChangeStatus
from cms.facts.forms import FORMS, DecisionForm
from cms.facts.impact import Impact, Row, impact_of
from cms.facts.models import Fact, FactChange
from cms.facts.permissions import may_decide, may_propose, may_view, require
from cms.facts.says import articles_saying, next_change, printed, resolve
from cms.facts.screens import screen
from cms.facts.tables import csv_table, xlsx_table
from cms.facts.templatetags.facts_days import written
from cms.facts.timeline import first_day, last_day
from cms.offices.models import Office
from render.errors import FactError
from render.inline import Placeholder

_ARTICLES_A_PAGE = 25
_FILTERS = ("lang", "product", "province", "office", "article", "released")


@require_safe
def fact(request: HttpRequest, key: str) -> HttpResponse:
    """One fact: its value today, its values over time, what is proposed, where it is said, and its history."""
    require(may_view(request.user))
    row = get_object_or_404(Fact.objects.select_related("owner", "owner_group"), key=key)
    facts, today = book(), newsroom_day()
    known = facts.facts.get(key)
    problem = ""
    value = resolve(facts.on(today), Placeholder(key))
    try:
        facts.on(today).get(key)
    except FactError as error:
        problem = in_words(error)
    coming = next_change(facts, key, today) if known else None
    context = {
        "fact": row,
        "today": today,
        "printed": printed(value),
        "value": value,
        "problem": problem,
        "next_on": coming[0] if coming else None,
        "next_printed": printed(coming[1]) if coming else "",
        "pieces": [
            {
                "value": one,
                "printed": printed(resolve(facts.on(one.since or one.until or today), Placeholder(key))),
                "state": "now"
                if first_day(one) <= today <= last_day(one)
                else "past"
                if last_day(one) < today
                else "next",
            }
            for one in (known.values if known else ())
        ][::-1],
        "inputs": [facts.facts[one] for one in value.inputs if one in facts.facts] if value else [],
        "dependents": [facts.facts[one] for one in sorted(dependents(facts, key) - {key})],
        "articles": articles_saying(key, live_only=False, facts=facts),
        "open": list(row.changes.filter(status__in=OPEN)),
        "changes": list(row.changes.exclude(status__in=OPEN)[:50]),
        "may_propose": may_propose(request.user) and not row.retired_on,
        "kinds": [
            (kind.value, FORMS[kind].title)
            for kind in (
                ChangeKind.VALUE,
                ChangeKind.CORRECTION,
                ChangeKind.FORMULA,
                ChangeKind.PARTICULARS,
                ChangeKind.RETIRE,
            )
            if (kind != ChangeKind.FORMULA) == (not row.formula) or kind in (ChangeKind.PARTICULARS, ChangeKind.RETIRE)
        ],
    }
    buttons = [
        HeaderButton(
            _("Propose a change"), url=reverse("facts_propose", args=[key, _first_kind(row)]), icon_name="edit"
        )
    ]
    return screen(request, "fact", context, title=row.label, buttons=buttons if context["may_propose"] else [])


def _first_kind(row: Fact) -> str:
    return ChangeKind.FORMULA.value if row.formula else ChangeKind.VALUE.value


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, kind: str, key: str = "") -> HttpResponse:
    """A form for a change; what it would do is shown before it is proposed."""
    require(may_propose(request.user))
    if kind not in FORMS or (kind == ChangeKind.NEW) != (not key):
        raise Http404
    row = get_object_or_404(Fact, key=key) if key else None
    form = FORMS[kind](request.POST or None, fact=row, initial=_initial(request, row, kind))
    impact = change = None
    if request.method == "POST" and form.is_valid():
        change = form.change()
        if "propose" in request.POST:
            try:
                stored = ProposeChangeAction(change, user=request.user).execute()
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, _("Proposed. Somebody else has to approve it before it takes effect."))
                return redirect("facts_change", stored.pk)
        impact = impact_of(change)
    elif request.method == "GET" and row is not None:
        change = FactChange(fact=row, key=row.key, kind=kind)
    facts, today = book(), newsroom_day()
    context = {
        "form": form,
        "fact": row,
        "title": form.title,
        "lead": form.lead,
        "today": today,
        "now": printed(resolve(facts.on(today), Placeholder(key))) if row else "",
        "conflicts": conflicts(change) if change is not None else [],
        **(_impact_context(request, impact) if impact else {}),
    }
    crumbs = [(row.label, fact_url(row))] if row else []
    return screen(request, "propose", context, title=str(form.title), crumbs=crumbs, icon="edit")


def _initial(request: HttpRequest, row: Fact | None, kind: str) -> dict[str, Any]:
    """A correction begins with the value that was wrong."""
    if row is None or kind != ChangeKind.CORRECTION:
        return {}
    known = book().facts.get(row.key)
    since = request.GET.get("from", "")
    piece = next(
        (one for one in (known.values if known else ()) if (one.since.isoformat() if one.since else "") == since), None
    )
    if piece is None:
        return {}
    return {"value": written(piece), "since": piece.since, "until": piece.until, "source": piece.source}


@require_safe
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    """A proposal with its impact, beside the buttons of those who decide."""
    require(may_view(request.user))
    found = get_object_or_404(FactChange.objects.select_related("fact", "proposed_by", "decided_by"), pk=change_id)
    return _change_page(request, found, DecisionForm())


def _change_page(request: HttpRequest, found: FactChange, form: DecisionForm, problem: str = "") -> HttpResponse:
    own = found.proposed_by_id == request.user.pk
    waiting = found.status == ChangeStatus.PROPOSED
    in_the_way = [word for words in problems_of(found).values() for word in words] if waiting else []
    impact = None if in_the_way and found.kind != ChangeKind.RETIRE else impact_of(found)
    context = {
        "change": found,
        "facts_changed": _described(found),
        "values_changed": found.new_values(found.proposed.get("unit") or (found.fact.unit if found.fact else "money")),
        "form": form,
        "problem": problem,
        "in_the_way": in_the_way,
        "conflicts": conflicts(found) if found.is_open else [],
        "may_decide": waiting and may_decide(request.user) and not own,
        "own": own and waiting,
        "together": _together(found) if waiting and found.batch else 0,
        "may_withdraw": waiting and own and may_propose(request.user),
        **(_impact_context(request, impact) if impact else {}),
    }
    crumbs = [(_("Proposals"), reverse("facts_changes"))]
    return screen(request, "change", context, title=str(found), crumbs=crumbs, icon="edit")


@require_POST
def decide(request: HttpRequest, change_id: int) -> HttpResponse:
    """Approve, reject or take back."""
    require(may_view(request.user))
    found = get_object_or_404(FactChange.objects.select_related("fact"), pk=change_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _change_page(request, found, form)
    comment = form.cleaned_data["comment"]
    if request.POST.get("decision") == "approve_all" and found.batch:
        return _approve_all(request, found, comment)
    actions = {"approve": ApproveChangeAction, "reject": RejectChangeAction, "withdraw": WithdrawChangeAction}
    action = actions.get(request.POST.get("decision", ""))
    if action is None:
        raise Http404
    try:
        done = action(found, user=request.user, comment=comment).execute()
    except ValidationError as error:
        return _change_page(request, found, form, " ".join(error.messages))
    except PermissionDenied as error:
        if not str(error):
            raise
        return _change_page(request, found, form, str(error))
    messages.success(request, str(ChangeStatus(done.status).label))
    return redirect("facts_change", done.pk)


def _approve_all(request: HttpRequest, found: FactChange, comment: str) -> HttpResponse:
    """The proposals of one imported file, one by one: what cannot be approved stays, and is told."""
    refused = []
    for one in FactChange.objects.filter(batch=found.batch, status=ChangeStatus.PROPOSED).order_by("pk"):
        try:
            ApproveChangeAction(one, user=request.user, comment=comment).execute()
        except ValidationError as error:
            refused.append(f"{one.label}: {' '.join(error.messages)}")
    if refused:
        messages.error(request, _("Not approved:") + " " + " · ".join(refused[:10]))
    return redirect("facts_change", found.pk)


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """All proposals, those that wait first."""
    require(may_view(request.user))
    status, query = request.GET.get("status", ""), request.GET.get("q", "").strip()
    found = FactChange.objects.select_related("fact")
    if status in ChangeStatus.values:
        found = found.filter(status=status)
    if query:
        plain = anyascii(query).lower()
        keys = {one.key for one in found if plain in anyascii(f"{one.key} {one.label}").lower()}
        found = found.filter(key__in=keys)
    waiting = FactChange.objects.filter(status=ChangeStatus.PROPOSED).count()
    page = Paginator(found, 50).get_page(request.GET.get("p"))
    context = {"page": page, "status": status, "query": query, "statuses": ChangeStatus.choices, "waiting": waiting}
    return screen(request, "changes", context, title=_("Proposals"), icon="edit")


@require_safe
def impact_table(request: HttpRequest, change_id: int, kind: str) -> HttpResponse:
    """The impact of a change as a table to take away."""
    require(may_view(request.user))
    found = get_object_or_404(FactChange, pk=change_id)
    impact = impact_of(found)
    header = [
        _("Article"), _("Slug"), _("Language"), _("Office"), _("Product"), _("Status"), _("With readers"), _("Fact"),
        _("Figure before"), _("Figure after"), _("In effect from"),
    ]  # fmt: skip
    rows = [
        (row.title, row.slug, row.language, row.office or _("Nationwide"), row.label, row.status_label,
         _("yes") if row.released else _("no"), figure.label, figure.old, figure.new, impact.day)
        for article in impact.articles
        for row in _filtered(_asked(request), article.rows)
        for figure in article.figures
    ]  # fmt: skip
    table = xlsx_table if kind == "xlsx" else csv_table
    return table(f"anh-huong-{found.key}-{found.pk}", header, rows)


def _together(found: FactChange) -> int:
    """How many proposals of the same file wait."""
    return FactChange.objects.filter(batch=found.batch, status=ChangeStatus.PROPOSED).count()


def _described(found: FactChange) -> list[tuple[str, str, str]]:
    """What a proposal changes beside values: name, before, after."""
    names = {
        "label": _("Label"), "unit": _("Unit"), "suffix": _("Words after the number"), "formula": _("Formula"),
        "source": _("Legal basis"), "review_by": _("Review by"), "owner": _("In charge"),
    }  # fmt: skip
    shown = []
    for name, label in names.items():
        if name in found.proposed and found.kind != ChangeKind.RETIRE:
            now = (found.fact.owner_code if name == "owner" else getattr(found.fact, name) or "") if found.fact else ""
            old = str(now) if found.status == ChangeStatus.PROPOSED and found.fact else ""
            new = str(found.proposed[name])
            if old or new:
                shown.append((label, old.partition(":")[2] or old, new.partition(":")[2] or new))
    return shown


def _impact_context(request: HttpRequest, impact: Impact) -> dict[str, Any]:
    """The impact for the screen: counted as a whole, shown filtered and by pages of articles."""
    asked = _asked(request)
    articles = [
        (one, rows)
        for one in impact.articles
        if (rows := _filtered(asked, one.rows)) or (not asked.keys() - {"article"} and _is_asked(asked, one.slug))
    ]
    page = Paginator(articles, _ARTICLES_A_PAGE).get_page(_data(request).get("p"))
    every = impact.rows
    offices = {row.office for row in every if row.office}
    return {
        "within": "de-nghi" if request.method == "POST" else "",  # not stored yet: the filters are sent with the form
        "filtered": sum(len(rows) for _one, rows in articles) if asked else None,
        "impact": impact,
        "counts": impact.counts(),
        "page": page,
        "shown": [
            {"article": one, "languages": _by_language(rows), "sentences": impact.sentences(one)[:6]}
            for one, rows in page.object_list
        ],
        "choices": {
            "lang": sorted({(row.lang, row.language) for row in every}),
            "product": sorted({(row.product, row.label) for row in every}),
            "province": _provinces({code[:2] for code in offices}),
            "office": sorted(offices),
            "article": [(one.slug, one.title) for one in impact.articles],
        },
        "filters": asked,
    }


def _provinces(codes: set[str]) -> list[tuple[str, str]]:
    names = dict(Office.objects.filter(code__in=codes).values_list("code", "unit"))
    return sorted((code, names.get(code, code)) for code in codes)


def _data(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _asked(request: HttpRequest) -> dict[str, str]:
    """What of an impact somebody wants to see."""
    return {name: value for name in _FILTERS if (value := _data(request).get(name, ""))}


def _is_asked(asked: dict[str, str], slug: str) -> bool:
    return asked.get("article", slug) == slug


def _by_language(rows: list[Row]) -> list[dict[str, Any]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.language, []).append(row)
    return [
        {
            "language": name,
            "products": list(dict.fromkeys(row.label for row in mine)),
            "offices": len({row.office for row in mine} - {""}),
            "count": len(mine),
            "released": sum(row.released for row in mine),
        }
        for name, mine in found.items()
    ]


def _filtered(asked: dict[str, str], rows: Iterable[Row]) -> list[Row]:
    wanted = {name: value for name, value in asked.items() if name in ("lang", "product", "office")}
    return [
        row
        for row in rows
        if all(getattr(row, name) == value for name, value in wanted.items())
        and row.office.startswith(asked.get("province", ""))
        and _is_asked(asked, row.slug)
        and (row.released or "released" not in asked)
    ]


def fact_url(row: Fact) -> str:
    """Where a fact's page is."""
    return reverse("facts_fact", args=[row.key])
