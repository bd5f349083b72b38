"""The words of pages: lengths, sizes, places and file names as people say them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from render.pagewords import big_number, length_words, megabytes, place_name, safe_link, size_words, sorting
from render.playorder import play_name


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (length_words(160.2), "2 phút 40 giây"),
        (length_words(31), "31 giây"),
        (length_words(180), "3 phút"),
        (length_words(0), "0 giây"),
        (size_words(1_412_000), "1,4 MB"),
        (size_words(350_400), "350 KB"),
        (megabytes(1_299_999), "1,3 MB"),
        (place_name("Thành phố Hồ Chí Minh"), ("Hồ Chí Minh", "Thành phố")),
        (big_number([{"t": "500.000 đồng"}, {"t": " mỗi tháng"}]), ("500.000", "đồng mỗi tháng")),
        (big_number([{"t": "50%"}]), ("50%", "")),
        (big_number([{"t": "1900 9068"}]), ("1900 9068", "")),
        (big_number([{"t": "Miễn phí"}]), ("Miễn phí", "")),
        (safe_link("javascript:alert(1)"), ""),
        (safe_link(" JAVASCRIPT:alert(1)"), ""),
        (safe_link("data:text/html,x"), ""),
        (safe_link("https://[broken"), ""),
        (safe_link("tel:19009068"), "tel:19009068"),
        (play_name(1, "vi", "tro-cap-huu-tri", 160.2), "01_vi_tro-cap-huu-tri_2m40.mp3"),
        (play_name(12, "blt-Tavt", "đóng-bhxh", 59.7), "12_blt-tavt_dong-bhxh_1m00.mp3"),
    ],
)
def test_words_are_as_people_say_them(said: object, wanted: object) -> None:
    assert said == wanted


def test_provinces_stand_in_vietnamese_order() -> None:
    names = ["Đồng Nai", "Cần Thơ", "Cao Bằng", "Điện Biên", "An Giang", "Cà Mau", "Đà Nẵng", "Đắk Lắk", "Gia Lai"]
    assert sorted(names, key=sorting) == [
        "An Giang", "Cà Mau", "Cao Bằng", "Cần Thơ", "Đà Nẵng", "Đắk Lắk", "Điện Biên", "Đồng Nai", "Gia Lai",
    ]  # fmt: skip


@given(st.text(max_size=60), st.text(min_size=1, max_size=200), st.floats(0, 3600))
@example("", "𝓐", 0.0)
def test_a_name_on_the_stick_is_always_plain(lang: str, slug: str, duration_s: float) -> None:
    name = play_name(3, lang, slug, duration_s)
    assert re.fullmatch(r"[a-z0-9_.m-]{8,70}", name)
