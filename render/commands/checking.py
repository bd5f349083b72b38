"""`loa verify`: whether files are ours, unaltered and in force, and what their content credentials say."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from render.embedded import with_store
from render.errors import SettingsError
from render.publickey import read_fingerprints
from render.settings import Settings
from render.verify import Verdict, read_seen, verify_files_in, write_seen
from render.webstore import open_reader


def verify_files(args: argparse.Namespace, settings: Settings) -> int:
    """`loa verify`: 0 when every file is ours, unaltered and in force, 1 otherwise, 2 when one cannot be read."""
    trusted = read_fingerprints(
        (args.key,) if args.key else settings.trusted_keys, "--key" if args.key else "LOA_TRUSTED_KEYS"
    )
    if not trusted:
        raise SettingsError(
            "no publisher is trusted yet",
            where="loa verify",
            mend="Say --key FINGERPRINT (`loa keys` prints the publisher's), or set LOA_TRUSTED_KEYS",
        )
    with with_store(settings, args.store) as here:
        store = open_reader(here.store)
        reader = hashlib.sha256(" ".join([store.url, *sorted(trusted)]).encode()).hexdigest()[:16]
        state = settings.home / "seen" / f"{reader}.json"
        verdicts, number = verify_files_in(store, args.files, trusted, read_seen(state))
        write_seen(state, number)
    if args.json:
        told = [{"file": str(file), **asdict(one)} for file, one in zip(args.files, verdicts, strict=True)]
        print(json.dumps({"release": number, "files": told}, ensure_ascii=False, indent=1))
    else:
        _print(args.files, verdicts)
    if any(one.state == "unreadable" for one in verdicts):
        return 2
    return 0 if all(one.in_force for one in verdicts) else 1


def _print(files: Sequence[Path], verdicts: Sequence[Verdict]) -> None:
    for file, verdict in zip(files, verdicts, strict=True):
        out = sys.stdout if verdict.in_force else sys.stderr
        print(f"{file}: {verdict.words}", file=out)
        for note in (verdict.credential, *verdict.notes):
            if note:
                print(f"  {note}", file=out)
