"""What is to be published: an article's editions and products, gathered from the outcomes of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from render.edition import Edition, plain
from render.errors import ReleaseError
from render.manifest import EDITION, LANG, SLUG, Awaited, Entry, EntryFile, check_entry, check_name
from render.pagewords import vietnam_day
from render.products import Waiting, product
from render.run import Outcome
from render.speech.approval import WAITING_WORDS


@dataclass(frozen=True)
class Publication:
    """Everything current of one article.

    It replaces what was current of the article before, with two exceptions: `kept` are the places (product, language,
    office, edition) of products that failed this time, where what was released before stays if it is of the same
    edition; and when it is not `whole` it only adds to what is current, or takes its place. `reason` is why editions
    are replaced (in Vietnamese; without it the facts that changed are named), `valid_until` the last day of use.
    """

    slug: str
    editions: Mapping[str, Mapping[str, Any]]  # lang -> the national edition's data
    entries: tuple[Entry, ...]
    waiting: tuple[Awaited, ...] = ()
    kept: frozenset[tuple[str, str, str, str]] = field(default_factory=frozenset)
    whole: bool = True
    reason: str = ""
    valid_until: str | None = None


def publications_from(outcomes: Sequence[Outcome], *, whole: bool = True) -> list[Publication]:
    """One publication an article, in the order of the outcomes; none for an article that has no edition.

    One without entries is of an article of which nothing could be made: what is current of it stays if it is of the
    same editions, else it is withdrawn, since it says what no longer holds. Say `whole=False` when the outcomes are
    only some of an article's products, languages or offices.
    """
    articles: dict[str, list[Outcome]] = {}
    for outcome in withheld(outcomes):
        articles.setdefault(outcome.job.slug, []).append(outcome)
    found = [_publication(slug, mine, whole=whole) for slug, mine in articles.items()]
    return [one for one in found if one.entries or one.kept]


def withheld(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes as they may be released: a machine's voice that nobody has listened to waits, though it is made."""
    return [_withheld(outcome) if outcome.details.get("listening") == "waiting" else outcome for outcome in outcomes]


def _withheld(outcome: Outcome) -> Outcome:
    if outcome.state not in ("made", "cached"):
        return outcome
    words = str(outcome.details.get("listening_words") or WAITING_WORDS)
    job = replace(outcome.job, plan=Waiting("approval", words))
    return replace(outcome, job=job, state="waiting", files=(), reason=words)


def _publication(slug: str, outcomes: Sequence[Outcome], *, whole: bool) -> Publication:
    editions: dict[str, Edition] = {}
    for outcome in outcomes:
        edition = outcome.job.edition
        if edition is None or outcome.state not in ("made", "cached"):
            continue
        before = editions.get(edition.lang)
        if before is None or (before.office is not None and edition.office is None):
            editions[edition.lang] = edition
    return Publication(
        slug=slug,
        editions={lang: edition.as_data() for lang, edition in editions.items()},
        entries=tuple(entry for outcome in outcomes if (entry := entry_of(outcome)) is not None),
        waiting=tuple(_awaited(outcome) for outcome in outcomes if outcome.state == "waiting"),
        kept=frozenset(
            (job.product, job.lang, job.office or "", job.edition.id)
            for job in (outcome.job for outcome in outcomes if outcome.state == "failed")
            if job.edition is not None
        ),
        whole=whole,
        valid_until=_last_day(editions.values()),
    )


def _last_day(editions: Iterable[Edition]) -> str | None:
    days = [edition.valid_until for edition in editions if edition.valid_until]
    return min(days).isoformat() if days else None


def entry_of(outcome: Outcome) -> Entry | None:
    """An outcome as the catalogue will have it; None for one that has no files to release."""
    job = outcome.job
    edition = job.edition
    if edition is None or outcome.state not in ("made", "cached"):
        return None
    kind = product(job.product)
    stem = f"{job.slug}.{job.lang}{f'.{job.office}' if job.office else ''}.{job.product}"
    return Entry(
        product=job.product,
        label=kind.label,
        medium=kind.medium,
        size=kind.size,
        lang=job.lang,
        office=job.office,
        edition=edition.id,
        title=plain(edition.title),
        priority=str(edition.priority),
        in_force=edition.in_force.isoformat() if edition.in_force else None,
        applies_from=edition.applies_from.isoformat() if edition.applies_from else None,
        note=edition.note,
        files=tuple(
            EntryFile(file.role, file.suffix, f"{stem}.{file.suffix}", file.sha256, file.bytes, file.media_type)
            for file in outcome.files
        ),
        # What was measured in passing (cues, scenes) stays in the cache: a catalogue is read on slow lines.
        details={key: value for key, value in outcome.details.items() if isinstance(value, str | int | float | bool)},
    )


def _awaited(outcome: Outcome) -> Awaited:
    job = outcome.job
    return Awaited(job.product, product(job.product).label, job.lang, job.office, outcome.reason)


# Before it is released


def refuse_unfit(publication: Publication, at: dt.datetime) -> None:
    """A `ReleaseError` when it cannot be released at that moment."""
    check_name(SLUG, publication.slug, "the slug of an article")
    for lang, edition in publication.editions.items():
        check_name(LANG, lang, publication.slug)
        check_name(EDITION, str(edition["id"]), publication.slug)
    for entry in publication.entries:
        check_entry(entry, publication.slug)
    if publication.valid_until is not None:
        _check_date(publication.valid_until, publication.slug)
        if dt.date.fromisoformat(publication.valid_until) < vietnam_day(at.isoformat()):
            mend = "Give a later last day (valid_until, or --valid-until), or leave the article out"
            what = f"its last day of use is over: {publication.valid_until}"
            raise ReleaseError(what, where=publication.slug, mend=mend)
    if not publication.entries and not publication.kept:
        mend = "To call an article back, withdraw it"
        raise ReleaseError("there is nothing to publish of it", where=publication.slug, mend=mend)
    if silent := {entry.lang for entry in publication.entries} - set(publication.editions):
        mend = "Give the edition of each language with its products"
        raise ReleaseError(f"no edition is there in {', '.join(sorted(silent))}", where=publication.slug, mend=mend)
    places = [entry.place for entry in publication.entries]
    if len(set(places)) != len(places):
        raise ReleaseError("one product is there twice", where=publication.slug, mend="Publish each once")


def _check_date(text: str, slug: str) -> None:
    try:
        right = dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        right = False
    if not right:
        raise ReleaseError(f"{text[:40]!r} is no date", where=slug, mend="Write the last day like 2026-06-30")
