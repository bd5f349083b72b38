"""Offices: provinces and communes with their contact blocks, read from a TOML file."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from render.edition import Office
from render.errors import OfficeError
from render.local import checked_stories, office_logo

KINDS = {"tinh": "tỉnh", "thanh-pho": "thành phố", "xa": "xã", "phuong": "phường", "dac-khu": "đặc khu"}
UNIT = ("name", "unit", "kind")  # who the office is
CONTACT = ("address", "hotline", "email")
CHANGES = (*CONTACT, "logo", "story")  # what an office may put in place of the nation's; all else is locked
_CODE = re.compile(r"[0-9]{2}(\.[0-9]{5})?")
LONGEST = 200  # characters of one field: it must fit the contact block


def read_offices(path: Path) -> dict[str, Office]:
    """The offices of a file by code, in its order; an `OfficeError` names the table that is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise OfficeError("there is no such file of offices", where=str(path)) from None
    except OSError as error:
        raise OfficeError(f"the file of offices cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise OfficeError("the file is not UTF-8", where=str(path), mend="Save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise OfficeError(f"the file is not TOML: {error}", where=str(path), mend="Correct that line") from None
    return {code: _office(code, table, f"{path}: [{code}]", path) for code, table in tables.items()}


def office(offices: Mapping[str, Office], code: str) -> Office:
    """The office of a code; an `OfficeError` that names near ones when there is none."""
    if code in offices:
        return offices[code]
    names = {_plain(one.unit): one for one in offices.values()}
    if code.isascii() and code.isdigit() and len(code) <= 2:
        near = sorted(offices.values(), key=lambda one: abs(int(one.code[:2]) - int(code)))[:2]
    else:
        near = [offices[one] for one in difflib.get_close_matches(code, list(offices), n=3, cutoff=0.5)]
    near += [one for name, one in names.items() if _plain(code) and _plain(code) in name and one not in near]
    listed = ", ".join(f"{one.code} ({one.unit})" for one in (near or list(offices.values()))[:5])
    more = "" if near or len(offices) <= 5 else ", …"
    mend = f"{'Did you mean' if near else 'The codes are'}: {listed}{more}" if listed else "The file holds no office"
    raise OfficeError(f"no office has the code {code!r}", mend=mend)


def _office(code: str, table: Any, where: str, path: Path) -> Office:
    if not _CODE.fullmatch(code):
        raise OfficeError(
            f"{code!r} is not an office code",
            where=where,
            mend='Write the two digits of a province, [66], or with a commune\'s five, ["66.24133"]',
        )
    if not isinstance(table, dict):
        raise OfficeError("an office is a table of fields", where=where, mend=f"Write [{code}] and its fields beneath")
    for key, value in table.items():
        if isinstance(value, dict) and key.isdigit():
            raise OfficeError(
                "an office cannot stand inside another",
                where=where,
                mend=f'Quote the commune\'s code: ["{code}.{key}"]',
            )
        if key not in (*UNIT, *CHANGES):
            raise OfficeError(
                f"an office has no field {key!r}",
                where=where,
                mend=f"Besides {', '.join(UNIT)} an office may set {', '.join(CHANGES)}; "
                "what articles say of the law is the same everywhere",
            )
        if key != "story":
            _check_line(key, value, where)
    for key in UNIT:
        if not table.get(key, "").strip():
            raise OfficeError(f"the office has no {key}", where=where, mend=f'Add {key} = "…"')
    if table["kind"] not in KINDS:
        raise OfficeError(
            f"{table['kind']!r} is no kind of unit", where=where, mend="The kinds are: " + ", ".join(KINDS)
        )
    fields = {key: unicodedata.normalize("NFC", table[key].strip()) for key in (*UNIT, *CONTACT) if key in table}
    logo = office_logo(table.get("logo", ""), fields["name"], path, where)
    return Office(code=code, **fields, logo=logo, stories=checked_stories(table.get("story", {}), where))


def _check_line(key: str, value: Any, where: str) -> None:
    if not isinstance(value, str):
        raise OfficeError(f"the field {key!r} must be text", where=where, mend="Put it in double quotes")
    if len(value) > LONGEST or any(unicodedata.category(one) in {"Cc", "Cf", "Co", "Cs"} for one in value):
        raise OfficeError(
            f"the field {key!r} is too long or holds characters that cannot be printed",
            where=where,
            mend=f"Use one line of at most {LONGEST} characters",
        )


def _plain(text: str) -> str:
    """Without accents and case, so that "dak lak" finds Đắk Lắk."""
    letters = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(one for one in letters if not unicodedata.combining(one))
