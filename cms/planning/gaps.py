"""What is missing: for each topic and audience, which languages have an article, which have an old one, which none."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from cms.articles.enums import Audience
from cms.articles.models import PolicyArticlePage
from cms.core.labels import language_name
from cms.planning.models import Topic
from render.language import languages

NO_TOPIC = ""


@dataclass
class Cell:
    """One topic for one audience: articles by language."""

    fresh: dict[str, list[PolicyArticlePage]] = field(default_factory=lambda: defaultdict(list))
    stale: dict[str, list[PolicyArticlePage]] = field(default_factory=lambda: defaultdict(list))
    wanted: set[str] = field(default_factory=set)  # languages that its articles ask for

    @property
    def missing(self) -> list[str]:
        """Languages that an article asks for and none has."""
        return sorted(self.wanted - set(self.fresh) - set(self.stale))

    @property
    def state(self) -> str:
        """`none`, `stale`, `partly` or `whole`."""
        if not self.fresh and not self.stale:
            return "none"
        if not self.fresh:
            return "stale"
        return "partly" if self.missing or self.stale else "whole"


@dataclass(frozen=True)
class Gaps:
    """The matrix: rows of topics, columns of audiences."""

    rows: list[tuple[str, str, list[tuple[int, Cell]]]]  # key, name, cells by audience
    languages: list[tuple[str, str]]
    open: int  # cells without an article


def gaps(end: dt.date, *, lang: str = "") -> Gaps:
    """What is published now; an article is stale when its review falls due before the end of the span.

    With `lang` only articles in that language count, and only it is missing.
    """
    cells: defaultdict[tuple[str, int], Cell] = defaultdict(Cell)
    pages = PolicyArticlePage.objects.live().filter(alias_of__isnull=True).select_related("locale")
    for page in pages.defer("body", "picture"):
        tag = page.locale.language_code
        stale = bool(page.review_by and page.review_by <= end)
        for topic in page.topics or [NO_TOPIC]:
            for audience in page.audiences or list(Audience.values):
                cell = cells[topic, audience]
                cell.wanted |= {tag, *page.languages} if not lang else {lang}
                if lang in ("", tag):
                    (cell.stale if stale else cell.fresh)[tag].append(page)
    vocabulary = [(one.key, one.name) for one in Topic.objects.all()]
    if any(topic == NO_TOPIC for topic, _audience in cells):
        vocabulary.append((NO_TOPIC, ""))
    rows = [(key, name, [(audience, cells[key, audience]) for audience in Audience.values]) for key, name in vocabulary]
    named = [(tag, language_name(tag)) for tag, one in languages().items() if one.enabled]
    return Gaps(rows, named, sum(cell.state == "none" for _key, _name, row in rows for _audience, cell in row))
