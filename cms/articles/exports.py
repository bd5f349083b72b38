"""An article as a file again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from cms.articles.adapter import article_of
from cms.articles.belonging import with_belonging
from cms.articles.models import PolicyArticlePage
from render.markdown import write_article
from render.pictures import pictures_of


def file_text(page: PolicyArticlePage) -> str:
    """The latest revision as an article file."""
    latest = page.get_latest_revision_as_object()
    return write_article(with_belonging(article_of(latest), latest))


def picture_files(page: PolicyArticlePage) -> dict[str, bytes]:
    """The pictures of the latest revision, by their paths from the article's folder; one that is gone is left out."""
    article = article_of(page.get_latest_revision_as_object())
    return {
        picture.file: picture.path.read_bytes()
        for picture in pictures_of(article)
        if picture.path is not None and picture.path.is_file()
    }


def zipped(page: PolicyArticlePage, name: str, pictures: Mapping[str, bytes]) -> bytes:
    """The article's file and its pictures in one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in {name: file_text(page).encode(), **pictures}.items():
            archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def file_name(page: PolicyArticlePage, *, is_source: bool) -> str:
    """`<slug>.md`, a translation `<slug>.<tag>.md`."""
    return f"{page.slug}.md" if is_source else f"{page.slug}.{page.locale.language_code}.md"
