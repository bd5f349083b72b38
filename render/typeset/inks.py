"""Colours of screens parted into the inks of a press: each colour of a finished PDF, by the brand's own table."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from render.late import Late
from render.typeset.brand import brand, colours

if TYPE_CHECKING:
    import pikepdf
else:
    pikepdf = Late("pikepdf")

Rgb = tuple[int, int, int]  # of 255
Cmyk = tuple[float, float, float, float]  # percent of cyan, magenta, yellow, black

BLACK: Cmyk = (0, 0, 0, 100)
INK_MOST = 300  # percent of all inks together; more does not dry on coated paper
_GREY_WITHIN = 3  # of 255: channels that differ by less are meant as grey

_COLOUR = frozenset({"g", "G", "rg", "RG", "sc", "SC", "scn", "SCN"})
SMALL_TEXT_PT = 14.0  # below this, letters are of black alone or of inks without black
OVERPRINT, KNOCKOUT = "/LoaOverprint", "/LoaKnockout"


def rgb(value: str) -> Rgb:
    """#10302F as numbers."""
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


@functools.lru_cache(maxsize=16)
def separations(theme: str, *, mono: bool = False) -> Mapping[Rgb, Cmyk]:
    """The brand's colours of a theme as inks; where two names share a colour, text comes first."""
    named = colours(theme, mono=mono)
    if mono:
        return {rgb(value): parted(rgb(value)) for value in named.values()}
    inks = brand()["cmyk"]
    of_theme = inks.get(theme, {})
    found: dict[Rgb, Cmyk] = {}
    changed = brand()["themes"].get(theme, {})
    for name, value in named.items():
        # What a theme changes without saying its inks is parted by rule: the inks of the old colour would be wrong.
        own = of_theme.get(name) if name in changed else of_theme.get(name, inks.get(name))
        c, m, y, k = own if own is not None else parted(rgb(value))
        found.setdefault(rgb(value), (c, m, y, k))
    return found


def parted(colour: Rgb) -> Cmyk:
    """Inks of any colour: its grey share in black alone, so that two coloured inks and black at most lie together."""
    if max(colour) - min(colour) <= _GREY_WITHIN:
        return 0, 0, 0, round(100 - sum(colour) / 3 / 255 * 100)
    c, m, y = (100 - part / 255 * 100 for part in colour)
    black = min(c, m, y)
    left = 100 - black
    return (
        round((c - black) / left * 100),
        round((m - black) / left * 100),
        round((y - black) / left * 100),
        round(black),
    )


def separate(document: pikepdf.Pdf, theme: str, *, mono: bool) -> None:
    """Part every colour of the pages into inks; black text overprints. Photographs keep their profile.

    A press lays black over a tint without a white seam round the letters only when the tint goes on under them.
    Text too small for plates that lie a hair apart is of one dark ink: black in place of black mixed with others.
    """
    table = separations(theme, mono=mono)
    states = {
        OVERPRINT: pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, OP=False, op=True, OPM=1),
        KNOCKOUT: pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, OP=False, op=False),
    }
    for page in document.pages:
        for holder in streams(page.obj):
            resources: Any = holder.get("/Resources", pikepdf.Dictionary())
            resources["/ExtGState"] = resources.get("/ExtGState", pikepdf.Dictionary())
            for name, one in states.items():
                resources["/ExtGState"][name] = one
            holder["/Resources"] = resources
            made = pikepdf.unparse_content_stream(list(_separated(instructions(holder), resources, table)))
            if isinstance(holder, pikepdf.Stream):
                holder.write(made)
            else:
                holder["/Contents"] = document.make_stream(made)
            if "/Group" in holder and "/CS" in holder["/Group"]:
                holder["/Group"]["/CS"] = pikepdf.Name.DeviceCMYK
    if mono:
        _grey_pictures(document)


def streams(page: Any) -> Iterator[Any]:
    """A page, and the forms drawn on it, each once."""
    waiting, seen = [page], set[tuple[int, int]]()
    while waiting:
        holder = waiting.pop()
        if holder.objgen != (0, 0):
            if holder.objgen in seen:
                continue
            seen.add(holder.objgen)
        yield holder
        waiting += [
            one for one in holder.get("/Resources", {}).get("/XObject", {}).values() if one.get("/Subtype") == "/Form"
        ]


def instructions(holder: Any) -> Any:
    """What a page or a form draws."""
    return pikepdf.parse_content_stream(holder if isinstance(holder, pikepdf.Stream) else pikepdf.Page(holder))


@dataclass(frozen=True)
class _State:
    """What `q` saves and `Q` brings back."""

    fill_channels: int = 1
    stroke_channels: int = 1
    fill: Cmyk | None = None  # the ink areas and letters are filled with, where it is known
    overprints: bool = False
    scale: float = 1.0


def _separated(drawing: Any, resources: Any, table: Mapping[Rgb, Cmyk]) -> Iterator[tuple[Any, Any]]:
    """The same drawing in inks."""
    spaces = {str(name): channels_of(space) for name, space in resources.get("/ColorSpace", {}).items()}
    now, kept = _State(), list[_State]()
    swapped: Cmyk | None = None  # the colour that small text gave up for black, back after it
    for instruction in drawing:
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            kept.append(now)
        elif operator == "Q":
            now = kept.pop() if kept else _State()
        elif operator == "cm":
            a, b, c, d = (float(one) for one in operands[:4])
            now = replace(now, scale=now.scale * abs(a * d - b * c) ** 0.5)
        elif operator in ("cs", "CS"):
            channels = spaces.get(str(operands[0]), channels_of(operands[0]))
            fills = operator == "cs"
            now = replace(now, fill_channels=channels) if fills else replace(now, stroke_channels=channels)
            if channels:
                continue
        elif operator == "k":
            c, m, y, k = (round(float(one) * 100) for one in operands)
            now = replace(now, fill=(c, m, y, k))
        elif operator in _COLOUR:
            channels = now.fill_channels if operator.islower() else now.stroke_channels
            inks = _inks(operator, operands, channels, table)
            if inks is not None:
                if operator.islower():
                    if now.overprints and inks != BLACK:
                        yield [pikepdf.Name(KNOCKOUT)], pikepdf.Operator("gs")
                        now = replace(now, overprints=False)
                    now = replace(now, fill=inks)
                yield _paint(inks, fill=operator.islower())
                continue
        elif operator == "BT" and now.fill == BLACK and not now.overprints:
            yield [pikepdf.Name(OVERPRINT)], pikepdf.Operator("gs")
            now = replace(now, overprints=True)
        elif operator == "Tf" and _is_rich(now.fill) and float(operands[1]) * now.scale < SMALL_TEXT_PT:
            swapped = now.fill
            now = replace(now, fill=BLACK, overprints=True)
            yield [pikepdf.Name(OVERPRINT)], pikepdf.Operator("gs")
            yield _paint(BLACK, fill=True)
        yield operands, instruction.operator
        if operator == "ET" and swapped is not None:
            yield [pikepdf.Name(KNOCKOUT)], pikepdf.Operator("gs")
            yield _paint(swapped, fill=True)
            now, swapped = replace(now, fill=swapped, overprints=False), None


def _is_rich(inks: Cmyk | None) -> bool:
    """Whether black lies together with other inks."""
    return inks is not None and inks[3] > 0 and sum(inks[:3]) > 0


def _paint(inks: Cmyk, *, fill: bool) -> tuple[Any, Any]:
    return [Decimal(str(round(part / 100, 4))) for part in inks], pikepdf.Operator("k" if fill else "K")


def _inks(operator: str, operands: Any, channels: int, table: Mapping[Rgb, Cmyk]) -> Cmyk | None:
    """What a colour instruction becomes; none where it speaks of inks already."""
    count = {"g": 1, "rg": 3}.get(operator.lower(), channels)
    if count not in (1, 3) or len(operands) != count or any(isinstance(one, pikepdf.Name) for one in operands):
        return None
    parts = [round(float(one) * 255) for one in operands]
    red, green, blue = parts if count == 3 else parts * 3
    return _of((red, green, blue), table)


def _of(colour: Rgb, table: Mapping[Rgb, Cmyk]) -> Cmyk:
    found = table.get(colour)
    return parted(colour) if found is None else found


def channels_of(space: Any) -> int:
    """How many channels a colour space has that screens use; 0 for one of inks."""
    if isinstance(space, pikepdf.Array) and len(space) > 1 and str(space[0]) == "/ICCBased":
        count = int(space[1].get("/N", 0))
        return count if count in (1, 3) else 0
    name = str(space[0]) if isinstance(space, pikepdf.Array) and len(space) else str(space)
    return {"/DeviceRGB": 3, "/CalRGB": 3, "/DeviceGray": 1, "/CalGray": 1}.get(name, 0)


def _grey_pictures(document: pikepdf.Pdf) -> None:
    """Photographs in grey: a one-colour press has no other inks."""
    for item in document.objects:
        if (
            isinstance(item, pikepdf.Stream)
            and item.get("/Subtype") == "/Image"
            and channels_of(item.get("/ColorSpace")) == 3
        ):
            grey = pikepdf.PdfImage(item).as_pil_image().convert("L")
            out = io.BytesIO()
            grey.save(out, "JPEG", quality=92)
            item.write(out.getvalue(), filter=pikepdf.Name.DCTDecode)
            item["/ColorSpace"] = pikepdf.Name.DeviceGray
            item["/BitsPerComponent"] = 8
            if "/Decode" in item:
                del item["/Decode"]
