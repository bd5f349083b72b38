"""The desk where recordings come in: what is missing, uploads good and bad, cuts, consent, the second listener."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cms.approval.actions import SystemApprovalAction
from cms.articles.models import PolicyArticlePage
from cms.previews.sources import draft_of
from cms.production import worker
from cms.production.enums import BuildCause
from cms.production.models import Build, ProductState
from cms.sound.models import TakeUpload
from cms.sound.sheets import Desk, desk_of
from cms.sound.takes import folder_of
from cms.sound.trials import folder_of_trials
from render import sketches
from render.speech.engines import espeak_paths
from render.speech.recordings import Line, standing
from render.speech.takefiles import read_takes
from tests.cms.conftest import CONTRIBUTORS, EDITORS
from tests.render.voices_at_hand import encoded, reading, said, wav

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng reads in these tests")

ARTICLE = """---
slug: bai-ngan
lang: vi
title: "Thẻ bảo hiểm y tế mới"
summary: "Bà con đến ủy ban nhân dân xã để nhận thẻ."
---

## Việc cần làm {#viec}

Mang theo giấy tờ tùy thân khi đến nhận.
"""
TODAY = "2025-09-01"
SPEAKER = "Người đọc mẫu"


@pytest.fixture
def takes_root(home: Path) -> Any:
    """A private folder of the test's own."""
    before = settings.TAKES_ROOT
    settings.TAKES_ROOT = home / "takes"
    yield settings.TAKES_ROOT
    settings.TAKES_ROOT = before


@pytest.fixture
def page(site: str, small_products: None, takes_root: Path, tmp_path: Path) -> PolicyArticlePage:
    """A published article of a few sentences."""
    (tmp_path / "bai-ngan.md").write_text(ARTICLE, encoding="utf-8")
    call_command("import_articles", str(tmp_path / "bai-ngan.md"), "--publish", verbosity=0)
    return PolicyArticlePage.objects.get(slug="bai-ngan")


def _desk(page: Any) -> Desk:
    found = desk_of(page, "vi")
    assert isinstance(found, Desk)
    return found


def _url(page: Any, name: str = "sound_desk", *more: Any) -> str:
    return reverse(name, args=[page.pk, "vi", *more])


@cache
def _read_aloud(texts: tuple[str, ...], container: str = "mp4", codec: str = "aac") -> bytes:
    samples, _ = reading([Line(text, text) for text in texts], pauses_s=(0.9,))
    return encoded(samples, container, codec, 44_100)


def _whole(page: Any) -> bytes:
    return _read_aloud(tuple(one.line.spoken for one in _desk(page).sheet.lines))


def _upload(client: Client, page: Any, data: bytes, *, name: str = "thu.m4a", **fields: Any) -> Any:
    form = {
        "holds": "all", "speaker": SPEAKER, "consent": "on", "consent_on": TODAY, "consent_by": "",
        "sheet": _desk(page).sheet.code, "file": SimpleUploadedFile(name, data),
    } | fields  # fmt: skip
    return client.post(_url(page), {key: value for key, value in form.items() if value is not None})


def _keep(client: Client, answer: Any) -> Any:
    """Keep a long recording as it was cut."""
    return client.post(answer.headers["Location"], {"do": "keep", "start": _starts(client, answer.headers["Location"])})


def _starts(client: Client, url: str) -> list[str]:
    return re.findall(r'name="start" value="([^"]*)"', client.get(url).content.decode())


def _shown(answer: Any) -> str:
    if hasattr(answer, "render") and not answer.is_rendered:
        answer.render()
    return str(answer.content.decode())


def _author(page: Any, login: Callable[..., Any]) -> Any:
    """A contributor whose article it is."""
    contributor = login(CONTRIBUTORS)
    page.owner = contributor.user
    page.save(update_fields=["owner"])
    return contributor


def _takes(page: Any) -> Any:
    return read_takes(folder_of(page.slug, "vi", "vi"), "vi")


def test_one_long_file_is_cut_shown_kept_heard_by_another_and_released(page: Any, login: Callable[..., Any]) -> None:
    worker.run(once=True)
    assert ProductState.objects.get(product="sound").details["quality"] == "robot"
    editor = login(EDITORS)
    before = _shown(editor.get(_url(page)))
    count = len(_desk(page).sheet.lines)
    assert before.count('data-state="missing"') == count >= 6
    answer = _upload(editor, page, _whole(page))
    assert answer.status_code == 302, _shown(answer)
    split = answer.headers["Location"]
    assert len(_starts(editor, split)) == count
    assert not folder_of("bai-ngan", "vi", "vi").exists()  # nothing is kept before somebody has seen the cuts
    assert _keep(editor, answer).headers["Location"] == _url(page)
    takes = _takes(page)
    assert len(takes.takes) == count
    assert {(take.speaker, take.consent.who, take.consent.on.isoformat()) for take in takes.takes} == {
        (SPEAKER, SPEAKER, TODAY)
    }
    assert set(TakeUpload.objects.values_list("user", flat=True)) == {editor.user.pk}
    assert list(folder_of_trials(_desk(page)).iterdir()) == []

    # Who brought them does not sign them off; another editor does, and a build releases the person's voice.
    chosen = [take.sha256 for take in takes.takes]
    assert "chính anh/chị tải lên" in _shown(editor.get(_url(page)))
    refused = editor.post(_url(page, "sound_sign_off"), {"take": chosen}, follow=True)
    assert "Cần một người khác nghe nghiệm thu" in _shown(refused)
    second = login(EDITORS, name="nguoithuhai")
    Build.objects.all().delete()
    assert second.post(_url(page, "sound_sign_off"), {"take": chosen}).status_code == 302
    assert standing((one.line for one in _desk(page).sheet.lines), _takes(page)).complete
    assert {take.heard.who for take in _takes(page).takes} == {"nguoithuhai"}
    read = sketches.reading(draft_of(page), "bulletin-web")  # whoever listens to a draft hears them, and reads so
    assert (read.voice, read.waiting) == (f"giọng đọc: {SPEAKER}", "")
    assert sketches._planned(draft_of(page), "sound")[2].details["quality"] == "human"
    build = Build.objects.get()
    assert (build.cause, build.products, build.requested_by) == (BuildCause.RECORDED, ["sound", "film"], second.user)
    worker.run(once=True)
    sound = ProductState.objects.get(product="sound")
    assert (sound.details["quality"], sound.details["listening"]) == ("human", "signed-off")
    assert sound.released is not None

    # One sentence changes: it alone asks for a new take, under its number.
    page.refresh_from_db()
    page.summary = "Bà con đến trạm y tế xã để nhận thẻ."
    changed = page.save_revision()
    SystemApprovalAction(changed.as_object()).execute()
    changed.publish()
    shown = _shown(editor.get(_url(page)))
    assert (shown.count('data-state="changed"'), shown.count('data-state="good"')) == (1, count - 1)
    changed = _desk(page).sheet.missing()[0]
    read = sketches.reading(draft_of(page), "bulletin-web")
    assert read.voice == ""  # no machine says one sentence among a person's
    assert f"{changed.number}" in read.waiting
    one = _upload(
        editor, page, wav(said(changed.line.spoken)), name="một câu.wav", holds=changed.line.key, speaker="Người khác"
    )
    assert one.headers["Location"].endswith(f"#cau-{changed.number}")
    assert _takes(page).of(changed.line.text).number == changed.number
    worker.run(once=True)
    sound.refresh_from_db()
    assert "chờ nghiệm thu bản thu" in sound.reason


def test_the_cuts_can_be_corrected(page: Any, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    split = _upload(editor, page, _whole(page)).headers["Location"]
    starts = _starts(editor, split)
    moved = [*starts[:2], f"{float(starts[2]) + 0.05:.2f}".replace(".", ","), *starts[3:]]
    shown = _shown(editor.post(split, {"do": "try", "start": moved}))
    assert moved[2].replace(",", ".") in shown
    for wrong, words in (
        ([*starts[:2], "0.1", *starts[3:]], "phải tăng dần"),
        ([*starts[:2], "x", *starts[3:]], "không phải là số giây"),
        (starts[:3], "Cần đủ"),
        ([*starts[:2], "nan", *starts[3:]], "phải tăng dần"),
        ([*starts[:-1], "1e400"], "phải tăng dần"),
    ):
        answer = editor.post(split, {"do": "keep", "start": wrong})
        assert answer.status_code == 400
        assert words in _shown(answer)
    assert _takes(page) is None
    assert editor.get(_url(page, "sound_split_picture", split.split("/")[-2])).headers["Content-Type"] == "image/webp"
    sound = editor.get(_url(page, "sound_split_sound", split.split("/")[-2]), headers={"range": "bytes=0-3"})
    assert (sound.status_code, sound.getvalue()) == (206, b"fLaC")
    # It is its uploader's alone, and thrown away on request.
    assert login(EDITORS, name="nguoithuhai").get(split).status_code == 404
    assert editor.post(split, {"do": "drop"}).headers["Location"] == _url(page)
    assert editor.get(split).status_code == 404


def test_a_recording_with_sentences_left_out_is_told_and_can_still_be_cut_by_hand(
    page: Any, login: Callable[..., Any]
) -> None:
    editor = login(EDITORS)
    lines = _desk(page).sheet.lines
    answer = _upload(editor, page, _read_aloud(tuple(one.line.spoken for one in lines[:-3])))
    shown = _shown(editor.get(answer.headers["Location"]))
    assert f"Phiếu có {len(lines)} đoạn, trong bản thu nghe được khoảng" in shown
    assert len(_starts(editor, answer.headers["Location"])) == len(lines)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "không có nội dung"),
        (b"MZ\x90\x00 this is a program", "không phải tệp âm thanh"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt broken", "Không đọc được tệp"),
        (wav(said("Xin chào.") * 0), "không có tiếng"),
    ],
)
def test_a_bad_file_is_told_and_nothing_is_kept(page: Any, login: Callable[..., Any], data: bytes, words: str) -> None:
    line = _desk(page).sheet.lines[1]
    answer = _upload(login(EDITORS), page, data, name="<b>x</b>.wav", holds=line.line.key)
    assert answer.status_code == 400
    assert words in _shown(answer)
    assert "<b>x</b>" not in _shown(answer)
    assert not TakeUpload.objects.exists()
    assert _takes(page) is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"consent": None}, "bắt buộc"),
        ({"speaker": "  "}, "bắt buộc"),
        ({"consent_on": "2999-01-01"}, "Ngày này chưa tới"),
        ({"holds": "khong-co"}, "khong-co"),
        ({"sheet": "00000000"}, "Lời bài đã đổi"),
        ({"file": None}, "bắt buộc"),
    ],
)
def test_what_the_form_needs_is_asked_for(
    page: Any, login: Callable[..., Any], fields: dict[str, Any], words: str
) -> None:
    answer = _upload(login(EDITORS), page, b"x", **fields)
    assert answer.status_code == 400
    assert words in _shown(answer)


def test_a_file_that_is_too_large_is_refused_before_it_is_decoded(
    page: Any, login: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RECORDING_UPLOAD_MAX_BYTES", 1000)
    answer = _upload(login(EDITORS), page, b"RIFF" + b"\0" * 2000)
    assert "lớn hơn 0 MB" in _shown(answer)
    monkeypatch.setattr(settings, "REQUEST_MAX_BYTES", 1000)
    assert _upload(login(EDITORS, name="hai"), page, b"\0" * 2000).status_code == 413
    assert Client().post("/admin/login/", {"username": "x" * 2000}).status_code == 413  # from anybody, before reading


def test_a_take_is_heard_by_those_who_make_it_and_by_nobody_else(page: Any, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    line = _desk(page).sheet.lines[0]
    _upload(editor, page, wav(said(line.line.spoken)), holds=line.line.key)
    take = _takes(page).takes[0]
    address = _url(page, "sound_take", take.sha256)
    assert editor.get(address).getvalue()[:4] == b"fLaC"
    assert "login" in Client().get(address).headers["Location"]
    assert editor.get(_url(page, "sound_take", "0" * 64)).status_code == 404
    assert stat.S_IMODE(os.stat(settings.TAKES_ROOT).st_mode) == 0o700


def test_who_may_come_to_the_desk(page: Any, login: Callable[..., Any]) -> None:
    addresses = [_url(page), _url(page, "sound_sheet"), _url(page, "sound_split", "0" * 32)]
    for address in addresses:
        assert "login" in Client().get(address).headers["Location"]
        assert login("", name=f"la{len(address)}").get(address).status_code in (302, 403)
    line = _desk(page).sheet.lines[0]
    contributor = _author(page, login)
    answer = _upload(contributor, page, wav(said(line.line.spoken)), holds=line.line.key)
    assert answer.status_code == 302  # who may write may bring recordings
    chosen = {"take": [_takes(page).takes[0].sha256]}
    other = login(CONTRIBUTORS, name="congtacvien2")
    assert _upload(other, page, wav(said(line.line.spoken)), holds=line.line.key).status_code in (302, 403)
    assert len(_takes(page).takes) == 1
    assert contributor.post(_url(page, "sound_sign_off"), chosen).status_code in (302, 403)
    assert other.post(_url(page, "sound_sign_off"), chosen).status_code in (302, 403)
    assert _takes(page).takes[0].heard is None  # who may not approve sound signs nothing off
    editor = login(EDITORS)
    assert editor.get(_url(page, "sound_sign_off")).status_code == 405
    for wrong in ([], ["0" * 64], ["x"]):
        editor.post(_url(page, "sound_sign_off"), {"take": wrong})
    assert _takes(page).takes[0].heard is None
    assert editor.get(_url(page).replace("/vi/", "/xx/")).status_code == 404
    assert "chờ bản dịch" in _shown(editor.get(_url(page).replace("/vi/", "/km/")))


def test_the_speaker_does_not_sign_off_their_own_voice(page: Any, login: Callable[..., Any]) -> None:
    line = _desk(page).sheet.lines[0]
    _upload(_author(page, login), page, wav(said(line.line.spoken)), holds=line.line.key, speaker="Lan  Mẫu")
    speaker = login(EDITORS, name="lan")
    speaker.user.first_name, speaker.user.last_name = "Lan", "Mẫu"
    speaker.user.save()
    chosen = {"take": [_takes(page).takes[0].sha256]}
    answer = speaker.post(_url(page, "sound_sign_off"), chosen, follow=True)
    assert "Lan Mẫu là người đọc đoạn" in _shown(answer)
    assert _takes(page).takes[0].heard is None


def test_the_sheet_to_read_from_is_a_pdf(page: Any, login: Callable[..., Any]) -> None:
    import pypdfium2

    answer = login(EDITORS).get(_url(page, "sound_sheet"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bai-ngan.vi.recording-sheet.pdf"'
    text = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_bounded()
    assert _desk(page).sheet.code in text


def test_a_draft_can_be_recorded_before_it_is_published(page: Any, login: Callable[..., Any]) -> None:
    page.unpublish()
    page.refresh_from_db()
    editor = login(EDITORS)
    assert "bản nháp" in _shown(editor.get(_url(page)))
    line = _desk(page).sheet.lines[0]
    _upload(_author(page, login), page, wav(said(line.line.spoken)), holds=line.line.key)
    Build.objects.all().delete()
    editor.post(_url(page, "sound_sign_off"), {"take": [_takes(page).takes[0].sha256]})
    assert _takes(page).takes[0].heard is not None
    assert not Build.objects.exists()


def test_a_new_address_takes_the_recordings_along(page: Any, login: Callable[..., Any]) -> None:
    line = _desk(page).sheet.lines[0]
    _upload(login(EDITORS), page, wav(said(line.line.spoken)), holds=line.line.key)
    page.slug = "bai-khac"
    page.save_revision().publish()
    assert _takes(page).takes[0].text == line.line.text


def test_recordings_nobody_came_back_to_go_after_a_day(page: Any, login: Callable[..., Any]) -> None:
    editor = login(EDITORS)
    old = _upload(editor, page, _whole(page)).headers["Location"]
    past = time.time() - 25 * 3600
    for path in folder_of_trials(_desk(page)).iterdir():
        os.utime(path, (past, past))
    new = _upload(editor, page, _whole(page)).headers["Location"]
    assert editor.get(old).status_code == 404
    assert editor.get(new).status_code == 200
