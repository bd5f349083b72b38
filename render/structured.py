"""An article as search engines read it: schema.org in JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from render.correction import SECTION
from render.manifest import Entry
from render.pagewords import plain_runs

_PUBLISHER = {"@type": "GovernmentOrganization", "name": "Bảo hiểm xã hội Việt Nam"}
_MEDIA = {"audio": "AudioObject", "video": "VideoObject"}
# On a scale of five, as fact checkers give it; by what a correction's notice says of the claim, in Vietnamese.
_RATINGS = {"Tin sai sự thật": 1, "Tin thiếu ngữ cảnh": 3, "Tin chỉ đúng một phần": 3, "Tin đã lỗi thời": 2}


def structured_data(
    edition: Mapping[str, Any], canonical: str, images: Sequence[str], entries: Sequence[Entry], public_url: str,
    stood: tuple[str, str] = ("", ""),
) -> str:  # fmt: skip
    """JSON that can stand in a page: nothing in it can end the element that holds it.

    `stood` is since when the oldest and the newest of the article's products are published.
    """
    graph = list(_nodes(edition, canonical, images, entries, public_url, stood))
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _nodes(
    edition: Mapping[str, Any],
    canonical: str,
    images: Sequence[str],
    entries: Sequence[Entry],
    public_url: str,
    stood: tuple[str, str],
) -> Iterator[dict[str, Any]]:
    article: dict[str, Any] = {
        "@type": "Article",
        "@id": canonical,
        "headline": plain_runs(edition["title"]),
        "description": plain_runs(edition["summary"]),
        "inLanguage": edition["lang"],
        "mainEntityOfPage": canonical,
        "publisher": _PUBLISHER,
        "author": _PUBLISHER,
        "isAccessibleForFree": True,
        "identifier": edition["id"],
    }
    if edition["in_force"]:
        article["temporalCoverage"] = f"{edition['in_force']}/.."
    article |= _dates(stood)
    if images:
        article["image"] = list(images)
    if edition["legal"]:
        article["citation"] = list(edition["legal"])
    media = [_medium(entry, public_url, edition, images, stood[0]) for entry in entries if entry.medium in _MEDIA]
    if media:
        article["associatedMedia"] = media
    yield article
    questions = [one for block in edition["blocks"] if block["kind"] == "questions" for one in block["questions"]]
    if questions:
        yield {
            "@type": "FAQPage",
            "inLanguage": edition["lang"],
            "mainEntity": [
                {
                    "@type": "Question",
                    "name": plain_runs(one["question"]),
                    "acceptedAnswer": {
                        "@type": "Answer",
                        "text": " ".join(plain_runs(text) for text in one["answer"]),
                    },
                }
                for one in questions
            ],
        }
    yield from _review(edition, canonical, stood)


def _dates(stood: tuple[str, str]) -> dict[str, str]:
    return {name: moment for name, moment in zip(("datePublished", "dateModified"), stood, strict=True) if moment}


def _review(edition: Mapping[str, Any], canonical: str, stood: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """Of a correction: the claim that goes about, and what was found of it."""
    notice = next((block for block in edition["blocks"] if block["id"] == SECTION and block["kind"] == "notice"), None)
    if notice is None or not notice["title"]:
        return
    said = " ".join(plain_runs(part["text"]) for part in notice["body"] if part["kind"] == "paragraph")
    claim = re.search("“(.+?)”", said)
    verdict = plain_runs(notice["title"])
    if claim is None or verdict not in _RATINGS:
        return
    yield {
        "@type": "ClaimReview",
        "url": canonical,
        "claimReviewed": claim[1],
        "author": _PUBLISHER,
        **_dates(stood),
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": _RATINGS[verdict],
            "bestRating": 5,
            "worstRating": 1,
            "alternateName": verdict,
        },
    }


def _medium(
    entry: Entry, public_url: str, edition: Mapping[str, Any], images: Sequence[str], published: str
) -> dict[str, Any]:
    main = next(file for file in entry.files if file.role == "main")
    found: dict[str, Any] = {
        "@type": _MEDIA[entry.medium],
        "name": entry.title,
        "description": plain_runs(edition["summary"]),
        "inLanguage": entry.lang,
        "contentUrl": f"{public_url}/cas/{main.sha256}",
        "encodingFormat": main.media_type,
        "contentSize": str(main.bytes),
    }
    poster = entry.file("poster")
    if poster is not None:
        found["thumbnailUrl"] = f"{public_url}/cas/{poster.sha256}"
    elif images and entry.medium == "video":
        found["thumbnailUrl"] = images[0]
    if published:
        found["uploadDate"] = published
    seconds = round(float(entry.details.get("duration_s") or 0))
    if seconds:
        found["duration"] = f"PT{seconds // 60}M{seconds % 60}S"
    return found
