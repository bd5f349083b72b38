"""The ZIP for a USB stick and the first ten seconds of a bulletin: plain names, whole files, the same bytes always."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.excerpt import excerpt
from render.zipping import GUIDE, PLAYLIST, SUMS, pack_bulletins, playlist, stored_zip

SAMPLE_RATE = 24_000


def item(number: int, **changes: object) -> dict[str, object]:
    """A bulletin as the page lists it."""
    return {
        "number": number,
        "download": f"{number:02d}_vi_bai_2m40.mp3",
        "main": f"mp3-{number}",
        "script": f"txt-{number}",
        "title": f"Bài {number}",
        "lang": "vi",
        "edition": "7K3M9QXP2AVD",
        "duration_s": 160.2,
        "applies_from": "2025-07-01",
        "until": None,
        "voice": "",
        **changes,
    }


SAID = {"week": "Tuần 01/9/2025 – 07/9/2025", "hotline": "1900 9068", "note": ""}


def load(name: str) -> bytes:
    return f"bytes of {name}".encode() * 100


def test_a_zip_holds_bulletins_playlist_guide_and_checksums_in_play_order() -> None:
    data = pack_bulletins([item(1), item(2)], load, **SAID)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        bulletins = [name for name in names if name.endswith(".mp3")]
        assert bulletins == sorted(bulletins) == ["01_vi_bai_2m40.mp3", "02_vi_bai_2m40.mp3"]
        assert {GUIDE, PLAYLIST, SUMS, "loi-doc/01_vi_bai_2m40.txt"} <= set(names)
        for name in names:
            assert re.fullmatch(r"[A-Za-z0-9._/-]{1,80}", name), name
            assert archive.getinfo(name).compress_type == zipfile.ZIP_STORED
        listed = [line for line in archive.read(PLAYLIST).decode().splitlines() if not line.startswith("#")]
        assert listed == bulletins
        for line in archive.read(SUMS).decode().splitlines():
            digest, _, name = line.partition("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        guide = archive.read(GUIDE).decode()
        assert "7K3M 9QXP 2AVD" in guide
        assert "Bài 1" in guide
        assert "1900 9068" in guide


def test_the_same_bulletins_give_the_same_bytes() -> None:
    assert pack_bulletins([item(1)], load, **SAID) == pack_bulletins([item(1)], load, **SAID)
    assert pack_bulletins([item(1)], load, **SAID) != pack_bulletins([item(1, title="Khác")], load, **SAID)


def test_a_hostile_title_stays_one_line_of_the_playlist_and_text_of_the_guide() -> None:
    hostile = "<script>x</script>\r\n/etc/passwd"
    lines = playlist([item(1, title=hostile)]).decode().split("\r\n")
    assert lines == ["#EXTM3U", "#EXTINF:160,<script>x</script> /etc/passwd", "01_vi_bai_2m40.mp3", ""]
    data = pack_bulletins([item(1, title=hostile)], load, **SAID)
    assert b"<script>" not in zipfile.ZipFile(io.BytesIO(data)).read(GUIDE)


@given(st.dictionaries(st.from_regex(r"\A[a-z0-9][a-z0-9_.-]{0,20}\Z"), st.binary(max_size=300), max_size=6))
def test_what_goes_in_comes_out(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(stored_zip(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.fixture(scope="module")
def mp3(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """25 seconds of a tone with a title, at 64 kbit/s."""
    path = tmp_path_factory.mktemp("mp3") / "tone.mp3"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Bài"
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = 64_000
        wave = np.sin(np.arange(25 * SAMPLE_RATE) * 2 * np.pi * 440 / SAMPLE_RATE)
        frame = av.AudioFrame.from_ndarray((wave * 20_000).astype(np.int16)[np.newaxis], format="s16", layout="mono")
        frame.rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Path(path).read_bytes()


def test_an_excerpt_lasts_ten_seconds_and_keeps_the_tags(mp3: bytes) -> None:
    cut = excerpt(mp3)
    assert len(cut) < 100_000
    with av.open(io.BytesIO(cut)) as container:
        assert container.metadata["title"] == "Bài"
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert 9.8 <= samples / SAMPLE_RATE <= 10.2


def test_a_short_bulletin_is_its_own_excerpt(mp3: bytes) -> None:
    short = excerpt(mp3, 3.0)
    assert excerpt(short) == short


@given(st.binary(max_size=400))
def test_what_is_no_mp3_gives_no_excerpt_and_no_error(data: bytes) -> None:
    assert len(excerpt(b"ID3" + data)) <= len(data) + 3
    assert excerpt(b"%PDF" + data[:3]) == b""
