"""`loa listen-report`: how the bulletins of a release sound."""

from __future__ import annotations

import argparse
import dataclasses
import json

from render.commands.publishing import public_store
from render.embedded import with_store
from render.errors import ReleaseError
from render.listening import listen
from render.release import releases
from render.settings import Settings


def listen_report(args: argparse.Namespace, settings: Settings) -> int:
    """A line for each bulletin of the newest release, or of the one that is named; 1 when one misses its targets."""
    with with_store(settings, args.store) as here:
        store = public_store(here)
        found = next((one for one in releases(store) if args.release in ("", one.id, str(one.number))), None)
        if found is None:
            what = f"there is no release {args.release}" if args.release else "nothing has been released yet"
            raise ReleaseError(what, where=here.store, mend="loa releases lists them")
        lines = []
        for heard in listen(store, found, measure=not args.quick):
            lines.append(heard)
            if not args.json:
                print(heard)
    if args.json:
        report = {"release": found.id, "bulletins": [dataclasses.asdict(line) for line in lines]}
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        faulty = sum(bool(line.faults) for line in lines)
        total_s = sum(line.duration_s for line in lines)
        print(f"{found.id}: {len(lines)} bản tin, {total_s / 60:.0f} phút, {faulty} bản không đạt")
    return 1 if any(line.faults for line in lines) else 0
