"""What was to be used until a day that has passed: called back from readers, and told in the newsroom."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.audit.log import record as audit
from cms.production.models import ProductState
from cms.production.record import mark_withdrawn
from cms.production.releasing import publisher
from render.catalogue import read_part
from render.errors import ArticleError
from render.phrases import vietnamese_date
from render.release import Release, expire, read_catalogue
from render.store import Store


def has_run_out(page: Any, at: dt.datetime | None = None) -> bool:
    """Whether an article's last day of use is over, by the calendar of Vietnam."""
    return bool(page.valid_until and page.valid_until < timezone.localdate(at or timezone.now()))


def refuse_what_ran_out(page: Any) -> None:
    """`ArticleError` for an article that readers would lose in the moment they got it."""
    if has_run_out(page):
        words = _("The article was to be used until %(day)s, and that day is over.")
        mend = _("Give it a later last day, or none, and publish it again.")
        raise ArticleError(
            (words % {"day": vietnamese_date(page.valid_until)}).removesuffix("."), where=page.slug, mend=mend
        )


def expire_what_ran_out() -> int | None:
    """Call back what was to be used until a day that has passed; the release, None when nothing was told.

    Any release calls back what has run out by then, another article's too: so what readers have lost meanwhile is
    read from the releases, and not only from what this call takes out.
    """
    if not ProductState.objects.filter(released__isnull=False).exists():
        return None
    who = publisher()
    release = read_catalogue(who.store, who.keys)
    if release is None:
        return None
    today = timezone.localdate(who.at).isoformat()
    if any(last < today for last in release.expiring.values()):
        release = expire(who)
        assert release is not None  # there was a catalogue
    told = [_note(who.store, release, slug, number) for slug, number in _expired(release).items()]
    return release.number if any(told) else None


def _expired(release: Release) -> dict[str, int]:
    """Articles with the release that last told of their end."""
    ends: dict[str, int] = {}
    for event in release.withdrawn:
        if event.state == "expired":
            ends[event.slug] = max(ends.get(event.slug, 0), event.number)
    return ends


@transaction.atomic
def _note(store: Store, release: Release, slug: str, number: int) -> bool:
    """Rows that say they are with readers and are not, since the release of that number; whether there were any."""
    ours = ProductState.objects.of(slug).filter(Q(released__lte=number))
    if not ours.exists():
        return False
    parts = [read_part(store, blob) for blob in release.articles.get(slug, {}).values()]
    standing = {entry.lang for part in parts for entry in part.entries}
    gone = set(ours.values_list("lang", flat=True)) - standing
    if not gone:
        return False
    mark_withdrawn(slug, gone)
    details = {"release": number, "gone": sorted(gone)}
    audit("article.expired", actor=None, subject=f"article:{slug}", details=details)
    return True
