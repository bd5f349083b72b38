"""What operators and offices see: a page of bulletins and one of sheets for each province."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from render.edition import Office, office_data
from render.language import languages
from render.manifest import Entry
from render.pageparts import CurrentArticle, Page, article_key, in_order, product_data, unit_name
from render.pagewords import PRIORITIES, language_name, place_name, play_name, sorting


def office_pages(
    articles: Mapping[str, CurrentArticle], offices: Mapping[str, Office], standing: Iterable[str], hotline: str
) -> Iterator[Page]:
    """The two lists of provinces; of each province, and each commune with versions of its own, two pages."""
    own: set[str] = {entry.office for article in articles.values() for entry in article.entries if entry.office}
    own |= set(standing)
    # An office that is in the file no longer keeps its pages: what they say must not stand still.
    known = {code: Office(code, code, code, "") for code in sorted(own)} | dict(offices)
    listed = [office for office in known.values() if "." not in office.code or office.code in own]
    provinces = sorted(
        (_office(office) for office in listed if "." not in office.code), key=lambda one: str(one["sorted_by"])
    )
    for kind in ("loa", "to-roi"):
        yield Page(f"{kind}/index.html", "provinces.html", {"kind": kind, "provinces": provinces, "hotline": hotline})
    for office in listed:
        communes = [_office(one) for one in listed if "." not in office.code and one.code.startswith(f"{office.code}.")]
        common = {
            "office": _office(office),
            "office_block": office_data(office),
            "hotline": office.hotline or hotline,
            "communes": sorted(communes, key=lambda one: str(one["sorted_by"])),
        }
        spoken = _spoken_in(office, offices)
        yield Page(f"loa/{office.code}.html", "bulletins.html", common | _bulletins(articles, office.code, spoken))
        yield Page(f"to-roi/{office.code}.html", "sheets.html", common | _sheets(articles, office, spoken, offices))


def _office(office: Office) -> dict[str, Any]:
    name, kind = place_name(office.unit)
    return {**office_data(office), "place": name, "place_kind": kind, "sorted_by": sorting(name)}


def _spoken_in(office: Office, offices: Mapping[str, Office]) -> list[str]:
    """The languages of a province, by the registry."""
    province = offices.get(office.code[:2], office)
    name, _ = place_name(province.unit)
    return [tag for tag, one in languages().items() if name in one.provinces]


def _for_office(article: CurrentArticle, code: str) -> list[Entry]:
    """Each product in each language once: the office's own, else its province's, else the nation's."""
    ranks: dict[str | None, int] = {code: 0, code[:2]: 1, None: 2}
    best: dict[tuple[str, str], Entry] = {}
    for entry in article.entries:
        rank = ranks.get(entry.office)
        place = (entry.product, entry.lang)
        if rank is not None and (place not in best or rank < ranks[best[place].office]):
            best[place] = entry
    return list(best.values())


def _bulletins(articles: Mapping[str, CurrentArticle], code: str, spoken: Sequence[str]) -> dict[str, Any]:
    """In play order: the most urgent article first; of each, Vietnamese and the languages of the province."""
    here: list[tuple[CurrentArticle, Entry]] = []
    elsewhere: list[tuple[CurrentArticle, Entry]] = []
    for article in articles.values():
        entries = [entry for entry in _for_office(article, code) if _for_horns(entry)]
        order = in_order({entry.lang for entry in entries}, spoken)
        for entry in sorted(entries, key=lambda entry: (order.index(entry.lang), entry.product)):
            (here if entry.lang in {"vi", *spoken} else elsewhere).append((article, entry))
    items = [_bulletin(number, article, entry) for number, (article, entry) in enumerate([*here, *elsewhere], 1)]
    awaited = {
        (one.lang, one.words)
        for article in articles.values()
        for one in article.waiting
        if one.lang in spoken and not any(entry.lang == one.lang for _, entry in here)
    }
    return {
        "common_note": common_note(articles),
        "items": items[: len(here)],
        "others": items[len(here) :],
        "total_bytes": sum(item["main"]["bytes"] for item in items[: len(here)]),
        "total_s": sum(item["duration_s"] or 0 for item in items[: len(here)]),
        "waiting": [{"name": language_name(lang), "words": words} for lang, words in sorted(awaited)],
    }


def _for_horns(entry: Entry) -> bool:
    """A bulletin that a loudspeaker plays; the web's own has music and a band that horns distort."""
    main = entry.file("main")
    return entry.medium == "audio" and main is not None and main.media_type == "audio/mpeg"


def _bulletin(number: int, article: CurrentArticle, entry: Entry) -> dict[str, Any]:
    duration_s = float(entry.details.get("duration_s") or 0)
    return {
        **product_data(entry),
        "number": number,
        "download": play_name(number, entry.lang, article.slug, duration_s),
        "duration_s": duration_s,
        "priority": entry.priority,
        "priority_words": PRIORITIES.get(entry.priority, ""),
        "applies_from": entry.applies_from,
        "topic": article.lead["topic"],
        "article": article_key(article.slug, entry.lang),
    }


def _sheets(
    articles: Mapping[str, CurrentArticle], office: Office, spoken: Sequence[str], offices: Mapping[str, Office]
) -> dict[str, Any]:
    """What an office prints and shares, by language: its own version where there is one, else the nation's."""
    by_lang: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for article in articles.values():
        entries = [entry for entry in _for_office(article, office.code) if entry.medium in {"print", "picture"}]
        for lang in {entry.lang for entry in entries}:
            mine = sorted(
                (entry for entry in entries if entry.lang == lang),
                key=lambda entry: (entry.medium != "print", entry.product),
            )
            by_lang[lang].append(
                {
                    "title": mine[0].title,
                    "topic": article.lead["topic"],
                    "priority": mine[0].priority,
                    "priority_words": PRIORITIES.get(mine[0].priority, ""),
                    "applies_from": mine[0].applies_from,
                    "article": article_key(article.slug, lang),
                    "products": [{**product_data(entry), "whose": _whose(entry, offices)} for entry in mine],
                }
            )
    return {
        "common_note": common_note(articles),
        "groups": [
            {"lang": lang, "local": lang in {"vi", *spoken}, "items": by_lang[lang]}
            for lang in in_order(by_lang, spoken)
        ],
    }


def _whose(entry: Entry, offices: Mapping[str, Office]) -> str:
    return f"Bản riêng của {_lower(unit_name(offices, entry.office))}" if entry.office else "Bản dùng chung toàn quốc"


def _lower(unit: str) -> str:
    return unit[:1].lower() + unit[1:]


def common_note(articles: Mapping[str, CurrentArticle]) -> str:
    """The note that all products carry, to be said once; "" when they differ."""
    notes = {entry.note for article in articles.values() for entry in article.entries}
    return notes.pop() if len(notes) == 1 else ""
