"""Films and photographs as scenes: upright, cropped, at an even pace; what cannot be shown is refused by its scene."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from render.errors import PictureError
from render.speech.sound import VOICE_RATE, from_wav, to_wav
from render.steps import Made
from render.video import encoding, footage, layers, moving, mux, soundtrack
from render.video.footage_child import HLG, PQ, tone_cube, turned, window
from render.video.planes import Picture, to_rgb
from render.video.shape import VERTICAL, Shape
from render.video.timing import unit_rhythms
from tests.render import films

SMALL = Shape("vertical", 1080, 1920, scale=4 / 15)  # 288 × 512
WHERE = "tro-cap: scene picture:phien-cho"
RHYTHM = {"opens": False, "closes": False, "hold_s": 0.0, "length_s": 0.0, "captions": [["Phiên chợ ở xã."], ["Hai."]]}


def saved(folder: Path, data: bytes, name: str = "film.mp4") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def cut_of(path: Path, **span: float) -> Made:
    step = footage.film_step(footage.measured(path, WHERE), where=WHERE, **span)
    return footage.cut_film(step.inputs, {"film": Made({"bytes": path.read_bytes()})})


def shown(
    cut: Made,
    count: int,
    *,
    first: int = 0,
    size: tuple[int, int] = (180, 320),
    focus: tuple[float, float] = (0.5, 0.5),
) -> list[Picture]:
    found = footage.pictures_of(cut, size=size, focus=focus, fps=30, first=first, count=count, where=WHERE)
    return [(luma.copy(), blue.copy(), red.copy()) for luma, blue, red in found]


def colour_at(picture: Picture, across: float, down: float) -> tuple[int, ...]:
    image = to_rgb(picture)
    found = image.getpixel((int(across * image.width), int(down * image.height)))
    assert isinstance(found, tuple)
    return found


def named(colour: tuple[int, ...]) -> str:
    red, green, blue = colour
    if min(colour) > 170:
        return "white"
    if red > 180 and green > 180:
        return "yellow"
    return ("red", "green", "blue")[int(np.argmax([red, green, blue]))]


def corners(picture: Picture) -> list[str]:
    """The four fields as they stand: top left, top right, bottom left, bottom right."""
    return [named(colour_at(picture, x, y)) for y in (0.03, 0.97) for x in (0.1, 0.9)]


def unit_of_film(cut: Made, *, seconds: float = 1.5, line: int = 0, kbps: int = 2200) -> Made:
    """A unit with a film behind a caption, through the same step as a real one."""
    scene = {
        "name": "picture:phien-cho", "kind": "captions", "shape": VERTICAL.as_data(), "shows": {}, "note": "",
        "topic": "", "captions": [{"at": 0, "text": "Phiên chợ ở xã."}],
    }  # fmt: skip
    caption = layers.draw({"scene": scene, "lang": "vi", "theme": "normal", "scale": SMALL.scale, "photos": []}, {})
    silence = to_wav(np.zeros(round(seconds * VOICE_RATE), np.float32), VOICE_RATE)
    voice = Made({"voice.wav": silence}, {"duration_s": seconds})
    inputs = {
        "rhythms": unit_rhythms(RHYTHM)[: line + 1], "line": line, "lines": 2, "shape": SMALL.as_data(),
        "kind": "film", "focus": [0.5, 0.5], "kbps": kbps, "where": WHERE,
    }  # fmt: skip
    empty = Made({"stills.json": b"[]"})
    needs = {"layers": empty, "captions": caption, "backdrop": cut}
    return moving.encode_moving(inputs, {**needs, **{f"voice-{number}": voice for number in range(line + 1)}})


# ---- what a film is --------------------------------------------------------------------------------------------


def test_a_film_is_measured_as_it_stands_upright(tmp_path: Path) -> None:
    film = footage.measured(saved(tmp_path, films.turned(films.film(sound=True), 90)), WHERE)
    assert (film.width_px, film.height_px, film.sound) == (180, 320, True)
    assert film.duration_s == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (films.film()[:4000], "film.mp4", "damaged"),
        (b"\x00\x00\x00\x20ftypisom" + b"\x00" * 400, "film.mp4", "damaged|no moving"),
        (films.sound_alone(), "film.mp4", "no moving pictures"),
        (b"#EXTM3U\nhttp://127.0.0.1/a.ts\n", "film.mp4", "no MP4, MOV or WebM"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "film.mp4", "no MP4, MOV or WebM"),
        (b"", "film.mp4", "no MP4, MOV or WebM"),
        (films.film(size=(32, 32), frames=3), "film.mp4", "32 × 32"),
    ],
)
def test_what_is_no_film_is_refused_with_its_scene(tmp_path: Path, data: bytes, name: str, words: str) -> None:
    with pytest.raises(PictureError, match=words) as raised:
        footage.measured(saved(tmp_path, data, name), WHERE)
    assert raised.value.where == WHERE
    assert raised.value.mend


def test_a_missing_film_and_one_too_heavy_are_refused_with_their_scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PictureError, match="cannot be read"):
        footage.measured(tmp_path / "not-there.mp4", WHERE)
    monkeypatch.setattr(footage, "LARGEST_FILE", 1000)
    with pytest.raises(PictureError, match="MB") as raised:
        footage.measured(saved(tmp_path, films.film(frames=5)), WHERE)
    assert raised.value.where == WHERE


def test_a_stretch_outside_the_film_is_refused(tmp_path: Path) -> None:
    film = footage.measured(saved(tmp_path, films.film(frames=30)), WHERE)
    with pytest.raises(PictureError, match=r"lasts 1\.0 s") as raised:
        footage.film_step(film, from_s=5.0, where=WHERE)
    assert raised.value.where == WHERE


def test_of_ten_hours_only_the_stretch_that_is_shown_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path, films.ten_hours())
    assert footage.measured(path, WHERE).duration_s > 35_000
    cut = cut_of(path, from_s=18_000.0, to_s=18_010.0)
    assert len(cut.files["bytes"]) < path.stat().st_size / 10
    assert len(shown(cut, 5)) == 5


# ---- how it is shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (0, ["red", "green", "blue", "white"]),
        (90, ["blue", "red", "white", "green"]),
        (180, ["white", "blue", "green", "red"]),
        (270, ["green", "white", "red", "blue"]),
    ],
)
def test_a_phone_held_any_way_is_shown_upright(tmp_path: Path, degrees: int, expected: list[str]) -> None:
    data = films.film(frames=20)
    cut = cut_of(saved(tmp_path, films.turned(data, degrees) if degrees else data))
    size = (180, 320) if degrees in (90, 270) else (320, 180)
    (picture,) = shown(cut, 1, first=10, size=size)
    assert corners(picture) == expected


def test_the_colours_are_those_of_the_film(tmp_path: Path) -> None:
    (picture,) = shown(cut_of(saved(tmp_path, films.film(frames=12))), 1, first=10, size=(320, 180))
    for across, down, colour in ((0.3, 0.2, (200, 30, 30)), (0.7, 0.2, (30, 180, 30)), (0.3, 0.8, (30, 30, 200))):
        assert np.abs(np.subtract(colour_at(picture, across, down), colour)).max() <= 12


def test_the_crop_holds_the_focus(tmp_path: Path) -> None:
    cut = cut_of(saved(tmp_path, films.film(frames=3)))
    assert corners(shown(cut, 1, focus=(0.0, 0.5))[0])[1] == "red"  # nothing but the left of it
    assert corners(shown(cut, 1, focus=(1.0, 0.5))[0])[0] == "green"


def bar_of(picture: Picture) -> float:
    """Where the yellow bar stands, in pixels of the film: it goes 4 a frame."""
    image = np.asarray(to_rgb(picture)).astype(int)
    row = image[10]
    yellow = (row[:, 0] > 190) & (row[:, 1] > 190) & (row[:, 2] < 110)
    return float(np.flatnonzero(yellow).mean()) if yellow.any() else -1.0


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
def test_films_of_any_pace_run_in_real_time(tmp_path: Path, fps: int) -> None:
    cut = cut_of(saved(tmp_path, films.film(frames=fps, fps=fps)))
    pictures = shown(cut, 30, size=(320, 180))
    for number in (0, 7, 15, 22):
        seen = (bar_of(pictures[number]) - bar_of(pictures[0])) / 4 / fps  # seconds of the film that have passed
        assert abs(seen - number / 30) <= 0.5 / 30 + 0.5 / fps + 1e-3


def test_an_uneven_pace_comes_out_even(tmp_path: Path) -> None:
    times = [number / 30 if number < 15 else 0.5 + (number - 15) * 0.1 for number in range(25)]
    pictures = shown(cut_of(saved(tmp_path, films.film(frames=25, times=times))), 40, size=(320, 180))
    for number in (5, 14, 21, 30, 39):
        nearest = min(range(25), key=lambda frame: abs(times[frame] - number / 30))
        assert abs((bar_of(pictures[number]) - bar_of(pictures[0])) / 4 - nearest) <= 1


def test_a_stretch_begins_where_it_should_between_key_frames(tmp_path: Path) -> None:
    path = saved(tmp_path, films.film(frames=70))
    (whole,) = shown(cut_of(path), 1, first=44, size=(320, 180))
    (part,) = shown(cut_of(path, from_s=44 / 30, to_s=2.0), 1, size=(320, 180))
    assert bar_of(part) == pytest.approx(bar_of(whole), abs=0.5)


def test_web_films_are_taken(tmp_path: Path) -> None:
    options = {"deadline": "realtime", "cpu-used": "8"}
    path = saved(tmp_path, films.film(frames=10, codec="libvpx-vp9", kind="webm", options=options), "phim.webm")
    assert corners(shown(cut_of(path), 1, size=(320, 180))[0])[1:] == ["green", "blue", "white"]


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_high_dynamic_range_is_brought_into_range_and_told(tmp_path: Path, transfer: int) -> None:
    cut = cut_of(saved(tmp_path, films.film(frames=4, hdr=transfer)))
    assert "HDR" in cut.warnings[0]
    (picture,) = shown(cut, 1, size=(320, 180))
    assert picture[0].min() >= 16
    assert picture[0].max() <= 237  # the last step dithers
    rows = [tuple(map(float, line.split())) for line in tone_cube(transfer).splitlines()[1:]]
    greys = [rows[index * (1 + 25 + 625)][1] for index in range(25)]
    assert greys == sorted(greys)
    assert greys[0] == 0.0
    assert greys[-1] >= 0.99


def test_a_film_that_ends_early_holds_its_last_picture_and_says_so(tmp_path: Path) -> None:
    cut = cut_of(saved(tmp_path, films.film(frames=15)))
    pictures = shown(cut, 40)
    assert np.array_equal(pictures[-1][0], pictures[20][0])
    unit = unit_of_film(cut, seconds=2.0)
    assert len(unit.warnings) == 1
    assert "hình cuối đứng yên" in unit.warnings[0]


def test_a_film_that_is_mostly_lost_is_refused_with_its_scene(tmp_path: Path) -> None:
    data = bytearray(films.film(size=(640, 360), frames=120, options={"preset": "ultrafast", "g": "1"}))
    start = data.index(b"mdat") + 60_000
    data[start:-8000] = bytes(len(data) - 8000 - start)
    path = saved(tmp_path, bytes(data))
    with pytest.raises(PictureError, match="damaged") as raised:
        shown(cut_of(path), 120)
    assert raised.value.where == WHERE


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([(1920, 1080), (1080, 1920), (640, 640), (4096, 2160)]))
def test_the_window_lies_in_the_picture_and_has_its_proportions(
    across: float, down: float, size: tuple[int, int]
) -> None:
    left, top, width, height = window(*size, 1080, 1920, (across, down), 1.0)
    assert left >= 0
    assert top >= 0
    assert left + width <= size[0]
    assert top + height <= size[1]
    assert width / height == pytest.approx(1080 / 1920, rel=0.01)
    assert all(value % 2 == 0 for value in (left, top, width, height))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_focus_turned_four_times_is_where_it_was(across: float, down: float) -> None:
    point = (across, down)
    for _ in range(4):
        point = turned(list(point), 90)
    assert point == pytest.approx((across, down))


# ---- units that move -------------------------------------------------------------------------------------------


def test_a_unit_of_film_joins_with_drawn_ones_and_plays(tmp_path: Path) -> None:
    unit = unit_of_film(cut_of(saved(tmp_path, films.film(size=(640, 360), frames=60))))
    held = encoding.hold({"shape": SMALL.as_data()}, {})
    still = Made(
        {"packets": held.files["packets"]},
        {"frames": 20, "index": held.details["index"], "parameters": held.details["parameters"]},
    )
    inputs = {"units": 3, "fps": 30, "metadata": {}, "lang3": "vie", "subtitles": [], "chapters": []}
    clip = mux.join(inputs, {"held": held, "unit-0": still, "unit-1": unit, "unit-2": still}).files["clip.mp4"]
    with av.open(io.BytesIO(clip)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(frames) == unit.details["frames"] + 40
    assert np.abs(frames[25].astype(int) - frames[30].astype(int)).max() > 50  # it moves
    assert np.array_equal(frames[-1], frames[-2])  # and what is drawn stands


def test_a_film_goes_on_through_the_lines_of_its_scene(tmp_path: Path) -> None:
    cut = cut_of(saved(tmp_path, films.film(frames=120)))
    first, second = (unit_of_film(cut, seconds=1.0, line=line) for line in (0, 1))
    held = encoding.hold({"shape": SMALL.as_data()}, {})
    found: list[np.ndarray[Any, Any]] = []
    for unit in (first, second):
        with av.open(io.BytesIO(mux.pictures_alone(unit, held, fps=30))) as container:
            pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        found += [pictures[0], pictures[-1]]
    apart = [np.abs(found[index].astype(int) - found[1].astype(int)).mean() for index in (2, 0)]
    assert apart[0] < apart[1]  # the second line begins where the first one ended


def test_what_moves_keeps_to_its_weight(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.options = 288, 512, {"preset": "ultrafast", "crf": "15"}
        for _ in range(60):
            grain = noise.integers(0, 255, (512, 288, 3), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(grain, format="rgb24")))
        out.mux(stream.encode(None))
    unit = unit_of_film(cut_of(saved(tmp_path, buffer.getvalue())), seconds=1.5, kbps=800)
    length_s = unit.details["frames"] / 30
    assert len(unit.files["packets"]) <= 800_000 / 8 * (length_s + 1.2)  # a second of it is in the buffer


def photo() -> bytes:
    """Dots on grey: each can be followed by parts of a pixel."""
    down, across = np.mgrid[0:700, 0:900]
    ground = np.full((700, 900), 90.0)
    for x, y in ((400, 200), (500, 450)):
        ground += 150 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 72)
    buffer = io.BytesIO()
    Image.fromarray(ground.clip(0, 255).astype(np.uint8)).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_photograph_is_approached_by_parts_of_a_pixel() -> None:
    places: list[float] = []
    for luma, _, _ in moving.approached(photo(), (0.5, 0.4), SMALL, 0, 60):
        bright = np.clip(luma.astype(float) - 130, 0, None)[:256]
        places.append(float((bright * np.mgrid[0:256, 0:288][1]).sum() / bright.sum()))
    steps = np.diff(places)
    assert abs(places[-1] - places[0]) > 0.5  # it moves
    assert np.abs(np.diff(steps)).max() < 0.05  # without a jerk: whole pixels would jump by one


def test_the_approach_goes_on_where_the_line_before_left_it() -> None:
    whole = [luma.copy() for luma, _, _ in moving.approached(photo(), (0.5, 0.5), SMALL, 0, 10)]
    later = [luma.copy() for luma, _, _ in moving.approached(photo(), (0.5, 0.5), SMALL, 6, 4)]
    assert all(np.array_equal(one, other) for one, other in zip(whole[6:], later, strict=True))


# ---- moviepy's place -------------------------------------------------------------------------------------------


def test_moviepy_runs_on_the_pillow_that_is_locked() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import PIL, moviepy; print(PIL.__version__.split('.')[0])"],
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) >= 13


def test_parts_of_films_are_laid_in_a_row_each_fading_into_the_next(tmp_path: Path) -> None:
    paths = [saved(tmp_path, films.film(frames=40), "a.mp4"), saved(tmp_path, films.film(size=(200, 200)), "b.mp4")]
    parts = [footage.Part(footage.measured(path, WHERE), 0.2, 1.2) for path in paths]
    step = footage.compose_step(parts, fps=30, fade_s=0.4, where=WHERE)
    needs = {f"film-{number}": Made({"bytes": path.read_bytes()}) for number, path in enumerate(paths)}
    made = footage.composed(step.inputs, needs)
    assert made.details["duration_s"] == pytest.approx(1.6, abs=0.05)
    assert (made.details["width_px"], made.details["height_px"]) == (320, 180)
    assert len(shown(made, 45)) == 45  # it can stand where a film that was cut out stands


def test_a_films_sound_is_cut_out(tmp_path: Path) -> None:
    path = saved(tmp_path, films.film(frames=60, sound=True))
    step = footage.sound_step(footage.measured(path, WHERE), from_s=0.5, to_s=1.5, where=WHERE)
    samples, rate = from_wav(
        footage.cut_sound(step.inputs, {"film": Made({"bytes": path.read_bytes()})}).files["sound.wav"]
    )
    assert len(samples) / rate == pytest.approx(1.0, abs=0.02)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * rate / len(samples) == pytest.approx(440, abs=3)


def test_keeping_the_sound_of_a_silent_film_is_refused_with_its_scene(tmp_path: Path) -> None:
    film = footage.measured(saved(tmp_path, films.film(frames=10)), WHERE)
    with pytest.raises(PictureError, match="no sound") as raised:
        footage.sound_step(film, where=WHERE)
    assert raised.value.where == WHERE


def test_a_sideways_film_in_a_row_stands_upright_too(tmp_path: Path) -> None:
    path = saved(tmp_path, films.turned(films.film(frames=30), 90))
    step = footage.compose_step([footage.Part(footage.measured(path, WHERE))], fps=30, where=WHERE)
    made = footage.composed(step.inputs, {"film-0": Made({"bytes": path.read_bytes()})})
    assert (made.details["width_px"], made.details["height_px"]) == (180, 320)
    assert corners(shown(made, 1, first=10)[0]) == ["blue", "red", "white", "green"]


def test_a_films_own_sound_takes_the_pads_place_and_steps_back_under_the_voice() -> None:
    time = np.arange(4 * 48_000) / 48_000
    hum = Made({"sound.wav": to_wav((0.2 * np.sin(2 * np.pi * 3000 * time)).astype(np.float32), 48_000)})
    said = np.zeros(VOICE_RATE, np.float32)
    said[:] = 0.4 * np.sin(2 * np.pi * 310 * np.arange(VOICE_RATE) / VOICE_RATE)
    rhythm = {"opens": False, "closes": False, "hold_s": 2.0, "length_s": 0.0, "captions": [["Một."]]}
    voices = {f"voice-{scene}-0": Made({"voice.wav": to_wav(said, VOICE_RATE)}, {"duration_s": 1.0}) for scene in (0, 1, 2)}  # fmt: skip  # noqa: E501
    told = soundtrack.tell({"rhythms": [rhythm] * 3, "fps": 30}, voices)
    levels = {"master_lufs": -16.0, "pad_lufs": -26.0, "duck_db": 8.0}
    made = soundtrack.mix(levels, {"told": told, "film-1": hum})
    with av.open(io.BytesIO(made.files["sound.m4a"])) as container:
        rate = container.streams.audio[0].rate
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    carried = samples * np.exp(-2j * np.pi * 3000 * np.arange(len(samples)) / rate)

    def level(start_s: float, end_s: float) -> float:
        return float(np.abs(carried[round(start_s * rate) : round(end_s * rate)].mean()))

    start_s = told.details["scenes"][1][0]
    under, alone = level(start_s + 0.4, start_s + 1.1), level(start_s + 2.4, start_s + 3.4)
    assert 20 * np.log10(alone / under) == pytest.approx(8, abs=1.5)
    assert level(0.4, start_s - 0.3) < alone / 30  # in other scenes nothing of it is heard


def test_what_a_killed_process_left_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in ("loa-film-old", "loa-film-young", "elsewhere"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "laid.film").write_bytes(b"film")
    for folder in (old, other):
        os.utime(folder, (1, 1))
    with patch.object(tempfile, "tempdir", str(tmp_path)), footage._scratch() as folder:
        assert Path(folder).parent == tmp_path
    assert sorted(one.name for one in tmp_path.iterdir()) == ["elsewhere", "loa-film-young"]


def test_a_peaky_voice_with_long_silences_still_reaches_its_loudness() -> None:
    """The limiter takes more than half of what is added to such a voice."""
    rate = soundtrack.MIX_RATE
    samples = np.random.default_rng(7).standard_normal(12 * rate).astype(np.float32) * np.float32(0.05)
    samples[:: rate // 60] *= 14
    samples *= np.arange(len(samples)) // (2 * rate) % 2 == 0
    _, loudness_lufs, peak_dbtp = soundtrack._mastered(soundtrack._levelled(samples, rate, -16.0), -16.0)
    assert abs(loudness_lufs + 16.0) <= 0.25
    assert peak_dbtp <= soundtrack.PEAK_DBTP
