"""The campaigns an article may belong to: the themes of the brand that have a name of their own."""

from __future__ import annotations

import functools
import tomllib

from render.errors import ArticleError
from render.paths import ASSETS

# Themes that follow from an article's priority; no article asks for them by name.
OF_PRIORITY = ("normal", "priority", "urgent")


@functools.cache
def campaigns() -> tuple[str, ...]:
    """Their names, in the order of assets/brand.toml."""
    with (ASSETS / "brand.toml").open("rb") as file:
        return tuple(name for name in tomllib.load(file)["themes"] if name not in OF_PRIORITY)


def check_campaign(name: str) -> str:
    """A campaign that there is; an `ArticleError` (without its place) that names those there are otherwise."""
    if name not in campaigns():
        there = "The campaigns are: " + ", ".join(campaigns()) if campaigns() else "assets/brand.toml has none yet"
        raise ArticleError(f"no campaign is called {name!r}", mend=there)
    return name
