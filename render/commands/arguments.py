"""What the subcommands of `loa` that make or sound something can be told, without loading what they do."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from render.demofiles import DEMO_FACTS
from render.moments import NoMoment, day_in_vietnam, read_moment

CLIP_SHAPES = ("vertical", "square", "wide", "silent")
_NO_DATE = {
    "form": "is no date", "day": "names a day that no month has", "time": "has a time that no clock shows",
    "offset": "is a moment without its offset, like +07:00",
}  # fmt: skip


def add_making(one: argparse.ArgumentParser) -> None:
    """The arguments that name what is to be made."""
    one.add_argument("articles", nargs="+", type=Path, metavar="ARTICLE", help="article files, or folders of them")
    one.add_argument("--lang", action="append", default=[], metavar="TAG", help="only this language (repeatable)")
    one.add_argument("--office", action="append", default=[], metavar="CODE", help="for this office (repeatable)")
    one.add_argument("--communes", action="store_true", help="for the nation and each of the 3,321 communes")
    one.add_argument("--product", action="append", default=[], metavar="NAME", help="only this product (repeatable)")
    one.add_argument("--facts", type=Path, default=DEMO_FACTS, metavar="FILE", help="the facts (TOML)")
    one.add_argument("--on", type=date, metavar="DATE", help="the date to build for, like 2025-09-01")
    one.add_argument(
        "--imprint", type=Path, metavar="FILE", help="licence, print run, printer (TOML): adds PDFs for the print shop"
    )
    one.add_argument("--published", action="store_true", help="the text is public: the online voice may read it")
    one.add_argument("--json", action="store_true", help="print one JSON object")


def date(text: str) -> dt.date:
    """A date as an argument; of a moment, the day that it has in Vietnam."""
    try:
        return day_in_vietnam(read_moment(text))
    except NoMoment as error:
        raise argparse.ArgumentTypeError(f"{text!r} {_NO_DATE[error.why]}; write it like 2025-09-01") from None


def folder(text: str) -> Path:
    """The `--out` folder; a file of that name is refused."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a file, not a folder")
    return path


def _add_reading(one: argparse.ArgumentParser) -> None:
    """The arguments that name an article in one language."""
    one.add_argument("article", type=Path, metavar="ARTICLE")
    one.add_argument("--lang", metavar="TAG", help="the language; the article's own otherwise")
    one.add_argument("--office", metavar="CODE", help="for this office: its own greeting")
    one.add_argument("--product", action="append", default=[], metavar="NAME", help="only what these products say")
    one.add_argument("--facts", type=Path, default=DEMO_FACTS, metavar="FILE", help="the facts (TOML)")
    one.add_argument("--on", type=date, metavar="DATE", help="the date to build for, like 2025-09-01")


def add_script(one: argparse.ArgumentParser) -> None:
    """Those of `loa script`."""
    _add_reading(one)
    one.add_argument("--out", type=folder, default=Path("out"), metavar="DIR", help="the folder (out)")


def add_takes(one: argparse.ArgumentParser) -> None:
    """Those of `loa takes`."""
    _add_reading(one)
    one.add_argument("--show", action="store_true", help="list segments and takes (also without any other option)")
    one.add_argument(
        "--add", nargs="+", type=Path, default=[], metavar="FILE", help="recordings: one of all, or a file a segment"
    )
    one.add_argument("--speaker", metavar="NAME", help="who speaks")
    one.add_argument("--consent", type=date, metavar="DATE", help="when the speaker agreed, like 2025-09-01")
    one.add_argument("--consent-by", metavar="NAME", help="who agreed for the speaker, where it was somebody else")
    one.add_argument("--segment", metavar="N,N…", help="the numbers that the files hold, or that are signed off")
    one.add_argument("--all", action="store_true", help="the file holds every segment, not only the missing ones")
    one.add_argument("--cuts", metavar="S,S…", help="where to cut the one file, in seconds: corrects the split")
    one.add_argument("--sheet", metavar="CODE", help="the code of the sheet that was read: refused when it is another")
    one.add_argument("--dry-run", action="store_true", help="show the split and the checks, keep nothing")
    one.add_argument(
        "--sign-off", metavar="NAME", help="the second listener, who has heard the takes and found them right"
    )


def add_approval(one: argparse.ArgumentParser) -> None:
    """Those of `loa approve-sound`."""
    _add_reading(one)
    one.add_argument("--by", metavar="NAME", help="who listened; without it the state is shown")
    one.add_argument("--published", action="store_true", help="the text is public: the online voice may read it")


def add_storyboard(one: argparse.ArgumentParser) -> None:
    """The arguments of `loa storyboard`."""
    one.add_argument("article", type=Path, metavar="ARTICLE")
    one.add_argument("--lang", metavar="TAG", help="the language; the article's own otherwise")
    one.add_argument("--office", metavar="CODE", help="for this office")
    one.add_argument("--shape", choices=CLIP_SHAPES, default="vertical", help="the shape of the stills (vertical)")
    one.add_argument("--facts", type=Path, default=DEMO_FACTS, metavar="FILE", help="the facts (TOML)")
    one.add_argument("--on", type=date, metavar="DATE", help="the date to build for, like 2025-09-01")
    one.add_argument("--out", type=folder, metavar="DIR", help="write a still of every scene into this folder")
    one.add_argument("--json", action="store_true", help="print one JSON object")


def add_listening(one: argparse.ArgumentParser) -> None:
    """The arguments of `loa listen-report`."""
    one.add_argument("--release", default="", metavar="ID", help="an id or a number; the newest otherwise")
    one.add_argument("--quick", action="store_true", help="as the release says, without measuring the files again")
    one.add_argument("--json", action="store_true", help="for other programs")
