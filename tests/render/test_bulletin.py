"""Bulletins: what is said and in which order, and that it fits its slot."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path

import pytest

from render.article import Eligibility, Priority
from render.article import Steps as HowTo
from render.edition import Office, make_edition, plain
from render.errors import GateError
from render.facts import read_facts
from render.markdown import read_article
from render.paths import ASSETS
from render.products import Planned, Waiting
from render.products.bulletin import PRODUCTS
from render.speech.fitting import length_s
from render.speech.script import bulletin_script, script_of
from render.speech.spoken import unspoken
from render.speech.voices import BULLETIN_PACE
from render.steps import walk
from tests.render.bulletins_at_hand import (
    CONTEXT,
    OFFICE,
    PROVINCE,
    THREE,
    WARD,
    edition,
    long_edition,
    planned,
    said,
    sentences,
)


def test_a_bulletin_greets_says_who_speaks_and_that_it_is_a_demonstration() -> None:
    assert sentences(edition())[:3] == [
        "Kính thưa bà con.",
        "Sau đây là bản tin của Bảo hiểm xã hội Việt Nam.",
        "Bản minh họa, số liệu tại ngày mùng một tháng chín năm hai nghìn không trăm hai mươi lăm.",
    ]
    assert not any("minh họa" in line for line in sentences(edition(note="")))


@pytest.mark.parametrize(
    ("office", "audiences", "greeting"),
    [
        (None, (3, 5), "Kính thưa bà con."),
        (PROVINCE, (3,), "Kính thưa bà con."),
        (OFFICE, (3,), "Kính thưa bà con xã Ea Drông."),
        (WARD, (3,), "Kính thưa bà con phường Hoàn Kiếm."),
        (replace(OFFICE, kind="dac-khu", unit="Đặc khu Phú Quốc"), (3,), "Kính thưa bà con đặc khu Phú Quốc."),
        (OFFICE, (2,), "Kính thưa Quý đơn vị."),
        (OFFICE, (6,), "Kính thưa Quý đơn vị."),
        (OFFICE, (2, 3), "Kính thưa bà con xã Ea Drông."),
    ],
)
def test_listeners_are_addressed_by_their_unit_or_as_units(
    office: Office | None, audiences: tuple[int, ...], greeting: str
) -> None:
    assert sentences(edition(office=office, audiences=audiences))[0] == greeting


def test_an_office_speaks_in_its_own_name() -> None:
    assert sentences(edition(office=PROVINCE))[1] == "Sau đây là bản tin của Bảo hiểm xã hội tỉnh Đắk Lắk."


def test_hotline_and_key_figure_are_heard_twice_and_the_call_comes_last() -> None:
    lines = sentences(edition())
    number = "một chín không không, chín không sáu tám"
    assert [number in line for line in lines[-2:]] == [True, True]
    assert sum(number in line for line in lines) == 2
    assert sum("năm trăm nghìn đồng mỗi tháng" in line for line in lines) == 2


def test_an_office_with_its_own_number_gives_that() -> None:
    assert "không hai sáu hai" in sentences(edition(office=PROVINCE, hotline="0262 3812 345"))[-1]


def test_the_south_hears_ngan() -> None:
    south = " ".join(sentences(edition(office=PROVINCE)))
    assert "năm trăm ngàn đồng" in south
    assert "nghìn" not in south


def test_blocks_are_told_in_plain_sentences() -> None:
    lines = sentences(edition())
    assert "Mức trợ cấp: năm trăm nghìn đồng mỗi tháng." in lines
    assert "Bước một: Điền Mẫu không một." in lines
    compared = (
        "Tuổi nhận: trước ngày mùng một tháng bảy năm hai nghìn không trăm hai mươi lăm, tám mươi tuổi; "
        "nay, bảy mươi lăm tuổi."
    )
    assert compared in lines


def test_what_does_not_fit_is_left_out_by_rank_and_told() -> None:
    script = bulletin_script(long_edition())
    assert length_s(script, BULLETIN_PACE) <= 180
    assert script.left_out[-1].startswith("Hỏi và đáp: Nộp ở đâu?")
    spoken = " ".join(segment.text for segment in script.segments)
    assert "Không ai thu tiền." in spoken  # a notice outranks prose and questions, wherever it stands
    assert "500.000 đồng mỗi tháng" in spoken
    assert any(script.left_out[0] in warning for warning in planned(long_edition()).warnings)


def test_a_bulletin_that_cannot_fit_is_refused_with_the_seconds() -> None:
    with pytest.raises(GateError, match=r"about \d+ s more than its slot of 180 s") as refused:
        THREE.plan(edition(summary=said("Bà con chú ý lắng nghe bản tin này. " * 100)), CONTEXT)
    assert refused.value.gate == "slot"


def test_what_nobody_can_say_is_refused_before_anything_is_made() -> None:
    with pytest.raises(GateError, match="QXYZ") as refused:
        THREE.plan(edition(summary=said("Nộp cho QXYZ.")), CONTEXT)
    assert refused.value.gate == "spoken"


def test_a_language_without_a_voice_waits_for_a_recording() -> None:
    assert THREE.plan(edition(lang="rad"), CONTEXT) == Waiting("recording", "chờ bản thu")


def test_another_language_says_no_vietnamese_yet_gives_the_number() -> None:
    chinese = edition(lang="zh-Hant", title=said("世界人權宣言"), summary=said("第二十二條。"), blocks=(), facts=())
    assert sentences(chinese) == ["世界人權宣言。", "第二十二條。", *["一九〇〇 九〇六八。"] * 2]
    assert any("lời chào" in warning for warning in planned(chinese).warnings)


def test_four_bulletins_are_made() -> None:
    assert [one.name for one in PRODUCTS] == ["bulletin-1min", "bulletin-3min", "bulletin-5min", "bulletin-web"]


def test_a_minute_holds_headline_figure_who_what_to_do_and_the_number() -> None:
    script = bulletin_script(edition(), slot_s=60)
    lines = [segment.spoken for segment in script.segments]
    number = "một chín không không, chín không sáu tám"
    assert length_s(script, BULLETIN_PACE) <= 60
    assert "Trợ cấp hưu trí xã hội." in lines
    assert sum("năm trăm nghìn đồng mỗi tháng" in line for line in lines) == 2
    assert "Người từ đủ bảy mươi lăm tuổi." in lines
    assert "Không có lương hưu." in lines
    assert any(line.startswith("Bước một") for line in lines)
    assert [number in line for line in lines[-2:]] == [True, True]


def test_a_minute_tells_all_who_are_meant_or_none_of_them() -> None:
    many = tuple(said(f"Người thuộc diện thứ {word} theo quy định của pháp luật hiện hành") for word in "ABCDEFGH")
    blocks = (
        *edition().blocks[:1],
        Eligibility(id="ai", title=said("Ai được nhận?"), items=many),
        *edition().blocks[3:],
    )
    script = bulletin_script(edition(blocks=blocks), slot_s=60)
    text = " ".join(segment.text for segment in script.segments)
    assert "diện thứ" not in text
    assert "Người từ đủ 75 tuổi được nhận trợ cấp mỗi tháng." in text  # the summary says it for them
    assert "Ai được nhận? (nói gọn)" in script.left_out


def test_a_minute_keeps_room_for_what_to_do() -> None:
    steps = tuple(said(f"Nộp giấy tờ {word} tại ủy ban nhân dân xã nơi mình cư trú") for word in ("A", "B", "C", "D"))
    blocks = (*edition().blocks[:2], HowTo(id="cach", title=said("Làm thế nào?"), items=steps))
    script = bulletin_script(edition(blocks=blocks), slot_s=60)
    text = [segment.text for segment in script.segments]
    told = [line for line in text if line.startswith("Bước")]
    wanted = [f"Bước {number}: {plain(step)}" for number, step in enumerate(steps, 1)]
    assert told == wanted[: len(told)]
    assert 1 <= len(told) < 4


def test_a_minute_says_briefly_that_it_is_a_demonstration() -> None:
    minute, three = (bulletin_script(edition(), slot_s=slot_s).segments for slot_s in (60, 180))
    assert "Bản minh họa" in [segment.text for segment in minute]
    assert "Bản minh họa – số liệu tại 01/9/2025" in [segment.text for segment in three]


@pytest.mark.parametrize("slot_s", [60, 180, 300, math.inf])
def test_what_was_left_out_is_told_and_nothing_is_said_twice(slot_s: float) -> None:
    script = bulletin_script(long_edition(), slot_s=slot_s)
    assert length_s(script, BULLETIN_PACE) <= slot_s
    assert bool(script.left_out) == (slot_s < 200)
    assert len(set(script.body)) == len(script.body)


def test_an_urgent_article_opens_urgently() -> None:
    urgent = edition(priority=Priority.URGENT)
    assert sentences(urgent)[1] == "Xin chú ý lắng nghe thông báo khẩn của Bảo hiểm xã hội Việt Nam."
    leads = [[step.inputs["before"] for step in walk(planned(one).files[0].step) if "before" in step.inputs]
             for one in (urgent, edition())]  # fmt: skip
    assert ["urgent-chime" in leads[0], "urgent-chime" in leads[1]] == [True, False]


def test_a_minute_names_every_block_it_passes_over() -> None:
    left_out = bulletin_script(long_edition(), slot_s=60).left_out
    assert {"Trước và nay", "Nói thêm", "Hỏi và đáp: Nộp ở đâu?"} <= set(left_out)


def test_an_article_says_how_its_words_are_said() -> None:
    told = edition(
        summary=said("Bà con cài VssID tại buôn Ea Drông."), say=(("VssID", "vờ ét ét ai đi"), ("Drông", "đờ rông"))
    )
    assert "Bà con cài vờ ét ét ai đi tại buôn Ea đờ rông." in sentences(told)


def demo_articles() -> list[Path]:
    return [path for path in sorted((ASSETS / "demo" / "articles").glob("*.md")) if path.name.count(".") == 1]


@pytest.mark.parametrize(
    "path", [path for path in demo_articles() if path.stem != "README"], ids=lambda path: path.stem
)
def test_every_demonstration_article_can_be_said_and_fits(path: Path) -> None:
    facts = read_facts(ASSETS / "demo" / "facts.toml")
    told = make_edition(read_article(path), facts=facts, on=dt.date(2025, 9, 1))
    assert [word for segment in script_of(told) for word in unspoken(segment.spoken)] == []
    assert isinstance(THREE.plan(told, CONTEXT), Planned)
    assert length_s(bulletin_script(told), BULLETIN_PACE) <= 180
