"""Whether the store holds all of what is current, byte for byte; what it lacks is put back from what is kept here.

Files come from the cache; those that carry their credential within are signed anew, which takes a release. What is
signed comes from the private copy (`render.safekeeping`), pages are drawn anew. What was withdrawn is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from render.catalogue import CATALOGUE, Pointer, put_once, read_part, read_pointer
from render.credentials import root_key
from render.drafts import draft_mended
from render.errors import ReleaseError
from render.expected import Wanted, wanted_of
from render.lookup import lacking, write_lookup
from render.manifest import Entry, EntryFile, Part, Release, cas_key
from render.pagefiles import MP3, ZIP
from render.pageindex import INDEX, keep, keep_index, read_index
from render.pages import headers_of
from render.release import Publisher, carry_out
from render.safekeeping import bring_catalogue_back, bring_history_back, bring_list_back, lists_of
from render.shelf import SHELF, made_by, read_shelf, shelf_bytes
from render.store import Conflict, Missing, Store
from render.uploads import Uploads

State = Literal["wrong", "mended", "lost"]

SIGNED_ANEW = "Tệp hỏng trong kho được ký và gửi lại."

_AT_ONCE = 8
_FROM_BACKUP = "Bring it back from the bucket's versions or a backup"
_PUBLISH = "Publish the article again: loa publish makes it anew and sends it"


@dataclass(frozen=True)
class Found:
    """An object that is not as it should be. `of` says what it belongs to, `mend` what a person can do."""

    key: str
    what: str
    of: str
    state: State
    mend: str = ""


@dataclass(frozen=True)
class Proof:
    """What was looked at, what was wrong, and the release that is current then (None for none)."""

    objects: int
    bytes: int
    found: tuple[Found, ...]
    release: Release | None


def prove(
    who: Publisher,
    private: Store,
    load: Callable[[str], bytes],
    shape: Callable[[Entry], Entry] = lambda entry: entry,
    *,
    go: bool,
    whole: bool = True,
) -> Proof:
    """Look at all that the current release leads to; with `go`, put back what is wrong.

    `whole` reads every object; without it a listing tells what is missing or cut short. `load` and `shape` are as in
    `Streamed`.
    """
    store = who.store
    found = [
        Found(CATALOGUE if what.startswith(CATALOGUE) else what.partition(" ")[0], what.partition(" ")[2], "", "mended")
        for what in bring_catalogue_back(store, private, who.keys, go=go)
    ]
    try:
        pointer = read_pointer(store, who.keys)
    except ReleaseError:
        if not found:
            raise
        pointer = None
    if pointer is None:
        if not found:
            raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
        state: State = "lost" if go else "wrong"
        mend = _FROM_BACKUP if go else "loa prove --mend puts it back; what it leads to is looked at then"
        return Proof(len(found), 0, tuple(replace(one, state=state, mend=mend) for one in found), None)
    proving = _Proving(who, private, load, shape, pointer, go=go, whole=whole)
    found += proving.signed()
    found += proving.files()
    found += proving.pages()
    release = proving.release()
    if not go:
        found = [replace(one, state="wrong") if one.state == "mended" else one for one in found]
    return Proof(proving.objects, proving.bytes, tuple(found), release)


class _Proving:
    """One look at a store, and the mending of it."""

    def __init__(
        self,
        who: Publisher,
        private: Store,
        load: Callable[[str], bytes],
        shape: Callable[[Entry], Entry],
        pointer: Pointer,
        *,
        go: bool,
        whole: bool,
    ) -> None:
        self._who, self._store, self._private, self._pointer = who, who.store, private, pointer
        self._load, self._shape = load, shape
        self._go, self._whole = go, whole
        self._listed = {one.key: one for one in self._store.scan()}
        self._parts: dict[str, Part] = {}  # by digest, those that can be read
        self._broken: set[str] = set()  # articles of which a part is lost
        self._mended: dict[str, Part] = {}
        self._uploads: Uploads | None = None
        self._redraw = self._relist = False
        self.objects = self.bytes = 0

    # ----- what is signed

    def signed(self) -> list[Found]:
        """Manifests, parts and lists of events, the root of credentials."""
        release, found = self._pointer.release, []
        missing, before = bring_history_back(self._store, self._private, release, go=self._go)
        found += [_told(key, "missing", "a manifest", mended=kept) for key, kept in missing]
        blobs = [(slug, blob, True) for slug, named in release.articles.items() for blob in named.values()]
        blobs += [(event.slug, event.editions, False) for event in release.withdrawn]
        for slug, blob, is_part in blobs:
            what, kept = bring_list_back(self._store, self._private, blob.sha256, go=self._go)
            self._count(blob.bytes)
            if what:
                of = f"a list of {slug}" if is_part else f"what was called back of {slug}"
                found.append(_told(cas_key(blob.sha256), what, of, mended=kept))
            if is_part and (not what or (kept and self._go)):
                self._parts[blob.sha256] = read_part(self._store, blob)
            elif is_part:
                self._broken.add(slug)
        known = {blob.sha256 for _, blob, _ in blobs}
        earlier = {sha256: size for one in before for sha256, size in lists_of(one).items() if sha256 not in known}
        for sha256, size in earlier.items():  # proofs of what hangs on walls: by their sizes, they are many
            listed = self._listed.get(cas_key(sha256))
            self.objects += 1
            if listed is None or listed.bytes != size:
                what, kept = bring_list_back(self._store, self._private, sha256, go=self._go)
                found.append(_told(cas_key(sha256), what, "a list of an earlier release", mended=kept))
        credentials = self._who.credentials
        if release.credentials and self._store.head(root_key(release.credentials)) is None:
            ours = credentials is not None and credentials.root == release.credentials
            if ours and self._go and credentials is not None:
                pem = credentials.root_pem
                put_once(self._store, root_key(release.credentials), pem, media_type="application/x-pem-file")
            found.append(_told(root_key(release.credentials), "missing", "the root of credentials", mended=ours))
        return found

    # ----- files

    def files(self) -> list[Found]:
        """What the entries lead to."""
        wanted = wanted_of(self._parts.values())
        wrong = self._look(wanted)
        if not self._go:
            return [Found(key, what, wanted[key].of, "wrong") for key, what in wrong.items()]
        bad = self._mend_headers(wanted, wrong)
        if bad:
            self._send_again(bad)
        lost = self._still_wrong(bad) if bad else {}
        for key in lost:
            self._take_away(key, wanted[key])
        return [
            Found(key, what, wanted[key].of, "lost" if key in lost else "mended", _PUBLISH if key in lost else "")
            for key, what in wrong.items()
        ]

    def _look(self, wanted: Mapping[str, Wanted]) -> dict[str, str]:
        """What is wrong, by key."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            told = pool.map(lambda item: self._look_at(*item), wanted.items())
            return {key: what for key, what in zip(wanted, told, strict=True) if what}

    def _look_at(self, key: str, wanted: Wanted) -> str:
        listed = self._listed.get(key)
        self._count(listed.bytes if listed else 0)
        if listed is None:
            return "is missing"
        if not self._whole:
            return wanted.wrong(listed, None)
        try:
            data, stored = self._store.read(key)
        except Missing:
            return "is missing"
        return wanted.wrong(stored, data) or wanted.wrong_headers(stored)

    def _mend_headers(self, wanted: Mapping[str, Wanted], wrong: Mapping[str, str]) -> dict[str, str]:
        """Right bytes get their headers back, from the store itself; the rest is given back."""
        left = {}
        for key, what in wrong.items():
            if key not in self._listed or not self._headers_back(key, wanted[key]):
                left[key] = what
        return left

    def _headers_back(self, key: str, wanted: Wanted) -> str:
        """The new etag, "" when it is not the headers that are wrong."""
        try:
            data, stored = self._store.read(key)
            if wanted.wrong(stored, data):
                return ""
            return self._store.put(
                key, data,
                media_type=wanted.media_type, cache_control=wanted.cache_control,
                download_name=min(wanted.names, default=""), if_match=stored.etag,
            )  # fmt: skip
        except (Missing, Conflict):
            return ""

    def _take_away(self, key: str, wanted: Wanted) -> None:
        """Other bytes than ours: nobody shall have them, and publishing sees that they are to be sent."""
        try:
            data, stored = self._store.read(key)
        except Missing:
            return
        if key.startswith("cas/") and wanted.wrong(stored, data):
            self._store.delete(key)

    def _send_again(self, bad: Iterable[str]) -> None:
        """Entries with such a file go through publication again: sent from the cache, or signed anew."""
        uploads = self._uploads = Uploads(self._store, self._load, self._who.credentials)
        uploads.expect(self._pointer.release)
        uploads.know(self._parts.values())
        uploads.distrust(bad)
        bad = set(bad)
        with uploads:
            for sha256, part in self._parts.items():
                sent = [self._sent(uploads, one) if bad & set(_keys_of(one)) else one for one in part.entries]
                if sent != list(part.entries):
                    sent = list(uploads.packed(sent))
                if sent != list(part.entries) and part.slug not in self._broken:
                    self._mended[sha256] = replace(part, entries=tuple(sent))

    def _sent(self, uploads: Uploads, entry: Entry) -> Entry:
        try:
            self._shape(entry)  # it learns what pieces are made of
            files = tuple(self._as_made(file) for file in entry.files)
            return uploads.published(replace(entry, files=files))
        except (Missing, ReleaseError):
            return entry

    def _as_made(self, file: EntryFile) -> EntryFile:
        """The file before it was signed."""
        bare = replace(file, credential="", credential_at=())
        if not file.unsigned:
            return bare
        return replace(bare, sha256=file.unsigned, bytes=len(self._load(file.unsigned)), unsigned="")

    def _still_wrong(self, bad: Mapping[str, str]) -> set[str]:
        """Of what was wrong, what the release that comes now will still lead to, and is wrong still."""
        parts = [self._mended.get(sha256, part) for sha256, part in self._parts.items()]
        needed = wanted_of(parts)
        self._listed |= {key: one for key in bad if (one := self._store.head(key)) is not None}
        return set(self._look({key: one for key, one in needed.items() if key in bad}))

    # ----- pages, and the list that leads from a file to its edition

    def pages(self) -> list[Found]:
        """Pages, what they link to besides, and the list for `loa verify`."""
        index, etag = read_index(self._store)
        wanted = {}
        for key, (_, page_etag) in index.pages.items():
            media_type, cache = headers_of(key)
            wanted[key] = Wanted("a page", None, media_type, cache, {""}, etag=page_etag)
        shelf = read_shelf(self._store)
        made = {str(one["main"]): one for one in shelf.made.values() if one}
        for sha256, one in made.items():
            # Of an excerpt no download name is known, and of a ZIP it is one of two.
            wanted[cas_key(sha256)] = Wanted("linked from pages", int(one["bytes"]), "", sha256=sha256)
        wrong = {key: what for key, what in self._look_at_pages(wanted).items() if what}
        found = [Found(key, what, wanted[key].of, "mended") for key, what in wrong.items()]
        shards = lacking(self._store, self._parts.values())
        if shards:
            found.append(Found("verify/", f"lacks files of this release in {len(shards)} lists", "", "mended"))
        self._relist = bool(shards)
        if etag is None and self._pointer.release.number:
            found.append(Found(INDEX, "is missing", "the pages", "mended"))
        if not self._go or not wrong:
            return found
        marks = dict(index.pages)
        bad = set()
        for key in wrong:
            new = self._headers_back(key, wanted[key]) if key in marks and key in self._listed else ""
            if new:
                marks[key] = (marks[key][0], new)
            else:
                bad.add(key)
                marks.pop(key, None)
        lost = {key for key in bad if key.startswith("cas/")}
        for key in lost:
            self._store.delete(key)  # made anew with the pages
        left = {name: one for name, one in shelf.made.items() if not one or cas_key(str(one["main"])) not in lost}
        fresh = shelf.made_by == made_by()
        kept = replace(shelf, made=left, parts=shelf.parts if fresh else {}, gone=shelf.gone if fresh else {})
        keep(self._store, SHELF, shelf_bytes(kept), shelf.etag, "application/gzip")
        keep_index(self._store, replace(index, look="" if bad else index.look, pages=marks), etag)
        return found

    def _look_at_pages(self, wanted: Mapping[str, Wanted]) -> dict[str, str]:
        def look(key: str, one: Wanted) -> str:
            if one.media_type or not self._whole:
                return self._look_at(key, one)
            listed = self._listed.get(key)
            self._count(listed.bytes if listed else 0)
            try:
                data, stored = self._store.read(key)
            except Missing:
                return "is missing"
            kinds = {ZIP, MP3}
            return one.wrong(stored, data) or ("" if stored.media_type in kinds else "has another media type")

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(lambda item: look(*item), wanted.items()), strict=True))

    # ----- the end

    def release(self) -> Release | None:
        """What is current when all is mended."""
        if not self._go:
            return self._pointer.release
        note, at = SIGNED_ANEW, self._who.at
        made = carry_out(
            self._who, lambda pointer: draft_mended(self._store, pointer, self._mended, note, at), self._uploads
        )
        if self._relist:
            write_lookup(self._store, self._who.keys, anew=True)
        return made

    def _count(self, size: int) -> None:
        self.objects += 1
        self.bytes += size


def _told(key: str, what: str, of: str, *, mended: bool) -> Found:
    return Found(key, f"is {what}", of, "mended" if mended else "lost", "" if mended else _FROM_BACKUP)


def _keys_of(entry: Entry) -> list[str]:
    keys = [cas_key(sha256) for file in entry.files for sha256, _ in file.objects]
    return keys + [file.credential for file in entry.files if file.credential]


def lines(proof: Proof) -> Sequence[str]:
    """A line for each object that was wrong, as people read it."""
    return [
        f"{one.state:7} {one.key} {one.what}{f' ({one.of})' if one.of else ''}{f'. {one.mend}' if one.mend else ''}"
        for one in proof.found
    ]
