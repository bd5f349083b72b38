"""A reader's copy of what is in force, from the bucket alone: only what is new, proven, and taken up again anywhere."""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import errno
import fcntl
import hashlib
import json
import os
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from render.bringing import download
from render.catalogue import CATALOGUE, read_catalogue
from render.errors import ReleaseError, SettingsError, StoreError
from render.fetchstate import digest_of, is_as_kept, kept_now, read_state, write_state
from render.manifest import Blob, Part, Release, cas_key, part_from_data
from render.objects import Missing, Store, telling
from render.wanted import Target, Wish, checksums_of, numbered, playlist_of, targets_of
from render.webstore import READERS, open_reader, patiently

OWN = ".loa-fetch"
PLAYLIST, CHECKSUMS = "playlist.m3u8", "SHA256SUMS"
_SPARE_BYTES = 2_000_000
_DO_NOT_USE = "Do not use this store; ask the publisher"


@dataclass
class Fetched:
    """What became of a run. `failed` holds what is still missing; the next run takes it up."""

    release: int = 0
    made_at: str = ""
    unchanged: bool = False
    new: list[str] = field(default_factory=list)
    kept: int = 0
    removed: list[tuple[str, str]] = field(default_factory=list)  # path, why
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes: int = 0
    seconds: float = 0.0


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

    A store that is forged, rolled back or not trusted changes nothing. What is no longer in force goes first.
    `on_progress` is told bytes.
    """
    began = time.monotonic()
    store = open_reader(url)
    with telling("the folder cannot be used", str(out)):
        out.mkdir(parents=True, exist_ok=True)
        (out / OWN).mkdir(exist_ok=True)
    with _alone(out / OWN / "lock"):
        done = _Sync(store, tuple(keys), wish, tuple(spoken), out, dry_run, prove, on_progress).run()
    done.seconds = time.monotonic() - began
    return done


class _Sync:
    """One run over one folder."""

    def __init__(
        self,
        store: Store,
        keys: tuple[str, ...],
        wish: Wish,
        spoken: tuple[str, ...],
        out: Path,
        dry_run: bool,
        prove: bool,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        self.store, self.keys, self.wish, self.spoken = store, keys, wish, spoken
        self.out, self.own = out, out / OWN
        self.dry_run, self.prove, self.on_progress = dry_run, prove, on_progress
        self.done = Fetched()
        self.state = read_state(self.own / "state.json", self.done.notes)
        asked = json.dumps([sorted(keys), asdict(wish), spoken], sort_keys=True)
        self.asked = hashlib.sha256(asked.encode()).hexdigest()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._total = self._arrived = 0
        self._current: set[str] = set()  # digests that are in force here, asked for or not

    def run(self) -> Fetched:
        if self._nothing_new():
            return self.done
        release = read_catalogue(self.store, self.keys, self.state.number)
        if release is None:
            raise ReleaseError("nothing was ever released here", where=self.store.url, mend="Check --store")
        self.done.release, self.done.made_at = release.number, release.made_at
        self.done.notes += _clock_notes(release, dt.datetime.now(dt.UTC))
        parts = list(self._parts(release))
        self._current = {file.sha256 for part in parts for entry in part.entries for file in entry.files}
        targets = targets_of(parts, self.wish, self.spoken)
        if not targets:
            self.done.notes.append("nothing of this release is for what was asked (--office, --lang, --product)")
        if not self.dry_run:  # whatever happens now: no older catalogue is believed any more
            self.state.number = max(self.state.number, release.number)
            self._write()
        targets = self._free_paths(targets)
        there = {target.path for target in targets if self._has(target)}
        missing = [target for target in targets if target.path not in there]
        self.done.kept = len(there)
        self._make_room(targets, missing, release)
        if self.dry_run:
            self.done.new = [target.path for target in missing]
            self.done.bytes = sum({target.sha256: target.bytes for target in missing}.values())
            return self.done
        self.state.planned = {target.path: (target.sha256, target.bytes, target.slug) for target in missing}
        self.state.asked = self.state.catalogue = ""
        self._write()
        self._bring_all(missing)
        self._finish(targets, release)
        return self.done

    # ----- is there anything to do

    def _nothing_new(self) -> bool:
        """The catalogue says what it said when all was complete, and every file lies as it was put."""
        if self.prove or self.state.asked != self.asked or not self.state.catalogue:
            return False
        try:
            catalogue = self.store.get(CATALOGUE)
        except Missing:
            return False
        if hashlib.sha256(catalogue).hexdigest() != self.state.catalogue:
            return False
        if not all(is_as_kept(self.out / path, kept) for path, kept in self.state.files.items()):
            return False
        self.done.release, self.done.unchanged, self.done.kept = self.state.number, True, len(self.state.files)
        return True

    def _parts(self, release: Release) -> Iterator[Part]:
        """Those of the nation and of the province; what was read before is kept, by digest."""
        provinces = {"", self.wish.office[:2]}
        blobs = [
            blob for named in release.articles.values() for province, blob in named.items() if province in provinces
        ]
        folder = self.own / "parts"
        folder.mkdir(exist_ok=True)
        with ThreadPoolExecutor(READERS) as pool:
            found = list(pool.map(lambda blob: self._part(folder, blob), blobs))
        wanted = {blob.sha256 for blob in blobs}
        for path in folder.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        yield from found

    def _part(self, folder: Path, blob: Blob) -> Part:
        path = folder / blob.sha256
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != blob.sha256:
            data = patiently(lambda: self.store.get(cas_key(blob.sha256)))
            if hashlib.sha256(data).hexdigest() != blob.sha256:
                where = cas_key(blob.sha256)
                raise ReleaseError("an object is not what its name says", where=where, mend=_DO_NOT_USE)
            scratch = path.with_suffix(".half")
            scratch.write_bytes(data)
            scratch.replace(path)
        return part_from_data(json.loads(data))

    # ----- what lies there

    def _free_paths(self, targets: Sequence[Target]) -> list[Target]:
        """Where somebody else's file lies, ours gets another name."""
        taken = {target.path.casefold() for target in targets}
        found = []
        for target in targets:
            path = target.path
            while self._is_foreign(path, target):
                path = numbered(path, "-loa")
                if path.casefold() in taken:
                    path = numbered(path, "-loa")
            if path != target.path:
                self.done.notes.append(f"{target.path} is a file of yours: it was left, ours is called {path}")
                taken.add(path.casefold())
            found.append(target if path == target.path else replace(target, path=path))
        return found

    def _is_foreign(self, path: str, target: Target) -> bool:
        there = self.out / path
        if not os.path.lexists(there) or path in self.state.files:
            return False
        if there.is_symlink() or not there.is_file():
            return True
        if path in self.state.planned and digest_of(there) == self.state.planned[path][0]:
            return False  # a run that was killed had put it there
        return there.stat().st_size != target.bytes or digest_of(there) != target.sha256

    def _has(self, target: Target) -> bool:
        """Whether a file lies there whole; one that is not known for sure is read."""
        path, kept = self.out / target.path, self.state.files.get(target.path)
        if kept is not None and kept.sha256 == target.sha256 and not self.prove and is_as_kept(path, kept):
            return True
        if not path.is_file() or path.stat().st_size != target.bytes or digest_of(path) != target.sha256:
            return False
        mine = kept is not None or target.path in self.state.planned
        self.state.files[target.path] = kept_now(path, target.sha256, target.slug, target.edition, mine=mine)
        return True

    def _make_room(self, targets: Sequence[Target], missing: Sequence[Target], release: Release) -> None:
        """Take away what is no longer in force; what only has another name now, or another place, is kept for it."""
        wanted = {target.path: target for target in targets}
        needed = {target.sha256 for target in missing}
        outside: list[str] = []
        ours: dict[str, tuple[str, str]] = {path: (one[0], one[2]) for path, one in self.state.planned.items()}
        ours |= {path: (one.sha256, one.slug) for path, one in self.state.files.items()}
        for path, (sha256, slug) in ours.items():
            target, there, kept = wanted.get(path), self.out / path, self.state.files.get(path)
            if path in (PLAYLIST, CHECKSUMS) or (target is not None and target.sha256 == sha256):
                if target is not None and kept is not None and there.exists() and not self._has(target):
                    self._set_aside(path, there)
                continue
            if not there.is_file() or there.is_symlink():
                self.state.files.pop(path, None)
                continue
            if kept is not None and not kept.mine:
                self.state.files.pop(path, None)
                continue
            if not (is_as_kept(there, kept) if kept is not None else digest_of(there) == sha256):
                self._set_aside(path, there) if target is not None else self._leave(path)
                continue
            if target is None and sha256 in self._current and sha256 not in needed:
                outside.append(path)
                continue
            same_edition = target is not None and kept is not None and kept.edition == target.edition
            if same_edition and sha256 not in needed:
                continue  # made again, its content holds: it stays until the new one is here
            why = _why_gone(release, slug, target is not None)
            if target is None and sha256 not in {one.sha256 for one in targets}:
                self.done.removed.append((path, why))
            if not self.dry_run:
                with telling(f"{path} cannot be removed", str(self.out)):
                    there.replace(self.own / f"{sha256}.part") if sha256 in needed else there.unlink()
                self.state.files.pop(path, None)
        if outside:
            self.done.notes.append(f"{len(outside)} files are in force but were not asked for this time: they are left")

    def _leave(self, path: str) -> None:
        self.done.notes.append(f"{path} was changed by somebody since it was put there: it is left")
        self.state.files.pop(path, None)

    def _set_aside(self, path: str, there: Path) -> None:
        """Ours was cut short or changed: it makes room, and nobody's work is lost."""
        if self.dry_run:
            return
        number = 1
        while os.path.lexists(aside := there.with_name(f"{there.name}.{number}.bak")):
            number += 1
        with telling(f"{path} cannot be moved", str(self.out)):
            there.replace(aside)
        self.state.files.pop(path, None)
        self.done.notes.append(f"{path} was not as it was put there: it is called {aside.name} now")

    # ----- bringing

    def _bring_all(self, missing: Sequence[Target]) -> None:
        by_digest: defaultdict[str, list[Target]] = defaultdict(list)
        for target in missing:
            by_digest[target.sha256].append(target)
        self._total = sum(same[0].bytes for same in by_digest.values())
        self._refuse_full()
        for folder in {(self.out / target.path).parent for target in missing}:
            with telling(f"{folder.name} cannot be made", str(self.out)):
                folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(READERS) as pool:
            under_way = {pool.submit(self._bring, same): same for same in by_digest.values()}
            try:
                self._collect(under_way)
            except BaseException:
                self._stop.set()
                for future in under_way:
                    future.cancel()
                raise
            finally:
                self._write()

    def _collect(self, under_way: Mapping[Future[None], list[Target]]) -> None:
        wait(under_way, return_when=FIRST_EXCEPTION)
        for future in under_way:
            if future.done() and not future.cancelled() and (error := future.exception()) is not None:
                raise error

    def _bring(self, same: Sequence[Target]) -> None:
        """One object to all the places it is wanted at. Only a full disk and its like end the run."""
        target = same[0]
        part = self.own / f"{target.sha256}.part"
        try:
            download(self.store, target, part, self._tell, self._stop.is_set)
        except (StoreError, ReleaseError) as error:
            if isinstance(error.__cause__, OSError) and _is_local(error.__cause__):
                raise
            with self._lock:
                self.done.failed += [(one.path, str(error)) for one in same]
            return
        for one in same[1:]:
            scratch = self.own / f"{threading.get_ident()}.copy"
            with telling(f"{one.path} cannot be written", str(self.out)):
                shutil.copyfile(part, scratch)
            self._place(scratch, one)
        self._place(part, target)

    def _place(self, ready: Path, target: Target) -> None:
        path = self.out / target.path
        with telling(f"{target.path} cannot be written", str(self.out)):
            ready.replace(path)
        kept = kept_now(path, target.sha256, target.slug, target.edition)
        with self._lock:
            self.state.files[target.path] = kept
            self.state.planned.pop(target.path, None)
            self.done.new.append(target.path)

    def _tell(self, count: int) -> None:
        with self._lock:
            self._arrived += count
            self.done.bytes = self._arrived
        if self.on_progress is not None:
            self.on_progress(self._arrived, self._total)

    def _refuse_full(self) -> None:
        lying = sum(path.stat().st_size for path in self.own.glob("*.part"))
        with telling("the folder cannot be used", str(self.out)):
            free = shutil.disk_usage(self.out).free
        if self._total - lying + _SPARE_BYTES > free:
            wanted = (self._total - lying) / 1e6
            mend = "Free some space, or ask for less (--product), then run again"
            raise StoreError(
                f"{wanted:.0f} MB are wanted and {free / 1e6:.0f} MB are free", where=str(self.out), mend=mend
            )

    # ----- the end

    def _finish(self, targets: Sequence[Target], release: Release) -> None:
        here = [target for target in targets if target.path in self.state.files]
        self._lay(PLAYLIST, playlist_of(here))
        self._lay(CHECKSUMS, checksums_of(here))
        if self.done.new:
            _settle(self.out)
        if not self.done.failed:
            for path in [*self.own.glob("*.part"), *self.own.glob("*.copy")]:
                path.unlink(missing_ok=True)
            now = self.store.get(CATALOGUE)
            if json.loads(now).get("release") == release.id:  # another may have come meanwhile: the next run sees to it
                self.state.asked, self.state.catalogue = self.asked, hashlib.sha256(now).hexdigest()
        self._write()
        for folder in {(self.out / path).parent for path, _ in self.done.removed} - {self.out}:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only one that is empty

    def _lay(self, name: str, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        kept = self.state.files.get(name)
        if kept is not None and kept.sha256 == sha256 and is_as_kept(self.out / name, kept):
            return
        if kept is None and os.path.lexists(self.out / name) and not self._is_ours(name):
            name = numbered(name, "-loa")
        with telling(f"{name} cannot be written", str(self.out)):
            scratch = self.own / f"{name}.half"
            scratch.write_bytes(data)
            scratch.replace(self.out / name)
            self.state.files[name] = kept_now(self.out / name, sha256, "", "")
        self.state.planned.pop(name, None)

    def _is_ours(self, name: str) -> bool:
        """A list that was written before a run was killed names itself by its form."""
        first = {PLAYLIST: b"#EXTM3U\n"}.get(name, b"")
        path = self.out / name
        if path.is_symlink() or not path.is_file():
            return False
        data = path.read_bytes()
        listed = {line[66:].decode(errors="replace") for line in data.splitlines()} if name == CHECKSUMS else set()
        return data.startswith(first) and (
            name == PLAYLIST or not listed or any(one in self.state.files for one in listed)
        )

    def _write(self) -> None:
        if not self.dry_run:
            write_state(self.own / "state.json", self.state)


def _why_gone(release: Release, slug: str, replaced: bool) -> str:
    events = [event for event in release.withdrawn if event.slug == slug and event.state != "blocked"]
    if slug not in release.articles or not replaced:
        return events[-1].reason if events else "không còn trong bản phát hành hoặc ngoài phần được chọn"
    return "có bản mới"


def _clock_notes(release: Release, now: dt.datetime) -> list[str]:
    """A clock that is wrong changes nothing: the number of the catalogue cannot be set back."""
    made = dt.datetime.fromisoformat(release.made_at)
    if made - now > dt.timedelta(days=1):
        return [f"this machine's clock may be wrong: release {release.number} was made on {release.made_at[:10]}"]
    if now - made > dt.timedelta(days=366):
        return [f"the newest release is of {release.made_at[:10]}, or this machine's clock is wrong"]
    return []


def _is_local(error: OSError) -> bool:
    return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM, errno.EIO, errno.EFBIG}


def _settle(folder: Path) -> None:
    """Onto the disk, all at once: a stick is pulled out as soon as the command has ended."""
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
