"""The objects that a release leads to, as they should lie in the store, and what is wrong with one that does not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from render.credentials import MEDIA_TYPE
from render.manifest import DIGEST, IMMUTABLE, Part, cas_key
from render.pagefiles import ZIP
from render.store import Stored, content_disposition
from render.uploads import download_name


@dataclass
class Wanted:
    """An object as it should lie there. None stands for whatever is there."""

    of: str
    size: int | None
    media_type: str
    cache_control: str = IMMUTABLE
    names: set[str] = field(default_factory=set)  # what a download may be called
    sha256: str = ""
    etag: str = ""

    def wrong(self, stored: Stored, data: bytes | None) -> str:
        """What is wrong with the bytes, in words."""
        if self.size is not None and stored.bytes != self.size:
            return f"has {stored.bytes:,} bytes of {self.size:,}"
        if stored.bytes == 0:
            return "is empty"
        if data is not None and self.sha256 and hashlib.sha256(data).hexdigest() != self.sha256:
            return "holds other bytes"
        if self.etag and stored.etag and stored.etag != self.etag:
            return "was changed by somebody else"
        return ""

    def wrong_headers(self, stored: Stored) -> str:
        """What is wrong with what the store says of it."""
        if stored.media_type.replace(" ", "").lower() != self.media_type.replace(" ", "").lower():
            return f"is said to be {stored.media_type}, it is {self.media_type}"
        if stored.cache_control != self.cache_control:
            return f"has Cache-Control {stored.cache_control or '(none)'}, not {self.cache_control}"
        if self.names and stored.disposition not in {content_disposition(name) if name else "" for name in self.names}:
            return f"has Content-Disposition {stored.disposition or '(none)'}"
        return ""


def wanted_of(parts: Iterable[Part]) -> dict[str, Wanted]:
    """The objects that entries lead to."""
    found: dict[str, Wanted] = {}
    for part in parts:
        for entry in part.entries:
            for file in entry.files:
                for sha256, size in file.objects:
                    one = found.setdefault(cas_key(sha256), Wanted(file.name, size, file.media_type, sha256=sha256))
                    one.names.add(download_name(file.name, file.role))
                if file.credential:
                    pack = file.credential.removeprefix("credentials/").removesuffix(".zip")
                    packed = bool(DIGEST.fullmatch(pack))
                    found.setdefault(
                        file.credential,
                        Wanted(
                            f"credential of {file.name}",
                            file.credential_at[2] if file.credential_at else None,
                            ZIP if packed else MEDIA_TYPE,
                            sha256=pack if packed else "",
                        ),
                    )
    return found
