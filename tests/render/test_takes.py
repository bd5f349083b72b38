"""Takes: numbers that last, what is missing when a text changes, consent and sign-off, the sheet, the command."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.cli import main
from render.errors import VoiceError
from render.paths import ASSETS
from render.plan import read_source
from render.products import Context, Planned, Waiting, product
from render.reading import breaths, make_sheet, sheet_data, sheet_html, sheet_pdf
from render.speech.decoding import TAKE_RATE, Recording
from render.speech.engines import espeak_paths
from render.speech.recorded import play
from render.speech.recordings import (
    Line,
    Signed,
    Takes,
    agreed,
    number_lines,
    sheet_code,
    signed_off,
    standing,
    text_key,
    with_takes,
)
from render.speech.segments import spoken_s
from render.speech.sound import VOICE_RATE, from_wav, resampled
from render.speech.takefiles import read_takes, takes_folder, write_takes
from render.speech.taking import Sitting, Taken, take_one
from render.speech.voices import recorded_voice, speak_step
from render.steps import walk
from tests.render.voices_at_hand import DAY, LINES, SITTING, encoded, held, numbered, reading, said

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng reads in these tests")

LISTENER = "Người nghe thứ hai"


@cache
def taken(sitting: Sitting = SITTING) -> tuple[Taken, ...]:
    sound = [Recording(resampled(said(line.text), VOICE_RATE, TAKE_RATE), 44_100) for line in LINES]
    return tuple(take_one(one, line, sitting, where="a") for one, line in zip(sound, numbered(LINES), strict=True))


def whole(sitting: Sitting = SITTING) -> Takes:
    return signed_off(held(taken(sitting), numbered(LINES)), LISTENER, DAY)


# --- numbers ---------------------------------------------------------------------------------------------------


def line(text: str) -> Line:
    return Line(text, text)


def test_a_sentence_keeps_its_number_a_reworded_one_takes_over_a_new_one_comes_last() -> None:
    changed = [line("Lời chào mới hẳn."), *LINES]
    changed[3] = line("Nộp hồ sơ cho xã.")
    found = number_lines(changed, whole())
    assert [one.number for one in found] == [7, 1, 2, 3, 4, 5, 6]
    assert [one.before for one in found if one.before] == ["Nộp cho xã."]


def test_spaces_capitals_and_the_last_mark_change_nothing_an_amount_does() -> None:
    assert text_key("Nhận  500.000 đồng.") == text_key("nhận 500.000 đồng")
    assert text_key("Nhận 500.000 đồng") != text_key("Nhận 600.000 đồng")
    assert text_key("Nhận 5%") != text_key("Nhận 5")


@given(
    st.lists(st.sampled_from("abcdefghijklmnop"), max_size=12),
    st.lists(st.sampled_from("abcdefghijklmnop"), max_size=12),
)
def test_numbers_are_unique_and_lasting_whatever_is_put_in_or_taken_out(first: list[str], second: list[str]) -> None:
    before = number_lines([line(f"câu {name} một hai ba") for name in first])
    takes = with_takes(Takes("vi"), (), before)
    after = number_lines([line(f"câu {name} một hai ba") for name in second], takes)
    numbers = [one.number for one in after]
    assert len(set(numbers)) == len(numbers) == len(set(second))
    known = {one.line.key: one.number for one in before}
    assert all(one.number == known[one.line.key] for one in after if one.line.key in known)
    again = with_takes(takes, (), after)
    assert [one.number for one in number_lines([one.line for one in after], again)] == numbers


def test_a_text_said_twice_is_read_once() -> None:
    assert len(number_lines([*LINES, LINES[0], LINES[1]])) == len(LINES)


# --- what is missing -------------------------------------------------------------------------------------------


def test_all_there_is_complete() -> None:
    assert standing(LINES, whole()).complete


def test_a_changed_sentence_alone_asks_for_a_new_take_and_is_named() -> None:
    changed = [*LINES[:2], line("Nộp hồ sơ cho xã."), *LINES[3:], line("Câu thêm vào cuối bài.")]
    stands = standing(changed, whole())
    assert [one.number for one in stands.missing] == [3, 7]
    assert stands.words(whole()) == "chờ bản thu, cần thu lại đoạn đã đổi lời: 3; thu đoạn 7"


def test_without_consent_or_a_second_listener_nothing_is_played() -> None:
    unsigned = held(taken(Sitting("Chị A")), numbered(LINES))
    words = standing(LINES, unsigned).words(unsigned)
    assert words == "chưa ghi sự đồng ý của người đọc (đoạn 1–6); chờ nghiệm thu bản thu (đoạn 1–6)"
    consented = agreed(unsigned, "chị  a", "Chị A", DAY)
    assert standing(LINES, consented).words(consented) == "chờ nghiệm thu bản thu (đoạn 1–6)"
    assert standing(LINES, signed_off(consented, LISTENER, DAY)).complete


def test_nobody_signs_off_their_own_voice_nor_what_is_not_there() -> None:
    takes = held(taken(), numbered(LINES))
    with pytest.raises(VoiceError, match="is the speaker"):
        signed_off(takes, "người đọc MẪU", DAY)
    with pytest.raises(VoiceError, match="no take of segment 99"):
        signed_off(takes, LISTENER, DAY, [99])
    with pytest.raises(VoiceError, match="no take is by"):
        agreed(takes, "Ai khác", "Ai khác", DAY)


def test_a_new_take_takes_the_place_of_the_old_one_and_must_be_heard_again() -> None:
    again = take_one(
        Recording(resampled(said(LINES[2].text, 2.9), VOICE_RATE, TAKE_RATE), 44_100),
        numbered(LINES)[2],
        SITTING,
        where="3",
    )
    takes = with_takes(whole(), [again.take], numbered(LINES))
    assert len(takes.takes) == len(LINES)
    assert takes.of(LINES[2].text) == again.take
    assert [one.number for one in standing(LINES, takes).unsure] == [3]


# --- files -----------------------------------------------------------------------------------------------------


def test_takes_lie_beside_their_article_and_read_back_equal(tmp_path: Path) -> None:
    folder = takes_folder(tmp_path / "bai.md", "km", "vi")
    assert folder.name == "bai.km.takes"
    assert takes_folder(tmp_path / "bai.md", "vi", "vi").name == "bai.takes"
    takes = replace(whole(), lang="km")
    written = write_takes(folder, takes, {one.take.sha256: one.sound for one in taken()})
    read = read_takes(folder, "km")
    assert read == written == takes
    assert read is not None
    assert read.sound(read.takes[0].sha256) == taken()[0].sound
    assert len(list(folder.glob("*.flac"))) == len(LINES)


def test_an_older_take_is_put_aside_not_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "bai.takes"
    write_takes(folder, whole(), {one.take.sha256: one.sound for one in taken()})
    kept = replace(whole(), takes=whole().takes[1:])
    write_takes(folder, kept, {})
    assert len(list(folder.glob("*.flac"))) == len(LINES) - 1
    assert len(list((folder / "older").glob("*.flac"))) == 1


def test_a_take_that_was_changed_or_lost_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "bai.takes"
    write_takes(folder, whole(), {one.take.sha256: one.sound for one in taken()})
    takes = read_takes(folder, "vi")
    assert takes is not None
    first, second = sorted(folder.glob("*.flac"))[:2]
    first.write_bytes(second.read_bytes())
    second.unlink()
    with pytest.raises(VoiceError, match="not the one that was signed for"):
        takes.sound(takes.takes[0].sha256)
    with pytest.raises(VoiceError, match="not there any more"):
        takes.sound(takes.takes[1].sha256)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lang = [", "cannot be read"),
        ('lang = "km"', "never borrowed"),
        ('lang = "vi"\n[[take]]\nnumber = 1', "incomplete"),
        (
            'lang = "vi"\n[[take]]\nnumber = 1\ntext = "a"\nsha256 = "zz"\nduration_s = 1.0\nspeaker = "B"',
            "incomplete: sha256",
        ),
        (
            f'lang = "vi"\n[[take]]\nnumber = 1\ntext = "a"\nsha256 = "{"0" * 64}"\nduration_s = 1.0\nspeaker = "B"\n'
            'consent = { who = "", on = 2025-01-01 }',
            "both needed",
        ),
    ],
)
def test_a_list_of_takes_that_cannot_be_used_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    folder = tmp_path / "bai.takes"
    folder.mkdir()
    (folder / "takes.toml").write_text(text, encoding="utf-8")
    with pytest.raises(VoiceError, match=told) as refused:
        read_takes(folder, "vi")
    assert refused.value.where.endswith("takes.toml")


# --- played ----------------------------------------------------------------------------------------------------


def test_a_take_plays_at_the_level_of_all_voices_and_no_worker_needs_the_folder() -> None:
    voice = recorded_voice(whole())
    assert (voice.quality, voice.synthetic, voice.warnings) == ("human", False, ())
    step = speak_step("đọc thế nào cũng được", voice, text=LINES[1].text)
    made = play(step.inputs, {})
    samples, rate = from_wav(made.files["voice.wav"])
    assert rate == VOICE_RATE
    loud = np.sort(np.abs(samples))[-len(samples) // 3 :]
    assert 20 * np.log10(np.sqrt(np.mean(loud**2))) == pytest.approx(-18, abs=4)
    assert len(samples) / rate == pytest.approx(len(said(LINES[1].text)) / VOICE_RATE, abs=0.25)
    assert play(step.inputs, {}).files == made.files
    with pytest.raises(VoiceError, match="nobody has recorded"):
        speak_step("câu chưa ai đọc", voice)


# --- a whole article -------------------------------------------------------------------------------------------

ARTICLE = """---
slug: bai-thu
lang: vi
title: "Thẻ bảo hiểm y tế đến tận nhà"
summary: "Bà con nhận thẻ tại xã."
audiences: [3]
in_force: 2025-07-01
languages: [rad]
products: [bulletin-3min]
---
## Cách làm {#cach .steps}
1. Điền mẫu tại ủy ban nhân dân xã.
2. Chờ mười ngày làm việc.
"""
FACTS = "version = 1\n"


@pytest.fixture
def article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"LOA_HOME": str(tmp_path / "home"), "LOA_ONLINE_SPEECH": "off"}.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "bai-thu.md"
    path.write_text(ARTICLE, encoding="utf-8")
    shutil.copy(path, tmp_path / "goc.txt")
    return path


def run(*arguments: object) -> int:
    return main([str(one) for one in arguments])


def sheet_of(path: Path, lang: str = "vi"):  # type: ignore[no-untyped-def]
    from render.build import DEMO_FACTS
    from render.facts import read_facts
    from render.plan import edition_of, sound_context

    source = read_source(path)
    edition = edition_of(source, lang, None, facts=read_facts(DEMO_FACTS), on=DAY)
    context = sound_context(source, lang, Context("https://loa.example"))
    return make_sheet(edition, context, wished=source.article.products), edition, context  # type: ignore[arg-type]


def phone(path: Path, text: str) -> Path:
    path.write_bytes(encoded(np.concatenate([np.zeros(9000, np.float32), said(text)]), "ipod", "aac", 44_100))
    return path


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


# --- the sheet -------------------------------------------------------------------------------------------------


def test_the_sheet_shows_numbers_breaths_and_how_figures_are_said() -> None:
    source = ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md"
    sheet, edition, _ = sheet_of(source)
    data = sheet_data(sheet)
    lines = [one for group in data["groups"] for one in group["lines"]]
    assert [one["number"] for one in lines] == list(range(1, len(lines) + 1))
    assert any("mười lăm năm" in one["said"] for one in lines)
    assert any(len(one["breaths"]) > 1 for one in lines)
    html = sheet_html(sheet)
    assert "http" not in html.replace(edition.hotline, "")
    assert f"Mã phiếu <strong>{sheet.code}" in html
    assert all(f'id="doan-{one["number"]}"' in html for one in lines)
    pdf = sheet_pdf(sheet)
    assert pdf == sheet_pdf(sheet)
    assert len(pdf) < 400_000


@pytest.mark.parametrize("lang", ["km", "blt-Tavt", "zh-Hant"])
def test_the_sheet_is_set_in_every_script(lang: str, tmp_path: Path) -> None:
    sheet, _, _ = sheet_of(ASSETS / "demo" / "articles" / "quyen-an-sinh-xa-hoi.md", lang)
    path = tmp_path / "a.pdf"
    path.write_bytes(sheet_pdf(sheet))
    fonts = (
        subprocess.run(["pdffonts", path], capture_output=True, text=True, check=False).stdout
        if shutil.which("pdffonts")
        else ""
    )
    assert path.read_bytes().startswith(b"%PDF")
    assert not fonts or "Noto" in fonts or "Tai" in fonts


def test_a_hostile_text_stays_text_on_the_page(article: Path) -> None:
    article.write_text(
        ARTICLE.replace("Bà con nhận thẻ tại xã.", "Bà con nhận <script>x</script> tại xã #panic."), encoding="utf-8"
    )
    sheet, _, _ = sheet_of(article)
    assert "<script>" not in sheet_html(sheet)
    assert sheet_pdf(sheet).startswith(b"%PDF")


def test_a_sheet_after_a_change_marks_what_to_read_and_shows_the_old_wording(article: Path, tmp_path: Path) -> None:
    sheet, _, _ = sheet_of(article)
    lines = [one.line for one in sheet.lines]
    sound = {one.text: Recording(resampled(said(one.text), VOICE_RATE, TAKE_RATE), 44_100) for one in lines}
    new = [take_one(sound[one.line.text], one, SITTING, where="a") for one in sheet.lines]
    takes = with_takes(Takes("vi"), (one.take for one in new), sheet.lines)
    write_takes(tmp_path / "bai-thu.takes", takes, {one.take.sha256: one.sound for one in new})
    article.write_text(ARTICLE.replace("mười ngày", "mười lăm ngày"), encoding="utf-8")
    changed, _, _ = sheet_of(article)
    assert changed.code != sheet.code
    assert "Chỉ thu 1 đoạn có dấu »" in sheet_data(changed)["to_read"]
    assert sheet_pdf(changed).startswith(b"%PDF")
    html = sheet_html(changed)
    assert html.count("»") == 2
    assert "Lời cũ: <s" in html
    assert "đã có bản thu, không cần đọc lại" in html


def test_the_command_writes_both_sheets(article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("script", article, "--out", tmp_path / "out", "--product", "bulletin-3min") == 0
    made = sorted(path.name for path in (tmp_path / "out" / "bai-thu").iterdir())
    assert made == ["bai-thu.vi.recording-sheet.html", "bai-thu.vi.recording-sheet.pdf"]
    assert "đoạn cần thu" in capsys.readouterr().out


@given(st.text(alphabet="abc,;: –đ.", max_size=80))
def test_breaths_lose_no_letter(text: str) -> None:
    assert [c for c in " ".join(breaths(text)) if not c.isspace()] == [c for c in text if not c.isspace()]


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


def test_the_code_names_exactly_what_the_sheet_holds() -> None:
    assert sheet_code(numbered(LINES)) == sheet_code(numbered(LINES))
    assert sheet_code(numbered(LINES)) != sheet_code(numbered(LINES[:-1]))
    assert dt.date(2025, 9, 1) == Signed("a", DAY).on
