"""Clips without sound: the one for feeds, timed by reading, and the loop for screens."""

from __future__ import annotations

import dataclasses
import io
import itertools
from collections.abc import Mapping

import av
import numpy as np
import pytest
from PIL import Image

from render.edition import Edition
from render.errors import GateError
from render.products import Planned
from render.products.clip import plan_clip
from render.products.graphic import plan_graphic
from render.steps import Made
from render.video.layers import draw, read_stills
from render.video.loop import LONGEST_S, SHORTEST_S, WEBP_BYTES, loop_frames
from render.video.shape import FEED
from render.video.silent import LETTERS_PER_S, check, reading_s
from render.video.subtitles import letters_wide
from tests.render.clips_at_hand import ARTICLE, CONTEXT, HEAD, STEPS, WHO, edition_of, make, steps_of, titled
from tests.render.sheets import demo, planned
from tests.render.sheets import made as made_of

HALF = dataclasses.replace(FEED, scale=0.5)


def silent(edition: Edition) -> Planned:
    plan = plan_clip(edition, CONTEXT, HALF, silent=True)
    assert isinstance(plan, Planned)
    return plan


@pytest.fixture(scope="module")
def quiet() -> tuple[Planned, Mapping[str, Made]]:
    """A whole silent clip at half size, gates passed."""
    plan = silent(edition_of(ARTICLE))
    return plan, make(plan)


def test_a_silent_clip_has_pictures_and_no_sound_track(quiet: tuple[Planned, Mapping[str, Made]]) -> None:
    plan, made = quiet
    with av.open(io.BytesIO(made[plan.files[0].step.key].files["clip.mp4"]), "r") as container:
        assert len(container.streams.video) == 1
        assert not container.streams.audio
        frames = sum(1 for _ in container.decode(video=0))
    assert 15 <= frames / 30 <= 90


def test_every_caption_of_a_silent_clip_stands_as_long_as_it_takes_to_read(
    quiet: tuple[Planned, Mapping[str, Made]],
) -> None:
    plan, made = quiet
    cues = made[plan.files[1].step.key].details["cues"]
    assert len(cues) > 6
    for start_s, end_s, text in cues:
        assert end_s - start_s >= letters_wide(text) / LETTERS_PER_S - 0.35, text
        assert end_s - start_s >= 1.0, text


def test_nobody_speaks_so_nothing_waits_for_a_voice() -> None:
    plan = silent(dataclasses.replace(edition_of(ARTICLE), lang="blt-Tavt"))
    assert not any(step.run.endswith((":speak", ":mix", ":tell")) for step in steps_of(plan).values())
    assert "voice" not in plan.details


def test_a_silent_clip_does_not_say_that_a_machine_speaks() -> None:
    drawn = [step for step in steps_of(silent(edition_of(ARTICLE))).values() if step.run.endswith("layers:draw")]
    assert not any("Giọng đọc tổng hợp" in str(step.inputs) for step in drawn)


def test_reading_takes_longer_the_more_there_is_to_read() -> None:
    assert (
        reading_s(["Một"]) < reading_s(["Một lời dài hơn hẳn lời ở trên"]) < reading_s(["Một lời", "dài hơn hẳn"] * 3)
    )


def test_a_sound_track_in_a_silent_clip_is_refused() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(GateError, match="sound track"):
        check({}, {"clip": Made(files={"clip.mp4": buffer.getvalue()})})


# ---- the loop ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loop() -> tuple[Planned, Mapping[str, Made]]:
    plan = plan_graphic(edition_of(ARTICLE), CONTEXT)
    return plan, make(plan)


def test_a_loop_ends_with_the_picture_it_begins_with(loop: tuple[Planned, Mapping[str, Made]]) -> None:
    plan, made = loop
    with av.open(io.BytesIO(made[plan.files[0].step.key].files["clip.mp4"]), "r") as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert SHORTEST_S <= len(frames) / 30 <= LONGEST_S
    seam = np.abs(frames[0].astype(int) - frames[-1].astype(int))
    assert seam.mean() < 0.5
    assert np.abs(frames[0].astype(int) - frames[len(frames) // 2].astype(int)).mean() > 2  # and shows something


def test_the_number_of_a_loop_comes_whole_and_then_stands(
    loop: tuple[Planned, Mapping[str, Made]],
) -> None:
    plan, made = loop
    (large,) = (
        step for step in steps_of(plan).values() if step.run.endswith("layers:draw") and step.inputs["scale"] == 1.0
    )
    assert large.inputs["scene"]["shows"]["after"]  # in the layer of the number: there is none of its own
    stills, _ = read_stills(made[large.key])
    assert not {"before", "after", "lead", "tail"} & {one.slot for one in stills}
    frames = loop_frames(stills, 30, 1.0)
    shown = [frame["number"].layer for frame in frames if "number" in frame]
    assert len(set(shown)) == 1
    assert all(frame["number"].shown == 1 for frame in frames if "number" in frame)  # never a part of its digits
    assert shown.count(shown[-1]) / 30 >= 3  # time to read it
    assert frames[0] == frames[-1]


def test_a_loop_sets_a_title_so_small_that_what_stays_together_fits_its_column() -> None:
    plan = planned("motion-graphic", demo("chu-ho-kinh-doanh-bhxh-bat-buoc"))  # “Chủ hộ kinh doanh” stays on one line
    step = next(one for one in steps_of(plan).values() if one.run.endswith("layers:draw"))
    assert "title" in {still.slot for still in read_stills(made_of(step))[0]}


def test_the_animation_is_small_and_goes_round_for_ever(loop: tuple[Planned, Mapping[str, Made]]) -> None:
    plan, made = loop
    data = made[plan.files[1].step.key].files["loop.webp"]
    assert len(data) <= WEBP_BYTES
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.info["loop"], image.is_animated) == ((960, 540), 0, True)  # type: ignore[attr-defined]
    assert made[plan.gates[2].key].details["duration_s"] == made[plan.gates[0].key].details["duration_s"]


def test_one_thing_comes_at_a_time(loop: tuple[Planned, Mapping[str, Made]]) -> None:
    plan, made = loop
    step = next(one for one in steps_of(plan).values() if one.run.endswith("layers:draw"))
    frames = loop_frames(read_stills(made[step.key])[0], 30, 1.0)
    for before, now in itertools.pairwise(frames):
        leaving = any(one.opacity < 1 and before.get(slot, one).opacity > one.opacity for slot, one in now.items())
        changed = [slot for slot in now if before.get(slot) != now[slot]]
        assert len(changed) <= 1 or leaving or len(now) < len(before)


@pytest.mark.parametrize(
    "edition",
    [
        pytest.param(lambda: edition_of(HEAD + WHO), id="conditions"),
        pytest.param(lambda: edition_of(HEAD + STEPS), id="steps"),
        pytest.param(lambda: edition_of(HEAD + "\n## Lời {#loi}\n\nMột lời.\n"), id="summary"),
        pytest.param(lambda: titled("Người cao tuổi không lương hưu được trợ cấp mỗi tháng " * 5), id="long-title"),
    ],
)
def test_an_article_without_a_figure_or_with_a_long_title_loops_too(edition: object) -> None:
    plan = plan_graphic(edition(), CONTEXT)  # type: ignore[operator]
    for step in steps_of(plan).values():
        if step.run.endswith("layers:draw") and step.inputs["scale"] == 1.0:
            stills, _ = read_stills(draw(step.inputs, {}))
            assert len({one.slot for one in stills}) >= 6
