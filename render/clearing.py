"""What lies in a reader's folder before anything comes: what is whole, what is somebody else's, what must go."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from render.fetchstate import Folder, Kept, digest_of, is_as_kept, is_file, kept_now, lying_at
from render.manifest import Release
from render.objects import telling
from render.wanted import Target, numbered

PLAYLIST, CHECKSUMS = "playlist.m3u8", "SHA256SUMS"


def free_paths(folder: Folder, targets: Sequence[Target]) -> tuple[list[Target], set[str]]:
    """Where somebody else's file lies, ours gets another name; and the paths at which nothing lies."""
    taken = {target.path.casefold() for target in targets}
    found, absent = [], set()
    for target in targets:
        path = target.path
        while (there := lying_at(f"{folder.path}/{path}")) and _is_foreign(folder, path, there, target):
            path = numbered(path, "-loa")
            if path.casefold() in taken:
                path = numbered(path, "-loa")
        if path != target.path:
            folder.done.notes.append(f"{target.path} is a file of yours: it was left, ours is called {path}")
            taken.add(path.casefold())
        if there is None:
            absent.add(path)
        found.append(target if path == target.path else replace(target, path=path))
    return found, absent


def _is_foreign(folder: Folder, path: str, found: os.stat_result, target: Target) -> bool:
    if path in folder.state.files:
        return False
    if not is_file(found):
        return True
    there = folder.path / path
    if path in folder.state.planned and digest_of(there) == folder.state.planned[path][0]:
        return False  # a run that was killed had put it there
    return found.st_size != target.bytes or digest_of(there) != target.sha256


def has(folder: Folder, target: Target) -> bool:
    """Whether a file lies there whole; one that is not known for sure is read."""
    path, kept = f"{folder.path}/{target.path}", folder.state.files.get(target.path)
    found = lying_at(path)
    if found is None or not is_file(found):
        return False
    if kept is not None and kept.sha256 == target.sha256 and not folder.prove and is_as_kept(path, kept):
        return True
    there = Path(path)
    if found.st_size != target.bytes or digest_of(there) != target.sha256:
        return False
    mine = kept is not None or target.path in folder.state.planned
    folder.state.files[target.path] = kept_now(there, target.sha256, target.slug, target.edition, mine=mine)
    return True


def make_room(
    folder: Folder, targets: Sequence[Target], missing: Sequence[Target], in_force: Collection[str], release: Release
) -> None:
    """Take away what is no longer in force; what only has another name now, or another place, is kept for it.

    `in_force` are the digests of all that is, asked for or not.
    """
    state, done = folder.state, folder.done
    wanted = {target.path: target for target in targets}
    lacking, needed = {target.path for target in missing}, {target.sha256 for target in missing}
    whole = {target.sha256 for target in targets}
    left = 0
    ours: dict[str, tuple[str, str]] = {path: (one[0], one[2]) for path, one in state.planned.items()}
    ours |= {path: (one.sha256, one.slug) for path, one in state.files.items()}
    for path, (sha256, slug) in ours.items():
        target, there, kept = wanted.get(path), folder.path / path, state.files.get(path)
        if path in (PLAYLIST, CHECKSUMS) or (target is not None and target.sha256 == sha256):
            if path in lacking and kept is not None and lying_at(there) is not None:
                _set_aside(folder, path)
            continue
        if not is_file(lying_at(there)) or (kept is not None and not kept.mine):
            state.files.pop(path, None)
            continue
        if not _is_untouched(there, sha256, kept):
            _set_aside(folder, path) if target is not None else _leave(folder, path)
            continue
        if target is None and sha256 in in_force and sha256 not in needed:
            left += 1
            continue
        same_edition = target is not None and kept is not None and kept.edition == target.edition
        if same_edition and sha256 not in needed:
            continue  # made again, its content holds: it stays until the new one is here
        if target is None and sha256 not in whole:
            done.removed.append((path, _why_gone(release, slug)))
        if not folder.dry_run:
            with telling(f"{path} cannot be removed", str(folder.path)):
                there.replace(folder.own / f"{sha256}.part") if sha256 in needed else there.unlink()
            state.files.pop(path, None)
    if left:
        done.notes.append(f"{left} files are in force but were not asked for this time: they are left")


def _is_untouched(there: Path, sha256: str, kept: Kept | None) -> bool:
    """By its time, or by its content: a stick that comes into another time zone shows other times."""
    return (kept is not None and is_as_kept(there, kept)) or digest_of(there) == sha256


def _leave(folder: Folder, path: str) -> None:
    folder.done.notes.append(f"{path} was changed by somebody since it was put there: it is left")
    folder.state.files.pop(path, None)


def _set_aside(folder: Folder, path: str) -> None:
    """Ours was cut short or changed: it makes room, and nobody's work is lost."""
    if folder.dry_run:
        return
    there, number = folder.path / path, 1
    while os.path.lexists(aside := there.with_name(f"{there.name}.{number}.bak")):
        number += 1
    with telling(f"{path} cannot be moved", str(folder.path)):
        there.replace(aside)
    folder.state.files.pop(path, None)
    folder.done.notes.append(f"{path} was not as it was put there: it is called {aside.name} now")


def _why_gone(release: Release, slug: str) -> str:
    events = [event for event in release.withdrawn if event.slug == slug and event.state != "blocked"]
    return events[-1].reason if events else "không còn trong bản phát hành hoặc ngoài phần được chọn"
