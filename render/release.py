"""Releases: objects, a signed manifest, one swap of the catalogue, and the pages that follow it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from render.catalogue import (
    Pointer,
    history,
    put_once,
    put_release,
    read_catalogue,
    read_gone,
    read_part,
    read_pointer,
    swap,
)
from render.edition import Office
from render.errors import ReleaseError
from render.keys import Signer, publish_key
from render.manifest import (
    EDITION,
    FORMAT,
    LANG,
    SLUG,
    Blob,
    Entry,
    Event,
    GoneEdition,
    Part,
    Release,
    State,
    cas_key,
    check_entry,
    check_name,
    make_release,
)
from render.pages import write_new_pages, write_pages
from render.publication import Publication, publications_from
from render.steps import canonical
from render.store import Conflict, Store
from render.verify import Verdict, verify_file

__all__ = [
    "Publication", "Release", "Verdict", "publications_from", "publish", "read_catalogue", "releases", "verify_file",
    "withdraw",
]  # fmt: skip

_ATTEMPTS = 12  # against other publishers; each time somebody else got something done
_UPLOADS = 8  # at once
UPDATED = "Nội dung hoặc số liệu đã được cập nhật."
OUTDATED = "Nội dung hoặc số liệu đã thay đổi; bản mới đang được chuẩn bị."


@dataclass(frozen=True)
class _Draft:
    """The next release, before it has a number: what it says, and the objects it is made of."""

    articles: Mapping[str, Mapping[str, Blob]]
    parts: Sequence[Part]  # those that were written anew
    blobs: Mapping[str, bytes]  # sha256 -> bytes of parts and lists
    events: Sequence[Event]
    known: frozenset[str] = field(default_factory=frozenset)  # objects that are in the store already


def publish(
    store: Store,
    signer: Signer,
    publications: Sequence[Publication],
    *,
    load: Callable[[str], bytes],
    offices: Mapping[str, Office],
    public_url: str,
    at: dt.datetime,
    trusted: Sequence[str] = (),
) -> Release | None:
    """Release what was made; the release that is current then, None when there is none and nothing to make one of.

    `load` gives the bytes of a file by digest, `at` is the moment of the release, `trusted` are fingerprints of other
    keys that releases here may bear. Publishing exactly what is current makes no new release.
    """
    for publication in publications:
        _check(publication)

    def draft(pointer: Pointer | None) -> _Draft:
        return _draft_publication(store, pointer, publications, at)

    return _carry_out(store, signer, draft, load, offices, public_url, at, trusted)


def withdraw(
    store: Store,
    signer: Signer,
    slug: str,
    *,
    reason: str,
    replaced_by: str | None = None,
    languages: Sequence[str] = (),
    offices: Mapping[str, Office],
    public_url: str,
    at: dt.datetime,
    trusted: Sequence[str] = (),
) -> Release:
    """Call an article back, or only some of its languages; readers see why and what replaces it.

    Withdrawing again what was withdrawn in the same words makes no new release.
    """
    if not reason.strip():
        mend = "Give --reason in Vietnamese"
        raise ReleaseError("a withdrawal without a reason helps nobody", where=slug, mend=mend)

    def draft(pointer: Pointer | None) -> _Draft:
        return _draft_withdrawal(store, pointer, slug, " ".join(reason.split()), replaced_by, languages, at)

    def load(sha256: str) -> bytes:
        raise AssertionError(sha256)  # a withdrawal brings no new files

    release = _carry_out(store, signer, draft, load, offices, public_url, at, trusted)
    assert release is not None  # what was withdrawn had been released
    return release


def releases(store: Store, trusted: Sequence[str] | None = None) -> Iterator[Release]:
    """Every release that was current, newest first. Without `trusted` it is read as the store's owner reads it."""
    keys = trusted if trusted is not None else tuple(_published_keys(store))
    newest = read_catalogue(store, keys)
    if newest is not None:
        yield from history(store, newest, keys)


def _published_keys(store: Store) -> Iterator[str]:
    for key in store.list("keys/"):
        yield key.removeprefix("keys/").removesuffix(".pem")


# From a draft to a release


def _carry_out(
    store: Store,
    signer: Signer,
    draft: Callable[[Pointer | None], _Draft],
    load: Callable[[str], bytes],
    offices: Mapping[str, Office],
    public_url: str,
    at: dt.datetime,
    trusted: Sequence[str],
) -> Release | None:
    """Objects, then the manifest, then pages of what is new, then the swap, then the pages that show the catalogue.

    Whoever is killed in between leaves the old catalogue or the new one; pages that lag behind are mended by
    whoever comes next. Who loses a race begins again on top of the winner's release.
    """
    keys = (signer.fingerprint, *trusted)
    for _ in range(_ATTEMPTS):
        before = read_pointer(store, keys)
        made = draft(before)
        if before is None and not made.articles:
            return None
        if before is not None and made.articles == before.release.articles and not made.events:
            write_pages(store, keys, offices=offices, public_url=public_url)
            return before.release
        publish_key(store, signer)
        _upload(store, made, load)
        release = make_release(
            number=before.release.number + 1 if before else 1,
            made_at=at,
            previous=before.release.id if before else "",
            key=signer.fingerprint,
            articles=made.articles,
            withdrawn=(*(before.release.withdrawn if before else ()), *made.events),
        )
        manifest = put_release(store, signer, release)
        write_new_pages(store, release, made.parts, offices=offices)
        try:
            swap(store, signer, release, manifest, before)
        except Conflict:
            # A write whose answer was lost is repeated, and then refused because of itself.
            now = read_pointer(store, keys)
            if now is None or now.release.id != release.id:
                continue
        write_pages(store, keys, offices=offices, public_url=public_url)
        return release
    mend = "Let one of them finish, then publish again"
    raise ReleaseError("other publishers were faster every time", where=store.url, mend=mend)


def _upload(store: Store, draft: _Draft, load: Callable[[str], bytes]) -> None:
    """Every object that is not in the store yet; what names others goes last."""
    files = {file.sha256: file for part in draft.parts for entry in part.entries for file in entry.files}

    def put(sha256: str) -> None:
        file, key = files[sha256], cas_key(sha256)
        if store.head(key) is not None:
            return
        data = load(sha256)
        if hashlib.sha256(data).hexdigest() != sha256 or len(data) != file.bytes:
            mend = "Look after the disk of the cache, then make it again"
            raise ReleaseError("the cache gave other bytes than were made", where=file.name, mend=mend)
        put_once(store, key, data, media_type=file.media_type, download_name=_download_name(file.name, file.role))

    with ThreadPoolExecutor(_UPLOADS) as pool:
        for done in [pool.submit(put, sha256) for sha256 in files if sha256 not in draft.known]:
            done.result()
    for sha256, data in draft.blobs.items():
        if store.head(cas_key(sha256)) is None:
            put_once(store, cas_key(sha256), data, media_type="application/json")


def _download_name(name: str, role: str) -> str:
    """What a browser saves a file as, whoever links to it; what pages show or open in place has none.

    A bulletin gets its name from the page it stands on (`01_vi_….mp3`, in play order): a name in the header would win.
    """
    return name if role in {"main", "record"} and not name.endswith(".mp3") else ""


# Drafts


def _draft_publication(
    store: Store, pointer: Pointer | None, publications: Sequence[Publication], at: dt.datetime
) -> _Draft:
    articles = dict(pointer.release.articles) if pointer else {}
    parts: list[Part] = []
    blobs: dict[str, bytes] = {}
    events: list[Event] = []
    known: set[str] = set()
    for publication in publications:
        named = articles.get(publication.slug, {})
        before = [read_part(store, blob) for blob in named.values()]
        known |= {file.sha256 for part in before for entry in part.entries for file in entry.files}
        now = _parts(publication, before)
        if not any(part.entries for part in now):
            # Nothing of the new editions could be made, and the old ones say what no longer holds.
            if before:
                articles.pop(publication.slug)
                number = pointer.release.number + 1 if pointer else 1
                gone = _editions(before)
                events.append(_event(number, publication.slug, "withdrawn", OUTDATED, "", gone, at, blobs))
            continue
        articles[publication.slug] = {part.province: _blob(part.to_bytes(), blobs) for part in now}
        parts += [part for part in now if named.get(part.province) != articles[publication.slug][part.province]]
        gone = _superseded(before, now)
        if gone:
            number = pointer.release.number + 1 if pointer else 1
            events.append(_event(number, publication.slug, "superseded", UPDATED, "", gone, at, blobs))
    return _Draft(dict(sorted(articles.items())), parts, blobs, events, frozenset(known))


def _draft_withdrawal(
    store: Store,
    pointer: Pointer | None,
    slug: str,
    reason: str,
    replaced_by: str | None,
    languages: Sequence[str],
    at: dt.datetime,
) -> _Draft:
    articles = dict(pointer.release.articles) if pointer else {}
    events = pointer.release.withdrawn if pointer else ()
    if replaced_by is not None and (replaced_by not in articles or replaced_by == slug):
        mend = "Publish what replaces it first, or leave --replaced-by out"
        raise ReleaseError(f"nothing that is current is called {replaced_by!r}", where="--replaced-by", mend=mend)
    before = [read_part(store, blob) for blob in articles.get(slug, {}).values()]
    current = [entry for part in before for entry in part.entries if not languages or entry.lang in languages]
    past = [event for event in events if event.slug == slug]
    if not current:
        last = past[-1] if past else None
        if last and last.state == "withdrawn" and (last.reason, last.replaced_by) == (reason, replaced_by or ""):
            return _Draft(articles, (), {}, ())
        near = difflib.get_close_matches(slug, list(articles), n=3)
        mend = f"Did you mean {' or '.join(near)}?" if near else "loa releases tells what was released"
        raise ReleaseError(f"nothing that is current is called {slug!r}", where="loa withdraw", mend=mend)
    blobs: dict[str, bytes] = {}
    gone = {one.id: one for event in past for one in read_gone(store, event)}
    gone |= {one.id: one for one in _editions(before)}
    listed = [
        dataclasses.replace(one, replaced_by="") for one in gone.values() if not languages or one.lang in languages
    ]
    left = [_without(part, languages) for part in before] if languages else []
    left = [part for part in left if part.entries]
    articles.pop(slug)
    if left:
        articles[slug] = {part.province: _blob(part.to_bytes(), blobs) for part in left}
    number = pointer.release.number + 1 if pointer else 1
    event = _event(number, slug, "withdrawn", reason, replaced_by or "", listed, at, blobs)
    return _Draft(dict(sorted(articles.items())), left, blobs, (event,), _all_files(left))


def _all_files(parts: Iterable[Part]) -> frozenset[str]:
    return frozenset(file.sha256 for part in parts for entry in part.entries for file in entry.files)


def _without(part: Part, languages: Sequence[str]) -> Part:
    return dataclasses.replace(
        part,
        entries=tuple(entry for entry in part.entries if entry.lang not in languages),
        editions={lang: edition for lang, edition in part.editions.items() if lang not in languages},
        waiting=tuple(one for one in part.waiting if one.lang not in languages),
    )


def _parts(publication: Publication, before: Sequence[Part]) -> list[Part]:
    """What is current of an article then: nationwide first, then by province."""
    entries = {entry.place: entry for entry in publication.entries}
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


def _editions(parts: Iterable[Part]) -> list[GoneEdition]:
    """Every edition that the entries of these parts are of."""
    found: dict[str, GoneEdition] = {}
    for part in parts:
        for entry in part.entries:
            found[entry.edition] = GoneEdition(
                entry.edition, entry.lang, entry.office, entry.title, entry.applies_from, ""
            )
    return list(found.values())


def _superseded(before: Iterable[Part], now: Iterable[Part]) -> list[GoneEdition]:
    """The editions that were current and are so no longer, each with the one in its place."""
    # A language may have two editions, one of them with its source beside it.
    current = {one.id for one in _editions(now)}
    new = {(one.lang, one.office): one.id for one in reversed(_editions(now))}

    # An office that lost its own version is served by its province's, and then by the nation's.
    def heir(one: GoneEdition) -> str:
        places = [one.office, one.office[:2], None] if one.office else [None]
        return next((new[one.lang, place] for place in places if (one.lang, place) in new), "")

    return [dataclasses.replace(one, replaced_by=heir(one)) for one in _editions(before) if one.id not in current]


def _event(
    number: int,
    slug: str,
    state: State,
    reason: str,
    replaced_by: str,
    gone: Sequence[GoneEdition],
    at: dt.datetime,
    blobs: dict[str, bytes],
) -> Event:
    listed = sorted((dataclasses.asdict(one) for one in gone), key=lambda one: str(one["id"]))
    blob = _blob(canonical({"format": FORMAT, "slug": slug, "editions": listed}), blobs)
    stamp = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Event(number, slug, state, reason, replaced_by, stamp, blob)


def _blob(data: bytes, blobs: dict[str, bytes]) -> Blob:
    sha256 = hashlib.sha256(data).hexdigest()
    blobs[sha256] = data
    return Blob(sha256, len(data))


def _check(publication: Publication) -> None:
    check_name(SLUG, publication.slug, "the slug of an article")
    for lang, edition in publication.editions.items():
        check_name(LANG, lang, publication.slug)
        check_name(EDITION, str(edition["id"]), publication.slug)
    for entry in publication.entries:
        check_entry(entry, publication.slug)
    if not publication.entries and not publication.kept:
        mend = "To call an article back, withdraw it"
        raise ReleaseError("there is nothing to publish of it", where=publication.slug, mend=mend)
    if silent := {entry.lang for entry in publication.entries} - set(publication.editions):
        mend = "Give the edition of each language with its products"
        raise ReleaseError(f"no edition is there in {', '.join(sorted(silent))}", where=publication.slug, mend=mend)
    places = [entry.place for entry in publication.entries]
    if len(set(places)) != len(places):
        raise ReleaseError("one product is there twice", where=publication.slug, mend="Publish each once")
