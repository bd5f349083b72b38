"""Editions: what is resolved, what must agree with the source, and what makes two of them one."""

# ruff: noqa: E501
# Tables of cases read better unwrapped.

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from render import phrases
from render.article import Article, Figures, Priority
from render.blocks import map_block, texts
from render.correction import with_correction
from render.edition import Edition, Office, Run, SaidFact, edition_from_data, make_edition, plain, with_edition_id
from render.errors import EditionError, LoaError
from render.factfile import parse_facts
from render.markdown import parse_article, read_article
from render.paths import ASSETS
from render.quantities import numbers
from render.resolve import borrowed_units
from tests.render.article_strategies import articles

DAY = dt.date(2025, 9, 1)
FACTS = parse_facts(
    """
[tuoi]
label = "Tuổi hưởng"
unit = "age"
values = [{ to = 2025-06-30, value = 80 }, { from = 2025-07-01, value = 75 }]
[muc]
label = "Mức trợ cấp"
values = [{ from = 2025-08-01, to = 2026-12-31, value = 500_000 }]
[chia]
label = "Chia"
formula = "muc / (tuoi - 75)"
[han]
label = "Hạn"
unit = "number"
suffix = "ngày làm việc"
values = [{ value = 10 }]
[hotline]
label = "Tổng đài"
unit = "phone"
values = [{ value = "1900 9068" }]
""",
    "facts.toml",
)
HEAD = '---\nslug: mot-bai\nlang: vi\ntitle: "Từ {{ tuoi }}"\nsummary: "Nhận {{ muc }}."\nin_force: 2025-07-01\nlegal: ["Luật 41"]\naudiences: [3]\n---\n'
BODY = "## Con số {#so .figures}\n- **{{ muc }}** mỗi tháng : mức\n\n## Trước và nay {#cmp .comparison}\n| | Tuổi |\n|---|---|\n| Trước | {{ tuoi @2025-06-30 }} |\n"
OFFICE = Office("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh", hotline="0262 000 000")


def article(body: str = BODY, head: str = HEAD) -> Article:
    return parse_article(head + body, Path("bai.md"))


def edition(body: str = BODY, on: dt.date = DAY, office: Office | None = None) -> Edition:
    return make_edition(article(body), facts=FACTS, on=on, office=office)


def translated(body: str = BODY, *pairs: tuple[str, str]) -> Article:
    text = HEAD.replace("lang: vi", "lang: km") + body
    for one, two in pairs:
        assert one in text
        text = text.replace(one, two)
    return parse_article(text, Path("bai.km.md"))


def refusal(translation: Article, body: str = BODY) -> str:
    with pytest.raises(EditionError) as caught:
        make_edition(translation, source=article(body), facts=FACTS, on=DAY)
    assert caught.value.mend
    return str(caught.value)


# What is resolved


def test_facts_are_said_with_their_values_and_keep_their_keys() -> None:
    made = edition()
    assert plain(made.title) == "Từ 75\u00a0tuổi"
    assert made.title == (Run("Từ "), Run("75\u00a0tuổi", fact="tuoi"))
    figures = made.blocks[0]
    assert isinstance(figures, Figures)
    assert figures.figures[0].value == (Run("500.000\u00a0đồng", strong=True, fact="muc"), Run(" mỗi tháng"))
    assert made.facts == (
        SaidFact("tuoi", "age", "75", "75\u00a0tuổi", dt.date(2025, 7, 1), label="Tuổi hưởng"),
        SaidFact("muc", "money", "500000", "500.000\u00a0đồng", dt.date(2025, 8, 1), label="Mức trợ cấp"),
        SaidFact("tuoi", "age", "80", "80\u00a0tuổi", None, asked=dt.date(2025, 6, 30), label="Tuổi hưởng"),
    )


def test_it_applies_from_the_latest_of_what_it_says_today() -> None:
    assert edition().applies_from == dt.date(2025, 8, 1)
    assert edition("Chỉ {{ tuoi }} và {{ muc @2025-09-30 }}.\n").applies_from == dt.date(2025, 8, 1)  # the summary's
    plain_head = HEAD.replace("{{ muc }}", "tiền").replace("{{ tuoi }}", "tuổi")
    made = make_edition(article("Chữ.\n", plain_head), facts=FACTS, on=DAY)
    assert (made.applies_from, made.in_force) == (dt.date(2025, 7, 1), dt.date(2025, 7, 1))


def test_an_office_gives_its_own_number_or_else_the_national_one() -> None:
    assert edition(office=OFFICE).hotline == "0262 000 000"
    assert edition(office=dataclasses.replace(OFFICE, hotline="")).hotline == "1900 9068"
    assert edition().hotline == "1900 9068"


def test_the_notes_of_demonstration_facts_are_on_the_edition() -> None:
    demo = dataclasses.replace(FACTS, demonstration_on=DAY, demonstration_note="Bản minh họa – số liệu tại {date}")
    assert make_edition(article(), facts=demo, on=DAY).note == "Bản minh họa – số liệu tại 01/9/2025"
    assert edition().note == ""


def test_unit_words_are_the_languages_own_where_it_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "LOCALES", tmp_path)
    (tmp_path / "km").mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (tmp_path / "km" / "loa.po").write_text(head + 'msgid "{n} tuổi"\nmsgstr "X {n} Y"\n', encoding="utf-8")
    made = make_edition(translated(), source=article(), facts=FACTS, on=DAY)
    assert plain(made.title) == "Từ X\u00a075\u00a0Y"
    assert plain(made.summary) == "Nhận 500.000\u00a0đồng."


def test_units_without_words_of_the_language_are_told() -> None:
    made = make_edition(translated("Trong {{ han }}.\n"), source=article("Trong {{ han }}.\n"), facts=FACTS, on=DAY)
    assert borrowed_units(made) == ("{n} tuổi", "{n} ngày làm việc")
    assert borrowed_units(edition("Trong {{ han }}.\n")) == ()


def test_a_book_without_a_national_number_makes_editions_without_one() -> None:
    few = parse_facts('[tuoi]\nlabel = "x"\nvalues = [{ value = 75 }]\n[muc]\nlabel = "x"\nvalues = [{ value = 1 }]')
    assert make_edition(article("Chữ.\n"), facts=few, on=DAY).hotline == ""


# The id


def test_the_id_is_twelve_letters_that_cannot_be_misread() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{12}", edition().id)


def test_the_day_itself_does_not_make_another_edition_but_a_new_value_does() -> None:
    assert edition(on=DAY).id == edition(on=dt.date(2026, 3, 3)).id
    dearer = parse_facts(
        '[tuoi]\nlabel = "Tuổi hưởng"\nunit = "age"\nvalues = [{ from = 2025-07-01, value = 75 }, { to = 2025-06-30, value = 80 }]\n'
        '[muc]\nlabel = "Mức trợ cấp"\nvalues = [{ from = 2025-08-01, value = 500_001 }]\n'
        '[hotline]\nlabel = "x"\nunit = "phone"\nvalues = [{ value = "1900 9068" }]\n'
    )
    assert make_edition(article(), facts=dearer, on=DAY).id != edition().id


def test_everything_that_is_printed_is_in_the_id() -> None:
    made = edition(office=OFFICE)
    others = [
        dataclasses.replace(made, topic="x"),
        dataclasses.replace(made, note="x"),
        dataclasses.replace(made, hotline="x"),
        dataclasses.replace(made, legal=()),
        dataclasses.replace(made, priority=Priority.URGENT),
        dataclasses.replace(made, office=None),
        dataclasses.replace(made, blocks=made.blocks[:1]),
        dataclasses.replace(made, applies_from=None),
        dataclasses.replace(made, title=(Run("x"),)),
    ]
    assert len({with_edition_id(one).id for one in [made, *others]}) == len(others) + 1
    assert with_edition_id(made) == made


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(articles(), st.none() | st.just(OFFICE))
def test_an_edition_travels_as_json_unharmed(drawn: Article, office: Office | None) -> None:
    facts = parse_facts(
        '[hotline]\nlabel = "x"\nunit = "phone"\nvalues = [{ value = "1900 9068" }]\n[gia]\nlabel = "x"\nvalues = [{ value = 1 }]\n'
        '[tuoi]\nlabel = "x"\nunit = "age"\nvalues = [{ from = 2020-01-01, value = 75 }]\n'
    )
    assume(drawn.blocks)
    with mock.patch("render.resolve.check_meant"):  # texts of any script: which ones a language takes is held elsewhere
        made = make_edition(drawn, facts=facts, on=DAY, office=office)
    assert edition_from_data(json.loads(json.dumps(made.as_data()))) == made
    for block, its_source in zip(made.blocks, with_correction(drawn).blocks, strict=True):
        assert len(list(texts(block))) == len(list(texts(its_source)))
        assert map_block(block, lambda runs: runs) == block


def test_the_shape_of_the_data_is_what_templates_rely_on() -> None:
    data = edition(office=OFFICE).as_data()
    assert data["title"] == [{"t": "Từ "}, {"t": "75\u00a0tuổi", "f": "tuoi"}]
    assert data["blocks"][0] == {
        "kind": "figures",
        "id": "so",
        "title": [{"t": "Con số"}],
        "before": [],
        "after": [],
        "figures": [
            {"value": [{"t": "500.000\u00a0đồng", "b": True, "f": "muc"}, {"t": " mỗi tháng"}], "label": [{"t": "mức"}]}
        ],
    }
    assert data["blocks"][1]["rows"] == [[[{"t": "Trước"}], [{"t": "80\u00a0tuổi", "f": "tuoi"}]]]
    assert data["applies_from"] == "2025-08-01"
    assert data["office"]["code"] == "66"
    assert data["facts"][1]["value"] == "500000"


def test_links_and_styles_are_kept() -> None:
    made = edition("*Nghiêng* `mã` <b>[Cổng **chính**](https://vss.gov.vn)\n").as_data()
    assert made["blocks"][0]["body"][0]["text"] == [
        {"t": "Nghiêng", "i": True},
        {"t": " mã <b>"},
        {"t": "Cổng ", "u": "https://vss.gov.vn"},
        {"t": "chính", "b": True, "u": "https://vss.gov.vn"},
    ]


# What is refused


@pytest.mark.parametrize(
    ("body", "on", "what"),
    [
        ("A\n\n- x\n- {{ tuoii }}\n", DAY, "bai.md:13: no fact is called tuoii. Did you mean tuoi?"),
        ("A {{ muc @2025-07-31 }}\n", DAY, "bai.md:10: the fact muc (Mức trợ cấp) has no value on 2025-07-31"),
        ("A {{ chia }}\n", DAY, "bai.md:10: the fact chia: the formula divides by zero (facts.toml:9)"),
    ],
)
def test_a_fact_that_cannot_be_said_is_refused_at_the_articles_line(
    body: str, on: dt.date, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bai.md").write_text(HEAD + body, encoding="utf-8")
    with pytest.raises(EditionError) as caught:
        make_edition(read_article(Path("bai.md")), facts=FACTS, on=on)
    assert str(caught.value).startswith(what), caught.value


def test_an_article_from_elsewhere_is_named_by_slug_and_block() -> None:
    made = dataclasses.replace(article("## A {#dau}\n{{ tuoii }}\n"), source=None)
    with pytest.raises(EditionError, match=r"^mot-bai\.vi: dau: no fact is called tuoii"):
        make_edition(made, facts=FACTS, on=DAY)


def test_text_that_never_was_in_a_file_is_checked_too() -> None:
    bad = dataclasses.replace(article(), title="a\u202eb")
    with pytest.raises(EditionError, match="right-to-left override"):
        make_edition(bad, facts=FACTS, on=DAY)
    for field in ({"slug": "../../etc"}, {"topic": "\x00"}, {"legal": ("a\u200f",)}):
        with pytest.raises(EditionError):
            make_edition(dataclasses.replace(article(), **field), facts=FACTS, on=DAY)
    with pytest.raises(EditionError, match="no language has the tag 'xx'"):
        make_edition(dataclasses.replace(article(), lang="xx"), facts=FACTS, on=DAY)


# Translations


def test_a_faithful_translation_passes_and_inherits_what_it_leaves_out() -> None:
    made = make_edition(
        translated(BODY, ("in_force: 2025-07-01\n", ""), ('legal: ["Luật 41"]\n', ""), ("mỗi tháng", "ក្នុងមួយខែ")),
        source=article(),
        facts=FACTS,
        on=DAY,
    )
    assert (made.lang, made.in_force, made.legal) == ("km", dt.date(2025, 7, 1), ("Luật 41",))


@pytest.mark.parametrize(
    ("pairs", "what"),
    [
        ((("{#so .figures}", "{#so2 .figures}"),), "bai.km.md:10: the section so2 .figures stands where the source has so .figures (bai.md:10)"),
        ((("- **{{ muc }}** mỗi tháng : mức\n", ""),), ""),
        ((("**{{ muc }}**", "**500.000 đồng**"),), "bai.km.md:10: the section so lacks {{ muc }} of the source"),
        ((("**{{ muc }}**", "**{{ muc }}** {{ muc }}"),), "bai.km.md:10: the section so has {{ muc }}, which the source does not say"),
        ((("{{ tuoi @2025-06-30 }}", "{{ tuoi @2025-06-29 }}"),), "lacks {{ tuoi @2025-06-30 }} of the source and has {{ tuoi @2025-06-29 }}"),
        ((("{{ tuoi @2025-06-30 }}", "{{ tuoi }}"),), "lacks {{ tuoi @2025-06-30 }}"),
        ((('"Từ {{ tuoi }}"', '"Từ {{ muc }}"'),), "bai.km.md:4: the title lacks {{ tuoi }} of the source and has {{ muc }}"),
        ((("Nhận {{ muc }}", "Nhận tiền"),), "bai.km.md:5: the summary lacks {{ muc }}"),
        ((("| Trước |", "| Trước 2024 |"),), "bai.km.md:13: the numbers of the section cmp differ: it has 2024"),
        ((("slug: mot-bai", "slug: hai-bai"),), "bai.km.md:2: the translation belongs to hai-bai"),
        ((("lang: km", "lang: vi"),), "bai.km.md:3: the translation is in its source's language"),
    ],
)  # fmt: skip
def test_a_translation_that_says_something_else_is_refused_at_its_line(
    pairs: tuple[tuple[str, str], ...], what: str
) -> None:
    if what:
        assert what in refusal(translated(BODY, *pairs))
    else:
        with pytest.raises(LoaError, match="has no text"):
            translated(BODY, *pairs)


def test_a_broken_placeholder_of_a_translation_is_refused_at_its_section() -> None:
    bad = dataclasses.replace(translated(), summary="Nhận {{ Muc }}.")
    assert "bai.km.md:5: {{ Muc }} is no placeholder" in refusal(bad)


def test_a_missing_and_an_extra_section_are_named() -> None:
    assert "ends before the section s3 .prose (bai.md:18)" in refusal(translated(), BODY + "\n## Thêm\nChữ.\n")
    assert "bai.km.md:18: the section s3 .prose is not in the source" in refusal(translated(BODY + "\n## Thêm\nChữ.\n"))


@pytest.mark.parametrize(
    ("source", "translation", "same"),
    [
        ("Từ 01/7/2025", "2025年7月1日起", True),
        ("Điều 22", "មាត្រា ២២", True),
        ("Điều 25", "第二十五條", True),
        ("Điều 1", "第一條：人人", True),
        ("2.340.000 đồng", "២.៣៤០.០០០ đồng", True),
        ("gọi 1900 9068", "tel. 1900.9068", True),
        ("đóng 4,5%", "4.5 %", True),
        ("56.650 đồng", "52.650 đồng", False),
        ("Từ 01/7/2025", "Từ 01/8/2025", False),
        ("gọi 1900 9068", "gọi 1900 9086", False),
        ("4,5%", "45%", False),
        ("từ 6 tháng", "từ sáu tháng", False),
        ("một hai ba", "一二三", True),
    ],
)
def test_numbers_typed_by_hand_must_agree_by_value(source: str, translation: str, same: bool) -> None:
    assert (numbers(source) == numbers(translation)) is same


def test_the_specimen_translations_agree_with_their_source() -> None:
    folder = ASSETS / "demo" / "articles"
    source = read_article(folder / "quyen-an-sinh-xa-hoi.md")
    for path in sorted(folder.glob("quyen-an-sinh-xa-hoi.*.md")):
        made = make_edition(read_article(path), source=source, facts=FACTS, on=DAY)
        assert len(made.blocks) == len(source.blocks)
