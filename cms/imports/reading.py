"""Reads the files of an import, one article with its translations at a time, and says what importing them would do."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from django.db.models import Q

from cms.articles.actions import foreseen, foreseen_conflicts, found_page
from cms.articles.models import PolicyArticlePage, source_page
from cms.articles.pictures import with_paths
from cms.core.models import HomePage
from cms.imports.enums import Verdict
from cms.imports.models import Import, ImportedFile
from render.article import Article
from render.errors import ArticleError, LoaError
from render.language import language, languages
from render.markdown import read_article
from render.pictures import pictures_of
from render.plan import Source


@dataclass(frozen=True)
class Family:
    """An article as files: the one others are translations of (from a file or from its page), and each file's own."""

    source: Source
    files: Mapping[str, ImportedFile]


def peek(file: ImportedFile) -> None:
    """Find out which article and language a file is; its text is read, and forgotten again."""
    try:
        article = _article(file, {})
        language(article.lang)
        named = PurePosixPath(file.name).stem.rpartition(".")[2]
        if named != article.lang and "." in PurePosixPath(file.name).stem and named in languages():
            raise ArticleError(
                f"the file name says {named}, its front matter lang: {article.lang}",
                where=file.name,
                mend="Make both the same",
            )
        file.slug, file.lang, file.title = article.slug, article.lang, article.title[:255]
    except LoaError as error:
        file.refuse(_placed(error, file))


def examine(batch: Import, slug: str, home: HomePage) -> list[ImportedFile]:
    """The verdicts upon the files of one article; they are not saved here."""
    files = list(batch.files.filter(slug=slug, verdict=Verdict.WAITING))
    single = _without_doubles(files)
    pictures = _pictures(batch, single)
    read: dict[str, tuple[ImportedFile, Article]] = {}
    for file in single:
        try:
            article = _article(file, pictures)
            file.missing_pictures = [one.file for one in pictures_of(article) if one.file and one.path is None]
            if file.missing_pictures:
                names = ", ".join(file.missing_pictures[:5])
                raise ArticleError(
                    f"pictures are missing: {names}", where=file.name, mend="Bring the article with its pictures"
                )
            read[article.lang] = (file, article)
        except LoaError as error:
            file.refuse(_placed(error, file))
    page = found_page(home, slug)
    original = source_page(page).locale.language_code if page else "vi"
    if page is None and original not in read and len(read) > 1:
        for file, _article_read in read.values():
            file.refuse(ArticleError("None of these files is the article in Vietnamese", where=file.name))
        return files
    if page is None and original not in read:
        original = next(iter(read), original)
    for tag, (file, article) in read.items():
        try:
            elder = None if tag == original else page
            file.verdict = foreseen(article, home=home, original=elder)
            if elder is not None:
                found = foreseen_conflicts(article, home=home, original=elder)
                file.conflicts = [[one.source, one.screen, one.file] for one in found]
            file.chosen = file.is_choosable
        except LoaError as error:
            file.refuse(_placed(error, file))
    if page is None and original in read and read[original][0].verdict == Verdict.REFUSED:
        for tag, (file, _article_read) in read.items():
            if tag != original:
                file.refuse(
                    ArticleError("the article it translates is refused", where=file.name, mend="Mend that file first")
                )
    return files


def family(batch: Import, slug: str, home: HomePage) -> Family:
    """What was chosen of one article, read again; a `LoaError` when nothing can be made of it."""
    files = list(batch.files.filter(slug=slug, chosen=True, result=""))
    pictures = _pictures(batch, files)
    by_language = {file.lang: (file, _article(file, pictures)) for file in files}
    page = found_page(home, slug)
    if page is None and "vi" not in by_language and batch.files.filter(slug=slug, lang="vi").exists():
        raise ArticleError("the article itself is not chosen", mend="Choose it with its translations")
    return Family(
        _source({tag: article for tag, (_file, article) in by_language.items()}, page),
        {tag: file for tag, (file, _read) in by_language.items()},
    )


def _source(by_language: dict[str, Article], page: PolicyArticlePage | None) -> Source:
    """The article first: from its file, else from the page that is there."""
    rest = dict(by_language)
    if page is not None:
        there = source_page(page)
        first = rest.pop(there.locale.language_code, None) or there.get_latest_revision_as_object().as_article()
    elif "vi" in rest:
        first = rest.pop("vi")
    elif len(rest) == 1:
        first = rest.popitem()[1]
    else:
        raise ArticleError("None of these files is the article in Vietnamese")
    return Source(first, dict(rest))


def _without_doubles(files: Iterable[ImportedFile]) -> list[ImportedFile]:
    first: dict[str, ImportedFile] = {}
    for file in files:
        earlier = first.setdefault(file.lang, file)
        if earlier is not file:
            file.refuse(
                ArticleError(
                    f"{earlier.name} is the same article in the same language",
                    where=file.name,
                    mend="Bring one of the two",
                )
            )
    return list(first.values())


def _article(file: ImportedFile, pictures: Mapping[str, Path]) -> Article:
    """The article of a stored file; its place in messages is the name its owner knows."""
    path = file.batch.folder / file.stored
    try:
        article = replace(read_article(path), source=None)
    except LoaError as error:
        where = error.where.replace(str(path), file.name, 1)
        raise type(error)(error.what.replace(str(path), file.name), where=where, mend=error.mend) from None
    found = {}
    for picture in pictures_of(article):
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(file.name), picture.file))
        for name in (beside, PurePosixPath(picture.file).name):
            if name in pictures:
                found[PurePosixPath(picture.file).name] = pictures[name]
                break
    return with_paths(article, found)


def _pictures(batch: Import, files: Iterable[ImportedFile]) -> dict[str, Path]:
    """The batch's pictures by their full names, and by their last part where it is the only one."""
    if not any(True for _file in files):
        return {}
    rows = batch.files.filter(Q(verdict=Verdict.PICTURE)).values_list("name", "stored")
    full = {name: batch.folder / stored for name, stored in rows}
    short: dict[str, list[Path]] = defaultdict(list)
    for name, path in full.items():
        short[PurePosixPath(name).name].append(path)
    return {name: paths[0] for name, paths in short.items() if len(paths) == 1} | full


def _placed(error: LoaError, file: ImportedFile) -> LoaError:
    where = error.where or file.name
    return type(error)(error.what, where=where if file.name in where else f"{file.name}: {where}", mend=error.mend)
