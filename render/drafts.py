"""The next release before it has a number: what is added, called back, has run out, or is brought back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from render.catalogue import Pointer, read_gone, read_part
from render.errors import ReleaseError
from render.manifest import FORMAT, Blob, Entry, Event, GoneEdition, Part, Release, State, part_from_data
from render.phrases import vietnamese_date
from render.publication import Publication
from render.steps import canonical
from render.store import Store

UPDATED = "Nội dung hoặc số liệu đã được cập nhật."
OUTDATED = "Nội dung hoặc số liệu đã thay đổi; bản mới đang được chuẩn bị."
RESTORED = "Trở lại bản phát hành trước."

_VIETNAM = dt.timezone(dt.timedelta(hours=7))  # where the policy holds: what runs out does so at midnight there
_NAMED_CHANGES = 3


@dataclass(frozen=True)
class Draft:
    """What a release will say, and the lists it is made of."""

    articles: Mapping[str, Mapping[str, Blob]]
    expiring: Mapping[str, str]
    parts: Sequence[Part] = ()  # those that were written anew
    blobs: Mapping[str, bytes] = field(default_factory=dict)  # sha256 -> bytes of parts and lists
    events: Sequence[Event] = ()
    note: str = ""
    restores: str = ""

    def changes(self, before: Release | None) -> bool:
        """Whether it says anything else than what is current."""
        if before is None:
            return bool(self.articles)
        return bool(self.events or self.note) or self.articles != before.articles or self.expiring != before.expiring


class _Sheet:
    """A draft as it is being written on top of what is current."""

    def __init__(self, store: Store, pointer: Pointer | None, at: dt.datetime) -> None:
        self.store = store
        self.number = pointer.release.number + 1 if pointer else 1
        self.past: tuple[Event, ...] = pointer.release.withdrawn if pointer else ()
        self.articles = dict(pointer.release.articles) if pointer else {}
        self.expiring = dict(pointer.release.expiring) if pointer else {}
        self.at = at
        self.parts: list[Part] = []
        self.blobs: dict[str, bytes] = {}
        self.events: list[Event] = []

    def current(self, slug: str) -> list[Part]:
        return [self.part(blob) for blob in self.articles.get(slug, {}).values()]

    def part(self, blob: Blob) -> Part:
        written = self.blobs.get(blob.sha256)  # not in the store yet
        return part_from_data(json.loads(written)) if written is not None else read_part(self.store, blob)

    def put(self, slug: str, parts: Sequence[Part]) -> None:
        """These parts are current of an article from now on; without entries nothing is."""
        named = self.articles.pop(slug, {})
        self.expiring.pop(slug, None)
        if not any(part.entries for part in parts):
            return
        self.articles[slug] = {part.province: self.blob(part.to_bytes()) for part in parts}
        self.parts += [part for part in parts if named.get(part.province) != self.articles[slug][part.province]]
        ends = [entry.valid_until for part in parts for entry in part.entries if entry.valid_until]
        if ends:
            self.expiring[slug] = min(ends)

    def tell(self, slug: str, state: State, reason: str, gone: Sequence[GoneEdition], replaced_by: str = "") -> None:
        listed = sorted((dataclasses.asdict(one) for one in gone), key=lambda one: str(one["id"]))
        event = Event(
            number=self.number,
            slug=slug,
            state=state,
            reason=reason,
            replaced_by=replaced_by,
            at=self.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            editions=self.blob(canonical({"format": FORMAT, "slug": slug, "editions": listed})),
            languages=tuple(sorted({one.lang for one in gone})),
            provinces=tuple(sorted({(one.office or "")[:2] for one in gone})),
        )
        self.events.append(event)

    def blob(self, data: bytes) -> Blob:
        sha256 = hashlib.sha256(data).hexdigest()
        self.blobs[sha256] = data
        return Blob(sha256, len(data))

    def expire(self) -> None:
        """Take out what has run out by now."""
        today = self.at.astimezone(_VIETNAM).date().isoformat()
        for slug, last in list(self.expiring.items()):
            if last >= today:
                continue
            before = self.current(slug)
            left = [keep(part, lambda entry: not entry.valid_until or entry.valid_until >= today) for part in before]
            left = _standing(left)
            standing = {one.id for one in editions_of(left)}
            gone = [one for one in editions_of(before) if one.id not in standing]
            self.put(slug, left)
            if gone:
                words = f"Hết thời hạn sử dụng: chỉ dùng đến hết ngày {vietnamese_date(dt.date.fromisoformat(last))}."
                self.tell(slug, "expired", words, gone)

    def finished(self, **more: str) -> Draft:
        return Draft(
            dict(sorted(self.articles.items())),
            dict(sorted(self.expiring.items())),
            [part for part in self.parts if part.slug in self.articles],
            self.blobs,
            self.events,
            **more,
        )


def draft_publication(
    store: Store, pointer: Pointer | None, publications: Sequence[Publication], at: dt.datetime
) -> Draft:
    """Current is what was made, and of the other articles what was."""
    sheet = _Sheet(store, pointer, at)
    for publication in publications:
        slug = publication.slug
        before = sheet.current(slug)
        now = parts_of(publication, before)
        sheet.put(slug, now)
        if slug not in sheet.articles:
            # Nothing of the new editions could be made, and the old ones say what no longer holds.
            if before:
                sheet.tell(slug, "withdrawn", OUTDATED, editions_of(before))
            continue
        gone = superseded(before, now)
        if gone:
            sheet.tell(slug, "superseded", publication.reason or changed_facts(before, now) or UPDATED, gone)
    sheet.expire()
    return sheet.finished()


def draft_withdrawal(
    store: Store,
    pointer: Pointer | None,
    slug: str,
    reason: str,
    replaced_by: str | None,
    languages: Sequence[str],
    at: dt.datetime,
) -> Draft:
    """An article, or some of its languages, is no longer current, nor is any edition of it that ever was."""
    sheet = _Sheet(store, pointer, at)
    if replaced_by is not None and (replaced_by not in sheet.articles or replaced_by == slug):
        mend = "Publish what replaces it first, or leave --replaced-by out"
        raise ReleaseError(f"nothing that is current is called {replaced_by!r}", where="--replaced-by", mend=mend)
    before = sheet.current(slug)
    past = [event for event in sheet.past if event.slug == slug and event.state != "blocked"]
    if not any(entry for part in before for entry in part.entries if not languages or entry.lang in languages):
        last = past[-1] if past else None
        if last and last.state == "withdrawn" and (last.reason, last.replaced_by) == (reason, replaced_by or ""):
            return sheet.finished()
        if last and last.state == "withdrawn" and slug not in sheet.articles:
            mend = "Publish it anew if it holds; release numbers stand in loa releases"
            reason = last.reason.removesuffix(".")
            raise ReleaseError(f"it was withdrawn already, in release {last.number}: {reason}", where=slug, mend=mend)
        near = difflib.get_close_matches(slug, list(sheet.articles), n=3)
        mend = f"Did you mean {' or '.join(near)}?" if near else "loa releases tells what was released"
        raise ReleaseError(f"nothing that is current is called {slug!r}", where="loa withdraw", mend=mend)
    gone = {one.id: one for event in past for one in read_gone(store, event)}
    gone |= {one.id: one for one in editions_of(before)}
    listed = [
        dataclasses.replace(one, replaced_by="") for one in gone.values() if not languages or one.lang in languages
    ]
    left = [_without(part, languages) for part in before] if languages else []
    sheet.put(slug, _standing(left))
    sheet.tell(slug, "withdrawn", reason, listed, replaced_by or "")
    sheet.expire()
    return sheet.finished()


def draft_expiry(store: Store, pointer: Pointer | None, at: dt.datetime) -> Draft:
    """What has run out is no longer current."""
    sheet = _Sheet(store, pointer, at)
    sheet.expire()
    return sheet.finished()


def draft_again(store: Store, pointer: Pointer | None, note: str, at: dt.datetime) -> Draft:
    """The same content in a release of its own: a new key signs it."""
    sheet = _Sheet(store, pointer, at)
    sheet.expire()
    return sheet.finished(note=note)


def draft_mended(
    store: Store, pointer: Pointer | None, mended: Mapping[str, Part], note: str, at: dt.datetime
) -> Draft:
    """The same content, but some files were signed anew. `mended` are parts by the digest of the one each replaces."""
    sheet = _Sheet(store, pointer, at)
    changed = False
    for slug, named in list(sheet.articles.items()):
        if any(blob.sha256 in mended for blob in named.values()):
            parts = [mended.get(blob.sha256) or sheet.part(blob) for blob in named.values()]
            sheet.put(slug, parts)
            changed = changed or sheet.articles[slug] != named
    sheet.expire()
    return sheet.finished(note=note if changed else "")


def draft_rollback(
    store: Store, pointer: Pointer, earlier: Release, reason: str, *, even_withdrawn: bool, at: dt.datetime
) -> Draft:
    """What was current in an earlier release is so again; what came since is called back as superseded.

    An article that was withdrawn since stays so, unless `even_withdrawn`: it may have said a wrong amount.
    """
    sheet = _Sheet(store, pointer, at)
    withdrawn = {
        one.id
        for event in pointer.release.withdrawn
        if event.number > earlier.number and event.state in ("withdrawn", "blocked")
        for one in read_gone(store, event)
    }
    refused: list[str] = []
    for slug in sorted({*sheet.articles, *earlier.articles}):
        before = sheet.current(slug)
        now = [read_part(store, blob) for blob in earlier.articles.get(slug, {}).values()]
        if not even_withdrawn and any(entry.edition in withdrawn for part in now for entry in part.entries):
            refused.append(slug)
            continue
        if earlier.articles.get(slug, {}) == sheet.articles.get(slug, {}):
            continue
        sheet.put(slug, now)
        gone = superseded(before, now)
        if gone:
            sheet.tell(slug, "superseded" if now else "withdrawn", reason, gone)
    if refused:
        raise ReleaseError(
            f"it would bring back what was withdrawn since: {', '.join(refused)}",
            where=earlier.id,
            mend="Publish these articles anew, or say --even-withdrawn if nothing in them was wrong",
        )
    sheet.expire()
    return sheet.finished(note=reason, restores=earlier.id)


def draft_blocked(
    store: Store, pointer: Pointer, blocked: Mapping[str, Sequence[GoneEdition]], at: dt.datetime
) -> Draft:
    """The files of these editions, by article, were taken out of reach."""
    sheet = _Sheet(store, pointer, at)
    for slug, editions in sorted(blocked.items()):
        last = next(event for event in reversed(sheet.past) if event.slug == slug and event.state == "withdrawn")
        sheet.tell(slug, "blocked", last.reason, editions, last.replaced_by)
    sheet.expire()
    return sheet.finished()


# ----- parts and editions


def parts_of(publication: Publication, before: Sequence[Part]) -> list[Part]:
    """What is current of an article then: nationwide first, then by province."""
    entries = {entry.place: _with_end(entry, publication.valid_until) for entry in publication.entries}
    editions = dict(publication.editions)
    waiting = {(one.product, one.lang, one.office or ""): one for one in publication.waiting}
    for part in before:
        for entry in part.entries:
            if entry.place in entries:
                continue
            if not publication.whole or (*entry.place, entry.edition) in publication.kept:
                entries[entry.place] = entry
        for lang, edition in part.editions.items():
            if lang not in editions and any(entry.lang == lang for entry in entries.values()):
                editions[lang] = edition
        if not publication.whole:
            waiting = {(one.product, one.lang, one.office or ""): one for one in part.waiting} | waiting
    waiting = {place: one for place, one in waiting.items() if place not in entries}
    by_province: dict[str, list[Entry]] = {"": []}
    for entry in entries.values():
        by_province.setdefault((entry.office or "")[:2], []).append(entry)
    return [
        Part(
            slug=publication.slug,
            province=province,
            entries=tuple(sorted(mine, key=lambda entry: (entry.office or "", entry.lang, entry.product))),
            editions=dict(sorted(editions.items())) if not province else {},
            waiting=tuple(one for _, one in sorted(waiting.items()) if (one.office or "")[:2] == province),
        )
        for province, mine in sorted(by_province.items())
    ]


def editions_of(parts: Iterable[Part]) -> list[GoneEdition]:
    """Every edition that the entries of these parts are of."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for part in parts:
        for entry in part.entries:
            found[entry.edition].append(entry)
    return [
        GoneEdition(
            id=edition,
            lang=entries[0].lang,
            office=entries[0].office,
            title=entries[0].title,
            applies_from=entries[0].applies_from,
            replaced_by="",
            products=tuple(sorted({entry.product for entry in entries})),
            files=tuple(sorted({sha256 for entry in entries for file in entry.files for sha256, _ in file.objects})),
        )
        for edition, entries in found.items()
    ]


def superseded(before: Iterable[Part], now: Iterable[Part]) -> list[GoneEdition]:
    """The editions that were current and are so no longer, each with the one in its place."""
    # A language may have two editions, one of them with its source beside it.
    standing = editions_of(now)
    current = {one.id for one in standing}
    new = {(one.lang, one.office): one.id for one in reversed(standing)}

    # An office that lost its own version is served by its province's, and then by the nation's.
    def heir(one: GoneEdition) -> str:
        places = [one.office, one.office[:2], None] if one.office else [None]
        return next((new[one.lang, place] for place in places if (one.lang, place) in new), "")

    return [dataclasses.replace(one, replaced_by=heir(one)) for one in editions_of(before) if one.id not in current]


def changed_facts(before: Iterable[Part], now: Iterable[Part]) -> str:
    """Which facts have another value now, in Vietnamese: "Mức trợ cấp: 500.000 đồng → 700.000 đồng."; "" for none."""
    old, new = _facts(before), _facts(now)
    changes = [
        f"{label}: {old[key][1]} → {printed}"
        for key, (label, printed) in new.items()
        if label and key in old and old[key][1] != printed
    ]
    if not changes:
        return ""
    more = f"; và {len(changes) - _NAMED_CHANGES} số liệu khác" if len(changes) > _NAMED_CHANGES else ""
    return f"Số liệu đã thay đổi – {'; '.join(changes[:_NAMED_CHANGES])}{more}."


def _facts(parts: Iterable[Part]) -> dict[str, tuple[str, str]]:
    """Key -> what a fact is, and how the Vietnamese edition (else any) prints it."""
    editions = {lang: edition for part in parts for lang, edition in part.editions.items()}
    lead = editions.get("vi") or next(iter(editions.values()), None) or {}
    return {
        f"{fact['key']} {fact.get('asked')}": (str(fact.get("label") or ""), str(fact["printed"]))
        for fact in lead.get("facts", [])
    }


def keep(part: Part, wanted: Callable[[Entry], bool]) -> Part:
    """The part with only the entries that are wanted."""
    entries = tuple(entry for entry in part.entries if wanted(entry))
    return dataclasses.replace(part, entries=entries)


def _standing(parts: Sequence[Part]) -> list[Part]:
    """Parts that still say something; the nationwide one stays for the editions that a province's entries are of."""
    spoken = {entry.lang for part in parts for entry in part.entries}
    return [
        dataclasses.replace(part, editions={lang: one for lang, one in part.editions.items() if lang in spoken})
        for part in parts
        if part.entries or (spoken and not part.province)
    ]


def _without(part: Part, languages: Sequence[str]) -> Part:
    left = keep(part, lambda entry: entry.lang not in languages)
    return dataclasses.replace(left, waiting=tuple(one for one in part.waiting if one.lang not in languages))


def _with_end(entry: Entry, valid_until: str | None) -> Entry:
    return dataclasses.replace(entry, valid_until=valid_until) if valid_until and not entry.valid_until else entry
