"""Nothing a machine says goes out before somebody has listened to it, sentence by sentence."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from render.cli import main
from render.edition import Run
from render.errors import SettingsError, VoiceError
from render.jobs import Job, MadeFile, Outcome
from render.plan import read_source
from render.products import Context, Planned, product
from render.publication import publications_from, withheld
from render.settings import read_settings
from render.speech.approval import Approval, Approvals, approvals_file, read_approvals, write_approvals
from render.speech.engines import espeak_paths
from tests.render.bulletins_at_hand import OFFICE, WARD, edition

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng is the machine here")

CONTEXT = Context("https://loa.example")
DAY = dt.date(2025, 9, 1)


def planned(context: Context = CONTEXT, name: str = "bulletin-3min", **changes: object) -> Planned:
    plan = product(name).plan(edition(**changes), context)
    assert isinstance(plan, Planned)
    return plan


def approving(plan: Planned, who: str = "Chị Nghe") -> Approvals:
    return Approvals(
        (Approval("bulletin-3min", "vi", "espeak-ng", who, DAY, frozenset(key for key, _ in plan.to_hear)),)
    )


def outcome(plan: Planned, lang: str = "vi") -> Outcome:
    job = Job("bulletin-3min", "tro-cap", lang, None, edition(), plan)
    file = MadeFile("mp3", "main", "audio/mpeg", "0" * 64, 10, "bulletin.mp3")
    return Outcome(job, "made", (file,), dict(plan.details), plan.warnings)


def test_a_machines_voice_is_made_yet_waits_with_its_release() -> None:
    plan = planned()
    assert plan.details["listening"] == "waiting"
    assert "chờ nghe duyệt trước khi phát hành" in plan.warnings
    (held,) = withheld([outcome(plan)])
    assert (held.state, held.reason, held.files) == ("waiting", "chờ nghe duyệt", ())
    assert publications_from([outcome(plan)]) == []


def test_what_was_listened_to_is_released_with_who_did() -> None:
    approved = planned(replace(CONTEXT, approvals=approving(planned())))
    assert approved.details["listening"] == "approved"
    assert approved.details["approved_by"] == "Chị Nghe 2025-09-01"
    (published,) = publications_from([outcome(approved)])
    details = published.entries[0].details
    assert {
        key: details[key] for key in ("engine", "quality", "voice_id", "listening", "approved_by", "synthetic")
    } == {
        "engine": "espeak-ng",
        "quality": "robot",
        "voice_id": "espeak-ng",
        "listening": "approved",
        "approved_by": "Chị Nghe 2025-09-01",
        "synthetic": True,
    }
    assert "GPL" in str(details["licence"])


def test_one_changed_sentence_voids_the_approval_and_is_named() -> None:
    context = replace(CONTEXT, approvals=approving(planned()))
    changed = planned(context, summary=(Run("Người từ đủ 70 tuổi được nhận trợ cấp mỗi tháng."),))
    assert changed.details["listening"] == "waiting"
    assert changed.details["listening_words"] == (
        "chờ nghe duyệt: 1 câu mới hoặc đã đổi: “Người từ đủ 70 tuổi được nhận trợ cấp mỗi tháng.”"
    )


def test_another_voice_must_be_heard_anew() -> None:
    context = replace(CONTEXT, approvals=approving(planned()), online_speech=True, draft=False)
    online = planned(context)
    assert (online.details["quality"], online.details["listening"]) == ("online", "waiting")
    assert online.details["listening_words"] == "chờ nghe duyệt"


def test_shorter_bulletins_of_the_same_sentences_need_no_second_hearing() -> None:
    context = replace(CONTEXT, approvals=approving(planned(name="bulletin-5min")))
    assert planned(context).details["listening"] == "approved"


def test_the_name_of_a_commune_needs_no_hearing_of_its_own() -> None:
    context = replace(CONTEXT, approvals=approving(planned()))
    assert planned(context, office=WARD).details["listening"] == "approved"
    south = planned(context, office=OFFICE)  # it hears ngàn where the North hears nghìn
    assert "câu mới hoặc đã đổi" in str(south.details["listening_words"])


def test_a_setting_lets_demonstrations_out_and_says_so() -> None:
    assert read_settings({"LOA_ALLOW_UNHEARD": "1"}).allow_unheard
    assert not read_settings({}).allow_unheard
    with pytest.raises(SettingsError, match="LOA_ALLOW_UNHEARD"):
        read_settings({"LOA_ALLOW_UNHEARD": "yes"})
    plan = planned(replace(CONTEXT, allow_unheard=True))
    assert plan.details["listening"] == "allowed"
    assert any("LOA_ALLOW_UNHEARD=1" in text for text in plan.warnings)
    assert publications_from([outcome(plan)])[0].entries[0].details["listening"] == "allowed"


def test_approvals_read_back_equal(tmp_path: Path) -> None:
    path = approvals_file(tmp_path / "bai.md")
    assert path.name == "bai.approvals.toml"
    assert read_approvals(path) == Approvals()
    approvals = (*approving(planned()).approvals, *approving(planned(), 'Anh "B" \\ C').approvals)
    write_approvals(path, approvals)
    assert read_approvals(path).approvals == approvals


@pytest.mark.parametrize(
    "text",
    [
        "[[approval]\n",
        '[[approval]]\nproduct = "a"',
        '[[approval]]\nproduct="a"\nlang="vi"\nvoice="x"\nwho=" "\non=2025-01-01\nsentences=[]',
        '[[approval]]\nproduct="a"\nlang="vi"\nvoice="x"\nwho="A"\non="hôm qua"\nsentences=[]',
        "approval = 3",
    ],
)
def test_approvals_that_cannot_be_read_are_no_approvals(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bai.approvals.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VoiceError, match="cannot be read") as refused:
        read_approvals(path)
    assert refused.value.where == str(path)


ARTICLE = """---
slug: bai-nghe
lang: vi
title: "Thẻ bảo hiểm y tế đến tận nhà"
summary: "Bà con nhận thẻ tại xã."
audiences: [3]
in_force: 2025-07-01
products: [bulletin-1min]
---
## Cách làm {#cach .steps}
1. Điền mẫu tại ủy ban nhân dân xã.
"""


@pytest.mark.slow
def test_from_building_to_listening_to_publishing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "LOA_HOME": str(tmp_path / "home"),
        "LOA_ONLINE_SPEECH": "off",
        "LOA_ALLOW_UNHEARD": "0",
        "LOA_STORE": str(tmp_path / "store"),
    }.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "bai-nghe.md"
    path.write_text(ARTICLE, encoding="utf-8")
    article = str(path)
    assert main(["build", article, "--out", str(tmp_path / "out")]) == 0
    assert list((tmp_path / "out" / "bai-nghe").glob("*.mp3"))  # it can be listened to
    capsys.readouterr()
    main(["publish", article, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["artifacts"] == []
    assert [(one["for"], one["words"]) for one in said["waiting"]] == [("approval", "chờ nghe duyệt")]

    assert main(["approve-sound", article]) == 1
    assert main(["approve-sound", article, "--by", "Chị Nghe"]) == 0
    assert main(["approve-sound", article]) == 0
    assert "Chị Nghe" in capsys.readouterr().out
    main(["publish", article, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert {one["details"].get("listening") for one in said["artifacts"] if one["role"] == "main"} == {"approved"}

    path.write_text(ARTICLE.replace("tại xã", "tại trạm y tế"), encoding="utf-8")
    main(["publish", article, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert [one["for"] for one in said["waiting"]] == ["approval"]
    assert "tại trạm y tế" in said["waiting"][0]["words"]
    source = read_source(path)
    assert isinstance(source.approvals, Approvals)


def test_broken_approvals_stop_what_sounds_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from render.build import Request, prepare

    path = tmp_path / "bai-nghe.md"
    path.write_text(ARTICLE.replace("[bulletin-1min]", "[bulletin-1min, leaflet-a4]"), encoding="utf-8")
    approvals_file(path).write_text("[[approval", encoding="utf-8")
    settings = read_settings({"LOA_HOME": str(tmp_path / "home"), "LOA_ONLINE_SPEECH": "off"})
    plans = {job.product: job.plan for job in prepare(Request((path,)), settings).jobs}
    assert isinstance(plans["bulletin-1min"], VoiceError)
    assert isinstance(plans["leaflet-a4"], Planned)
