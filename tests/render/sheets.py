"""Editions to set: the project's own articles, and small ones of any shape."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any

from render.article import Article
from render.edition import Edition, Office, make_edition
from render.facts import FactBook, read_facts
from render.markdown import parse_article, read_article
from render.paths import ASSETS
from render.products import Context, Planned, product
from render.steps import Made, Step

ARTICLES = ASSETS / "demo" / "articles"
ON = dt.date(2025, 9, 1)
CONTEXT = Context(public_url="https://loa.example.vn")
OFFICE = Office(
    "66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh", address="Số 1, đường MẪU", email="mau@example.vn"
)


@functools.cache
def facts() -> FactBook:
    return read_facts(ASSETS / "demo" / "facts.toml")


def demo(stem: str, office: Office | None = OFFICE) -> Edition:
    """An article of the demonstration: "tro-cap-huu-tri-xa-hoi", "quyen-an-sinh-xa-hoi.km"."""
    slug, _, lang = stem.partition(".")
    source: Article | None = read_article(ARTICLES / f"{slug}.md") if lang else None
    return make_edition(read_article(ARTICLES / f"{stem}.md"), source=source, facts=facts(), on=ON, office=office)


def article(body: str, *, title: str = "Một tờ rơi để thử", lang: str = "vi", priority: str = "normal") -> Edition:
    """A small article with the blocks of `body`."""
    text = (
        f"---\nslug: thu\nlang: {lang}\ntitle: {title!r}\nsummary: 'Mỗi tháng đóng một ít, về già có lương hưu.'\n"
        f"topic: 'Để thử'\naudiences: [3]\nlegal: ['Luật 41/2024/QH15']\nin_force: 2025-07-01\n"
        f"priority: {priority}\n---\n\n{body}"
    )
    return make_edition(parse_article(text), facts=facts(), on=ON, office=OFFICE)


def planned(name: str, edition: Edition) -> Planned:
    """A product's plan, which a sheet always has."""
    plan = product(name).plan(edition, CONTEXT)
    assert isinstance(plan, Planned)
    return plan


def made(step: Step, done: dict[str, Made] | None = None) -> Made:
    """What a step and those it needs make, each once."""
    done = {} if done is None else done
    if step.key not in done:
        carried = {name: Made(files={"bytes": path.read_bytes()}) for name, path in step.carries.items()}
        needs: Mapping[str, Made] = {name: made(need, done) for name, need in step.needs.items()} | carried
        done[step.key] = step.function()(step.inputs, needs)
    return done[step.key]


def main_file(name: str, edition: Edition) -> bytes:
    """The main file of a product of an edition."""
    file = next(file for file in planned(name, edition).files if file.role == "main")
    return made(file.step).files[file.name]


def inputs_of(name: str, edition: Edition) -> Mapping[str, Any]:
    """What the step that sets a product receives."""
    return planned(name, edition).files[0].step.inputs
