"""The scripts of pages: objects named by their content, so that a page runs the script it was written for or none."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from render.communes import communes_of, former_names
from render.pagewords import place_name
from render.paths import TEMPLATES

_FOLDER = TEMPLATES / "pages"
_KINDS = {"xa": "", "phuong": "*", "dac-khu": "!"}


@dataclass(frozen=True)
class Script:
    """A script: its key in the bucket, its bytes, and the digest by which a browser knows it."""

    name: str
    key: str
    body: bytes
    integrity: str


@functools.cache
def scripts() -> Mapping[str, Script]:
    """By name: `loa` for operators, `sheets` for offices, `places` for the choice of a commune."""
    taken = (_FOLDER / "taken.js").read_bytes()
    bodies = {
        "loa": taken + (_FOLDER / "loa.js").read_bytes(),
        "sheets": taken + (_FOLDER / "sheets.js").read_bytes(),
        "places": _places() + (_FOLDER / "places.js").read_bytes(),
    }
    return {name: _script(name, body) for name, body in bodies.items()}


def _script(name: str, body: bytes) -> Script:
    digest = hashlib.sha384(body).digest()
    return Script(f"{name}.js", f"s/{name}.{digest.hex()[:16]}.js", body, f"sha384-{base64.b64encode(digest).decode()}")


def _places() -> bytes:
    """Every commune and every name of old, as short as a phone on a slow line needs it.

    Of a province: its code, its communes (a sign for the kind, the name, how far its code is from the one before), and
    what was there before.
    """
    former: dict[str, list[str]] = {}
    for old in former_names():
        former.setdefault(old.province, []).append(old.name)
    rows = []
    for code, mine in sorted(communes_of().items()):
        before = 0
        listed = []
        for one in mine:
            listed.append(f"{_KINDS[one.kind]}{place_name(one.unit)[0]}|{int(one.code) - before}")
            before = int(one.code)
        rows.append([code, ";".join(listed), ";".join(former.get(code, ()))])
    return f"var LOA_PLACES={json.dumps(rows, ensure_ascii=False, separators=(',', ':'))};\n".encode()
