"""`loa specimen`: the type of every language on one PDF."""

from __future__ import annotations

import argparse

from render.errors import SettingsError
from render.settings import Settings
from render.typeset.specimen import set_specimen, specimen_step


def specimen(args: argparse.Namespace, settings: Settings) -> int:
    """`loa specimen`: the same bytes every time."""
    step = specimen_step()
    made = set_specimen(step.inputs, {})
    try:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_bytes(made.files["pdf"])
    except OSError as error:
        what = f"the specimen cannot be written: {(error.strerror or 'unknown').lower()}"
        raise SettingsError(what, where=str(args.out), mend="Name another file with --out") from None
    print(f"{args.out}: {made.details['languages']} languages, {len(made.files['pdf']) // 1000} KB")
    return 0
