"""What the pipeline says to an editor is said in Vietnamese: its errors, and what its templates refuse."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from cms.core.labels import language_name, product_label
from cms.core.messages import catalogue
from cms.core.words import in_words
from render.errors import LoaError
from render.facts import UNITS
from render.language import languages
from render.paths import LOCALES, TEMPLATES
from render.products import products
from tests.cms.said_errors import Said, sentences

ENGLISH = re.compile(r"\b(?:the|is|are|has|have|not|than|with|its?|and|of|which|cannot)\b")


def _left(kind: str) -> list[Said]:
    """Those that would be shown in English."""
    with translation.override("vi"):
        if kind == "what":
            return [one for one in sentences(kind) if ENGLISH.search(in_words(LoaError(one.text)))]
        return [one for one in sentences(kind) if in_words(LoaError("x", mend=one.text)) == f"x. {one.text}"]


@pytest.mark.parametrize("kind", ["what", "mend"])
def test_every_error_that_an_editor_may_meet_has_vietnamese_words(kind: str) -> None:
    assert [f"{one.where}: {one.text}" for one in _left(kind)] == []


def _refused() -> list[tuple[str, str, str]]:
    """What the templates refuse: the file, the sentence and the mend, with a number where one is worked out."""
    found = []
    for path in sorted(TEMPLATES.glob("*.typ")):
        if path.name in ("specimen.typ", "clip-kit.typ"):  # a proof sheet; the kit's sentences end elsewhere
            continue
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r'panic\("gate:[a-z]+\|', text):
            rest = text[match.end() : match.end() + 900]
            written = re.sub(r'"\s*\+(?:[^"]|"(?=[^+]*?"\)))*?\+\s*"', "7", rest, flags=re.DOTALL)
            what, _, mend = written.partition("|")
            found.append((path.name, what, re.split(r'"(?:\)| \+)', mend)[0]))
    return found


def test_what_a_template_refuses_has_vietnamese_words() -> None:
    refused = _refused()
    assert len(refused) > 12
    with translation.override("vi"):
        left = [one for one in refused if ENGLISH.search(in_words(LoaError(one[1], mend=one[2])))]
    assert left == []


def test_what_a_scene_refuses_has_vietnamese_words() -> None:
    reasons = re.findall(r'overflow\("(its [^"(]+)', "".join(one.read_text() for one in TEMPLATES.glob("clip*.typ")))
    assert len(reasons) > 5
    with translation.override("vi"):
        left = [one for one in reasons if ENGLISH.search(in_words(LoaError(f"scene steps:lam: {one.strip()}")))]
    assert left == []


def test_a_sentence_within_a_sentence_is_said_too() -> None:
    with translation.override("vi"):
        assert in_words(LoaError("the story: a picture stands in the text")) == "Câu chuyện: Trong văn bản có ảnh"


def test_words_of_people_are_left_as_they_are() -> None:
    with translation.override("vi"):
        words = in_words(LoaError("nobody can say “XKCD” in “Mã XKCD là gì?”", mend="Shorten it"))
    assert words.startswith("Không giọng nào đọc được “XKCD” trong câu “Mã XKCD là gì?”. ")


def test_what_the_pipeline_names_is_named_in_english_too() -> None:
    """Products, languages and units are Vietnamese in the pipeline; whoever reads English screens reads these."""
    named = [one.label for one in products().values()] + [one.name_vi for one in languages().values()]
    words = catalogue(LOCALES / "en" / "django.po", "en")
    named += [one.label for one in UNITS.values()]
    named += [one.size for one in products().values() if re.search(r"[^\W\d]{2}", one.size)]
    assert [one for one in named if (found := words.get(one)) is None or not found.string] == []
    with translation.override("en"):
        assert (product_label("clip-silent"), language_name("km")) == ("Silent clip", "Khmer")
    with translation.override("vi"):
        assert (product_label("clip-silent"), language_name("km")) == ("Clip không tiếng", "Tiếng Khmer")
    assert (product_label("nhu-truoc"), language_name("xx")) == ("nhu-truoc", "xx")
