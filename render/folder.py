"""A store in a folder of this machine, or of a file server."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import mimetypes
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from render.errors import StoreError
from render.objects import (
    OWN_FOLDER,
    UNKNOWN_MEDIA_TYPE,
    Conflict,
    Missing,
    Stored,
    check_key,
    content_disposition,
    telling,
)


class FolderStore:
    """A store in a folder: a file for each object, and a side record with what a file cannot hold."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root.expanduser()))  # noqa: PTH100 (resolve() would follow a link that may move)
        self._own = self.root / OWN_FOLDER

    @property
    def url(self) -> str:
        return str(self.root)

    def __repr__(self) -> str:
        return f"FolderStore({self.url!r})"

    def get(self, key: str) -> bytes:
        path = self._path(key)
        with telling(f"{key} cannot be read", str(self.root)):
            return _read_regular(path, key)

    def read(self, key: str) -> tuple[bytes, Stored]:
        data = self.get(key)  # the etag is of these bytes, whoever writes meanwhile
        record = self._record(key)
        return data, Stored(
            key, len(data), hashlib.sha256(data).hexdigest(), _media_type(key, record), 0.0, *_said(record)
        )

    def head(self, key: str) -> Stored | None:
        path = self._path(key)
        with telling(f"{key} cannot be read", str(self.root)):
            try:
                found = path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            if not stat.S_ISREG(found.st_mode):
                return None
            record = self._record(key)
            etag = _etag(key, path, found, record)
            return Stored(key, found.st_size, etag, _media_type(key, record), found.st_mtime, *_said(record))

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,
        cache_control: str = "",
        download_name: str = "",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        path, side = self._path(key), self._side(key)
        etag = hashlib.sha256(data).hexdigest()
        with telling(f"{key} cannot be written", str(self.root)):
            scratch = self._write_scratch(data)
            side_scratch: Path | None = None
            try:
                found = scratch.stat()
                record = {
                    "etag": etag, "bytes": found.st_size, "mtime_ns": found.st_mtime_ns, "media_type": media_type,
                    "cache_control": cache_control, "download_name": download_name,
                }  # fmt: skip
                side_scratch = self._write_scratch(json.dumps(record, ensure_ascii=False).encode())
                with self._locked():
                    now = self.head(key) if if_absent or if_match is not None else None
                    if if_absent and now is not None:
                        raise Conflict(f"{key} is already there", where=str(self.root))
                    if if_match is not None and (now is None or now.etag != if_match):
                        raise Conflict(f"{key} was changed by somebody else meanwhile", where=str(self.root))
                    for target in (path, side):
                        target.parent.mkdir(parents=True, exist_ok=True)
                    # The side record goes first: it names the file's time and size, so that a crash between the
                    # two leaves the old file with a record that is seen not to be its own.
                    side_scratch.replace(side)
                    scratch.replace(path)
                    _sync_folder(path.parent)
            finally:
                scratch.unlink(missing_ok=True)
                if side_scratch is not None:
                    side_scratch.unlink(missing_ok=True)
        return etag

    def list(self, prefix: str = "") -> Iterator[str]:
        start = self.root / prefix.rpartition("/")[0]
        if prefix:
            check_key(prefix.rstrip("/"))
        found: list[str] = []
        with telling("the keys cannot be listed", str(self.root)):
            for folder, folders, names in os.walk(start, onerror=_raise_unless_absent):
                if OWN_FOLDER in folders:
                    folders.remove(OWN_FOLDER)
                inside = Path(folder).relative_to(self.root).as_posix()
                for name in names:
                    key = name if inside == "." else f"{inside}/{name}"
                    if key.startswith(prefix) and _is_key(key) and Path(folder, name).is_file():
                        found.append(key)
        yield from sorted(found)

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        for key in self.list(prefix):
            with telling(f"{key} cannot be read", self.url), contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found = self._path(key).lstat()
                yield Stored(key, found.st_size, "", "", found.st_mtime)

    def delete(self, key: str) -> None:
        path, side = self._path(key), self._side(key)
        with telling(f"{key} cannot be removed", str(self.root)), self._locked():
            for target in (path, side):
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    target.unlink()

    def address(self, key: str) -> str:
        return str(self._path(key))

    def headers(self, key: str) -> dict[str, str]:
        """What a web server of this folder says of an object: Content-Type, Cache-Control, Content-Disposition."""
        record = self._record(key)
        cache_control, disposition = _said(record)
        said = {"Content-Type": _media_type(key, record)}
        if cache_control:
            said["Cache-Control"] = cache_control
        if disposition:
            said["Content-Disposition"] = disposition
        return said

    def _path(self, key: str) -> Path:
        path = self.root / check_key(key)
        # A link inside the folder may not lead a key out of it.
        inside = os.path.realpath(self.root)
        if os.path.commonpath([inside, os.path.realpath(path.parent)]) != inside:
            raise StoreError(
                f"{key} leads out of the store", where=str(self.root), mend="Remove the link that lies there"
            )
        return path

    def _side(self, key: str) -> Path:
        return self._own / "side" / f"{key}.json"

    def _record(self, key: str) -> dict[str, object]:
        try:
            record = json.loads(self._side(key).read_bytes())
        except (OSError, ValueError):  # none, or not ours: the file itself is the truth, and its name tells its type
            return {}
        return record if isinstance(record, dict) else {}

    def _write_scratch(self, data: bytes) -> Path:
        folder = self._own / "half"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among the threads and processes that write here; readers need no lock, and no right to write."""
        with telling("the store cannot be locked", str(self.root)):
            self._own.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._own / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


# What the side record of a file says of it.


def _media_type(key: str, record: Mapping[str, object]) -> str:
    known = record.get("media_type") or mimetypes.guess_type(key, strict=False)[0]
    return str(known or UNKNOWN_MEDIA_TYPE)


def _etag(key: str, path: Path, found: os.stat_result, record: Mapping[str, object]) -> str:
    if record.get("bytes") == found.st_size and record.get("mtime_ns") == found.st_mtime_ns:
        return str(record.get("etag"))
    return hashlib.sha256(_read_regular(path, key)).hexdigest()


def _said(record: Mapping[str, object]) -> tuple[str, str]:
    """Cache-Control and Content-Disposition, "" for none."""
    name = str(record.get("download_name") or "")
    return str(record.get("cache_control") or ""), content_disposition(name) if name else ""


def _read_regular(path: Path, key: str) -> bytes:
    try:
        # Neither a link nor a pipe: the first could lead out of the store, the second would wait for ever.
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise Missing(f"{key} is not there", where=str(path)) from None
    with open(opened, "rb") as file:  # noqa: PTH123 (a descriptor)
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise Missing(f"{key} is not there", where=str(path))
        return file.read()


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _is_key(key: str) -> bool:
    try:
        return bool(check_key(key))
    except StoreError:
        return False


def _raise_unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
