"""What was called back lately, by the office that may have downloaded or printed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from render.manifest import Event, Release
from render.pageparts import article_key, check_key
from render.pagewords import vietnam_day
from render.playorder import ascii_words
from render.shelf import Row, Shelved

DAYS = 60  # so long a page tells of what was called back
MOST = 12  # the latest

OTHERS = "Tờ rơi, hình ảnh"  # a product that nothing current is of

# An event, and the editions it called back.
Recall = tuple[Event, Sequence[Row]]


def still_told(release: Release) -> list[Event]:
    """The events that pages tell of: not older than two months when the release was made."""
    last = vietnam_day(release.made_at) - dt.timedelta(days=DAYS)
    return [event for event in release.withdrawn if event.state != "blocked" and vietnam_day(event.at) >= last]


class Lanes:
    """What was called back of one kind (`horn`: bulletins, `sheets`: what is printed or shared), by office."""

    def __init__(
        self,
        called_back: Sequence[Recall],
        current: set[str],
        articles: Mapping[str, Shelved],
        kind: Literal["horn", "sheets"],
    ) -> None:
        self._labels = {str(row["product"]): str(row["label"]) for one in articles.values() for row in one.sheets}
        self._by_office: dict[str, list[tuple[Event, Row]]] = {}
        self._articles = articles
        self._current = current
        told: set[str] = set()
        for event, rows in sorted(called_back, key=lambda one: one[0].number, reverse=True):
            for row in rows:
                if row[kind] and row["edition"] not in current and row["edition"] not in told:
                    told.add(row["edition"])
                    self._by_office.setdefault(row["office"] or "", []).append((event, row))

    def of(self, code: str, spoken: Sequence[str]) -> list[dict[str, Any]]:
        """For an office: what was the nation's, its province's and its own, in languages it hears; the latest first."""
        found = [
            one
            for place in dict.fromkeys(("", code[:2], code))
            for one in self._by_office.get(place, ())
            if one[1]["lang"] in {"vi", *spoken}
        ]
        told: dict[str, dict[str, Any]] = {}
        order = ["vi", *spoken]
        for event, row in sorted(found, key=lambda one: (-one[0].number, order.index(one[1]["lang"]))):
            item = told.setdefault(event.id, self._item(event, row))
            new = row["by"] if row["by"] in self._current else ""
            for name, values in (
                ("editions", [row["edition"]]),
                ("languages", [row["lang"]]),
                ("sheets", [self._labels.get(name, OTHERS) for name in row["sheets"]]),
                ("replaced", [{"lang": row["lang"], "edition": new, "href": check_key(new)}] if new else []),
            ):
                item[name] += [one for one in values if one not in item[name]]
        return list(told.values())[:MOST]

    def _item(self, event: Event, row: Row) -> dict[str, Any]:
        heir = self._articles.get(event.replaced_by or event.slug)
        lang = row["lang"] if heir and row["lang"] in heir.titles else heir.lead if heir else ""
        return {
            "state": event.state,
            "title": row["title"],
            "lang": row["lang"],
            "reason": event.reason,
            "at": event.at,
            "named": ascii_words(event.slug)[:40].rstrip("-"),
            "editions": [],
            "languages": [],
            "sheets": [],
            "replaced": [],
            "heir": {"title": heir.titles[lang], "lang": lang, "href": article_key(heir.slug, lang)} if heir else None,
        }
