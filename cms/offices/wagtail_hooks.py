"""Offices in the admin: the register, who works for which, the office's own screen, local stories to approve."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import URLPattern, path, re_path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.core.roles import CENTRAL_EDITOR, PROVINCIAL_EDITOR, holds
from cms.offices import views
from cms.offices.models import Office, OfficeMember
from cms.offices.permissions import may_decide


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks for itself whose office it is."""
    return [
        path("offices/", views.mine, name="offices_mine"),
        path("offices/stories/", views.stories, name="offices_stories"),
        path("offices/stories/<int:story_id>/", views.decide, name="offices_decide"),
        re_path(r"^offices/(?P<code>\d{2}(?:\.\d{3,5})?)/$", views.local, name="offices_local"),
    ]


@register_snippet
class OfficeViewSet(SnippetViewSet):
    """A list and a form. The story is told and approved on its own screens."""

    model = Office
    icon = "home"
    menu_label = _("Offices")
    menu_order = 330
    add_to_admin_menu = True
    list_display = ("unit", "name", "hotline")
    list_per_page = 50
    panels: ClassVar = [
        *(FieldPanel(name) for name in ("code", "name", "unit", "kind", "address", "hotline", "email", "logo")),
        FieldPanel("story", read_only=True),
    ]


@register_snippet
class OfficeMemberViewSet(SnippetViewSet):
    """Who works for which office."""

    model = OfficeMember
    icon = "user"
    menu_label = _("Members of offices")
    menu_order = 331
    add_to_admin_menu = True
    list_display = ("user", "office")
    list_per_page = 50
    panels: ClassVar = [FieldPanel("user"), FieldPanel("office")]


class OwnOfficeItem(MenuItem):
    """To the office's own screen."""

    def is_shown(self, request: Any) -> bool:
        """For those who have one."""
        user = request.user
        return not user.is_superuser and holds(user, PROVINCIAL_EDITOR) and not holds(user, CENTRAL_EDITOR)


class StoriesItem(MenuItem):
    """To the local stories."""

    def is_shown(self, request: Any) -> bool:
        """For those who approve them."""
        return may_decide(request.user)


@hooks.register("register_admin_menu_item")
def own_office_item() -> MenuItem:
    """The first thing of a province's editor."""
    return OwnOfficeItem(_("My office"), reverse("offices_mine"), name="my-office", icon_name="home", order=100)


@hooks.register("register_admin_menu_item")
def stories_item() -> MenuItem:
    """Beside the offices."""
    return StoriesItem(
        _("Local stories"), reverse("offices_stories"), name="local-stories", icon_name="openquote", order=332
    )
