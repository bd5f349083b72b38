"""An article as long as an editor's form must stay quick with."""

from __future__ import annotations

from dataclasses import replace

from render.article import Article, Pictured
from render.markdown import read_article
from render.paths import ASSETS

SECTIONS = 30


def long_article() -> Article:
    """Thirty sections: those of the demonstration's articles, one after another."""
    folder = ASSETS / "demo" / "articles"
    paths = sorted(path for path in folder.glob("*-*.md") if "." not in path.stem)
    blocks = [block for path in paths for block in read_article(path).blocks if not isinstance(block, Pictured)]
    first = read_article(folder / "luong-huu-tu-15-nam.md")
    chosen = (blocks * 2)[:SECTIONS]
    return replace(first, picture=None, blocks=tuple(replace(block, id=f"s{n}") for n, block in enumerate(chosen, 1)))
