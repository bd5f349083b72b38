"""One ZIP for a USB stick: plain names in play order, playlist, guide and checksums; always the same bytes."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from render.pagewords import FILTERS
from render.paths import TEMPLATES
from render.steps import file_digest

GUIDE = "00_huong-dan.html"
PLAYLIST = "playlist.m3u8"
SUMS = "SHA256SUMS"
SCRIPTS = "loi-doc"
_TEMPLATE = TEMPLATES / "pages" / "zip-guide.html"
# The earliest day that FAT knows: what a file is does not depend on when it was packed.
_DAY = (1980, 1, 1, 0, 0, 0)


def pack_bulletins(items: Sequence[Mapping[str, Any]], load: Callable[[str], bytes], **said: Any) -> bytes:
    """A ZIP of bulletins in their order. `said` is what the guide tells besides: hotline, note, the week.

    It is stored, not deflated: MP3s do not shrink, and a download that broke off goes on where it was.
    """
    files: dict[str, bytes] = {GUIDE: _guide(items, said)}
    for item in items:
        files[str(item["download"])] = b"".join(load(str(one)) for one in item.get("pieces") or [item["main"]])
        if item["script"]:
            files[f"{SCRIPTS}/{str(item['download']).removesuffix('.mp3')}.txt"] = load(str(item["script"]))
    files[PLAYLIST] = playlist(items)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    return stored_zip({**files, SUMS: sums.encode()})


def stored_zip(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files as they stand, in their order; the same files give the same bytes anywhere."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _DAY)
            entry.create_system = 0  # FAT: no owner, no rights
            archive.writestr(entry, data)
    return packed.getvalue()


def playlist(items: Sequence[Mapping[str, Any]]) -> bytes:
    """An extended M3U beside the files it names."""
    lines = ["#EXTM3U"]
    for item in items:
        title = " ".join(str(item["title"]).split())
        lines += [f"#EXTINF:{round(float(item['duration_s'] or 0))},{title}", str(item["download"])]
    return ("\r\n".join(lines) + "\r\n").encode()


@functools.cache
def packed_from() -> str:
    """The digest of what a ZIP depends on besides the bulletins in it."""
    return hashlib.sha256((file_digest(_TEMPLATE) + file_digest(Path(__file__))).encode()).hexdigest()


def _guide(items: Sequence[Mapping[str, Any]], said: Mapping[str, Any]) -> bytes:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATE.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment.get_template(_TEMPLATE.name).render(items=items, **said).encode()
