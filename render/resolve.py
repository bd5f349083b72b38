"""Resolving an article into an edition: every fact looked up, every text checked, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from render.article import Article, Block, Picture, Pictured, Questions, Story
from render.blocks import is_empty, map_block
from render.campaigns import check_campaign
from render.correction import with_correction
from render.edition import Edition, Office, Runs, SaidCorrection, SaidFact, with_edition_id
from render.errors import ArticleError, EditionError, FactError, LanguageError, PictureError
from render.facts import FactBook, ResolvedFact, decimal_text, print_fact, unit_is_translated, unit_phrase
from render.frontmatter import check_slug
from render.inline import Placeholder, check_text, clean, runs
from render.language import language
from render.legacy import check_meant
from render.local import known_logo, with_story
from render.parity import check_parity
from render.photo import measured
from render.pictures import checked_picture, picture_path
from render.places import place

HOTLINE = "hotline"  # the fact that is printed where an office has no number of its own


def make_edition(
    article: Article, *, source: Article | None = None, facts: FactBook, on: dt.date, office: Office | None = None
) -> Edition:
    """The edition of `article` on a day, for an office.

    `source` is the article that `article` translates: their sections, facts and numbers must agree. An
    `EditionError` names the file and line (or the block) and what to do.
    """
    _check_front(article)
    article, source = with_correction(article), with_correction(source) if source else None
    if source is not None:
        check_parity(article, source)
    if not article.title.strip():
        raise EditionError("the article has no title", where=place(article, "title"), mend="Write it")
    if not article.blocks:
        raise EditionError(
            "the article has no text under its title",
            where=place(article, "title"),
            mend="Write at least one section: ## Tiêu đề, and its text beneath",
        )
    for block in article.blocks:
        if is_empty(block):
            raise EditionError(
                "the section has no text",
                where=place(article, block.id, block.line),
                mend="Write it, or take the heading out",
            )
    article, own = with_story(article, office)
    said: dict[Placeholder, SaidFact] = {}

    def resolve(text: str, part: str, line: int) -> Runs:
        try:
            return _resolve(text, article, part, line, lambda asked: _say(asked, facts, on, article.lang, said))
        except EditionError as error:
            if office and part == own:  # no line of the article says it
                raise EditionError(error.what, where=f"{office.code}: story", mend=error.mend) from None
            raise

    title = resolve(article.title, "title", 0)
    summary = resolve(article.summary, "summary", 0)
    blocks = tuple(
        map_block(block, lambda text, block=block: resolve(text, block.id, block.line))  # type: ignore[misc]
        for block in _with_pictures(article, source)
    )
    elder = source or article
    corrects = article.correction
    correction = (
        None
        if corrects is None
        else SaidCorrection(
            resolve(corrects.claim, "correction", corrects.line),
            corrects.verdict,
            resolve(corrects.truth, "correction", corrects.line),
            corrects.evidence or (elder.correction.evidence if elder.correction else ()),
        )
    )
    owner, picture = (article, article.picture) if article.picture else (elder, elder.picture)
    if source and source.picture and picture and (not picture.file or not _is_there(picture, article)):
        owner, picture = source, replace(source.picture, alt=picture.alt)
    campaign = article.campaign or elder.campaign
    voices = dict(elder.voices) | dict(article.voices)
    in_force = article.in_force or elder.in_force
    begins = [fact.since for fact in said.values() if fact.since and not fact.asked]
    return with_edition_id(
        Edition(
            id="",
            slug=article.slug,
            lang=article.lang,
            title=title,
            summary=summary,
            topic=clean(article.topic),
            blocks=blocks,
            facts=tuple(said.values()),
            audiences=article.audiences or elder.audiences,
            legal=article.legal or elder.legal,
            priority=elder.priority,
            applies_from=max(begins, default=in_force),
            hotline=(office.hotline if office else "") or _hotline(facts, on),
            office=replace(office, logo=known_logo(office), stories=()) if office else None,
            note=facts.note_on(on),
            in_force=in_force,
            campaign=campaign,
            picture=_known(picture, owner, "picture", article.lang) if picture else None,
            say=article.say,
            voice=voices.get(article.lang, ""),
            correction=correction,
            valid_until=min((one.valid_until for one in (article, elder) if one.valid_until), default=None),
        )
    )


def sayer(
    lang: str, *, facts: FactBook, on: dt.date
) -> tuple[Callable[[str], Runs], Callable[[], tuple[SaidFact, ...]]]:
    """What resolves a text that stands beside an article, checked as its own, and what tells the facts it has said."""
    said: dict[Placeholder, SaidFact] = {}

    def resolve(text: str) -> Runs:
        text = clean(text)
        check_text(text)
        check_meant(text, lang)
        return runs(text, lambda asked: _say(asked, facts, on, lang, said))

    return resolve, lambda: tuple(said.values())


def known_picture(picture: Picture, owner: Article, where: str) -> Picture:
    """A picture that is named beside an article, with its digest and pixels; an `EditionError` tells where."""
    try:
        return _known(picture, owner, "picture", owner.lang)
    except EditionError as error:
        raise EditionError(error.what, where=where, mend=error.mend) from None


def _with_pictures(article: Article, source: Article | None) -> tuple[Block[str], ...]:
    """The blocks with the bytes of each picture known; one that lies beside no translation is its source's."""
    found: list[Block[str]] = []
    for position, block in enumerate(article.blocks):
        if isinstance(block, Pictured):
            owner, picture = article, block.picture
            theirs = source.blocks[position] if source else None
            if isinstance(theirs, Pictured) and source and not _is_there(picture, article):
                owner = source
                picture = replace(theirs.picture, alt=picture.alt, credit=picture.credit, line=picture.line)
            found.append(replace(block, picture=_known(picture, owner, block.id, article.lang, block.line)))
        elif isinstance(block, Story):
            found.append(replace(block, local=False))  # an edition is what it says; who may change it is settled
        elif isinstance(block, Questions):  # nor does it say which bank its words are from
            found.append(replace(block, questions=tuple(replace(one, ref="") for one in block.questions)))
        else:
            found.append(block)
    return tuple(found)


def _is_there(picture: Picture, article: Article) -> bool:
    try:
        picture_path(picture, article.source)
    except ArticleError:
        return False
    return True


def _known(picture: Picture, owner: Article, part: str, lang: str, line: int = 0) -> Picture:
    """A picture of `owner` with its digest and pixels, under no name: an edition knows it by its bytes."""
    try:
        picture = checked_picture(picture)
        check_meant(picture.alt, lang)  # a translation's own words; the credit is its owner's
        check_meant(picture.credit, owner.lang)
        path = picture_path(picture, owner.source)
        found = measured(path)
    except (ArticleError, PictureError) as error:
        where = place(owner, part, picture.line or line)
        name = f" ({picture.file})" if picture.file and picture.file not in error.what else ""
        raise EditionError(error.what + name, where=where, mend=error.mend) from None
    return replace(picture, file="", digest=found.digest, width_px=found.width_px, height_px=found.height_px, path=path)


def _check_front(article: Article) -> None:
    """What a file's reader has checked; an article from elsewhere may bring anything."""
    part = "lang"
    try:
        language(article.lang)
        part = "slug"
        check_slug(article.slug)
        part = "topic"
        check_text(clean(article.topic))
        check_meant(clean(article.topic), article.lang)
        part = "campaign"
        if article.campaign:
            check_campaign(article.campaign)
        part = "legal"
        for text in article.legal:
            check_text(clean(text))
    except (ArticleError, LanguageError) as error:
        raise EditionError(error.what, where=place(article, part), mend=error.mend) from None


def _resolve(text: str, article: Article, part: str, line: int, say: Callable[[Placeholder], str]) -> Runs:
    text = clean(text)
    asked_last = ""

    def noted(asked: Placeholder) -> str:
        nonlocal asked_last
        asked_last = asked.key
        return say(asked)

    try:
        check_text(text)
        check_meant(text, article.lang)
        return runs(text, noted)
    except ArticleError as error:
        raise EditionError(error.what, where=place(article, part, line, text), mend=error.mend) from None
    except FactError as error:
        where = place(article, part, line, text, asked_last)
        beneath = f" ({error.where})" if error.where else ""
        raise EditionError(error.what + beneath, where=where, mend=error.mend) from None


def _say(asked: Placeholder, facts: FactBook, on: dt.date, lang: str, said: dict[Placeholder, SaidFact]) -> str:
    if asked not in said:
        fact = facts.on(asked.asked or on).get(asked.key)
        said[asked] = _said(fact, asked, lang)
    return said[asked].printed


def _said(fact: ResolvedFact, asked: Placeholder, lang: str) -> SaidFact:
    return SaidFact(
        key=fact.key,
        unit=fact.unit,
        value=fact.value if isinstance(fact.value, str) else decimal_text(fact.value),
        printed=print_fact(fact, lang),
        since=fact.since,
        asked=asked.asked,
        suffix=fact.suffix,
        label=fact.label,
    )


def _hotline(facts: FactBook, on: dt.date) -> str:
    """The national number; "" in a book of facts that has none, such as one of a few facts for a trial."""
    if HOTLINE not in facts.facts:
        return ""
    return str(facts.on(on).get(HOTLINE).value)


def borrowed_units(edition: Edition) -> tuple[str, ...]:
    """The units that the edition says in Vietnamese because its language has no words for them yet: a warning."""
    said = {unit_phrase(one.unit, one.suffix): one for one in edition.facts}
    return tuple(words for words, one in said.items() if not unit_is_translated(one.unit, one.suffix, edition.lang))
