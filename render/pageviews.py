"""What each page of a release shows, as data: one `Page` a key, nothing drawn yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from render.edition import Office
from render.manifest import Entry, Event, GoneEdition, Part
from render.officeviews import common_note, office_pages
from render.pageparts import CurrentArticle, Page, article_key, check_key, in_order, product_data, unit_name
from render.pagewords import PRIORITIES, URGENCY, big_number, language_name, plain_runs, sorting

Gone = Sequence[tuple[Event, Sequence[GoneEdition]]]

VERIFY_PAGE = "kiem-tra/index.html"
VERIFY_SCRIPT = "kiem-tra/verify.js"


def all_pages(
    parts: Sequence[Part],
    gone: Gone,
    offices: Mapping[str, Office],
    public_url: str,
    standing: Iterable[str] = (),
) -> Iterator[Page]:
    """Every page of a release, and those that tell of what the events called back.

    `standing` are the codes of offices that have pages from earlier releases: these are never left as they were.
    """
    articles = _articles(parts)
    hotline = national_hotline(parts)
    cards = [_card(article) for article in articles.values()]
    front = {"articles": cards, "hotline": hotline, "common_note": common_note(articles)}
    yield Page("index.html", "index.html", front)
    for article in articles.values():
        for lang in article.editions:
            yield _article_page(article, lang, offices, public_url)
    yield Page(VERIFY_PAGE, "verify.html", {"hotline": hotline, "public_url": public_url})
    yield Page(VERIFY_SCRIPT, "verify.js", {})
    yield from check_pages(parts, offices)
    yield from _gone_pages(articles, gone, offices, hotline)
    lost = {one.office for _, editions in gone for one in editions if one.office}
    yield from office_pages(articles, offices, {*standing, *lost}, hotline)


def national_hotline(parts: Iterable[Part]) -> str:
    """The number that editions without an office print."""
    editions = (edition for part in parts for edition in part.editions.values())
    return next((str(edition["hotline"]) for edition in editions if not edition["office"]), "")


def _articles(parts: Sequence[Part]) -> dict[str, CurrentArticle]:
    """By slug; the most urgent first, then what came into force last."""
    by_slug: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_slug[part.slug].append(part)
    found = [
        CurrentArticle(
            slug,
            next((part.editions for part in mine if not part.province), {}),
            [entry for part in mine for entry in part.entries],
            [one for part in mine for one in part.waiting],
        )
        for slug, mine in sorted(by_slug.items())
    ]
    found = [article for article in found if article.editions]
    found.sort(key=lambda article: str(article.lead["in_force"] or ""), reverse=True)
    found.sort(key=lambda article: URGENCY.get(str(article.lead["priority"]), 2))
    return {article.slug: article for article in found}


def _card(article: CurrentArticle) -> dict[str, Any]:
    lead = article.lead
    return {
        "href": article_key(article.slug, str(lead["lang"])),
        "lang": lead["lang"],
        "topic": lead["topic"],
        "title": plain_runs(lead["title"]),
        "summary": plain_runs(lead["summary"]),
        "priority": lead["priority"],
        "priority_words": PRIORITIES.get(str(lead["priority"]), ""),
        "note": lead["note"],
        "languages": [{"lang": lang, "href": article_key(article.slug, lang)} for lang in in_order(article.editions)],
        "media": sorted({entry.medium for entry in article.entries}),
    }


# The article's own page


def _article_page(article: CurrentArticle, lang: str, offices: Mapping[str, Office], public_url: str) -> Page:
    edition = article.editions[lang]
    mine = [entry for entry in article.entries if entry.lang == lang]
    shown = [entry for entry in mine if entry.office is None]
    if not shown:
        first = mine[0].office if mine else None
        shown = [entry for entry in mine if entry.office == first]
    figure = next((block["figures"][0] for block in edition["blocks"] if block["kind"] == "figures"), None)
    number, unit = big_number(figure["value"]) if figure else ("", "")
    own = {entry.office for entry in mine if entry.office}
    data = {
        "slug": article.slug,
        "lang": lang,
        "edition": edition,
        "title": plain_runs(edition["title"]),
        "hero": {"number": number, "unit": unit, "label": figure["label"]} if figure else None,
        "priority_words": PRIORITIES.get(str(edition["priority"]), ""),
        "hotline": edition["hotline"],
        "office_block": edition["office"],
        "canonical": f"{public_url}/{article_key(article.slug, lang)}",
        "products": [product_data(entry) for entry in shown],
        "share": _share_image(shown, public_url),
        "languages": [
            {"lang": tag, "href": f"{article.slug}.{tag}.html", "here": tag == lang}
            for tag in in_order(article.editions)
        ],
        "waiting": _waiting_words(article),
        "own_versions": sorted(
            ({"code": str(code), "name": unit_name(offices, str(code))} for code in own),
            key=lambda one: sorting(one["name"]),
        ),
    }
    return Page(article_key(article.slug, lang), "article.html", data)


def _share_image(entries: Sequence[Entry], public_url: str) -> str:
    for entry in entries:
        main = entry.file("main")
        if entry.medium == "picture" and main is not None:
            return f"{public_url}/cas/{main.sha256}"
    return ""


def _waiting_words(article: CurrentArticle) -> list[dict[str, str]]:
    """Which languages wait, and what for; a language that has something says which product waits."""
    found: dict[tuple[str, str, str], None] = {}
    present = {entry.lang for entry in article.entries}
    for one in article.waiting:
        found[(one.lang, one.label if one.lang in present else "", one.words)] = None
    order = in_order({lang for lang, _, _ in found})
    return [
        {"lang": lang, "name": language_name(lang), "label": label, "words": words}
        for lang, label, words in sorted(found, key=lambda key: (order.index(key[0]), key))
    ]


# What a QR code leads to


def check_pages(parts: Sequence[Part], offices: Mapping[str, Office]) -> Iterator[Page]:
    """A page for each edition that is current, saying that it holds."""
    hotline = national_hotline(parts)
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
                    "products": [product_data(entry) for entry in entries],
                    "article": article_key(part.slug, first.lang),
                    "reason": "",
                    "at": "",
                    "replacement": None,
                    "hotline": _hotline(offices, first.office) or hotline,
                },
            )


def _hotline(offices: Mapping[str, Office], code: str | None) -> str:
    return offices[code].hotline if code and code in offices else ""


def _gone_pages(
    articles: Mapping[str, CurrentArticle], gone: Gone, offices: Mapping[str, Office], hotline: str
) -> Iterator[Page]:
    """For each edition that was called back: why, and what replaces it. The last event about it counts."""
    current = {entry.edition: article for article in articles.values() for entry in article.entries}
    last = {one.id: (event, one) for event, editions in gone if event.state != "blocked" for one in editions}
    lost: dict[str, tuple[Event, GoneEdition]] = {}
    for event, one in last.values():
        if not (event.slug in articles and one.lang in articles[event.slug].editions):
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


def _replacement(articles: Mapping[str, CurrentArticle], event: Event, one: GoneEdition) -> dict[str, Any] | None:
    """Where a reader should go instead: the article that is current now, or the one named by the event."""
    article = articles.get(event.replaced_by or event.slug)
    if article is None:
        return None
    lang = one.lang if one.lang in article.editions else str(article.lead["lang"])
    standing = {entry.edition for entry in article.entries}
    return {
        "href": article_key(article.slug, lang),
        "lang": lang,
        "title": plain_runs(article.editions[lang]["title"]),
        "check": check_key(one.replaced_by) if one.replaced_by in standing else "",
        "edition": one.replaced_by if one.replaced_by in standing else "",
    }
