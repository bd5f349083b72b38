"""The program of a child process: opens one picture that came from outside, within limits, and ends.

Its argument is what is asked, as JSON (`memory`, `cpu_s`, `most_px`, and to prepare it `width_px`, `bytes_most`,
`paper`, `alpha`, `grey`, `webp`); the picture's bytes come on standard input. It writes one line of JSON (`width_px`,
`height_px`, `media_type`, `notes`, or `error` with its kind and words) and then the picture it has prepared, if one was
asked for: upright, in sRGB, without metadata. Nothing of ours is imported, no other file and no network is opened.
"""

import io
import json
import resource
import sys
from typing import Any

from PIL import Image, ImageCms, ImageOps

Encoded = tuple[bytes, str, tuple[int, int]]  # the bytes, their media type, width and height

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
SIDEWAYS = (5, 6, 7, 8)  # values of EXIF's orientation that exchange width and height
QUALITIES = (86, 80, 74, 68, 60, 52)
DRAWN_COLOURS = 2048  # a picture of no more colours is a drawing: JPEG would fray its edges
SRGB = ImageCms.createProfile("sRGB")
LEAST_PX = 16


def main() -> int:
    """Measure or prepare what standard input holds."""
    asked = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu_s"], asked["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    Image.MAX_IMAGE_PIXELS = None  # we count ourselves, by format
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS) as picture:
            return opened(picture, asked)
    except MemoryError:
        return told("memory", "")
    except (
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        KeyError,
        IndexError,
        ZeroDivisionError,
        EOFError,
        OverflowError,
    ) as error:
        return told("broken", str(error)[:200])


def opened(picture: "Image.Image", asked: dict[str, Any]) -> int:
    """Check its size before a pixel is read, then read it."""
    width, height = picture.size
    if min(width, height) < LEAST_PX:
        return told("small", f"{width} × {height}")
    if width * height > asked["most_px"][picture.format]:
        return told("large", f"{width} × {height}")
    turned = picture.getexif().get(0x0112, 1) in SIDEWAYS
    notes = ["frames"] if getattr(picture, "n_frames", 1) > 1 else []
    head = {"width_px": height if turned else width, "height_px": width if turned else height, "notes": notes}
    if "width_px" not in asked:
        if picture.format == "JPEG":
            picture.draft(None, (width // 8, height // 8))  # every byte is read, few pixels are made
        picture.load()
        sys.stdout.buffer.write(
            json.dumps(head | {"format": picture.format, "alpha": has_alpha(picture)}).encode() + b"\n"
        )
        return 0
    data, media_type, size = prepared(picture, asked, turned, notes)
    head = {"width_px": size[0], "height_px": size[1], "media_type": media_type, "notes": notes}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + data)
    return 0


def prepared(picture: "Image.Image", asked: dict[str, Any], turned: bool, notes: list[str]) -> Encoded:
    """The picture as sheets take it, no wider than asked."""
    width, height = picture.size
    wanted = min(asked["width_px"], height if turned else width)
    scale = wanted / (height if turned else width)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    if picture.format == "JPEG":
        picture.draft(None, target)  # decodes to a half, a quarter or an eighth, never below what is asked
    profile = picture.info.get("icc_profile")
    picture.load()
    factor = min(picture.width // (2 * target[0]), picture.height // (2 * target[1]))
    image = plain_mode(picture)
    if factor > 1:
        image = image.reduce(factor)
    image = in_srgb(image, profile, notes)
    if image.size != target:
        image = image.resize(target, Image.Resampling.LANCZOS)
    image.getexif()[0x0112] = picture.getexif().get(0x0112, 1)
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGBA":
        if not asked["alpha"]:
            ground = Image.new("RGBA", image.size, asked["paper"])
            image = Image.alpha_composite(ground, image).convert("RGB")
        elif image.getchannel("A").getextrema() == (255, 255):
            image = image.convert("RGB")
    if asked["grey"]:
        image = image.convert("LA" if image.mode == "RGBA" else "L")
    image = bare(image)
    return as_webp(image, asked["bytes_most"]) if asked.get("webp") else encoded(image, asked["bytes_most"])


def has_alpha(picture: "Image.Image") -> bool:
    """Whether some of it may be transparent."""
    return "A" in picture.getbands() or "transparency" in picture.info


def plain_mode(picture: "Image.Image") -> "Image.Image":
    """8 bits a channel; colour tables resolved."""
    mode = picture.mode
    if mode.startswith("I;16"):
        picture = picture.convert("I")
    if picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L")
    if mode == "F":
        raise ValueError("it holds fractions, not colours")
    if has_alpha(picture) and mode != "RGBA":
        return picture.convert("RGBA")
    return picture.convert("RGB") if mode in ("1", "P", "YCbCr") else picture


def in_srgb(image: "Image.Image", profile: "bytes | None", notes: list[str]) -> "Image.Image":
    """Its colours in sRGB, by its own profile where it has one that can be read."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha is not None else image
    done: Image.Image | None = None
    if profile:
        try:
            done = ImageCms.profileToProfile(
                colours, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, outputMode="RGB",
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )  # fmt: skip
        except (ImageCms.PyCMSError, OSError, ValueError):
            notes.append("profile")
    elif colours.mode in ("CMYK", "LAB"):
        notes.append("no-profile")
    if done is None:
        if colours.mode == "LAB":
            done = ImageCms.profileToProfile(colours, ImageCms.createProfile("LAB"), SRGB, outputMode="RGB")
        if done is None:
            done = colours.convert("RGB")
    if alpha is not None:
        done.putalpha(alpha)
    return done


def bare(image: "Image.Image") -> "Image.Image":
    """Its pixels alone: no EXIF, no place, no camera, no comment."""
    return Image.frombytes(image.mode, image.size, image.tobytes())


def encoded(image: "Image.Image", bytes_most: int) -> Encoded:
    """A drawing as PNG, a photograph as JPEG of the best quality that the bytes allow."""
    clear = image.mode in ("RGBA", "LA")
    if clear or image.getcolors(DRAWN_COLOURS) is not None:
        out = io.BytesIO()
        image.save(out, "PNG", optimize=True)
        if clear or out.tell() <= bytes_most:
            return out.getvalue(), "image/png", image.size
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True, subsampling=0 if quality > 80 else 2)
            if out.tell() <= bytes_most:
                return out.getvalue(), "image/jpeg", image.size
        image = image.resize((max(1, image.width * 5 // 6), max(1, image.height * 5 // 6)), Image.Resampling.LANCZOS)


def as_webp(image: "Image.Image", bytes_most: int) -> Encoded:
    """A picture for a page, of exactly the width that was asked for: `srcset` names it before it is loaded."""
    for quality in (*QUALITIES, 40, 25, 10):
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=4)
        if out.tell() <= bytes_most:
            break
    return out.getvalue(), "image/webp", image.size


def told(kind: str, words: str) -> int:
    """Say why not."""
    sys.stdout.buffer.write(json.dumps({"error": kind, "words": words}).encode() + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
