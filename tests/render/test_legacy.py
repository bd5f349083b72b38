"""Texts typed for old 8-bit fonts."""

# ruff: noqa: E501
# Whole files read better on one line.

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.fixing import fix_file
from render.legacy import CONCERNED, convert, detect
from render.markdown import parse_article


@pytest.mark.parametrize(
    ("tag", "old", "new"),
    [
        ("jra", "[uôn", "ƀuôn"),
        ("jra", "{uôn", "Ƀuôn"),
        ("jra", "]ar", "čar"),
        ("rad", "o\\", "ŏ"),
        ("rad", "mơ\\ng", "mơ\u0306ng"),
        ("rad", "k^", "kĭ"),
        ("jra", "`u", "ñu"),
        ("jra", "~u", "Ñu"),
        ("bdq", "ê#k", "ê\u0306k"),
        ("jra", "[ơi ]ih hăng **[uôn** {{ tuoi }}", "ƀơi čih hăng **ƀuôn** {{ tuoi }}"),
    ],
)
def test_old_letters_are_found_and_turned_into_real_ones(tag: str, old: str, new: str) -> None:
    assert detect(old, tag)
    assert convert(old, tag) == new
    assert not detect(convert(old, tag), tag)


@pytest.mark.parametrize(
    "text",
    [
        "Ană plơi ƀuôn čar",
        "[Jrai](https://vss.gov.vn/a_b)",
        "hăng {{ tuoi }} thun",
        "{{ tuoi @2025-06-30 }}",
        "`1900 9068`",
        "kâo [đưm] anai",
        "số \\#1, \\*sao\\*, 1\\. một",
        "1 + 2 = 3 # 4 ~ 5",
        "C#",
    ],
)
def test_what_is_markdown_or_real_is_left_alone(text: str) -> None:
    assert not detect(text, "jra")


def test_other_languages_are_not_concerned() -> None:
    assert "vi" not in CONCERNED
    assert not detect("[uôn", "vi")
    assert convert("[uôn", "vi") == "[uôn"


def test_a_whole_file_keeps_its_marks(tmp_path: Path) -> None:
    old = '---\nslug: a\nlang: jra\ntitle: "[uôn {{ tuoi }}"\nsummary: "]ar"\n---\n## {uôn {#so .figures}\n- {{ muc }} : ]ar\n'
    (tmp_path / "a.md").write_text(old, encoding="utf-8")
    new = fix_file(tmp_path / "a.md").after
    assert (
        new
        == '---\nslug: a\nlang: jra\ntitle: "ƀuôn {{ tuoi }}"\nsummary: "čar"\n---\n## Ƀuôn {#so .figures}\n- {{ muc }} : čar\n'
    )
    assert parse_article(new).blocks[0].id == "so"


@given(st.text(alphabet="aouơêôkngƀ[^~# ", max_size=30))
def test_nothing_old_is_left_after_converting(text: str) -> None:
    assert not detect(convert(text, "rad"), "rad")
