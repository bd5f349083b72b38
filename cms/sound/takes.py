"""Where the takes of articles lie in the newsroom: the folders of `loa takes`, below a private one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from render.errors import LoaError
from render.language import languages
from render.speech.recordings import Takes
from render.speech.takefiles import read_takes, takes_folder


def folder_of(slug: str, lang: str, article_lang: str) -> Path:
    """The folder of an article's takes in a language, as `loa takes` names it beside `<slug>.md`."""
    return takes_folder(settings.TAKES_ROOT / f"{slug}.md", lang, article_lang)


def takes_of(slug: str, article_lang: str) -> dict[str, Takes | LoaError]:
    """What there is by language; a list that cannot be read stands there as its error."""
    found: dict[str, Takes | LoaError] = {}
    if not settings.TAKES_ROOT.is_dir():
        return found
    for tag in languages():
        try:
            if (takes := read_takes(folder_of(slug, tag, article_lang), tag)) is not None:
                found[tag] = takes
        except LoaError as error:
            found[tag] = error
    return found


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else writes these takes meanwhile, in whatever process."""
    settings.TAKES_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder.with_name(f".{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def move_takes(before: str, after: str) -> None:
    """An article's folders under its new slug; what lies under that name already stays."""
    pattern = re.compile(rf"{re.escape(before)}((?:\.[A-Za-z0-9-]+)?\.(?:takes|trials))\Z")
    if not settings.TAKES_ROOT.is_dir():
        return
    for folder in sorted(settings.TAKES_ROOT.iterdir()):
        named = pattern.match(folder.name)
        if named and not (target := folder.with_name(f"{after}{named[1]}")).exists():
            folder.rename(target)
