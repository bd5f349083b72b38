"""Compiles the catalogues of our screens (`locales/<tag>/django.po`, `djangojs.po`) to where Django looks for them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from babel.messages import mofile, pofile
from django.utils.translation import to_locale

DOMAINS = ("django", "djangojs")  # what the server says, and what scripts say in the browser


def screens(sources: Path, target: Path, tags: Iterable[str]) -> Path:
    """A folder of compiled catalogues, one for each tag and domain, written again only when its source changed.

    Django believes only in languages for which it finds a catalogue, so a language that our screens
    do not speak gets an empty one: content in it can be written, and its screens fall back.
    """
    for tag in tags:
        for domain in DOMAINS:
            _compile(tag, domain, sources / tag / f"{domain}.po", target / to_locale(tag) / "LC_MESSAGES")
    return target


def _compile(tag: str, domain: str, source: Path, folder: Path) -> None:
    text = source.read_bytes() if source.is_file() else b""
    compiled, stamp = folder / f"{domain}.mo", folder / f"{domain}.stamp"
    digest = hashlib.sha256(text).hexdigest()
    if compiled.is_file() and stamp.is_file() and stamp.read_text() == digest:
        return
    folder.mkdir(parents=True, exist_ok=True)
    catalog = pofile.read_po(io.BytesIO(text), locale="vi" if tag == "vi" else None, domain=domain)
    out = io.BytesIO()
    mofile.write_mo(out, catalog)
    draft = folder / f"{domain}.{digest[:8]}.tmp"
    draft.write_bytes(out.getvalue())
    draft.replace(compiled)
    stamp.write_text(digest)
