"""Pictures of sound: what is loud is tall, what is high is high, times and sentences are where they belong."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from render.speech import mpeg
from render.speech.sound import Samples
from render.speech.waveform import LEFT, RIGHT, SPECTRUM, WAVE, WIDTH, draw, picture_of, preview_step
from render.steps import Made, Step
from render.typeset.brand import colours

COLOURS = colours()
RATE = 22_050
PLOT = WIDTH - LEFT - RIGHT


def colour(name: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(COLOURS[name].removeprefix("#"))
    return red, green, blue


def tone(hertz: float, seconds: float, strength: float = 0.5) -> Samples:
    return (strength * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB")).astype(int)


def test_what_is_loud_is_tall_and_silence_is_a_line() -> None:
    drawn = pixels(picture_of(np.concatenate([tone(500, 5), tone(500, 5, 0.0)]), RATE, cues_s=[], colours=COLOURS))
    deep = (drawn[:WAVE] == colour("deep")).all(axis=2)
    heights = deep.sum(axis=0)[LEFT : LEFT + PLOT]
    assert heights[: PLOT // 2 - 20].min() > 70
    assert heights[PLOT // 2 + 20 :].max() <= 2


def test_a_high_tone_stands_above_a_low_one() -> None:
    drawn = pixels(picture_of(np.concatenate([tone(1000, 5), tone(6000, 5)]), RATE, cues_s=[], colours=COLOURS))
    field = drawn[WAVE : WAVE + SPECTRUM, LEFT : LEFT + PLOT].sum(axis=2)
    low, high = field[:, : PLOT // 2 - 20].mean(axis=1).argmax(), field[:, PLOT // 2 + 20 :].mean(axis=1).argmax()
    assert low == pytest.approx(SPECTRUM * (1 - 1000 / 8000), abs=8)
    assert high == pytest.approx(SPECTRUM * (1 - 6000 / 8000), abs=8)


def test_a_mark_stands_where_each_sentence_begins() -> None:
    drawn = pixels(picture_of(tone(500, 10, 0.01), RATE, cues_s=[2.0, 7.5], colours=COLOURS))
    column = (drawn[30] == colour("sun")).all(axis=1).nonzero()[0] - LEFT
    for cue_s in (2.0, 7.5):
        assert np.abs(column - PLOT * cue_s / 10).min() <= 2


@pytest.mark.parametrize("seconds", [0.5, 60.0, 300.0])
def test_it_is_as_wide_whatever_its_length(seconds: float) -> None:
    picture = picture_of(tone(500, seconds), RATE, cues_s=[0.0], colours=COLOURS)
    assert picture.size[0] == WIDTH


def test_the_step_draws_what_it_needs_in_a_row_the_same_every_time() -> None:
    samples = np.pad(tone(700, 2), (0, 4000))
    whole = np.repeat(samples, 2)  # at 44.1 kHz
    frames = mpeg.encode(np.pad(whole, (0, -len(whole) % mpeg.FRAME)).astype(np.float32))
    made = Made(
        {"part.mp3": b"".join(frames[:-1])}, {"duration_s": (len(frames) - 1) * 1152 / 44100, "cues_s": [[0, 2]]}
    )
    inputs = preview_step([(Step("x:y", {}), "part.mp3")] * 2, container="mp3", colours=COLOURS).inputs
    first = draw(inputs, {"000": made, "001": made})
    picture = Image.open(io.BytesIO(first.files["preview.webp"]))
    assert picture.format == "WEBP"
    assert picture.size[0] == WIDTH
    assert first.details["sentences"] == 2
    assert len(first.files["preview.webp"]) < 300_000
    assert draw(inputs, {"000": made, "001": made}).files == first.files
