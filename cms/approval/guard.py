"""Nothing goes live that is not approved, part by part, whichever way it takes: the last check stands at the row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.approval.authors import refuse_authors
from cms.approval.standing import Standing, standings
from cms.approval.units import units_of
from cms.approval.words import label_of
from cms.audit.log import acting
from cms.questions.bank import keys_in, unapproved

# Fields of a page that say nothing to readers: Wagtail saves these alone, often.
_QUIET = frozenset(
    {
        "latest_revision", "latest_revision_created_at", "draft_title", "has_unpublished_changes",
        "locked", "locked_at", "locked_by", "numchild", "path", "depth", "url_path", "go_live_at", "expire_at",
        "expired", "owner", "search_description", "show_in_menus", "translation_key",
    }
)  # fmt: skip


class NotApprovedError(PermissionDenied):
    """Something would be shown to readers that nobody has approved."""


def problem_of(page: Any) -> str:
    """Why a page, as it is in memory, may not go live; "" when it may. A translation answers to second speakers."""
    from cms.translation.ready import is_translation, translation_ready

    if keys_in(page) and (waiting := unapproved(page.as_article())):
        names = ", ".join(map(str, waiting))
        return _("These answers of the question bank are not approved yet: %(names)s.") % {"names": names}
    if is_translation(page):
        problem = translation_ready(page)
        return problem.words if problem else ""
    missing = [one for one in standings(page) if not one.is_approved]
    return missing_words(missing) if missing else ""


def missing_words(missing: list[Standing]) -> str:
    """What is missing, in a sentence."""
    words = ngettext(
        "%(count)d part of the article is not approved: %(parts)s.",
        "%(count)d parts of the article are not approved: %(parts)s.",
        len(missing),
    )
    shown = ", ".join(label_of(one) for one in missing[:5])
    return words % {"count": len(missing), "parts": shown + (" …" if len(missing) > 5 else "")}


def refuse_incomplete(page: Any) -> None:
    """`NotApprovedError` unless every part of the page, as it is in memory, is approved."""
    if problem := problem_of(page):
        raise NotApprovedError(problem)


def refuse_unapproved(page: Any, update_fields: Collection[str] | None = None) -> None:
    """Before a page is saved: `NotApprovedError` when readers would see something that is not approved.

    A save that changes nothing for readers passes: a page moves, is locked, gets another list of offices.
    """
    if not page.live or (update_fields is not None and _QUIET.issuperset(update_fields)):
        return
    if page.alias_of_id:
        original = type(page).objects.filter(pk=page.alias_of_id, live=True).select_related("locale").first()
        if original is None or _digests(original) != _digests(page):
            raise NotApprovedError(_("An alias shows what its original shows."))
        return
    live = type(page).objects.filter(pk=page.pk, live=True).select_related("locale").first() if page.pk else None
    if live is None or _digests(live) != _digests(page):
        refuse_incomplete(page)
        refuse_own_hand(page)


def refuse_own_hand(page: Any) -> None:
    """`PermissionDenied` when who sends this request wrote any of what readers would newly see.

    A translation has its own rule: a second speaker has signed each of its texts.
    """
    from cms.translation.ready import is_translation

    user = acting.get()
    if user is not None and user.pk is not None and page.pk and not is_translation(page):
        refuse_authors(page, user)


def _digests(page: Any) -> dict[str, str]:
    return {key: unit.digest for key, unit in units_of(page).items()}
