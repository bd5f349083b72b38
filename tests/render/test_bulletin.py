"""Bulletins: what is said and in which order, that it fits its slot, its files, its gates."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.article import Comparison, Eligibility, Figure, Figures, Notice, Paragraph, Priority, Prose, Question
from render.article import Questions as Faq
from render.article import Steps as HowTo
from render.edition import Edition, Office, Run, Runs, SaidFact, make_edition, plain
from render.errors import GateError
from render.facts import read_facts
from render.markdown import read_article
from render.paths import ASSETS
from render.products import Context, Planned, Product, Waiting
from render.products.bulletin import PRODUCTS, _marks, _tags, check_bulletin
from render.speech import mpeg
from render.speech.fitting import length_s, what_to_cut
from render.speech.script import bulletin_script, script_of
from render.speech.sound import decode
from render.speech.spoken import unspoken
from render.speech.voices import BULLETIN_PACE, Voice
from render.steps import Made, Step, walk

CONTEXT = Context("https://loa.example")
ONE, THREE, FIVE, WEB = PRODUCTS
MONEY = SaidFact("tien", "money", "500000", "500.000 đồng", None)
AGE = SaidFact("tuoi", "age", "75", "75 tuổi", None)
OLD_AGE = SaidFact("tuoi", "age", "80", "80 tuổi", None)


def said(text: str) -> Runs:
    return (Run(text),)


def edition(**changes: Any) -> Edition:
    figure = Figure((Run("500.000 đồng", fact="tien"), Run(" mỗi tháng")), said("mức trợ cấp"))
    blocks = (
        Figures(id="so", title=said("Con số cần nhớ"), figures=(figure,)),
        Eligibility(
            id="ai", title=said("Ai được nhận?"), items=(said("Người từ đủ 75 tuổi"), said("Không có lương hưu"))
        ),
        Comparison(
            id="truoc",
            title=said("Trước và nay"),
            header=(said(""), said("Trước 01/7/2025"), said("Nay")),
            rows=((said("Tuổi nhận"), (Run("80 tuổi", fact="tuoi"),), (Run("75 tuổi", fact="tuoi"),)),),
        ),
        HowTo(id="cach", title=said("Làm thế nào?"), items=(said("Điền Mẫu 01. Lấy mẫu tại xã."), said("Nộp cho xã"))),
    )
    plain_edition = Edition(
        id="7K3M9QXP2AVD",
        slug="tro-cap",
        lang="vi",
        title=said("Trợ cấp hưu trí xã hội"),
        summary=said("Người từ đủ 75 tuổi được nhận trợ cấp mỗi tháng."),
        topic="Hưu trí xã hội",
        blocks=blocks,
        facts=(MONEY, AGE, OLD_AGE),
        audiences=(3, 5),
        legal=(),
        priority=Priority.NORMAL,
        applies_from=None,
        hotline="1900 9068",
        office=None,
        note="Bản minh họa – số liệu tại 01/9/2025",
    )
    return replace(plain_edition, **changes)


OFFICE = Office("66.24133", "Bảo hiểm xã hội cơ sở Ea Drông", "Xã Ea Drông", "xa")
PROVINCE = Office("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh")
WARD = Office("01.00070", "Bảo hiểm xã hội phường Hoàn Kiếm", "Phường Hoàn Kiếm", "phuong")


def sentences(one: Edition) -> list[str]:
    return [segment.spoken for segment in script_of(one)]


def planned(one: Edition, product: Product = THREE) -> Planned:
    plan = product.plan(one, CONTEXT)
    assert isinstance(plan, Planned)
    return plan


def make(step: Step, made: dict[str, Made]) -> Made:
    for one in walk(step):
        if one.key not in made:
            made[one.key] = one.function()(one.inputs, {name: made[need.key] for name, need in one.needs.items()})
    return made[step.key]


@cache
def files() -> Mapping[str, bytes]:
    plan = planned(edition())
    made: dict[str, Made] = {}
    for gate in plan.gates:
        make(gate, made)
    return {file.role: make(file.step, made).files[file.name] for file in plan.files}


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


def long_edition() -> Edition:
    text = "Bà con đến ủy ban nhân dân xã để được cán bộ hướng dẫn từng bước một cách cặn kẽ. " * 6
    question = Question(said("Có phải đóng gì trước không?"), (said(text),))
    extra = (
        Prose(id="them", title=said("Nói thêm"), body=(Paragraph(said(text)),)),
        Notice(id="luu-y", title=said("Xin nhớ kỹ"), body=(Paragraph(said("Không ai thu tiền.")),)),
        Faq(id="hoi", title=said("Hỏi và đáp"), questions=(question, replace(question, question=said("Nộp ở đâu?")))),
    )
    return edition(blocks=(*edition().blocks, *extra))


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


def voice_keys(plan: Planned) -> set[str]:
    return {step.key for step in walk(plan.files[0].step) if step.run.endswith("engines:speak")}


def test_the_body_is_spoken_once_for_all_offices_and_editions() -> None:
    one = voice_keys(planned(edition(office=PROVINCE)))
    other = voice_keys(planned(edition(office=OFFICE, id="0000AAAA1111")))
    assert len(one - other) == 2  # the greeting and who speaks
    assert voice_keys(planned(edition(id="0000AAAA1111"))) == voice_keys(planned(edition()))


def test_one_changed_sentence_is_one_new_voice() -> None:
    changed = edition(summary=said("Người từ đủ 75 tuổi được nhận trợ cấp hằng tháng."))
    assert len(voice_keys(planned(changed)) - voice_keys(planned(edition()))) == 1


def test_the_bulletin_passes_its_gates_and_carries_its_figures() -> None:
    plan = planned(edition())
    made: dict[str, Made] = {}
    heard = make(plan.gates[0], made).details
    assert heard["duration_s"] == pytest.approx(length_s(bulletin_script(edition()), BULLETIN_PACE), rel=0.06)
    assert heard["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert plan.details["quality"] == "robot"
    assert plan.details["synthetic"] is True
    assert "giọng máy, cần nghe duyệt" in plan.warnings


GOOD = {
    "duration_s": 100.0,
    "loudness_lufs": -16.0,
    "true_peak_dbtp": -1.4,
    "leading_silence_s": 1.0,
    "longest_silence_s": 1.7,
    "onset_db": -60.0,
    "first_word_db": 0.0,
    "cues_s": [[3.0, 20.0], [20.4, 60.0], [60.4, 75.4], [76.0, 99.0]],
}
BLOCKS = [["Mở đầu", 1, 0], ["Cách làm", 1, 3], ["Hỏi đáp", 1, 6], ["Kết thúc", 1, 0]]


@pytest.mark.parametrize(
    ("wrong", "gate", "told"),
    [
        ({"loudness_lufs": -15.2}, "loudness", "-15.2 LUFS"),
        ({"true_peak_dbtp": -0.4}, "loudness", "-0.4 dBTP"),
        ({"longest_silence_s": 2.4}, "silence", "2.4 s of silence"),
        ({"leading_silence_s": 0.1}, "silence", "after 0.1 s"),
        ({"onset_db": -9.0}, "first-word", "first word was cut into"),
        ({"first_word_db": -6.2}, "first-word", "of the first word 6 dB are missing"),
        ({"duration_s": 191.3}, "slot", r"11\.3 s longer .*“Hỏi đáp” \(15\.6 s\)"),
    ],
)
def test_each_gate_tells_its_figure(wrong: dict[str, float], gate: str, told: str) -> None:
    master = Made(files={}, details=GOOD | wrong)
    with pytest.raises(GateError, match=told) as refused:
        check_bulletin({"slot_s": 180, "where": "tro-cap (vi)", "blocks": BLOCKS}, {"master": master})
    assert (refused.value.gate, refused.value.where) == (gate, "tro-cap (vi)")


def test_the_script_is_for_a_person_to_read() -> None:
    text = files()["script"].decode("utf-8-sig")
    for expected in (
        "Trợ cấp hưu trí xã hội",
        "7K3M 9QXP 2AVD",
        "https://loa.example/q/7K3M9QXP2AVD",
        "1900 9068",
        "Bản minh họa – số liệu tại 01/9/2025",
        "Bước 1: Điền Mẫu 01.",
        "→ sẽ đọc là: Bước một: Điền Mẫu không một.",
    ):
        assert expected in text
    assert "→ sẽ đọc là: Kính thưa bà con" not in text  # only where it differs


def test_the_record_has_the_fields_of_source_systems() -> None:
    record = json.loads(files()["record"])
    assert list(record) == [
        "BanTinId",
        "TieuDe",
        "LoaiLinhVuc",
        "LoaiBanTin",
        "MucDoUuTien",
        "NoiDung",
        "NoiDungTomTat",
        "ThoiLuong",
        "NguonTin",
        "VungPhat",
        "TacGia",
    ]
    assert record["BanTinId"] == "7K3M9QXP2AVD"
    assert record["MucDoUuTien"] == "Thông thường"
    assert 40 < record["ThoiLuong"] < 90
    assert "500.000 đồng mỗi tháng" in record["NoiDung"]


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


def part_keys(plan: Planned) -> list[str]:
    return [step.key for step in plan.files[0].step.needs.values()]


def test_offices_share_all_but_their_opening() -> None:
    near = replace(OFFICE, code="66.24200", name="Bảo hiểm xã hội cơ sở Cư Bao", unit="Phường Cư Bao", kind="phuong")
    one, other = part_keys(planned(edition(office=OFFICE))), part_keys(planned(edition(office=near)))
    assert [a == b for a, b in zip(one, other, strict=True)] == [True, False, True, True]
    own_number = part_keys(planned(edition(office=near, hotline="0262 3812 345")))
    assert [a == b for a, b in zip(other, own_number, strict=True)] == [True, True, True, False]
    north = part_keys(planned(edition(office=WARD)))
    assert [a == b for a, b in zip(one, north, strict=True)] == [True, False, False, False]  # nghìn, ngàn


def test_the_body_is_planned_once_for_all_offices_of_a_machines_voice() -> None:
    near = replace(OFFICE, code="66.24200", name="Bảo hiểm xã hội cơ sở Cư Bao", unit="Phường Cư Bao", kind="phuong")
    one, other = (list(planned(edition(office=office)).files[0].step.needs.values()) for office in (OFFICE, near))
    assert [a is b for a, b in zip(one, other, strict=True)] == [True, False, True, True]


def test_a_minute_names_every_block_it_passes_over() -> None:
    left_out = bulletin_script(long_edition(), slot_s=60).left_out
    assert {"Trước và nay", "Nói thêm", "Hỏi và đáp: Nộp ở đâu?"} <= set(left_out)


def test_an_opening_serves_every_article_of_its_office_and_every_slot() -> None:
    one = part_keys(planned(edition(office=OFFICE)))
    other = part_keys(planned(edition(office=OFFICE, title=said("Một bài khác"), slug="bai-khac", note="")))
    minute = part_keys(planned(edition(office=OFFICE), ONE))
    assert one[:2] == other[:2] == minute[:2]
    assert one[2] != other[2]


def test_the_picture_of_an_offices_bulletin_is_one_for_all() -> None:
    def preview(plan: Planned) -> str:
        return next(file.step.key for file in plan.files if file.role == "preview")

    near = replace(OFFICE, code="66.24200", name="Bảo hiểm xã hội cơ sở Cư Bao", unit="Phường Cư Bao")
    assert preview(planned(edition(office=OFFICE))) == preview(planned(edition(office=near)))


def test_the_web_is_one_for_all_communes() -> None:
    near = replace(OFFICE, code="66.24200", name="Bảo hiểm xã hội cơ sở Cư Bao", unit="Phường Cư Bao")
    one, other = planned(edition(office=OFFICE), WEB), planned(edition(office=near, id="0000AAAA1111"), WEB)
    assert one.files[0].step.key == other.files[0].step.key
    assert (one.files[0].suffix, one.files[0].media_type) == ("m4a", "audio/mp4")


def test_an_article_says_how_its_words_are_said() -> None:
    told = edition(
        summary=said("Bà con cài VssID tại buôn Ea Drông."), say=(("VssID", "vờ ét ét ai đi"), ("Drông", "đờ rông"))
    )
    assert "Bà con cài vờ ét ét ai đi tại buôn Ea đờ rông." in sentences(told)


def test_captions_stand_where_the_voice_is() -> None:
    cues = re.findall(r"(\d+):(\d+):([\d.]+) --> (\d+):(\d+):([\d.]+)\n(.+)", files()["captions"].decode())
    samples = decode(files()["main"], mpeg.RATE)
    texts = [segment.text for segment in script_of(edition())]
    assert [cue[6] for cue in cues] == texts
    for cue in cues:
        start = (int(cue[0]) * 60 + int(cue[1])) * 60 + float(cue[2])
        at = round(start * mpeg.RATE)
        before = np.abs(samples[at - round(0.2 * mpeg.RATE) : at - round(0.02 * mpeg.RATE)]).max()
        after = np.abs(samples[at : at + round(0.15 * mpeg.RATE)]).max()
        assert before < 0.003 < 0.05 < after


def test_a_person_is_not_marked_as_a_machine() -> None:
    voice = Voice("recording", "H’Nam", "human", "bản thu", False, "giọng đọc: H’Nam", "recording")
    assert "AI-GENERATED" not in _marks(edition(), voice)
    assert "AI-generated" not in _tags(edition(), voice)["comment"]
    neural = replace(voice, synthetic=True, quality="neural", engine="piper")
    assert _marks(edition(), neural)["DigitalSourceType"].endswith("/trainedAlgorithmicMedia")


@pytest.mark.parametrize(
    ("over_s", "cut"),
    [
        (3.0, "“Ngắn” (4.0 s)"),
        (6.0, "“Vừa” (9.0 s)"),
        (25.0, "“Dài” (20.0 s), “Vừa” (9.0 s)"),
    ],
)
def test_what_to_cut_is_as_little_as_is_enough(over_s: float, cut: str) -> None:
    assert what_to_cut([("Ngắn", 4.0), ("Vừa", 9.0), ("Dài", 20.0)], over_s) == cut


def test_a_synthetic_voice_is_marked_in_the_file() -> None:
    tag = files()["main"][:2000]
    assert "Giọng đọc tổng hợp".encode("utf-16-le") in tag
    assert "AI-generated voice".encode("utf-16-le") in tag
    assert b"AI-GENERATED\0voice; espeak-ng" in tag
    assert b"digitalsourcetype/algorithmicMedia" in tag


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
