"""A page that is being written as the pipeline's draft; which previews it has, and where in it an error stands."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from cms.articles.adapter import article_of
from cms.articles.text import current_book
from cms.offices.models import offices
from cms.production.dates import build_date
from cms.sound.approvals import approvals_of
from cms.sound.takes import folder_of
from render.build import make_context
from render.errors import LoaError
from render.inline import clean
from render.products import Context, product, products
from render.sections import position_id
from render.sketches import LOOP, SHAPES, SLOTS_S, Draft
from render.speech.approval import Approvals
from render.speech.recordings import Takes
from render.speech.takefiles import read_takes

_CONTEXT_S = 60.0
_context: tuple[float, Context] | None = None

# The parts of an article that an error may name, and the fields of the form where they are written.
_FIELDS = {
    "title": "title", "summary": "summary", "topic": "topic", "picture": "picture", "legal": "legal",
    "campaign": "campaign", "say": "say", "voices": "voices", "products": "products", "slug": "slug",
    "Tiêu đề": "title", "Tóm tắt": "summary",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A part of the form: the path to it, and what the editor calls it."""

    path: str  # "title", "body.<block id>"
    label: str


def product_modes(lang: str) -> list[tuple[str, str]]:
    """Every product that an article in this language can become: its name and its label."""
    return [
        (one.name, _(one.label) if one.size in one.label else f"{_(one.label)} ({_(one.size)})")
        for one in products().values()
        if one.languages == "every" or lang != "vi"  # what stands beside its source is made of translations
    ]


def kind_of_mode(mode: str) -> str:
    """How a product is shown: `script`, `storyboard` or `pictures`; "" when there is none of that name."""
    if mode in SLOTS_S:
        return "script"
    if mode in SHAPES or mode == LOOP:
        return "storyboard"
    return "pictures" if mode in products() and product(mode).medium in ("print", "picture") else ""


def draft_of(page: Any, office: str = "") -> Draft:
    """The page as it stands in the form, for an office it wants, on the day of builds."""
    from cms.articles.models import source_page

    facts = replace(current_book())  # without what it has worked out for other days
    source = source_page(page) if page.translation_key else page
    article = article_of(page)
    return Draft(
        article=article,
        source=None if source.pk == page.pk else article_of(source),
        facts=facts,
        on=build_date(facts),
        office=offices([office]).get(office) if office else None,
        context=_draft_context(),
        takes=_takes(source, article.lang),
        approvals=approvals_of(page.translation_key) if page.translation_key else Approvals(),
        online=settings.LOA.online_speech != "off",
    )


def _takes(source: Any, lang: str) -> Takes | LoaError | None:
    """What people have recorded of the article in this language."""
    if not source.pk:
        return None
    try:
        return read_takes(folder_of(source.slug, lang, source.locale.language_code), lang)
    except LoaError as error:
        return error


def _draft_context() -> Context:
    """What products may ask; which voices are installed is looked up once a minute."""
    global _context
    if _context is None or time.monotonic() - _context[0] > _CONTEXT_S:
        _context = (time.monotonic(), make_context(settings.LOA, draft=True))
    return _context[1]


def office_choices_of(page: Any) -> list[tuple[str, str]]:
    """Whom a preview can be drawn for: the whole country, and each office the article wants."""
    wanted = list(page.offices or ())
    if not wanted:
        return []
    found = offices(wanted)
    return [("", _("Whole country")), *((code, found[code].unit) for code in wanted if code in found)]


def place_of(page: Any, error: LoaError) -> Place | None:
    """Where in the form an error stands: the field or the block that its place names, by id, position or heading."""
    part = error.where.rpartition(": ")[2].strip()
    part = re.sub(r"^(?:scene|slide) ", "", part)
    if part in _FIELDS:
        return field_place(page, _FIELDS[part])
    bare = part.partition(":")[2] or part  # a scene is called by its kind and its section
    names = {bare, re.sub(r"-\d+$", "", bare), part}
    for position, child in enumerate(page.body, start=1):
        heading = clean(str(child.value.get("title") or ""))
        if {child.value.get("section_id") or position_id(position), heading or None} & names:
            return block_place(child, position)
    return None


def field_place(page: Any, name: str) -> Place:
    """A field of the page."""
    return Place(name, str(page._meta.get_field(name).verbose_name))


def block_place(child: Any, position: int) -> Place:
    """A block of the body, by its heading or its position."""
    heading = clean(str(child.value.get("title") or ""))
    label = str(child.block.label)
    words = (
        f"{label}: {heading}"
        if heading
        else _("%(kind)s, section %(position)d") % {"kind": label, "position": position}
    )
    return Place(f"body.{child.id}", words)
