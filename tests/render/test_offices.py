"""Offices and their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import OfficeError
from render.offices import office, read_offices
from render.paths import ASSETS

DEMO = ASSETS / "demo" / "offices.toml"


def test_there_is_an_office_for_each_of_the_34_provinces() -> None:
    offices = read_offices(DEMO)
    assert len(offices) == 34
    assert {one.kind for one in offices.values()} == {"tinh", "thanh-pho"}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("66", "Bảo hiểm xã hội tỉnh Đắk Lắk"),
        ("46", "Bảo hiểm xã hội thành phố Huế"),
        ("79", "Bảo hiểm xã hội Thành phố Hồ Chí Minh"),
        ("01", "Bảo hiểm xã hội thành phố Hà Nội"),
    ],
)
def test_offices_are_named_as_they_call_themselves(code: str, name: str) -> None:
    assert office(read_offices(DEMO), code).name == name


def test_nothing_about_an_office_is_invented() -> None:
    assert {(one.address, one.hotline, one.email) for one in read_offices(DEMO).values()} == {("", "", "")}


@pytest.mark.parametrize(
    ("code", "mend"),
    [("67", "66"), ("dak lak", "66 (Tỉnh Đắk Lắk)"), ("Huế", "46 (Thành phố Huế)"), ("", "The codes are")],
)
def test_an_unknown_code_names_near_ones(code: str, mend: str) -> None:
    with pytest.raises(OfficeError) as caught:
        office(read_offices(DEMO), code)
    assert mend in caught.value.mend


GOOD = '[66]\nname = "BHXH"\nunit = "Tỉnh Đắk Lắk"\nkind = "tinh"\n'


def test_a_commune_has_a_table_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "offices.toml"
    path.write_text(GOOD + GOOD.replace("[66]", '["66.24133"]').replace('"tinh"', '"xa"'), encoding="utf-8")
    assert list(read_offices(path)) == ["66", "66.24133"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (GOOD.replace("[66]", "[dak-lak]"), "'dak-lak' is not an office code"),
        (GOOD + GOOD.replace("[66]", "[66.24133]"), 'Quote the commune\'s code: ["66.24133"]'),
        (GOOD.replace("tinh", "huyen"), "'huyen' is no kind of unit"),
        (GOOD.replace('name = "BHXH"\n', ""), "has no name"),
        (GOOD + 'fax = "1"', "no field 'fax'"),
        (GOOD + "hotline = 19009068", "must be text"),
        (GOOD + 'address = "a\\u202eb"', "cannot be printed"),
        (GOOD + f'address = "{"x" * 201}"', "too long"),
        ("[66", "not TOML"),
        ("66 = 1", "an office is a table"),
    ],
)
def test_a_broken_file_is_refused_with_its_table(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "offices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OfficeError) as caught:
        read_offices(path)
    assert caught.value.where.startswith(str(path))
    assert what in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_bytes(b'[66]\nname = "B\xb6o"')
    for name, what in (("none.toml", "no such file"), ("old.toml", "not UTF-8"), (".", "cannot be read")):
        with pytest.raises(OfficeError, match=what):
            read_offices(tmp_path / name)
