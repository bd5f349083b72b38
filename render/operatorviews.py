"""What operators of loudspeakers see: their province or commune's bulletins in play order, and what was called back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.edition import office_data
from render.officeviews import (
    Places,
    best_for,
    common_note,
    office_words,
)
from render.pageparts import Fragment, Page, article_key, check_key, in_order
from render.pagewords import PRIORITIES, language_name, vietnam_day
from render.phrases import vietnamese_date
from render.playorder import URGENCY, play_name
from render.recalls import Lanes, Recall
from render.shelf import Row, Shelved

LISTED_FIRST = 20  # of a week: what one ZIP holds
LISTED_REST = 20  # of earlier weeks, on the same page
BY_LANGUAGE = 100  # on a page of all bulletins in a language
OWN_ZIPS = 60  # so many communes with versions of their own get a ZIP of their own; more would be gigabytes

# The lengths of one bulletin: which is played when there are several.
_SLOTS = {"bulletin-3min": 0, "bulletin-1min": 1, "bulletin-5min": 2}

# The bulletin to play, and the same in other lengths.
Played = tuple[Row, Sequence[Row]]


@dataclass(frozen=True)
class Files:
    """What lists link to besides what was released: each gives a file's digest and size, or None."""

    packed: Callable[[Sequence[Mapping[str, Any]], Mapping[str, Any]], Mapping[str, Any] | None]
    excerpt: Callable[[str], Mapping[str, Any] | None]


def operator_pages(
    articles: Sequence[Shelved], places: Places, called_back: Sequence[Recall], files: Files,
    hotline: str, api_url: str,
) -> Iterator[Page]:  # fmt: skip
    """The choice of a province, a page for each office, and the lists of all bulletins by language."""
    spoken_by = {code: places.spoken_in(code) for code in places.offices}
    total = _totals(articles)
    national = {"hotline": hotline, "common_note": common_note(articles), "api_url": api_url}
    yield Page("loa/index.html", "places.html", {"provinces": places.provinces, "hotline": hotline})
    own = {row["office"] for article in articles for row in article.horns if row["office"]}
    own |= {row["office"] for _, rows in called_back for row in rows if row["office"] and row["horn"]}
    current = {code for article in articles for code in article.editions}
    by_slug = {article.slug: article for article in articles}
    lanes = Lanes(called_back, current, by_slug, "horn")
    shared: dict[tuple[str, tuple[str, ...]], tuple[Fragment, Fragment]] = {}
    zips = 0
    chosen: dict[tuple[str, str, str, tuple[str, ...]], Sequence[Played]] = {}

    def choose(article: Shelved, code: str, spoken: tuple[str, ...]) -> Sequence[Played]:
        """What an office plays of an article depends only on whether it, or its province, has a version of its own."""
        own, above = (one if one in article.offices else "" for one in (code, code[:2]))
        key = (article.slug, own, above, spoken)
        if key not in chosen:
            rows = [row for one in dict.fromkeys(("", above, own)) for row in article.of_office(one)]
            chosen[key] = list(_played(best_for(rows, code), ("vi", *spoken)))
        return chosen[key]

    for code, office in places.offices.items():
        # A commune without anything of its own hears what its province does.
        served = code if code in own else code[:2] if code[:2] in own else ""
        spoken = tuple(spoken_by[code])
        if (served, spoken) not in shared:
            zips += "." in served
            wanted = files if "." not in served or zips <= OWN_ZIPS else Files(_no_zip, files.excerpt)
            listing = _listing(articles, served, spoken, total, wanted, national, choose)
            shared[served, spoken] = (
                Fragment("operator-lane.html", {"lane": lanes.of(served, spoken)}),
                Fragment("operator-list.html", listing),
            )
        lane, listed = shared[served, spoken]
        data = {
            "office": office_words(office),
            "office_block": office_data(office),
            "province": office_words(places.offices[code[:2]]) if code[:2] in places.offices else None,
            "hotline": office.hotline or hotline,
            "api_url": api_url,
            "communes": places.communes_of(code),
            "lane": lane,
            "list": listed,
        }
        yield Page(f"loa/{code}.html", "bulletins.html", data)
    yield from _by_language(articles, national)


def _no_zip(_items: Sequence[Mapping[str, Any]], _said: Mapping[str, Any]) -> None:
    return None


def _totals(articles: Sequence[Shelved]) -> list[dict[str, Any]]:
    """How many nationwide bulletins there are in each language."""
    count: defaultdict[str, int] = defaultdict(int)
    for article in articles:
        for lang in {str(row["lang"]) for row in article.horns if not row["office"]}:
            count[lang] += 1
    return [{"lang": lang, "count": count[lang], "href": language_key(lang)} for lang in in_order(count)]


def language_key(lang: str, number: int = 1) -> str:
    """Where the list of all bulletins in a language lies."""
    return f"loa/tieng.{lang}.html" if number == 1 else f"loa/tieng.{lang}.{number}.html"


# ----- the list of an office


def _listing(
    articles: Sequence[Shelved], code: str, spoken: Sequence[str], total: Sequence[Mapping[str, Any]], files: Files,
    national: Mapping[str, Any], choose: Callable[[Shelved, str, tuple[str, ...]], Sequence[Played]],
) -> dict[str, Any]:  # fmt: skip
    rows = [(article, *one) for article in articles for one in choose(article, code, tuple(spoken))]
    week = max((_monday(row) for _, row, _ in rows), default=None)
    fresh = [one for one in rows if _monday(one[1]) == week]
    rest = fresh[LISTED_FIRST:] + sorted((one for one in rows if _monday(one[1]) != week), key=_earlier)
    first = [_item(number, *one, files) for number, one in enumerate(fresh[:LISTED_FIRST], 1)]
    more = [_item(number, *one, files) for number, one in enumerate(rest[:LISTED_REST], len(first) + 1)]
    words = _week_words(week) if week else ""
    said = {"week": words, "hotline": national["hotline"], "note": national["common_note"]}
    return {
        "common_note": national["common_note"],
        "api_url": national["api_url"],
        "week": words,
        "items": first,
        "rest": more,
        "left_out": max(0, len(rest) - LISTED_REST),
        "zip": files.packed(first, said) if first else None,
        "bytes": sum(item["bytes"] for item in first),
        "length_s": sum(item["duration_s"] for item in first),
        "languages": list(total),
        "waiting": _waiting(articles, spoken, {str(row["lang"]) for _, row, _ in rows}),
    }


def _played(rows: Iterable[Row], langs: Sequence[str]) -> Iterator[Played]:
    """In each language the bulletin to play, with those of other lengths."""
    by_lang: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_lang[str(row["lang"])].append(row)
    for lang in langs:
        mine = sorted(
            by_lang.get(lang, ()), key=lambda row: (not row["office"], _SLOTS.get(row["product"], 9), row["product"])
        )
        if mine:
            yield mine[0], mine[1:]


def _monday(row: Row) -> dt.date:
    """Of the week in which it was released."""
    day = vietnam_day(str(row["since"][1]))
    return day - dt.timedelta(days=day.weekday())


def _earlier(one: tuple[Shelved, Row, Sequence[Row]]) -> tuple[int, bool, int]:
    """Urgent ones first, then what is the office's own, then the latest; else as articles stand."""
    row = one[1]
    return (URGENCY.get(str(row["priority"]), 2), not row["office"], -_monday(row).toordinal())


def _week_words(monday: dt.date) -> str:
    return f"Tuần {vietnamese_date(monday)} – {vietnamese_date(monday + dt.timedelta(days=6))}"


def _item(number: int, article: Shelved, row: Row, others: Sequence[Row], files: Files) -> dict[str, Any]:
    whole = article.whole_of(row)
    heard = {str(row["main"]): row}  # a short text gives the same sound in several lengths
    for other in others:
        heard.setdefault(str(other["main"]), other)
    return _download(number, article.slug, row) | {
        "number": number,
        "label": row["label"],
        "product": row["product"],
        "edition": row["edition"],
        "check": check_key(str(row["edition"])),
        "title": row["title"],
        "priority": row["priority"],
        "priority_words": PRIORITIES.get(str(row["priority"]), ""),
        "applies_from": row["applies_from"],
        "until": row["until"],
        "note": row["note"],
        "voice": row["voice"],
        "own": bool(row["office"]),
        "script": whole["script"],
        "greeting": row.get("greeting", ""),
        "sheet": _read_aloud(article, str(row["lang"]), row["office"]),
        "article": article_key(article.slug, str(row["lang"])),
        "excerpt": None if whole.get("pieces") else files.excerpt(str(whole["main"])),
        "others": [
            {**_download(number, article.slug, other), "label": other["label"]} for other in list(heard.values())[1:]
        ],
    }


def _download(number: int, slug: str, row: Row) -> dict[str, Any]:
    return {
        "lang": row["lang"],
        "main": row["main"],
        "pieces": [sha256 for sha256, _ in row.get("pieces", ())],
        "bytes": row["bytes"],
        "duration_s": row["duration_s"],
        "download": play_name(number, str(row["lang"]), slug, float(row["duration_s"])),
    }


def _read_aloud(article: Shelved, lang: str, office: str | None) -> Mapping[str, Any] | None:
    """The script in large type, for whoever reads it or checks it on paper."""
    found = [
        row
        for row in article.sheets
        if row["lang"] == lang and row["product"].startswith("talk") and row["office"] in {None, office}
    ]
    best = max(found, key=lambda row: bool(row["office"]), default=None)
    return {"main": best["main"], "bytes": best["bytes"]} if best else None


def _waiting(articles: Sequence[Shelved], spoken: Sequence[str], present: set[str]) -> list[dict[str, str]]:
    """Languages of the place that have nothing yet, and what they wait for."""
    awaited = {
        (str(one["lang"]), str(one["words"]))
        for article in articles
        for one in article.waiting
        if one["lang"] in spoken and one["lang"] not in present
    }
    return [{"name": language_name(lang), "words": words} for lang, words in sorted(awaited)]


# ----- all bulletins of a language


def _by_language(articles: Sequence[Shelved], national: Mapping[str, Any]) -> Iterator[Page]:
    langs = in_order({str(row["lang"]) for article in articles for row in article.horns if not row["office"]})
    for lang in langs:
        rows = [
            (article, row)
            for article in articles
            for row, _ in _played((row for row in article.horns if not row["office"]), (lang,))
        ]
        pages = [rows[at : at + BY_LANGUAGE] for at in range(0, len(rows), BY_LANGUAGE)]
        for number, mine in enumerate(pages, 1):
            items = [
                {
                    **_download((number - 1) * BY_LANGUAGE + at, article.slug, row),
                    "title": row["title"],
                    "priority": row["priority"],
                    "priority_words": PRIORITIES.get(str(row["priority"]), ""),
                    "until": row["until"],
                    "article": article_key(article.slug, lang),
                    "script": row["script"],
                }
                for at, (article, row) in enumerate(mine, 1)
            ]
            data = {
                "lang": lang,
                "items": items,
                "count": len(rows),
                "number": number,
                "pages": [language_key(lang, one) for one in range(1, len(pages) + 1)],
                "common_note": national["common_note"],
                "hotline": national["hotline"],
            }
            yield Page(language_key(lang, number), "language.html", data)
