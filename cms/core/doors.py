"""What the doors ask for that libraries leave open to everybody who may come into the admin: choosers above all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from wagtail.permissions import page_permission_policy

# A view by its name, or all of a namespace: the right that it asks for.
_VIEWS = {"articles_facts": "facts.view_fact", "register_standing": "register.view_legaldocument"}
_SPACES = {"fact_chooser": "facts.view_fact", "document_chooser": "register.view_legaldocument"}
_SNIPPETS = "wagtailsnippetchoosers_"  # and the app, and the model
_PAGES = "wagtailadmin_choose_page"  # lists every page, drafts too


def may_enter(user: Any, view_name: str) -> bool:
    """Whether what is beyond a view is somebody's business, as far as this module knows."""
    space, _colon, _name = view_name.rpartition(":")
    if right := _VIEWS.get(view_name) or _SPACES.get(space):
        return bool(user.has_perm(right))
    if space.startswith(_SNIPPETS):
        app, _bar, model = space.removeprefix(_SNIPPETS).partition("_")
        return bool(user.has_perm(f"{app}.view_{model}"))
    if view_name.startswith(_PAGES):
        return bool(page_permission_policy.user_has_any_permission(user, {"add", "change", "publish", "lock"}))
    if space == "wagtaildocs_chooser":  # articles have no documents to hand out
        return bool(user.is_superuser)
    if space == "wagtailimages_chooser":
        return _may_choose_pictures(user)
    return True


def _may_choose_pictures(user: Any) -> bool:
    from wagtail.images import get_image_model
    from wagtail.permissions import policy_registry

    policy = policy_registry.get_by_type(get_image_model())
    return bool(policy.user_has_any_permission(user, ["choose", "add", "change"]))


class Doors:
    """403 for who has no business beyond a door; who is not logged in goes on to the login."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before a view is found."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Ask at the door."""
        match = request.resolver_match
        if match is not None and request.user.is_authenticated and not may_enter(request.user, match.view_name):
            raise PermissionDenied
