"""`loa fetch`: a reader's copy of what is in force, for people and for cron."""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from render.errors import SettingsError
from render.fetch import fetch
from render.fetchstate import Fetched
from render.language import languages
from render.paths import ASSETS
from render.publickey import read_fingerprints
from render.wanted import Wish, check_wish

if TYPE_CHECKING:
    from render.settings import Settings

_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `loa fetch`."""
    parser.add_argument("--store", metavar="URL", help="https://…, s3://bucket?endpoint=… or a folder")
    parser.add_argument("--key", action="append", default=[], metavar="FINGERPRINT", help="the publisher's")
    parser.add_argument("--office", default="", metavar="CODE", help="a province, 66, or a commune, 66.24133")
    parser.add_argument("--lang", action="append", default=[], metavar="TAG", help="else those spoken there")
    parser.add_argument("--product", action="append", default=[], metavar="NAME", help="only this (repeatable)")
    parser.add_argument("--campaign", action="append", default=[], metavar="NAME", help="only this (repeatable)")
    parser.add_argument("--out", type=Path, default=Path("loa"), metavar="DIR", help="the folder (loa)")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done")
    parser.add_argument("--check", action="store_true", help="read and prove what lies there already")
    parser.add_argument("--quiet", action="store_true", help="nothing but errors")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def main(arguments: Sequence[str]) -> int:
    """The command by itself: what it does not need is not loaded."""
    parser = argparse.ArgumentParser(
        prog="loa fetch",
        description="Bring a folder to what is in force: only what is new, proven, resumable.",
        epilog="exit: 0 complete, 1 something is still missing (run again), 2 refused or unusable",
    )
    add_arguments(parser)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # cron may say that there is nothing but ASCII
    sys.setswitchinterval(0.0005)  # many threads that each wait for the store, and each a moment for the interpreter
    gc.disable()  # a run makes thousands of small objects, next to no cycles among them, and ends
    return run(parser.parse_args(arguments))


def fetch_from(args: argparse.Namespace, settings: Settings) -> int:
    """The same among the other commands; it takes nothing from the settings."""
    return run(args)


def run(args: argparse.Namespace) -> int:
    """0 when all is there, 1 when some of it is still missing."""
    url = args.store or os.environ.get("LOA_STORE", "")
    if not url:
        mend = "Say --store https://… (the office page shows it), or set LOA_STORE"
        raise SettingsError("no store is named", where="loa fetch", mend=mend)
    wish = Wish(args.office, tuple(dict.fromkeys(args.lang)), tuple(dict.fromkeys(args.product)), tuple(args.campaign))
    check_wish(wish)
    notes, spoken = _about(wish.office)
    progress = _Bar() if sys.stderr.isatty() and not (args.quiet or args.json) else None
    try:
        done = fetch(
            url, _keys(args.key), wish, args.out,
            spoken=spoken, dry_run=args.dry_run, prove=args.check, on_progress=progress.show if progress else None,
        )  # fmt: skip
    finally:
        if progress:
            progress.clear()
    done.notes[:0] = notes
    if args.json:
        print(json.dumps({**asdict(done), "seconds": round(done.seconds, 3)}, ensure_ascii=False, indent=1))
    else:
        _print(done, dry_run=args.dry_run, quiet=args.quiet)
    return 1 if done.failed else 0


def _keys(said: Sequence[str]) -> tuple[str, ...]:
    keys = [*said] or os.environ.get("LOA_TRUSTED_KEYS", "").split(",")
    found = read_fingerprints(keys, "--key" if said else "LOA_TRUSTED_KEYS")
    if not found:
        mend = "Say --key FINGERPRINT (the publisher tells it; `loa keys` prints it), or set LOA_TRUSTED_KEYS"
        raise SettingsError("no publisher is trusted yet", where="loa fetch", mend=mend)
    return found


def _about(office: str) -> tuple[list[str], tuple[str, ...]]:
    """What is worth a word about a code, and the languages of its province."""
    if not office:
        return [], ()
    import tomllib

    # Only the names, and only here: what reads offices in full takes longer to load than a run with nothing new takes.
    tables = tomllib.loads((ASSETS / "demo" / "offices.toml").read_text(encoding="utf-8"))
    provinces = {code: str(table["unit"]) for code, table in tables.items() if len(code) == 2}
    unit = provinces.get(office[:2])
    if unit is None:
        mend = "The codes are: " + ", ".join(f"{code} ({name})" for code, name in provinces.items())
        raise SettingsError(f"no province has the code {office[:2]}", where="--office", mend=mend)
    notes = [] if "." not in office or _is_known(office) else [f"no commune is known here as {office}: check the code"]
    name = unit.removeprefix("Tỉnh ").removeprefix("Thành phố ")
    return notes, tuple(tag for tag, one in languages().items() if name in one.provinces)


def _is_known(office: str) -> bool:
    from render.communes import communes

    return any(one.office == office for one in communes())


def _print(done: Fetched, *, dry_run: bool, quiet: bool) -> None:
    for note in () if quiet else done.notes:
        print(f"loa: {note}", file=sys.stderr)
    for path, why in done.failed[:_SHOWN]:
        print(f"missing {path}: {why}", file=sys.stderr)
    if len(done.failed) > _SHOWN:
        print(f"missing … and {len(done.failed) - _SHOWN} more", file=sys.stderr)
    if quiet:
        return
    for path, why in done.removed:
        print(f"{'would remove' if dry_run else 'removed'} {path}: {why}")
    for path in done.new[:_SHOWN]:
        print(f"{'would fetch' if dry_run else 'new    '} {path}")
    if len(done.new) > _SHOWN:
        print(f"        … and {len(done.new) - _SHOWN} more")
    if done.unchanged:
        print(f"release {done.release}: nothing new, {done.kept} files")
    else:
        state = f"{len(done.failed)} still missing" if done.failed else "complete"
        size = f"{done.bytes / 1e6:.1f} MB in {done.seconds:.1f} s"
        print(f"release {done.release}: {len(done.new)} new, {done.kept} there already, {state}; {size}")


class _Bar:
    """How far the bytes have come, on a terminal."""

    def __init__(self) -> None:
        self._shown = -1

    def show(self, arrived: int, total: int) -> None:
        share = min(100, arrived * 100 // max(total, 1))
        if share != self._shown:
            self._shown = share
            bar = "█" * (share * 30 // 100)
            sys.stderr.write(f"\rđang tải / fetching {bar:<30} {share} % {total / 1e6:.0f} MB\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        if self._shown >= 0:
            sys.stderr.write("\r\x1b[K")
