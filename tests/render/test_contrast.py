"""Every theme can be read: contrast measured on finished sheets, and held for every pair the brand lists."""

from __future__ import annotations

import dataclasses
import io
import itertools

import pytest

from render.article import Priority
from render.campaigns import campaigns
from render.edition import with_edition_id
from render.errors import SettingsError
from render.typeset import brand as brands
from render.typeset.brand import brand, colours, look, read_brand, theme, weave
from render.typeset.contrast import LARGE_LEAST, TEXT_LEAST, pairs, ratio
from tests.render.sheets import demo, inputs_of, main_file

THEMES = tuple(brand()["themes"])


def rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def themed(stem: str, name: str):
    edition = demo(stem)
    if name in {"urgent", "normal", "priority"}:
        return with_edition_id(dataclasses.replace(edition, priority=Priority(name), campaign=""))
    return with_edition_id(dataclasses.replace(edition, priority=Priority.NORMAL, campaign=name))


def test_the_ratio_is_that_of_wcag() -> None:
    assert ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert ratio((0x77, 0x77, 0x77), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_every_pair_the_brand_lists_is_readable_in_every_theme(name: str) -> None:
    found = colours(name)
    for kind, least in (("text", TEXT_LEAST), ("large", LARGE_LEAST)):
        for text, ground in brand()["contrast"][kind]:
            assert ratio(rgb(found[text]), rgb(found[ground])) >= least, (name, text, ground)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("stem", ["tro-cap-huu-tri-xa-hoi", "canh-bao-gia-mao-co-quan-bhxh"])
def test_every_letter_of_a_leaflet_can_be_read_on_the_ground_it_stands_on(name: str, stem: str) -> None:
    found = pairs(main_file("leaflet-a4", themed(stem, name)))
    assert len(found) > 4
    assert [pair for pair in found if not pair.enough] == []


def test_letters_that_cannot_be_read_are_seen() -> None:
    import typst

    page = b'#set page(width: 200pt, height: 60pt)\n#text(fill: rgb("#F4B400"), size: 12pt)[sun on white]'
    (found,) = pairs(typst.compile(page, format="pdf"))
    assert found.text == (0xF4, 0xB4, 0x00)
    assert found.ground == (255, 255, 255)
    assert not found.enough


# Themes


def test_there_are_four_campaigns_each_with_a_field_and_a_weave_of_its_own() -> None:
    assert campaigns() == ("huu-tri", "y-te", "hoc-duong", "canh-bao")
    assert len({colours(name)["deep"] for name in (*campaigns(), "normal", "urgent")}) == 6
    assert len({weave(name) for name in (*campaigns(), "normal", "urgent")}) == 6


def test_what_is_urgent_looks_urgent_whatever_its_campaign() -> None:
    assert theme(Priority.URGENT, "y-te") == "urgent"
    assert theme(Priority.NORMAL, "y-te") == "y-te"
    assert theme(Priority.PRIORITY) == "priority"


def test_a_campaign_reaches_the_sheet() -> None:
    edition = themed("bhyt-ho-gia-dinh", "y-te")
    assert inputs_of("leaflet-a4", edition)["theme"] == "y-te"
    assert look("vi", "y-te")["weave"]["shape"] == "lattice"


def test_the_weave_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {**brand(), "weave": {"shape": "none"}}
    monkeypatch.setattr(brands, "brand", lambda: changed)
    assert all(weave(name) == "none" for name in THEMES)


def test_a_theme_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(SettingsError, match=r"no theme 'tet'.*huu-tri"):
        colours("tet")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('depp = "#112233"', "a theme has no 'depp'"),
        ('deep = "teal"', "is no colour"),
        ('weave = "dragons"', "no woven band is called 'dragons'"),
    ],
)
def test_a_theme_may_change_only_what_there_is(tmp_path, line: str, told: str) -> None:
    file = tmp_path / "brand.toml"
    text = brands.BRAND_FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("[themes.normal]\n", f"[themes.normal]\n{line}\n"), encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        read_brand(file)


def test_no_two_bands_look_alike() -> None:
    import typst
    from PIL import Image

    from render.paths import ASSETS

    source = "\n".join(
        [
            '#import "/templates/weave.typ": weave, variants',
            "#set page(width: 300pt, height: 26pt, margin: 0pt)",
            "#let c = (deep: black, sun: yellow, clay: red, paper: white, white: white, ink: black)",
            "#for name in variants.keys() {",
            "  let look = (weave: (shape: name), colours: (deep: 1, clay: 2))",
            "  weave((look: look, c: c, bleed: 0pt, over: (x: 0pt), mono: false), 300pt, 26pt)",
            "  pagebreak(weak: true)",
            "}",
        ]
    )
    drawn = [
        Image.open(io.BytesIO(one)).tobytes() for one in typst.compile(source.encode(), root=str(ASSETS), format="png")
    ]
    assert len(drawn) == 6
    assert all(one != other for one, other in itertools.combinations(drawn, 2))
