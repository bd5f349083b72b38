"""Content credentials: within what can carry them, beside what must not be touched, and no word of AI where none is."""

from __future__ import annotations

import datetime as dt
import io
import struct
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from render.credentials import Credentials, attach, examine, load_credentials, load_or_make_credentials, source_type
from render.errors import ReleaseError, SettingsError

NOW = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    folder = tmp_path_factory.mktemp("keys")
    return load_or_make_credentials(folder / "key.pem", folder / "chain.pem", now=NOW)


def picture(kind: str) -> bytes:
    pixels = np.random.default_rng(7).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return out.getvalue()


def film(container: str = "mp4") -> bytes:
    """Two seconds of a moving grey with a tone, the index in front."""
    folder = tempfile.TemporaryDirectory()
    out = Path(folder.name, "film.mp4")  # the index is moved to the front when all is written
    with folder, av.open(str(out), "w", format="mp4", options={"movflags": "faststart"}) as target:
        if container == "mp4":
            video = target.add_stream("libx264", rate=10)
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
            for number in range(20):
                frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number * 10, np.uint8), "rgb24")
                target.mux(video.encode(frame))
            target.mux(video.encode(None))
        else:
            audio = target.add_stream("aac", rate=44100, layout="mono")
            wave = (np.sin(np.arange(44100) / 20) * 9000).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(wave, "s16", "mono")
            frame.rate = 44100
            target.mux(audio.encode(frame))
            target.mux(audio.encode(None))
        target.close()
        return out.read_bytes()


def decoded(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data)) as opened:
        return [frame.to_ndarray().tobytes() for frame in opened.decode()]


def boxes(data: bytes) -> list[str]:
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        found.append(kind.decode())
        at += size
    return found


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    return b"ID3\x03\x00\x00\x00\x00\x00\x0bTIT2\x00\x00\x00\x01\x00\x00\x00" + frame * 40


def pdf() -> bytes:
    from render.credentials import _SHELLS

    return _SHELLS["application/pdf"].replace(b"/Count 0", b"/Count 0 /Loa true")


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_picture_carries_its_credential_and_keeps_every_pixel(
    credentials: Credentials, kind: str, media_type: str
) -> None:
    plain = picture(kind)
    signed = attach(credentials, plain, media_type, source_type(media_type, ""))
    assert signed.beside == b""
    assert np.array_equal(Image.open(io.BytesIO(signed.data)), Image.open(io.BytesIO(plain)))
    claim = examine(signed.data, media_type, root_pem=credentials.root_pem)
    assert claim is not None
    assert (claim.state, claim.source) == ("trusted", "digitalCreation")
    assert len(signed.data) - len(plain) < 5_000  # no thumbnail
    assert examine(plain, media_type) is None


@pytest.mark.parametrize(("container", "media_type"), [("mp4", "video/mp4"), ("m4a", "audio/mp4")])
def test_a_film_carries_its_credential_and_still_begins_at_once(
    credentials: Credentials, container: str, media_type: str
) -> None:
    plain = film(container)
    signed = attach(credentials, plain, media_type, source_type(media_type, "trained")).data
    assert decoded(signed) == decoded(plain)
    order = boxes(signed)
    assert order.index("moov") < order.index("mdat")
    claim = examine(signed, media_type, root_pem=credentials.root_pem)
    assert claim is not None
    assert claim.state == "trusted"
    assert "rainedAlgorithmicMedia" in claim.source


@pytest.mark.parametrize(("media_type", "data"), [("application/pdf", pdf()), ("audio/mpeg", mp3())])
def test_what_must_not_be_touched_has_its_credential_beside_it(
    credentials: Credentials, media_type: str, data: bytes
) -> None:
    signed = attach(credentials, data, media_type, source_type(media_type, "person"))
    assert signed.data is data
    claim = examine(data, media_type, signed.beside, credentials.root_pem)
    assert claim is not None
    assert claim.state == "trusted"
    altered = examine(data[:-1] + b"x", media_type, signed.beside, credentials.root_pem)
    assert altered is not None
    assert (altered.state, altered.problems) == ("invalid", ("assertion.dataHash.mismatch",))


@pytest.mark.parametrize(
    ("media_type", "voice", "said"),
    [
        ("application/pdf", "trained", "digitalCreation"),
        ("image/webp", "robot", "digitalCreation"),
        ("audio/mpeg", "person", "digitalCapture"),
        ("video/mp4", "person", "digitalCreation"),
        ("video/mp4", "", "digitalCreation"),
        ("audio/mpeg", "trained", "trainedAlgorithmicMedia"),
        ("audio/mpeg", "robot", "algorithmicMedia"),
        ("video/mp4", "trained", "compositeWithTrainedAlgorithmicMedia"),
        ("video/mp4", "robot", "compositeSynthetic"),
    ],
)
def test_a_machine_is_named_only_where_its_voice_is_heard(media_type: str, voice: str, said: str) -> None:
    assert source_type(media_type, voice) == said  # type: ignore[arg-type]


def test_a_photograph_that_was_only_scaled_is_what_a_camera_captured() -> None:
    assert source_type("image/webp", "", photograph=True) == "digitalCapture"


def test_an_altered_file_and_a_stranger_s_signature_are_told_apart(credentials: Credentials, tmp_path: Path) -> None:
    data = attach(credentials, picture("PNG"), "image/png", "digitalCreation").data
    broken = bytearray(data)
    broken[-30] ^= 1
    altered = examine(bytes(broken), "image/png", root_pem=credentials.root_pem)
    assert altered is not None
    assert altered.state == "invalid"
    stranger = load_or_make_credentials(tmp_path / "k.pem", tmp_path / "c.pem", now=NOW)
    theirs = attach(stranger, picture("PNG"), "image/png", "digitalCreation").data
    claim = examine(theirs, "image/png", root_pem=credentials.root_pem)
    assert claim is not None
    assert claim.state == "valid"


def test_a_file_that_is_none_is_told_with_its_mend(credentials: Credentials) -> None:
    with pytest.raises(ReleaseError, match="cannot be given a content credential") as told:
        attach(credentials, b"no picture", "image/png", "digitalCreation")
    assert told.value.mend


def test_key_and_chain_are_made_once_by_however_many_begin_at_once(tmp_path: Path) -> None:
    key, chain = tmp_path / "keys" / "key.pem", tmp_path / "keys" / "chain.pem"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_or_make_credentials(key, chain, now=NOW).leaf, range(8)))
    assert len(set(made)) == 1
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_chain_of_another_time_is_told_before_anything_is_made(tmp_path: Path) -> None:
    key, chain, now = tmp_path / "key.pem", tmp_path / "chain.pem", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    load_or_make_credentials(key, chain, now=now)
    for days in (-500, 365 * 11):  # a clock a year off does no harm
        with pytest.raises(SettingsError, match="the certificate counts from") as told:
            load_or_make_credentials(key, chain, now=now + dt.timedelta(days=days))
        assert "clock" in told.value.mend


def test_key_and_chain_must_belong_together_and_the_key_to_one_person(tmp_path: Path) -> None:
    for name in ("a", "b"):
        load_or_make_credentials(tmp_path / f"{name}.pem", tmp_path / f"{name}-chain.pem", now=NOW)
    with pytest.raises(SettingsError, match="not the one of the first certificate"):
        load_credentials(tmp_path / "a.pem", tmp_path / "b-chain.pem")
    with pytest.raises(SettingsError, match="certificates of LOA_C2PA_KEY are missing"):
        load_or_make_credentials(tmp_path / "a.pem", tmp_path / "none.pem", now=NOW)
    (tmp_path / "a.pem").chmod(0o644)
    with pytest.raises(SettingsError, match="others on this machine"):
        load_credentials(tmp_path / "a.pem", tmp_path / "a-chain.pem")
