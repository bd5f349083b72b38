"""Addresses of the review in the admin, its place in menus, and a word before a publication that is refused."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages as admin_messages
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets import Button
from wagtail.models import TaskState

from cms.approval import views
from cms.approval.guard import problem_of
from cms.approval.models import is_urgent
from cms.articles.models import PolicyArticlePage
from cms.audit.log import name_of
from cms.core.roles import AUDITOR, CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER, holds


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks for itself who may."""
    return [
        path("approval/<int:page_id>/", views.review, name="approval_review"),
        path("approval/<int:page_id>/approve/", views.approve, name="approval_approve"),
        path("approval/<int:page_id>/ask/", views.ask, name="approval_ask"),
        path("approval/<int:page_id>/step/", views.step, name="approval_step"),
    ]


@hooks.register("before_publish_page")
def refuse_with_words(request: HttpRequest, page: Any) -> HttpResponse | None:
    """The guard would refuse it anyway; here the editor learns why, and what is missing."""
    if not isinstance(page, PolicyArticlePage):
        return None
    if problem := problem_of(page):
        messages.error(request, problem)
        return redirect("approval_review", page.pk)
    return None


@hooks.register("before_edit_page")
def tell_of_another_hand(request: HttpRequest, page: Any) -> None:
    """Who saves over a version they have not seen is told so, and where the other one is kept."""
    known = request.POST.get("overwrite_revision_id") or request.POST.get("loaded_revision_id")
    last = page.latest_revision if isinstance(page, PolicyArticlePage) and known else None
    if last is None or known == str(last.pk) or request.headers.get("Accept", "").startswith("application/json"):
        return  # an autosave is refused by the editor itself
    who = name_of(last.user) if last.user else _("somebody")
    words = _(
        "While you were writing, %(who)s saved another version. It is kept in the history: compare it with yours."
    )
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, last.pk, "latest"])
    admin_messages.warning(request, words % {"who": who}, buttons=[admin_messages.button(compare, _("Compare"))])


@hooks.register("before_bulk_action")
def refuse_bulk_with_words(
    request: HttpRequest, action_type: str, objects: Any, action_class_instance: Any
) -> HttpResponse | None:
    """The same for many at once."""
    if action_type != "publish":
        return None
    for page in objects:
        specific = page.specific
        if isinstance(specific, PolicyArticlePage) and (
            problem := problem_of(specific.get_latest_revision_as_object())
        ):
            messages.error(request, f"{specific.get_admin_display_title()}: {problem}")
            return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


class ReviewItem(ActionMenuItem):
    """To the review, from the editor's button."""

    name = "action-review"
    icon_name = "clipboard-list"

    @property
    def label(self) -> str:  # type: ignore[override]
        """In the language of the screen."""
        return _("What waits for approval")

    def is_shown(self, context: Any) -> bool:
        """For a page that is there."""
        return isinstance(context.get("page"), PolicyArticlePage) and context["view"] == "edit"

    def get_url(self, context: Any) -> str:
        """Its review."""
        return reverse("approval_review", args=[context["page"].pk])


@hooks.register("register_page_action_menu_item")
def review_item() -> ReviewItem:
    """Among the editor's actions."""
    return ReviewItem(order=35)


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def review_button(page: Any, user: Any, next_url: str | None = None, view_name: str = "") -> Any:
    """At a page in a list, and at the head of its screens."""
    if isinstance(page.specific_deferred, PolicyArticlePage) and holds(
        user, LEGAL_REVIEWER, PUBLISHER, CENTRAL_EDITOR, AUDITOR
    ):
        yield Button(
            _("What waits for approval"),
            reverse("approval_review", args=[page.pk]),
            icon_name="clipboard-list",
            priority=25,
        )


class WaitingForMe(Component):
    """On the first page: what waits for the user's step, the urgent first."""

    order = 90
    template_name = "approval/waiting.html"

    def render_html(self, parent_context: Any = None) -> str:
        """A table; nothing where nothing waits."""
        request = parent_context["request"]
        rows = waiting_for(request.user)
        return render_to_string(self.template_name, {"rows": rows}, request=request) if rows else ""


def waiting_for(user: Any) -> list[dict[str, Any]]:
    """The steps that somebody may take, urgent ones first, then the oldest."""
    states = TaskState.objects.reviewable_by(user).select_related("workflow_state__requested_by", "task", "revision")
    rows = []
    for state in states.order_by("started_at"):
        page = state.workflow_state.content_object
        page = page.specific if page is not None else None
        if not isinstance(page, PolicyArticlePage):
            continue
        rows.append(
            {
                "page": page,
                "title": page.get_admin_display_title(),
                "task": state.task,
                "by": state.workflow_state.requested_by,
                "since": state.started_at,
                "urgent": is_urgent(page.get_latest_revision_as_object()),
                "url": reverse("approval_review", args=[page.pk]),
            }
        )
    return sorted(rows, key=lambda row: not row["urgent"])


@hooks.register("construct_homepage_panels")
def waiting_panel(request: HttpRequest, panels: list[Any]) -> None:
    """Ours instead of Wagtail's, which leads to the editor instead of to the review."""
    panels[:] = [panel for panel in panels if type(panel).__name__ != "WorkflowObjectsToModeratePanel"]
    panels.append(WaitingForMe())
