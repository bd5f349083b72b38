"""The static pages of a release: written into the bucket, and only where something changed.

Pages are projections of the catalogue. `pages.json` remembers of each page what it was drawn from and the etag it
has. Every write is conditional on that etag, and the etags are read before the catalogue: so a publisher that was
overtaken can never put an old page over a newer one, it is refused and begins again from the catalogue of now. What was
written is noted while the rest is being written, so that whoever comes after one that was killed goes on from there.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import jinja2
from markupsafe import Markup

from render.articleviews import article_pages
from render.catalogue import CATALOGUE, Pointer, read_gone, read_pointer
from render.edition import Office, office_data
from render.errors import ReleaseError
from render.feedformats import TYPES as FEED_TYPES
from render.feedformats import feed_body
from render.feeds import feed_pages
from render.manifest import IMMUTABLE, LANG, MUTABLE, OFFICE, Event, Part, Release
from render.officeviews import office_pages, places_of
from render.operatorviews import Files, operator_pages
from render.pagefiles import PageFiles
from render.pagefonts import font_body, font_faces, page_fonts
from render.pageindex import INDEX, Index, Mark, keep, keep_index, read_index
from render.pageparts import Fragment, Page
from render.pagescripts import scripts
from render.pageviews import check_pages, common_pages, gone_pages, national_hotline
from render.pagewords import FILTERS
from render.paths import TEMPLATES
from render.recalls import still_told
from render.shelf import SHELF, Reading, Shelf, Shelved, in_list_order, made_by, read_shelf, shelf_bytes
from render.steps import canonical, code_digest, file_digest
from render.store import Conflict, Missing, Store

HTML = "text/html; charset=utf-8"
_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
    **FEED_TYPES,
}
_FOLDER = TEMPLATES / "pages"
_DRAWN_BY = ("pageviews", "articleviews", "operatorviews", "officeviews", "pagescripts", "pagefonts", "feedformats")
_ATTEMPTS = 12
_LEAST_REMEMBERED, _REMEMBERED_PARTS = 64, 16  # pages between two notes of what was written; of what there are
_WRITERS = 16  # a store across the country answers after 50 ms


@dataclass(frozen=True)
class _Site:
    """What all pages depend on besides the release."""

    offices: Mapping[str, Office]
    public_url: str
    api_url: str

    @functools.cached_property
    def look(self) -> str:
        """When it changes every page is looked at again."""
        known = {code: office_data(office) for code, office in self.offices.items()}
        return hashlib.sha256(canonical([_templates_digest(), self.public_url, self.api_url, known])).hexdigest()


def write_pages(
    store: Store,
    trusted: Sequence[str],
    *,
    offices: Mapping[str, Office],
    public_url: str,
    api_url: str = "",
) -> int:
    """Bring every page to the current release; how many were written. Nothing is done when they are there already.

    Each of the `offices` gets a page. `api_url` is where operators tell that they played something, "" for nowhere.
    """
    written = 0
    site = _Site(offices, public_url, api_url)
    for _ in range(_ATTEMPTS):
        index, index_etag = read_index(store)  # before the catalogue: see above
        shelf = read_shelf(store)
        pointer = read_pointer(store, trusted)
        refuse_put_back(store, index.number, pointer)
        if pointer is None or (index.release == pointer.release.id and index.look == site.look):
            return written
        try:
            with _Round(store, pointer, index, index_etag, shelf, site, trusted) as drawn:
                drawn.draw()
            written += len(drawn.marks)
            keep(store, SHELF, shelf_bytes(drawn.shelf), drawn.shelf_etag, "application/gzip")
            shown, marks = pointer.release, {**index.pages, **drawn.marks}
            keep_index(store, Index(shown.id, shown.number, site.look, marks, drawn.articles), drawn.index_etag)
        except Conflict:
            continue
        if _is_current(store, pointer):
            return written
    mend = "Publish again when they have finished"
    raise ReleaseError("other publishers rewrite the pages all the time", where=store.url, mend=mend)


def refuse_put_back(store: Store, number: int, pointer: Pointer | None) -> None:
    """A `ReleaseError` when pages already showed a release of that number, and the catalogue read after it is older.

    Readers who saw the newer one would refuse what is released on top, or take two releases of one number for one.
    """
    current = pointer.release.number if pointer else 0
    if current < number:
        mend = (
            f"Somebody put an old {CATALOGUE} there: loa prove --mend brings the newest back where its manifest still"
            f" lies there; if it is lost for good, remove {INDEX} and publish again"
        )
        raise ReleaseError(f"the catalogue went back from release {number} to {current}", where=store.url, mend=mend)


def write_new_pages(store: Store, release: Release, parts: Sequence[Part], *, offices: Mapping[str, Office]) -> int:
    """Before the swap: the pages that QR codes of new editions lead to, so that none of them is ever missing.

    Returns the number of the release that the other pages show.
    """
    index = read_index(store)[0]
    hotline = next((str(one["hotline"]) for part in parts for one in part.editions.values() if not one["office"]), "")

    def put(page: Page) -> None:
        try:
            store.put(page.key, render_page(page, release), media_type=HTML, cache_control=MUTABLE, if_absent=True)
        except Conflict:
            return  # it is there, from a release that was not finished: `write_pages` sees to it

    missing = [page for page in check_pages(parts, offices, hotline) if page.key not in index.pages]
    with ThreadPoolExecutor(_WRITERS) as pool:
        for done in [pool.submit(put, page) for page in missing]:
            done.result()
    return index.number


class _Round:
    """One attempt to bring the pages to a release: drawn one after the other, written by many hands."""

    def __init__(
        self,
        store: Store,
        pointer: Pointer,
        index: Index,
        index_etag: str | None,
        shelf: Shelf,
        site: _Site,
        trusted: Sequence[str],
    ) -> None:
        self._store, self._pointer, self._index, self._site = store, pointer, index, site
        self._kept = shelf
        self.index_etag, self.shelf_etag = index_etag, shelf.etag
        self._alone = True
        self._remembered = 0
        self._known = index.articles if index.look == site.look else {}
        self._since = index.number if index.look == site.look else 0
        self._reading = Reading(store, pointer, shelf, trusted)
        self._files = PageFiles(store, shelf.made)
        self._pool = ThreadPoolExecutor(_WRITERS)
        self._room = threading.Semaphore(4 * _WRITERS)  # what is drawn waits in no long line
        self._writing: list[Future[tuple[str, Mark]]] = []
        self.articles: dict[str, str] = {}
        self.marks: dict[str, Mark] = {}

    def __enter__(self) -> _Round:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)

    @property
    def shelf(self) -> Shelf:
        """What is to be kept for the next release."""
        return Shelf("", self._reading.parts, self._reading.gone, self._files.made)

    def draw(self) -> None:
        """Every page that is not as it should be."""
        for page in self._pages():
            digest = _drawn_from(page)
            if self._index.pages.get(page.key, ("", ""))[0] != digest:
                self._room.acquire()
                future = self._pool.submit(self._put, page, digest)
                future.add_done_callback(lambda _: self._room.release())
                self._writing.append(future)
                self._remember_some()
        self.marks = dict(done.result() for done in self._writing)

    def _remember_some(self) -> None:
        """Now and then, what was written so far: who is killed need not write it again, whoever comes next goes on."""
        most = max(_LEAST_REMEMBERED, (len(self._index.pages) + len(self._writing)) // _REMEMBERED_PARTS)
        if not self._alone or len(self._writing) - self._remembered < most:
            return
        self._remembered = len(self._writing)
        marks = dict(done.result() for done in self._writing if done.done())
        made = {**self._kept.made, **self._files.made}
        try:
            index = replace(self._index, pages={**self._index.pages, **marks})
            self.index_etag = keep_index(self._store, index, self.index_etag)
            if len(made) > len(self._kept.made) and (self._kept.made_by == made_by() or not self._kept.parts):
                self._kept = replace(self._kept, made=made)
                data = shelf_bytes(self._kept)
                self.shelf_etag = keep(self._store, SHELF, data, self.shelf_etag, "application/gzip")
        except Conflict:
            self._alone = False  # another publisher is at the same pages: who ends last sees to it

    def _put(self, page: Page, digest: str) -> tuple[str, Mark]:
        etag = self._index.pages[page.key][1] if page.key in self._index.pages else None
        body = render_page(page, self._pointer.release)
        return page.key, (digest, _put_page(self._store, page.key, body, etag, self._pointer))

    def _pages(self) -> Iterator[Page]:
        release, site = self._pointer.release, self._site
        yield from (Page(one.key, one.name, {}) for one in scripts().values())
        used: set[str] = set()
        shelved: list[Shelved] = []
        hotline = ""
        for slug, named in release.articles.items():
            digest = hashlib.sha256(canonical({code: blob.sha256 for code, blob in named.items()})).hexdigest()
            changed = self._known.get(slug) != digest
            article, parts = self._reading.article(slug, whole=changed)
            self.articles[slug] = digest
            shelved.append(article)
            hotline = hotline or national_hotline([article])
            used |= set(article.titles)
            if changed:
                yield from article_pages(
                    article, parts, _changes(slug, release.withdrawn), site.offices, site.public_url
                )
                yield from check_pages(parts, site.offices, hotline)
        yield from (Page(one.key, one.key, {}) for one in page_fonts(used))
        articles = in_list_order(shelved)
        by_slug = {article.slug: article for article in articles}
        yield from common_pages(articles, hotline, site.public_url)
        gone = [(event, read_gone(self._store, event)) for event in release.withdrawn if event.number > self._since]
        yield from gone_pages(by_slug, gone, site.offices, hotline)
        lost = {one.office for _, editions in gone for one in editions if one.office}
        own = {code for article in articles for code in article.offices}
        places = places_of(site.offices, {*own, *lost, *self._standing("loa"), *self._standing("to-roi")})
        called_back = [(event, self._reading.called_back(event)) for event in still_told(release)]
        files = Files(self._files.bulletins, self._files.excerpt)
        lists = [
            *operator_pages(articles, places, called_back, files, hotline, site.api_url),
            *office_pages(
                articles, places, called_back, hotline, site.public_url, site.api_url, release.key,
                self._files.sheets, self._standing("to-roi"),
            ),
        ]  # fmt: skip
        yield from lists
        yield from feed_pages(articles, places, called_back, site.public_url)
        yield from self._left({page.key for page in lists}, hotline)

    def _standing(self, folder: str) -> set[str]:
        """The codes of offices that have pages from earlier releases."""
        found = (key.partition("/") for key in self._index.pages)
        names = {name.removesuffix(".html") for top, _, name in found if top == folder}
        return {name for name in names if OFFICE.fullmatch(name)}

    def _left(self, drawn: set[str], hotline: str) -> Iterator[Page]:
        """Lists that are shorter now: their last pages lead to the first."""
        for key in self._index.pages:
            folder, _, name = key.partition("/")
            if name.startswith("tieng.") and key not in drawn:
                lang = name.split(".")[1]
                if LANG.fullmatch(lang):
                    yield Page(key, "moved.html", {"folder": folder, "hotline": hotline})


def _changes(slug: str, events: Sequence[Event]) -> list[dict[str, str]]:
    """What was replaced in an article, the latest first: which languages, when and why."""
    return [
        {"lang": lang, "at": event.at, "reason": event.reason}
        for event in reversed(events)
        if event.slug == slug and event.state == "superseded"
        for lang in event.languages
    ]


def headers_of(key: str) -> tuple[str, str]:
    """Media type and Cache-Control of a page."""
    return _TYPES.get(key.rpartition(".")[2], HTML), IMMUTABLE if key.startswith("s/") else MUTABLE


def _put_page(store: Store, key: str, body: bytes, etag: str | None, pointer: Pointer) -> str:
    """Write a page over the one that has this etag; `Conflict` when the catalogue has moved on."""

    def put(over: str | None) -> str:
        media_type, cache = headers_of(key)
        return store.put(key, body, media_type=media_type, cache_control=cache, if_match=over, if_absent=over is None)

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


# Drawing


def render_page(page: Page, release: Release) -> bytes:
    """A page as UTF-8 HTML that names the release it was written in; a script as it stands."""
    if page.key.startswith("s/"):
        bodies = {one.key: one.body for one in scripts().values()}
        return bodies[page.key] if page.key in bodies else font_body(page.key)
    if page.key.startswith(("feeds/", "devices/")):
        return feed_body(page, release)
    if page.template.endswith(".js"):
        return (_FOLDER / page.template).read_bytes()
    root = str(page.data.get("root", "../" * page.key.count("/")))
    shown = {name: _shared(value, root) if isinstance(value, Fragment) else value for name, value in page.data.items()}
    style = _style() + font_faces(str(page.data.get("script", "")), root)
    told = {
        **shown,
        "root": root,
        "release": release,
        "style": style,
        "style_digest": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        "has_fonts": "@font-face" in style,
    }
    return _environment().get_template(page.template).render(told).encode()


_drawing = threading.Lock()


def _shared(fragment: Fragment, root: str) -> Markup:
    """A fragment as HTML: drawn once, however many pages hold it."""
    drawn: dict[str, Markup] = fragment.__dict__.setdefault("_drawn", {})
    with _drawing:
        if root not in drawn:
            html = _environment().get_template(fragment.template).render({**fragment.data, "root": root})
            drawn[root] = Markup(html)  # noqa: S704 (a template of ours, that escapes what it is told)
        return drawn[root]


def _drawn_from(page: Page) -> str:
    data = {name: value.digest if isinstance(value, Fragment) else value for name, value in page.data.items()}
    return hashlib.sha256(canonical([page.template, _templates_digest(), data])).hexdigest()


@functools.cache
def _templates_digest() -> str:
    files = sorted(path for path in _FOLDER.iterdir() if path.suffix in {".html", ".css", ".js", ".xml", ".txt"})
    drawn: Iterable[Any] = [[path.name, file_digest(path)] for path in files]
    code = [code_digest(f"render.{name}") for name in _DRAWN_BY]
    return hashlib.sha256(canonical([*drawn, *code])).hexdigest()


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
    environment.globals["scripts"] = scripts()
    return environment
