"""An article as long as an editor's form must stay quick with."""

from __future__ import annotations

from dataclasses import replace

from render.article import Article, Notice, Paragraph, Pictured, Prose
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


def leaflet_of_thirty() -> Article:
    """Thirty sections of a line each, which a leaflet has room for."""
    first = read_article(ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md")
    blocks = tuple(
        (Notice if number % 10 == 0 else Prose)(
            id=f"m{number}", title=f"Mục {number}", body=(Paragraph("Nộp hồ sơ tại xã, không mất tiền."),)
        )
        for number in range(1, SECTIONS + 1)
    )
    return replace(first, slug="ba-muoi-muc", title="Ba mươi mục", summary="Hỏi ở xã.", picture=None, blocks=blocks)
