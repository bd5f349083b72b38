"""The sheet of an article in a language: its numbered sentences, each with its take and what that still lacks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from cms.articles.models import PolicyArticlePage, source_page
from cms.facts.books import book
from cms.production.dates import build_date
from cms.production.sources import draft_source, published_source
from cms.sound.models import TakeUpload
from cms.sound.takes import folder_of
from render.edition import Edition
from render.errors import LoaError, VoiceError
from render.plan import Source, edition_of, sound_context
from render.products import Context, Waiting
from render.reading import Sheet, differs, make_sheet
from render.speech.recordings import Numbered, Take, Takes


@dataclass(frozen=True)
class Desk:
    """An article in one language, as whoever records it finds it."""

    page: PolicyArticlePage  # the article's own page
    lang: str
    sheet: Sheet
    folder: Path
    published: bool  # False: the text is a draft still

    @property
    def takes(self) -> Takes:
        """What was recorded so far."""
        return self.sheet.takes or Takes(self.lang)

    def line(self, key: str) -> Numbered:
        """A line by its words; one that is gone was reworded since the page was loaded."""
        found = next((one for one in self.sheet.lines if one.line.key == key), None)
        if found is None:
            raise VoiceError("the sentence has changed", mend="Look at the page again")
        return found


def desk_of(page: Any, lang: str) -> Desk | Waiting:
    """The desk of an article: of its published text, else of its draft; waiting where there is no translation.

    A `LoaError` tells why the text cannot be read aloud.
    """
    source = source_page(page)
    text = published_source(source) if source.live else draft_source(source)
    if lang != text.article.lang and lang not in text.translations:
        text = draft_source(source)  # the article is published, this translation is not yet
        live = False
    else:
        live = source.live
    return desk_from(source, text, lang, published=live)


def desk_from(source: PolicyArticlePage, text: Source, lang: str, *, published: bool) -> Desk | Waiting:
    """The desk of an article's page for texts as they are given; a `LoaError` tells why they cannot be read aloud."""
    facts = book()
    edition = edition_of(text, lang, None, facts=facts, on=build_date(facts))
    if isinstance(edition, Waiting):
        return edition
    context = sound_context(text, lang, Context(settings.LOA.public_url))
    for one in (edition, context):
        if isinstance(one, LoaError):
            raise one
    assert isinstance(edition, Edition)
    assert isinstance(context, Context)
    sheet = make_sheet(edition, context, wished=text.article.products)
    if not sheet.lines:
        raise VoiceError("there is nothing to read", mend="Write something to say")
    return Desk(source, lang, sheet, folder_of(source.slug, lang, text.article.lang), published)


def state_of(one: Numbered, take: Take | None) -> str:
    """`missing`, `changed` since it was read, `unagreed`, `unheard`, or `good`."""
    if take is None:
        return "changed" if one.before else "missing"
    if take.consent is None:
        return "unagreed"
    return "unheard" if take.heard is None else "good"


def own_takes(desk: Desk, user: Any) -> frozenset[str]:
    """The takes of this article that a user brought: somebody else listens to them."""
    mine = TakeUpload.objects.filter(article=desk.page.translation_key, lang=desk.lang, user=user)
    return frozenset(mine.values_list("sha256", flat=True))


def row_of(one: Numbered, take: Take | None, own: Collection[str]) -> dict[str, Any]:
    """A sentence as screens show it."""
    state = state_of(one, take)
    words = {
        "missing": _("not recorded"),
        "changed": _("changed: record it again"),
        "unagreed": _("no consent"),
        "unheard": _("waits for a second listener"),
        "good": _("signed off"),
    }
    mine = take is not None and take.sha256 in own
    return {
        "one": one,
        "take": take,
        "state": state,
        "words": words[state],
        "said": one.line.spoken if differs(one.line.text, one.line.spoken) else "",
        "own": state == "unheard" and mine,
        "signable": state == "unheard" and not mine,
    }
