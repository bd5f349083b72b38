"""What an article file says of the newsroom itself: who answers for the article, who reviews it, in which campaign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from cms.planning.models import Campaign, theme_of
from render.article import Article
from render.errors import ArticleError
from render.places import place

if TYPE_CHECKING:
    from cms.articles.models import PolicyArticlePage

PEOPLE = ("responsible", "reviewer")


def with_belonging(article: Article, page: PolicyArticlePage) -> Article:
    """An article with what its page says of it, for its file."""
    own = page.campaign if page.campaign != article.campaign else ""  # a theme alone is no campaign
    names = {role: person.get_username() if (person := getattr(page, role)) else "" for role in PEOPLE}
    return replace(article, in_campaign=own, **names)


def without_belonging(article: Article) -> Article:
    """An article as products know it."""
    return replace(article, responsible="", reviewer="", in_campaign="")


def belonging(article: Article) -> dict[str, Any]:
    """The page's fields that the file names; an `ArticleError` for who or what is not known here.

    What it does not name stays as it is.
    """
    found: dict[str, Any] = {}
    for role in PEOPLE:
        if name := getattr(article, role):
            person = get_user_model().objects.filter(username=name).first()
            if person is None:
                raise ArticleError(
                    f"nobody here has the name {name!r}",
                    where=place(article, role),
                    mend="Write the name they log in with, or take the line out",
                )
            found[role] = person
    if name := article.in_campaign:
        campaign = Campaign.objects.filter(key=name).first()
        if campaign is None or theme_of(campaign.key) != article.campaign:
            raise ArticleError(
                f"there is no campaign {name!r} with the theme {article.campaign!r} here",
                where=place(article, "in_campaign"),
                mend="Plan the campaign first, or take the line out",
            )
        found["campaign"] = campaign.key
    return found


def differs(page: PolicyArticlePage, wanted: dict[str, Any]) -> bool:
    """Whether a page says something else than its file."""
    return any(getattr(page, name) != value for name, value in wanted.items())
