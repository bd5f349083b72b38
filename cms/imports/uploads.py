"""Takes uploaded files and archives apart into a folder: bounded, and never by a name from outside."""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings

from cms.imports.enums import Verdict
from cms.imports.models import Import, ImportedFile
from render.errors import ArticleError, LoaError
from render.markdown import LARGEST_FILE as LARGEST_ARTICLE
from render.photo import LARGEST_FILE as LARGEST_PICTURE

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"})
MOST_FILES = 12_000
MOST_BYTES = 1_500_000_000  # of all files together, unpacked
_CHUNK = 1 << 16
# What programs put beside people's files.
_NOISE = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
_ENCRYPTED = 0x1


def is_picture(name: str) -> bool:
    """Whether a file is a picture of an article, by its name."""
    return PurePosixPath(name).suffix.lower() in PICTURES


def receive(batch: Import, uploads: Iterable[Any]) -> None:
    """Write what was uploaded into the batch's folder, a row for each file; what cannot be taken is a refused row."""
    shelf = _Shelf(batch)
    for upload in uploads:
        name = _clean(upload.name or "")
        if PurePosixPath(name).suffix.lower() == ".zip":
            _unpack(shelf, name, upload)
        else:
            shelf.put(name, upload)
    shelf.keep()


def _unpack(shelf: _Shelf, name: str, upload: IO[bytes]) -> None:
    try:
        archive = zipfile.ZipFile(upload)
    except (zipfile.BadZipFile, ValueError, OSError):
        shelf.refuse(name, ArticleError("the file is no ZIP archive", mend="Make the archive anew"))
        return
    with archive:
        if len(archive.infolist()) > MOST_FILES:
            shelf.refuse(
                name,
                ArticleError(f"the archive holds more than {MOST_FILES} files", mend="Split it"),
            )
            return
        files = [info for info in archive.infolist() if not (info.is_dir() or _is_noise(info.filename))]
        if not files:
            shelf.refuse(name, ArticleError("there is no file in the archive", mend="Put the articles into it"))
        for info in files:
            try:
                inside = _inside(info)
            except LoaError as error:
                shelf.refuse(f"{name}/{_clean(info.filename)}", error)
                continue
            try:
                with archive.open(info) as stream:
                    shelf.put(inside, stream)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
                shelf.refuse(inside, ArticleError("the file in the archive is damaged", mend="Make the archive anew"))


def _inside(info: zipfile.ZipInfo) -> str:
    """The name of a file in an archive as we know it; an `ArticleError` for one that leads out of it."""
    if info.flag_bits & _ENCRYPTED:
        raise ArticleError("the file in the archive is locked with a password", mend="Make the archive without one")
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        raise ArticleError("the file in the archive is a link to another one", mend="Put the file itself there")
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in info.filename:
        raise ArticleError("the name in the archive leads out of it", mend="Make the archive anew")
    return _clean(str(path))


def _is_noise(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return bool(_NOISE & set(parts)) or (bool(parts) and parts[-1].startswith("._"))


def _clean(name: str) -> str:
    """A name to show and to compare: composed letters, nothing that controls a screen."""
    shown = "".join(sign for sign in unicodedata.normalize("NFC", name) if unicodedata.category(sign)[0] != "C")
    return shown[-400:] or "?"


class _Shelf:
    """The batch's folder while it is filled: counts files and bytes, and knows the names that are there."""

    def __init__(self, batch: Import) -> None:
        self._batch = batch
        self._folder = batch.folder
        self._names: set[str] = set()
        self._rows: list[ImportedFile] = []
        self._bytes = 0

    def put(self, name: str, stream: IO[bytes]) -> None:
        """Write one file under a number; refuse it when it is too large, of another kind, or there already."""
        try:
            most = self._most(name)
            if name in self._names:
                raise ArticleError("two files have this name", mend="Bring each file once")
            if len(self._names) >= MOST_FILES:
                raise ArticleError(f"there are more than {MOST_FILES} files", mend="Bring them in several goes")
            self._names.add(name)
            stored = f"{len(self._names)}{PurePosixPath(name).suffix.lower()}"
            self._write(self._folder / stored, stream, most)
        except LoaError as error:
            self.refuse(name, error)
            return
        verdict = Verdict.PICTURE if is_picture(name) else Verdict.WAITING
        self._rows.append(ImportedFile(batch=self._batch, name=name, stored=stored, verdict=verdict))

    def refuse(self, name: str, error: LoaError) -> None:
        """A row that says why."""
        row = ImportedFile(batch=self._batch, name=name[-400:])
        row.refuse(ArticleError(error.what, where=name, mend=error.mend))
        self._rows.append(row)

    def keep(self) -> None:
        """All rows at once."""
        ImportedFile.objects.bulk_create(self._rows, batch_size=500)

    def _most(self, name: str) -> int:
        if is_picture(name):
            return LARGEST_PICTURE
        if PurePosixPath(name).suffix.lower() == ".md":
            return min(LARGEST_ARTICLE, settings.ARTICLE_UPLOAD_MAX_BYTES)
        raise ArticleError("the file is neither an article nor a picture", mend="Bring .md, .jpg, .png, .webp or .tif")

    def _write(self, path: Path, stream: IO[bytes], most: int) -> None:
        """As many bytes as are allowed, counted as they come: what an archive says of their number proves nothing."""
        with path.open("wb") as out:
            written = 0
            for chunk in _chunks(stream):
                written += len(chunk)
                self._bytes += len(chunk)
                if written > most:
                    raise ArticleError(
                        f"the file is larger than {most // 1_000_000} MB", mend="An article is a page or two of text"
                    )
                if self._bytes > MOST_BYTES:
                    raise ArticleError("the files are too large together", mend="Bring them in several goes")
                out.write(chunk)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
