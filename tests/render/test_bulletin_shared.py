"""What bulletins share: the body is spoken once, an office's opening once, the web's bulletin once."""

from __future__ import annotations

from dataclasses import replace

from render.products import Planned
from render.steps import walk
from tests.render.bulletins_at_hand import OFFICE, ONE, PROVINCE, WARD, WEB, edition, planned, said


def voice_keys(plan: Planned) -> set[str]:
    return {step.key for step in walk(plan.files[0].step) if step.run.endswith("engines:speak")}


def part_keys(plan: Planned) -> list[str]:
    return [step.key for step in plan.files[0].step.needs.values()]


def test_the_body_is_spoken_once_for_all_offices_and_editions() -> None:
    one = voice_keys(planned(edition(office=PROVINCE)))
    other = voice_keys(planned(edition(office=OFFICE, id="0000AAAA1111")))
    assert len(one - other) == 2  # the greeting and who speaks
    assert voice_keys(planned(edition(id="0000AAAA1111"))) == voice_keys(planned(edition()))


def test_one_changed_sentence_is_one_new_voice() -> None:
    changed = edition(summary=said("Người từ đủ 75 tuổi được nhận trợ cấp hằng tháng."))
    assert len(voice_keys(planned(changed)) - voice_keys(planned(edition()))) == 1


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
