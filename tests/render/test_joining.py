"""Joining: frames of several recordings are one gapless file that every decoder plays, made at almost no cost."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.cache import Cache, Missing
from render.speech import joining, loudness, mastering, mpeg
from render.speech.id3 import id3_tag
from render.speech.joining import Joined, Part, joined
from render.speech.sound import Samples, decode
from render.speech.voices import choose_voice, speak_step
from render.steps import Made, Pieced

TAGS = {"title": "Trợ cấp hưu trí xã hội", "language": "vie", "publisher": "BHXH cơ sở Ea Drông", "comment": "tổng hợp"}
MARKS = {"AI-GENERATED": "voice; espeak-ng"}
OPENING = ("Kính thưa bà con xã Ea Drông.", "Sau đây là bản tin của bảo hiểm xã hội.")
BODY = (
    "Người từ đủ bảy mươi lăm tuổi được nhận năm trăm nghìn đồng mỗi tháng.",
    "Bà con nộp mẫu không một tại ủy ban nhân dân xã.",
    "Trong mười ngày làm việc xã sẽ trả lời bà con.",
)


def made_part(sentences: Sequence[str], before: str = "", after: str = "") -> Made:
    voice = choose_voice("vi", online=False)
    assert voice is not None
    steps = [speak_step(sentence, voice) for sentence in sentences]
    voices = {f"{number:03d}": step.function()(step.inputs, {}) for number, step in enumerate(steps)}
    pauses_s = [0.4] * (len(steps) - 1) + [0.75] * bool(steps)
    return mastering.make_part({"pauses_s": pauses_s, "before": before, "after": after}, voices)


@cache
def parts() -> tuple[Made, ...]:
    return (made_part((), "chime"), made_part(OPENING), made_part(BODY), made_part(BODY[:1], after="answer"))


@cache
def whole() -> Made:
    return joining.make_joined(
        {"tags": TAGS, "marks": MARKS}, {f"{number}": part for number, part in enumerate(parts())}
    )


def data() -> bytes:
    return whole().files["bulletin.mp3"]


@pytest.fixture
def mp3(tmp_path: Path) -> Path:
    path = tmp_path / "joined.mp3"
    path.write_bytes(data())
    return path


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


def heard_parts() -> Samples:
    """What the parts sound like by themselves, one after the other."""
    delay = mpeg.DELAY + mpeg.DECODER_DELAY
    return np.concatenate(
        [
            decode(one.files["part.mp3"] + one.files["end.mp3"], mpeg.RATE)[delay:][
                : one.details["frames"] * mpeg.FRAME
            ]
            for one in parts()
        ]
    )


DECODERS = {
    "ffmpeg": ["ffmpeg", "-v", "warning", "-i", "{}", "-f", "s16le", "-ac", "1", "-"],
    "mpg123": ["mpg123", "-s", "{}"],
    "sox": ["sox", "-V3", "{}", "-t", "raw", "-e", "signed", "-b", "16", "-"],
}


@pytest.mark.parametrize("name", DECODERS)
def test_every_decoder_plays_it_whole_and_without_a_warning(name: str, mp3: Path) -> None:
    tool(name)
    command = [part.replace("{}", str(mp3)) for part in DECODERS[name]]
    done = subprocess.run(command, capture_output=True, check=True)
    assert not re.search(rb"warn|error|illegal|resync|junk|invalid|dropping", done.stderr, re.IGNORECASE), done.stderr
    samples = np.frombuffer(done.stdout, "<i2") / np.float32(32768)
    expected = heard_parts()
    # sox knows nothing of gapless playing: it plays the frame of figures and the delay before, and stops earlier
    late = {"sox": 1105 + mpeg.FRAME}.get(name, 0)
    gapless = len(samples) == len(expected)
    assert gapless or name == "sox"
    late = late if not gapless else 0
    same = samples[late : late + len(expected)]
    best = min(np.abs(same - expected[: len(same)]).max(), np.abs(samples[: len(expected)] - expected).max())
    assert best < 0.002


def test_nothing_clicks_where_parts_meet() -> None:
    samples = decode(data(), mpeg.RATE)
    at = 0
    for one in parts()[:-1]:
        at += one.details["frames"] * mpeg.FRAME
        assert np.abs(samples[at - 1000 : at]).max() < 0.001  # a voice may begin at once, but nothing is cut off
        assert np.abs(np.diff(samples[at - 20 : at + 20])).max() < 0.01


def test_the_parts_are_level() -> None:
    lufs = whole().details["parts_lufs"]
    assert max(lufs) - min(lufs) <= 0.5
    assert whole().details["loudness_lufs"] == pytest.approx(-16, abs=0.5)


def test_what_is_reckoned_of_the_whole_is_what_a_meter_reads() -> None:
    heard = mastering.measured(decode(data(), mpeg.RATE), mpeg.RATE)
    told = whole().details
    assert told["duration_s"] == pytest.approx(heard.duration_s, abs=0.001)
    assert told["loudness_lufs"] == pytest.approx(heard.loudness_lufs, abs=0.15)
    assert told["true_peak_dbtp"] == pytest.approx(heard.true_peak_dbtp, abs=0.05)
    assert told["leading_silence_s"] == pytest.approx(heard.leading_silence_s, abs=0.03)
    assert told["longest_silence_s"] == pytest.approx(heard.longest_silence_s, abs=0.05)


def test_every_cue_lies_where_its_sentence_is_heard() -> None:
    samples = decode(data(), mpeg.RATE)

    def level_db(at_s: float) -> float:
        window = samples[round(at_s * mpeg.RATE) : round((at_s + 0.06) * mpeg.RATE)]
        return float(20 * np.log10(np.sqrt(np.square(window).mean()) + 1e-6))

    cues = whole().details["cues_s"]
    assert len(cues) == 6
    for start, end in cues:
        assert level_db(start - 0.1) < -60
        assert max(level_db(start + 0.02), level_db(start + 0.08)) > -35
        assert level_db(end + 0.06) < -50


def test_the_first_word_comes_out_of_every_decoder_whole(mp3: Path) -> None:
    """The first 50 ms of the opening's voice, sample by sample as they come out when the part is played by itself."""
    lead, opening = parts()[:2]
    start, length = lead.details["frames"] * mpeg.FRAME, mpeg.RATE // 20
    alone = heard_parts()[start : start + length]
    assert 20 * np.log10(np.sqrt(np.square(alone).mean())) > -40  # there is a voice in it
    assert opening.details["first_word_db"] > -1
    assert whole().details["first_word_db"] > -1
    for name, command in DECODERS.items():
        if not shutil.which(name) or name == "mpg123":
            continue
        done = subprocess.run([part.replace("{}", str(mp3)) for part in command], capture_output=True, check=True)
        samples = np.frombuffer(done.stdout, "<i2").astype(np.float32) / 32768
        # ffmpeg cuts off the delay that the head tells of; sox plays the head and the delay as silence before it.
        offset = {"ffmpeg": 0, "sox": mpeg.FRAME + mpeg.DELAY + mpeg.DECODER_DELAY}[name]
        heard = samples[start + offset : start + offset + length]
        assert np.corrcoef(heard, alone)[0, 1] > 0.99, name


def test_a_first_word_that_is_lost_on_the_way_is_measured() -> None:
    rate = mpeg.RATE
    tone = np.sin(np.arange(rate) * 0.1).astype(np.float32) * np.float32(0.3)
    cut = tone.copy()
    cut[: rate // 25] = 0
    assert mastering.first_word_db(tone, tone, rate) == 0
    assert mastering.first_word_db(tone, cut, rate) < -6


def test_the_head_tells_frames_bytes_delay_and_checksum() -> None:
    tag_bytes = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data()[6:10], (21, 14, 7, 0), strict=True))
    info, music = data()[tag_bytes : tag_bytes + 208], data()[tag_bytes + 208 :]
    assert info[21:25] == b"Info"
    frames = sum(one.details["frames"] for one in parts()) + 1
    assert int.from_bytes(info[29:33], "big") == frames
    assert int.from_bytes(info[33:37], "big") == len(data()) - tag_bytes
    assert int.from_bytes(info[162:165], "big") == mpeg.DELAY << 12 | mpeg.FRAME - mpeg.DELAY
    assert int.from_bytes(info[173:175], "big") == mpeg.crc16(music) == slow_crc(music)
    assert int.from_bytes(info[175:177], "big") == slow_crc(info[:175])
    assert sum(frame_lengths(music)) == len(music)
    assert len(frame_lengths(music)) == frames


def frame_lengths(music: bytes) -> list[int]:
    lengths: list[int] = []
    at = 0
    while at < len(music):
        lengths.append(208 + (music[at + 2] >> 1 & 1))
        at += lengths[-1]
    return lengths


def slow_crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=3000), st.binary(max_size=3000))
def test_the_checksum_of_two_stretches_follows_from_theirs(first: bytes, second: bytes) -> None:
    assert mpeg.crc16(first) == slow_crc(first)
    assert mpeg.crc_joined(mpeg.crc16(first), mpeg.crc16(second), len(second)) == slow_crc(first + second)


def id3_frames(tag: bytes) -> dict[str, bytes]:
    """The frames of an ID3v2.3 tag, read by hand; text frames are followed by their name."""
    assert tag[:6] == b"ID3\x03\x00\x00"
    size = sum((byte & 0x7F) << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
    found: dict[str, bytes] = {}
    at = 10
    while at < size + 10:
        name, length = tag[at : at + 4].decode(), int.from_bytes(tag[at + 4 : at + 8], "big")
        body = tag[at + 10 : at + 10 + length]
        found[f"{name}:{text(body).split(chr(0))[0]}" if name == "TXXX" else name] = body
        at += 10 + length
    assert at == size + 10
    return found


def text(body: bytes) -> str:
    parts = [body[1:].decode("latin-1")] if body[0] == 0 else [body[1:].decode("utf-16-le").replace("\ufeff", "")]
    return parts[0]


def test_the_tag_holds_title_language_publisher_comment_length_and_the_mark() -> None:
    frames = id3_frames(data())
    assert text(frames["TIT2"]) == "Trợ cấp hưu trí xã hội"
    assert text(frames["TLAN"]) == "vie"
    assert text(frames["TPUB"]) == "BHXH cơ sở Ea Drông"
    assert int(text(frames["TLEN"])) == round(whole().details["duration_s"] * 1000)
    assert frames["COMM"][1:4] == b"vie"
    assert frames["COMM"][4:].decode("utf-16").replace("\ufeff", "") == "\0tổng hợp"
    assert text(frames["TXXX:AI-GENERATED"]) == "AI-GENERATED\0voice; espeak-ng"


def test_an_independent_reader_finds_the_tag(mp3: Path) -> None:
    command = [tool("ffprobe"), "-v", "error", "-show_entries", "format_tags", "-of", "default=nw=1", str(mp3)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "TAG:title=Trợ cấp hưu trí xã hội" in told
    assert "TAG:publisher=BHXH cơ sở Ea Drông" in told
    assert "TAG:comment=tổng hợp" in told
    assert "TAG:AI-GENERATED=voice; espeak-ng" in told


@given(st.text(min_size=1, max_size=80).filter(lambda one: "\0" not in one and one.encode("utf-16", "ignore")))
def test_any_title_comes_back(title: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in title):
        return
    body = id3_frames(id3_tag({"title": title}))["TIT2"]
    said = body[1:].decode("latin-1") if body[0] == 0 else body[3:].decode("utf-16-le")
    assert said == title


def as_joined() -> Joined:
    one = [Part(part.files["part.mp3"], part.details["frames"], part.details["crc16"]) for part in parts()]
    end = parts()[-1].files["end.mp3"]
    tags = TAGS | {"duration_ms": str(round(whole().details["duration_s"] * 1000))}
    return joined([*one, Part(end, 1, mpeg.crc16(end))], tag=id3_tag(tags, marks=MARKS))


def test_it_is_read_in_ranges_without_being_laid_down() -> None:
    file = as_joined()
    assert file.length == len(data())
    assert file.sha256 == hashlib.sha256(data()).hexdigest()
    assert b"".join(file.read()) == data()
    for start, end in ((0, 1), (0, 700), (500, 40_000), (100_000, None), (file.length, None), (5, 10**9)):
        assert b"".join(file.read(start, end)) == data()[start:end]
    with pytest.raises(ValueError, match="no bytes"):
        list(file.read(9, 3))


def test_the_cache_keeps_the_pieces_once_and_the_whole_never(tmp_path: Path) -> None:
    cache_of_steps = Cache(str(tmp_path))
    body = parts()[2]
    cache_of_steps.save("a" * 64, body)
    first = cache_of_steps.save("b" * 64, whole())
    other = joining.make_joined(
        {"tags": TAGS | {"publisher": "BHXH cơ sở Cư Bao"}, "marks": MARKS},
        {f"{number}": part for number, part in enumerate(parts())},
    )
    second = cache_of_steps.save("c" * 64, other)
    sizes = [path.stat().st_size for path in (tmp_path / "cas").rglob("*") if path.is_file()]
    assert sum(sizes) < len(data()) * 1.2
    for record, made in ((first, whole()), (second, other)):
        blob = record.files["bulletin.mp3"]
        assert blob.bytes == len(made.files["bulletin.mp3"])
        assert cache_of_steps.blob(blob.sha256) == made.files["bulletin.mp3"]
        assert cache_of_steps.load(record.key).files["bulletin.mp3"] == made.files["bulletin.mp3"]


def test_a_joined_file_counts_as_lost_when_a_piece_of_it_is(tmp_path: Path) -> None:
    cache_of_steps = Cache(str(tmp_path))
    record = cache_of_steps.save("b" * 64, whole())
    assert cache_of_steps.lookup("b" * 64) is not None
    piece, _ = record.files["bulletin.mp3"].pieces[3]
    (tmp_path / "cas" / piece[:2] / piece).unlink()
    assert cache_of_steps.lookup("b" * 64) is None
    with pytest.raises(Missing):
        cache_of_steps.blob(record.files["bulletin.mp3"].sha256)


def test_a_pieced_file_is_its_bytes() -> None:
    one = Pieced([b"ab", b"", b"c"])
    assert one == b"abc"
    assert one.pieces == (b"ab", b"", b"c")


def test_joining_costs_less_than_ten_milliseconds() -> None:
    needs = {f"{number}": part for number, part in enumerate(parts())}
    began = time.process_time()
    for number in range(20):
        joining.make_joined({"tags": TAGS | {"publisher": f"Xã {number}"}, "marks": MARKS}, needs)
    assert (time.process_time() - began) / 20 < 0.010


def test_the_same_parts_give_the_same_bytes() -> None:
    again = joining.make_joined(
        {"tags": TAGS, "marks": MARKS}, {f"{number}": part for number, part in enumerate(parts())}
    )
    assert again.files == whole().files
    assert made_part(OPENING).files == parts()[1].files


def test_a_part_that_is_loud_to_its_last_sample_is_given_room_to_end() -> None:
    tone = (0.5 * np.sin(np.arange(44_100) / 9)).astype(np.float32)
    framed = mastering._framed(tone[:0], tone, tone[:0])
    assert len(framed) % mpeg.FRAME == 0
    assert np.abs(framed[-mpeg.QUIET_END :]).max() == 0
    assert np.array_equal(framed[: len(tone)], tone)
    assert loudness.true_peak_dbtp(framed) < 0
