"""Opens XLSX workbooks that came from outside; the hostile and the damaged are refused before they unfold."""

from __future__ import annotations

import io
import zipfile
import zlib
from enum import Enum

from openpyxl import Workbook, load_workbook

_LARGEST_INSIDE = 40_000_000  # bytes of all members, unpacked
_MOST_MEMBERS = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MACROS = ("vbaproject.bin", "macrosheets/", "activex/", "externallinks/", "embeddings/")


class Fault(Enum):
    """Why a workbook is refused."""

    LARGE = "too large when unpacked"
    MACROS = "holds macros or parts of other files"
    ENTITIES = "defines entities of its own"
    DAMAGED = "no workbook, or a damaged one"


class WorkbookError(Exception):
    """A file that is not opened; each importer says it in its own words."""

    def __init__(self, fault: Fault, kind: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.kind = kind  # the name of what openpyxl raised, for the message


def plain_cell(text: str) -> str:
    """Text for a table of ours: a spreadsheet takes a cell that begins so for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def bare_cell(text: str) -> str:
    """The text that `plain_cell` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def open_workbook(content: bytes, *, data_only: bool = False) -> Workbook:
    """A workbook to read row by row; a `WorkbookError` for a bomb, macros, XML entities and what is no workbook."""
    _refuse_hostile(content)
    try:
        return load_workbook(io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False)
    except Exception as error:  # noqa: BLE001  # whatever openpyxl meets in a file from outside, the file is at fault
        raise WorkbookError(Fault.DAMAGED, type(error).__name__) from None


def _refuse_hostile(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS or sum(one.file_size for one in members) > _LARGEST_INSIDE:
                raise WorkbookError(Fault.LARGE)
            for member in members:
                if any(word in member.filename.lower() for word in _MACROS):
                    raise WorkbookError(Fault.MACROS)
                with archive.open(member) as file:  # the directory only claims its sizes
                    data = file.read(_LARGEST_INSIDE + 1)
                if len(data) > member.file_size:
                    raise WorkbookError(Fault.LARGE)
                if member.filename.lower().endswith((".xml", ".rels", ".vml")) and _has_entities(data):
                    raise WorkbookError(Fault.ENTITIES)
    # An unknown compression is a NotImplementedError, an encrypted member a RuntimeError.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise WorkbookError(Fault.DAMAGED, type(error).__name__) from None


def _has_entities(data: bytes) -> bool:
    """Whether XML brings a document type; in UTF-16 too, which would hide the words."""
    plain = data.replace(b"\0", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain
