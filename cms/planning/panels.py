"""The desk on the first screen: what is urgent, what is mine, what is missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.forms import Media
from wagtail.admin.ui.components import Component

from cms.articles.enums import ArticleKind, Priority
from cms.articles.models import PolicyArticlePage
from cms.articles.text import current_book
from cms.production.dates import build_date

MOST = 6
SOON_DAYS = 30


class Desk(Component):
    """Above Wagtail's own panels; a few small queries."""

    name = "loa_desk"
    template_name = "planning/desk.html"
    order = 40

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Each list short, its length in full."""
        user = parent_context["request"].user
        today = build_date(current_book())
        articles = (
            PolicyArticlePage.objects.filter(alias_of__isnull=True)
            .select_related("locale")
            .defer("body", "picture")
            .order_by("-latest_revision_created_at")
        )
        urgent = articles.filter(Q(kind=ArticleKind.CORRECTION) | Q(priority=Priority.URGENT)).filter(
            Q(live=False) | Q(has_unpublished_changes=True)
        )
        mine = articles.filter(Q(responsible=user) | Q(owner=user)).filter(
            Q(live=False) | Q(has_unpublished_changes=True) | Q(review_by__lte=today)
        )
        waiting = articles.filter(reviewer=user, has_unpublished_changes=True)
        due = articles.filter(review_by__lte=today + dt.timedelta(days=SOON_DAYS))
        return {
            "urgent": urgent[:MOST],
            "mine": mine[:MOST],
            "waiting": waiting[:MOST],
            "due": due.order_by("review_by")[:MOST],
            "today": today,
            "may_plan": user.has_perm("planning.view_campaign"),
        }

    @property
    def media(self) -> Media:
        """The style it shares with the calendar."""
        return Media(css={"all": ["planning/planning.css"]})
