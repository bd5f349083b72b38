"""What comes first on a loudspeaker, and what a bulletin is called on the stick that carries it."""

from __future__ import annotations

import functools
import re
import unicodedata

from render.manifest import Entry

URGENCY = {"urgent": 0, "priority": 1, "normal": 2}


def for_horns(entry: Entry) -> bool:
    """A bulletin that a loudspeaker plays; the web's own has music and a band that horns distort."""
    main = entry.file("main")
    return entry.medium == "audio" and main is not None and main.media_type == "audio/mpeg"


@functools.lru_cache(maxsize=4096)  # thousands of files are called after a few articles
def ascii_words(text: str) -> str:
    """Lower-case ASCII letters, digits and hyphens: what every USB stick and amplifier can read."""
    # Lowered again: mathematical and other letters become capitals only when they are taken apart.
    plain = unicodedata.normalize("NFKD", text.lower().replace("đ", "d")).lower()
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub("[^a-z0-9]+", "-", kept).strip("-")


def play_name(number: int, lang: str, slug: str, duration_s: float) -> str:
    """A bulletin's name on the stick: short, ASCII, in play order (`01_vi_tro-cap-huu-tri_2m40.mp3`)."""
    minutes, seconds = divmod(round(duration_s), 60)
    short = ascii_words(slug)[:40].rstrip("-")
    return f"{number:02d}_{ascii_words(lang)[:12]}_{short}_{minutes}m{seconds:02d}.mp3"
