"""The chooser of legal documents, and what a legal basis says of itself while it is written."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from cms.articles.choosers import WordsFilterForm
from cms.articles.text import current_book
from cms.production.dates import build_date
from cms.register.enums import Standing
from cms.register.models import LegalDocument, numbers_in
from cms.register.rests import documents, standing_words
from render.phrases import vietnamese_date

MOST_LINES = 100


class DocumentFilterForm(WordsFilterForm):
    """By number, title, issuer."""

    texts = ("number", "title", "issuer")


class DocumentColumns:
    """What tells one from another."""

    filter_form_class = DocumentFilterForm

    @property
    def columns(self) -> list[Column]:
        """Its name, its title, where it stands."""
        return [
            TitleColumn(
                "name",
                label=_("Legal document"),
                accessor="name",
                get_url=lambda one: reverse("document_chooser:chosen", args=[one.pk]),
                link_attrs={"data-chooser-modal-choice": True},
            ),
            Column("title", label=_("Title"), accessor="title"),
            Column("standing", label=_("Standing"), accessor=standing_today),
        ]


class DocumentChooseView(DocumentColumns, chooser.ChooseView):
    """The dialog."""


class DocumentChooseResultsView(DocumentColumns, chooser.ChooseResultsView):
    """Its list."""


class DocumentChooserViewSet(ChooserViewSet):
    """Opened beneath a legal basis."""

    model = LegalDocument
    icon = "doc-full"
    page_title = _("Choose from the register")
    choose_one_text = _("Choose from the register")
    per_page = 12
    register_widget = False
    choose_view_class = DocumentChooseView
    choose_results_view_class = DocumentChooseResultsView


document_chooser = DocumentChooserViewSet("document_chooser", url_prefix="document-chooser")


def standing_today(document: LegalDocument) -> str:
    """In one word or two, on the day of builds."""
    return str(document.standing(build_date(current_book())).label)


@require_GET
def standing(request: HttpRequest) -> HttpResponse:
    """For each line of a legal basis: where the documents that it names stand."""
    known, day = documents(), build_date(current_book())
    lines = []
    for text in request.GET.getlist("text")[:MOST_LINES]:
        numbers = numbers_in(text[:1000])
        found = [known[number] for number in numbers if number in known]
        problems = [words for one in found if (words := standing_words(one, day))]
        if problems:
            state, about = "bad", " ".join(problems)
        elif found:
            state, about = "good", " · ".join(_about(one) for one in found)
        else:
            state, about = "unknown", gettext("Not in the register; it stays as it is written.")
        lines.append({"text": text, "state": state, "about": about})
    words = {"choose": gettext("Choose from the register")}
    return JsonResponse({"lines": lines, "chooser": reverse("document_chooser:choose"), "words": words})


def _about(document: LegalDocument) -> str:
    parts: list[Any] = [document.title, Standing.IN_FORCE.label]
    if document.in_force_from:
        parts.append(gettext("since %(date)s") % {"date": vietnamese_date(document.in_force_from)})
    return " · ".join(str(part) for part in parts if part)
