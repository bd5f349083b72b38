"""Between the bank and the articles that show its questions by reference."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from render.article import Article, Block, Question, Questions

if TYPE_CHECKING:
    from cms.questions.models import BankQuestion


def bank_choices() -> list[tuple[str, str]]:
    """Every question of the bank, by key, as it is asked in Vietnamese (else as it is written first)."""
    from cms.questions.models import BankQuestion

    found: dict[str, str] = {}
    for one in BankQuestion.objects.select_related("locale").order_by("key", "pk"):
        if one.key not in found or one.locale.language_code == "vi":
            found[one.key] = str(one)
    return [(key, f"{asked} ({key})") for key, asked in found.items()]


def bank_keys(tag: str) -> set[str]:
    """The keys that the bank has an answer for in a language."""
    from cms.questions.models import BankQuestion

    return set(BankQuestion.objects.filter(locale__language_code=tag).values_list("key", flat=True))


def with_bank(blocks: tuple[Block[str], ...], tag: str) -> tuple[Block[str], ...]:
    """Blocks whose references stand resolved in a language; what the bank does not have keeps its own words."""
    wanted = {one.ref for block in blocks if isinstance(block, Questions) for one in block.questions if one.ref}
    if not wanted:
        return blocks
    from cms.questions.models import BankQuestion

    rows = BankQuestion.objects.filter(key__in=wanted, locale__language_code=tag)
    held = {row.key: row.as_question() for row in rows}

    def resolved(one: Question[str]) -> Question[str]:
        return replace(held[one.ref], line=one.line) if one.ref in held else one

    return tuple(
        replace(block, questions=tuple(map(resolved, block.questions))) if isinstance(block, Questions) else block
        for block in blocks
    )


def without_bank(block: Block[str], held: Collection[str]) -> Block[str]:
    """A block that keeps no second copy of what the bank has."""
    if not isinstance(block, Questions):
        return block
    kept = tuple(Question("", (), one.line, one.ref) if one.ref in held else one for one in block.questions)
    return replace(block, questions=kept)


def references(article: Article) -> list[Question[str]]:
    """The questions of an article that stand in a bank."""
    return [one for block in article.blocks if isinstance(block, Questions) for one in block.questions if one.ref]


def keys_in(page: Any) -> set[str]:
    """The keys that a page refers to."""
    return {
        one["bank"]
        for child in page.body
        if child.block_type == "questions"
        for one in child.value["questions"]
        if one["bank"]
    }


def pages_using(key: str, *, live_only: bool = False) -> list[Any]:
    """The articles that show a question, as their pages stand in the database: what is live shows it to readers."""
    from cms.articles.models import PolicyArticlePage

    texts = PolicyArticlePage.objects.annotate(
        written=Cast("body", TextField())
    )  # JSON in one database, text in another
    pages = texts.filter(alias_of__isnull=True, written__contains=f'"{key}"').select_related("locale")
    if live_only:
        pages = pages.live()
    return [page for page in pages if key in keys_in(page)]


def drafts_using(key: str) -> list[Any]:
    """The articles whose last draft shows a question, and whose page as it stands does not."""
    from cms.articles.models import PolicyArticlePage

    there = {page.pk for page in pages_using(key)}
    drafts = PolicyArticlePage.objects.annotate(drafted=Cast("latest_revision__content", TextField()))
    drafts = drafts.filter(Q(live=False) | Q(has_unpublished_changes=True), alias_of__isnull=True)
    found = drafts.filter(drafted__contains=key).exclude(pk__in=there).select_related("locale", "latest_revision")
    return [page for page in found if key in keys_in(page.get_latest_revision_as_object())]


def texts_said(keys: Collection[str]) -> Iterator[tuple[int, str]]:
    """The texts of the bank that hold one of these facts, with the number of each page that shows them."""
    from cms.articles.models import PolicyArticlePage
    from cms.questions.models import BankQuestion

    holds = Q()
    for key in keys:
        holds |= Q(question__contains=key) | Q(answer__contains=key) | Q(said__contains=key)
    rows = BankQuestion.objects.annotate(said=Cast("approved_text", TextField())).filter(holds) if holds else []
    said = {(row.locale_id, row.key): row.as_question() for row in rows}
    if not said:
        return
    shows = Q()
    for _locale, name in said:
        shows |= Q(written__contains=name)
    pages = PolicyArticlePage.objects.annotate(written=Cast("body", TextField())).filter(shows, alias_of__isnull=True)
    for page in pages:
        for name in keys_in(page):
            if (page.locale_id, name) in said:
                one = said[page.locale_id, name]
                yield from ((page.pk, text) for text in (one.question, *one.answer))


def unapproved(article: Article) -> list[BankQuestion]:
    """Questions that an article shows and nobody has ever approved: it cannot go out with them."""
    from cms.questions.models import BankQuestion

    keys = {one.ref for one in references(article)}
    rows = BankQuestion.objects.filter(key__in=keys, locale__language_code=article.lang, approved_digest="")
    return list(rows)


def unanswered(article: Article) -> list[str]:
    """Keys that an article shows and the bank has no approved words for, or does not have at all any more."""
    from cms.questions.models import BankQuestion

    keys = {one.ref for one in references(article)}
    if not keys:
        return []
    approved = BankQuestion.objects.filter(key__in=keys, locale__language_code=article.lang).exclude(approved_digest="")
    return sorted(keys - set(approved.values_list("key", flat=True)))


def adopt(article: Article, *, user: Any) -> list[BankQuestion]:
    """Questions that a file refers to and the bank does not have yet enter it, to be approved."""
    from wagtail.models import Locale

    from cms.questions.models import BankQuestion

    held = bank_keys(article.lang)
    new = {one.ref: one for one in references(article) if one.ref not in held}
    if not new:
        return []
    locale, _created = Locale.objects.get_or_create(language_code=article.lang)
    made = []
    for key, one in new.items():
        row = BankQuestion(
            key=key, locale=locale, question=one.question, answer="\n\n".join(one.answer), changed_by=user
        )
        elder = BankQuestion.objects.filter(key=key).exclude(locale=locale).order_by("pk").first()
        if elder is not None:
            row.translation_key = elder.translation_key
        row.full_clean(exclude=["translation_key"])
        row.save()
        made.append(row)
    return made
