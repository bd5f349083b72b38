"""Lists without an index of their own (users, groups, terms), searched as the others are: without accents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from wagtail.users.views.groups import GroupViewSet as WagtailGroupViewSet
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from cms.core.search import LONGEST, folded


def containing(rows: QuerySet[Any], asked: str, fields: Sequence[str]) -> QuerySet[Any]:
    """The rows whose fields hold every word of a question, in whatever letters; "nguyen" finds Nguyễn, "da" Đà.

    They are read to be compared: for lists of hundreds. Signs alone find nothing.
    """
    words = folded(asked[:LONGEST]).split()
    if not words:
        return rows.none()
    found = []
    for key, *texts in rows.order_by().values_list("pk", *fields):
        said = folded(" ".join(str(text) for text in texts if text))
        if all(word in said for word in words):
            found.append(key)
    return rows.filter(pk__in=found)


class FoldedSearch:
    """For an index view with `search_fields`."""

    def search_queryset(self: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What the search box finds."""
        return containing(queryset, self.search_query, self.search_fields) if self.is_searching else queryset


class UserIndexView(FoldedSearch, WagtailUserViewSet.index_view_class):  # type: ignore[misc]
    """The users' list."""


class GroupIndexView(FoldedSearch, WagtailGroupViewSet.index_view_class):  # type: ignore[misc]
    """The groups' list."""


class UserViewSet(WagtailUserViewSet):  # type: ignore[misc]
    """Users, found without accents."""

    index_view_class = UserIndexView


class GroupViewSet(WagtailGroupViewSet):  # type: ignore[misc]
    """Groups, found without accents."""

    index_view_class = GroupIndexView
