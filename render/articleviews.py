"""The public page of an article in one language, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from render.edition import Office
from render.language import languages
from render.manifest import Entry, Part
from render.pageparts import Page, article_key, in_order, product_data, unit_name
from render.pagewords import PRIORITIES, big_number, language_name, plain_runs, sorting
from render.products.page import known_as, photo_of
from render.shelf import Shelved
from render.structured import structured_data

_SHARED_SIZE = "1200×630"  # what networks show of a link


def article_pages(
    article: Shelved, parts: Sequence[Part], changes: Sequence[Mapping[str, str]], offices: Mapping[str, Office],
    public_url: str,
) -> list[Page]:  # fmt: skip
    """The page of each language. `changes` tell what was replaced lately: language, day and reason."""
    editions = next((part.editions for part in parts if not part.province), {})
    entries = [entry for part in parts for entry in part.entries]
    waiting = _waiting_words(parts, {entry.lang for entry in entries})
    return [
        _article_page(article, lang, editions, [one for one in entries if one.lang == lang], waiting, offices,
                      public_url, [one for one in changes if one["lang"] == lang])
        for lang in editions
    ]  # fmt: skip


def _article_page(
    article: Shelved, lang: str, editions: Mapping[str, Mapping[str, Any]], mine: Sequence[Entry],
    waiting: Sequence[Mapping[str, str]], offices: Mapping[str, Office], public_url: str,
    changes: Sequence[Mapping[str, str]],
) -> Page:  # fmt: skip
    edition, slug = editions[lang], article.slug
    shown = [entry for entry in mine if entry.office is None]
    if not shown:
        first = mine[0].office if mine else None
        shown = [entry for entry in mine if entry.office == first]
    figure = next((block["figures"][0] for block in edition["blocks"] if block["kind"] == "figures"), None)
    number, unit = big_number(figure["value"]) if figure else ("", "")
    own = {entry.office for entry in mine if entry.office}
    canonical = f"{public_url}/{article_key(slug, lang)}"
    share = _share_image(shown, edition, public_url)
    photos = photos_of(edition, shown)
    data = {
        "slug": slug,
        "lang": lang,
        "edition": edition,
        "title": plain_runs(edition["title"]),
        # A translator may leave the topic as it is: then it is read in the language it is written in.
        "topic_lang": "vi" if edition["topic"] == editions.get("vi", edition)["topic"] and "vi" in editions else lang,
        "hero": {"number": number, "unit": unit, "label": figure["label"]} if figure else None,
        "priority_words": PRIORITIES.get(str(edition["priority"]), ""),
        "hotline": edition["hotline"],
        "office_block": edition["office"],
        "canonical": canonical,
        "public_url": public_url,
        "changes": list(changes),
        "script": _script_of(lang),
        "products": [product_data(entry) for entry in shown if entry.medium != "page"],
        "photos": photos,
        "picture": edition.get("picture"),
        "share": share,
        "structured": structured_data(
            edition,
            canonical,
            _images(share, photos, public_url),
            [one for one in shown if one.medium != "page"],
            public_url,
            article.stood(lang),
        ),
        "languages": [{"lang": tag, "href": f"{slug}.{tag}.html", "here": tag == lang} for tag in in_order(editions)],
        "waiting": waiting,
        "own_versions": sorted(
            ({"code": str(code), "name": unit_name(offices, str(code))} for code in own),
            key=lambda one: sorting(one["name"]),
        ),
    }
    return Page(article_key(slug, lang), "article.html", data)


def photos_of(edition: Mapping[str, Any], entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """The photographs of a page by the digest that its edition knows them by: each width's address, and its shape."""
    pictures = [edition.get("picture"), *(block.get("picture") for block in edition["blocks"])]
    files = [(photo_of(file.suffix), file) for one in entries if one.medium == "page" for file in one.files]
    found: dict[str, dict[str, Any]] = {}
    for picture in pictures:
        if not picture:
            continue
        named = known_as(str(picture["digest"]))
        mine = sorted((known[1], file.sha256) for known, file in files if known and known[0] == named)
        if mine:
            width, height = mine[0][0], round(mine[0][0] * picture["height_px"] / picture["width_px"])
            found[picture["digest"]] = {
                "widths": [{"px": px, "href": f"cas/{sha256}"} for px, sha256 in mine],
                "width": width,
                "height": max(1, height),
            }
    return found


def _images(share: Mapping[str, Any] | None, photos: Mapping[str, Mapping[str, Any]], public_url: str) -> list[str]:
    found = [str(share["href"])] if share else []
    return found + [f"{public_url}/{one['widths'][-1]['href']}" for one in photos.values()]


def _share_image(entries: Sequence[Entry], edition: Mapping[str, Any], public_url: str) -> dict[str, Any] | None:
    """The picture that networks show of a link: the wide one where there is one, as PNG where there is one."""
    pictures = sorted(
        (entry for entry in entries if entry.medium == "picture"), key=lambda entry: entry.size != _SHARED_SIZE
    )
    for entry in pictures:
        images = [file for file in entry.files if file.media_type in {"image/png", "image/jpeg", "image/webp"}]
        best = min(images, key=lambda file: file.media_type == "image/webp", default=None)
        if best is not None:
            size = re.fullmatch(r"(\d+)\D(\d+)", entry.size)
            return {
                "href": f"{public_url}/cas/{best.sha256}",
                "media_type": best.media_type,
                "width": size[1] if size else "",
                "height": size[2] if size else "",
                "alt": str(entry.details.get("alt") or f"{entry.title}. {plain_runs(edition['summary'])}"),
            }
    return None


def _script_of(lang: str) -> str:
    """ISO 15924, by the registry."""
    known = languages().get(lang)
    return known.script if known else ""


def _waiting_words(parts: Sequence[Part], present: set[str]) -> list[dict[str, str]]:
    """Which languages wait, and what for; a language that has something says which product waits."""
    found: dict[tuple[str, str, str], None] = {}
    for one in (one for part in parts for one in part.waiting):
        found[(one.lang, one.label if one.lang in present else "", one.words)] = None
    order = in_order({lang for lang, _, _ in found})
    return [
        {"lang": lang, "name": language_name(lang), "label": label, "words": words}
        for lang, label, words in sorted(found, key=lambda key: (order.index(key[0]), key))
    ]
