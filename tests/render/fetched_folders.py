"""A folder as `loa fetch` leaves it: fetching for an office, looking at what lies there, proving it."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from render.fetch import fetch
from render.fetchstate import Fetched
from render.keys import Signer
from render.manifest import EntryFile
from render.publication import Publication
from render.store import FolderStore
from render.wanted import Wish
from tests.render.web_bucket import Server

WISH = Wish("66")


def run(server: Server | FolderStore, signer: Signer, out: Path, wish: Wish = WISH, **more: bool) -> Fetched:
    """Fetch into a folder what its office wishes for."""
    return fetch(server.url, [signer.fingerprint], wish, out, **more)


def lying(out: Path) -> dict[str, bytes]:
    """The files that lie in a folder for people, without what the command keeps for itself."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".loa-fetch" not in path.parts
    }


def proven(out: Path) -> bool:
    """Whether every file that the list of checksums names is there, and right."""
    lines = (out / "SHA256SUMS").read_text().splitlines()
    assert lines
    return all(hashlib.sha256((out / line[66:]).read_bytes()).hexdigest() == line[:64] for line in lines)


def with_main(one: Publication, file: EntryFile) -> Publication:
    """A publication of one entry, with another main file."""
    lead = one.entries[0]
    entry = dataclasses.replace(lead, files=(file, *(other for other in lead.files if other.role != "main")))
    return dataclasses.replace(one, entries=(entry,))
