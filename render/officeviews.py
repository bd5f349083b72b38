"""What offices and print shops see: sheets and pictures of a province by language, their own version first."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from render.campaigns import label_of
from render.edition import Office, office_data
from render.language import languages
from render.pageparts import Fragment, Page, article_key, check_key, in_order, unit_name
from render.pagewords import PRIORITIES, place_name, sorting, vietnam_day
from render.recalls import Lanes, Recall
from render.shelf import Row, Shelved

LISTED = 30  # articles on a page, in one language each
ZIPPED = 20  # of these, the new ones that one ZIP holds
ZIPPED_BYTES = 60_000_000

# A ZIP of files by name, and what to call it: its digest and size.
Pack = Callable[[Sequence[tuple[str, str]]], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Places:
    """The offices that have pages: those of the file, and those that had versions of their own once."""

    offices: Mapping[str, Office]

    @cached_property
    def provinces(self) -> list[dict[str, Any]]:
        """For the choice, in Vietnamese order; each with its communes."""
        found = [office_words(office) for code, office in self.offices.items() if "." not in code]
        return sorted(found, key=lambda one: sorting(one["place"]))

    @cached_property
    def _communes(self) -> Mapping[str, list[dict[str, Any]]]:
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for code, office in self.offices.items():
            if "." in code:
                found[code[:2]].append({"code": code, "unit": office.unit})
        for mine in found.values():
            mine.sort(key=lambda one: (sorting(place_name(one["unit"])[0]), one["code"]))
        return found

    def communes_of(self, code: str) -> list[dict[str, Any]]:
        """The communes of a province that have pages; a commune has none."""
        return self._communes.get(code, []) if "." not in code else []

    def spoken_in(self, code: str) -> tuple[str, ...]:
        """The languages of a province besides Vietnamese, by the registry."""
        return self._spoken.get(code[:2], ())

    @cached_property
    def _spoken(self) -> Mapping[str, tuple[str, ...]]:
        names = {code: place_name(office.unit)[0] for code, office in self.offices.items() if "." not in code}
        return {
            code: tuple(tag for tag, one in languages().items() if name in one.provinces)
            for code, name in names.items()
        }


def places_of(offices: Mapping[str, Office], own: Iterable[str]) -> Places:
    """An office that is in the file no longer keeps its pages: what they say must not stand still."""
    lost = {code: Office(code, code, code, "") for code in sorted(own) if code not in offices}
    return Places({**offices, **lost})


def office_words(office: Office) -> dict[str, Any]:
    """An office as pages name it."""
    name, kind = place_name(office.unit)
    return {"code": office.code, "unit": office.unit, "place": name, "place_kind": kind}


def best_for(rows: Iterable[Row], code: str) -> list[Row]:
    """Each product in each language once: the office's own, else its province's, else the nation's."""
    ranks: dict[str | None, int] = {code: 0, code[:2]: 1, None: 2}
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        rank = ranks.get(row["office"])
        place = (str(row["product"]), str(row["lang"]))
        if rank is not None and (place not in best or rank < ranks[best[place]["office"]]):
            best[place] = row
    return list(best.values())


def office_pages(
    articles: Sequence[Shelved], places: Places, called_back: Sequence[Recall], hotline: str, public_url: str,
    api_url: str, key: str, pack: Pack, standing: Collection[str],
) -> Iterator[Page]:  # fmt: skip
    """The choice of a province, a page for each and for communes with sheets of their own, and lists by language.

    `standing` are the codes that had a page already: what these say must not stand still, least of all what was called
    back.
    """
    yield Page("to-roi/index.html", "provinces.html", {"provinces": places.provinces, "hotline": hotline})
    own = {row["office"] for article in articles for row in article.sheets if row["office"]}
    lost = {row["office"] for _, rows in called_back for row in rows if row["office"] and row["sheets"]}
    current = {code for article in articles for code in article.editions}
    lanes = Lanes(called_back, current, {article.slug: article for article in articles}, "sheets")
    counts: defaultdict[str, int] = defaultdict(int)
    for article in articles:
        for lang in {str(row["lang"]) for row in article.sheets if not row["office"]}:
            counts[lang] += 1
    lists = [{"lang": lang, "count": counts[lang], "href": _language_key(lang)} for lang in in_order(counts)]
    shared: dict[tuple[str, tuple[str, ...]], tuple[Fragment, Fragment]] = {}
    note = common_note(articles)
    own |= lost
    for code, office in places.offices.items():
        if "." in code and code not in own and code not in standing:
            continue
        served = code if code in own else code[:2] if code[:2] in own else ""
        spoken = places.spoken_in(code)
        if (served, spoken) not in shared:
            data = _sheets(articles, served, ("vi", *spoken), places.offices, pack)
            shared[served, spoken] = (
                Fragment("office-lane.html", {"lane": lanes.of(served, spoken)}),
                Fragment("office-list.html", data),
            )
        lane, listed = shared[served, spoken]
        data = {
            "office": office_words(office),
            "office_block": office_data(office),
            "hotline": office.hotline or hotline,
            "communes": [one for one in places.communes_of(code) if one["code"] in own],
            "common_note": note,
            "langs": [group["lang"] for group in listed.data["groups"]],
            "lists": lists,
            "lane": lane,
            "list": listed,
            "public_url": public_url,
            "api_url": api_url,
            "key": key,
        }
        yield Page(f"to-roi/{code}.html", "sheets.html", data)
    yield from _by_language(articles, counts, places.offices, hotline, note)


def _language_key(lang: str, number: int = 1) -> str:
    return f"to-roi/tieng.{lang}.html" if number == 1 else f"to-roi/tieng.{lang}.{number}.html"


def _sheets(
    articles: Sequence[Shelved], code: str, langs: Sequence[str], offices: Mapping[str, Office], pack: Pack
) -> dict[str, Any]:
    """By language, what came last first; what is the office's own before what is everybody's."""
    by_lang: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for article in articles:
        best = best_for(article.sheets, code)
        for lang in langs:
            mine = [row for row in best if row["lang"] == lang]
            if mine:
                by_lang[lang].append(_sheet(article, lang, mine, offices))
    groups = []
    for lang in langs:
        items = sorted(by_lang[lang], key=lambda one: (one["since"], one["own"]), reverse=True)
        if items:
            share = max(4, LISTED // len([one for one in langs if by_lang[one]]))
            new = [item for item in items if item["week"] == items[0]["week"]][:ZIPPED]
            groups.append(
                {
                    "lang": lang,
                    "items": items[:share],
                    "left_out": max(0, len(items) - share),
                    "since": items[0]["since"],
                    "zip": pack(_to_print(new)),
                    "zipped": sorted({one["edition"] for item in new for one in item["products"]}),
                }
            )
    shown = [one for group in groups for one in group["items"]]
    kinds = {product["product"]: product["label"] for one in shown for product in one["products"]}
    topics = sorted({one["topic"] for one in shown if one["topic"]}, key=sorting)
    campaigns = sorted({one["campaign"] for one in shown if one["campaign"]}, key=lambda one: sorting(label_of(one)))
    return {
        "groups": groups,
        "kinds": sorted(kinds.items(), key=lambda one: sorting(one[1])),
        "topics": topics,
        "campaigns": campaigns,
        "index": _index(groups) if len(shown) > 1 else [],
    }


def _index(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same articles by kind, by campaign and by week, as plain links: for browsers that run no script."""
    by: dict[str, defaultdict[str, list[dict[str, str]]]] = {
        name: defaultdict(list) for name in ("product", "campaign", "week")
    }
    for group in groups:
        for one in group["items"]:
            link = {"id": one["id"], "title": one["title"], "lang": group["lang"]}
            for product in one["products"]:
                by["product"][product["label"]].append(link)
            if one["campaign"]:
                by["campaign"][label_of(one["campaign"])].append(link)
            by["week"][one["week"]].append(link)
    words = {"product": "Theo loại", "campaign": "Theo chiến dịch", "week": "Theo tuần phát hành"}
    return [
        {"by": name, "words": words[name],
         "groups": [{"name": key, "links": found[key]}
                    for key in sorted(found, key=sorting, reverse=name == "week")]}
        for name, found in by.items() if found
    ]  # fmt: skip


def _to_print(items: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Name and digest of what a print shop takes, as far as one ZIP goes."""
    found: list[tuple[str, str]] = []
    room = ZIPPED_BYTES
    for item in items:
        for product in item["products"]:
            if product["medium"] == "print" and product["bytes"] <= room:
                room -= product["bytes"]
                found.append((product["name"], product["main"]))
    return found


def _sheet(article: Shelved, lang: str, rows: Sequence[Row], offices: Mapping[str, Office]) -> dict[str, Any]:
    rows = sorted(rows, key=lambda row: (row["medium"] != "print", row["product"]))
    first = rows[0]
    since = max(str(row["since"][1]) for row in rows)
    day = vietnam_day(since)
    return {
        "id": f"{article.slug}.{lang}",
        "title": first["title"],
        "topic": article.card["topic"],
        "campaign": article.card["campaign"],
        "priority": first["priority"],
        "priority_words": PRIORITIES.get(str(first["priority"]), ""),
        "applies_from": first["applies_from"],
        "until": first["until"],
        "since": since,
        "week": (day - dt.timedelta(days=day.weekday())).isoformat(),
        "own": any(row["office"] for row in rows),
        "article": article_key(article.slug, lang),
        "products": [
            {
                **{name: row[name] for name in (
                    "product", "label", "medium", "size", "pages", "suffix", "bytes", "main", "name", "image",
                    "prints", "edition",
                )},
                "check": check_key(str(row["edition"])),
                "whose": _whose(row, offices),
            }
            for row in rows
        ],
    }  # fmt: skip


def _whose(row: Row, offices: Mapping[str, Office]) -> str:
    if not row["office"]:
        return "Bản dùng chung toàn quốc"
    unit = unit_name(offices, str(row["office"]))
    return f"Bản riêng của {unit[:1].lower()}{unit[1:]}"


def _by_language(
    articles: Sequence[Shelved], counts: Mapping[str, int], offices: Mapping[str, Office], hotline: str, note: str
) -> Iterator[Page]:
    """All nationwide sheets of a language, whatever province looks for them."""
    for lang in in_order(counts):
        items = []
        for article in articles:
            mine = [row for row in article.sheets if row["lang"] == lang and not row["office"]]
            if mine:
                items.append(_sheet(article, lang, mine, offices))
        items.sort(key=lambda one: one["since"], reverse=True)
        pages = [items[at : at + LISTED] for at in range(0, len(items), LISTED)]
        for number, listed in enumerate(pages, 1):
            data = {
                "lang": lang,
                "list": Fragment(
                    "office-list.html",
                    {"groups": [{"lang": lang, "items": listed, "left_out": 0, "since": "", "zip": None, "zipped": []}],
                     "kinds": [], "topics": [], "campaigns": [], "index": []},
                ),
                "count": len(items),
                "number": number,
                "pages": [_language_key(lang, one) for one in range(1, len(pages) + 1)],
                "common_note": note,
                "hotline": hotline,
            }  # fmt: skip
            yield Page(_language_key(lang, number), "sheets-language.html", data)


def common_note(articles: Sequence[Shelved]) -> str:
    """The note that all products carry, to be said once; "" when they differ."""
    notes = {row["note"] for article in articles for row in (*article.horns, *article.sheets)}
    return str(notes.pop()) if len(notes) == 1 else ""
