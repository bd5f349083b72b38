"""A motion graphic for screens in waiting rooms and shop windows: one number, round and round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from render.article import Eligibility, Figures, Steps
from render.edition import Edition, Runs, plain
from render.products import Context, File, Planned, Product
from render.products.clip import closing_shows, metadata, untranslated
from render.typeset.brand import colours
from render.typeset.brand import theme as sheet_theme
from render.video.checks import BYTES_PER_S, code_gate
from render.video.drafts import figure_shows
from render.video.encoding import held_step
from render.video.layers import layers_step
from render.video.loop import LONGEST_S, SHORTEST_S, loop_step, webp_gate, webp_step
from render.video.mux import join_step
from render.video.shape import WIDE
from render.video.silent import silent_gate
from render.video.storyboard import ASKING
from render.video.words import lead_and_rest, marked, sentences, unstopped, whole

SCREEN = replace(WIDE, name="screen")
SMALL = replace(SCREEN, scale=0.5)  # 960 × 540: the WebP goes through messages
MOST_ITEMS = 4


def plan_graphic(edition: Edition, context: Context) -> Planned:
    """The steps of the loop, large as MP4 and small as WebP."""
    theme = sheet_theme(edition.priority, edition.campaign)
    red, green, blue = bytes.fromhex(colours(theme)["paper"].removeprefix("#"))
    paper = (red, green, blue)
    shows = {**_shows(edition), **closing_shows(edition, context, None)}
    data = {"name": "loop", "kind": "loop", "shows": shows, "note": "", "topic": "", "captions": []}
    large, small = (
        layers_step({**data, "shape": shape.as_data()}, lang=edition.lang, theme=theme, shape=shape)
        for shape in (SCREEN, SMALL)
    )
    unit = loop_step(large, shape=SCREEN, paper=paper)
    held = held_step(SCREEN)
    film = join_step([unit], held, None, fps=SCREEN.fps, metadata=metadata(edition, context, None), lang3="und")
    animation = webp_step(small, shape=SMALL, paper=paper)
    return Planned(
        files=(
            File(film, "clip.mp4", "mp4", "video/mp4"),
            File(animation, "loop.webp", "webp", "image/webp", "preview"),
        ),
        gates=(
            silent_gate(film, shortest_s=SHORTEST_S, longest_s=LONGEST_S, bytes_per_s=BYTES_PER_S),
            code_gate(unit, held, fps=SCREEN.fps, qr=context.qr(edition)),
            webp_gate(animation),
        ),
        warnings=tuple(one for one in untranslated(edition, None) if ASKING not in one),  # nobody speaks here
    )


def _shows(edition: Edition) -> dict[str, Any]:
    """The first figure; in an article without one, what the first list says, one item after the other."""
    shows: dict[str, Any] = {
        "topic": whole(edition.topic),
        "title": whole(plain(edition.title)),
        "before": "", "number": "", "after": "", "label": [], "others": [], "items": [],
    }  # fmt: skip
    for block in edition.blocks:
        if isinstance(block, Figures) and block.figures:
            chosen = [(figure, None) for figure in block.figures]
            return shows | {**figure_shows(edition, block, chosen), "title": shows["title"]}
    return shows | {"items": [marked(unstopped(item)) for item in _items(edition)]}


def _items(edition: Edition) -> list[Runs]:
    for block in edition.blocks:
        if isinstance(block, Eligibility | Steps) and block.items:
            first = [lead_and_rest(item)[0] if isinstance(block, Steps) else item for item in block.items]
            return [(sentences(item) or [item])[0] for item in first[:MOST_ITEMS]]
    return (sentences(edition.summary) or [edition.summary])[:2]


PRODUCTS = (Product("motion-graphic", "Đồ họa chuyển động", "video", "1920×1080", "video/mp4", plan_graphic),)
