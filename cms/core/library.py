"""The site's library of images: pictures from files come in here, each once."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files.images import ImageFile
from wagtail.images import get_image_model

from render.article import Picture
from render.errors import ArticleError, LoaError
from render.photo import measured
from render.pictures import picture_path


def stored_image(picture: Picture, source: Path | None) -> Any:
    """The library's image of a picture's bytes: the one that is there, else a new one."""
    try:
        path = picture_path(picture, source)
        measured(path)
    except LoaError as error:
        where = f"{source}:{picture.line}" if source and picture.line else str(source or picture.file)
        raise ArticleError(error.what, where=where, mend=error.mend) from None
    data = path.read_bytes()
    model = get_image_model()
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()  # as Wagtail knows its images
    there = model.objects.filter(file_hash=digest).first()
    if there is not None:
        return there
    file = ImageFile(io.BytesIO(data), name=PurePosixPath(picture.file).name)
    words = {"title": picture.alt[:255], "description": picture.alt[:255]}
    return model.objects.create(**words, file=file, file_size=len(data), file_hash=digest)
