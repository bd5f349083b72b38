"""`loa prove`: does the store hold all of what is current, and what it lacks put back."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from render.cache import Cache
from render.commands.publishing import public_store, publisher
from render.embedded import with_store
from render.pieces import InPieces
from render.proving import lines, prove
from render.settings import Settings
from render.store import open_store

_MOST_LINES = 60


def prove_store(args: argparse.Namespace, settings: Settings) -> int:
    """`loa prove`: 0 when all is whole or was put back, 1 when something is not."""
    with with_store(settings, args.store) as here:
        who = publisher(here, public_store(here), credited=args.mend)
        pieces = InPieces(Cache(here.cache))
        proof = prove(who, open_store(here.cache), pieces.load, pieces, go=args.mend, whole=not args.quick)
    left = [one for one in proof.found if one.state != "mended"]
    if args.json:
        number = proof.release.number if proof.release else None
        report = {"objects": proof.objects, "bytes": proof.bytes, "release": number}
        print(json.dumps(report | {"found": [asdict(one) for one in proof.found]}, ensure_ascii=False, indent=1))
        return 1 if left else 0
    told = list(zip(proof.found, lines(proof), strict=True))
    told.sort(key=lambda item: item[0].state != "lost")
    for one, line in told[:_MOST_LINES]:
        print(line, file=sys.stderr if one.state == "lost" else sys.stdout)
    if len(told) > _MOST_LINES:
        print(f"and {len(told) - _MOST_LINES:,} more; --json names them all")
    how = f"{proof.objects:,} objects, {proof.bytes / 1e6:,.1f} MB{' by their sizes' if args.quick else ''}"
    mended = len(proof.found) - len(left)
    print(f"looked at {how}: {f'{len(proof.found)} wrong, {mended} mended' if proof.found else 'all whole'}")
    if proof.release is not None and args.mend and proof.found:
        print(f"release {proof.release.number} {proof.release.id} is current")
    if left and not args.mend:
        print("nothing was changed; say --mend to put back what is wrong")
    return 1 if left else 0
