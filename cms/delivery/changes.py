"""Writes down, release by release, what is new, changed and called back; and tells it to the webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction

from cms.delivery.enums import ChangeKind, HookEvent
from cms.delivery.models import Change, Noted
from cms.delivery.outbox import announce
from render.catalogue import history, read_part, read_release
from render.errors import ReleaseError
from render.manifest import Blob, Entry, Event, Release
from render.store import Missing, Store

_BATCH = 1000
_FIRST_LOOK = 200  # releases: whoever connects an old store need not read all of its past


def catch_up(store: Store, current: Release, trusted: Sequence[str]) -> int:
    """Note each release after the last that was noted; how many. Two processes may do it at once.

    A `ReleaseError` when the catalogue names a smaller one than was seen: an old one was put back.
    """
    last = Noted.objects.order_by("-number").first()
    if last is not None and current.number < last.number:
        raise ReleaseError(
            f"the catalogue went back from release {last.number} to {current.number}",
            where=store.url,
            mend="Ask whoever keeps the store",
        )
    if last is not None and last.number == current.number:
        return 0
    steps: list[Release] = []
    before: Release | None = None
    try:
        for release in history(store, current, trusted):
            if last is not None and release.number <= last.number:
                before = release
                break
            if last is None and len(steps) == _FIRST_LOOK:
                before = release
                break
            steps.append(release)
    except (ReleaseError, Missing):
        if not steps:
            raise
        # What lies before was cleared away: the oldest that is left is where the record begins.
        before = _kept(store, last, trusted)
    steps.reverse()
    if before is None and last is not None:
        before = _kept(store, last, trusted)
    done = 0
    for release in steps:
        done += _note(store, before, release)
        before = release
    return done


def _kept(store: Store, last: Noted | None, trusted: Sequence[str]) -> Release | None:
    try:
        return read_release(store, last.release, trusted) if last else None
    except (ReleaseError, Missing):
        return None


def _note(store: Store, before: Release | None, release: Release) -> int:
    """One release, in one transaction with what webhooks are told; 0 when another process was first."""
    rows = list(_differences(store, before, release))
    with transaction.atomic():
        _noted, new = Noted.objects.select_for_update().get_or_create(
            number=release.number, defaults={"release": release.id, "made_at": release.made_at}
        )
        if not new:
            return 0
        Change.objects.bulk_create(rows, batch_size=_BATCH)
        _tell(release, rows)
    return 1


def _tell(release: Release, rows: Sequence[Change]) -> None:
    provinces = {row.province for row in rows}
    counts = {str(kind): sum(row.kind == kind for row in rows) for kind in ChangeKind}
    announce(
        HookEvent.RELEASE_PUBLISHED,
        f"release-{release.number}",
        {
            "release": release.number,
            "id": release.id,
            "made_at": release.made_at,
            "articles": sorted({row.slug for row in rows})[:200],
            "counts": counts,
        },
        provinces=provinces,
    )
    for event in release.withdrawn:
        if event.number == release.number and event.state != "blocked":
            announce(
                HookEvent.PRODUCT_WITHDRAWN,
                event.id,
                {
                    "release": release.number,
                    "slug": event.slug,
                    "state": event.state,
                    "reason": event.reason,
                    "replaced_by": event.replaced_by,
                    "languages": list(event.languages),
                    "provinces": list(event.provinces),
                },
                provinces=set(event.provinces),
            )


def _differences(store: Store, before: Release | None, release: Release) -> Iterator[Change]:
    """Only parts that differ are read."""
    events = {event.slug: event for event in release.withdrawn if event.number == release.number}
    old_articles = before.articles if before else {}
    for slug in sorted({*old_articles, *release.articles}):
        old, new = old_articles.get(slug, {}), release.articles.get(slug, {})
        for province in sorted({*old, *new}):
            was, now = old.get(province), new.get(province)
            if was == now:
                continue
            yield from _between(
                _entries(store, was), _entries(store, now), release.number, slug, province, events.get(slug)
            )


def _between(
    old: dict[tuple[str, str, str], Entry],
    new: dict[tuple[str, str, str], Entry],
    number: int,
    slug: str,
    province: str,
    event: Event | None,
) -> Iterator[Change]:
    for place in sorted({*old, *new}):
        was, now = old.get(place), new.get(place)
        if was is not None and now is not None and _same(was, now):
            continue
        entry = now or was
        assert entry is not None
        kind = ChangeKind.GONE if now is None else ChangeKind.CHANGED if was is not None else ChangeKind.NEW
        told = event if kind != ChangeKind.NEW else None
        yield Change(
            number=number,
            kind=kind,
            slug=slug,
            province=province,
            product=entry.product,
            lang=entry.lang,
            office=entry.office or "",
            edition=entry.edition,
            title=entry.title[:400],
            state=told.state if told else "",
            reason=told.reason if told else "",
            replaced_by=told.replaced_by if told else "",
        )


def _same(was: Entry, now: Entry) -> bool:
    return was.edition == now.edition and [one.sha256 for one in was.files] == [one.sha256 for one in now.files]


def _entries(store: Store, blob: Blob | None) -> dict[tuple[str, str, str], Entry]:
    if blob is None:
        return {}
    try:
        return {entry.place: entry for entry in read_part(store, blob).entries}
    except Missing:  # it was cleared away with the release that named it
        return {}
