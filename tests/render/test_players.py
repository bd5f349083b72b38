"""The finished file in decoders that are not ours: ffmpeg, GStreamer with Cisco's and with ffmpeg's, Chromium."""

from __future__ import annotations

import functools
import http.server
import io
import itertools
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from render.speech.loudness import integrated_lufs
from render.speech.sound import VOICE_RATE, to_wav
from render.steps import Made
from render.video import encoding, mux, soundtrack, subtitles
from render.video.checks import check_file, check_tracks
from render.video.planes import Picture
from render.video.shape import Shape
from render.video.timing import LEAD_S
from tests.browsing import chromium, needs_chromium, page_of

SMALL = Shape("vertical", 1080, 1920, scale=4 / 15)  # 288 × 512
FPS, SCENES = 30, 32  # of 84 frames: 89.6 seconds
LINE_S, PITCH_HZ = 2.0, 880.0
RHYTHM = {"opens": False, "closes": False, "hold_s": 0.0, "length_s": 0.0, "captions": [["Số một."]]}
METADATA = {"title": "Chớp và tiếng", "comment": "Giọng đọc tổng hợp (espeak-ng)"}
FLASH = round(LEAD_S * FPS)  # the frame of each scene in which its line begins


@pytest.fixture(scope="module")
def clip() -> Made:
    """Ninety seconds: a white flash in the frame in which each line begins, and a tone as its voice."""

    def paint(picture: Picture) -> Iterator[int]:
        for number in (0, FLASH, FLASH + 2, FLASH + 40):
            picture[0][:] = 200 if number == FLASH else 30
            picture[1][:], picture[2][:] = 128, 128
            if number > FLASH:
                picture[0][: number * 3, :100] = 90
            yield number

    stretch = encoding.encoded(paint, SMALL)
    unit = stretch.made({"frames": 84})
    time = np.arange(round(LINE_S * VOICE_RATE)) / VOICE_RATE
    voice = Made(
        {"voice.wav": to_wav((0.5 * np.sin(2 * np.pi * PITCH_HZ * time)).astype(np.float32), VOICE_RATE)},
        {"duration_s": LINE_S},
    )
    voices = {f"voice-{scene}-0": voice for scene in range(SCENES)}
    rhythms = {"rhythms": [RHYTHM] * SCENES, "fps": FPS}
    levels = {"master_lufs": -16.0, "pad_lufs": -60.0, "duck_db": 8.0}
    sound = soundtrack.mix(levels, {"told": soundtrack.tell(rhythms, voices)})
    beside = {"vi": [[["Câu tiếng Việt.", "Câu nữa."]]] * SCENES}
    captions = subtitles.write_captions({**rhythms, "lang": "km", "note": "", "beside": beside}, voices)
    inputs = {
        "units": SCENES,
        "fps": FPS,
        "metadata": METADATA,
        "lang3": "khm",
        "subtitles": [["khm", "ខ្មែរ"], ["vie", "Tiếng Việt"]],
        "chapters": [[8, "Mở đầu"], [8, "Ai được nhận?"], [8, "Ai được nhận?"], [8, "Hỏi ở đâu"]],
    }
    needs = {"held": encoding.hold({"shape": SMALL.as_data()}, {}), "sound": sound, "captions": captions}
    made = mux.join(inputs, {**needs, **{f"unit-{number}": unit for number in range(SCENES)}})
    return Made(made.files, {**made.details, "sound": sound.details, "tracks": captions.details["tracks"]})


@pytest.fixture(scope="module")
def path(clip: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("players") / "clip.mp4"
    found.write_bytes(clip.files["clip.mp4"])
    return found


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"this machine has no {name}")
    return found


# ---- the file --------------------------------------------------------------------------------------------------


def boxes(data: bytes, start: int = 0, end: int | None = None) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    while start + 8 <= (end or len(data)):
        (size,) = struct.unpack(">I", data[start : start + 4])
        found.append((data[start + 4 : start + 8].decode("latin1"), start + 8, start + size))
        start += size
    return found


def inside(data: bytes, *names: str) -> list[tuple[int, int]]:
    places = [(0, len(data))]
    for name in names:
        places = [(at, stop) for begin, end in places for kind, at, stop in boxes(data, begin, end) if kind == name]
    return places


def test_the_index_stands_before_the_pictures(clip: Made) -> None:
    names = [name for name, _, _ in boxes(clip.files["clip.mp4"])]
    assert names[0] == "ftyp"
    assert names.index("moov") < names.index("mdat")


def test_picture_and_sound_begin_at_nought_and_only_the_encoders_run_up_is_cut_off(clip: Made) -> None:
    with av.open(io.BytesIO(clip.files["clip.mp4"])) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.start_time == 0
        assert audio.start_time in (0, None)
        assert abs(float(video.duration * video.time_base) - float(audio.duration * audio.time_base)) <= 0.02
    lists: list[list[int]] = []
    for begin, end in inside(clip.files["clip.mp4"], "moov", "trak", "edts", "elst"):
        data = clip.files["clip.mp4"][begin:end]
        assert struct.unpack(">I", data[4:8]) == (1,)
        lists.append([struct.unpack(">i", data[12:16])[0]])
    assert lists[0] == [0]
    assert lists[1][0] in (1024, 2048)  # samples before the first that is heard


def test_every_frame_stands_at_its_time(clip: Made) -> None:
    with av.open(io.BytesIO(clip.files["clip.mp4"])) as container:
        video = container.streams.video[0]
        times = [packet.pts for packet in container.demux(video) if packet.pts is not None]
    assert len(times) == SCENES * 84
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {512}


def test_text_tracks_are_there_in_both_languages_and_off_until_asked_for(clip: Made) -> None:
    with av.open(io.BytesIO(clip.files["clip.mp4"])) as container:
        texts = container.streams.subtitles
        assert [(one.codec_context.name, one.metadata["language"]) for one in texts] == [
            ("mov_text", "khm"),
            ("mov_text", "vie"),
        ]
        assert [one.metadata["handler_name"] for one in texts] == ["ខ្មែរ", "Tiếng Việt"]
        for flag in (av.stream.Disposition.default, av.stream.Disposition.forced):
            assert not any(one.disposition & flag for one in texts)
        assert all(one.disposition & av.stream.Disposition.default for one in container.streams.video)
        assert container.streams.audio[0].metadata["language"] == "khm"


def seconds(stamp: str) -> float:
    return sum(float(part) * 60**place for place, part in enumerate(reversed(stamp.split(":"))))


@pytest.mark.parametrize("track", [0, 1])
def test_ffmpeg_reads_the_text_back_at_its_times(path: Path, clip: Made, track: int) -> None:
    command = [program("ffmpeg"), "-v", "error", "-i", str(path), "-map", f"0:s:{track}", "-f", "webvtt", "-"]
    read = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    cues = clip.details["tracks"][track]["cues"]
    blocks = [block.splitlines() for block in read.strip().split("\n\n")[1:]]
    assert [block[1] for block in blocks] == [text for _, _, text in cues]
    start = [seconds(block[0].split(" ")[0]) for block in blocks]
    assert np.abs(np.subtract(start, [begin for begin, _, _ in cues])).max() <= 0.002


def test_chapters_carry_the_names_of_the_scenes(clip: Made) -> None:
    with av.open(io.BytesIO(clip.files["clip.mp4"])) as container:
        found = [
            (one["metadata"]["title"], one["start"] * one["time_base"], one["end"] * one["time_base"])
            for one in container.chapters()
        ]
    assert [name for name, _, _ in found] == ["Mở đầu", "Ai được nhận?", "Hỏi ở đâu"]
    assert found[1][1:] == pytest.approx((22.4, 67.2), abs=0.002)
    assert found[2][2] == pytest.approx(89.6, abs=0.002)


def test_the_mark_of_a_synthetic_voice_is_read_back_by_the_gate(clip: Made) -> None:
    asked = {"metadata": METADATA, "subtitles": ["khm", "vie"], "chapters": 4}
    assert check_tracks(asked, {"clip": clip}).details["chapters"] == 3


# ---- what is heard and seen ------------------------------------------------------------------------------------


def decoded(data: bytes) -> tuple[NDArray[Any], NDArray[Any], int]:
    """The mean brightness of each frame, the samples, their rate, as ffmpeg's libraries decode them."""
    with av.open(io.BytesIO(data)) as container:
        light = np.array([frame.to_ndarray(format="gray")[200:].mean() for frame in container.decode(video=0)])
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        parts = [(float(frame.pts * frame.time_base), frame.to_ndarray()[0]) for frame in container.decode(stream)]
        samples = np.zeros(round((parts[-1][0] + 1) * stream.rate), np.float32)
        for at, part in parts:
            samples[(start := round(at * stream.rate)) : start + len(part)] = part
        return light, samples, stream.rate


@pytest.mark.slow
def test_flash_and_tone_stay_together_for_ninety_seconds(clip: Made) -> None:
    light, samples, rate = decoded(clip.files["clip.mp4"])
    flashes = np.flatnonzero((light[1:] > 120) & (light[:-1] <= 120)) + 1
    assert len(flashes) == SCENES
    # The tone alone, by its own pitch: the pad and the chime have others.
    time = np.arange(len(samples)) / rate
    carried = samples * np.exp(-2j * np.pi * PITCH_HZ * time)
    window = round(0.01 * rate)
    level = np.abs(np.convolve(carried, np.ones(window) / window, "same"))
    apart: list[float] = []
    for frame in flashes:
        around = slice(round((frame / FPS - 0.15) * rate), round((frame / FPS + 0.3) * rate))
        here = level[around]
        half = (here.max() + here[: rate // 20].mean()) / 2
        apart.append((around.start + int(np.argmax(here > half))) / rate - frame / FPS)
    assert max(map(abs, apart)) <= 0.02, apart
    assert abs(apart[-1] - apart[0]) <= 0.005  # and do not drift


def test_what_is_heard_is_as_loud_as_the_web_wants_it(clip: Made) -> None:
    _, samples, rate = decoded(clip.files["clip.mp4"])
    assert integrated_lufs(samples, rate) == pytest.approx(-16.0, abs=0.5)
    with av.open(io.BytesIO(clip.files["clip.mp4"])) as container:
        assert check_file(
            {"shortest_s": 15.0, "longest_s": 90.0},
            {"clip": clip, "sound": Made({}, clip.details["sound"])},
        ).details["duration_s"] == pytest.approx(float(container.duration) / 1e6, abs=0.05)


# ---- players ---------------------------------------------------------------------------------------------------


def test_ffmpeg_plays_it_without_a_word(path: Path) -> None:
    command = [program("ffmpeg"), "-v", "warning", "-xerror", "-i", str(path), "-map", "0:v", "-map", "0:a"]
    done = subprocess.run([*command, "-f", "null", "-"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# Errors of all, warnings of all that decode. (The demuxer warns of boxes it need not know, in every file of ffmpeg's.)
COMPLAINTS = "1,h264parse:2,openh264dec:2,libav:2,videodecoder:2,aacparse:2"


@pytest.mark.parametrize(("picture", "sound"), [("openh264dec", "faad"), ("avdec_h264", "avdec_aac")])
def test_gstreamer_plays_it_and_sees_what_ffmpeg_sees(path: Path, tmp_path: Path, picture: str, sound: str) -> None:
    launch, inspect = program("gst-launch-1.0"), program("gst-inspect-1.0")
    for element in ("qtdemux", "h264parse", "aacparse", picture, sound):
        if subprocess.run([inspect, "--exists", element], check=False).returncode:
            pytest.skip(f"GStreamer has no {element} here")
    raw = tmp_path / "frames.yuv"
    pipe = (
        f"filesrc location={path} ! qtdemux name=d d.video_0 ! queue ! h264parse ! {picture} ! video/x-raw,format=I420"
        f" ! filesink location={raw} sync=false d.audio_0 ! queue ! aacparse ! {sound} ! fakesink sync=false"
    )
    done = subprocess.run(
        [launch, "-q", *pipe.split()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"GST_DEBUG": COMPLAINTS, "GST_DEBUG_NO_COLOR": "1", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    width, height = SMALL.pixels
    frames = np.fromfile(raw, np.uint8).reshape(-1, width * height * 3 // 2)
    with av.open(str(path)) as container:
        theirs = [frame.to_ndarray(format="yuv420p").reshape(-1) for frame in container.decode(video=0)]
    assert len(frames) == len(theirs)
    assert all(np.array_equal(one, other) for one, other in zip(frames, theirs, strict=True))


PLAY = """async () => {
    const video = document.querySelector("video");
    video.src = URL.createObjectURL(await (await fetch("clip.mp4")).blob());  // all of it: seeking asks nobody
    const heard = name => new Promise((done, fail) => {
        video.addEventListener(name, done, {once: true});
        video.addEventListener("error", () => fail(new Error(video.error.message)), {once: true});
    });
    if (video.readyState < 4) await heard("canplaythrough");
    const seen = [];
    const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    for (const time of TIMES) {
        // "seeked" may be told before its picture is there to be drawn.
        const shown = new Promise(done => video.requestVideoFrameCallback(done));
        video.currentTime = time;
        await Promise.all([heard("seeked"), shown]);
        paint.drawImage(video, 0, 0, 8, 8);
        seen.push(paint.getImageData(7, 7, 1, 1).data[0]);
    }
    video.currentTime = 0;
    await heard("seeked");
    video.playbackRate = 16;
    await video.play();
    await heard("ended");
    const quality = video.getVideoPlaybackQuality();
    return {error: video.error && video.error.message, size: [video.videoWidth, video.videoHeight], seen,
            length: video.duration, ready: video.readyState, frames: quality.totalVideoFrames,
            corrupted: quality.corruptedVideoFrames};
}"""


@needs_chromium
@pytest.mark.slow
def test_chromium_plays_it_and_finds_each_flash_where_it_seeks(path: Path) -> None:
    (path.parent / "index.html").write_text('<video muted preload="auto"></video>')

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(path.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    starts = [scene * 2.8 for scene in (0, 13, 31)]
    times = [start + shift for start in starts for shift in ((FLASH + 0.5) / FPS, (FLASH + 30.5) / FPS)]
    with chromium() as browser, page_of(browser) as page:
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        told = page.evaluate(PLAY.replace("TIMES", str(times)))
    server.shutdown()
    server.server_close()
    assert told["error"] is None
    assert told["size"] == [288, 512]
    assert told["length"] == pytest.approx(89.6, abs=0.05)
    assert told["corrupted"] == 0
    assert told["frames"] > 300
    assert [level > 150 for level in told["seen"]] == [True, False] * 3
