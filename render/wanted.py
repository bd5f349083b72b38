"""What an office takes from a release, and what each file is called on its disk or stick."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.errors import SettingsError
from render.language import languages
from render.manifest import Entry, EntryFile, Part
from render.pageparts import in_order
from render.playorder import URGENCY, for_horns, play_name

FOLDERS = {"print": "to-roi", "picture": "hinh", "video": "clip", "audio": "nghe"}
_TAKEN = ("main", "print", "captions", "script")  # roles; previews and records are for pages and systems
_LONGEST_NAME = 120
# What old systems take for a device, whatever follows the dot.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
PREFERRED = ("bulletin-3min", "bulletin-1min", "bulletin-5min")  # of one text in several lengths, a playlist has one


@dataclass(frozen=True)
class Wish:
    """Which part of a release is wanted. Empty means all; without languages, those spoken in the province."""

    office: str = ""
    languages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A file that is wanted: where it shall lie, and what it is made of."""

    path: str  # below the folder, with /
    sha256: str
    bytes: int
    objects: tuple[tuple[str, int], ...]
    slug: str
    edition: str
    title: str
    duration_s: float = 0.0
    played: bool = False  # the playlist has it


def targets_of(parts: Iterable[Part], wish: Wish, spoken: Sequence[str] = ()) -> list[Target]:
    """The files of these parts that are wanted, in play order; no two have one path, whatever case it is written in."""
    wanted = list(_chosen(parts, wish, spoken))
    horns = [(part, entry) for part, entry in wanted if for_horns(entry)]
    width = max(2, len(str(len(horns))))
    played = _played(horns)
    found: list[Target] = []
    for number, (part, entry) in enumerate(horns, 1):
        duration_s = float(entry.details.get("duration_s") or 0)
        name = f"{number:0{width}d}_{play_name(number, entry.lang, part.slug, duration_s).partition('_')[2]}"
        found += _files(part, entry, "", name.removesuffix(".mp3"), duration_s, played=number in played)
    for part, entry in wanted:
        if not for_horns(entry):
            found += _files(part, entry, f"{FOLDERS.get(entry.medium, 'khac')}/", "", 0.0, played=False)
    return list(_apart(found))


def best_of(entries: Iterable[Entry], office: str) -> list[Entry]:
    """Each product in each language once: the office's own, else its province's, else the nation's."""
    ranks: dict[str | None, int] = {None: 0}
    if office:
        ranks |= {office[:2]: 1, office: 2 if "." in office else 1}
    best: dict[tuple[str, str], Entry] = {}
    scripts: dict[tuple[str, str], EntryFile] = {}
    for entry in sorted((one for one in entries if one.office in ranks), key=lambda one: ranks[one.office]):
        place = (entry.product, entry.lang)
        best[place] = entry
        if script := entry.file("script"):
            scripts[place] = script
    return [_with_script(entry, scripts.get(place)) for place, entry in best.items()]


def _with_script(entry: Entry, script: EntryFile | None) -> Entry:
    """A commune's bulletin in pieces is published without a script: it is the nation's but for the greeting."""
    if script is None or not any(file.pieces for file in entry.files):
        return entry
    return dataclasses.replace(entry, files=(*entry.files, script))


def in_play_order(parts: Iterable[Part]) -> list[tuple[str, list[Part]]]:
    """The articles with their parts: the most urgent first, then what came into force last."""
    by_slug: dict[str, list[Part]] = {}
    for part in parts:
        by_slug.setdefault(part.slug, []).append(part)
    found = sorted(by_slug.items())
    found.sort(key=lambda one: str(_lead(one[1]).get("in_force") or ""), reverse=True)
    found.sort(key=lambda one: URGENCY.get(str(_lead(one[1]).get("priority")), 2))
    return found


def safe_name(text: str) -> str:
    """A file name that every disk and device takes: ASCII, no path, no device, not too long; from any text."""
    plain = ".".join(one for part in text.split(".") if (one := re.sub(r"[^A-Za-z0-9_-]+", "-", part).strip("-_")))
    plain = plain or "tep"
    if _DEVICES.fullmatch(plain):
        plain = f"loa-{plain}"
    if len(plain) > _LONGEST_NAME:
        stem, dot, suffix = plain.rpartition(".")
        suffix = suffix[-12:] if dot else ""
        plain = (stem if dot else plain)[: _LONGEST_NAME - 13].rstrip(".-_") + (f".{suffix}" if suffix else "")
    return plain


def _chosen(parts: Iterable[Part], wish: Wish, spoken: Sequence[str]) -> Iterator[tuple[Part, Entry]]:
    langs: Collection[str] = wish.languages or ("vi", *spoken)
    for _, mine in in_play_order(parts):
        if wish.campaigns and str(_lead(mine).get("campaign") or "") not in wish.campaigns:
            continue
        entries = best_of((entry for part in mine for entry in part.entries if entry.medium != "page"), wish.office)
        entries = [
            entry for entry in entries if entry.lang in langs and (not wish.products or entry.product in wish.products)
        ]
        order = in_order({entry.lang for entry in entries}, spoken)
        for entry in sorted(entries, key=lambda one: (order.index(one.lang), one.product)):
            yield mine[0], entry


def _lead(parts: Sequence[Part]) -> Mapping[str, Any]:
    editions = next((part.editions for part in parts if part.editions), {})
    return editions.get("vi") or next(iter(editions.values()), {})


def _played(horns: Sequence[tuple[Part, Entry]]) -> set[int]:
    """The numbers of those that a playlist has: of one text in several lengths the one of three minutes."""
    best: dict[tuple[str, str], tuple[tuple[bool, int], int]] = {}
    for number, (part, entry) in enumerate(horns, 1):
        rank = preference(entry.product, entry.office)
        place = (part.slug, entry.lang)
        if place not in best or rank < best[place][0]:
            best[place] = (rank, number)
    return {number for _, number in best.values()}


def preference(product: str, office: str | None) -> tuple[bool, int]:
    """Smaller is better: what is the office's own, then three minutes."""
    return (not office, PREFERRED.index(product) if product in PREFERRED else len(PREFERRED))


def _files(part: Part, entry: Entry, folder: str, stem: str, duration_s: float, *, played: bool) -> Iterator[Target]:
    for file in entry.files:
        if file.role not in _TAKEN:
            continue
        name = f"{stem}.{safe_name(file.suffix).lower()}" if stem else safe_name(file.name)
        main = file.role == "main"
        yield _target(f"{folder}{name}", part, entry, file, duration_s if main else 0.0, played=played and main)


def _target(path: str, part: Part, entry: Entry, file: EntryFile, duration_s: float, *, played: bool) -> Target:
    return Target(
        path, file.sha256, file.bytes, file.objects, part.slug, entry.edition, entry.title, duration_s, played
    )


def _apart(found: Iterable[Target]) -> Iterator[Target]:
    taken: set[str] = set()
    for target in found:
        path, number = target.path, 2
        while path.casefold() in taken:
            path = numbered(target.path, f"-{number}")
            number += 1
        taken.add(path.casefold())
        yield target if path == target.path else dataclasses.replace(target, path=path)


def numbered(path: str, mark: str) -> str:
    """The path with a mark before its suffix."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    return f"{folder}{slash}{stem}{mark}.{suffix}" if dot else f"{folder}{slash}{name}{mark}"


def check_wish(wish: Wish) -> None:
    """A `SettingsError` for what cannot be wished; a commune that nobody knows is one of a later list, perhaps."""
    if wish.office and not re.fullmatch(r"[0-9]{2}(\.[0-9]{5})?", wish.office):
        mend = "Say two digits for a province, 66, or a commune's code after it, 66.24133"
        raise SettingsError(f"{wish.office[:40]!r} is no code of an office", where="--office", mend=mend)
    for tag in wish.languages:
        if tag not in languages():
            mend = f"The tags are: {', '.join(languages())}"
            raise SettingsError(f"{tag[:40]!r} is no language here", where="--lang", mend=mend)


def playlist_of(targets: Iterable[Target]) -> bytes:
    """The playlist of what is played, in order, beside the files it names."""
    lines = ["#EXTM3U"]
    for one in targets:
        if one.played:
            title = " ".join(one.title.split())
            lines += [f"#EXTINF:{round(one.duration_s)},{title}", one.path]
    return ("\n".join(lines) + "\n").encode()


def checksums_of(targets: Iterable[Target]) -> bytes:
    """What `sha256sum -c` reads."""
    return "".join(f"{one.sha256}  {one.path}\n" for one in sorted(targets, key=lambda one: one.path)).encode()
