"""Topics, campaigns, the calendar and the desk in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from cms.articles.models import PolicyArticlePage
from cms.planning import views
from cms.planning.models import Campaign, Topic
from cms.planning.panels import Desk


class CampaignViewSet(SnippetViewSet):
    """A list by time, and a form."""

    model = Campaign
    icon = "calendar"
    menu_label = gettext_lazy("Campaigns")
    list_display: ClassVar = ["title", "key", "begins", "ends"]
    panels: ClassVar = [
        MultiFieldPanel(
            [
                FieldPanel("title"),
                FieldRowPanel([FieldPanel("key"), FieldPanel("theme")]),
                FieldRowPanel([FieldPanel("begins"), FieldPanel("ends")]),
            ],
            heading=gettext_lazy("Campaign"),
        ),
        FieldPanel("audiences"),
        FieldPanel("goals"),
    ]


class TopicViewSet(SnippetViewSet):
    """The vocabulary."""

    model = Topic
    icon = "tag"
    menu_label = gettext_lazy("Topics")
    list_display: ClassVar = ["name", "key", "order"]
    panels: ClassVar = [FieldPanel("name"), FieldRowPanel([FieldPanel("key"), FieldPanel("order")])]


class PlanningGroup(SnippetViewSetGroup):
    """One entry of the menu."""

    items = (CampaignViewSet, TopicViewSet)
    menu_label = gettext_lazy("Planning")
    menu_icon = "calendar"
    menu_order = 316

    def get_submenu_items(self) -> list[MenuItem]:
        """The calendar and the gaps before the records."""
        return [
            _PlanItem(gettext_lazy("Editorial calendar"), reverse("planning_calendar"), icon_name="date", order=1),
            _PlanItem(gettext_lazy("Gaps"), reverse("planning_gaps"), icon_name="table", order=2),
            *super().get_submenu_items(),
        ]


class _PlanItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        return bool(request.user.has_perm("planning.view_campaign"))


register_snippet(PlanningGroup)


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks its permissions itself."""
    return [
        path("planning/", views.month, name="planning_calendar"),
        path("planning/gaps/", views.matrix, name="planning_gaps"),
        path("planning/new/", views.create, name="planning_create"),
        path("planning/calendar.<str:kind>", views.export, name="planning_export"),
    ]


@hooks.register("construct_homepage_panels")
def desk(request: HttpRequest, panels: list[Any]) -> None:
    """First of all."""
    panels.insert(0, Desk())


@hooks.register("before_delete_snippet")
def keep_what_is_named(request: HttpRequest, instances: list[Any]) -> HttpResponse | None:
    """A campaign or a topic that an article names cannot be deleted."""
    for one in instances:
        if not isinstance(one, Campaign | Topic):
            continue
        pages = PolicyArticlePage.objects.filter(alias_of__isnull=True)
        users = [
            page
            for page in pages
            if (page.campaign == one.key if isinstance(one, Campaign) else one.key in page.topics)
        ]
        if users:
            names = ", ".join(page.get_admin_display_title() for page in users[:5])
            messages.error(request, _("It is in use and cannot be deleted: %(users)s") % {"users": names})
            return redirect(reverse(f"wagtailsnippets_planning_{one._meta.model_name}:list"))
    return None
