"""The same clip as anybody would write it with moviepy: a clip for each still, composed scene by scene, written out.

It gets its stills, its times and its sound for nothing: what is measured is composing and encoding.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from moviepy import AudioFileClip, CompositeVideoClip, ImageClip, VideoClip, concatenate_videoclips, vfx
from PIL import Image

FPS = 30


def rgba(path: Path) -> np.ndarray:
    """A still with its transparency."""
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGBA"))


def still_clips(one: Mapping[str, Any], folder: Path, length_s: float) -> VideoClip:
    """A still as it enters and stands."""
    start_s, enter_s, x, y = one["start_s"], one["enter_s"], one["x"], one["y"]
    clip = ImageClip(rgba(folder / one["file"])).with_start(start_s)
    if one["until_s"] is not None:  # a number on its way up
        return clip.with_duration(one["until_s"] - start_s).with_position((x, y))
    clip = clip.with_duration(length_s - start_s)
    if one["enter"] == "rise":
        clip = clip.with_effects([vfx.CrossFadeIn(enter_s)])
        return clip.with_position(lambda t: (x, y + int(24 * (1 - min(1, (t + 1 / FPS) / enter_s)) ** 3)))
    if one["enter"] == "grow":
        picture = clip.img if hasattr(clip, "img") else clip.get_frame(0)
        wide, whole = picture.shape[1], clip.mask.get_frame(0)

        def grown(t: float) -> np.ndarray:
            shown = 1 - (1 - min(1, (t + 1 / FPS) / enter_s)) ** 3
            mask = np.zeros(picture.shape[:2])
            mask[:, : round(wide * shown)] = whole[:, : round(wide * shown)]
            return mask

        clip = clip.with_mask(VideoClip(grown, is_mask=True, duration=length_s - start_s))
    return clip.with_position((x, y))


def scene_clip(scene: Mapping[str, Any], folder: Path, size: tuple[int, int]) -> VideoClip:
    """A scene: the paper, its stills, its captions."""
    length_s = scene["length_s"]
    paper = ImageClip(np.full((size[1], size[0], 3), scene["paper"], np.uint8)).with_duration(length_s)
    return CompositeVideoClip([paper, *(still_clips(one, folder, length_s) for one in scene["stills"])], size=size)


def main() -> None:
    """Reads what to make from the folder named first; prints the CPU seconds of writing the stretches named in it."""
    folder = Path(sys.argv[1])
    told = json.loads((folder / "clip.json").read_bytes())
    size = told["width"], told["height"]
    clip = concatenate_videoclips([scene_clip(scene, folder, size) for scene in told["scenes"]])
    clip = clip.with_audio(AudioFileClip(str(folder / "sound.m4a")).subclipped(0, min(clip.duration, told["sound_s"])))
    parts = [clip.subclipped(start_s, end_s) for start_s, end_s in told["stretches"]]
    out = concatenate_videoclips(parts)
    before_s = spent_s()
    out.write_videofile(
        str(folder / "moviepy.mp4"), fps=FPS, codec="libx264", preset="veryfast", audio_codec="aac", threads=2,
        ffmpeg_params=["-crf", "22", "-movflags", "+faststart"], logger=None,
    )  # fmt: skip
    clip.close()
    print(json.dumps({"cpu_s": spent_s() - before_s, "clip_s": out.duration}))


def spent_s() -> float:
    """CPU of this process and of the ffmpeg that it has started and awaited."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
