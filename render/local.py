"""The local layer: contact block, logo and one story are an office's own; everything else is locked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from render.article import Article, Block, Picture, Story
from render.edition import Office
from render.errors import ArticleError, LanguageError, OfficeError, PictureError
from render.language import language
from render.photo import measured
from render.pictures import check_file, picture_path
from render.sections import Place, read_flow

LONGEST_STORY = 1200  # characters: what a leaflet has room for beside the article
ID = "dia-phuong"  # of the block that is added where the article leaves none to replace

# A logo stands in a box of this size, at 300 dpi in print.
LOGO_MM = (42.0, 14.0)
LOGO_PPI = 300
_WIDEST, _TALLEST = 6.0, 0.5  # width to height: beyond these nothing of it could be made out in the box


def office_logo(file: str, name: str, offices_file: Path, where: str) -> Picture | None:
    """The logo that an office's file names, beside that file; an `OfficeError` for what cannot be a path."""
    if not file.strip():
        return None
    try:
        check_file(file)
        path = picture_path(Picture(file, "", ""), offices_file)
    except ArticleError as error:
        raise OfficeError(f"the logo: {error.what}", where=where, mend=error.mend) from None
    return Picture(file, logo_alt(name), name, path=path)


def logo_alt(name: str) -> str:
    """What a logo shows, in words."""
    return f"Biểu trưng {name}"


def checked_stories(written: Any, where: str) -> tuple[tuple[str, str], ...]:
    """The office's story by language: a text (Vietnamese), or a table of texts by tag."""
    by_tag = {"vi": written} if isinstance(written, str) else written
    if not isinstance(by_tag, Mapping) or not all(isinstance(text, str) for text in by_tag.values()):
        raise OfficeError("the story is no text", where=where, mend='story = """…""", or story.km = """…"""')
    found: list[tuple[str, str]] = []
    for tag, text in by_tag.items():
        if not text.strip():
            continue
        if len(text) > LONGEST_STORY:
            raise OfficeError(
                f"the story has {len(text)} characters, {LONGEST_STORY} are allowed",
                where=where,
                mend="Tell what happened to one person, in a few sentences",
            )
        try:
            found.append((language(tag).tag, text.strip()))
            _told(text, tag, where)
        except (ArticleError, LanguageError) as error:
            raise OfficeError(f"the story: {error.what}", where=error.where or where, mend=error.mend) from None
    return tuple(found)


def with_story(article: Article, office: Office | None) -> tuple[Article, str]:
    """The article as an office tells it, and the id of the block that is the office's own ("" for none).

    Its story stands in place of the article's local stories, else behind the last section. A story is told in the
    language it was written in: an edition in another keeps the article's.
    """
    text = dict(office.stories).get(article.lang, "") if office else ""
    if not office or not text:
        return article, ""
    body = _told(text, article.lang, office.code)
    kept: list[Block[str]] = []
    own: Story[str] | None = None
    for block in article.blocks:
        if not isinstance(block, Story) or not block.local:
            kept.append(block)
        elif own is None:
            own = replace(block, body=body)
            kept.append(own)
    if own is None:
        own = Story(id=ID, title=_of_here(office) if article.lang == "vi" else None, body=body)
        kept.append(own)
    return replace(article, blocks=tuple(kept)), own.id


def known_logo(office: Office) -> Picture | None:
    """The office's logo with its digest and pixels; an `OfficeError` when it cannot be printed."""
    if office.logo is None:
        return None
    where = f"{office.code}: logo {office.logo.file}"
    try:
        found = measured(picture_path(office.logo, None))
    except (ArticleError, PictureError) as error:
        raise OfficeError(error.what, where=where, mend=error.mend) from None
    if found.format not in ("JPEG", "PNG"):
        raise OfficeError(f"the logo is a {found.format}", where=where, mend="Save it as PNG")
    shape = found.width_px / found.height_px
    if not _TALLEST <= shape <= _WIDEST:
        raise OfficeError(
            f"the logo is too {'wide' if shape > 1 else 'tall'} to be made out ({found.width_px} × {found.height_px})",
            where=where,
            mend=f"At most {_WIDEST:g} times as wide as high, at most {1 / _TALLEST:g} times as high as wide",
        )
    width, height = (round(side / 25.4 * LOGO_PPI) for side in LOGO_MM)
    if found.width_px < width and found.height_px < height:
        raise OfficeError(
            f"the logo has {found.width_px} × {found.height_px} pixels, too few to be printed",
            where=where,
            mend=f"Bring it at least {width} pixels wide or {height} high",
        )
    return dataclasses.replace(
        office.logo, file="", digest=found.digest, width_px=found.width_px, height_px=found.height_px
    )


def _told(text: str, lang: str, where: str) -> Any:
    return read_flow(text.strip(), Place(f"{where} story", lang))


def _of_here(office: Office) -> str:
    unit = office.unit
    return f"Ở {unit[:1].lower()}{unit[1:]}" if unit else "Ở địa phương"
