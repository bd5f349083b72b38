"""The chooser of facts: a list to search, with or without accents, that answers with a key; and what chips show."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from anyascii import anyascii
from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from cms.articles.chips import chip, chips
from cms.articles.text import current_book
from cms.facts.models import Fact


class WordsFilterForm(BaseFilterForm):
    """Finds what has all of the words in one of its texts, however they are accented."""

    texts: ClassVar[tuple[str, ...]] = ("key", "label", "source", "values__source")
    q = forms.CharField(label=_("Search"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Search")}))

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        """Few enough to look at each: a newsroom has hundreds, not millions."""
        words = anyascii(self.cleaned_data.get("q") or "").casefold().split()
        if not words:
            return objects
        self.is_searching, self.search_query = True, self.cleaned_data["q"]
        rows = objects.values_list("pk", *self.texts)
        return objects.filter(pk__in=[pk for pk, *texts in rows if _has_all(words, " ".join(filter(None, texts)))])


def _has_all(words: list[str], text: str) -> bool:
    plain = anyascii(text).casefold()
    return all(word in plain for word in words)


def _shown(name: str) -> Any:
    def read(fact: Fact) -> str:
        shown = chip(current_book(), fact.key)
        found: str = shown.get(name) or (f"({shown['problem']})" if name == "value" and "problem" in shown else "")
        return found

    return read


class FactColumns:
    """What an editor must see to take the right one."""

    filter_form_class = WordsFilterForm
    ordering = "label"

    @property
    def columns(self) -> list[Column]:
        """Its name, what it is today, since when, and how it is called in texts."""
        return [
            TitleColumn(
                "title",
                label=_("Fact"),
                accessor="label",
                get_url=lambda one: reverse("fact_chooser:chosen", args=[one.pk]),
                link_attrs={"data-chooser-modal-choice": True},
            ),
            Column("today", label=_("Today"), accessor=_shown("value")),
            Column("since", label=_("From"), accessor=_shown("since")),
            Column("next", label=_("Next change"), accessor=_shown("next")),
            Column("key", label=_("Key"), accessor="key"),
        ]


class FactChooseView(FactColumns, chooser.ChooseView):
    """The dialog."""


class FactChooseResultsView(FactColumns, chooser.ChooseResultsView):
    """Its list, while somebody types."""


class FactChosenView(chooser.ChosenView):
    """Answers with the chip."""

    def get_chosen_response_data(self, item: Fact) -> dict[str, Any]:
        """The key and what is shown of it."""
        return super().get_chosen_response_data(item) | {"chip": chip(current_book(), item.key)}


class FactChooserViewSet(ChooserViewSet):
    """Opened from a text, never a field by itself."""

    model = Fact
    icon = "order"
    page_title = _("Insert a fact")
    choose_one_text = _("Insert a fact")
    per_page = 12
    register_widget = False
    choose_view_class = FactChooseView
    choose_results_view_class = FactChooseResultsView
    chosen_view_class = FactChosenView


fact_chooser = FactChooserViewSet("fact_chooser", url_prefix="fact-chooser")


@require_GET
def facts_at_hand(request: HttpRequest) -> HttpResponse:
    """What chips show of every fact; with `key` and `on` of one fact on another day."""
    key, on = request.GET.get("key"), request.GET.get("on")
    if key is not None:
        try:
            day = dt.date.fromisoformat(on or "")
        except ValueError:
            raise Http404 from None
        answer: dict[str, Any] = chip(current_book(), key, day)
    else:
        answer = {
            "facts": chips(),
            "chooser": reverse("fact_chooser:choose"),
            "words": {
                "insert": gettext("Insert a fact"),
                "keys": gettext("Or type {{ where the figure is to stand."),
                "unknown": gettext("No fact has this key."),
                "line": gettext("A paragraph is one line: add another one with the plus sign."),
            },
        }
    response = JsonResponse(answer)
    patch_cache_control(response, private=True, max_age=5)
    return response
