"""Who wrote what since it was last judged: kept at each save, so that no revision need be read again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max
from wagtail.models import Revision

from cms.approval.models import Authorship, BlockApproval, LastSaved
from cms.approval.units import REMOVED, units_of
from cms.core.roles import refuse_own


@transaction.atomic
def note_authors(page: Any, user_id: int | None) -> None:
    """Remember who changed which parts with this save. `page` is as it was saved."""
    own = {"article": page.translation_key, "lang": page.locale.language_code}
    now = {key: unit.digest for key, unit in units_of(page).items()}
    row, first = LastSaved.objects.get_or_create(**own)
    before = row.digests
    changed = [key for key in now.keys() | before.keys() if now.get(key, REMOVED) != before.get(key, REMOVED)]
    if not changed:
        return
    row.digests = now
    row.save(update_fields=["digests"])
    writers = {user_id} if user_id else set()
    if first:  # articles that are older than this record: whoever has saved it may have written it
        writers |= set(
            Revision.objects.for_instance(page).filter(user__isnull=False).values_list("user_id", flat=True).distinct()
        )
    if not writers:
        return
    since = _last_verdicts(own, changed)
    Authorship.objects.bulk_create(
        [Authorship(**own, unit=key, user_id=writer, since=since.get(key, 0)) for key in changed for writer in writers],
        ignore_conflicts=True,
    )


def authors_of(page: Any, keys: Iterable[str] | None = None) -> dict[str, set[int]]:
    """Who changed each part since the last approval of it; of a new part whose author nobody noted, the owner."""
    own = {"article": page.translation_key, "lang": page.locale.language_code}
    wanted = set(keys) if keys is not None else None
    approved: dict[str, int] = {}
    for pk, unit in BlockApproval.objects.filter(**own, verdict="approved").values_list("pk", "unit"):
        approved[unit] = pk
    found: dict[str, set[int]] = {}
    for unit, user, since in Authorship.objects.filter(**own).values_list("unit", "user_id", "since"):
        if wanted is not None and unit not in wanted:
            continue
        if since >= approved.get(unit, 0):
            found.setdefault(unit, set()).add(user)
    if page.owner_id and not Authorship.objects.filter(**own).exists():
        for unit in wanted or {"title"}:
            found.setdefault(unit, set()).add(page.owner_id)
    return found


def refuse_authors(page: Any, user: Any) -> None:
    """`PermissionDenied` when the user wrote any of what readers would newly see."""
    writers: set[int] = set()
    for users in authors_since_published(page, unpublished_keys(page)).values():
        writers |= users
    refuse_own(user, writers)


def authors_since_published(page: Any, keys: Iterable[str]) -> dict[str, set[int]]:
    """Who changed the parts that differ from what readers see, approved meanwhile or not."""
    own = {"article": page.translation_key, "lang": page.locale.language_code}
    wanted = set(keys)
    found: dict[str, set[int]] = {}
    rows = Authorship.objects.filter(**own, unit__in=wanted)
    published = _published_marks(page)
    for unit, user, since in rows.values_list("unit", "user_id", "since"):
        if since >= published.get(unit, 0):
            found.setdefault(unit, set()).add(user)
    return found


def unpublished_keys(page: Any) -> set[str]:
    """The parts in which the last revision says something else than what readers see."""
    now = {key: unit.digest for key, unit in units_of(page.get_latest_revision_as_object()).items()}
    live = {key: unit.digest for key, unit in units_of(_live(page)).items()} if page.live else {}
    return {key for key in now.keys() | live.keys() if now.get(key) != live.get(key)}


def _published_marks(page: Any) -> dict[str, int]:
    """The verdict on each part that readers see today: what was written before it, they have read."""
    if not page.live:
        return {}
    own = {"article": page.translation_key, "lang": page.locale.language_code}
    live = {key: unit.digest for key, unit in units_of(_live(page)).items()}
    marks: dict[str, int] = {}
    for pk, unit, digest in BlockApproval.objects.filter(**own, verdict="approved").values_list("pk", "unit", "digest"):
        if live.get(unit) == digest:
            marks[unit] = pk
    return marks


def _live(page: Any) -> Any:
    return type(page).objects.select_related("locale").get(pk=page.pk)


def _last_verdicts(own: dict[str, Any], keys: list[str]) -> dict[str, int]:
    rows = (
        BlockApproval.objects.filter(**own, unit__in=keys, verdict="approved").values("unit").annotate(last=Max("pk"))
    )
    return {row["unit"]: row["last"] for row in rows}


def names(ids: Iterable[int]) -> list[str]:
    """People by name, for a screen."""
    from cms.audit.log import name_of

    return [name_of(user) for user in get_user_model().objects.filter(pk__in=list(ids)).order_by("pk")]
