"""Facts in the admin: the list, the menu, and the addresses of the screens."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, re_path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, DateColumn, TitleColumn
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet, SnippetViewSetGroup

from cms.facts import files, history, views
from cms.facts.books import newsroom_day
from cms.facts.enums import OPEN
from cms.facts.models import Fact, FactChange, unit_choices
from cms.facts.permissions import may_propose, may_view
from cms.facts.says import book_of_request, next_change, printed, printed_today
from render.phrases import vietnamese_date


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks for itself who may see it."""
    key = r"(?P<key>[a-z][a-z0-9_]{0,63})"
    return [
        re_path(rf"^facts/of/{key}/$", views.fact, name="facts_fact"),
        re_path(rf"^facts/of/{key}/propose/(?P<kind>[a-z]{{3,12}})/$", views.propose, name="facts_propose"),
        path("facts/new/", views.propose, {"kind": "new"}, name="facts_new"),
        path("facts/changes/", views.changes, name="facts_changes"),
        re_path(r"^facts/changes/(?P<change_id>\d{1,17})/$", views.change, name="facts_change"),
        re_path(r"^facts/changes/(?P<change_id>\d{1,17})/decide/$", views.decide, name="facts_decide"),
        re_path(
            r"^facts/changes/(?P<change_id>\d{1,17})/impact\.(?P<kind>csv|xlsx)$",
            views.impact_table,
            name="facts_impact_table",
        ),
        path("facts/day/", history.day, name="facts_day"),
        re_path(r"^facts/day/(?P<page_id>\d{1,17})/$", history.article_day, name="facts_article_day"),
        path("facts/schedule/", history.schedule, name="facts_schedule"),
        path("facts/review/", history.review, name="facts_review"),
        path("facts/import/", files.upload, name="facts_import"),
        re_path(r"^facts/export\.(?P<kind>toml|xlsx)$", files.export, name="facts_export"),
    ]


class OnlyProposals(ModelPermissionPolicy):
    """Facts are changed by proposals; no form writes them."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Only looking."""
        return action in ("view", "choose") and may_view(user)

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        """Only looking."""
        return self.user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        """Only looking."""
        return any(self.user_has_permission(user, action) for action in actions)


register_permission_policy(Fact, OnlyProposals(Fact))


class KeyColumn(Column):
    """A key, broken at its underscores where there is little room."""

    cell_template_name = "facts/cells/key.html"

    def get_value(self, instance: Any) -> list[str]:
        """Its parts."""
        parts = instance.key.split("_")
        return [f"{part}_" for part in parts[:-1]] + parts[-1:]


class TodayColumn(Column):
    """The figure of today, and a chip where a change is pending."""

    cell_template_name = "facts/cells/today.html"

    def get_value(self, instance: Any) -> dict[str, Any]:
        """Figure and chip."""
        return {"printed": printed_today(instance), "pending": instance.key in pending_keys()}


class NextColumn(Column):
    """What comes, and from when."""

    cell_template_name = "facts/cells/next.html"

    def get_value(self, instance: Any) -> dict[str, Any]:
        """Figure and day."""
        facts = book_of_request()
        coming = next_change(facts, instance.key, newsroom_day()) if instance.key in facts.facts else None
        if coming is None:
            return {}
        return {"printed": printed(coming[1]), "since": vietnamese_date(coming[0]), "ends": coming[1] is None}


def _basis(row: Fact) -> str:
    """The law of the value of today, else of the fact."""
    facts = book_of_request()
    fact = facts.facts.get(row.key)
    today = newsroom_day()
    values = fact.values if fact else ()
    holding = [
        one for one in values if (one.since is None or one.since <= today) and (not one.until or today <= one.until)
    ]
    return (holding[0].source if holding else "") or row.source or (_("worked out by a formula") if row.formula else "")


def pending_keys() -> frozenset[str]:
    """The facts with an open change, kept for a moment: a list asks once a row."""
    found = cache.get("facts.pending")
    if found is None:
        found = frozenset(FactChange.objects.filter(status__in=OPEN).values_list("key", flat=True))
        cache.set("facts.pending", found, 1)
    return found


class FactFilters(WagtailFilterSet):
    """By unit, by owner, and by what is to be done."""

    unit = django_filters.ChoiceFilter(label=gettext_lazy("Unit"), choices=unit_choices)
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="by_state",
        choices=(
            ("pending", gettext_lazy("a change is pending")),
            ("review", gettext_lazy("to be reviewed")),
            ("formula", gettext_lazy("worked out by a formula")),
            ("retired", gettext_lazy("retired")),
        ),
    )
    mine = django_filters.ChoiceFilter(
        label=gettext_lazy("In charge"), method="by_owner", choices=(("me", gettext_lazy("mine")),)
    )

    class Meta:
        model = Fact
        fields: ClassVar[list[str]] = []

    def by_state(self, queryset: Any, name: str, value: str) -> Any:
        """One of the states."""
        wanted = {
            "pending": Q(key__in=pending_keys()),
            "review": Q(review_by__lt=newsroom_day()),
            "formula": ~Q(formula=""),
            "retired": Q(retired_on__isnull=False),
        }[value]
        return queryset.filter(id__in=list(Fact.objects.filter(wanted).values_list("pk", flat=True)))

    def by_owner(self, queryset: Any, name: str, value: str) -> Any:
        """Those the reader answers for, also through a group."""
        user = self.request.user
        wanted = Q(owner=user) | Q(owner_group__in=user.groups.all())
        return queryset.filter(id__in=list(Fact.objects.filter(wanted).values_list("pk", flat=True)))


class FactIndexView(IndexView):
    """The list, with what can be done with all of them."""

    @cached_property
    def columns(self) -> list[Any]:
        """Without boxes to tick: there is nothing to do with several at once."""
        return [column for column in super().columns if not isinstance(column, BulkActionsCheckboxColumn)]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Propose a new one."""
        if not may_propose(self.request.user):
            return []
        return [HeaderButton(_("Propose a new fact"), url=reverse("facts_new"), icon_name="plus")]

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        """Files."""
        found = [
            Button(
                _("Download as XLSX"), url=reverse("facts_export", args=["xlsx"]), icon_name="download", priority=10
            ),
            Button(
                _("Download as TOML"), url=reverse("facts_export", args=["toml"]), icon_name="download", priority=20
            ),
        ]
        if may_propose(self.request.user):
            found.append(Button(_("Import a file"), url=reverse("facts_import"), icon_name="upload", priority=30))
        return found


class FactViewSet(SnippetViewSet):
    """A list to look at; each fact has a page of its own."""

    model = Fact
    icon = "order"
    menu_label = gettext_lazy("All facts")
    index_view_class = FactIndexView
    filterset_class = FactFilters
    copy_view_enabled = False
    list_display: ClassVar = [
        TitleColumn("label", label=gettext_lazy("Label"), get_url=views.fact_url, sort_key="label", width="28%"),
        KeyColumn("key", label=gettext_lazy("Key"), sort_key="key", classname="loa-key loa-wide"),
        TodayColumn("today", label=gettext_lazy("Today")),
        NextColumn("next", label=gettext_lazy("Next")),
        Column("basis", label=gettext_lazy("Legal basis"), accessor=_basis, classname="loa-wide"),
        Column("owner_name", label=gettext_lazy("In charge"), classname="loa-wide"),
        DateColumn("review_by", label=gettext_lazy("Review by"), sort_key="review_by"),
    ]
    list_per_page = 50


class FactMenuItem(MenuItem):
    """For whoever works with facts."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Not for others."""
        return may_view(request.user)


class FactGroup(SnippetViewSetGroup):
    """Facts in the menu: the list, what is proposed, what comes, what was."""

    items = (FactViewSet,)
    menu_label = gettext_lazy("Facts")
    menu_name = "facts"
    menu_icon = "order"
    menu_order = 310
    add_to_admin_menu = True

    def get_submenu_items(self) -> list[MenuItem]:
        """The list first."""
        ours = (
            ("fact-changes", gettext_lazy("Proposals"), "facts_changes", "edit"),
            ("fact-days", gettext_lazy("What comes"), "facts_schedule", "calendar"),
            ("fact-day", gettext_lazy("What did we say on…"), "facts_day", "history"),
            ("fact-review", gettext_lazy("To be reviewed"), "facts_review", "warning"),
        )
        return super().get_submenu_items() + [
            FactMenuItem(label, reverse(url), name=name, icon_name=icon, order=order)
            for order, (name, label, url, icon) in enumerate(ours, start=2)
        ]


register_snippet(FactGroup)


@hooks.register("insert_global_admin_css")
def css() -> str:
    """Chips and figures of facts, also in lists."""
    return format_html('<link rel="stylesheet" href="{}">', static("facts/facts.css"))
