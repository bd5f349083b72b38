"""Content credentials of thousands of files in one object: a plain ZIP, of which a reader takes the bytes it needs."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

from render.manifest import EntryFile
from render.store import FolderStore, Store
from render.webstore import WebStore, bytes_from
from render.zipping import stored_zip


def pack(credentials: Mapping[str, bytes]) -> tuple[str, bytes, Mapping[str, tuple[int, int]]]:
    """Credentials by the digests of their files: the key of the pack, its bytes, and where in it each of them lies.

    Taken out by hand, `<digest>.c2pa` is what any program that knows C2PA asks for beside the file.
    """
    data = stored_zip({f"{sha256}.c2pa": credentials[sha256] for sha256 in sorted(credentials)})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # What comes before the bytes of an entry: 30 bytes, and its name.
        found = {
            one.filename.removesuffix(".c2pa"): (one.header_offset + 30 + len(one.filename), one.file_size)
            for one in archive.infolist()
        }
    return f"credentials/{hashlib.sha256(data).hexdigest()}.zip", data, found


def read_credential(store: Store, file: EntryFile) -> bytes:
    """What lies beside a file; `Missing` when it is not there, b"" for a file that has none."""
    if not file.credential:
        return b""
    if not file.credential_at:
        return store.get(file.credential)
    first, size, total = file.credential_at
    if not isinstance(store, FolderStore | WebStore):  # the publisher's own way to the bucket
        return store.get(file.credential)[first : first + size]
    read = b""
    for chunk in bytes_from(store, file.credential, first, total):
        read += chunk
        if len(read) >= size:
            break
    return read[:size]
