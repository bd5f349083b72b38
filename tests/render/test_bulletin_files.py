"""The files of a bulletin: gates that tell their figure, script, record, captions, the mark of a machine's voice."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from render.errors import GateError
from render.products.bulletin import _marks, _tags, check_bulletin
from render.speech import mpeg
from render.speech.fitting import length_s, what_to_cut
from render.speech.script import bulletin_script, script_of
from render.speech.sound import decode
from render.speech.voices import BULLETIN_PACE, Voice
from render.steps import Made
from tests.render.bulletins_at_hand import edition, make, planned


@cache
def files() -> Mapping[str, bytes]:
    plan = planned(edition())
    made: dict[str, Made] = {}
    for gate in plan.gates:
        make(gate, made)
    return {file.role: make(file.step, made).files[file.name] for file in plan.files}


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


def test_a_synthetic_voice_is_marked_in_the_file() -> None:
    tag = files()["main"][:2000]
    assert "Giọng đọc tổng hợp".encode("utf-16-le") in tag
    assert "AI-generated voice".encode("utf-16-le") in tag
    assert b"AI-GENERATED\0voice; espeak-ng" in tag
    assert b"digitalsourcetype/algorithmicMedia" in tag
