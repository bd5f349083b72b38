"""Whether a page may go live in its language: every text translated from its source as it stands, and signed."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.articles.adapter import article_of
from cms.questions.bank import keys_in
from cms.translation.memory import SOURCE_TAG, problem_with, source_of
from cms.translation.segments import segments_of
from cms.translation.shape import same_shape
from cms.translation.work import approvals_of, pair_of
from render.inline import clean


@dataclass(frozen=True)
class Problem:
    """Why a translation is not ready, in words."""

    words: str


def translation_ready(page: Any, *, source: Any = None, signed: Any = None) -> Problem | None:
    """What keeps a page (with the content that is to go live) from being read; None for a source, and when it is ready.

    The page's own texts are looked at, not what any table says of them: whichever way they came into it.
    `source` and `signed` may be given where they are known already.
    """
    tag = page.locale.language_code
    if source is None:
        source = source_of(page.translation_key, type(page))
    if source is None or source.pk == page.pk:
        return None
    if problem := problem_with(tag):
        return Problem(problem)
    if isinstance(source, Page) and not source.live:
        return Problem(_("The source is not published."))
    wanted = {one.address: one.text for one in segments_of(source)}
    said = {one.address: one.text for one in segments_of(page)}
    if missing := [address for address in wanted if address not in said]:
        return Problem(_("%(count)d texts are not translated yet.") % {"count": len(missing)})
    if extra := [address for address in said if address not in wanted]:
        return Problem(
            _("%(count)d texts are not in the source: it has changed, or the sections differ.") % {"count": len(extra)}
        )
    if signed is None:
        signed = approvals_of(page.translation_key, tag)
    unsigned = [address for address, text in wanted.items() if pair_of(text, clean(said[address])) not in signed]
    if unsigned:
        return Problem(
            _("%(count)d texts are not approved by a second speaker, or their source has changed since.")
            % {"count": len(unsigned)}
        )
    if not isinstance(source, Page):
        return None
    if not same_shape(article_of(page), article_of(source)):
        return Problem(
            _("Something beside the texts differs from the source (a verdict, tick, picture, date): write it anew.")
        )
    return question_problem(source, tag)


def question_problem(source: Any, tag: str) -> Problem | None:
    """What a page's questions of the bank lack in a language: they stand in the page, so it waits for them."""
    keys = keys_in(source)
    if not keys:
        return None
    from cms.questions.models import BankQuestion

    rows = BankQuestion.objects.filter(
        key__in=keys, locale__language_code__in=(tag, source.locale.language_code)
    ).select_related("locale")
    by_tag = {(one.key, one.locale.language_code): one for one in rows}
    for key in sorted(keys):
        asked, said = by_tag.get((key, source.locale.language_code)), by_tag.get((key, tag))
        if asked is None:
            continue
        if said is None or not said.approved:
            return Problem(_("The question “%(question)s” is not translated and approved yet.") % {"question": asked})
        if problem := translation_ready(said, source=as_approved(asked)):
            return Problem(f"“{asked}”: {problem.words}")
    return None


def as_approved(question: Any) -> Any:
    """A question of the bank with the words that articles show: those that were approved last."""
    shown = copy.copy(question)
    said = question.as_question()
    shown.question, shown.answer = said.question, "\n\n".join(said.answer)
    return shown


def is_translation(page: Any) -> bool:
    """Whether a page is a translation of another one."""
    if page.locale.language_code == SOURCE_TAG:
        return False
    source = source_of(page.translation_key, type(page))
    return source is not None and source.pk != page.pk
