"""Releases: objects, a signed manifest, one swap of the catalogue, and the pages that follow it."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from render.catalogue import (
    Pointer,
    history,
    put_once,
    put_release,
    read_catalogue,
    read_part,
    read_pointer,
    swap,
)
from render.credentials import Credentials, root_key
from render.drafts import Draft, draft_again, draft_expiry, draft_publication, draft_rollback, draft_withdrawal
from render.edition import Office
from render.errors import ReleaseError, StoreError
from render.keys import Signer, publish_key
from render.lookup import write_lookup
from render.manifest import (
    CATALOGUE,
    Entry,
    Release,
    cas_key,
    make_release,
)
from render.pages import refuse_put_back, write_new_pages, write_pages
from render.publication import Publication, entry_of, publications_from, refuse_unfit, withheld
from render.rotation import retirement, trusted_for
from render.run import Outcome
from render.safekeeping import copy_of, keep_copy, refuse_lost
from render.store import Conflict, Missing, Store
from render.uploads import Uploads, bring_back
from render.verify import Verdict, verify_file

__all__ = [
    "Publication", "Publisher", "Release", "Streamed", "Verdict", "expire", "publications_from", "publish",
    "read_catalogue", "releases", "renew", "roll_back", "verify_file", "withdraw",
]  # fmt: skip

_MEND_IT = "loa prove tells all that is missing, loa prove --mend puts it back"

_log = logging.getLogger(__name__)

_ATTEMPTS = 12  # against other publishers; each time somebody else got something done


@dataclass(frozen=True)
class Publisher:
    """Who releases into which store, and what every release needs to know.

    `at` is the moment of the release, `trusted` are fingerprints of other keys that releases here may bear,
    `audit_head` the newsroom's audit log as it stands, `api_url` where operators tell what they played ("": nowhere),
    `private` the store that keeps a copy of what is signed (`render.safekeeping`).
    """

    store: Store
    signer: Signer
    offices: Mapping[str, Office]
    public_url: str
    at: dt.datetime
    trusted: Sequence[str] = ()
    credentials: Credentials | None = None
    audit_head: Mapping[str, Any] = field(default_factory=dict)
    api_url: str = ""
    private: Store | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys whose releases are continued."""
        return (self.signer.fingerprint, *self.trusted)


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
    credentials: Credentials | None = None,
    audit_head: Mapping[str, Any] | None = None,
) -> Release | None:
    """Release what was made; the release that is current then, None when there is none and nothing to make one of.

    `load` gives the bytes of a file by digest; see `Publisher` for the rest. Publishing exactly what is current makes
    no new release.
    """
    who = Publisher(store, signer, offices, public_url, at, trusted, credentials, audit_head or {})
    with Streamed(who, load) as streamed:
        return streamed.finish(publications)


class Streamed:
    """A release under way: files go into the store as they are made, the manifest and the swap come at the end.

    Readers see nothing of it before `finish`. What was sent and is then not released is rubbish that nothing leads to.
    """

    def __init__(
        self, publisher: Publisher, load: Callable[[str], bytes], shape: Callable[[Entry], Entry] = lambda entry: entry
    ) -> None:
        """`shape` says how an entry is published (`render.pieces`)."""
        self.publisher = publisher
        self._shape = shape
        self.uploads = Uploads(publisher.store, load, publisher.credentials)
        self._known: set[str] = set()
        self._sent: Sequence[Publication] = ()

    def __enter__(self) -> Streamed:
        self.uploads.__enter__()
        _offer_key(self.publisher)
        before = _read_current(self.publisher)
        self._before = before.release if before else None
        if self._before is not None:
            self.uploads.expect(self._before)
        return self

    def __exit__(self, *error: object) -> None:
        self.uploads.__exit__(*error)  # type: ignore[arg-type]

    def take(self, outcome: Outcome) -> None:
        """Send what an outcome made, if it may be released. Called by whoever runs the plan; returns at once."""
        for one in withheld([outcome]):
            entry = entry_of(one)
            if entry is not None:
                self._know(one.job.slug)
                self.uploads.add(self._shape(entry))

    def finish(self, publications: Sequence[Publication]) -> Release | None:
        """Wait for what is under way, then release; see `publish`."""
        publications = [replace(one, entries=tuple(map(self._shape, one.entries))) for one in publications]
        for publication in publications:
            refuse_unfit(publication, self.publisher.at)
        for publication in publications:
            self._know(publication.slug)
        for publication in publications:
            for entry in publication.entries:
                self.uploads.add(entry)
        sent = self._sent = [
            replace(one, entries=self.uploads.packed(map(self.uploads.published, one.entries))) for one in publications
        ]
        who = self.publisher

        def draft(pointer: Pointer | None) -> Draft:
            return draft_publication(who.store, pointer, sent, who.at)

        return carry_out(who, draft, self.uploads)

    @property
    def published(self) -> dict[str, str]:
        """After `finish`: the digest that each file was made with, and the one it is published under."""
        files = (file for one in self._sent for entry in one.entries for file in entry.files)
        return {file.unsigned or file.sha256: file.sha256 for file in files}

    def _know(self, slug: str) -> None:
        """What is current of an article need not be asked for in the store."""
        if slug in self._known or self._before is None:
            return
        self._known.add(slug)
        named = self._before.articles.get(slug, {})
        with _owning():
            self.uploads.know(read_part(self.publisher.store, blob) for blob in named.values())


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
    audit_head: Mapping[str, Any] | None = None,
    api_url: str = "",
    private: Store | None = None,
) -> Release:
    """Call an article back, or only some of its languages; readers see why and what replaces it.

    Withdrawing again what was withdrawn in the same words makes no new release.
    """
    words = _reason(reason, slug, "a withdrawal")

    def draft(pointer: Pointer | None) -> Draft:
        return draft_withdrawal(store, pointer, slug, words, replaced_by, languages, at)

    who = Publisher(store, signer, offices, public_url, at, trusted, None, audit_head or {}, api_url, private)
    release = carry_out(who, draft)
    assert release is not None  # what was withdrawn had been released
    return release


def expire(publisher: Publisher) -> Release | None:
    """Call back what has run out (every release does that too); the release that is current then."""
    return carry_out(publisher, lambda pointer: draft_expiry(publisher.store, pointer, publisher.at))


def roll_back(
    publisher: Publisher, number: int, *, reason: str, even_withdrawn: bool = False, private: Store | None = None
) -> Release:
    """A new release with the content of an earlier one; what was withdrawn since stays so unless told otherwise.

    Files that were blocked come back from the private store. Where one is gone nothing is released.
    """
    words = _reason(reason, str(number), "a rollback")

    def draft(pointer: Pointer | None) -> Draft:
        if pointer is None:
            raise ReleaseError("nothing was ever released here", where=publisher.store.url, mend="Check --store")
        found = find_release(publisher.store, pointer.release, number, publisher.keys)
        if found.articles == pointer.release.articles:
            mend = "loa releases tells what differs"
            raise ReleaseError(f"release {number} has the content that is current", where=found.id, mend=mend)
        drafted = draft_rollback(publisher.store, pointer, found, words, even_withdrawn=even_withdrawn, at=publisher.at)
        bring_back(publisher.store, private, drafted.parts)
        return drafted

    release = carry_out(publisher, draft)
    assert release is not None
    return release


def renew(publisher: Publisher, note: str) -> Release | None:
    """The same content in a release of its own, so that a new key signs what is current."""
    return carry_out(publisher, lambda pointer: draft_again(publisher.store, pointer, note, publisher.at))


def find_release(store: Store, newest: Release, number: int, trusted: Sequence[str]) -> Release:
    """The release of a number, among those that were current."""
    for release in history(store, newest, trusted):
        if release.number == number:
            return release
        if release.number < number:
            break
    raise ReleaseError(f"there is no release {number}", where=store.url, mend="loa releases lists them")


def releases(store: Store, trusted: Sequence[str] | None = None) -> Iterator[Release]:
    """Every release that was current, newest first. Without `trusted` it is read as the store's owner reads it."""
    keys = trusted if trusted is not None else tuple(published_keys(store))
    newest = read_catalogue(store, keys)
    if newest is not None:
        yield from history(store, newest, keys)


def published_keys(store: Store) -> Iterator[str]:
    """The fingerprints of the keys in a store, whoever put them there."""
    for key in store.list("keys/"):
        if key.endswith(".pem") and not key.endswith(".cert.pem"):
            yield key.removeprefix("keys/").removesuffix(".pem")


# ----- from a draft to a release


def carry_out(
    who: Publisher, draft: Callable[[Pointer | None], Draft], uploads: Uploads | None = None
) -> Release | None:
    """A draft becomes a release: objects, manifest, pages of what is new, the swap, the pages that show the catalogue.

    Whoever is killed in between leaves the old catalogue or the new one; pages that lag behind are mended by
    whoever comes next. Who loses a race begins again on top of the winner's release.
    """
    store = who.store
    _offer_key(who)
    ended = retirement(store, who.signer.fingerprint, trusted_for(store, who.keys))
    if ended is not None:
        mend = "Put the key that followed it into LOA_SIGNING_KEY: readers refuse what this one signs"
        raise ReleaseError(f"this key was retired on {ended.at[:10]} ({ended.reason})", where=store.url, mend=mend)
    for _ in range(_ATTEMPTS):
        before = _read_current(who)
        _tell_clock(before, who.at)
        with _owning():
            made = draft(before)
        if not made.changes(before.release if before else None):
            if before is not None:
                _keep_copy(who, before.release, {})
                _write_after(who)
            return before.release if before else None
        publish_key(store, who.signer)
        if who.credentials is not None:
            _publish_root(store, who.credentials)
        for sha256, data in made.blobs.items():
            if store.head(cas_key(sha256)) is None:
                put_once(store, cas_key(sha256), data, media_type="application/json")
        release = make_release(
            number=before.release.number + 1 if before else 1,
            made_at=who.at,
            previous=before.release.id if before else "",
            key=who.signer.fingerprint,
            articles=made.articles,
            withdrawn=(*(before.release.withdrawn if before else ()), *made.events),
            expiring=made.expiring,
            note=made.note,
            restores=made.restores,
            audit_head=who.audit_head or (before.release.audit_head if before else {}),
            credentials=who.credentials.root if who.credentials else before.release.credentials if before else "",
        )
        manifest = put_release(store, who.signer, release)
        shown = write_new_pages(store, release, made.parts, offices=who.offices)
        if shown >= release.number:
            refuse_put_back(store, shown, read_pointer(store, who.keys))
        if uploads is not None:
            uploads.confirm()
        try:
            swap(store, who.signer, release, manifest, before)
        except Conflict:
            # A write whose answer was lost is repeated, and then refused because of itself.
            now = read_pointer(store, who.keys)
            if now is None or now.release.id != release.id:
                continue
        _keep_copy(who, release, made.blobs)
        _write_after(who)
        return release
    mend = "Let one of them finish, then publish again"
    raise ReleaseError("other publishers were faster every time", where=store.url, mend=mend)


def _read_current(who: Publisher) -> Pointer | None:
    """What is current; refused where the store is behind what was."""
    found = read_pointer(who.store, who.keys)
    refuse_lost(who.store, who.private, found)
    return found


@contextlib.contextmanager
def _owning() -> Iterator[None]:
    """A publisher who cannot read what is current is no reader: the store is his to mend."""
    try:
        yield
    except Missing as error:
        raise ReleaseError(f"the store lost what it had: {error.what}", where=error.where, mend=_MEND_IT) from None


def _keep_copy(who: Publisher, release: Release, blobs: Mapping[str, bytes]) -> None:
    if who.private is None or copy_of(who.store, who.private).number == release.number:
        return
    try:
        keep_copy(who.store, who.private, release, {cas_key(sha256): data for sha256, data in blobs.items()})
    except StoreError as error:  # it is released; the next one brings the copy up to it
        _log.warning("no private copy of release %d was kept: %s", release.number, error)


def _offer_key(who: Publisher) -> None:
    """What is current may be signed with our key: if its public half was lost from the store, it comes back."""
    if who.store.head(CATALOGUE) is not None:
        publish_key(who.store, who.signer)


def _tell_clock(before: Pointer | None, at: dt.datetime) -> None:
    """A release that seems older than the one before it: one of two clocks was wrong."""
    made_at = before.release.made_at if before else ""
    if before and dt.datetime.fromisoformat(made_at) - at > dt.timedelta(hours=1):
        told = "release %d was made on %s, this machine says %s: a clock is wrong, or was; what runs out goes by it"
        _log.warning(told, before.release.number, made_at[:10], at.date().isoformat())


def _write_after(who: Publisher) -> None:
    """What is drawn from the catalogue: nobody's release depends on it, and whoever comes next mends it."""
    write_pages(who.store, who.keys, offices=who.offices, public_url=who.public_url, api_url=who.api_url)
    write_lookup(who.store, who.keys)


def _publish_root(store: Store, credentials: Credentials) -> None:
    key = root_key(credentials.root)
    if store.head(key) is None:
        put_once(store, key, credentials.root_pem, media_type="application/x-pem-file")


def _reason(reason: str, where: str, what: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise ReleaseError(f"{what} without a reason helps nobody", where=where, mend="Give --reason in Vietnamese")
    return words
