"""Pictures of articles: images of the site's library on one side, files beside an article on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from cms.core.library import stored_image
from render.article import Article, Picture, Pictured
from render.errors import LoaError
from render.photo import measured
from render.pictures import CENTRE, picture_path, pictures_of, read_focus, write_focus

FOLDER = "anh"  # where an export puts pictures whose article came without files


def picture_of(value: Mapping[str, Any]) -> Picture:
    """The picture that a block holds."""
    image = value["image"]
    return Picture(
        file=value["file"] or (f"{FOLDER}/{PurePosixPath(image.file.name).name}" if image else ""),
        alt=value["alt"],
        credit=value["credit"],
        focus=_focus(value["focus"], image),
        path=_path(image),
    )


def picture_value(picture: Picture, source: Path | None) -> dict[str, Any]:
    """The block of a picture, as the JSON that a StreamField keeps; its bytes go into the library."""
    return {
        "image": stored_image(picture, source).pk if picture.file else None,
        "alt": picture.alt,
        "credit": picture.credit,
        "focus": write_focus(picture.focus) if picture.file else "",
        "file": picture.file,
    }


def same_pictures(one: Article, other: Article) -> bool:
    """Whether the bytes of two articles' pictures are the same."""
    try:
        ours, theirs = (
            [measured(picture_path(picture, article.source)).digest for picture in pictures_of(article) if picture.file]
            for article in (one, other)
        )
    except LoaError:
        return False
    return ours == theirs


def with_paths(article: Article, paths: Mapping[str, Path]) -> Article:
    """The article whose pictures lie where they were uploaded, found by their names."""

    def placed(picture: Picture) -> Picture:
        return replace(picture, path=paths.get(PurePosixPath(picture.file).name))

    blocks = (
        replace(block, picture=placed(block.picture)) if isinstance(block, Pictured) else block
        for block in article.blocks
    )
    return replace(article, picture=placed(article.picture) if article.picture else None, blocks=tuple(blocks))


def _focus(written: str, image: Any) -> tuple[float, float]:
    if written:
        return read_focus(written)
    if image and image.focal_point_x is not None and image.width and image.height:
        return round(image.focal_point_x / image.width, 3), round(image.focal_point_y / image.height, 3)
    return CENTRE


def _path(image: Any) -> Path | None:
    """The image's own file; a picture that is gone from the library has none, which building it will tell."""
    return Path(image.file.path) if image else None
