"""Units: encoded once without knowing when, laid in time by the voice; what players make of frames never encoded."""

from __future__ import annotations

import base64
import io
import itertools
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import StepError
from render.steps import Made, Step, walk
from render.video import encoding, layers, laying, mux, soundtrack
from render.video.laying import schedule
from render.video.motion import frames_of
from render.video.painter import Placed, repaint
from render.video.planes import Picture, colour_of, flat
from render.video.stretch import FRAME_NUMBERS, Stretch, numbered
from render.video.timing import LEAD_S, Cue, Unit, unit_rhythms
from tests.browsing import chromium, needs_chromium, page_of
from tests.render.test_video import PAPER, RHYTHM, SAID, SMALL, draw, draw_captions, joined, lay_line, mix, seen

SIZE = SMALL.pixels


def file_of(units: list[Made], path: Path) -> Path:
    """Units joined to a file of pictures alone."""
    inputs = {"units": len(units), "fps": 30, "metadata": {}, "lang3": "vie", "subtitles": [], "chapters": []}
    needs = {f"unit-{number}": unit for number, unit in enumerate(units)}
    made = mux.join(inputs, {"held": encoding.hold({"shape": SMALL.as_data()}, {}), **needs})
    path.write_bytes(made.files["clip.mp4"])
    return path


def shown(path: Path) -> list[Picture]:
    """Every frame of a file, decoded."""
    with av.open(str(path), "r") as container:
        return [tuple(plane.copy() for plane in encoding.planes_of(frame)) for frame in container.decode(video=0)]  # type: ignore[misc]


def painted(drawn: Made, line: int, unit: Made) -> list[Picture]:
    """What each frame of a line should show, painted whole: nothing of the encoder's shortcuts."""
    stills, found = layers.read_stills(drawn)
    captions, words = layers.read_stills(draw_captions(SAID[line]), "caption-")
    found.joined(words)
    entering = frames_of(stills, line, 2, 30, SMALL.scale)
    content = encoding.encode(seen(line), {"layers": drawn})
    enters = [number for number, _, _ in Stretch.of(content).packets]
    timing = laying.unit_of(unit_rhythms(RHYTHM)[line], 1.2 + 0.3 * line, 30)
    told = {number: (track, at) for number, track, at in schedule(enters, timing, 30, apart=False)}
    base, caption = entering[0], dict[str, Placed]()
    pictures: list[Picture] = []
    for number in range(unit.details["frames"]):
        track, at = told.get(number, ("", 0))
        base = entering[enters[at]] if track == "content" else base
        if track == "captions":
            caption = {"caption": Placed(captions[at - 1].name, captions[at - 1].x, captions[at - 1].y)}
        picture = flat(*SIZE, colour_of(PAPER))
        repaint(picture, [(0, 0, *SIZE)], found, {**base, **caption}, colour_of(PAPER))
        pictures.append(picture)
    return pictures


# ---- laid in time -----------------------------------------------------------------------------------------------

cues = st.lists(st.floats(1.0, 4.0), max_size=4).map(
    lambda lengths: [
        Cue(end - length, end, "x") for length, end in zip(lengths, itertools.accumulate(lengths), strict=True)
    ]
)


@given(cues, st.lists(st.integers(1, 3), max_size=20), st.booleans())
def test_each_frame_holds_one_change_in_order_and_no_caption_is_early(
    said: list[Cue], gaps: list[int], apart: bool
) -> None:
    enters = [0, *itertools.accumulate(gaps)]
    length = enters[-1] + len(said) + 2 + round(said[-1].end_s * 30 if said else 0)
    placed = schedule(enters, Unit(length, 0, 0, tuple(said), last=True), 30, apart=apart)
    numbers = [number for number, _, _ in placed]
    assert numbers == sorted(set(numbers))
    assert placed[0] == (0, "content", 0)
    assert [at for _, track, at in placed if track == "content"] == list(range(len(enters)))
    captions = [(number, at) for number, track, at in placed if track == "captions"]
    assert [at for _, at in captions] == list(range(1, len(said) + 1))
    for (number, _), cue in zip(captions, said, strict=True):
        late = number - cue.start_s * 30
        assert late + 1e-6 >= 0
        assert late <= (2 if apart else enters[-1] + 1 + len(said))


def test_a_line_too_short_for_what_enters_is_refused() -> None:
    with pytest.raises(StepError, match="too short"):
        schedule([0, 1, 2, 3], Unit(3, 0, 0, (), last=True), 30, apart=True)


@given(st.integers(0, 200))
def test_a_frame_takes_the_number_of_its_place(number: int) -> None:
    data = bytes((0, 0, 0, 9, 0x41, 0x9A, 0x23, 0xFF, 1, 2, 3, 4, 5))
    out = numbered(data, number)
    found = (int.from_bytes(out[5:7], "big") >> 5) & 0xF
    assert found == number % FRAME_NUMBERS
    assert (out[:5], out[5] & 0xFE, out[6] & 0x1F, out[7:]) == (data[:5], 0x9A, 0x03, data[7:])


def test_a_frame_that_begins_otherwise_is_not_touched() -> None:
    with pytest.raises(StepError, match="otherwise than we know"):
        numbered(bytes((0, 0, 0, 9, 0x65, 0x88, 0x84, 0, 0, 0, 0, 0, 0)), 1)


# ---- what a change encodes --------------------------------------------------------------------------------------


def planned(captions: str = "một", spoken: str = "một", heading: str = "Ai?") -> dict[str, Step]:
    """The steps of a unit by key, from drawings and voices that are never made."""
    drawn = Step(run="render.video.layers:draw", inputs={"scene": heading})
    words = Step(run="render.video.layers:draw", inputs={"scene": captions})
    voice = Step(run="render.speech.voices:speak", inputs={"text": spoken})
    unit = encoding.unit_step(
        drawn, words, voice, rhythm=unit_rhythms(RHYTHM)[0], line=0, lines=2, shape=SMALL, paper=PAPER
    )
    return {step.key: step for step in walk(unit)}


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        ({"captions": "hai"}, ["draw", "lay", "overlay"]),
        ({"spoken": "hai"}, ["lay", "speak"]),
        ({"heading": "Ở đâu?"}, ["draw", "encode", "lay", "overlay"]),
    ],
)
def test_a_change_encodes_what_it_touches_and_a_voice_encodes_no_picture(
    changed: dict[str, str], anew: list[str]
) -> None:
    before, after = planned(), planned(**changed)
    assert sorted(step.run.partition(":")[2] for key, step in after.items() if key not in before) == anew


def test_a_caption_costs_one_frame_and_a_line_only_those_that_move() -> None:
    drawn = draw()
    entering = encoding.encode(seen(0), {"layers": drawn})
    assert entering.details["apart"] is False  # captions wait for what enters with their line
    overlay = encoding.overlay(seen(0), {"content": entering, "captions": draw_captions(*SAID)})
    assert [number for number, _, _ in Stretch.of(overlay).packets] == [0, 1, 2]  # what lies behind, and two captions
    content = Stretch.of(encoding.encode(seen(1), {"layers": drawn}))
    assert [key for _, _, key in content.packets] == [True] + [False] * (len(content.packets) - 1)
    assert len(content.packets) <= 9
    unit = lay_line(drawn, 1)
    assert unit.details["painted"] < unit.details["frames"] / 3


def test_the_same_is_encoded_to_the_same_bytes() -> None:
    assert lay_line(draw(), 0).files == lay_line(draw(), 0).files


# ---- what comes out ---------------------------------------------------------------------------------------------


def test_frames_that_were_never_encoded_together_show_what_was_painted(tmp_path: Path) -> None:
    drawn = draw()
    units = [lay_line(drawn, 0), lay_line(drawn, 1)]
    wanted = [picture for line, unit in enumerate(units) for picture in painted(drawn, line, unit)]
    found = shown(file_of(units, tmp_path / "clip.mp4"))
    assert len(found) == len(wanted)
    for number, (own, other) in enumerate(zip(found, wanted, strict=True)):
        apart = np.abs(own[0].astype(int) - other[0])
        assert apart.mean() < 0.6, f"frame {number}"
        assert np.percentile(apart, 99.9) <= 24, f"frame {number}"


def test_a_caption_beside_what_moves_waits_until_it_has_come() -> None:
    stills = [layers.Still("00.png", "item-0", 0, 380, "rise", 0)]
    words = draw_captions(SAID[0])
    png = words.files["00.png"]
    crossing = Made({"stills.json": layers.canonical([vars(one) for one in stills]), "00.png": png})
    made = encoding.encode(seen(0, 1), {"layers": crossing})
    assert made.details["apart"] is False
    assert schedule([0, 1, 2, 3], Unit(90, 0, 0, (Cue(0, 3, "x"),), last=True), 30, apart=False)[-1] == (
        4,
        "captions",
        1,
    )


# ---- players ----------------------------------------------------------------------------------------------------

HARD = {
    "held for nine times sixteen frames": [(0, "base"), (150, "")],
    "a change in every frame": [(number, "move") for number in range(70)],
    "changes and holds in turn": [(number, "move") for number in range(0, 120, 7)],
    "two groups of two frames": [(0, "base"), (2, "base"), (4, "base"), (5, "move"), (40, "")],
}


def hard(told: list[tuple[int, str]]) -> list[Made]:
    """Units of noise that moves: harder than anything of ours."""
    noise = np.random.default_rng(3).integers(40, 200, (SIZE[1] // 8, SIZE[0] // 8), np.uint8).repeat(8, 0).repeat(8, 1)
    starts = [number for number, kind in told if kind == "base"] or [0]
    units = []
    for start, end in itertools.pairwise([*starts, told[-1][0] + 1]):
        own = [number - start for number, kind in told if start <= number < end and kind]

        def paint(picture: Picture, own: list[int] = own) -> Iterator[int]:
            for plane in picture:
                plane[:] = 128
            for number in own:
                picture[0][: noise.shape[0], : noise.shape[1]] = np.roll(noise, 2 * number, 1)
                yield number

        units.append(encoding.encoded(paint, SMALL).made({"frames": end - start}))
    return units


@pytest.fixture(params=HARD)
def hard_file(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    told = HARD[request.param]
    return file_of(hard(told), tmp_path / "hard.mp4"), told[-1][0] + 1


def test_ffmpeg_decodes_every_frame_without_a_complaint(hard_file: tuple[Path, int]) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("this machine has no ffmpeg")
    path, frames = hard_file
    program = [ffmpeg, "-v", "warning", "-xerror", "-err_detect", "explode", "-i", str(path), "-f", "framemd5", "-"]
    done = subprocess.run(program, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert sum(not line.startswith(b"#") for line in done.stdout.splitlines()) == frames
    with av.open(str(path), "r") as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert np.allclose(times, np.arange(frames) / 30, atol=1e-6)


@pytest.mark.parametrize("decoder", ["openh264dec", "avdec_h264"])
def test_gstreamer_shows_the_same_pictures(hard_file: tuple[Path, int], decoder: str, tmp_path: Path) -> None:
    launch, inspect = shutil.which("gst-launch-1.0"), shutil.which("gst-inspect-1.0")
    if launch is None or inspect is None or subprocess.run([inspect, decoder], capture_output=True).returncode:
        pytest.skip(f"this machine has no {decoder}")
    path, frames = hard_file
    raw = tmp_path / "frames.yuv"
    line = f"filesrc location={path} ! qtdemux ! h264parse ! {decoder} ! videoconvert ! video/x-raw,format=I420"
    program = [launch, "-q", *line.split(), "!", "filesink", f"location={raw}"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    width, height = SIZE
    luma_row = -(-width // 4) * 4
    data = np.frombuffer(raw.read_bytes(), np.uint8)
    size = len(data) // frames
    assert size * frames == len(data)
    for own, ours in zip(data.reshape(frames, size), shown(path), strict=True):
        luma = own[: luma_row * height].reshape(height, luma_row)[:, :width]
        assert (luma == ours[0]).all()


@needs_chromium
@pytest.mark.slow
def test_chromium_plays_to_the_last_picture(hard_file: tuple[Path, int], tmp_path: Path) -> None:
    path, frames = hard_file
    with chromium() as browser, page_of(browser) as page:
        source = "data:video/mp4;base64," + base64.b64encode(path.read_bytes()).decode()
        told = page.evaluate(
            """async source => {
                const video = document.createElement("video");
                video.muted = true;
                document.body.append(video);
                const heard = name => new Promise(done => video.addEventListener(name, done, {once: true}));
                const ended = Promise.race([heard("ended"), heard("error")]);
                video.src = source;
                await Promise.race([heard("canplaythrough"), heard("error")]);
                video.playbackRate = 2;
                await video.play();
                await ended;
                const canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
                const context = canvas.getContext("2d");
                context.drawImage(video, 0, 0);
                const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
                return {error: video.error && video.error.message, length: video.duration,
                        picture: Array.from(data.filter((_, at) => at % 4 == 1))};
            }""",
            source,
        )
    assert told["error"] is None
    assert told["length"] == pytest.approx(float(Fraction(frames, 30)), abs=0.01)
    last = shown(path)[-1][0].astype(float)
    seen_green = np.array(told["picture"], float).reshape(last.shape)
    wanted = (last - 16) * 255 / 219  # grey: luma is all there is
    assert np.abs(seen_green - np.clip(wanted, 0, 255)).mean() < 4


# ---- ninety seconds ---------------------------------------------------------------------------------------------


def test_after_ninety_seconds_sound_and_pictures_are_still_together() -> None:
    drawn = draw()
    rhythm = {**RHYTHM, "hold_s": 1.0}
    scene = [lay_line(drawn, line, rhythm=rhythm) for line in (0, 1)]
    times = -(-90 * 30 // sum(unit.details["frames"] for unit in scene))
    rhythms, units = [rhythm] * times, scene * times
    sound = mix(*rhythms)
    made = joined(units, sound)
    with av.open(io.BytesIO(made.files["clip.mp4"]), "r") as container:
        frames = [frame.time for frame in container.decode(video=0)]
    with av.open(io.BytesIO(made.files["clip.mp4"]), "r") as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(frames) >= 2700
    assert np.allclose(frames, np.arange(len(frames)) / 30, atol=1e-6)
    assert len(heard) / soundtrack.RATE == pytest.approx(len(frames) / 30, abs=0.02)
    # The voice of the last scene begins where its pictures say: the tone stands up from the pad within a moment.
    begins_s = sum(unit.details["frames"] for unit in units[:-2]) / 30 + LEAD_S
    at = round((begins_s - 0.1) * soundtrack.RATE)
    loud = np.abs(heard[at : at + soundtrack.RATE // 5]).reshape(-1, soundtrack.RATE // 100).max(axis=1)
    onset_s = begins_s - 0.1 + float(np.argmax(loud > loud.max() / 3)) / 100
    assert onset_s == pytest.approx(begins_s, abs=0.02)
