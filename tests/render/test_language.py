"""The registry of languages."""

from __future__ import annotations

import pytest

from render.errors import LanguageError
from render.language import language, languages


def test_the_registry_holds_every_language_of_the_plan() -> None:
    tags = set(languages())
    assert len(tags) == 24
    assert {"vi", "km", "hmn-Latn-x-vn1961", "blt-Tavt", "jra", "rad", "cjm-Cham", "zh-Hant", "zh-Hans"} <= tags


def test_every_language_can_be_set_in_type_and_can_be_recorded() -> None:
    for one in languages().values():
        assert one.name_vi.startswith("Tiếng ")
        assert one.autonym
        assert one.headline_fonts
        assert one.body_fonts
        assert one.line_break in {"space", "dictionary", "writer", "cjk"}
        assert one.speech[0] == "recording"
        assert set(one.speech) <= {"recording", "voice-pack", "gtts", "espeak-ng"}


def test_no_minority_language_borrows_a_voice() -> None:
    assert language("jra").speech == ("recording",)
    assert "espeak-ng" not in language("km").speech


@pytest.mark.parametrize(
    ("tag", "mend"),
    [
        ("vi-VN", "Did you mean vi"),
        ("VI", "Did you mean vi"),
        ("hmn", "hmn-Latn-x-vn1961"),
        ("zh", "zh-Hant"),
        ("qqq", "vi, km"),
        ("", "vi, km"),
    ],
)
def test_an_unknown_tag_names_near_ones(tag: str, mend: str) -> None:
    with pytest.raises(LanguageError) as caught:
        language(tag)
    assert mend in caught.value.mend


def test_the_orthography_that_is_not_the_states_is_off() -> None:
    assert not languages()["hmn-Latn-x-rpa"].enabled
    with pytest.raises(LanguageError, match="is switched off"):
        language("hmn-Latn-x-rpa")
