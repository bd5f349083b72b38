"""The static pages of a release: written into the bucket, and only where something changed.

Pages are projections of the catalogue. `pages.json` remembers of each page what it was drawn from and the etag it
has. Every write is conditional on that etag, and the etags are read before the catalogue: so a publisher that was
overtaken can never put an old page over a newer one, it is refused and begins again from the catalogue of now.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import jinja2

from render.catalogue import CATALOGUE, Pointer, read_gone, read_part, read_pointer
from render.edition import Office, office_data
from render.errors import ReleaseError
from render.manifest import FORMAT, MUTABLE, Part, Release
from render.pageparts import Page
from render.pageviews import all_pages, check_pages
from render.pagewords import FILTERS
from render.paths import TEMPLATES
from render.steps import canonical, code_digest, file_digest
from render.store import Conflict, Missing, Store

INDEX = "pages.json"
HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
_FOLDER = TEMPLATES / "pages"
_ATTEMPTS = 12
_WRITERS = 8

# What a page was drawn from, and the etag it has.
Mark = tuple[str, str]


@dataclass(frozen=True)
class _Index:
    release: str
    number: int
    look: str
    pages: Mapping[str, Mark]


def write_pages(
    store: Store,
    trusted: Sequence[str],
    *,
    offices: Mapping[str, Office],
    public_url: str,
) -> int:
    """Bring every page to the current release; how many were written. Nothing is done when they are there already."""
    written = 0
    look = _look(offices, public_url)
    for _ in range(_ATTEMPTS):
        index, index_etag = _read_index(store)  # before the catalogue: see above
        pointer = read_pointer(store, trusted)
        if pointer is None or (index.release == pointer.release.id and index.look == look):
            return written
        since = index.number if index.look == look else 0
        try:
            marks, count = _write_changed(store, pointer, index, since, offices, public_url)
            written += count
            data = {"format": FORMAT, "release": pointer.release.id, "number": pointer.release.number, "look": look}
            store.put(
                INDEX,
                canonical({**data, "pages": {**index.pages, **marks}}),
                media_type="application/json",
                cache_control=MUTABLE,
                if_match=index_etag,
                if_absent=index_etag is None,
            )
        except Conflict:
            continue
        if _is_current(store, pointer):
            return written
    mend = "Publish again when they have finished"
    raise ReleaseError("other publishers rewrite the pages all the time", where=store.url, mend=mend)


def write_new_pages(store: Store, release: Release, parts: Sequence[Part], *, offices: Mapping[str, Office]) -> None:
    """Before the swap: the pages that QR codes of new editions lead to, so that none of them is ever missing."""
    known = _read_index(store)[0].pages

    def put(page: Page) -> None:
        try:
            store.put(page.key, render_page(page, release), media_type=HTML, cache_control=MUTABLE, if_absent=True)
        except Conflict:
            return  # it is there, from a release that was not finished: `write_pages` sees to it

    with ThreadPoolExecutor(_WRITERS) as pool:
        for done in [pool.submit(put, page) for page in check_pages(parts, offices) if page.key not in known]:
            done.result()


def _write_changed(
    store: Store, pointer: Pointer, index: _Index, since: int, offices: Mapping[str, Office], public_url: str
) -> tuple[dict[str, Mark], int]:
    release = pointer.release
    parts = [read_part(store, blob) for named in release.articles.values() for blob in named.values()]
    gone = [(event, read_gone(store, event)) for event in release.withdrawn if event.number > since]
    changed: list[tuple[Page, str]] = []
    standing = {key.partition("/")[2].removesuffix(".html") for key in index.pages if key.startswith("loa/")}
    for page in all_pages(parts, gone, offices, public_url, standing - {"index"}):
        digest = _drawn_from(page)
        if index.pages.get(page.key, ("", ""))[0] != digest:
            changed.append((page, digest))

    def put(page: Page, digest: str) -> tuple[str, Mark]:
        etag = index.pages[page.key][1] if page.key in index.pages else None
        return page.key, (digest, _put_page(store, page.key, render_page(page, release), etag, pointer))

    with ThreadPoolExecutor(_WRITERS) as pool:
        written = dict(done.result() for done in [pool.submit(put, page, digest) for page, digest in changed])
    return written, len(written)


def _put_page(store: Store, key: str, body: bytes, etag: str | None, pointer: Pointer) -> str:
    """Write a page over the one that has this etag; `Conflict` when the catalogue has moved on."""

    def put(over: str | None) -> str:
        media_type = SCRIPT if key.endswith(".js") else HTML
        return store.put(key, body, media_type=media_type, cache_control=MUTABLE, if_match=over, if_absent=over is None)

    try:
        return put(etag)
    except (Conflict, Missing):
        pass  # somebody wrote it since and was killed, or is writing now
    try:
        found, stored = store.read(key)
        over: str | None = stored.etag
    except Missing:
        found, over = b"", None
    if not _is_current(store, pointer):  # asked after the page: what is written later fails its condition
        raise Conflict("a newer release was published meanwhile", where=store.url)
    return over if over is not None and found == body else put(over)


def _is_current(store: Store, pointer: Pointer) -> bool:
    now = store.head(CATALOGUE)
    return now is not None and now.etag == pointer.etag


def _read_index(store: Store) -> tuple[_Index, str | None]:
    try:
        data, stored = store.read(INDEX)
    except Missing:
        return _Index("", 0, "", {}), None
    try:
        said = json.loads(data)
        pages = {str(key): (str(mark[0]), str(mark[1])) for key, mark in said["pages"].items()}
        return _Index(str(said["release"]), int(said["number"]), str(said["look"]), pages), stored.etag
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return _Index("", 0, "", {}), stored.etag  # broken: every page is compared with what lies there


# Drawing


def render_page(page: Page, release: Release) -> bytes:
    """A page as UTF-8 HTML that names the release it was written in; a script as it stands."""
    if page.template.endswith(".js"):
        return (_FOLDER / page.template).read_bytes()
    template = _environment().get_template(page.template)
    style = _style()
    text = template.render(
        **page.data,
        root="../" * page.key.count("/"),
        release=release,
        style=style,
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )
    return text.encode()


def _drawn_from(page: Page) -> str:
    return hashlib.sha256(canonical([page.template, _templates_digest(), page.data])).hexdigest()


def _look(offices: Mapping[str, Office], public_url: str) -> str:
    """What all pages depend on besides the release; when it changes every page is looked at again."""
    known = {code: office_data(office) for code, office in offices.items()}
    return hashlib.sha256(canonical([_templates_digest(), public_url, known])).hexdigest()


@functools.cache
def _templates_digest() -> str:
    files = sorted(path for path in _FOLDER.iterdir() if path.suffix in {".html", ".css", ".js"})
    drawn: Iterable[Any] = [[path.name, file_digest(path)] for path in files]
    return hashlib.sha256(canonical([*drawn, code_digest("render.pageviews")])).hexdigest()


@functools.cache
def _style() -> str:
    lines = (line.strip() for line in (_FOLDER / "pages.css").read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not (line.startswith("/*") and line.endswith("*/")))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment
