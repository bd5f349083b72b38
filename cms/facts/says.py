"""Where facts are said: read from the texts of pages as they lie in the database, without building an article."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from wagtail import hooks

from cms.facts.books import book, dependents
from cms.facts.models import Fact
from cms.offices.models import Office
from cms.production.dates import build_date
from render.errors import FactError, LoaError
from render.facts import FactBook, FactsOnDate, ResolvedFact, print_fact
from render.inline import Placeholder, clean, placeholders

# What every edition says without an article's asking: the national hotline at its foot.
SAID_BY_ALL = frozenset({"hotline"})
_TEXTS = ("title", "summary", "topic", "claim", "truth")


@dataclass(frozen=True)
class PageTexts:
    """A page with its texts that hold facts: as readers have them, and as they were last saved."""

    pk: int
    slug: str
    lang: str
    title: str
    family: str  # the translation key
    live: bool
    offices: tuple[str, ...]
    products: tuple[str, ...]
    languages: tuple[str, ...]
    texts: tuple[str, ...] = field(repr=False, default=())
    drafts: tuple[str, ...] = field(repr=False, default=())  # only where they differ
    local: tuple[tuple[str, str], ...] = field(repr=False, default=())  # (office, text of its story)

    def said(self) -> frozenset[Placeholder]:
        """What readers are told by it."""
        own = frozenset(one for text in self.texts for one in said_in(text))
        return own | frozenset(one for _office, text in self.local for one in said_in(text))

    def drafted(self) -> frozenset[Placeholder]:
        """What its last draft says."""
        return frozenset(one for text in self.drafts for one in said_in(text))


@lru_cache(maxsize=20_000)
def said_in(text: str) -> tuple[Placeholder, ...]:
    """The facts that a text asks for; one that cannot be read asks for none."""
    if "{{" not in text:
        return ()
    try:
        return tuple(placeholders(clean(text)))
    except LoaError:  # an old draft; what is published has passed the checks
        return ()


def pages_saying(keys: Iterable[str], *, live_only: bool = False) -> list[PageTexts]:
    """The pages whose texts hold one of these facts, source pages and translations alike.

    Texts that pages say and that lie elsewhere are told by the hook `texts_said_by_pages`: functions that give
    (page number, text) for a set of keys, such as answers of the question bank.
    """
    from cms.articles.models import PolicyArticlePage

    wanted = set(keys)
    everyone = bool(wanted & SAID_BY_ALL)
    elsewhere = _elsewhere(wanted)
    stories = list(Office.objects.exclude(story="").values_list("code", "story", "stories"))
    stories = [one for one in stories if _holds(wanted, [one[1], *one[2].values()])]
    pages = PolicyArticlePage.objects.filter(alias_of__isnull=True)
    if live_only:
        pages = pages.live()
    pages = pages.annotate(raw=Cast("body", TextField()), raw_picture=Cast("picture", TextField()))
    if not everyone and not stories:
        has = Q(pk__in=list(elsewhere))
        for key in wanted:
            for name in (*_TEXTS, "raw", "raw_picture"):
                has |= Q(**{f"{name}__contains": key})
        if not live_only:
            has |= Q(has_unpublished_changes=True) | Q(live=False)
        pages = pages.filter(has)
    fields = ("pk", "slug", "locale__language_code", "translation_key", "live", "has_unpublished_changes",
              "latest_revision_id", "offices", "products", "languages", "raw", "raw_picture", *_TEXTS)  # fmt: skip
    rows = list(pages.values(*fields))
    drafts = _drafts([row for row in rows if not live_only and (row["has_unpublished_changes"] or not row["live"])])
    found = []
    for row in rows:
        own = _strings(row["raw"], row["raw_picture"], *(row[name] for name in _TEXTS))
        local = [
            (code, text)
            for code, story, others in stories
            if code in row["offices"] and '"local": true' in (row["raw"] or "")
            for text in [others.get(row["locale__language_code"], "") or story]
        ]
        page = PageTexts(
            pk=row["pk"],
            slug=row["slug"],
            lang=row["locale__language_code"],
            title=row["title"],
            family=str(row["translation_key"]),
            live=row["live"],
            offices=tuple(row["offices"]),
            products=tuple(row["products"]),
            languages=tuple(row["languages"]),
            texts=tuple(text for text in [*own, *elsewhere.get(row["pk"], ())] if _holds(wanted, [text])),
            drafts=tuple(text for text in drafts.get(row["latest_revision_id"], ()) if _holds(wanted, [text])),
            local=tuple(local),
        )
        if everyone or page.texts or page.drafts or page.local:
            found.append(page)
    return found


def articles_saying(key: str, *, live_only: bool = True, facts: FactBook | None = None) -> list[Any]:
    """The pages whose text holds the fact, or one whose formula stands on it."""
    from cms.articles.models import PolicyArticlePage

    keys = dependents(facts or book(), key)
    everyone = bool(keys & SAID_BY_ALL)
    numbers = [
        page.pk
        for page in pages_saying(keys, live_only=live_only)
        if everyone or any(one.key in keys for one in page.said() | page.drafted())
    ]
    return list(PolicyArticlePage.objects.filter(pk__in=numbers).select_related("locale"))


def resolve(facts: FactsOnDate, one: Placeholder) -> ResolvedFact | None:
    """A fact as a text asks for it; None where it has no value."""
    try:
        return (facts.book.on(one.asked) if one.asked else facts).get(one.key)
    except FactError:
        return None


def said_alike(one: ResolvedFact | None, other: ResolvedFact | None) -> bool:
    """Whether products say the same of a fact; its label is for editors."""
    if one is None or other is None:
        return one is other
    same = ("value", "unit", "suffix", "since", "source")
    return all(getattr(one, name) == getattr(other, name) for name in same)


def printed(fact: ResolvedFact | None) -> str:
    """As it is printed; a dash where there is none."""
    return "—" if fact is None else print_fact(fact)


def printed_today(fact: Fact) -> str:
    """As a product would print it on the day builds are made for; the reason in brackets when it cannot."""
    facts = book_of_request()
    try:
        return print_fact(facts.on(build_date(facts)).get(fact.key))
    except FactError as error:
        from cms.core.words import in_words

        return f"({in_words(error)})"


def book_of_request() -> FactBook:
    """The book, kept for a moment: a list asks for it once a row."""
    found = cache.get("facts.book")
    if found is None:
        found = book()
        cache.set("facts.book", found, 1)
    return found


def next_change(facts: FactBook, key: str, today: dt.date) -> tuple[dt.date, ResolvedFact | None] | None:
    """The day on which a fact says something else, and what it says then; of a formula, through what it stands on."""
    stands_on = {key}
    with contextlib.suppress(FactError):  # it has no value today: its own values tell when it will
        stands_on |= set(facts.on(today).get(key).inputs)
    days = set()
    for one in stands_on:
        for value in facts.facts[one].values if one in facts.facts else ():
            days |= {value.since} if value.since else set()
            days |= {value.until + dt.timedelta(days=1)} if value.until and value.until < dt.date.max else set()
    now = resolve(facts.on(today), Placeholder(key))
    for day in sorted(day for day in days if day > today):
        then = resolve(facts.on(day), Placeholder(key))
        if (now and now.value) != (then and then.value):
            return day, then
    return None


def _elsewhere(keys: set[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for tell in hooks.get_hooks("texts_said_by_pages"):
        for pk, text in tell(keys):
            found[pk].append(text)
    return found


def _holds(keys: set[str], texts: Iterable[str]) -> bool:
    return any(one.key in keys for text in texts for one in said_in(text))


def _strings(*stored: Any) -> Iterator[str]:
    """Every text in what the database keeps, a stream's JSON or a plain field."""
    for one in stored:
        if isinstance(one, str) and one[:1] in "[{":
            try:
                yield from _leaves(json.loads(one))
                continue
            except ValueError:
                pass  # a plain text that begins with a bracket
        if isinstance(one, str):
            yield one


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        # PostgreSQL keeps a stream as a JSON string of JSON.
        if value[:2] in ("[{", '{"'):
            yield from _strings(value)
        else:
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)


def _drafts(rows: list[dict[str, Any]]) -> dict[int, list[str]]:
    from wagtail.models import Revision

    wanted = [row["latest_revision_id"] for row in rows if row["latest_revision_id"]]
    found = {}
    for start in range(0, len(wanted), 500):
        some = Revision.objects.filter(pk__in=wanted[start : start + 500])
        for pk, content in some.values_list("pk", "content"):
            parts = [content.get(name) or "" for name in ("body", "picture", *_TEXTS)]
            found[pk] = list(_strings(*parts))
    return found
