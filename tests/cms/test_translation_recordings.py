"""Each text of a translation shows its recording: recorded there, heard by another, lost when the text changes."""

from __future__ import annotations

import json
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

from cms.articles.models import PolicyArticlePage
from cms.core.roles import CENTRAL_EDITOR, translator_of
from cms.translation.actions import SaveSegmentAction, StartTranslationAction
from cms.translation.models import TranslationTask, digest
from cms.translation.work import work_on
from render.speech.recordings import Line
from tests.cms.test_translation import browser, person, translate
from tests.render.voices_at_hand import encoded, reading

ARTICLE = """---
slug: bai-ngan
lang: vi
title: "Thẻ bảo hiểm y tế mới"
summary: "Bà con đến ủy ban nhân dân xã để nhận thẻ."
---

## Việc cần làm {#viec}

Mang theo giấy tờ tùy thân khi đến nhận. Thẻ không mất tiền.
"""
BODY = "Mang theo giấy tờ tùy thân khi đến nhận. Thẻ không mất tiền."


@pytest.fixture
def task(any_site: str, small_products: None, home: Path, tmp_path: Path) -> Any:
    """An article of a few sentences in Khmer's stead: its words do not matter here."""
    before = settings.TAKES_ROOT
    settings.TAKES_ROOT = home / "takes"
    (tmp_path / "bai-ngan.md").write_text(ARTICLE, encoding="utf-8")
    call_command("import_articles", str(tmp_path / "bai-ngan.md"), "--publish", verbosity=0)
    page = PolicyArticlePage.objects.get(slug="bai-ngan")
    StartTranslationAction(page, "rad").execute()
    yield TranslationTask.objects.get(key=page.translation_key, tag="rad")
    settings.TAKES_ROOT = before


@cache
def _sound(text: str) -> bytes:
    samples, _ = reading([Line(text, text)])
    return encoded(samples, "webm", "libopus", 48_000)


def _state(client: Client, task: TranslationTask) -> dict[str, Any]:
    return dict(json.loads(client.get(reverse("translation_recordings", args=[task.pk])).content))


def _path(task: TranslationTask, source: str) -> str:
    return next(row.kept.path for row in work_on(task).rows if row.kept.source == source)


def _upload(client: Client, task: TranslationTask, line: dict[str, Any], sheet: str, **fields: Any) -> Any:
    form = {
        "holds": line["key"], "speaker": "Y Bhăm", "consent": "on", "consent_on": "2025-09-01", "consent_by": "",
        "sheet": sheet, "file": SimpleUploadedFile("thu.webm", _sound(line["text"])),
    } | fields  # fmt: skip
    return client.post(reverse("translation_recordings", args=[task.pk]), form)


def test_a_sentence_is_recorded_beside_its_text_heard_by_another_and_lost_when_the_text_changes(
    task: TranslationTask,
) -> None:
    writer, second = person("a", translator_of("rad")), person("b", translator_of("rad"))
    one, other = browser(writer), browser(second)
    translate(task, writer)
    path = _path(task, BODY)
    state = _state(one, task)
    assert [line["state"] for line in state["segments"][path]] == ["missing", "missing"]

    first = state["segments"][path][0]
    answer = _upload(one, task, first, state["sheet"])
    assert answer.status_code == 200, answer.content
    line = answer.json()["segments"][path][0]
    assert (line["state"], line["own"], line["signable"]) == ("unheard", True, False)
    assert one.get(line["take"]["url"]).status_code == 200
    task.refresh_from_db()
    assert (task.recorded, task.signed_off) == (1, 0)

    sign = reverse("translation_sign_off", args=[task.pk])
    assert one.post(sign, {"take": line["take"]["sha256"]}).status_code == 400  # nobody signs their own
    assert _state(other, task)["segments"][path][0]["signable"]
    signed = other.post(sign, {"take": line["take"]["sha256"]}).json()
    assert signed["segments"][path][0]["state"] == "good"
    assert "b, " in signed["segments"][path][0]["take"]["heard"]
    task.refresh_from_db()
    assert (task.recorded, task.signed_off) == (1, 1)
    assert task.sentences == signed["counts"]["sentences"]

    # The matrix says so; a changed sentence is told as one to be recorded again, the untouched one stays.
    editor = browser(person("e", CENTRAL_EDITOR))
    assert f"1/{task.sentences}" in editor.get(reverse("translation_index")).content.decode()
    row = work_on(task).row(path)
    assert row is not None
    text = row.kept.target.replace("tùy thân", "tùy thân cũ")
    assert SaveSegmentAction(task, path, text, base=digest(row.kept.target), user=writer).execute().kept
    changed, untouched = _state(one, task)["segments"][path]
    assert (changed["state"], untouched["state"]) == ("changed", "missing")
    assert changed["before"] == first["text"]
    task.refresh_from_db()
    assert (task.recorded, task.signed_off) == (0, 0)


def test_every_sentence_of_the_sheet_stands_under_a_text_or_among_the_fixed_phrases(task: TranslationTask) -> None:
    writer = person("a", translator_of("rad"))
    translate(task, writer)
    state = _state(browser(writer), task)
    shown = [line["key"] for lines in [*state["segments"].values(), state["other"]] for line in lines]
    assert len(set(shown)) == state["counts"]["sentences"]
    assert _path(task, "Thẻ bảo hiểm y tế mới") in state["segments"]


def test_a_bad_recording_and_one_without_consent_are_told_and_nothing_is_kept(task: TranslationTask) -> None:
    writer = person("a", translator_of("rad"))
    client = browser(writer)
    translate(task, writer)
    state = _state(client, task)
    line = state["segments"][_path(task, BODY)][0]
    silence = SimpleUploadedFile("thu.webm", b"\x1aE\xdf\xa3" + b"\0" * 200)
    for fields in ({"file": silence}, {"consent": ""}, {"speaker": ""}, {"holds": "all"}, {"holds": "0" * 16}):
        answer = _upload(client, task, line, state["sheet"], **fields)
        assert answer.status_code == 400, fields
        assert answer.json()["refused"]
    assert _state(client, task)["counts"]["recorded"] == 0


def test_only_those_of_the_language_record_and_only_this_screen_has_a_microphone(task: TranslationTask) -> None:
    writer = person("a", translator_of("rad"))
    translate(task, writer)
    state = _state(browser(writer), task)
    line = state["segments"][_path(task, BODY)][0]
    url = reverse("translation_recordings", args=[task.pk])
    assert browser(person("k", translator_of("km"))).get(url).status_code in (302, 403)
    editor = browser(person("e", CENTRAL_EDITOR))
    assert editor.get(url).json()["records"] is False
    assert _upload(editor, task, line, state["sheet"]).status_code in (302, 403)
    sheet = browser(writer).get(reverse("translation_sheet", args=[task.pk]))
    assert sheet.content.startswith(b"%PDF")
    page = browser(writer).get(reverse("translation_edit", args=[task.pk]))
    assert "microphone=(self)" in page["Permissions-Policy"]
    assert "blob:" in page["Content-Security-Policy"].split("media-src")[1].split(";")[0]
    assert "microphone=()" in editor.get(reverse("translation_index"))["Permissions-Policy"]


def test_the_desk_of_a_language_is_open_to_its_translators(task: TranslationTask, login: Callable[..., Any]) -> None:
    source = PolicyArticlePage.objects.get(slug="bai-ngan")
    one = browser(person("a", translator_of("rad")))
    assert one.get(reverse("sound_desk", args=[source.pk, "rad"])).status_code == 200
    assert one.get(reverse("sound_desk", args=[source.pk, "vi"])).status_code in (302, 403)


def test_looking_at_a_translation_stores_no_page(task: TranslationTask) -> None:
    one = browser(person("a", translator_of("rad")))
    before = PolicyArticlePage.objects.count()
    for name in ("translation_edit", "translation_preview", "translation_recordings"):
        assert one.get(reverse(name, args=[task.pk])).status_code == 200
    assert PolicyArticlePage.objects.count() == before
