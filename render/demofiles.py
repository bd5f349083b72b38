"""Where the facts and the offices of the demonstration lie: they hold where nobody names others."""

from render.paths import ASSETS

DEMO_FACTS = ASSETS / "demo" / "facts.toml"
OFFICES = ASSETS / "demo" / "offices.toml"
