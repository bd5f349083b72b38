"""Objects onto the disk, many at once: each from where it broke off, and proven before anybody uses it."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from render.errors import ReleaseError, StoreError
from render.fetchstate import Folder, Kept, lying_at
from render.manifest import cas_key
from render.objects import Store, telling
from render.wanted import Target
from render.webstore import READERS, Blocked, Failing, bytes_from, pause

_ATTEMPTS = 8  # in a row that hardly brought anything
_HARDLY = 4096  # bytes
_PATIENCE_S = 60.0  # of attempts that hardly brought anything, for one object
_SLOWEST, _SLOWEST_S = 1000, 120.0  # bytes a second of the whole run, and over how long: less is no line to wait on
_FAILED_IN_A_ROW = 2 * READERS  # files: then the store is down, and the next run may find it up again
_SPARE_BYTES = 2_000_000
_CHUNK = 1 << 20
_LOCAL = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM, errno.EIO, errno.EFBIG, errno.ENOTDIR}


def bring_all(
    folder: Folder, store: Store, missing: Sequence[Target], on_progress: Callable[[int, int], None] | None
) -> None:
    """What is missing comes into the folder; what the store does not give is in `done.failed`.

    Only a full disk and its like end the run.
    """
    by_digest: defaultdict[str, list[Target]] = defaultdict(list)
    for target in missing:
        by_digest[target.sha256].append(target)
    total = sum(same[0].bytes for same in by_digest.values())
    _refuse_full(folder, total)
    for below in {(folder.path / target.path).parent for target in missing}:
        with telling(f"{below.name} cannot be made", str(folder.path)):
            below.mkdir(parents=True, exist_ok=True)
    run = _Run(folder, store, total, on_progress)
    waiting = iter(by_digest.values())

    def work() -> None:
        while not run.stop.is_set():
            with run.lock:
                same = next(waiting, None)
            if same is None:
                return
            _bring(run, same)

    with ThreadPoolExecutor(READERS) as pool:
        workers = [pool.submit(work) for _ in range(READERS)]
        try:
            for worker in as_completed(workers):
                worker.result()
        except BaseException:
            run.stop.set()
            raise


class _Run:
    """What the readers of one run share, under its lock."""

    def __init__(
        self, folder: Folder, store: Store, total: int, on_progress: Callable[[int, int], None] | None
    ) -> None:
        self.folder, self.store, self.total, self.on_progress = folder, store, total, on_progress
        self.out, self.own = str(folder.path), str(folder.own)
        self.lock, self.stop = threading.Lock(), threading.Event()
        self.failed_in_a_row = 0
        self.only_drops = False
        self._marked_s, self._since = time.monotonic(), 0  # from when, and the bytes that have come since

    def tell(self, count: int) -> None:
        """So many bytes have come; a `StoreError` for everybody when all readers together wait for drops."""
        with self.lock:
            self.folder.done.bytes += count
            self._since += max(count, 0)
            if self.on_progress is not None:
                self.on_progress(self.folder.done.bytes, self.total)
            passed_s = time.monotonic() - self._marked_s
            if passed_s >= _SLOWEST_S:
                # Drops come all the time; after a pause that the store asked for nobody can tell yet.
                self.only_drops |= passed_s < 1.5 * _SLOWEST_S and self._since < _SLOWEST * passed_s
                self._marked_s, self._since = time.monotonic(), 0
        if self.only_drops:
            mend = "Run again when the line is better: what is there is kept"
            raise StoreError("hardly anything comes", where=self.store.url, mend=mend)


def _bring(run: _Run, same: Sequence[Target]) -> None:
    """One object to all the places it is wanted at."""
    target, own = same[0], run.own
    part = f"{own}/{target.sha256}.part"
    try:
        if run.only_drops or run.failed_in_a_row >= _FAILED_IN_A_ROW:
            raise Failing(
                "not asked for: the store failed again and again", where=run.store.url, mend="Run again later"
            )
        mtime_ns = download(run.store, target, part, run.tell, run.stop)
    except (StoreError, ReleaseError) as error:
        if isinstance(error.__cause__, OSError) and not isinstance(error, Failing) and error.__cause__.errno in _LOCAL:
            raise
        with run.lock:
            run.failed_in_a_row += isinstance(error, Failing)
            run.folder.done.failed += [(one.path, str(error)) for one in same]
        return
    for one in same[1:]:
        scratch = f"{own}/{threading.get_ident()}.copy"
        with telling(f"{one.path} cannot be written", run.out):
            Path(scratch).unlink(missing_ok=True)
            shutil.copyfile(part, scratch, follow_symlinks=False)
            copied_ns = os.stat(scratch).st_mtime_ns  # noqa: PTH116 (as below)
        _place(run, scratch, one, copied_ns)
    _place(run, part, target, mtime_ns)


def _place(run: _Run, ready: str, target: Target, mtime_ns: int) -> None:
    with telling(f"{target.path} cannot be written", run.out):
        os.replace(ready, f"{run.out}/{target.path}")  # noqa: PTH105 (a `Path` for each of thousands costs as much)
    kept = Kept(target.sha256, target.bytes, mtime_ns, target.slug, target.edition)
    with run.lock:
        run.failed_in_a_row = 0
        run.folder.state.files[target.path] = kept
        run.folder.state.planned.pop(target.path, None)
        run.folder.done.new.append(target.path)


def _refuse_full(folder: Folder, total: int) -> None:
    with telling("the folder cannot be used", str(folder.path)):
        lying = sum(path.lstat().st_size for path in folder.own.glob("*.part"))
        free = shutil.disk_usage(folder.path).free
    if total - lying + _SPARE_BYTES > free:
        mend = "Free some space, or ask for less (--product), then run again"
        raise StoreError(
            f"{(total - lying) / 1e6:.0f} MB are wanted and {free / 1e6:.0f} MB are free",
            where=str(folder.path),
            mend=mend,
        )


# ----- one object


def download(store: Store, target: Target, part: str, tell: Callable[[int], None], stop: threading.Event) -> int:
    """Bring an object, or what its pieces make together, into `part`: whole and right when this returns its time in ns.

    While the store only fails for now it is asked again. Bytes that are not what the release says are thrown away
    and asked for once more, then refused.
    """
    tries, wrong, waited_s = 1, 0, 0.0
    told = 0  # of the bytes that lie there
    while True:
        began = time.monotonic()
        try:
            sha256, mtime_ns = _take(store, target, part, told, tell, stop)
            if sha256 == target.sha256:
                return mtime_ns
        except Failing as error:
            there = _bytes_of(part)
            hardly = there - told < _HARDLY
            tries, waited_s = (tries + 1, waited_s + time.monotonic() - began) if hardly else (1, 0.0)
            told = there
            if tries > _ATTEMPTS or waited_s >= _PATIENCE_S or stop.is_set():
                raise
            pause(tries, error, stop.wait)
            continue
        tell(-_bytes_of(part))
        Path(part).unlink(missing_ok=True)
        told = 0
        wrong += 1
        if wrong == 2:
            mend = "Do not use this store; ask the publisher"
            raise ReleaseError("an object is not what its name says", where=cas_key(target.sha256), mend=mend)


def _take(
    store: Store, target: Target, part: str, told: int, tell: Callable[[int], None], stop: threading.Event
) -> tuple[str, int]:
    """One attempt; the digest and the time of what is there then."""
    digest, at = hashlib.sha256(), 0
    with telling(f"{target.path} cannot be written", part):
        file, is_new = _open(part)
        try:
            if not is_new:
                while chunk := os.read(file, _CHUNK):
                    digest.update(chunk)
                    at += len(chunk)
                tell(at - told)
            if at > target.bytes:
                return "", 0
            for key, start, total in _left(target, at):
                for piece in bytes_from(store, key, start, total):
                    at += len(piece)
                    if at > target.bytes:
                        raise Blocked(f"{key} is larger than the release says", where=store.url)
                    digest.update(piece)
                    _write(file, piece)
                    tell(len(piece))
                    if stop.is_set():
                        raise Failing("the run was stopped", where=target.path)
            mtime_ns = os.fstat(file).st_mtime_ns
        finally:
            os.close(file)
    if at < target.bytes:
        raise Failing(f"{target.path} broke off", where=store.url, mend="Run again: what is there is kept")
    return digest.hexdigest(), mtime_ns


def _open(part: str) -> tuple[int, bool]:
    """Its descriptor, and whether nothing lay there: then nobody needs to ask how much."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(part, flags | os.O_EXCL, 0o666), True
    except FileExistsError:
        return os.open(part, flags, 0o666), False


def _bytes_of(part: str) -> int:
    found = lying_at(part)
    return found.st_size if found else 0


def _write(file: int, data: bytes | memoryview) -> None:
    written = os.write(file, data)
    while written < len(data):  # a disk that is nearly full takes a part of it
        written += os.write(file, data[written:])


def _left(target: Target, at: int) -> Iterator[tuple[str, int, int]]:
    """What is still to be read of a file of which so many bytes are here: key, from where, size of the object."""
    begins = 0
    for sha256, size in target.objects:
        if at < begins + size:
            yield cas_key(sha256), max(0, at - begins), size
        begins += size
