"""Numbers, dates, telephone numbers and links are compared by what they are worth, however they are written."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.parity import differences
from render.quantities import numbers

KHMER = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


@given(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
def test_a_date_is_the_same_in_every_order(day: dt.date) -> None:
    wanted = {str(day.day), str(day.month), str(day.year)}
    for written in (
        f"{day.day:02}/{day.month}/{day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}",
        f"{day.day}-{day.month}-{day.year}",
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.day}/{day.month}/{day.year}".translate(KHMER),
    ):
        assert numbers(f"Từ {written} trở đi") == wanted, written


@given(st.integers(1000, 10**12))
def test_an_amount_is_the_same_with_points_commas_and_khmer_digits(amount: int) -> None:
    points = f"{amount:,}".replace(",", ".")
    assert numbers(points) == numbers(f"{amount:,}") == numbers(points.translate(KHMER)) == {str(amount)}


@pytest.mark.parametrize(
    ("text", "lang", "wanted"),
    [
        ("ថ្ងៃទី១ ខែកក្កដា ឆ្នាំ២០២៥", "km", {"1", "7", "2025"}),
        ("二〇二五年七月一日", "zh-Hant", {"1", "7", "2025"}),
        ("第二十五條 50萬", "zh-Hant", {"25", "500000"}),
        ("1.5萬", "zh-Hans", {"15000"}),
        ("一年", "zh-Hant", set()),
        ("1900 9068", "", {"19009068"}),
        ("1900.9068", "", {"19009068"}),
        ("02431234567", "", {"02431234567"}),
        ("0243 123 4567", "", {"02431234567"}),
    ],
)
def test_other_ways_to_write_a_number(text: str, lang: str, wanted: set[str]) -> None:
    assert numbers(text, lang) == wanted


def test_links_and_facts_are_compared_too() -> None:
    same = differences(["B [x](https://a.vn/b/) {{ a }}"], ["[y](https://a.vn/b) {{ a }}"])
    assert same == ()
    (facts, links) = differences(["B [x](https://a.vn/c)"], ["[y](https://a.vn/b) {{ a }}"])
    assert (facts.kind, facts.missing, facts.extra) == ("facts", ("{{ a }}",), ())
    assert (links.kind, links.missing, links.extra) == ("links", ("https://a.vn/b",), ("https://a.vn/c",))


@given(st.text(alphabet="0123456789.,/-萬年月日第一二十千 ", max_size=40))
def test_no_text_of_figures_is_too_strange_to_be_read(text: str) -> None:
    numbers(text, "zh-Hant")


@pytest.mark.parametrize(
    ("source", "translation", "lang"),
    [
        ("1 triệu rưỡi đồng", "1,5 triệu đồng", "jra"),
        ("1,5 triệu đồng", "150萬盾", "zh-Hant"),
        ("3 triệu 500 nghìn đồng", "3.500.000 đồng", "rad"),
        ("500 nghìn", "500 êbâo", "rad"),  # whose words for thousands we do not know
        ("1 000 000 đồng", "១.០០០.០០០", "km"),
        ("500.000 đồng", "五十萬盾", "zh-Hant"),
        ("80% của 20 năm", "20年的百分之80", "zh-Hans"),
        ("75 tuổi", "七十五歲", "zh-Hant"),
        ("2 năm rưỡi", "2年半", "zh-Hans"),
        ("½ mức lương, 8h30, 7:00", "1/2, 8:30, 7", "bdq"),
        ("(024) 3936 6999", "+84 24 3936 6999", "rad"),
        ("01/7/2025", "ngày 1 tháng 7 năm 2025", "rad"),
        ("tại vssid.vn.", "[ở đây](https://VssID.vn/)", "rad"),
        ("3 triệu chứng, 5 tỷ lệ", "3 - 5", "rad"),
    ],
)
def test_one_worth_in_two_forms_is_no_difference(source: str, translation: str, lang: str) -> None:
    assert differences([translation], [source], lang) == ()


@pytest.mark.parametrize(
    ("source", "translation", "lang", "missing", "extra"),
    [
        ("1,5 triệu", "1,5 tỷ", "rad", ("1500000",), ("1500000000",)),
        ("1 triệu rưỡi", "1 triệu", "rad", ("1500000",), ("1000000",)),
        ("500 nghìn đồng", "500 đồng", "rad", ("500000",), ("500",)),
        ("500 nghìn", "500", "zh-Hans", ("500000",), ("500",)),
        ("Từ 01/7/2025", "Từ 07/1/2025", "rad", ("1/7/2025",), ("7/1/2025",)),
        ("hưởng 50%", "hưởng 50", "rad", ("50%",), ()),
        ("20 năm", "三十年", "zh-Hans", ("20",), ()),
        ("5 năm", "5年半", "zh-Hans", ("5",), ("5.5",)),
        ("vssid.vn", "vssid.com", "rad", ("https://vssid.vn",), ("https://vssid.com",)),
    ],
)
def test_another_worth_in_a_similar_form_is_one(
    source: str, translation: str, lang: str, missing: tuple[str, ...], extra: tuple[str, ...]
) -> None:
    (found,) = differences([translation], [source], lang)
    assert (found.missing, found.extra) == (missing, extra)
