"""What pages are made of: the shapes of their data, and how an entry of the catalogue looks to a template."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from render.language import languages
from render.manifest import Awaited, Entry, EntryFile
from render.steps import canonical

if TYPE_CHECKING:
    from render.edition import Office


@dataclass(frozen=True)
class Page:
    """A page: where it lies, its template, and all that the template is told besides the release."""

    key: str
    template: str
    data: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Fragment:
    """A stretch that many pages share: it is drawn once, and known by its digest."""

    template: str
    data: Mapping[str, Any]

    @cached_property
    def digest(self) -> str:
        """Of all it is drawn from besides the templates."""
        return hashlib.sha256(canonical([self.template, self.data])).hexdigest()


@dataclass(frozen=True)
class CurrentArticle:
    """An article of the current release, all provinces together."""

    slug: str
    editions: Mapping[str, Mapping[str, Any]]
    entries: Sequence[Entry]
    waiting: Sequence[Awaited]

    @property
    def lead(self) -> Mapping[str, Any]:
        """The edition that lists show: the Vietnamese one where there is one."""
        return self.editions.get("vi") or next(iter(self.editions.values()))


def article_key(slug: str, lang: str) -> str:
    """Where an article's page lies."""
    return f"a/{slug}.{lang}.html"


def check_key(edition: str) -> str:
    """Where the page lies that a QR code leads to."""
    return f"q/{edition}"


def in_order(tags: Iterable[str], first: Sequence[str] = ()) -> list[str]:
    """Vietnamese, then `first`, then as in the registry."""
    order = ["vi", *first, *languages()]
    return sorted(set(tags), key=lambda tag: (order.index(tag) if tag in order else len(order), tag))


def product_data(entry: Entry) -> dict[str, Any]:
    """An entry for a template: its files by role."""
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for file in entry.files:
        files[file.role].append(_file(file))
    image = image_of(entry)
    return {
        "product": entry.product,
        "label": entry.label,
        "medium": entry.medium,
        "size": entry.size,
        "lang": entry.lang,
        "edition": entry.edition,
        "title": entry.title,
        "office": entry.office,
        "note": entry.note,
        "main": files["main"][0],
        "files": dict(files),
        "image": _file(image) if image else None,
        "duration_s": entry.details.get("duration_s"),
        "pages": entry.details.get("pages"),
        "alt": entry.details.get("alt", ""),
        "voice": voice_words(entry.details),
    }


def _file(file: EntryFile) -> dict[str, Any]:
    return {**asdict(file), "href": f"cas/{file.objects[-1][0]}"}


def image_of(entry: Entry) -> EntryFile | None:
    """What a page shows of a product: the smallest picture of it, else its poster, else its first preview."""
    pictures = [file for file in entry.files if file.media_type.startswith("image/")]
    for role in ("thumbnail", "poster", "preview"):
        found = [file for file in pictures if file.role == role]
        if entry.medium == "picture":
            break
        if found:
            return found[0]
    return min(pictures, key=lambda file: file.bytes) if pictures else None


def voice_words(details: Mapping[str, Any]) -> str:
    """The mark of a voice that is no person's; "" for a recording and for what has no voice."""
    if not details.get("synthetic"):
        return ""
    if details.get("quality") == "robot":
        return "Giọng máy – nghe thử trước khi phát"
    return "Giọng đọc tổng hợp"


def unit_name(offices: Mapping[str, Office], code: str) -> str:
    return offices[code].unit if code in offices else code
