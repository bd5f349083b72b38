"""The clip engine: planes, painter, what moves; sound mixed and joined to the pictures by copying packets."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from render.errors import GateError, StepError
from render.paths import ROOT
from render.speech.sound import VOICE_RATE, to_wav
from render.steps import Made
from render.video import encoding, layers, laying, mux, soundtrack
from render.video.checks import check_file
from render.video.laying import schedule
from render.video.motion import entries_of, frames_of, last_frame
from render.video.painter import Placed, changes, merged, repaint
from render.video.planes import Layer, blend, colour_of, flat, layer_of, to_rgb
from render.video.shape import VERTICAL, Shape
from render.video.timing import HOLD_S, unit_of, unit_rhythms
from render.video.tracks import index_in_front

SMALL = Shape("vertical", 1080, 1920, scale=0.25)
PAPER = (251, 246, 234)


def png(width: int, height: int, colour: tuple[int, int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def scene_data(**changed: Any) -> dict[str, Any]:
    """A scene of two ticked lines, as the template takes it."""
    return {
        "name": "who:test",
        "kind": "ticks",
        "shape": VERTICAL.as_data(),
        "shows": {
            "title": [{"t": "Ai được nhận?"}],
            "items": [
                {"text": [{"t": "Công dân Việt Nam "}, {"t": "từ đủ 75\u00a0tuổi", "b": True}], "at": 0},
                {"text": [{"t": "Không có lương hưu hằng tháng"}], "at": 1},
            ],
            "more": "",
        },
        "note": "Bản minh họa",
        "topic": "Hưu trí xã hội",
        "captions": [],
        **changed,
    }


RHYTHM = {"opens": False, "closes": False, "hold_s": 0.0, "captions": [["một"], ["hai"]]}
SAID = ("Công dân Việt Nam từ đủ 75 tuổi.", "Không có lương hưu.")


def draw(scale: float = 0.25, **changed: Any) -> Made:
    data = scene_data(**changed)
    return layers.draw({"scene": data, "lang": "vi", "theme": "normal", "scale": scale}, {})


def draw_captions(*texts: str, scale: float = 0.25) -> Made:
    captions = [{"at": 0, "text": text} for text in texts]
    return draw(scale, kind="captions", shows={}, note="", topic="", captions=captions)


def tone(duration_s: float, pitch_hz: float = 220.0) -> Made:
    """A synthetic voice: a tone that comes and goes like syllables."""
    time = np.arange(round(duration_s * VOICE_RATE)) / VOICE_RATE
    samples = 0.4 * np.sin(2 * np.pi * pitch_hz * time) * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * time))
    return Made({"voice.wav": to_wav(samples.astype(np.float32), VOICE_RATE)}, {"duration_s": round(duration_s, 4)})


def seen(line: int, lines: int = 2, shape: Shape = SMALL) -> dict[str, Any]:
    return {"line": line, "lines": lines, "shape": shape.as_data(), "paper": list(PAPER)}


def lay_line(drawn: Made, line: int, *, shape: Shape = SMALL, rhythm: Mapping[str, Any] = RHYTHM) -> Made:
    """A line of the scene as the clip has it."""
    inputs = seen(line, shape=shape)
    words = draw_captions(SAID[line], scale=shape.scale)
    content = encoding.encode(inputs, {"layers": drawn})
    needs = {
        "content": content,
        "captions": encoding.overlay(inputs, {"content": content, "captions": words}),
        "voice": tone(1.2 + 0.3 * line),
    }
    return laying.lay({"rhythm": unit_rhythms(rhythm)[line], "fps": shape.fps}, needs)


def mix(*rhythms: Mapping[str, Any]) -> Made:
    """The sound of scenes of two lines each."""
    voices = {f"voice-{number}-{line}": tone(1.2 + 0.3 * line) for number in range(len(rhythms)) for line in (0, 1)}
    told = soundtrack.tell({"rhythms": list(rhythms), "fps": 30}, voices)
    return soundtrack.mix({"master_lufs": -16.0, "pad_lufs": -26.0, "duck_db": 8.0}, {"told": told})


def joined(units: Sequence[Made], sound: Made, **metadata: str) -> Made:
    inputs = {"units": len(units), "fps": 30, "metadata": metadata, "lang3": "vie", "subtitles": [], "chapters": []}
    held = encoding.hold({"shape": SMALL.as_data()}, {})
    return mux.join(inputs, {"held": held, "sound": sound} | {f"unit-{at}": unit for at, unit in enumerate(units)})


def mini_clip() -> tuple[Made, Made]:
    """A clip of two scenes and its sound, through the same steps as a real one."""
    drawn = draw()
    scene = [lay_line(drawn, 0), lay_line(drawn, 1)]
    sound = mix(RHYTHM, RHYTHM)
    return joined([*scene, *scene], sound, title="Thử", comment="Giọng đọc tổng hợp"), sound


@pytest.fixture(scope="module")
def clip() -> tuple[Made, Made]:
    return mini_clip()


# ---- planes -----------------------------------------------------------------------------------------------------


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_colour_comes_back_from_its_planes(colour: tuple[int, int, int]) -> None:
    shown = to_rgb(flat(4, 4, colour_of(colour))).getpixel((1, 1))
    assert isinstance(shown, tuple)
    assert max(abs(one - other) for one, other in zip(shown, colour, strict=True)) <= 3


def test_the_planes_are_what_swscale_makes_of_bt709() -> None:
    colours = np.random.default_rng(7).integers(0, 256, (8, 8, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(colours), format="rgb24")
    theirs = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
    buffer = io.BytesIO()
    Image.fromarray(colours).save(buffer, "PNG")
    ours = layer_of(buffer.getvalue()).picture
    for own, plane in zip(ours, encoding.planes_of(theirs), strict=True):
        step = own.shape[0] // 8  # at the middle of each patch, where chroma filters do not reach over its edge
        apart = own.astype(int)[step // 2 :: step, step // 2 :: step] - plane[step // 2 :: step, step // 2 :: step]
        assert np.abs(apart).max() <= 2


@given(st.integers(0, 255), st.floats(0, 1))
@settings(max_examples=60)
def test_blending_planes_is_blending_colours(alpha: int, opacity: float) -> None:
    target = flat(4, 4, colour_of(PAPER))
    blend(target, layer_of(png(4, 4, (16, 48, 47, alpha))), (0, 0), within=(0, 0, 4, 4), opacity=opacity)
    cover = alpha / 255 * opacity
    mixed = tuple(round(over * cover + under * (1 - cover)) for over, under in zip((16, 48, 47), PAPER, strict=True))
    wanted = colour_of((mixed[0], mixed[1], mixed[2]))
    assert all(abs(int(plane[0, 0]) - value) <= 3 for plane, value in zip(target, wanted, strict=True))


def test_nothing_is_painted_outside_the_box_or_the_picture() -> None:
    target = flat(8, 8, colour_of(PAPER))
    blend(target, layer_of(png(6, 6, (0, 0, 0, 255))), (4, 4), within=(0, 0, 6, 8))
    changed = target[0] != colour_of(PAPER)[0]
    assert changed.sum() == 2 * 4


# ---- painter ----------------------------------------------------------------------------------------------------

boxes = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 20), st.integers(1, 20)).map(
    lambda box: (2 * box[0], 2 * box[1], 2 * (box[0] + box[2]), 2 * (box[1] + box[3]))
)


@given(st.lists(boxes, max_size=12))
def test_merged_boxes_cover_all_and_do_not_overlap(found: list[tuple[int, int, int, int]]) -> None:
    apart = merged(found)
    for box in found:
        assert any(o[0] <= box[0] and o[1] <= box[1] and o[2] >= box[2] and o[3] >= box[3] for o in apart)
    for index, one in enumerate(apart):
        for other in apart[index + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


placings = st.dictionaries(
    st.sampled_from(["field", "text", "caption"]),
    st.builds(
        Placed,
        st.sampled_from(["dark", "glass"]),
        st.integers(-4, 20).map(lambda v: 2 * v),
        st.integers(-4, 20).map(lambda v: 2 * v),
        st.sampled_from([0.3, 1.0]),
        st.sampled_from([0.4, 1.0]),
    ),
)


@given(st.lists(placings, min_size=1, max_size=6))
@settings(max_examples=60)
def test_repainting_what_changed_gives_what_painting_everything_gives(frames: list[dict[str, Placed]]) -> None:
    stills: dict[str, Layer] = {
        "dark": layer_of(png(16, 10, (16, 48, 47, 255))),
        "glass": layer_of(png(12, 14, (200, 69, 47, 120))),
    }
    paper = colour_of(PAPER)
    picture = flat(48, 40, paper)
    before: Mapping[str, Placed] = {}
    for frame in frames:
        ordered = dict(sorted(frame.items()))
        repaint(picture, changes(stills, before, ordered), stills, ordered, paper)
        before = ordered
        whole = flat(48, 40, paper)
        repaint(whole, [(0, 0, 48, 40)], stills, ordered, paper)
        assert all((one == other).all() for one, other in zip(picture, whole, strict=True))


# ---- layers and motion ------------------------------------------------------------------------------------------


def test_layers_stand_inside_the_safe_area() -> None:
    stills, drawn = layers.read_stills(draw(scale=1.0))
    told = [still for still in stills if still.slot not in {"top", "foot", "field"}]
    assert {still.slot for still in told} >= {"heading", "item-0", "item-1", "note"}
    for still in told:
        ink = np.flatnonzero(drawn[still.name].alpha.any(axis=1)) + drawn[still.name].top
        assert still.y + ink[0] >= VERTICAL.safe_top
        assert still.y + ink[-1] < VERTICAL.height - VERTICAL.safe_bottom


def test_captions_stand_above_the_bottom_safe_area_and_below_the_content() -> None:
    captions, _ = layers.read_stills(draw_captions(*SAID, scale=1.0))
    assert len(captions) == 2
    top = min(still.y for still in captions)
    stills, drawn = layers.read_stills(draw(scale=1.0))
    for still in stills:
        if still.slot not in {"foot", "top"}:
            ink = np.flatnonzero(drawn[still.name].alpha.any(axis=1)) + drawn[still.name].top
            assert still.y + ink[-1] < top


def test_text_that_does_not_fit_is_refused_and_the_scene_named() -> None:
    items = [{"text": [{"t": "Một điều kiện rất dài, " * 20}], "at": 0}] * 4
    with pytest.raises(GateError, match="scene who:test") as raised:
        draw(shows={"title": [{"t": "Ai?"}], "items": items, "more": ""})
    assert raised.value.gate == "overflow"


def test_an_overlong_word_is_refused_not_cut_off() -> None:
    items = [{"text": [{"t": "Ng" + "hiêng" * 14}], "at": 0}]
    with pytest.raises(GateError, match="item 0 runs out of its box"):
        draw(shows={"title": [{"t": "Ai?"}], "items": items, "more": ""})


def test_a_figure_too_wide_for_one_line_becomes_a_headline() -> None:
    shows = {"title": [], "label": [{"t": "Từ khi nào"}], "before": "", "after": "", "others": []}
    shows["number"] = "từ ngày 01/7/2025 cho đến khi có quy định mới"
    stills, _ = layers.read_stills(draw(kind="figure", shows=shows))
    assert "number" in {still.slot for still in stills}


def test_amounts_of_nine_digits_stand_above_their_bars_and_come_when_these_have_grown() -> None:
    bars = [
        {"label": [{"t": label}], "value": [{"t": value}], "share": share, "tone": "plain", "at": 0}
        for label, value, share in (
            ("Đồng bằng", "250.000.000\u00a0đồng", 0.7),
            ("Biên giới", "350.000.000\u00a0đồng", 1.0),
        )
    ]
    drawn = draw(kind="bars", shows={"title": [{"t": "Được vay?"}], "caption": [{"t": "Mức vay"}], "bars": bars})
    stills, _ = layers.read_stills(drawn)
    found = {still.slot: still for still in stills}
    assert [slot for slot in found if slot[-2:] == "-1"] == ["label-1", "bar-1", "value-1"]
    assert found["label-1"].y < found["value-1"].y < found["bar-1"].y


def test_captions_of_more_than_two_lines_are_refused() -> None:
    with pytest.raises(GateError, match="longer than two lines"):
        draw_captions("một hai ba bốn " * 12)


def test_a_line_enters_with_its_words_and_one_thing_moves_at_a_time() -> None:
    stills, _ = layers.read_stills(draw())
    moving = [[entry for entry in entries_of(stills, line, 2, 30) if entry.end] for line in (0, 1)]
    assert [[entry.still.slot for entry in line] for line in moving] == [["heading", "item-0"], ["item-1"]]
    assert all(one.end <= two.start for line in moving for one, two in itertools.pairwise(line))


def test_a_scene_ends_with_everything_in_its_place() -> None:
    stills, _ = layers.read_stills(draw())
    assert frames_of(stills, 1, 2, 30, 1.0)[-1] == last_frame(stills)
    assert frames_of(stills, 0, 2, 30, 1.0)[-1].items() <= frames_of(stills, 1, 2, 30, 1.0)[0].items()


@given(st.integers(1, 12), st.sampled_from(["rise", "grow"]), st.integers(1, 3), st.floats(0.05, 3))
def test_the_shortest_voice_leaves_what_enters_its_time_and_a_second_to_stand(
    count: int, enter: str, lines: int, voice_s: float
) -> None:
    rhythm = {"opens": False, "closes": False, "hold_s": 0.0, "captions": [["một"]] * lines}
    for line, data in enumerate(unit_rhythms(rhythm)):
        crowded = [layers.Still(f"{index}", f"slot-{index}", 0, 0, enter, line) for index in range(count)]
        unit = unit_of(data, voice_s, 30)
        places = schedule(range(len(frames_of(crowded, line, lines, 30, 1.0))), unit, 30, apart=True)
        rest = unit.frames - (round(HOLD_S * 30) if unit.last else 0)
        assert places[-1][0] <= rest + len(unit.cues)


def test_no_frame_shows_a_number_without_its_unit_or_a_part_of_its_digits() -> None:
    shows = {"title": [{"t": "Con số"}], "label": [{"t": "mức trợ cấp"}], "before": "Từ", "after": "đồng mỗi tháng"}
    drawn = draw(kind="figure", shows={**shows, "number": "1.263.600", "others": []})
    stills, drawn_layers = layers.read_stills(drawn)
    assert [still.slot for still in stills if still.slot not in {"top", "foot", "note", "topic"}] == [
        "heading", "field", "number", "label",
    ]  # fmt: skip
    number = next(still for still in stills if still.slot == "number")
    assert drawn_layers[number.name].height > 300 * 0.25  # three lines of words, not one
    shown = [frame["number"].shown for frame in frames_of(stills, 0, 1, 30, 1.0) if "number" in frame]
    assert set(shown) == {1.0}


# ---- joined ----------------------------------------------------------------------------------------------------


def test_the_clip_runs_at_one_rate_and_sound_and_picture_end_together(clip: tuple[Made, Made]) -> None:
    made, sound = clip
    with av.open(io.BytesIO(made.files["clip.mp4"]), "r") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        frames = [frame.time for frame in container.decode(video)]
    assert np.allclose(np.diff(np.array(frames, float)), 1 / 30, atol=1e-6)
    assert len(frames) == made.details["frames"]
    with av.open(io.BytesIO(made.files["clip.mp4"]), "r") as container:
        audio = container.streams.audio[0]
        heard = sum(frame.samples for frame in container.decode(audio))
    assert abs(heard / soundtrack.RATE - len(frames) / 30) <= 0.024  # the coder rounds up to 1,024 samples
    gated = check_file({"shortest_s": 1.0, "longest_s": 60.0}, {"clip": made, "sound": sound})
    assert gated.details["apart_ms"] <= 20


def test_the_clip_starts_with_its_index_and_says_what_it_is(clip: tuple[Made, Made]) -> None:
    data = clip[0].files["clip.mp4"]
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(io.BytesIO(data), "r") as container:
        assert container.metadata["comment"] == "Giọng đọc tổng hợp"
        assert "creation_time" not in container.metadata
        assert container.streams.audio[0].metadata["language"] == "vie"


def test_the_sound_is_at_sixteen_lufs_and_nothing_clips(clip: tuple[Made, Made]) -> None:
    details = clip[1].details
    assert details["loudness_lufs"] == pytest.approx(-16, abs=0.7)
    assert details["true_peak_dbtp"] <= -1.0


def test_the_index_comes_in_front_as_the_muxer_would_bring_it_there(clip: tuple[Made, Made], tmp_path: Path) -> None:
    behind, in_front = io.BytesIO(), tmp_path / "in-front.mp4"
    for target, flags in ((behind, {}), (str(in_front), {"movflags": "+faststart"})):
        options = {"fflags": "+bitexact", **flags}
        with (
            av.open(io.BytesIO(clip[0].files["clip.mp4"])) as made,
            av.open(target, "w", format="mp4", options=options) as out,
        ):
            streams = {
                one.index: out.add_stream_from_template(one) for one in (*made.streams.video, *made.streams.audio)
            }
            for packet in made.demux(*made.streams.video, *made.streams.audio):
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    out.mux(packet)
    assert behind.getvalue().find(b"moov") > behind.getvalue().find(b"mdat")
    assert index_in_front(behind.getvalue()) == in_front.read_bytes()


def test_a_join_that_is_broken_off_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    units = [lay_line(draw(), 0)]
    needs = {"held": encoding.hold({"shape": SMALL.as_data()}, {}), "unit-0": units[0]}
    inputs = {"units": 1, "fps": 30, "metadata": {}, "lang3": "vie", "subtitles": [], "chapters": []}
    with patch.dict(os.environ, {"TMPDIR": str(tmp_path)}), patch.object(tempfile, "tempdir", None):
        with patch.object(mux, "switched_off", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            mux.join(inputs, needs)
        assert mux.join(inputs, needs).details["frames"] == units[0].details["frames"]
    assert not list(tmp_path.iterdir())


def test_units_of_other_settings_are_not_joined(clip: tuple[Made, Made]) -> None:
    other = Shape("vertical", 1080, 1920, scale=0.5)
    with pytest.raises(StepError, match="other settings"):
        joined([lay_line(draw(), 0), lay_line(draw(scale=0.5), 1, shape=other)], clip[1])


def test_another_process_makes_the_same_bytes(clip: tuple[Made, Made]) -> None:
    program = (
        "import hashlib, json; from tests.render.test_video import mini_clip; made, sound = mini_clip();"
        "print(json.dumps([hashlib.sha256(made.files['clip.mp4']).hexdigest(),"
        " hashlib.sha256(sound.files['sound.m4a']).hexdigest()]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    ours = [hashlib.sha256(one).hexdigest() for one in (clip[0].files["clip.mp4"], clip[1].files["sound.m4a"])]
    assert json.loads(done.stdout) == ours


@pytest.mark.parametrize(
    ("inputs", "details", "gate"),
    [
        ({"shortest_s": 20.0, "longest_s": 60.0}, {}, "length"),
        ({"shortest_s": 1.0, "longest_s": 60.0}, {"loudness_lufs": -30.0}, "loudness"),
    ],
)
def test_the_gate_says_what_is_wrong_with_a_clip(
    clip: tuple[Made, Made], inputs: dict[str, Any], details: dict[str, Any], gate: str
) -> None:
    sound = Made({}, {**clip[1].details, **details})
    with pytest.raises(GateError) as raised:
        check_file(inputs, {"clip": clip[0], "sound": sound})
    assert raised.value.gate == gate


def test_sound_shorter_than_the_picture_is_refused() -> None:
    drawn, short = draw(), mix(RHYTHM)
    made = joined([lay_line(drawn, 0), lay_line(drawn, 1)] * 2, short)
    with pytest.raises(GateError, match="ms apart"):
        check_file({"shortest_s": 1.0, "longest_s": 60.0}, {"clip": made, "sound": short})


def test_the_time_base_holds_whole_frames() -> None:
    assert (encoding.TIME_BASE.denominator * Fraction(1, VERTICAL.fps)).denominator == 1
