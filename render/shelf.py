"""What lists need of each part of a release, kept beside the pages: a release reads only the parts that changed."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from render.catalogue import Pointer, history, read_gone, read_part
from render.manifest import Entry, Event, Part, Release
from render.pageparts import image_of, voice_words
from render.pagewords import plain_runs
from render.playorder import URGENCY, for_horns
from render.steps import canonical, file_digest
from render.store import Missing, Store

SHELF = "pages-shelf.json.gz"

# One entry as lists show it, as JSON data.
Row = Mapping[str, Any]
# The release in which the very bytes of an entry came first, and its moment.
Since = tuple[int, str]
# What is known of an entry: product, language, office, digest of its main file.
Known = tuple[str, str, str, str]


@dataclass(frozen=True)
class Shelf:
    """Briefs of parts and of events as they were kept. `made_by` is the digest of the code that wrote them."""

    made_by: str
    parts: Mapping[str, Mapping[str, Any]]  # digest of a part -> its brief
    gone: Mapping[str, Sequence[Row]]  # id of an event -> the editions it called back
    made: Mapping[str, Any]  # digest of a list of bulletins -> the ZIP made of it; of a bulletin -> its excerpt
    etag: str | None = None


@dataclass(frozen=True)
class Shelved:
    """An article of the current release, all provinces together, without its text."""

    slug: str
    card: Mapping[str, Any]  # of the edition that lists show; {} where there is no national edition
    briefs: Sequence[Mapping[str, Any]]

    @cached_property
    def horns(self) -> list[Row]:
        """Bulletins for loudspeakers."""
        return [row for brief in self.briefs for row in brief["horns"]]

    def of_office(self, code: str) -> list[Row]:
        """The bulletins of an office; "" for those of the nation."""
        return self._horns_by_office.get(code, [])

    @cached_property
    def _horns_by_office(self) -> Mapping[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.horns:
            found.setdefault(row["office"] or "", []).append(row)
        return found

    def whole_of(self, row: Row) -> Row:
        """The bulletin that has a script and a sample: of a commune's in pieces its province's, else the nation's."""
        office, same = str(row["office"] or ""), (str(row["product"]), str(row["lang"]))
        if not row.get("pieces"):
            return row
        return next((self._whole[*same, one] for one in (office[:2], "") if (*same, one) in self._whole), row)

    @cached_property
    def _whole(self) -> Mapping[tuple[str, str, str], Row]:
        return {
            (str(row["product"]), str(row["lang"]), str(row["office"] or "")): row
            for row in self.horns
            if not row.get("pieces") and "." not in (row["office"] or "")
        }

    @cached_property
    def sheets(self) -> list[Row]:
        """What is printed or shared as a picture. A commune's sheet without a picture of its own shows the nation's."""
        rows = [row for brief in self.briefs for row in brief["sheets"]]
        shown = {(row["product"], row["lang"]): row["image"] for row in rows if not row["office"]}
        return [row if row["image"] else {**row, "image": shown.get((row["product"], row["lang"]), "")} for row in rows]

    @cached_property
    def webs(self) -> list[Row]:
        """What is listened to on the web."""
        return [row for brief in self.briefs for row in brief["webs"]]

    @cached_property
    def waiting(self) -> list[Row]:
        """What cannot be made yet."""
        return [row for brief in self.briefs for row in brief["waiting"]]

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Of each language that has an edition."""
        return {lang: title for brief in self.briefs for lang, title in brief["titles"].items()}

    def stood(self, lang: str) -> tuple[str, str]:
        """Since when the oldest and the newest of what there is in a language has stood; "" twice for nothing."""
        moments = [str(row["since"][1]) for row in (*self.horns, *self.webs, *self.sheets) if row["lang"] == lang]
        return min(moments, default=""), max(moments, default="")

    @cached_property
    def editions(self) -> frozenset[str]:
        """The codes that are current."""
        return frozenset(code for brief in self.briefs for code in brief["editions"])

    @cached_property
    def offices(self) -> frozenset[str]:
        """Those with versions of their own."""
        return frozenset(str(row["office"]) for row in (*self.horns, *self.sheets) if row["office"])

    @property
    def lead(self) -> str:
        """The language that lists show."""
        return str(self.card.get("lang", "vi"))


# ----- reading and keeping


def read_shelf(store: Store) -> Shelf:
    """What was kept; an empty shelf when there is none, or a broken one."""
    try:
        data, stored = store.read(SHELF)
    except Missing:
        return Shelf("", {}, {}, {})
    try:
        said = json.loads(gzip.decompress(data))
        return Shelf(str(said["made_by"]), dict(said["parts"]), dict(said["gone"]), dict(said["made"]), stored.etag)
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return Shelf("", {}, {}, {}, stored.etag)  # made anew from the parts


def shelf_bytes(shelf: Shelf) -> bytes:
    """The shelf as it is kept: the same bytes for the same content."""
    data = {"made_by": made_by(), "parts": shelf.parts, "gone": shelf.gone, "made": shelf.made}
    return gzip.compress(canonical(data), compresslevel=1, mtime=0)


@functools.cache
def made_by() -> str:
    """The digest of the code that briefs depend on."""
    return file_digest(Path(__file__)) + file_digest(Path(__file__).with_name("pageparts.py"))


class Reading:
    """The parts of a release, read one article at a time and only where nothing is kept of them."""

    def __init__(self, store: Store, pointer: Pointer, shelf: Shelf, trusted: Sequence[str]) -> None:
        self._store = store
        self._release = pointer.release
        self._kept = shelf
        self._fresh = shelf.made_by == made_by()
        self._trusted = trusted
        self.parts: dict[str, Mapping[str, Any]] = {}
        self.gone: dict[str, Sequence[Row]] = {}

    def article(self, slug: str, *, whole: bool) -> tuple[Shelved, list[Part]]:
        """An article of the release; its parts too when they are wanted `whole`, or had to be read anyhow."""
        named = self._release.articles[slug]
        known = {blob.sha256: self._kept.parts[blob.sha256] for blob in named.values() if self._keeps(blob.sha256)}
        parts: list[Part] = []
        briefs = []
        for blob in named.values():
            brief = known.get(blob.sha256)
            if brief is None or whole:
                part = read_part(self._store, blob)
                parts.append(part)
                brief = brief or brief_of(part, self._earlier.get(slug, {}), self.now)
            self.parts[blob.sha256] = brief
            briefs.append(brief)
        card: Mapping[str, Any] = next((brief["card"] for brief in briefs if brief["card"]), {})
        return Shelved(slug, card, briefs), parts

    def called_back(self, event: Event) -> Sequence[Row]:
        """The editions that an event called back."""
        kept = self._kept.gone.get(event.id) if self._fresh else None
        found = kept if kept is not None else _lost(self._store, event)
        self.gone[event.id] = found
        return found

    def _keeps(self, sha256: str) -> bool:
        return self._fresh and sha256 in self._kept.parts

    @cached_property
    def _earlier(self) -> Mapping[str, Mapping[Known, Since]]:
        """By article, since when its entries are there; those that are not named came with this release."""
        if self._kept.parts or self._release.number == 1:
            found: dict[str, dict[Known, Since]] = {}
            for brief in self._kept.parts.values():
                mine = found.setdefault(str(brief["slug"]), {})
                for row in (*brief["horns"], *brief["webs"], *brief["sheets"]):
                    mine[_known(row)] = (int(row["since"][0]), str(row["since"][1]))
            return found
        return _first_seen(self._store, self._release, self._trusted)

    @property
    def now(self) -> Since:
        """This release."""
        return (self._release.number, self._release.made_at)


def brief_of(part: Part, since: Mapping[Known, Since], now: Since) -> Mapping[str, Any]:
    """What lists need of a part."""
    horns = [entry for entry in part.entries if for_horns(entry)]
    sheets = [entry for entry in part.entries if entry.medium in {"print", "picture"}]
    return {
        "slug": part.slug,
        "card": _card(part) if part.editions else {},
        "titles": {lang: plain_runs(edition["title"]) for lang, edition in part.editions.items()},
        "editions": sorted({entry.edition for entry in part.entries}),
        "media": sorted({entry.medium for entry in part.entries}),
        "horns": [_with_since(_horn(entry), since, now) for entry in horns],
        "webs": [
            _with_since(_horn(entry) | {"media_type": entry.files[0].media_type}, since, now)
            for entry in part.entries
            if entry.medium == "audio" and entry not in horns
        ],
        "sheets": [_with_since(_sheet(entry), since, now) for entry in sheets],
        "waiting": [
            {"lang": one.lang, "office": one.office, "label": one.label, "words": one.words} for one in part.waiting
        ],
    }


def _card(part: Part) -> Mapping[str, Any]:
    lead = part.editions.get("vi") or next(iter(part.editions.values()))
    return {
        "lang": lead["lang"],
        "topic": lead["topic"],
        "title": plain_runs(lead["title"]),
        "summary": plain_runs(lead["summary"]),
        "priority": lead["priority"],
        "note": lead["note"],
        "in_force": lead["in_force"] or "",
        "audiences": list(lead.get("audiences", ())),
        "campaign": lead.get("campaign", ""),
        "hotline": "" if lead["office"] else lead["hotline"],
        "corrects": any(block["id"] == "tin-don" for block in lead["blocks"]),
        "languages": sorted(part.editions),
    }


def _common(entry: Entry) -> dict[str, Any]:
    main = next(file for file in entry.files if file.role == "main")
    return {
        "product": entry.product,
        "label": entry.label,
        "lang": entry.lang,
        "office": entry.office,
        "edition": entry.edition,
        "title": entry.title,
        "priority": entry.priority,
        "applies_from": entry.applies_from,
        "until": entry.valid_until,
        "note": entry.note,
        "main": main.sha256,
        "bytes": main.bytes,
        **({"pieces": [list(one) for one in main.pieces]} if main.pieces else {}),
    }


def _horn(entry: Entry) -> dict[str, Any]:
    script = entry.file("script")
    return _common(entry) | {
        "duration_s": float(entry.details.get("duration_s") or 0),
        "voice": voice_words(entry.details),
        "script": script.sha256 if script else "",
        **({"greeting": str(entry.details.get("greeting") or "")} if not script else {}),
    }


def _sheet(entry: Entry) -> dict[str, Any]:
    main = next(file for file in entry.files if file.role == "main")
    image = image_of(entry)
    return _common(entry) | {
        "medium": entry.medium,
        "size": entry.size,
        "pages": entry.details.get("pages"),
        "name": main.name,
        "suffix": main.suffix,
        "image": image.sha256 if image else "",
        "prints": [[file.sha256, file.bytes, file.name] for file in entry.files if file.role == "print"],
    }


def _known(row: Row) -> Known:
    return (str(row["product"]), str(row["lang"]), str(row["office"] or ""), str(row["main"]))


def _with_since(row: dict[str, Any], since: Mapping[Known, Since], now: Since) -> dict[str, Any]:
    row["since"] = list(since.get(_known(row), now))
    return row


def _first_seen(store: Store, newest: Release, trusted: Sequence[str]) -> Mapping[str, Mapping[Known, Since]]:
    """For what is current: the earliest release since which it was so without a break. Read once, when all is lost."""
    found: dict[str, dict[Known, Since]] = {}
    standing: dict[str, set[Known]] = {}
    read: dict[str, frozenset[Known]] = {}
    for release in history(store, newest, trusted):
        current = {slug: _entries_of(store, named.values(), read) for slug, named in release.articles.items()}
        if not standing:
            standing = {slug: set(known) for slug, known in current.items()}
        for slug, known in standing.items():
            known &= current.get(slug, set())
            found.setdefault(slug, {}).update(dict.fromkeys(known, (release.number, release.made_at)))
        if not any(standing.values()):
            break
    return found


def _entries_of(store: Store, blobs: Iterable[Any], read: dict[str, frozenset[Known]]) -> set[Known]:
    found: set[Known] = set()
    for blob in blobs:
        if blob.sha256 not in read:
            entries: Sequence[Entry] = ()
            with contextlib.suppress(Missing):  # a part of an earlier release that nobody could bring back
                entries = read_part(store, blob).entries
            read[blob.sha256] = frozenset(_known(_common(entry)) for entry in entries)
        found |= read[blob.sha256]
    return found


def _lost(store: Store, event: Event) -> Sequence[Row]:
    """The editions that an event called back: whether there was a bulletin of it, and what of paper and pictures."""
    return [
        {
            "lang": one.lang,
            "office": one.office,
            "edition": one.id,
            "title": one.title,
            "by": one.replaced_by,
            "horn": any(name.startswith("bulletin-") and name != "bulletin-web" for name in one.products),
            "sheets": [name for name in one.products if not name.startswith(_NO_SHEETS)],
        }
        for one in read_gone(store, event)
    ]


# An event names products only; those of old releases may be made no longer, so nobody is asked for them.
_NO_SHEETS = ("bulletin-", "clip-", "motion-", "page-")


def in_list_order(articles: Iterable[Shelved]) -> list[Shelved]:
    """Those that can be shown: the most urgent first, then what came into force last."""
    found = sorted((one for one in articles if one.card), key=lambda one: one.slug)
    found.sort(key=lambda one: str(one.card["in_force"]), reverse=True)
    found.sort(key=lambda one: URGENCY.get(str(one.card["priority"]), 2))
    return found
