"""What feeds of a release tell: which articles and events, by province and language, and for each device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.manifest import Event
from render.officeviews import Places, best_for
from render.pageparts import Fragment, Page, in_order
from render.shelf import Row, Shelved
from render.wanted import preference

NATION = "vn"
LATEST = 100  # items of a feed; events and tombstones of a change feed
COVER = "feeds/cover.png"
GONE = {"superseded": "Đã có bản mới", "withdrawn": "Thu hồi", "expired": "Hết hạn"}


@dataclass(frozen=True)
class _Place:
    code: str  # "" for the nation
    name: str
    langs: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.code or NATION


def feed_pages(
    articles: Sequence[Shelved], places: Places, called_back: Sequence[tuple[Event, Sequence[Row]]], public_url: str
) -> Iterator[Page]:
    """Four feeds for each province and language, and for the nation; a playlist for each office."""
    chosen: dict[tuple[str, str, str, str], dict[str, Any] | None] = {}
    by_office = [(article, _by_office(article)) for article in articles]

    def listed(code: str, lang: str) -> list[dict[str, Any]]:
        found = []
        for article, rows in by_office:
            own = tuple(one if one in rows else "" for one in dict.fromkeys((code[:2], code)))
            key = (article.slug, lang, own[0], own[-1])
            if key not in chosen:
                chosen[key] = _item(article, rows, code, lang)
            if (item := chosen[key]) is not None:
                found.append(item)
        return found

    yield Page(COVER, "cover", {})
    langs = in_order({lang for article in articles for lang in article.titles})
    standing = [_Place("", "toàn quốc", tuple(langs or ["vi"]))]
    standing += [
        _Place(code, office.unit, ("vi", *places.spoken_in(code)))
        for code, office in places.offices.items()
        if "." not in code
    ]
    for place in standing:
        for lang in place.langs:
            said = {"place": place.key, "name": place.name, "lang": lang, "public_url": public_url}
            items = listed(place.code, lang)
            latest = sorted(items, key=lambda item: str(item["at"]), reverse=True)[:LATEST]
            stem = f"feeds/{place.key}.{lang}"
            yield Page(f"{stem}.json", "json", said | {"items": items})
            yield Page(f"{stem}.rss", "rss", said | {"items": [one for one in latest if one["web"] or one["horn"]]})
            yield Page(f"{stem}.m3u8", "m3u8", said | {"items": [one for one in items if one["horn"]]})
            yield Page(f"{stem}.atom", "atom", said | {"items": latest, "gone": _gone(called_back, place.code, lang)})
    yield from _devices(places, {code for _, rows in by_office for code in rows}, listed, public_url)


def _devices(
    places: Places, own: set[str], listed: Callable[[str, str], list[dict[str, Any]]], public_url: str
) -> Iterator[Page]:
    """Under one name for ever: what a device of a place plays. Places that play the same share what is drawn."""
    shared: dict[tuple[str, tuple[str, ...]], Fragment] = {}
    for code in places.offices:
        spoken = ("vi", *places.spoken_in(code))
        served = code if code in own else code[:2] if code[:2] in own else ""
        if (served, spoken) not in shared:
            items = [item for lang in spoken for item in listed(served, lang) if item["horn"]]
            shared[served, spoken] = Fragment("device", {"items": items, "public_url": public_url})
        data = {"list": shared[served, spoken]}
        yield Page(f"devices/{code}/playlist.m3u8", "device-m3u8", data)
        if "." not in code or code in own:  # of any other commune its province's says the same
            yield Page(f"devices/{code}/index.json", "device-json", data)


def _by_office(article: Shelved) -> Mapping[str, Mapping[str, list[Row]]]:
    found: dict[str, dict[str, list[Row]]] = {}
    for kind, rows in (("horns", article.horns), ("webs", article.webs), ("sheets", article.sheets)):
        for row in rows:
            found.setdefault(str(row["office"] or ""), {}).setdefault(kind, []).append(row)
    return found


def _item(article: Shelved, rows: Mapping[str, Mapping[str, list[Row]]], code: str, lang: str) -> dict[str, Any] | None:
    """An article in a language, with what is played, heard on the web, printed and shared of it; None for nothing."""

    def of(kind: str) -> list[Row]:
        here = [row for one in dict.fromkeys(("", code[:2], code)) for row in rows.get(one, {}).get(kind, ())]
        return best_for([row for row in here if row["lang"] == lang], code)

    horns = sorted(of("horns"), key=lambda row: (preference(row["product"], row["office"]), row["product"]))
    webs, sheets = of("webs"), sorted(of("sheets"), key=lambda row: (row["medium"] != "print", row["product"]))
    every = [*horns, *webs, *sheets]
    if not every:
        return None
    lead = every[0]
    card = article.card
    return {
        "slug": article.slug,
        "lang": lang,
        "edition": lead["edition"],
        "title": lead["title"],
        "summary": card["summary"] if card.get("lang") == lang else "",
        "topic": card.get("topic") or "",
        "campaign": card.get("campaign") or "",
        "priority": lead["priority"],
        "applies_from": lead["applies_from"],
        "until": lead["until"],
        "note": lead["note"],
        "number": max(row["since"][0] for row in every),
        "at": max(str(row["since"][1]) for row in every),
        "horn": _file(horns[0], "audio/mpeg") | {"script": article.whole_of(horns[0])["script"]} if horns else None,
        "web": _file(webs[0], str(webs[0]["media_type"])) if webs else None,
        "sheets": [_file(row, _sheet_type(row)) for row in sheets],
    }


def _file(row: Row, media_type: str) -> dict[str, Any]:
    return {
        "product": row["product"],
        "label": row["label"],
        "edition": row["edition"],
        "office": row["office"],
        "sha256": row["main"],
        "bytes": row["bytes"],
        "type": media_type,
        "duration_s": row.get("duration_s"),
        "voice": row.get("voice", ""),
        "script": row.get("script", ""),
        "pieces": [sha256 for sha256, _ in row.get("pieces", ())] or [row["main"]],
    }


def _sheet_type(row: Row) -> str:
    known = {"pdf": "application/pdf", "webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}
    return known.get(str(row["suffix"]).rpartition(".")[2].lower(), "application/octet-stream")


def _gone(called_back: Sequence[tuple[Event, Sequence[Row]]], code: str, lang: str) -> list[dict[str, Any]]:
    """What concerned a place and a language, the latest first."""
    found = []
    for event, rows in sorted(called_back, key=lambda one: one[0].number, reverse=True):
        if event.state not in GONE or lang not in event.languages or not {"", code} & set(event.provinces):
            continue
        here = [row for row in rows if row["lang"] == lang and (row["office"] or "")[:2] in ("", code)]
        found.append(
            {
                "id": event.id,
                "state": event.state,
                "slug": event.slug,
                "at": event.at,
                "reason": event.reason,
                "replaced_by": event.replaced_by,
                "editions": [[row["edition"], row["title"], row["by"]] for row in here[:LATEST]],
            }
        )
    return found[:LATEST]
