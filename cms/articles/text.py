"""Checks a text of an article while it is written, and shows it with today's figures."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from cms.core.words import in_words
from cms.planning.models import campaign_choices
from render.article import Article, Correction, Verdict
from render.blocks import texts
from render.campaigns import check_campaign
from render.errors import ArticleError, LoaError
from render.facts import FactBook, print_fact
from render.frontmatter import check_correction, check_said, check_slug, check_voice
from render.inline import check_text, clean, placeholders, runs
from render.legacy import convert, detect
from render.pictures import pictures_of
from render.scripts import check_letters

_BOOK_S = 2  # a form of a hundred fields asks for the book a hundred times


def text_problems(text: str) -> list[str]:
    """What is wrong with a text, in words for the field it stands in."""
    text = clean(text)
    try:
        check_text(text)
        wanted = placeholders(text)
    except LoaError as error:
        return [in_words(error)]
    if not wanted:
        return []
    known = current_book().facts
    problems = []
    for key in dict.fromkeys(one.key for one in wanted):
        if key not in known:
            near = difflib.get_close_matches(key, list(known), n=3, cutoff=0.6)
            words = [_("No fact is called “%(key)s”.") % {"key": key}]
            if near:
                words.append(_("Is it %(near)s?") % {"near": ", ".join(near)})
            problems.append(" ".join(words))
    return problems


def slug_problem(slug: str) -> str:
    """Why a slug cannot name files and addresses; "" when it can."""
    try:
        check_slug(slug)
    except LoaError as error:
        return in_words(error)
    return ""


def particulars_problems(page: Any) -> dict[str, list[str]]:
    """What is wrong with a page's campaign, how words are said, and voices, by field."""
    checks: dict[str, Callable[[], object]] = {
        "campaign": lambda: page.campaign in dict([("", ""), *campaign_choices()]) or check_campaign(page.campaign),
        "say": lambda: [check_said(*pair(line)) for line in page.say],
        "voices": lambda: [check_voice(*pair(line)) for line in page.voices],
    }
    problems: dict[str, list[str]] = {}
    for name, check in checks.items():
        try:
            check()
        except LoaError as error:
            problems[name] = [in_words(error)]
    return problems


def correction_problems(page: Any) -> dict[str, list[str]]:
    """What a correction still lacks, by field; of another article nothing is asked."""
    from cms.articles.enums import ArticleKind

    if page.kind != ArticleKind.CORRECTION:
        return {}
    page.claim, page.truth = clean(page.claim), clean(page.truth)
    problems = {name: found for name in ("claim", "truth") if (found := text_problems(getattr(page, name)))}
    for name in ("claim", "verdict", "truth"):
        if not getattr(page, name):
            problems[name] = [_("A correction needs this.")]
    if not problems:
        try:
            check_correction(Correction(page.claim, Verdict(page.verdict), page.truth, tuple(page.evidence)))
        except LoaError as error:
            problems["evidence"] = [in_words(error)]
    return problems


def pair(line: str) -> tuple[str, str]:
    """A line of a map, taken apart at its first equals sign; an `ArticleError` when it has none."""
    name, equals, said = (part.strip() for part in line.partition("="))
    if not (name and equals and said):
        raise ArticleError(f"the line {line!r} has no = between two words", mend="VssID = vê ét ét ai đi")
    return name, said


def old_font_texts(article: Article) -> list[str]:
    """Texts typed for an old font, each with what it would say in real letters; and letters of other scripts."""
    problems = []
    for text in all_texts(article):
        if detect(text, article.lang):
            problems.append(
                _("“%(text)s” is typed for an old font. Is it “%(real)s”?")
                % {"text": text, "real": convert(text, article.lang)}
            )
            continue
        try:
            check_letters(text, article.lang)
        except LoaError as error:
            problems.append(in_words(error))
    return problems


def all_texts(article: Article) -> list[str]:
    """Every text of an article, in order."""
    return [
        *(article.title, article.summary, article.topic),
        *((article.correction.claim, article.correction.truth) if article.correction else ()),
        *(one for picture in pictures_of(article) for one in (picture.alt, picture.credit)),
        *(one for block in article.blocks for one in texts(block)),
    ]


def said_keys(article: Article) -> set[str]:
    """The keys of the facts that an article says itself; a text that cannot be read says none."""
    keys: set[str] = set()
    for text in all_texts(article):
        try:
            keys |= {one.key for one in placeholders(text)}
        except LoaError:  # an old draft; what is published has passed the checks
            continue
    return keys


def printed_title(text: str) -> str:
    """A headline with its figures as they stand on the day of builds; unknown ones as they are written."""
    from cms.production.dates import build_date

    if "{{" not in text:
        return text
    facts = current_book()
    day = build_date(facts)

    def say(one: object) -> str:
        try:
            return print_fact(facts.on(one.asked or day).get(one.key))
        except LoaError:
            return str(one)

    try:
        return "".join(run.text for run in runs(clean(text), say))
    except LoaError:
        return text


def current_book() -> FactBook:
    """The site's facts, kept for a moment."""
    from cms.facts.books import book

    found = cache.get("facts.book")
    if found is None:
        found = book()
        cache.set("facts.book", found, _BOOK_S)
    return found
