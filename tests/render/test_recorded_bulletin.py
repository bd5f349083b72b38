"""A bulletin in a person's voice: from the sheet through `loa takes` to what is played, and what waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from render.errors import VoiceError
from render.paths import ASSETS
from render.plan import read_source
from render.products import Planned, Waiting, product
from render.speech.decoding import TAKE_RATE, Recording
from render.speech.engines import espeak_paths
from render.speech.recordings import Takes, signed_off, with_takes
from render.speech.segments import spoken_s
from render.speech.sound import VOICE_RATE, resampled
from render.speech.takefiles import read_takes, write_takes
from render.speech.taking import take_one
from render.steps import walk
from tests.render.recorded_article import ARTICLE, phone, run, sheet_of
from tests.render.voices_at_hand import DAY, LISTENER, SITTING, encoded, reading, said, taken, whole

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng reads in these tests")


def test_from_sheet_to_bulletin_in_a_persons_voice(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, edition, context = sheet_of(article)
    one_file = tmp_path / "ca-bai.amr"
    sound, _ = reading([one.line for one in sheet.lines], pauses_s=(1.0,), seed=3)
    one_file.write_bytes(encoded(sound, "amr", "libopencore_amrnb", 8_000))
    add = ("takes", article, "--add", one_file, "--speaker", "Chị Đọc", "--sheet", sheet.code)
    assert run(*add, "--dry-run") == 0
    assert not (tmp_path / "bai-thu.takes").exists()
    assert run(*add, "--consent", "2025-09-01") == 1
    out = capsys.readouterr().out
    assert "chờ nghiệm thu bản thu" in out
    assert "--cuts" in out
    assert "điện thoại (8 kHz)" in out
    waiting = product("bulletin-3min").plan(edition, sheet_of(article)[2])
    assert isinstance(waiting, Waiting)
    assert waiting.words.startswith("chờ nghiệm thu bản thu")
    assert run("takes", article, "--sign-off", LISTENER) == 0

    plan = product("bulletin-3min").plan(edition, sheet_of(article)[2])
    assert isinstance(plan, Planned)
    assert plan.details["engine"] == "recording"
    assert plan.details["synthetic"] is False
    assert LISTENER in str(plan.details["signed_off"])
    assert "Chị Đọc" in str(plan.details["licence"])
    engines = {
        step.run for file in plan.files for step in walk(file.step) if ":speak" in step.run or ":play" in step.run
    }
    assert engines == {"render.speech.recorded:play"}

    # The source changes: one segment asks for a new take, and until then the bulletin waits, in nobody else's voice.
    article.write_text(ARTICLE.replace("mười ngày", "mười lăm ngày"), encoding="utf-8")
    sheet, edition, context = sheet_of(article)
    (missing,) = sheet.missing()
    assert missing.before.endswith("Chờ mười ngày làm việc.")
    waiting = product("bulletin-3min").plan(edition, context)
    assert isinstance(waiting, Waiting)
    assert waiting.words == f"chờ bản thu, cần thu lại đoạn đã đổi lời: {missing.number}"
    again = phone(tmp_path / f"doan-{missing.number}.m4a", missing.line.text)
    assert run("takes", article, "--add", again, "--speaker", "Chị Đọc", "--consent", "2025-09-02") == 1
    assert run("takes", article, "--sign-off", LISTENER, "--segment", str(missing.number)) == 0
    assert isinstance(product("bulletin-3min").plan(edition, sheet_of(article)[2]), Planned)


def test_a_file_a_segment_is_matched_by_the_number_in_its_name(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, _, _ = sheet_of(article)
    files = [phone(tmp_path / f"Ghi âm {one.number}.m4a", one.line.text) for one in reversed(sheet.lines[:3])]
    assert run("takes", article, "--add", *files, "--speaker", "Chị Đọc") == 1
    takes = read_takes(tmp_path / "bai-thu.takes", "vi")
    assert takes is not None
    assert [take.text for take in takes.takes] == [one.line.text for one in sheet.lines[:3]]
    assert "thu đoạn 4" in capsys.readouterr().out
    odd = [phone(tmp_path / name, "Nộp cho xã.") for name in ("a.m4a", "b.m4a")]
    assert run("takes", article, "--add", *odd, "--speaker", "Chị Đọc") == 2
    assert "2 files were given for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--add", "x.m4a"], "who speaks"),
        (["--add", "x.m4a", "--speaker", "A"], "no such file"),
        (["--add", "bai-thu.md", "--speaker", "A"], "no sound file"),
        (["--add", "x.m4a", "--speaker", "A", "--segment", "99"], "no segment 99"),
        (["--add", "x.m4a", "--speaker", "A", "--segment", "a"], "no numbers"),
        (["--consent", "2025-01-01"], "whose consent"),
        (["--consent", "2099-01-01", "--speaker", "A"], "in the future"),
        (["--sheet", "AAAAAAAA"], "has changed since"),
        (["--cuts", "1,2"], "with one file"),
        (["--lang", "rad"], "no translation"),
        (["--lang", "xx"], "xx"),
        (["--dry-run"], "nothing to try"),
    ],
)
def test_mistakes_are_told_in_one_sentence(
    article: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(article.parent)
    assert run("takes", article, *arguments) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_a_failed_recording_loses_nothing_that_was_there(article: Path, tmp_path: Path) -> None:
    sheet, _, _ = sheet_of(article)
    good = phone(tmp_path / "1.m4a", sheet.lines[0].line.text)
    run("takes", article, "--add", good, "--speaker", "Chị Đọc", "--segment", "1")
    before = {path.name: path.read_bytes() for path in (tmp_path / "bai-thu.takes").iterdir()}
    bad = tmp_path / "2.m4a"
    bad.write_bytes(encoded(np.zeros(3 * VOICE_RATE, np.float32), "ipod", "aac", 44_100))
    assert run("takes", article, "--add", bad, "--speaker", "Chị Đọc", "--segment", "2") == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "bai-thu.takes").iterdir()} == before


def test_a_minority_language_waits_and_borrows_no_voice(article: Path, tmp_path: Path) -> None:
    (tmp_path / "bai-thu.rad.md").write_text(
        ARTICLE.replace("lang: vi", "lang: rad").replace("languages: [rad]\n", ""), encoding="utf-8"
    )
    _, edition, context = sheet_of(article, "rad")
    for name in ("bulletin-3min", "clip-vertical"):
        waiting = product(name).plan(edition, replace(context, draft=False, online_speech=True))
        assert isinstance(waiting, Waiting)
        assert waiting.reason == "recording"
    takes = replace(whole(), lang="vi")
    other = read_takes(write_into(tmp_path / "bai-thu.rad.takes", takes), "vi")
    assert other is not None
    source = read_source(article)
    assert isinstance(source.takes["rad"], VoiceError)


def write_into(folder: Path, takes: Takes) -> Path:
    write_takes(folder, takes, {one.take.sha256: one.sound for one in taken()})
    return folder


def test_an_office_without_its_own_greeting_uses_the_national_one_and_says_so() -> None:
    from render.build import DEMO_FACTS, OFFICES
    from render.facts import read_facts
    from render.offices import office, read_offices
    from render.plan import edition_of

    source = read_source(ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md")
    national, _, context = sheet_of(ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md")
    sound = Recording(resampled(said("Nộp cho xã."), VOICE_RATE, TAKE_RATE), 44_100)
    one = take_one(sound, national.lines[0], SITTING, where="a")
    takes = replace(
        with_takes(
            Takes("vi"),
            (replace(one.take, number=line.number, text=line.line.text) for line in national.lines),
            national.lines,
        ),
        sound=lambda sha: one.sound,
    )
    takes = signed_off(takes, LISTENER, DAY)
    here = office(read_offices(OFFICES), "66")
    edition = edition_of(source, "vi", here, facts=read_facts(DEMO_FACTS), on=DAY)
    plan = product("bulletin-3min").plan(
        replace(edition, hotline=national.edition.hotline), replace(context, takes=takes)
    )  # type: ignore[type-var]
    assert isinstance(plan, Planned)
    assert any("lời mở đầu chung" in text for text in plan.warnings)
    assert plan.details["engine"] == "recording"
    other = product("bulletin-3min").plan(replace(edition, hotline="0262 3812 345"), replace(context, takes=takes))  # type: ignore[type-var]
    assert isinstance(other, Waiting)  # a number that nobody has read is never replaced by another


def test_a_slow_reader_is_given_less_to_fill_the_slot() -> None:
    source = ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md"
    sheet, edition, context = sheet_of(source)
    sound = Recording(resampled(said("Nộp cho xã."), VOICE_RATE, TAKE_RATE), 44_100)
    one = take_one(sound, sheet.lines[0], SITTING, where="a")

    def left_out(pace: float) -> int:
        new = [
            replace(one.take, number=line.number, text=line.line.text, duration_s=spoken_s(line.line.spoken, pace))
            for line in sheet.lines
        ]
        takes = replace(with_takes(Takes("vi"), new, sheet.lines), sound=lambda sha: one.sound)
        plan = product("bulletin-3min").plan(edition, replace(context, takes=signed_off(takes, LISTENER, DAY)))
        assert isinstance(plan, Planned)
        return len(plan.details["left_out"])

    assert left_out(2.4) > left_out(3.6) >= left_out(4.5)
