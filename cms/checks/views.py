"""What is found in an editor's form, as a piece of the page beside it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.models import Locale, Page

from cms.articles.models import PolicyArticlePage
from cms.checks.forms import as_typed
from cms.checks.legal import legal_findings
from cms.checks.passages import Written, written
from cms.checks.words import words_of
from cms.core.labels import product_label
from cms.previews.frames import clock, problem, too_long
from cms.previews.sources import draft_of, field_place
from cms.previews.workshop import BusyError, SupersededError, TooLongError, workshop
from render.errors import LoaError
from render.findings import Finding
from render.live_checks import Checked, checked

MOST_SHOWN = 60
_ORDER = {"error": 0, "warning": 1, "hint": 2}


_EASE_WORDS: dict[str, Promise] = {"easy": _("easy"), "fair": _("fair"), "hard": _("hard")}
_LEVEL_WORDS: dict[str, Promise] = {"error": _("Must be mended"), "warning": _("Better mended"), "hint": _("Hint")}
_ICONS = {"error": "warning", "warning": "help", "hint": "info-circle"}

# Findings whose sentence does not hold the words it speaks of.
_QUOTED = frozenset(
    {"long-sentence", "passive", "of-chain", "noun-chain", "double-negation", "office-phrase", "alt-file-name"}
    | {"alt-poor", "old-font"}
)
# These tell better, at the place itself, what keeps the article from becoming an edition.
_TOLD = frozenset({"unknown-fact", "old-font", "refused", "no-sections", "alt-missing"})


@require_POST
def check_page(request: HttpRequest, page_id: int) -> HttpResponse:
    """The form of a page that is there."""
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    return _answer(request, page.get_latest_revision_as_object(), page.get_parent())


@require_POST
def check_new(request: HttpRequest, parent_id: int) -> HttpResponse:
    """The form of a page that is being created."""
    parent = get_object_or_404(Page, pk=parent_id).specific
    if not parent.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
    page = PolicyArticlePage(locale=getattr(parent, "locale", None) or Locale.get_default(), translation_key=None)
    return _answer(request, page, parent)


def _answer(request: HttpRequest, page: Any, parent: Any) -> HttpResponse:
    workshop.warm()  # whoever writes will look at a preview soon
    page = as_typed(page, parent, request.user, request.POST)
    texts = written(page)
    context: dict[str, Any] = {"page": page}
    try:
        draft = draft_of(page)
        wanted = tuple(page.products or ())
        owner = f"{request.user.pk}:{page.pk or 'new'}:checks"
        found = workshop.do(owner, checked, draft, [one.passage for one in texts], wanted)
    except LoaError as error:
        context |= problem(page, error)
    except (SupersededError, BusyError):
        return HttpResponse(status=503)
    except TooLongError:
        context |= {"problem": too_long(), "place": None}
    else:
        context |= _shown(page, texts, found)
    response = TemplateResponse(request, "checks/findings.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _shown(page: Any, texts: list[Written], found: Checked) -> dict[str, Any]:
    labels = {one.passage.place: one.label for one in texts}
    findings = sorted([*found.findings, *legal_findings(page)], key=lambda one: _ORDER[one.level])
    stopped = problem(page, found.stopped) if found.stopped else {}
    if stopped and any(one.code in _TOLD for one in findings):
        stopped = {}
    rows = [_row(page, one, labels) for one in findings[:MOST_SHOWN]]
    serious = sum(1 for one in findings if one.level != "hint") + bool(stopped)
    return {
        **stopped,
        "rows": rows,
        "more": max(len(findings) - MOST_SHOWN, 0),
        "serious": serious,
        "ease": found.ease,
        "ease_words": _EASE_WORDS[found.ease.level] if found.ease else "",
        "lengths": [
            {
                "label": product_label(name),
                "length": clock(seconds),
                "slot": clock(slot) if slot else "",
                "left_out": left_out,
                "left_words": ngettext("%(count)d part has no room", "%(count)d parts have no room", len(left_out))
                % {"count": len(left_out)}
                if left_out
                else "",
            }
            for name, seconds, slot, left_out in found.lengths
        ],
    }


def _row(page: Any, finding: Finding, labels: dict[str, str]) -> dict[str, Any]:
    what, mend = words_of(finding)
    place = finding.place
    label = labels.get(place, "")
    if place and not label and "." not in place:
        label = field_place(page, place).label
    return {
        "level": finding.level,
        "level_words": _LEVEL_WORDS[finding.level],
        "icon": _ICONS[finding.level],
        "what": what,
        "mend": mend,
        "quote": finding.quote if finding.code in _QUOTED else "",
        "place": place,
        "label": label,
        "changes": finding.changes,
    }
