"""How long the drawing of a preview takes after a key, warm, without the browser; and the checks."""

from __future__ import annotations

import dataclasses
import statistics
import sys
import time
from collections.abc import Callable

from render.blocks import texts
from render.facts import read_facts
from render.findings import Passage
from render.live_checks import checked
from render.markdown import read_article
from render.paths import ASSETS
from render.products import Context
from render.sketches import Draft, drawn, reading, storyboard

DEMO = ASSETS / "demo"
ARTICLE = read_article(DEMO / "articles" / "tro-cap-huu-tri-xa-hoi.md")
FACTS = read_facts(DEMO / "facts.toml")
TRIED, WARM_AFTER = 7, 2
# Of the second that an editor waits at most, the form and the browser take about 0.45 s.
GOALS_S = {"infographic-portrait": 0.5, "leaflet-a4": 0.5, "clip-vertical": 2.0, "bulletin-3min": 0.2, "checks": 0.5}


def draft(number: int) -> Draft:
    """The demonstration's article with another word in its summary."""
    assert FACTS.demonstration_on is not None
    article = dataclasses.replace(ARTICLE, summary=f"{ARTICLE.summary} Lần {'i' * number}.")
    return Draft(article, None, FACTS, FACTS.demonstration_on, None, Context(public_url="https://example.vn"))


def _checked(one: Draft) -> object:
    passages = [Passage(block.id, text) for block in one.article.blocks for text in texts(block)]
    return checked(one, passages)


WORK: dict[str, Callable[[Draft], object]] = {
    "infographic-portrait": lambda one: drawn(one, "infographic-portrait"),
    "leaflet-a4": lambda one: drawn(one, "leaflet-a4"),
    "clip-vertical": lambda one: storyboard(one, "clip-vertical"),
    "bulletin-3min": lambda one: reading(one, "bulletin-3min"),
    "checks": _checked,
}


def main() -> int:
    """Print a row for each; 1 when one misses its goal."""
    missed = 0
    for name, work in WORK.items():
        taken = []
        for number in range(TRIED + WARM_AFTER):
            one = draft(number + 1)
            start = time.perf_counter()
            work(one)
            taken.append(time.perf_counter() - start)
        median = statistics.median(taken[WARM_AFTER:])
        missed += median > GOALS_S[name]
        print(f"{name:24} {median:6.3f} s after a key (goal {GOALS_S[name]} s), cold {taken[0]:.2f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
