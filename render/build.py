"""From arguments to finished files: reading, planning, running, laying down."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import fcntl
import glob
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from render.cache import Cache
from render.communes import with_communes
from render.demofiles import DEMO_FACTS as DEMO_FACTS
from render.demofiles import OFFICES as OFFICES
from render.edition import Office
from render.errors import LoaError, SettingsError, StoreError
from render.facts import FactBook, read_facts
from render.imprint import read_imprint
from render.offices import office, read_offices
from render.plan import Source, plan_articles, read_sources
from render.products import Context
from render.run import Job, MadeFile, Outcome, Progress, open_executor, run
from render.settings import Settings
from render.speech.voicepacks import installed
from render.speech.voices import online_speech_available

_log = logging.getLogger(__name__)

# What is being written bears this ending, and a dot before its name.
_HALF = ".half"

# Where the policy holds; dates of effect turn over at midnight there.
VIETNAM = dt.timezone(dt.timedelta(hours=7))


@dataclass(frozen=True)
class Request:
    """What a person asks to be made. Empty means: as each article wishes."""

    articles: tuple[Path, ...]
    languages: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    communes: bool = False  # every commune there is
    products: tuple[str, ...] = ()
    facts: Path = DEMO_FACTS
    on: dt.date | None = None  # None: the demonstration's date where the facts have one, else today
    imprint: Path | None = None  # with it, sheets of paper add PDFs for the print shop
    published: bool = False  # the text is public, or about to be: the online voice may read it


@dataclass(frozen=True)
class Prepared:
    """What is about to be made, and the articles that could not be read."""

    sources: tuple[Source, ...]
    jobs: tuple[Job, ...]
    unreadable: tuple[LoaError, ...]
    facts: FactBook
    on: dt.date
    context: Context


def today() -> dt.date:
    """The date in Vietnam."""
    return dt.datetime.now(VIETNAM).date()


def make_context(settings: Settings, *, draft: bool = True) -> Context:
    """What products may ask; with online speech on `auto` the network is asked here, once.

    A draft never leaves the machine: only a text that is public, or is about to be, may be sent to the online voice.
    """
    wanted = not draft and settings.online_speech != "off"
    online = wanted and (settings.online_speech == "on" or online_speech_available())
    packs, broken = installed(settings.voices)
    for error in broken:
        _log.warning("%s", error)
    return Context(
        public_url=settings.public_url,
        online_speech=online,
        draft=draft,
        packs=packs,
        allow_unheard=settings.allow_unheard,
    )


def prepare(request: Request, settings: Settings, context: Context | None = None) -> Prepared:
    """Reads and plans; raises only for what makes every product impossible (facts, tags, codes, names)."""
    facts = read_facts(request.facts)
    on = request.on or facts.demonstration_on or today()
    offices: Sequence[Office | None] = (None,)
    if request.offices or request.communes:
        known = with_communes(read_offices(OFFICES))
        codes = [*request.offices, *(one for one in known if "." in one and request.communes)]
        wanted = [office(known, code) for code in dict.fromkeys(codes)]
        offices = [None, *wanted] if request.communes and not request.offices else wanted
    context = context or make_context(settings, draft=not request.published)
    if request.imprint is not None:
        context = dataclasses.replace(context, imprint=read_imprint(request.imprint))
    sources, unreadable = read_sources(request.articles)
    jobs = plan_articles(
        sources,
        facts=facts,
        on=on,
        context=context,
        languages=request.languages,
        offices=offices,
        product_names=request.products,
        paged=request.published and not request.products,
    )
    return Prepared(tuple(sources), tuple(jobs), tuple(unreadable), facts, on, context)


def make(
    jobs: Sequence[Job],
    settings: Settings,
    *,
    on_outcome: Callable[[Outcome], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[Outcome]:
    """Runs the jobs against the cache; outcomes in the order of the jobs."""
    with open_executor(settings.cluster) as executor:
        return run(jobs, cache_url=settings.cache, executor=executor, on_outcome=on_outcome, on_progress=on_progress)


def file_name(job: Job, suffix: str) -> str:
    """`<slug>.<lang>[.<office>].<product>.<suffix>`."""
    office_part = f".{job.office}" if job.office else ""
    return f"{job.slug}.{job.lang}{office_part}.{job.product}.{suffix}"


def lay_down(outcomes: Sequence[Outcome], cache: Cache, out: Path) -> dict[tuple[int, str], Path]:
    """Writes every file to `<out>/<slug>/…`, whole or not at all; keyed by outcome number and suffix.

    What an earlier run laid down of a product that failed now is taken away: it may say what no longer holds.
    """
    paths: dict[tuple[int, str], Path] = {}
    for folder in {out / outcome.job.slug for outcome in outcomes if outcome.files}:
        _sweep(folder)
    for number, outcome in enumerate(outcomes):
        if outcome.state == "failed":
            for old in (out / outcome.job.slug).glob(glob.escape(file_name(outcome.job, "")) + "*"):
                old.unlink()
        for file in outcome.files:
            path = out / outcome.job.slug / file_name(outcome.job, file.suffix)
            if not _lies_there(path, file):
                _write_whole(path, cache.blob(file.sha256))
            paths[number, file.suffix] = path
    return paths


def _lies_there(path: Path, wanted: MadeFile) -> bool:
    """Whether a file is there already, byte for byte; the cache need not be read for it then."""
    with contextlib.suppress(OSError):
        if path.stat().st_size == wanted.bytes:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == wanted.sha256
    return False


def _write_whole(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _scratch(path.parent) as (scratch, file):
            file.write(data)
            file.flush()
            scratch.replace(path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreError("the disk is full", where=str(path), mend="Free some space and run again") from None
        mend = "Choose another folder with --out"
        raise SettingsError(f"cannot write: {error.strerror}", where=str(path), mend=mend) from None


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file beside its place, locked while somebody writes it: who was killed at it holds it no more."""
    while True:
        path = folder / f".{secrets.token_hex(8)}{_HALF}"
        with path.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not path.exists():  # swept before it was locked
                continue
            try:
                yield path, file
            finally:
                path.unlink(missing_ok=True)
            return


def _sweep(folder: Path) -> None:
    """Removes what somebody who was killed has left half-written."""
    for path in folder.glob(f".*{_HALF}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
