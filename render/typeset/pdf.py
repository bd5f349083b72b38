"""Finished PDFs read back: their pages as pixels, their words, their fonts and what they claim to be."""

from __future__ import annotations

import io
import re
import threading
import unicodedata
from dataclasses import dataclass
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image

# The library behind pypdfium2 keeps global state and may be called by one thread at a time.
_one_at_a_time = threading.Lock()


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
    with _one_at_a_time:
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


def page_texts(pdf: bytes) -> list[str]:
    """The words of each page in the order a reader's machine meets them."""
    with _one_at_a_time:
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
            loose_fonts=tuple(sorted(_loose_fonts(document))),
        )


def _loose_fonts(document: pikepdf.Pdf) -> set[str]:
    found = set()
    for item in document.objects:
        if not isinstance(item, pikepdf.Dictionary) or item.get("/Type") != "/FontDescriptor":
            continue
        if not any(key in item for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            found.add(str(item.get("/FontName", "?")))
    return found
