"""What each page of a release shows, as data: one `Page` a key, nothing drawn yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from render.edition import Office
from render.manifest import Entry, Event, GoneEdition, Part
from render.officeviews import common_note
from render.pageparts import Page, article_key, check_key, in_order, product_data, unit_name
from render.pagewords import PRIORITIES
from render.shelf import Shelved

Gone = Sequence[tuple[Event, Sequence[GoneEdition]]]

VERIFY_PAGE = "kiem-tra/index.html"
VERIFY_SCRIPT = "kiem-tra/verify.js"
QR_READER = "kiem-tra/qr-reader.js"  # for browsers that read no codes themselves; loaded when one is to be read

# To whom an article speaks, by the numbers of the programme's list of audiences; the first that fits names its shelf.
OTHERS = "Chính sách khác"


def common_pages(articles: Sequence[Shelved], hotline: str, public_url: str) -> Iterator[Page]:
    """The pages that are there once: front, verification, what is nowhere, and the two files that crawlers ask for."""
    yield Page("index.html", "index.html", _front(articles, hotline))
    yield Page("404.html", "missing.html", {"hotline": hotline, "root": f"{public_url}/"})  # shown at any depth
    yield Page(VERIFY_PAGE, "verify.html", {"hotline": hotline, "public_url": public_url})
    yield Page(VERIFY_SCRIPT, "verify.js", {})
    yield Page(QR_READER, "qr-reader.js", {})
    yield Page("robots.txt", "robots.txt", {"public_url": public_url})
    pages = [
        [[lang, f"{public_url}/{article_key(article.slug, lang)}", article.stood(lang)[1]]
         for lang in in_order(article.titles)]
        for article in articles
    ]  # fmt: skip
    yield Page("sitemap.xml", "sitemap.xml", {"public_url": public_url, "articles": pages})


def _front(articles: Sequence[Shelved], hotline: str) -> dict[str, Any]:
    """Urgent ones first, then corrections, then by topic."""
    cards = [_card(article) for article in articles]
    urgent = [one for one in cards if one["priority"] == "urgent"]
    corrections = [one for one in cards if one["corrects"] and one not in urgent]
    by_topic: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in cards:
        if one not in urgent and one not in corrections:
            by_topic[one["topic"] or OTHERS].append(one)
    topics = sorted(by_topic.items(), key=lambda item: (item[0] == OTHERS, -len(item[1]), item[0]))
    return {
        "urgent": urgent,
        "corrections": corrections,
        "topics": [{"name": name, "cards": mine} for name, mine in topics],
        "hotline": hotline,
        "common_note": common_note(articles),
    }


def national_hotline(articles: Iterable[Shelved]) -> str:
    """The number that editions without an office print."""
    return next((str(one.card["hotline"]) for one in articles if one.card["hotline"]), "")


def _card(article: Shelved) -> dict[str, Any]:
    lead = article.card
    return {
        "href": article_key(article.slug, article.lead),
        "lang": article.lead,
        "topic": lead["topic"],
        "title": lead["title"],
        "summary": lead["summary"],
        "priority": lead["priority"],
        "priority_words": PRIORITIES.get(str(lead["priority"]), ""),
        "corrects": lead["corrects"],
        "languages": [{"lang": lang, "href": article_key(article.slug, lang)} for lang in in_order(article.titles)],
        "media": sorted({medium for brief in article.briefs for medium in brief["media"]}),
    }


# What a QR code leads to


def check_pages(parts: Sequence[Part], offices: Mapping[str, Office], hotline: str) -> Iterator[Page]:
    """A page for each edition that is current, saying that it holds."""
    for part in parts:
        by_edition: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in part.entries:
            by_edition[entry.edition].append(entry)
        for edition, entries in by_edition.items():
            first = entries[0]
            yield Page(
                check_key(edition),
                "check.html",
                {
                    "state": "in-force",
                    "edition": edition,
                    "lang": first.lang,
                    "title": first.title,
                    "office": unit_name(offices, first.office) if first.office else "",
                    "applies_from": first.applies_from,
                    "note": first.note,
                    "until": min((one.valid_until for one in entries if one.valid_until), default=""),
                    "products": [product_data(entry) for entry in entries if entry.medium != "page"],
                    "article": article_key(part.slug, first.lang),
                    "reason": "",
                    "at": "",
                    "replacement": None,
                    "hotline": _hotline(offices, first.office) or hotline,
                },
            )


def _hotline(offices: Mapping[str, Office], code: str | None) -> str:
    return offices[code].hotline if code and code in offices else ""


def gone_pages(
    articles: Mapping[str, Shelved], gone: Gone, offices: Mapping[str, Office], hotline: str
) -> Iterator[Page]:
    """For each edition that was called back: why, and what replaces it. The last event about it counts."""
    current = {code for article in articles.values() for code in article.editions}
    last = {one.id: (event, one) for event, editions in gone if event.state != "blocked" for one in editions}
    lost: dict[str, tuple[Event, GoneEdition]] = {}
    for event, one in last.values():
        if not (event.slug in articles and one.lang in articles[event.slug].titles):
            lost[article_key(event.slug, one.lang)] = (event, one)
        if one.id in current:
            continue
        data: dict[str, Any] = {
            "state": event.state,
            "edition": one.id,
            "lang": one.lang,
            "title": one.title,
            "office": unit_name(offices, one.office) if one.office else "",
            "applies_from": one.applies_from,
            "note": "",
            "until": "",
            "products": [],
            "article": "",
            "reason": event.reason,
            "at": event.at,
            "replacement": _replacement(articles, event, one),
            "hotline": hotline,
        }
        yield Page(check_key(one.id), "check.html", data)
    for key, (event, one) in lost.items():
        data = {
            "lang": one.lang,
            "title": one.title,
            "state": event.state,
            "reason": event.reason,
            "at": event.at,
            "replacement": _replacement(articles, event, one),
            "hotline": hotline,
        }
        yield Page(key, "gone.html", data)


def _replacement(articles: Mapping[str, Shelved], event: Event, one: GoneEdition) -> dict[str, Any] | None:
    """Where a reader should go instead: the article that is current now, or the one named by the event."""
    article = articles.get(event.replaced_by or event.slug)
    if article is None:
        return None
    lang = one.lang if one.lang in article.titles else article.lead
    standing = article.editions
    return {
        "href": article_key(article.slug, lang),
        "lang": lang,
        "title": article.titles[lang],
        "check": check_key(one.replaced_by) if one.replaced_by in standing else "",
        "edition": one.replaced_by if one.replaced_by in standing else "",
    }
