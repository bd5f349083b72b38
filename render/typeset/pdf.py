"""Finished PDFs read back: their pages as pixels, their words, their fonts and what they claim to be."""

from __future__ import annotations

import io
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from render.late import Late

if TYPE_CHECKING:
    import pikepdf
    import pypdfium2
else:
    pikepdf = Late("pikepdf")
    pypdfium2 = Late("pypdfium2")

# The library behind pypdfium2 keeps global state and may be called by one thread at a time.
one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Claims:
    """What a PDF says of itself."""

    pages: int
    page_sizes_mm: tuple[tuple[float, float], ...]
    pdfa: str  # "2U", "" for none
    pdfua: str  # "1", "" for none
    tagged: bool
    lang: str
    title: str
    bookmarks: int
    loose_fonts: tuple[str, ...]  # fonts that are not embedded


def page_pictures(pdf: bytes, *, ppi: float, grey: bool = False) -> list[Image.Image]:
    """Each page as a picture in RGB or, for the gates, in grey at a third of the cost."""
    with one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            pages = []
            for page in document:
                bitmap = page.render(scale=ppi / 72, rev_byteorder=True, grayscale=grey)
                picture = bitmap.to_pil()
                pages.append(picture.copy() if grey else picture.convert("RGB"))
                page.close()
            return pages
        finally:
            document.close()


def drawing(pdf: bytes) -> Image.Image:
    """The one page of a drawing, a point a pixel, in RGBX as the library paints it: no copy is made."""
    with one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            page = document[0]
            picture: Image.Image = page.render(
                rev_byteorder=True, prefer_bgrx=True, may_draw_forms=False, draw_annots=False
            ).to_pil()
            page.close()
            return picture
        finally:
            document.close()


@dataclass(frozen=True)
class Line:
    """A run of words where it stands on its page, in millimetres from the upper left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Heading:
    """A bookmark: a heading's words, its level (0 the title's), its page, and its upper left corner in millimetres."""

    text: str
    level: int
    page: int
    left: float
    top: float


def text_lines(pdf: bytes) -> tuple[list[tuple[float, float]], list[Line], list[Heading]]:
    """The sizes of a PDF's pages in millimetres, every run of words on them, and the headings among these."""
    mm = 25.4 / 72
    with one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            sizes, lines = [], []
            for number, page in enumerate(document):
                width, height = page.get_size()
                sizes.append((width * mm, height * mm))
                words = page.get_textpage()
                for index in range(words.count_rects()):
                    left, low, right, high = words.get_rect(index)
                    lines.append(Line(number, left * mm, (height - high) * mm, right * mm, (height - low) * mm))
                words.close()
                page.close()
            headings = []
            for item in document.get_toc():
                dest = item.get_dest()
                if dest is None:
                    continue
                _, view = dest.get_view()
                page_number = dest.get_index()
                left, top = [*view, 0, 0][:2]
                headings.append(
                    Heading(item.get_title(), item.level, page_number, left * mm, sizes[page_number][1] - top * mm)
                )
            return sizes, lines, headings
        finally:
            document.close()


def page_parts(pdf: bytes, boxes_mm: Sequence[Sequence[float]], *, ppi: float) -> list[Image.Image]:
    """A part of each page (left, top, right, bottom) as a grey picture, at a fraction of what the page costs."""
    with one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            pictures = []
            for page, box in zip(document, boxes_mm, strict=False):
                left, top, right, bottom = (side / 25.4 * 72 for side in box)
                width, height = page.get_size()
                cut = (max(0, left), max(0, height - bottom), max(0, width - right), max(0, top))
                pictures.append(page.render(scale=ppi / 72, grayscale=True, crop=cut).to_pil().copy())
                page.close()
            return pictures
        finally:
            document.close()


def attachment(pdf: bytes) -> bytes:
    """The file that a PDF carries."""
    with one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return bytes(document.get_attachment(0).get_data())
        finally:
            document.close()


def page_texts(pdf: bytes) -> list[str]:
    """The words of each page in the order a reader's machine meets them."""
    with one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            texts = []
            for page in document:
                words = page.get_textpage()
                texts.append(words.get_text_range())
                words.close()
                page.close()
            return texts
        finally:
            document.close()


# A letter whose mark has no precomposed form is drawn with two glyphs; the reader gives the pair once for each.
_TWICE = re.compile(r"(\w[\u0300-\u036f]+)\1+")
_UNSEEN = frozenset("\u200b\u2060\u00ad\ufffe\ufeff\x02")


def comparable(text: str) -> str:
    """Text as it is compared with what was meant: NFC, no breaks, no invisible letters, no case."""
    text = unicodedata.normalize("NFC", text).casefold()
    return _TWICE.sub(r"\1", "".join(letter for letter in text if not letter.isspace() and letter not in _UNSEEN))


def claims(pdf: bytes) -> Claims:
    """What a PDF claims and holds."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        with document.open_metadata() as metadata:
            part, level = metadata.get("pdfaid:part", ""), metadata.get("pdfaid:conformance", "")
            pdfua, title = metadata.get("pdfuaid:part", ""), metadata.get("dc:title", "")
        root: Any = document.Root
        with document.open_outline() as outline:
            bookmarks = sum(1 + len(item.children) for item in outline.root)
        return Claims(
            pages=len(document.pages),
            page_sizes_mm=tuple(
                (round(float(page.mediabox[2]) / 72 * 25.4, 1), round(float(page.mediabox[3]) / 72 * 25.4, 1))
                for page in document.pages
            ),
            pdfa=f"{part}{level}",
            pdfua=str(pdfua),
            tagged=bool(root.get("/MarkInfo", {}).get("/Marked", False)),
            lang=str(root.get("/Lang", "")),
            title=str(title),
            bookmarks=bookmarks,
            loose_fonts=tuple(sorted(loose_fonts(document))),
        )


def loose_fonts(document: pikepdf.Pdf) -> set[str]:
    """The fonts of a document that are not embedded."""
    found = set()
    for item in document.objects:
        if not isinstance(item, pikepdf.Dictionary) or item.get("/Type") != "/FontDescriptor":
            continue
        if not any(key in item for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            found.add(str(item.get("/FontName", "?")))
    return found
