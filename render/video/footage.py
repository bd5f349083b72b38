"""Films from outside as scenes: measured and decoded in a child process with limits, never trusted.

What a scene shows of a film is cut out of it by copying packets (`film_step`); each unit of the scene then decodes its
own part of that, cropped to the shape about the focus, upright, in BT.709, at the clip's pace. `compose_step` lays
parts of films in a row, and `sound_step` cuts a film's sound: those two by moviepy, in the same child.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from render.errors import PictureError
from render.late import Late
from render.speech.sound import to_wav
from render.steps import Made, Step
from render.video import footage_child
from render.video.planes import Picture

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

LARGEST_FILE = 400_000_000  # bytes of a film beside an article
CUT_BYTES = 120_000_000  # of what one scene shows: a minute at the 16 Mbit/s of a telephone
MOST_PX = 9_500_000  # a picture of 4096 × 2304
LONGEST_S = 60.0  # shown in one scene
TAKEN = "MP4, MOV or WebM"
SOUND_RATE = 48_000

LIBRARIES = ("av", "numpy")
MOVIEPY = (*LIBRARIES, "moviepy", "imageio-ffmpeg", "Pillow")
_MEMORY = 1_500_000_000
_CPU_S = 240
_CHILD_S = 400.0
_SCRATCH = "loa-film-"
_LEFT_S = 2 * _CHILD_S  # nobody works so long on a film: whoever did is dead

_HDR = "Phim HDR: màu và độ sáng đã được quy đổi về chuẩn thường (SDR)"


@dataclass(frozen=True)
class Film:
    """A film as it was measured, upright; `hdr` is the transfer of high dynamic range that it has, 0 for none."""

    path: str
    digest: str
    duration_s: float
    width_px: int
    height_px: int
    turn: int
    fps: float
    codec: str
    hdr: int
    matrix: str
    full_range: bool
    sound: bool


def measured(path: Path, where: str) -> Film:
    """A film's measures; a PictureError that names the scene (`where`) for what cannot be shown."""
    try:
        path = path.resolve(strict=True)
        stat = path.stat()
        return _measured(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise PictureError(
            f"the film cannot be read: {error.strerror}", where=where, mend="Put the file beside the article"
        ) from None
    except PictureError as error:
        raise PictureError(error.what, where=where, mend=error.mend) from None


@functools.lru_cache(maxsize=128)
def _measured(path: Path, size: int, mtime_ns: int) -> Film:  # noqa: ARG001 (an edited file is read again)
    if size > LARGEST_FILE:
        raise PictureError(
            f"the film has {size / 1e6:.0f} MB, {LARGEST_FILE / 1e6:.0f} are allowed",
            mend="Cut out what the clip shows, or send it through the phone's own “share as small file”",
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Film(path=str(path), digest=digest, **_whole({"do": "measure", "path": str(path)})[0])


def film_step(film: Film, *, from_s: float = 0.0, to_s: float | None = None, where: str) -> Step:
    """The step that cuts a stretch out of a film without encoding it again: `bytes`, and what `Film` knows."""
    ends = film.duration_s if to_s is None else min(to_s, film.duration_s or to_s)
    if not 0 <= from_s < ends:
        raise PictureError(
            f"the film lasts {film.duration_s:.1f} s, it cannot be shown from {from_s:g} s to {ends:g} s",
            where=where,
            mend="Choose times within the film",
        )
    return Step(
        run="render.video.footage:cut_film",
        inputs={
            "film": film.digest,
            "from_s": round(from_s, 3),
            "to_s": round(min(ends, from_s + LONGEST_S), 3),
            "where": where,
        },
        libraries=LIBRARIES,
        carries={"film": Path(film.path)},
    )


def cut_film(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `film_step`."""
    asked = {"do": "cut", "from_s": inputs["from_s"], "to_s": inputs["to_s"], "bytes_most": CUT_BYTES}
    with _told(inputs["where"]), _laid(needs["film"].files["bytes"]) as path:
        head, data = _whole({**asked, "path": path})
    return Made(files={"bytes": data}, details=head, warnings=(_HDR,) if head["hdr"] else ())


def pictures_of(
    cut: Made, *, size: tuple[int, int], focus: Sequence[float], fps: int, first: int, count: int, where: str
) -> Iterator[Picture]:
    """`count` pictures of a film that was cut out, from picture `first` on; the last one stands when the film ends."""
    details = cut.details
    asked = {
        "do": "frames",
        "size": list(size),
        "focus": list(focus),
        "fps": fps,
        "start_s": details["lead_s"] + first / fps,
        "count": count,
        **{name: details[name] for name in ("turn", "hdr", "matrix", "full_range")},
    }
    width, height = size
    luma = width * height
    with _told(where), _laid(cut.files["bytes"]) as path, _child({**asked, "path": path}) as child:
        pipe = cast("Any", child.stdout)
        _head(pipe.readline(), child)
        shown: Picture | None = None
        for _ in range(count):
            data = pipe.read(luma * 3 // 2)
            if len(data) < luma * 3 // 2 and child.wait():
                raise PictureError("the film breaks off where it is damaged", mend=_COPY)
            if len(data) == luma * 3 // 2:
                values = np.frombuffer(data, np.uint8)
                shown = (
                    values[:luma].reshape(height, width),
                    values[luma : luma * 5 // 4].reshape(height // 2, width // 2),
                    values[luma * 5 // 4 :].reshape(height // 2, width // 2),
                )
            if shown is None:
                raise PictureError("the film has no picture there", mend="Choose times within the film")
            yield shown


def held_s(cut: Made, *, frames: int, fps: int) -> float:
    """How long the last picture of a film stands in a scene of so many frames."""
    shown_s = float(cut.details["to_s"]) - float(cut.details["from_s"])
    return max(0.0, frames / fps - shown_s)


@dataclass(frozen=True)
class Part:
    """A stretch of a film in a row of several; `to_s` 0 is its end."""

    film: Film
    from_s: float = 0.0
    to_s: float = 0.0


def compose_step(parts: Sequence[Part], *, fps: int, fade_s: float = 0.4, sound: bool = False, where: str) -> Step:
    """The step that lays parts in a row, each fading into the next, in the size of the first: `bytes`, an MP4."""
    if not parts:
        raise PictureError("no film is given", where=where, mend="Name at least one file")
    return Step(
        run="render.video.footage:composed",
        inputs={
            **{f"film-{number}": part.film.digest for number, part in enumerate(parts)},
            "parts": [[round(part.from_s, 3), round(part.to_s, 3)] for part in parts],
            "fps": fps,
            "fade_s": fade_s,
            "sound": sound and all(part.film.sound for part in parts),
            "where": where,
        },
        libraries=MOVIEPY,
        carries={f"film-{number}": Path(part.film.path) for number, part in enumerate(parts)},
    )


def composed(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `compose_step`."""
    asked: dict[str, Any] = {name: inputs[name] for name in ("fps", "fade_s", "sound")}
    parts: list[dict[str, Any]] = []
    with _told(inputs["where"]), _scratch() as folder:
        for number, (from_s, to_s) in enumerate(inputs["parts"]):
            path = Path(folder, f"{number}.film")
            path.write_bytes(needs[f"film-{number}"].files["bytes"])
            parts.append({"path": str(path), "from_s": from_s, "to_s": to_s})
        head, data = _whole({**asked, "do": "compose", "parts": parts, "path": folder})
        made = Path(folder, "made.mp4")
        made.write_bytes(data)
        head |= _whole({"do": "cut", "from_s": 0, "to_s": LONGEST_S, "bytes_most": CUT_BYTES, "path": str(made)})[0]
    return Made(files={"bytes": data}, details=head)


def sound_step(film: Film, *, from_s: float = 0.0, to_s: float | None = None, where: str) -> Step:
    """The step of a film's sound, in one channel: `sound.wav`."""
    if not film.sound:
        raise PictureError(
            "the film has no sound to keep under the voice", where=where, mend="Leave its sound out, or take another"
        )
    ends = film.duration_s if to_s is None else min(to_s, film.duration_s)
    return Step(
        run="render.video.footage:cut_sound",
        inputs={
            "film": film.digest,
            "from_s": round(from_s, 3),
            "to_s": round(min(ends, from_s + LONGEST_S), 3),
            "where": where,
        },
        libraries=MOVIEPY,
        carries={"film": Path(film.path)},
    )


def cut_sound(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `sound_step`."""
    asked = {"do": "sound", "from_s": inputs["from_s"], "to_s": inputs["to_s"], "rate": SOUND_RATE}
    with _told(inputs["where"]), _laid(needs["film"].files["bytes"]) as path:
        _, data = _whole({**asked, "path": path})
    samples = np.frombuffer(data, "<f4")
    return Made(
        files={"sound.wav": to_wav(samples, SOUND_RATE)}, details={"duration_s": round(len(samples) / SOUND_RATE, 4)}
    )


# ---- the child --------------------------------------------------------------------------------------------------


def _whole(asked: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What the child says, and all it gives."""
    with _child(asked) as child:
        pipe = cast("Any", child.stdout)
        return _head(pipe.readline(), child), pipe.read()


@contextmanager
def _child(asked: Mapping[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """The child at work; ended with what it started, whatever happens here."""
    with _scratch() as scratch:
        limits = {"memory": _MEMORY, "cpu_s": _CPU_S, "file_most": LARGEST_FILE, "most_px": MOST_PX}
        child = subprocess.Popen(
            [sys.executable, "-I", footage_child.__file__, json.dumps({**limits, "scratch": scratch, **asked})],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        late = threading.Timer(_CHILD_S, child.kill)
        late.daemon = True
        late.start()
        try:
            yield child
        finally:
            late.cancel()
            child.kill()
            child.communicate()


def _head(line: bytes, child: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The child's line, or why there is none."""
    if not line:
        child.wait()
        raise PictureError("the film needs too much time or memory to be read", mend=_AGAIN)
    head: dict[str, Any] = json.loads(line)
    if "error" in head:
        raise _refused(head)
    return head


@contextmanager
def _laid(data: bytes) -> Iterator[str]:
    """A film as a file that the child can open."""
    with _scratch() as folder:
        path = Path(folder, "laid.film")
        path.write_bytes(data)
        yield str(path)


@contextmanager
def _scratch() -> Iterator[str]:
    """A folder to work in, gone afterwards; what processes left that were killed at work goes too."""
    for left in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        with suppress(OSError):  # another process clears it away at this moment, or it is another user's
            if time.time() - left.stat().st_mtime > _LEFT_S:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH) as folder:
        yield folder


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Whatever is refused here is refused with its scene."""
    try:
        yield
    except PictureError as error:
        raise PictureError(error.what, where=where, mend=error.mend) from None


_AGAIN = "Save it anew as MP4 in 1080p"
_COPY = "Copy it anew from the telephone: it may have been cut off"


def _refused(head: Mapping[str, str]) -> PictureError:
    words = head["words"]
    match head["error"]:
        case "format":
            return PictureError(f"the file is no {TAKEN}", mend=_AGAIN)
        case "codec":
            return PictureError(f"the film is coded as {words}, which is not read here", mend=_AGAIN)
        case "no-picture":
            return PictureError("the file holds no moving pictures", mend="It may be sound alone: choose the film")
        case "small":
            return PictureError(f"the film has only {words} pixels", mend="Bring the original")
        case "large":
            return PictureError(f"the film has {words} pixels, 4K is the most", mend=_AGAIN)
        case "turned":
            return PictureError(f"the film is turned by {words}", mend=_AGAIN)
        case "short":
            return PictureError("the film ends before what is to be shown", mend="Choose times within the film")
        case "heavy":
            return PictureError(f"what the scene shows of the film is more than {words}", mend=_AGAIN)
        case "no-sound":
            return PictureError("the film has no sound", mend="Leave its sound out, or take another")
        case "memory":
            return PictureError("the film needs too much memory", mend=_AGAIN)
        case _:
            return PictureError(f"the film is damaged ({words})", mend=_COPY)
