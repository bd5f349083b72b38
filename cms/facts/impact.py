"""What a change of a fact does: every article, language, office and product that says it, old figure beside new."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cms.articles.text import printed_title
from cms.core.labels import language_name, product_label
from cms.facts.books import book, book_as_known, changed, dependents, newsroom_day
from cms.facts.enums import ChangeKind, ChangeStatus
from cms.facts.models import FactChange
from cms.facts.says import PageTexts, pages_saying, printed, resolve, said_alike, said_in
from cms.production.enums import AVAILABLE, ProductStatus
from cms.production.models import ProductState
from render.errors import FactError, LoaError
from render.facts import FactBook, FactsOnDate
from render.inline import Placeholder, clean, runs
from render.products import product, products


@dataclass(frozen=True)
class Figure:
    """One fact as it is said, before and after."""

    key: str
    label: str
    asked: dt.date | None  # the day a text asks for by itself
    old: str
    new: str

    @property
    def differs(self) -> bool:
        """Whether the printed figure is another; else its day or its legal basis is."""
        return self.old != self.new


@dataclass(frozen=True)
class Row:
    """One product that says it."""

    slug: str
    title: str
    page_pk: int
    lang: str
    office: str
    product: str
    status: str  # "" where it was never made
    released: bool

    @property
    def language(self) -> str:
        """The language by name."""
        return language_name(self.lang)

    @property
    def label(self) -> str:
        """The product by name."""
        return product_label(self.product)

    @property
    def status_label(self) -> str:
        """Where it stands, in words."""
        return str(ProductStatus(self.status).label) if self.status else _("Not made yet")


@dataclass(frozen=True)
class Said:
    """An article that says it: its figures, and its products."""

    slug: str
    title: str
    page_pk: int
    live: bool
    figures: tuple[Figure, ...]
    pages: tuple[PageTexts, ...]
    rows: tuple[Row, ...]

    @property
    def released(self) -> int:
        """How many of its products readers have."""
        return sum(row.released for row in self.rows)

    @property
    def by_language(self) -> list[tuple[str, list[str], int, int]]:
        """For a table: language, its products, how many offices, how many products in all."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.language].append(row)
        return [
            (name, list(dict.fromkeys(row.label for row in mine)), len({row.office for row in mine} - {""}), len(mine))
            for name, mine in found.items()
        ]


@dataclass(frozen=True)
class Impact:
    """All that a change does. `before` and `after` are the facts that the figures are of."""

    day: dt.date
    figures: tuple[Figure, ...]  # each that changes, whoever says it
    articles: tuple[Said, ...]
    before: FactsOnDate
    after: FactsOnDate

    @property
    def rows(self) -> list[Row]:
        """Every product."""
        return [row for one in self.articles for row in one.rows]

    def counts(self) -> dict[str, int]:
        """How much there is."""
        rows = self.rows
        return {
            "articles": len(self.articles),
            "languages": len({row.lang for row in rows} | {page.lang for one in self.articles for page in one.pages}),
            "offices": len({row.office for row in rows} - {""}),
            "products": len(rows),
            "released": sum(row.released for row in rows),
        }

    def sentences(self, article: Said) -> list[tuple[str, str, str]]:
        """The sentences of an article that change: language, before, after."""
        keys = {figure.key for figure in article.figures}
        found: dict[tuple[str, str, str], None] = {}
        for page in article.pages:
            for text in (*page.texts, *page.drafts, *(text for _office, text in page.local)):
                if not any(one.key in keys for one in said_in(text)):
                    continue
                for sentence in _sentences(text):
                    old, new = _said(sentence, self.before), _said(sentence, self.after)
                    if old != new:
                        found[page.lang, old, new] = None
        return list(found)


def impact_of(change: FactChange) -> Impact:
    """What a change does, or did."""
    now = book()
    if change.status in (ChangeStatus.APPROVED, ChangeStatus.IN_EFFECT):
        day = max(change.effective_on or change_day(change), newsroom_day())
        after = book_as_known(on=day)
        before = book_as_known(on=_day_before(change, day), before=change)
    else:
        before, after = now, changed(now, change)
    keys = dependents(before, change.key) | dependents(after, change.key)
    old_day, new_day = compare_days(change, before)
    return impact_between(before.on(old_day), after.on(new_day), keys=keys)


def change_day(change: FactChange) -> dt.date:
    """The day a change speaks of: its day of effect, else the first of its values, else today."""
    days = [value.since for value in change.new_values("money") if value.since]
    return change.effective_on or min(days, default=newsroom_day())


def compare_days(change: FactChange, before: FactBook) -> tuple[dt.date, dt.date]:
    """On which day what was said is compared with what will be said, and the day of the latter."""
    day = newsroom_day()
    if change.kind == ChangeKind.CORRECTION and change.proposed.get("values"):
        value = change.new_values("money")[-1]
        if value.since and value.since > day:
            day = value.since
        elif value.until and value.until < day:
            day = value.until
        return day, day
    then = max(change.effective_on or day, day)
    if then > day and resolve(before.on(then), Placeholder(change.key)) is None:
        return then - dt.timedelta(days=1), then  # the old value ends where the new one begins
    return then, then


def _day_before(change: FactChange, day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1) if change.kind in (ChangeKind.FORMULA, ChangeKind.PARTICULARS) else day


def impact_between(before: FactsOnDate, after: FactsOnDate, *, keys: Iterable[str], live_only: bool = False) -> Impact:
    """What differs between two states of the facts, among these keys, and who says it."""
    wanted = set(keys)
    figures: dict[Placeholder, Figure | None] = {}

    def figure(one: Placeholder) -> Figure | None:
        """None where nothing changes."""
        if one not in figures:
            old, new = resolve(before, one), resolve(after, one)
            label = next((book.facts[one.key].label for book in (after.book, before.book) if one.key in book.facts), "")
            same = said_alike(old, new)
            figures[one] = None if same else Figure(one.key, label, one.asked, printed(old), printed(new))
        return figures[one]

    own = [found for key in sorted(wanted) if (found := figure(Placeholder(key)))]
    families: dict[str, list[tuple[PageTexts, dict[Placeholder, Figure]]]] = defaultdict(list)
    for page in pages_saying(wanted, live_only=live_only):
        asked = {one for one in page.said() | page.drafted() if one.key in wanted}
        if "hotline" in wanted and page.live:
            asked.add(Placeholder("hotline"))
        if hits := {one: found for one in asked if (found := figure(one))}:
            families[page.family].append((page, hits))
    articles = _articles(families)
    return Impact(after.day, tuple(own), tuple(articles), before, after)


def _articles(families: dict[str, list[tuple[PageTexts, dict[Placeholder, Figure]]]]) -> list[Said]:
    sources = _sources(families)
    states: dict[str, list[ProductState]] = defaultdict(list)
    slugs = [source.slug for source in sources.values()]
    for start in range(0, len(slugs), 500):
        found = ProductState.objects.filter(slug__in=slugs[start : start + 500])
        for state in found.only("slug", "lang", "office", "product", "status", "released"):
            states[state.slug].append(state)
    articles = []
    for family, hits in families.items():
        source = sources[family]
        title = printed_title(source.title)
        spoken = {page.lang for page, _hits in hits}
        figures = {one: found for _page, mine in hits for one, found in mine.items()}
        rows = [
            Row(source.slug, title, source.pk, one.lang, one.office, one.product, one.status, _is_public(one))
            for one in states[source.slug]
            if one.lang in spoken and one.status != ProductStatus.WITHDRAWN
        ]
        rows += _wanted(source, title, spoken, {(row.lang, row.office, row.product) for row in rows})
        ordered = sorted(figures.items(), key=lambda item: (item[0].key, item[0].asked or dt.date.min))
        articles.append(
            Said(
                slug=source.slug,
                title=title,
                page_pk=source.pk,
                live=any(page.live for page, _hits in hits),
                figures=tuple(found for _one, found in ordered),
                pages=tuple(page for page, _hits in hits),
                rows=tuple(rows),
            )
        )
    return sorted(articles, key=lambda one: (not one.live, one.title))


def _sources(families: dict[str, Any]) -> dict[str, PageTexts]:
    """The page each family's translations were made from, whether it says the fact itself or not."""
    from cms.articles.models import PolicyArticlePage

    found: dict[str, PageTexts] = {}
    for family, hits in families.items():
        for page, _hits in hits:
            if page.lang == "vi":
                found[family] = page
    missing = [family for family in families if family not in found]
    rows = PolicyArticlePage.objects.filter(translation_key__in=missing, alias_of__isnull=True).order_by("pk")
    for row in rows.select_related("locale"):
        known = found.get(str(row.translation_key))
        if known is None or (row.locale.language_code == "vi" and known.lang != "vi"):
            found[str(row.translation_key)] = PageTexts(
                row.pk, row.slug, row.locale.language_code, row.title, str(row.translation_key), row.live,
                tuple(row.offices), tuple(row.products), tuple(row.languages),
            )  # fmt: skip
    return found


def _wanted(source: PageTexts, title: str, spoken: set[str], there: set[tuple[str, str, str]]) -> list[Row]:
    """Products that an article wants and nobody has made yet."""
    if there and not source.offices:
        return []
    names = [name for name in source.products or products() if name in products()]
    places = [("", name) for name in names] if not there else []
    places += [(office, name) for office in source.offices for name in names if product(name).medium == "print"]
    wanted = set(source.languages) | {source.lang}
    return [
        Row(source.slug, title, source.pk, lang, office, name, "", released=False)
        for lang in sorted(spoken & wanted if source.languages else spoken)
        for office, name in places
        if (lang, office, name) not in there
    ]


def _is_public(state: ProductState) -> bool:
    return state.released is not None and state.status in AVAILABLE


def _said(text: str, facts: FactsOnDate) -> str:
    def say(one: Placeholder) -> str:
        return printed(resolve(facts, one))

    try:
        return "".join(run.text for run in runs(clean(text), say))
    except LoaError:
        return text


def _sentences(text: str) -> Sequence[str]:
    """The sentences that hold a fact; a placeholder has no full stop in it."""
    parts = clean(text).replace("! ", "!\n").replace("? ", "?\n").replace(". ", ".\n").split("\n")
    return [part for part in parts if "{{" in part]


def problems_after(before: FactBook, after: FactBook, key: str, day: dt.date) -> list[FactError]:
    """What could be worked out on a day and cannot be any more, among what stands on a fact."""
    found = []
    worked_out = bool(after.facts[key].formula)  # a value may well end
    for one in sorted(dependents(after, key) - (set() if worked_out else {key})):
        if one not in before.facts or resolve(before.on(day), Placeholder(one)) is None:
            continue
        try:
            after.on(day).get(one)
        except FactError as error:
            found.append(error)
    return found
