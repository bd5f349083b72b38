"""The peer of our pictures: the same infographic drawn with Pillow alone, as a careful programmer would write it.

It draws what ours shows: the woven band, kicker, headline in the largest size that fits, the number field, bars, steps
with their pictograms, the foot with hotline, office and code. Text is wrapped and fitted with the font's own widths;
shapes are drawn three times as large and reduced. What is the same in every picture (fonts, band, pictograms) is kept.
"""

from __future__ import annotations

import functools
import io
from typing import Any

import segno
from PIL import Image, ImageDraw, ImageFont

from render.typeset.fonts import family_files

Json = dict[str, Any]
WIDTH, HEIGHT, MARGIN, BAND = 1080, 1350, 72, 44
INNER = WIDTH - 2 * MARGIN
INK, DEEP, SUN, CLAY, CLAY_TEXT = "#10302F", "#0B4A4A", "#F4B400", "#C8452F", "#B23A26"
PAPER, SAND, OLD, MIST, QUIET, LINE = "#FBF6EA", "#EFE5CF", "#E1D8C3", "#DCE9E6", "#4A6463", "#BFCBC8"
FINER = 3
CUTS = {"regular": 0, "semibold": 2, "bold": 3, "extrabold": 5}

# The strokes of the demonstration's pictograms on their grid of 24: lines, and rectangles with their corner radius.
STROKES: dict[str, tuple[tuple[float, ...], ...]] = {
    "file-text": ((4, 2, 20, 22, 2), (14, 2, 14, 8), (14, 8, 20, 8), (10, 9, 8, 9), (16, 13, 8, 13), (16, 17, 8, 17)),
    "building-2": (
        (6, 3, 18, 21, 2), (2, 10, 22, 21, 2), (10, 8, 14, 8), (10, 12, 14, 12), (10, 21, 10, 17), (14, 21, 14, 17),
    ),
    "calendar-clock": (
        (3, 4, 21, 22, 2), (3, 10, 8, 10), (16, 2, 16, 6), (8, 2, 8, 6), (16, 14, 16, 16), (16, 16, 17.6, 17.2),
    ),
}  # fmt: skip


@functools.cache
def font(cut: str, size: int) -> ImageFont.FreeTypeFont:
    """A font as Pillow recommends where no script needs shaping."""
    return ImageFont.truetype(
        str(family_files("Be Vietnam Pro")[CUTS[cut]]), size, layout_engine=ImageFont.Layout.BASIC
    )


def wrapped(words: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Lines no wider than `width`; what a space that may not break holds together stays together."""
    lines, line = [], ""
    for word in words.split(" "):
        longer = f"{line} {word}" if line else word
        if line and face.getlength(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


class Sheet:
    """A picture in the making, and how far down it is filled."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.y = 0.0

    def fitted(
        self,
        words: str,
        cut: str,
        sizes: tuple[tuple[int, int], ...],
        fill: str,
        *,
        x: float = MARGIN,
        width: float = INNER,
        lead: float = 1.22,
    ) -> None:
        """Words in the largest of `sizes` in which they take no more than so many lines."""
        for size, most in sizes:
            face = font(cut, size)
            lines = wrapped(words, face, width)
            if len(lines) <= most and max(map(face.getlength, lines)) <= width:
                break
        for line in lines:
            self.draw.text((x, self.y), line, font=face, fill=fill)
            self.y += size * lead

    def round_box(self, box: tuple[float, float, float, float], fill: str, radius: int = 0) -> None:
        """A rectangle with smooth edges."""
        left, top, right, bottom = box
        size = (max(1, round(right - left)), max(1, round(bottom - top)))
        mask = Image.new("L", (size[0] * FINER, size[1] * FINER), 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * FINER, fill=255)
        self.image.paste(fill, (round(left), round(top)), mask.resize(size, Image.Resampling.LANCZOS))


@functools.cache
def band() -> Image.Image:
    """The woven band."""
    picture = Image.new("RGB", (WIDTH * FINER, BAND * FINER), DEEP)
    draw = ImageDraw.Draw(picture)
    module, middle = WIDTH / 20 * FINER, BAND * FINER / 2

    def diamond(x: float, y: float, rx: float, ry: float, fill: str) -> None:
        draw.polygon(((x, y - ry), (x + rx, y), (x, y + ry), (x - rx, y)), fill=fill)

    for number in range(21):
        x = module * (number + 0.5)
        for share, fill in ((0.36, SUN), (0.2, DEEP), (0.1, CLAY)):
            diamond(x, middle, module * share, BAND * FINER * share, fill)
        diamond(x - module / 2, middle, module * 0.09, BAND * FINER * 0.17, PAPER)
        for y in (0, BAND * FINER):
            diamond(x - module / 2, y, module * 0.13, BAND * FINER * 0.12, PAPER)
    return picture.resize((WIDTH, BAND), Image.Resampling.LANCZOS)


@functools.cache
def pictogram(name: str, side: int) -> Image.Image:
    """A pictogram on its ground."""
    picture = Image.new("RGB", (side * FINER, side * FINER), MIST)
    draw = ImageDraw.Draw(picture)
    unit = side * FINER * 0.6 / 24
    at = side * FINER * 0.2
    for stroke in STROKES.get(name, STROKES["file-text"]):
        points = [at + value * unit for value in stroke[:4]]
        if len(stroke) == 5:
            draw.rounded_rectangle(points, stroke[4] * unit, outline=DEEP, width=round(2 * unit))
        else:
            draw.line(points, fill=DEEP, width=round(2 * unit), joint="curve")
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def said(runs: list[Json]) -> str:
    """The words of runs."""
    return "".join(run["t"] for run in runs)


def drawn(data: Json) -> Image.Image:
    """The picture of a sheet's data: what ours takes into the demonstration's portrait."""
    sheet = Sheet()
    blocks = {block["kind"]: block for block in data["blocks"]}
    hero, foot = data["hero"], data["foot"]
    sheet.image.paste(band(), (0, 0))
    sheet.y = BAND + 30
    sheet.fitted(f"{data['topic']} · {data['since']['t']}".upper(), "bold", ((26, 1),), CLAY_TEXT)
    sheet.y += 10
    sheet.fitted(data["title"], "extrabold", ((70, 2), (64, 2), (60, 3), (54, 3), (48, 3), (44, 4)), INK)
    top, sheet.y = sheet.y + 26, sheet.y + 24
    sheet.draw.rectangle((0, top, WIDTH, top + 340), fill=DEEP)
    sheet.fitted(hero["number"], "extrabold", tuple((size, 1) for size in range(180, 100, -6)), PAPER, lead=1.12)
    sheet.fitted(hero["unit"], "bold", ((46, 1), (40, 1)), SUN)
    sheet.y += 8
    sheet.fitted(said(hero["label"]), "semibold", ((36, 1), (32, 2), (28, 3)), PAPER)
    sheet.y = top + 340 + 40
    bars = blocks["comparison"]
    sheet.fitted(bars["title"], "extrabold", ((34, 1),), DEEP)
    for row in bars["bars"]:
        sheet.y += 8
        sheet.fitted(said(row["label"]), "semibold", ((28, 2),), INK)
        widest = max(font("semibold", 27).getlength(said(one["name"])) for one in row["bars"])
        for one in row["bars"]:
            y = sheet.y + 14
            sheet.fitted(said(one["name"]), "bold" if one["new"] else "regular", ((27, 1),), INK, width=400, lead=1.9)
            left = MARGIN + widest + 30
            right = left + (WIDTH - MARGIN - left - 140) * one["share"]
            sheet.round_box((left, y - 6, right, y + 28), SUN if one["new"] else OLD)
            sheet.draw.text(
                (right + 20, y - 8), one["text"], font=font("extrabold", 29), fill=INK if one["new"] else QUIET
            )
    sheet.y += 20
    sheet.draw.line((MARGIN, sheet.y, WIDTH - MARGIN, sheet.y), fill=LINE, width=1)
    sheet.y += 16
    steps = blocks["steps"]
    sheet.fitted(steps["title"], "extrabold", ((34, 1),), DEEP)
    across, start, lowest = INNER / len(steps["items"]), sheet.y + 12, 0.0
    for number, step in enumerate(steps["items"]):
        x, sheet.y = MARGIN + number * across, start
        sheet.draw.text((x, start - 8), str(number + 1), font=font("extrabold", 58), fill=CLAY)
        sheet.image.paste(pictogram(step.get("icon", ""), 65), (round(x + 52), round(start)))
        sheet.y = start + 80
        sheet.fitted(said(step["head"]), "bold", ((29, 2), (26, 2)), INK, x=x, width=across - 30)
        lowest = max(lowest, sheet.y)
    top = max(lowest + 30, 1070)
    sheet.draw.rectangle((0, top, WIDTH, HEIGHT), fill=SAND)
    sheet.y = top + 24
    sheet.fitted(foot["ask"]["t"], "regular", ((28, 1),), INK, width=700)
    sheet.fitted(foot["hotline"], "extrabold", ((60, 1),), DEEP, width=700, lead=1.1)
    if foot["office"] is not None:
        sheet.fitted(foot["office"]["name"], "semibold", ((26, 1), (24, 2)), INK, width=700)
        sheet.fitted(foot["office"]["address"]["t"], "regular", ((24, 1), (22, 2)), QUIET, width=700)
    sheet.fitted(foot["applies"]["t"], "regular", ((24, 1),), QUIET, width=700)
    sheet.fitted(foot["note"], "regular", ((24, 1),), QUIET, width=700)
    code = segno.make(data["qr"], error="m", micro=False)
    side = code.symbol_size(border=4)[0]
    modules = Image.new("1", (side, side), 1)
    pixels = modules.load()
    assert pixels is not None
    for y, line in enumerate(code.matrix_iter(border=4)):
        for x, dark in enumerate(line):
            pixels[x, y] = 0 if dark else 1
    shown = modules.resize((side * 5, side * 5), Image.Resampling.NEAREST)
    sheet.image.paste(shown, (WIDTH - MARGIN - shown.width, round(top) + 30))
    sheet.draw.text((WIDTH - MARGIN - shown.width, top + 230), data["code"], font=font("semibold", 24), fill=INK)
    return sheet.image


def picture(data: Json, encoding: Json) -> bytes:
    """The picture as WebP, encoded as ours is."""
    out = io.BytesIO()
    drawn(data).save(out, "WEBP", **encoding)
    return out.getvalue()
