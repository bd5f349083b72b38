"""Facts in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.facts.books import book, dependents
from cms.facts.forms import FactForm
from cms.facts.models import Fact
from cms.facts.says import articles_saying, printed_today


class FactPanels:
    """The layout of the form: what it is, then its values or its formula."""

    panels: ClassVar = [
        MultiFieldPanel(
            [
                FieldPanel("label"),
                FieldPanel("key"),
                FieldRowPanel([FieldPanel("unit"), FieldPanel("suffix")]),
            ],
            heading=gettext_lazy("Fact"),
        ),
        InlinePanel(
            "values",
            [
                FieldPanel("value"),
                FieldRowPanel([FieldPanel("since"), FieldPanel("until")]),
                FieldRowPanel([FieldPanel("source"), FieldPanel("review_by")]),
            ],
            heading=gettext_lazy("Values over time"),
            label=gettext_lazy("Value"),
        ),
        MultiFieldPanel(
            [FieldPanel("formula"), FieldRowPanel([FieldPanel("source"), FieldPanel("review_by")])],
            heading=gettext_lazy("Formula and review"),
        ),
    ]


@register_snippet
class FactViewSet(SnippetViewSet):
    """A list with today's values, and a form."""

    model = Fact
    icon = "order"
    menu_label = gettext_lazy("Facts")
    menu_order = 310
    add_to_admin_menu = True
    list_display: ClassVar = ["label", "key", Column("today", label=gettext_lazy("Today"), accessor=printed_today)]
    list_filter: ClassVar = ["unit"]
    list_per_page = 50
    panels: ClassVar = FactPanels.panels


# The panels build their form upon the model's own base.
Fact.base_form_class = FactForm


@hooks.register("before_delete_snippet")
def keep_facts_in_use(request: HttpRequest, instances: list[Any]) -> HttpResponse | None:
    """A fact that an article says, or a formula counts with, cannot be deleted."""
    for fact in instances:
        if not isinstance(fact, Fact):
            continue
        users = [page.get_admin_display_title() for page in articles_saying(fact.key, live_only=False)]
        users += sorted(dependents(book(), fact.key) - {fact.key})
        if users:
            names = format_html_join(", ", "{}", ((one,) for one in users[:5]))
            messages.error(
                request, _("%(fact)s is in use and cannot be deleted: %(users)s") % {"fact": fact, "users": names}
            )
            return redirect("wagtailsnippets_facts_fact:list")
    return None
