"""`loa listen-report`: what is told of a release's bulletins is measured on the files that lie in the store."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from render.cli import main
from render.keys import load_or_make_signer
from render.listening import listen
from render.manifest import Entry, Release
from render.publication import Publication
from render.release import publish
from render.speech import mpeg
from render.speech.joining import Part, joined
from render.store import Store, open_store
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, edition_data, edition_id

DETAILS = {
    "duration_s": 999.0,
    "loudness_lufs": -30.0,
    "true_peak_dbtp": 0.0,
    "longest_silence_s": 9.0,
    "voice": "giọng máy (espeak-ng)",
    "quality": "robot",
    "listening": "approved",
    "slot_s": 180.0,
}


@cache
def sound(strength: float, gap_s: float = 0.5, seconds: float = 4.0) -> bytes:
    """A warble, a gap, a warble: as an MP3 of ours."""
    time = np.arange(round(seconds * mpeg.RATE)) / mpeg.RATE
    tone = strength * np.sin(2 * np.pi * 997 * time)
    whole = np.concatenate([tone, np.zeros(round(gap_s * mpeg.RATE)), tone, np.zeros(mpeg.QUIET_END)])
    frames = mpeg.encode(np.pad(whole, (0, -len(whole) % mpeg.FRAME)).astype(np.float32))
    data = b"".join(frames)
    return b"".join(joined([Part(data, len(frames), mpeg.crc16(data))]).read())


def released(tmp_path: Path, *entries: tuple[str, bytes, dict[str, object]]) -> tuple[Store, Release]:
    files = Files()
    listed = []
    for product, data, changes in entries:
        file = files.add(data, role="main", suffix="mp3", name=f"mot.vi.{product}.mp3", media_type="audio/mpeg")
        listed.append(
            Entry(
                product=product,
                label="Bản tin",
                medium="audio",
                size="3 phút",
                lang="vi",
                office=None,
                edition=edition_id("mot"),
                title="Một bài",
                priority="normal",
                in_force=None,
                applies_from=None,
                note="",
                files=(file,),
                details=DETAILS | changes,
            )
        )
    store = open_store(str(tmp_path / "store"))
    publication = Publication("mot", {"vi": edition_data("mot", "vi", "Một bài")}, tuple(listed))
    release = publish(
        store,
        load_or_make_signer(tmp_path / "key.pem"),
        [publication],
        load=files.load,
        offices=OFFICES,
        public_url=PUBLIC_URL,
        at=AT,
    )
    assert release is not None
    return store, release


LEVEL = 10 ** ((-16 + 3.01 + 0.445) / 20)  # a sine at −16 LUFS after the encoder's own 0.445 dB


def test_a_good_bulletin_is_told_as_it_sounds_not_as_it_was_announced(tmp_path: Path) -> None:
    store, release = released(tmp_path, ("bulletin-3min", sound(LEVEL), {}))
    (heard,) = listen(store, release)
    assert heard.faults == ()
    assert heard.loudness_lufs == pytest.approx(-16, abs=0.3)
    assert heard.true_peak_dbtp == pytest.approx(20 * math.log10(LEVEL) - 0.445, abs=0.3)
    assert heard.duration_s == pytest.approx(8.6, abs=0.2)
    assert heard.longest_silence_s == pytest.approx(0.5, abs=0.1)
    assert (heard.slot_s, heard.voice, heard.quality) == (180.0, "giọng máy (espeak-ng)", "robot")
    assert heard.listening == "đã nghe duyệt"
    assert heard.measured


def test_what_misses_its_targets_is_named(tmp_path: Path) -> None:
    store, release = released(
        tmp_path,
        ("bulletin-1min", sound(LEVEL), {"slot_s": 5.0}),
        ("bulletin-3min", sound(LEVEL / 4), {}),
        ("bulletin-5min", sound(LEVEL, gap_s=2.5), {"listening": "waiting"}),
    )
    one, three, five = listen(store, release)
    assert one.faults[0].startswith("dài hơn khung 3.")
    assert three.faults == ("mức tiếng lệch -12.2 LU",)
    assert five.faults == ("có khoảng lặng dài",)
    assert five.listening == "chờ nghe duyệt"


def test_a_quick_report_says_what_the_release_says(tmp_path: Path) -> None:
    store, release = released(tmp_path, ("bulletin-3min", sound(LEVEL), {}))
    (heard,) = listen(store, release, measure=False)
    assert (heard.loudness_lufs, heard.duration_s, heard.measured) == (-30.0, 999.0, False)


def test_the_command_prints_a_table_or_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOA_ONLINE_SPEECH", "off")
    store, release = released(tmp_path, ("bulletin-3min", sound(LEVEL), {}))
    assert main(["listen-report", "--store", store.url]) == 0
    told = capsys.readouterr().out
    assert "mot.vi.bulletin-3min" in told
    assert "-16.2 LUFS" in told
    assert "1 bản tin" in told
    assert main(["listen-report", "--store", store.url, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["release"] == release.id
    assert report["bulletins"][0]["loudness_lufs"] == pytest.approx(-16, abs=0.3)
    assert main(["listen-report", "--store", store.url, "--release", "77"]) == 2
    assert "no release 77" in capsys.readouterr().err
