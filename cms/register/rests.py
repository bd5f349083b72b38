"""Who rests on a legal document, and what rests on one that no longer holds."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cms.register.enums import Standing
from cms.register.models import LegalDocument, numbers_in
from render.phrases import vietnamese_date


@dataclass
class Resting:
    """What names one document."""

    articles: list[Any] = field(default_factory=list)
    facts: list[Any] = field(default_factory=list)
    questions: list[Any] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.articles) + len(self.facts) + len(self.questions)


def documents() -> dict[str, LegalDocument]:
    """The register by number, each with what replaces it."""
    return {one.number: one for one in LegalDocument.objects.select_related("replaced_by")}


def resting(*, on: dt.date | None = None) -> Mapping[str, Resting]:
    """By number of document: the articles, facts and questions whose legal basis names it. Four queries.

    With `on` a fact counts by the values that hold on that day or later: its history rests on old law rightly.
    """
    from cms.articles.models import PolicyArticlePage
    from cms.facts.models import Fact
    from cms.questions.models import BankQuestion

    found: defaultdict[str, Resting] = defaultdict(Resting)
    pages = PolicyArticlePage.objects.filter(alias_of__isnull=True).select_related("locale").defer("body", "picture")
    for page in pages:
        for number in _numbers(page.legal):
            found[number].articles.append(page)
    for fact in Fact.objects.prefetch_related("values"):
        values = [one for one in fact.values.all() if on is None or one.until is None or one.until >= on]
        for number in _numbers([fact.source, *(value.source for value in values)]):
            found[number].facts.append(fact)
    for question in BankQuestion.objects.select_related("locale"):
        for number in _numbers(question.legal):
            found[number].questions.append(question)
    return found


def _numbers(texts: Iterable[str]) -> set[str]:
    return {number for text in texts for number in numbers_in(text)}


def legal_problems(
    texts: Iterable[str], day: dt.date, known: Mapping[str, LegalDocument] | None = None
) -> list[tuple[str, str]]:
    """For each text of a legal basis that cannot be rested on that day: the text, and why, in words."""
    known = documents() if known is None else known
    problems = []
    for text in texts:
        for number in numbers_in(text):
            document = known.get(number)
            if document and (words := standing_words(document, day)):
                problems.append((text, words))
    return problems


def standing_words(document: LegalDocument, day: dt.date) -> str:
    """Why one cannot rest on a document on a day; "" when one can."""
    standing = document.standing(day)
    if standing is Standing.COMING:
        assert document.in_force_from is not None
        return _("%(document)s is in force only from %(date)s.") % {
            "document": document.name,
            "date": vietnamese_date(document.in_force_from),
        }
    after = document.successor()
    if standing is Standing.REPLACED and after is not None:
        return _("%(document)s has been replaced by %(after)s.") % {"document": document.name, "after": after.name}
    if standing is Standing.ENDED:
        assert document.in_force_until is not None
        return _("%(document)s was in force until %(date)s.") % {
            "document": document.name,
            "date": vietnamese_date(document.in_force_until),
        }
    return ""


def ending(day: dt.date, *, within_days: int) -> list[LegalDocument]:
    """Documents that end, or are replaced, within some days."""
    last = day + dt.timedelta(days=within_days)
    found = []
    for one in LegalDocument.objects.select_related("replaced_by"):
        begins = one.replaced_by.in_force_from if one.replaced_by else None
        ends = one.in_force_until or (begins - dt.timedelta(days=1) if begins else None)
        if ends and day <= ends <= last:
            found.append(one)
    return found
