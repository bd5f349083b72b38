"""A recording one can see: waveform over spectrogram, a time axis, a mark where each sentence begins."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont

from render.late import Late
from render.speech.sound import Samples, decode
from render.steps import Made, Step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
else:
    np = Late("numpy")

WIDTH, WAVE, SPECTRUM, AXIS = 1600, 200, 260, 44
LEFT, RIGHT = 96, 24
_RATE = 22_050
_WINDOW = 512
_TOP_HZ = 8_000
_FLOOR_DB, _TOP_DB = -84.0, -24.0
_LEVELS_DB = (-6, -18)
_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_ROOM = 90  # pixels between two times, at the least

Colours = Mapping[str, str]


def preview_step(sounds: Sequence[tuple[Step, str]], *, container: str, colours: Colours) -> Step:
    """The picture of recordings one after the other -> `preview.webp`; `sounds` are steps and the names of their files.

    `colours` are the brand's. The details of the steps hold `cues_s` and `duration_s`.
    """
    needs = {f"{number:03d}": step for number, (step, _) in enumerate(sounds)}
    wanted = ("paper", "ink", "deep", "sun", "quiet", "hairline")
    return Step(
        run="render.speech.waveform:draw",
        inputs={
            "names": [name for _, name in sounds],
            "container": container,
            "colours": {name: colours[name] for name in wanted},
        },
        needs=needs,
        libraries=("av", "numpy", "Pillow"),
    )


def draw(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `preview_step`."""
    made = [needs[name] for name in sorted(name for name in needs if name.isdigit())]
    sounds: list[Samples] = []
    cues: list[float] = []
    at_s = 0.0
    for name, one in zip(inputs["names"], made, strict=True):
        length = round(one.details["duration_s"] * _RATE)
        heard = decode(one.files[name], _RATE, container=inputs["container"])
        sounds.append(np.pad(heard[:length], (0, max(0, length - len(heard)))))
        cues += [at_s + start for start, _ in one.details["cues_s"]]
        at_s += one.details["duration_s"]
    picture = picture_of(np.concatenate(sounds), _RATE, cues_s=cues, colours=inputs["colours"])
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=82, method=4)
    return Made(files={"preview.webp": buffer.getvalue()}, details={"sentences": len(cues)})


def picture_of(samples: Samples, rate: int, *, cues_s: Sequence[float], colours: Colours) -> Image.Image:
    """The picture itself, 1600 pixels wide however long the recording is."""
    size = (WIDTH, WAVE + SPECTRUM + AXIS)
    picture = Image.new("RGB", size, colours["paper"])
    pen = ImageDraw.Draw(picture)
    plot = WIDTH - LEFT - RIGHT
    length_s = len(samples) / rate
    small = ImageFont.load_default(size=18)
    tiny = ImageFont.load_default(size=14)
    _wave(pen, samples, plot, colours, tiny)
    picture.paste(_spectrogram(samples, rate, plot, colours), (LEFT, WAVE))
    for hertz in (1_000, 3_000, 6_000):
        y = WAVE + SPECTRUM - round(SPECTRUM * hertz / _TOP_HZ)
        pen.line([(LEFT - 8, y), (LEFT, y)], fill=colours["quiet"])
        pen.text((LEFT - 14, y), f"{hertz // 1000} kHz", fill=colours["quiet"], font=tiny, anchor="rm")
    free = 0
    for number, cue_s in enumerate(cues_s, 1):
        x = LEFT + round(plot * cue_s / length_s)
        pen.line([(x, 20), (x, WAVE + SPECTRUM)], fill=colours["sun"], width=2)
        if x >= free:
            pen.text((x + 4, 4), str(number), fill=colours["ink"], font=tiny)
            free = x + 26
    step_s = next((one for one in _TICKS_S if plot * one / length_s >= _ROOM), _TICKS_S[-1])
    for second in range(0, int(length_s) + 1, step_s):
        x = LEFT + round(plot * second / length_s)
        y = WAVE + SPECTRUM
        pen.line([(x, y), (x, y + 8)], fill=colours["ink"], width=2)
        pen.text((x, y + 12), f"{second // 60}:{second % 60:02}", fill=colours["ink"], font=small, anchor="ma")
    return picture


def _wave(
    pen: ImageDraw.ImageDraw, samples: Samples, plot: int, colours: Colours, font: ImageFont.FreeTypeFont | Any
) -> None:
    """Between the lowest and the highest sample of each column; full scale is the height."""
    middle, half = WAVE // 2 + 8, WAVE // 2 - 14
    edges = np.linspace(0, len(samples), plot + 1).astype(int)
    starts = np.minimum(edges[:-1], len(samples) - 1)
    highest, lowest = np.maximum.reduceat(samples, starts), np.minimum.reduceat(samples, starts)
    for level_db in _LEVELS_DB:
        away = round(half * 10 ** (level_db / 20))
        for y in (middle - away, middle + away):
            pen.line([(LEFT, y), (LEFT + plot, y)], fill=colours["hairline"])
        pen.text((LEFT - 14, middle - away), f"{level_db} dB", fill=colours["quiet"], font=font, anchor="rm")
    for column, (high, low) in enumerate(zip(highest.tolist(), lowest.tolist(), strict=True)):
        x = LEFT + column
        pen.line([(x, middle - round(half * high)), (x, middle - round(half * low))], fill=colours["deep"])


def _spectrogram(samples: Samples, rate: int, plot: int, colours: Colours) -> Image.Image:
    """Time along, frequency up to 8 kHz, loudness from the paper's colour over deep to sun."""
    centres = np.linspace(0, max(len(samples) - _WINDOW, 0), plot).astype(int)
    padded = np.pad(samples, (0, _WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[centres] * np.hanning(_WINDOW).astype(np.float32)
    power = np.abs(np.fft.rfft(frames, axis=1)) / (_WINDOW / 4)
    bins = round(_TOP_HZ / (rate / 2) * (_WINDOW // 2))
    level_db = 20 * np.log10(power[:, 1 : bins + 1] + 1e-9)
    strength = np.clip((level_db - _FLOOR_DB) / (_TOP_DB - _FLOOR_DB), 0, 1)
    pixels = _shades(strength.T[::-1], [colours["ink"], colours["deep"], colours["sun"], colours["paper"]])
    return Image.fromarray(pixels).resize((plot, SPECTRUM), Image.Resampling.BILINEAR)


def _shades(strength: npt.NDArray[Any], stops: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Each value from 0 to 1 as a colour between the stops."""
    reds = np.array([[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in stops], float)
    places = np.linspace(0, 1, len(stops))
    channels = [np.interp(strength, places, reds[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)
