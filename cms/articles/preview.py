"""A draft as an edition of the day of builds: simple HTML, so that an editor reads what a reader will."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cms.previews.frames import edit_url, problem
from cms.previews.sources import draft_of
from render.blocks import kind_of
from render.errors import LoaError
from render.phrases import vietnamese_date
from render.sketches import edition_of

if TYPE_CHECKING:
    from cms.articles.models import PolicyArticlePage

READ = "read"  # the preview of what a loudspeaker says


def preview_context(page: PolicyArticlePage) -> dict[str, Any]:
    """`edition` with its blocks, or `problem`: why there is none yet, and where to mend it."""
    try:
        edition = edition_of(draft_of(page))
    except LoaError as error:
        return {**problem(page, error), "edit_url": edit_url(page)}
    since = vietnamese_date(edition.applies_from) if edition.applies_from else ""
    return {"edition": edition, "since": since, "blocks": [(kind_of(block).value, block) for block in edition.blocks]}
