"""Pictures from outside: measured and prepared in a child process with limits, never trusted."""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render import photo_child
from render.article import Picture
from render.errors import PictureError
from render.steps import Made, Step

LARGEST_FILE = 60_000_000  # bytes
# JPEG is decoded to a part of its size, the others in full: a gigabyte of memory carries 150 megapixels of them.
MOST_PX = {"JPEG": 400_000_000, "PNG": 150_000_000, "WEBP": 150_000_000, "TIFF": 150_000_000}
_MEMORY = 2_000_000_000
_CPU_S = 40
_CHILD_S = 90.0
TAKEN = "JPEG, PNG, WebP or TIFF"

# What a file says it is in its first bytes, and what to do with what is not taken.
_SAVE = "Save it as JPEG or PNG"
_OTHERS: tuple[tuple[bytes, int, str, str], ...] = (
    (b"GIF8", 0, "a GIF", _SAVE),
    (b"BM", 0, "a BMP", _SAVE),
    (b"%PDF", 0, "a PDF", "Export the picture from it as JPEG or PNG"),
    (b"8BPS", 0, "a Photoshop file", "Export it as JPEG or PNG"),
    (b"\x00\x00\x01\x00", 0, "an icon", _SAVE),
    (b"ftypavi", 4, "an AVIF", _SAVE),
    (b"ftyp", 4, "a HEIC or a film", "In the phone's camera choose “most compatible”, or send the picture as JPEG"),
)
_NOTES = {
    "frames": "Ảnh có nhiều khung hình: chỉ dùng khung đầu tiên",
    "profile": "Hồ sơ màu của ảnh bị hỏng: màu in ra có thể lệch",
    "no-profile": "Ảnh CMYK không kèm hồ sơ màu: màu in ra có thể lệch",
}


@dataclass(frozen=True)
class Measured:
    """A picture's digest, and its pixels as it stands upright."""

    digest: str
    width_px: int
    height_px: int
    format: str  # JPEG, PNG, WEBP, TIFF
    alpha: bool


def measured(path: Path) -> Measured:
    """A picture's measures, all its bytes read once; a `PictureError` (without its place) for what is none."""
    try:
        stat = path.stat()
        return _measured(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise PictureError(f"the picture cannot be read: {error.strerror}", mend="Save it anew") from None


@functools.lru_cache(maxsize=512)
def _measured(path: Path, size: int, mtime_ns: int) -> Measured:  # noqa: ARG001 (an edited file is read again)
    if size > LARGEST_FILE:
        raise PictureError(
            f"the picture has {size / 1e6:.0f} MB, {LARGEST_FILE / 1e6:.0f} are allowed", mend="Save it as JPEG"
        )
    data = path.read_bytes()
    head, _ = _child(data, {})
    return Measured(
        hashlib.sha256(data).hexdigest(), head["width_px"], head["height_px"], head["format"], head["alpha"]
    )


def photo_step(
    picture: Picture,
    *,
    width_px: int,
    bytes_most: int,
    paper: str = "#FFFFFF",
    alpha: bool = False,
    grey: bool = False,
    webp: bool = False,
) -> Step:
    """The step that prepares a picture of an edition for a width: `picture`, a JPEG or PNG in sRGB without metadata.

    What is transparent shows `paper`, unless `alpha` keeps it; `grey` is for sheets in one ink, `webp` for pages.
    """
    if picture.path is None:
        raise PictureError("the picture came without its file", mend="Make the edition where its pictures lie")
    width_px = min(width_px, picture.width_px)
    asked: dict[str, Any] = {
        "width_px": width_px, "bytes_most": bytes_most, "paper": paper, "alpha": alpha, "grey": grey,
    }  # fmt: skip
    if webp:
        asked["webp"] = True
    return Step(
        run="render.photo:prepare",
        inputs={"picture": picture.digest, **asked},
        libraries=("Pillow",),
        carries={"picture": picture.path},
    )


def prepare(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The step of `photo_step`."""
    head, made = _child(needs["picture"].files["bytes"], {name: inputs[name] for name in inputs if name != "picture"})
    details = {name: head[name] for name in ("width_px", "height_px", "media_type")}
    return Made(files={"picture": made}, details=details, warnings=tuple(_NOTES[note] for note in head["notes"]))


def _child(data: bytes, asked: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What the child says of a picture, and what it made of it."""
    _refuse_others(data)
    limits = {"memory": _MEMORY, "cpu_s": _CPU_S, "most_px": MOST_PX}
    try:
        done = subprocess.run(
            [sys.executable, "-I", photo_child.__file__, json.dumps({**asked, **limits})],
            input=data,
            capture_output=True,
            timeout=_CHILD_S,
            env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PictureError("reading the picture takes too long", mend="Save it as JPEG") from None
    line, _, made = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise PictureError("the picture needs too much time or memory to be read", mend="Save it smaller, as JPEG")
    head: dict[str, Any] = json.loads(line)
    if "error" in head:
        raise _refused(head)
    return head, made


def _refuse_others(data: bytes) -> None:
    """A reason for the files that people bring instead of photographs."""
    if not data:
        raise PictureError("the picture's file is empty", mend="Save it anew")
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"<?xml", b"<svg", b"<!DOCTYPE", b"<!--", b"<html")):
        kind = "an SVG" if b"<svg" in data[:65536] else "a page of markup"
        script = " with scripts in it" if b"<script" in data.lower() or b"onload" in data.lower() else ""
        raise PictureError(
            f"the picture is {kind}{script}, which is a program more than a picture",
            mend="Export it as PNG, at least 2500 pixels wide",
        )
    for magic, at, name, mend in _OTHERS:
        if data[at : at + len(magic)] == magic:
            raise PictureError(f"the picture is {name}, not {TAKEN}", mend=mend)


def _refused(head: Mapping[str, str]) -> PictureError:
    words = head["words"]
    match head["error"]:
        case "large":
            most = f"{MOST_PX['PNG'] // 1_000_000} megapixels, a JPEG {MOST_PX['JPEG'] // 1_000_000}"
            return PictureError(f"the picture has {words} pixels", mend=f"Save it smaller: at most {most}")
        case "small":
            return PictureError(f"the picture has only {words} pixels", mend="Bring the original")
        case "memory":
            return PictureError("the picture needs too much memory", mend="Save it as JPEG, or smaller")
        case _:
            return PictureError(
                f"the picture is damaged, or no {TAKEN} ({words})", mend="Copy it anew from the camera or telephone"
            )
