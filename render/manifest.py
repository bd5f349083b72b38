"""What a release says: its manifest, the parts it names, and the events that called something back."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from render.errors import ReleaseError
from render.steps import canonical

FORMAT = 1

IMMUTABLE = "public, max-age=31536000, immutable"
MUTABLE = "no-cache"

CATALOGUE = "catalogue.json"  # the one object that changes: it points to what is current

# Names become keys, addresses and file names: nothing else may stand in them.
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
OFFICE = re.compile(r"[0-9]{2}(?:\.[0-9]{5})?")
EDITION = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
PRODUCT = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
SUFFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
DIGEST = re.compile(r"[0-9a-f]{64}")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

# What an event says. "blocked": the files of what was withdrawn were taken out of reach.
State = Literal["superseded", "withdrawn", "expired", "blocked"]


def cas_key(sha256: str) -> str:
    """Where an object lies in a store."""
    return f"cas/{sha256}"


@dataclass(frozen=True)
class EntryFile:
    """A file of an entry; its bytes lie at `cas/<sha256>`. `name` is what a download is called.

    A file that carries its content credential within is another one than was made: `unsigned` is the digest of that.
    A file that must not be touched has its credential beside it, under the key `credential`; those of communes lie in
    one object (`render.packs`). One with `pieces` lies nowhere as a whole: it is the objects of these digests, one
    after the other, and readers lay them together.
    """

    role: str  # main, preview, script, captions, record, poster, thumbnail
    suffix: str
    name: str
    sha256: str
    bytes: int
    media_type: str
    unsigned: str = ""
    credential: str = ""
    credential_at: tuple[int, ...] = ()  # its first byte and size within `credential`, and the size of all of that
    pieces: tuple[tuple[str, int], ...] = ()  # digest and bytes of each

    @property
    def objects(self) -> tuple[tuple[str, int], ...]:
        """The digests and sizes of what lies in the store."""
        return self.pieces or ((self.sha256, self.bytes),)

    @property
    def digests(self) -> tuple[str, ...]:
        """Of whatever a reader may hold of it: as published, as it was made ("" for the same), or a piece."""
        return (self.sha256, self.unsigned, *(sha256 for sha256, _ in self.pieces))


@dataclass(frozen=True)
class Entry:
    """One product that is current, with its files and what is worth saying of it."""

    product: str
    label: str  # "Tờ rơi A4"
    medium: str  # print, picture, audio, video
    size: str  # "A4", "3 phút"
    lang: str
    office: str | None
    edition: str
    title: str
    priority: str
    in_force: str | None
    applies_from: str | None
    note: str
    files: tuple[EntryFile, ...]
    details: Mapping[str, Any] = field(default_factory=dict)
    valid_until: str | None = None  # the last day on which it may be used, None for as long as it is in force

    @property
    def place(self) -> tuple[str, str, str]:
        """What it stands for in the catalogue: one product, language and office."""
        return (self.product, self.lang, self.office or "")

    def file(self, role: str) -> EntryFile | None:
        """Its first file of a role."""
        return next((one for one in self.files if one.role == role), None)


@dataclass(frozen=True)
class Awaited:
    """A product that cannot be made yet, and what for, in Vietnamese."""

    product: str
    label: str
    lang: str
    office: str | None
    words: str


@dataclass(frozen=True)
class Part:
    """What is current of an article: nationwide (`province` ""), or of a province and its communes."""

    slug: str
    province: str
    entries: tuple[Entry, ...]
    editions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # lang -> edition data; "" only
    waiting: tuple[Awaited, ...] = ()

    def to_bytes(self) -> bytes:
        """The part as the bytes that a manifest names by digest."""
        data = asdict(self)
        for entry in data["entries"]:
            for file in entry["files"]:
                for name in ("unsigned", "credential", "credential_at", "pieces"):
                    if not file[name]:  # most files have none, and catalogues are read on slow lines
                        del file[name]
            if entry["valid_until"] is None:
                del entry["valid_until"]
        return canonical({"format": FORMAT, **data})


@dataclass(frozen=True)
class Blob:
    """A part or a list in `cas/`, by digest."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class GoneEdition:
    """An edition that an event called back, and the edition that replaces it ("" for none)."""

    id: str
    lang: str
    office: str | None
    title: str
    applies_from: str | None
    replaced_by: str
    products: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # digests under `cas/`: what was published of it


@dataclass(frozen=True)
class Event:
    """Something that holds no longer; `editions` is the list of `GoneEdition`s, in `cas/`."""

    number: int  # of the release that says so
    slug: str
    state: State
    reason: str  # in Vietnamese; for a changed fact it names the fact
    replaced_by: str  # a slug, "" for none
    at: str
    editions: Blob
    languages: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()  # codes; "" for what is nationwide

    @property
    def id(self) -> str:
        """What feeds and readers call it: the same for ever."""
        return f"{self.number:08d}-{self.slug}-{self.state}"


@dataclass(frozen=True)
class Release:
    """The artifacts published together. `articles` leads from slug and province ("" nationwide) to the part."""

    number: int
    id: str
    made_at: str
    previous: str  # the id of the release before, "" for the first
    key: str  # the fingerprint of the publisher's key
    articles: Mapping[str, Mapping[str, Blob]]
    withdrawn: tuple[Event, ...]
    expiring: Mapping[str, str] = field(default_factory=dict)  # slug -> the last day of what ends first in it
    note: str = ""  # why it was made, where that is no plain publication (a rollback, a new key)
    restores: str = ""  # the id of the earlier release whose content it brings back
    # The newsroom's audit log as it stood: number and digest of its last entry, {} where there is no newsroom.
    audit_head: Mapping[str, Any] = field(default_factory=dict)
    credentials: str = ""  # the fingerprint of the root that content credentials chain to

    def to_bytes(self) -> bytes:
        """The manifest as it is signed."""
        return canonical({"format": FORMAT, **asdict(self)})


def release_id(number: int, content: Mapping[str, Any]) -> str:
    """Number and digest: what a release is called."""
    return f"{number:08d}-{hashlib.sha256(canonical(content)).hexdigest()[:16]}"


def make_release(
    *,
    number: int,
    made_at: dt.datetime,
    previous: str,
    key: str,
    articles: Mapping[str, Mapping[str, Blob]],
    withdrawn: Iterable[Event],
    **more: Any,
) -> Release:
    """A release under the id that its content gives it."""
    if made_at.tzinfo is None:
        raise ReleaseError("the time of a release needs its zone", mend="Give a datetime with tzinfo")
    stamp = made_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    release = Release(number, "", stamp, previous, key, articles, tuple(withdrawn), **more)
    return replace(release, id=release_id(number, asdict(release)))


# From JSON. What is read here was checked by signature or digest first: these bytes are a publisher's own.


def release_from_data(data: Mapping[str, Any]) -> Release:
    """The inverse of `Release.to_bytes`, after JSON."""
    _know(data, "a release")
    return Release(
        number=data["number"],
        id=data["id"],
        made_at=data["made_at"],
        previous=data["previous"],
        key=data["key"],
        articles={
            slug: {province: Blob(**blob) for province, blob in parts.items()}
            for slug, parts in data["articles"].items()
        },
        withdrawn=tuple(_event_from_data(event) for event in data["withdrawn"]),
        **{name: data[name] for name in ("expiring", "note", "restores", "audit_head", "credentials") if name in data},
    )


def _event_from_data(data: Mapping[str, Any]) -> Event:
    lists = {name: tuple(data.get(name, ())) for name in ("languages", "provinces")}
    return Event(**{**data, **lists, "editions": Blob(**data["editions"])})


def gone_from_data(data: Mapping[str, Any]) -> GoneEdition:
    """An edition of an event's list, after JSON."""
    return GoneEdition(**{**data, **{name: tuple(data.get(name, ())) for name in ("products", "files")}})


def part_from_data(data: Mapping[str, Any]) -> Part:
    """The inverse of `Part.to_bytes`, after JSON."""
    _know(data, "a part of a release")
    return Part(
        slug=data["slug"],
        province=data["province"],
        entries=tuple(
            Entry(**{**entry, "files": tuple(_file_from_data(file) for file in entry["files"])})
            for entry in data["entries"]
        ),
        editions=data["editions"],
        waiting=tuple(Awaited(**one) for one in data["waiting"]),
    )


def _file_from_data(data: Mapping[str, Any]) -> EntryFile:
    if "pieces" not in data and "credential_at" not in data:  # most
        return EntryFile(**data)
    pieces = tuple((str(sha256), int(size)) for sha256, size in data.get("pieces", ()))
    at = tuple(int(one) for one in data.get("credential_at", ()))
    return EntryFile(**{**data, "pieces": pieces, "credential_at": at})


def _know(data: Mapping[str, Any], what: str) -> None:
    if data.get("format") != FORMAT:
        mend = "Update this program"
        raise ReleaseError(f"{what} has the format {data.get('format')!r}, {FORMAT} is known here", mend=mend)


# Before something is published


def check_entry(entry: Entry, slug: str) -> None:
    """A `ReleaseError` when a name in an entry cannot become a key or an address."""
    checks = [(PRODUCT, entry.product), (LANG, entry.lang), (EDITION, entry.edition)]
    checks += [(OFFICE, entry.office)] if entry.office is not None else []
    checks += [(SUFFIX, file.suffix) for file in entry.files] + [(DIGEST, file.sha256) for file in entry.files]
    checks += [(DIGEST, sha256) for file in entry.files for sha256, _ in file.objects]
    for pattern, text in checks:
        check_name(pattern, text, f"{slug}: {entry.product}")
    for file in entry.files:  # it becomes a file on somebody's disk
        check_name(FILE_NAME, file.name, f"{slug}: {entry.product}")
    if sum(file.role == "main" for file in entry.files) != 1:
        raise ReleaseError("a product has exactly one main file", where=f"{slug}: {entry.product}")


def check_name(pattern: re.Pattern[str], text: str, where: str) -> None:
    """A `ReleaseError` unless all of the text is of the pattern."""
    if not pattern.fullmatch(text):
        raise ReleaseError(
            f"{text[:80]!r} cannot stand in an address", where=where, mend="Use plain letters, digits and hyphens"
        )
