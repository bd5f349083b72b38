"""The scripts of pages: objects named by their content, so that a page runs the script it was written for or none."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from render.communes import communes, communes_of, former_names, old_communes, search_key
from render.pagewords import place_name
from render.paths import TEMPLATES

_FOLDER = TEMPLATES / "pages"
_KINDS = {"xa": "", "phuong": "*", "dac-khu": "!"}
_OLD_KINDS = {"Xã": "", "Phường": "*", "trấn": "^"}
_FORMER_KINDS = {"Tỉnh": "%", "Thành phố": "+", "Quận": "/", "Thị xã": "=", "Huyện": "~"}
_MOST_OLD = 300  # names of old that one file holds: some 5 KB
_MOST_LETTERS = 6


@dataclass(frozen=True)
class Script:
    """A script, or what one loads: its key in the bucket, its bytes, and the digest by which a browser knows it."""

    name: str
    key: str
    body: bytes
    integrity: str


@functools.cache
def scripts() -> Mapping[str, Script]:
    """By name: `loa` for operators, `sheets` for offices, `places` for the choice of a commune, and what that loads."""
    bodies = {
        "loa": _written("taken.js") + _written("loa.js"),
        "sheets": _written("taken.js") + _written("sheets.js"),
        "places": _places() + _written("places.js"),
    }
    return {**{name: _script(name, body) for name, body in bodies.items()}, **_old_names()}


def _written(name: str) -> bytes:
    """A file of scripts without its comments and its indents."""
    lines = (line.strip() for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//")).encode()


def _script(name: str, body: bytes) -> Script:
    digest = hashlib.sha384(body).digest()
    return Script(f"{name}.js", f"s/{name}.{digest.hex()[:16]}.js", body, f"sha384-{base64.b64encode(digest).decode()}")


@functools.cache
def _old_names() -> Mapping[str, Script]:
    """Communes and districts before 2025-07-01 by the first letters of what they are found by: a phone loads one.

    Of a district: its name, then in turn a name and where it is now, as codes in base 36. The name "" is the district
    itself. What kept its name is found without.
    """
    units = {one.code: search_key(one.unit) for one in communes()}
    moved: list[tuple[str, str, str, str]] = []  # what it is found by, its district, its name, where it is now
    for old in old_communes():
        kind, _, name = old.name.removeprefix("Thị ").partition(" ")
        for code in old.codes:
            moved.append((search_key(old.district), old.district, "", code))
            if units[code] != search_key(old.name):
                moved.append((search_key(old.name), old.district, _OLD_KINDS[kind] + name, code))
    bodies = {letters.replace(" ", "_"): _by_district(rows) for letters, rows in _apart(moved, 2)}
    digest = hashlib.sha256(b"".join(bodies.values())).hexdigest()[:16]
    keys = {letters: f"s/cu.{digest}.{letters}.json" for letters in bodies}
    return {f"cu.{letters}": Script(f"cu.{letters}.json", keys[letters], body, "") for letters, body in bodies.items()}


def _apart(
    rows: Sequence[tuple[str, str, str, str]], letters: int
) -> Iterator[tuple[str, Sequence[tuple[str, str, str, str]]]]:
    """By their first letters; by one more where there are many, so that none is dear on a slow line."""
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for row in rows:
        found.setdefault(row[0][:letters], []).append(row)
    for first, mine in sorted(found.items()):
        if len(mine) > _MOST_OLD and letters < _MOST_LETTERS:
            yield from _apart(mine, letters + 1)
        else:
            yield first, mine


def _by_district(rows: Sequence[tuple[str, str, str, str]]) -> bytes:
    found: dict[str, dict[str, list[str]]] = {}
    for _, district, name, code in rows:
        found.setdefault(district, {}).setdefault(name, []).append(_base36(int(code)))
    told = [[district, *_in_turn(names)] for district, names in sorted(found.items())]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _in_turn(names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, codes in names.items():
        yield name
        yield ",".join(dict.fromkeys(codes))


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (_base36(number // 36) if number >= 36 else "") + digits[number % 36]


def _places() -> bytes:
    """Every commune and every name of old, as short as a phone on a slow line needs it.

    Of a province: its code, its communes (a sign for the kind, the name, how far its code is from the one before), and
    what was there before.
    """
    former: dict[str, list[str]] = {}
    for old in former_names():
        kind = next(kind for kind in _FORMER_KINDS if old.name.startswith(f"{kind} "))
        former.setdefault(old.province, []).append(_FORMER_KINDS[kind] + old.name.removeprefix(f"{kind} "))
    rows = []
    for code, mine in sorted(communes_of().items()):
        before = 0
        listed = []
        for one in mine:
            listed.append(f"{_KINDS[one.kind]}{place_name(one.unit)[0]}|{int(one.code) - before}")
            before = int(one.code)
        rows.append([code, ";".join(listed), ";".join(former.get(code, ()))])
    shelved = _old_names()
    known = {"at": next(iter(shelved.values())).key[2:].rsplit(".", 2)[0], "by": " ".join(name[3:] for name in shelved)}
    said = {"LOA_PLACES": rows, "LOA_OLD": known}
    return "".join(
        f"var {name}={json.dumps(value, ensure_ascii=False, separators=(',', ':'))};\n" for name, value in said.items()
    ).encode()
