"""The communes of today and the names people still search for, as read from `assets/places`."""

from __future__ import annotations

import dataclasses
import functools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from render.edition import Office
from render.errors import OfficeError
from render.paths import ASSETS

_PLACES = ASSETS / "places"
_PREFIXES = ("tinh", "thanh pho", "quan", "huyen", "thi xa", "xa", "phuong", "dac khu", "thi tran")


@dataclass(frozen=True)
class Commune:
    """A commune, ward or special zone since 2025-07-01."""

    code: str  # five digits, as Quyết định 19/2025/QĐ-TTg numbers them
    kind: str  # xa, phuong, dac-khu
    unit: str  # "Xã Ea Knốp"
    province: str  # two digits

    @property
    def office(self) -> str:
        """The code of its office: "66.24133"."""
        return f"{self.province}.{self.code}"


@dataclass(frozen=True)
class Former:
    """A province or district that is no more; `province` is the code of the one that holds the place today."""

    name: str
    kind: str  # tinh, huyen
    province: str


@dataclass(frozen=True)
class OldCommune:
    """A commune that was before 2025-07-01."""

    name: str
    district: str
    codes: tuple[str, ...]  # of the communes of today that hold its ground, the one with most of it first


@functools.cache
def communes() -> tuple[Commune, ...]:
    """All communes, by code."""
    return tuple(Commune(*row) for row in _rows(_PLACES / "communes.tsv", 4))


@functools.cache
def communes_of() -> Mapping[str, tuple[Commune, ...]]:
    """The communes of each province, by its code."""
    found: dict[str, list[Commune]] = {}
    for one in communes():
        found.setdefault(one.province, []).append(one)
    return {code: tuple(mine) for code, mine in found.items()}


@functools.cache
def former_names() -> tuple[Former, ...]:
    """Names before 2025-07-01 that are no unit's name today."""
    return tuple(Former(*row) for row in _rows(_PLACES / "former.tsv", 3))


@functools.cache
def old_communes() -> tuple[OldCommune, ...]:
    """Every commune before 2025-07-01, those that kept their name too."""
    rows = _rows(_PLACES / "old-communes.tsv", 3)
    return tuple(OldCommune(name, district, tuple(codes.split(","))) for name, district, codes in rows)


def office_of(commune: Commune, offices: Mapping[str, Office]) -> Office:
    """The commune's own contact block, else its province's under the commune's name."""
    own = offices.get(commune.office)
    if own is not None:
        return own
    above = offices.get(commune.province)
    if above is None:
        return Office(commune.office, commune.unit, commune.unit, commune.kind)
    return dataclasses.replace(above, code=commune.office, unit=commune.unit, kind=commune.kind, logo=None, stories=())


def with_communes(offices: Mapping[str, Office]) -> dict[str, Office]:
    """The offices, and after them one for each commune of their provinces that has none."""
    derived = (one for one in communes() if one.province in offices and one.office not in offices)
    return {**offices, **{one.office: office_of(one, offices) for one in derived}}


def search_key(text: str) -> str:
    """What a name is found by: without accents, case, punctuation and the word for the kind of unit."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower().replace("đ", "d"))
    kept = "".join(one if one.isalnum() else " " for one in letters if not unicodedata.combining(one))
    words = " ".join(kept.split())
    for prefix in _PREFIXES:
        if words.startswith(f"{prefix} ") and not words[len(prefix) + 1 :].isdigit():  # "Quận 1" is found as it is
            return words[len(prefix) + 1 :]
    return words


def find(text: str) -> Iterator[Commune | Former]:
    """Communes and former units of that name: the whole name first, then those that begin with it, then the rest."""
    wanted = search_key(text)
    if not wanted:
        return
    every: Sequence[tuple[str, Commune | Former]] = _searchable()
    yield from (one for key, one in every if key == wanted)
    yield from (one for key, one in every if key != wanted and key.startswith(wanted))
    yield from (one for key, one in every if f" {wanted}" in key)


@functools.cache
def _searchable() -> tuple[tuple[str, Commune | Former], ...]:
    return (
        *((search_key(one.unit), one) for one in communes()),
        *((search_key(one.name), one) for one in former_names()),
    )


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    """The rows of a table after its comments and its heading."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for number, line in enumerate(lines[1:], 2):
        row = [unicodedata.normalize("NFC", " ".join(cell.split())) for cell in line.split("\t")]
        if len(row) != columns or not all(row):
            raise OfficeError("a row of the table of places is broken", where=f"{path.name}: {number}", mend="Mend it")
        yield row
