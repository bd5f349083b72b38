"""A reader's copy of what is in force, from the bucket alone: only what is new, proven, and taken up again anywhere."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from render.bringing import bring_all
from render.clearing import CHECKSUMS, PLAYLIST, free_paths, has, make_room
from render.errors import ReleaseError, SettingsError
from render.fetchstate import (
    OWN,
    Fetched,
    Folder,
    is_as_kept,
    is_file,
    kept_now,
    lying_at,
    read_state,
    write_whole,
)
from render.manifest import CATALOGUE, Blob, Part, Release, cas_key, part_from_data
from render.objects import Missing, Store, telling
from render.wanted import Target, Wish, checksums_of, numbered, playlist_of, targets_of
from render.webstore import READERS, open_reader, patiently

_DO_NOT_USE = "Do not use this store; ask the publisher"


def fetch(
    url: str,
    keys: Sequence[str],
    wish: Wish,
    out: Path,
    *,
    spoken: Sequence[str] = (),
    dry_run: bool = False,
    prove: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Fetched:
    """Bring a folder to what is in force for an office; `prove` reads and hashes what lies there already.

    A store that is forged, rolled back or not trusted changes nothing, and a dry run never does. What is no longer in
    force goes first. `on_progress` is told bytes.
    """
    began = time.monotonic()
    store = open_reader(url)
    with telling("the folder cannot be used", str(out)):
        if not dry_run:
            out.mkdir(parents=True, exist_ok=True)
        elif out.exists():
            next(out.iterdir(), None)
        _refuse_links(out, [OWN])
        if not dry_run:
            (out / OWN).mkdir(exist_ok=True)
    with contextlib.nullcontext() if dry_run else _alone(out / OWN / "lock"):
        done = Fetched()
        folder = Folder(out, read_state(out / OWN / "state.json", done.notes), done, dry_run, prove)
        _refuse_another_office(folder, wish)
        _refuse_links(out, [*folder.state.files, *folder.state.planned, f"{OWN}/parts/x"])
        asked = _digest(json.dumps([sorted(keys), asdict(wish), list(spoken)], sort_keys=True).encode())
        if not _nothing_new(folder, store, asked):
            _bring_up_to_date(folder, store, keys, wish, spoken, asked, on_progress)
    done.seconds = time.monotonic() - began
    return done


def _nothing_new(folder: Folder, store: Store, asked: str) -> bool:
    """The catalogue says what it said when all was complete, and every file lies as it was put."""
    state, done = folder.state, folder.done
    if folder.prove or state.asked != asked or not state.catalogue:
        return False
    try:
        if _digest(store.get(CATALOGUE)) != state.catalogue:
            return False
    except Missing:
        return False
    if not all(is_as_kept(f"{folder.path}/{path}", kept) for path, kept in state.files.items()):
        return False
    done.release, done.unchanged, done.kept = state.number, True, len(state.files)
    return True


def _bring_up_to_date(
    folder: Folder,
    store: Store,
    keys: Sequence[str],
    wish: Wish,
    spoken: Sequence[str],
    asked: str,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    # Here: proving signatures takes a library that a run which finds nothing new would only wait for.
    from render.catalogue import read_catalogue

    state, done = folder.state, folder.done
    release = read_catalogue(store, keys, state.number)
    if release is None:
        raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
    done.release, done.made_at = release.number, release.made_at
    done.notes += _clock_notes(release, dt.datetime.now(dt.UTC))
    parts = _parts(folder, store, release, wish)
    in_force = {file.sha256 for part in parts for entry in part.entries for file in entry.files}
    targets = targets_of(parts, wish, spoken)
    if not targets:
        done.notes.append("nothing of this release is for what was asked (--office, --lang, --product)")
    _refuse_links(folder.path, [target.path for target in targets])
    targets, absent = free_paths(folder, targets)
    missing = [target for target in targets if target.path in absent or not has(folder, target)]
    done.kept = len(targets) - len(missing)
    # Whatever happens now: no older catalogue is believed any more, and what is put here is known to be ours.
    planned = {target.path: (target.sha256, target.bytes, target.slug) for target in missing}
    before, state.planned = state.planned, {**state.planned, **planned}
    state.number, state.office = max(state.number, release.number), wish.office
    state.asked = state.catalogue = ""
    folder.remember()
    state.planned = before
    make_room(folder, targets, missing, in_force, release)
    if folder.dry_run:
        done.new = [target.path for target in missing]
        done.bytes = sum({target.sha256: target.bytes for target in missing}.values())
        return
    state.planned = planned
    try:
        bring_all(folder, store, missing, on_progress)
    except BaseException:
        folder.remember()
        raise
    order = {target.path: number for number, target in enumerate(targets)}
    done.new.sort(key=order.__getitem__)
    _finish(folder, store, targets, release, asked)


def _parts(folder: Folder, store: Store, release: Release, wish: Wish) -> list[Part]:
    """Those of the nation and of the province; what was read before is kept, by digest."""
    provinces = {"", wish.office[:2]}
    blobs = [blob for named in release.articles.values() for province, blob in named.items() if province in provinces]
    kept = folder.own / "parts"
    with telling("the folder cannot be used", str(folder.path)):
        if not folder.dry_run:
            kept.mkdir(exist_ok=True)
        known = set() if folder.dry_run else {path.name for path in kept.iterdir()}
    with ThreadPoolExecutor(READERS) as pool:
        found = list(pool.map(lambda blob: _part(kept, store, blob, keep=not folder.dry_run), blobs))
    for name in known - {blob.sha256 for blob in blobs}:
        with telling("the folder cannot be used", str(folder.path)):
            (kept / name).unlink(missing_ok=True)
    return found


def _part(kept: Path, store: Store, blob: Blob, *, keep: bool) -> Part:
    path = kept / blob.sha256
    with telling("the folder cannot be used", str(kept)):
        data = path.read_bytes() if is_file(lying_at(path)) else b""
    if _digest(data) != blob.sha256:
        data = patiently(lambda: store.get(cas_key(blob.sha256)))
        if _digest(data) != blob.sha256:
            where = cas_key(blob.sha256)
            raise ReleaseError("an object is not what its name says", where=where, mend=_DO_NOT_USE)
        if keep:
            with telling("the folder cannot be written", str(kept)):
                write_whole(path, path.with_suffix(".half"), data)
    return part_from_data(json.loads(data))


# ----- the end


def _finish(folder: Folder, store: Store, targets: Sequence[Target], release: Release, asked: str) -> None:
    state, done = folder.state, folder.done
    here = [target for target in targets if target.path in state.files]
    _lay(folder, PLAYLIST, playlist_of(here))
    _lay(folder, CHECKSUMS, checksums_of(here))
    if done.new:
        _settle(folder.path)
    if not done.failed:
        for path in [*folder.own.glob("*.part"), *folder.own.glob("*.copy")]:
            path.unlink(missing_ok=True)
        now = store.get(CATALOGUE)
        if json.loads(now).get("release") == release.id:  # another may have come meanwhile: the next run sees to it
            state.asked, state.catalogue = asked, _digest(now)
    folder.remember()
    for below in {(folder.path / path).parent for path, _ in done.removed} - {folder.path}:
        with contextlib.suppress(OSError):
            below.rmdir()  # only one that is empty


def _lay(folder: Folder, name: str, data: bytes) -> None:
    kept = folder.state.files.get(name)
    if kept is not None and kept.sha256 == _digest(data) and is_as_kept(folder.path / name, kept):
        return
    if kept is None and lying_at(folder.path / name) is not None and not _is_ours(folder, name):
        name = numbered(name, "-loa")
    with telling(f"{name} cannot be written", str(folder.path)):
        write_whole(folder.path / name, folder.own / f"{name}.half", data)
        folder.state.files[name] = kept_now(folder.path / name, _digest(data), "", "")
    folder.state.planned.pop(name, None)


def _is_ours(folder: Folder, name: str) -> bool:
    """A list that was written before a run was killed names itself by its form."""
    path = folder.path / name
    if not is_file(lying_at(path)):
        return False
    data = path.read_bytes()
    if name == PLAYLIST:
        return data.startswith(b"#EXTM3U\n")
    listed = {line[66:].decode(errors="replace") for line in data.splitlines()}
    return not listed or any(one in folder.state.files for one in listed)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# ----- what is refused, and told


def _refuse_another_office(folder: Folder, wish: Wish) -> None:
    """Two offices in one folder would take turns in throwing out what is in force for the other."""
    if folder.state.office not in ("", wish.office):
        raise SettingsError(
            f"this folder is kept for the office {folder.state.office}",
            where=str(folder.path),
            mend=f"Say --office {folder.state.office}, or choose another folder with --out",
        )


def _refuse_links(folder: Path, names: Sequence[str]) -> None:
    """Nothing is written or removed through a link that leads out of the folder."""
    folders = {name.rpartition("/")[0] for name in names}
    below = {str(one) for name in folders for one in (PurePosixPath(name), *PurePosixPath(name).parents)} - {"."}
    for one in sorted({*below, OWN}):
        if (folder / one).is_symlink():
            mend = "Put a folder of its own there, or choose another folder with --out"
            raise SettingsError(f"{one} is a link that leads elsewhere", where=str(folder), mend=mend)


def _clock_notes(release: Release, now: dt.datetime) -> list[str]:
    """A clock that is wrong changes nothing: the number of the catalogue cannot be set back."""
    made = dt.datetime.fromisoformat(release.made_at)
    if made - now > dt.timedelta(days=1):
        return [f"this machine's clock may be wrong: release {release.number} was made on {release.made_at[:10]}"]
    if now - made > dt.timedelta(days=366):
        return [f"the newest release is of {release.made_at[:10]}, or this machine's clock is wrong"]
    return []


def _settle(folder: Path) -> None:
    """Onto the disk, all at once: a stick is pulled out as soon as the command has ended."""
    import ctypes  # here: a run that finds nothing new need not wait for it

    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ctypes.CDLL(None).syncfs(opened)
    except (AttributeError, OSError):  # a system without it
        os.sync()
    finally:
        os.close(opened)


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One run a folder. The lock goes with the process, however that ends."""
    with telling("the folder cannot be locked", str(lock.parent)):
        opened = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mend = "Let it end; it brings the same files"
            raise SettingsError("another run fetches into this folder", where=str(lock.parent), mend=mend) from None
        yield
    finally:
        os.close(opened)
