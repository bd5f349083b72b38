"""The campaigns an article may belong to: the themes of the brand that have a name of their own."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from typing import Any

from render.errors import ArticleError
from render.paths import ASSETS

# Themes that follow from an article's priority; no article asks for them by name.
OF_PRIORITY = ("normal", "priority", "urgent")


@functools.cache
def _themes() -> Mapping[str, Mapping[str, Any]]:
    with (ASSETS / "brand.toml").open("rb") as file:
        themes: Mapping[str, Mapping[str, Any]] = tomllib.load(file)["themes"]
        return themes


@functools.cache
def campaigns() -> tuple[str, ...]:
    """Their names, in the order of assets/brand.toml."""
    return tuple(name for name in _themes() if name not in OF_PRIORITY)


def label_of(name: str) -> str:
    """What people call a campaign; one that is no more keeps its name."""
    return str(_themes().get(name, {}).get("label", name))


def check_campaign(name: str) -> str:
    """A campaign that there is; an `ArticleError` (without its place) that names those there are otherwise."""
    if name not in campaigns():
        there = "The campaigns are: " + ", ".join(campaigns()) if campaigns() else "assets/brand.toml has none yet"
        raise ArticleError(f"no campaign is called {name!r}", mend=there)
    return name
