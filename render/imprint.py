"""The imprint: what the law wants printed on every sheet from a print shop, told by the office that has the licence."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.errors import ImprintError
from render.phrases import vietnamese_date

LONGEST = 160  # letters of one field: the block is small print at the foot of a page
KINDS = {"tai-lieu": "Tài liệu", "sach": "Sách"}


@dataclass(frozen=True)
class Imprint:
    """Who allowed a print run, how large it is, and who prints it. Nothing of it is ever made up."""

    licence: str  # "123/GP-SVHTTDL"
    licensed_by: str  # the body that gave the licence
    licensed_on: dt.date
    print_run: int  # copies
    printer: str
    printer_address: str
    deposited: str = ""  # "quý III năm 2025": printed and deposited
    responsible: str = ""  # who answers for what is printed
    funding: str = ""  # who paid, where that must be said
    kind: str = "tai-lieu"  # or "sach"

    def lines(self, format_cm: str) -> list[str]:
        """The block as it is printed; in Vietnamese on every sheet, for it is addressed to authorities."""
        run = f"{self.print_run:,}".replace(",", ".")
        responsible = [f"Chịu trách nhiệm nội dung: {self.responsible}."] if self.responsible else []
        deposited = [f"In xong và nộp lưu chiểu {self.deposited}."] if self.deposited else []
        funding = [f"{self.funding.rstrip('.')}."] if self.funding else []
        return [
            *responsible,
            f"Giấy phép xuất bản số {self.licence} do {self.licensed_by} cấp ngày {vietnamese_date(self.licensed_on)}.",
            f"In {run} bản, khổ {format_cm}, tại {self.printer}, {self.printer_address}.",
            *deposited,
            *funding,
            f"{KINDS[self.kind]} không bán.",
        ]


_FIELDS = {field.name: field for field in dataclasses.fields(Imprint)}
_REQUIRED = tuple(name for name, field in _FIELDS.items() if field.default is dataclasses.MISSING)
_EXAMPLES = {
    "licence": '"…/GP-…"',
    "licensed_by": '"Sở …"',
    "licensed_on": "2025-09-01",
    "print_run": "5000",
    "printer": '"Công ty in …"',
    "printer_address": '"Số …, đường …"',
}


def read_imprint(path: Path) -> Imprint:
    """The imprint of a TOML file; an `ImprintError` names the field that is missing or wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ImprintError("there is no such file of an imprint", where=str(path)) from None
    except OSError as error:
        raise ImprintError(f"the imprint cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise ImprintError("the file is not UTF-8", where=str(path), mend="Save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ImprintError(f"the file is not TOML: {error}", where=str(path), mend="Correct that line") from None
    return imprint_from(table, where=str(path))


def imprint_from(table: Mapping[str, Any], *, where: str) -> Imprint:
    """The imprint of a table of fields."""
    for name in table:
        if name not in _FIELDS:
            raise ImprintError(
                f"an imprint has no field {name!r}", where=where, mend="The fields are: " + ", ".join(_FIELDS)
            )
    for name in _REQUIRED:
        if table.get(name) in (None, ""):
            raise ImprintError(
                f"the imprint does not say {name!r}, and no print PDF is made without it",
                where=where,
                mend=f"Add {name} = {_EXAMPLES[name]} as it stands in the licence or the contract",
            )
    return Imprint(**{name: _value(name, value, f"{where}: {name}") for name, value in table.items()})


def _value(name: str, value: Any, where: str) -> Any:
    if name == "licensed_on":
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise ImprintError("this is no date", where=where, mend="Write it like 2025-09-01, without quotes")
        return value
    if name == "print_run":
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 100_000_000:
            raise ImprintError("this is no number of copies", where=where, mend="Write a whole number, like 5000")
        return value
    if not isinstance(value, str):
        raise ImprintError("this must be text", where=where, mend="Put it in double quotes")
    text = unicodedata.normalize("NFC", value.strip())
    if name == "kind" and text not in KINDS:
        raise ImprintError(f"{text!r} is no kind of sheet", where=where, mend="The kinds are: " + ", ".join(KINDS))
    if name in _REQUIRED and not text:
        raise ImprintError("this is empty", where=where, mend=f"Write it like {_EXAMPLES[name]}")
    if len(text) > LONGEST or any(unicodedata.category(one) in {"Cc", "Cf", "Co", "Cs", "Cn"} for one in text):
        raise ImprintError(
            "this is too long or holds characters that cannot be printed",
            where=where,
            mend=f"Use one line of at most {LONGEST} letters",
        )
    return text
