"""Writes down where products stand while a build runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from cms.production.enums import AVAILABLE, BuildKind, ProductStatus
from cms.production.models import Build, ProductState
from render.products import Planned
from render.run import Job, Outcome

Identity = tuple[str, str, str]


def identity(job: Job) -> Identity:
    """What tells a product of one article from another: language, office, product."""
    return job.lang, job.office or "", job.product


@transaction.atomic
def begin(build: Build, jobs: Sequence[Job], *, whole: bool) -> None:
    """A row for each job. In a build of the whole article, rows that nobody wants any more go."""
    there = {(row.lang, row.office, row.product): row for row in ProductState.objects.of(build.slug)}
    wanted = {identity(job): job for job in jobs}
    new, old = [], []
    for (lang, office, product), job in wanted.items():
        row = there.get((lang, office, product))
        if row is None:
            row = ProductState(slug=build.slug, lang=lang, office=office, product=product)
            new.append(row)
        else:
            old.append(row)
        row.status = ProductStatus.BUILDING if isinstance(job.plan, Planned) else ProductStatus.QUEUED
        row.build = build
    ProductState.objects.bulk_create(new)
    ProductState.objects.bulk_update(old, ["status", "build"])
    if whole:
        ProductState.objects.filter(pk__in=[row.pk for key, row in there.items() if key not in wanted]).delete()


def record(build: Build, outcome: Outcome) -> None:
    """What became of one product, as soon as it is known."""
    lang, office, product = identity(outcome.job)
    edition = outcome.job.edition
    ProductState.objects.update_or_create(
        slug=build.slug,
        lang=lang,
        office=office,
        product=product,
        defaults={
            "status": ProductStatus(outcome.state),
            # Made, yet held back until somebody has listened: the files are there to be heard.
            "reason": outcome.reason or str(outcome.details.get("listening_words", "")),
            "gate": outcome.gate,
            "edition": edition.id if edition else "",
            "files": [
                {
                    "role": file.role,
                    "suffix": file.suffix,
                    "sha256": file.sha256,
                    "bytes": file.bytes,
                    "media_type": file.media_type,
                }
                for file in outcome.files
            ],
            "warnings": list(outcome.warnings),
            "details": dict(outcome.details),
            "to_hear": [list(one) for one in outcome.job.plan.to_hear] if isinstance(outcome.job.plan, Planned) else [],
            "seconds": outcome.seconds,
            "build": build,
            "released": None,
        },
    )


def mark_released(build: Build, release: int, published: Mapping[str, str]) -> None:
    """The files of this build are public now; not those that nobody has listened to.

    `published` leads from the digest a file was made with to the one it is published under, its credential within.
    """
    rows = ProductState.objects.filter(build=build, status__in=AVAILABLE)
    # Told apart here: in SQL a product that says nothing of listening is neither waiting nor not waiting.
    held = [pk for pk, details in rows.values_list("pk", "details") if details.get("listening") == "waiting"]
    free = list(rows.exclude(pk__in=held))
    for row in free:
        row.files = [{**file, "published": published.get(file["sha256"], file["sha256"])} for file in row.files]
        row.released = release
    ProductState.objects.bulk_update(free, ["files", "released"], batch_size=200)


def mark_withdrawn(slug: str, languages: Iterable[str]) -> None:
    """The files are no longer current."""
    rows = ProductState.objects.of(slug)
    chosen = list(languages)
    if chosen:
        rows = rows.filter(lang__in=chosen)
    rows.update(status=ProductStatus.WITHDRAWN, released=None, files=[], to_hear=[], reason="")


def give_up(build: Build, reason: str) -> None:
    """What was not finished has failed with its build; who ordered something for the print shop hears of it."""
    from cms.delivery.printshop import tell_given_up  # here: it needs the models of every app

    if build.kind == BuildKind.PRINT:
        tell_given_up(build, reason)
    ProductState.objects.filter(build=build).unfinished().update(status=ProductStatus.FAILED, reason=reason)
