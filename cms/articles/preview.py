"""A draft as an edition of the day of builds: simple HTML, so that an editor reads what a listener will hear."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from cms.articles.adapter import article_of
from cms.articles.text import current_book
from cms.core.words import in_words
from cms.production.dates import build_date
from render.blocks import kind_of
from render.edition import Edition, plain
from render.errors import LoaError
from render.phrases import vietnamese_date
from render.resolve import make_edition
from render.speech.fitting import length_s
from render.speech.script import bulletin_script
from render.speech.spoken import unspoken
from render.speech.voices import BULLETIN_PACE

if TYPE_CHECKING:
    from cms.articles.models import PolicyArticlePage


# Longer than any bulletin: the preview reads the whole article.
WHOLE_S = 3600.0

READ = "read"  # the preview of what a loudspeaker says


def preview_context(page: PolicyArticlePage) -> dict[str, Any]:
    """`edition` with its blocks, or `problem`: why there is none yet."""
    try:
        edition = _edition(page)
    except LoaError as error:
        return {"problem": in_words(error), "problem_where": error.where}
    since = vietnamese_date(edition.applies_from) if edition.applies_from else ""
    return {"edition": edition, "since": since, "blocks": [(kind_of(block).value, block) for block in edition.blocks]}


def reading_context(page: PolicyArticlePage) -> dict[str, Any]:
    """`parts` of the bulletin, each line as it is written and as it will be read, with its length in each slot."""
    try:
        edition = _edition(page)
        script = bulletin_script(edition, slot_s=WHOLE_S)
    except LoaError as error:
        return {"problem": in_words(error), "problem_where": error.where}
    tag = edition.lang
    parts = [
        {
            "name": name,
            "lines": [
                {
                    "written": one.text,
                    "read": one.spoken if _reads_otherwise(one.text, one.spoken) else "",
                    "unsaid": unspoken(one.spoken, tag),
                }
                for part in parts
                for one in part.segments
            ],
        }
        for name, parts in itertools.groupby(script.parts, key=lambda part: part.name)
    ]
    length = round(length_s(script, BULLETIN_PACE))
    return {"parts": parts, "length": f"{length // 60}:{length % 60:02}", "title": plain(edition.title)}


def _reads_otherwise(written: str, read: str) -> bool:
    def bare(one: str) -> str:
        return "".join(letter for letter in one.casefold() if letter.isalnum())

    return bare(written) != bare(read)


def _edition(page: PolicyArticlePage) -> Edition:
    from cms.articles.models import source_page

    facts = current_book()
    source = source_page(page)
    return make_edition(
        article_of(page),
        source=None if source.pk == page.pk else article_of(source),
        facts=facts,
        on=build_date(facts),
        office=None,
    )
