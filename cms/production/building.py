"""One build from its lease to its end: plan, make, record, release."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor

from django.conf import settings

from cms.articles.models import PolicyArticlePage
from cms.delivery.printshop import make_for_print
from cms.facts.books import book
from cms.offices.models import offices
from cms.production import record
from cms.production.dates import build_date
from cms.production.enums import BuildCause, BuildKind
from cms.production.expiry import refuse_what_ran_out
from cms.production.models import Build
from cms.production.releasing import publish, refuse_open_cache, streamed, withdraw_article
from cms.production.sources import published_source
from render.build import make_context
from render.plan import Source, plan_articles
from render.products import product, products
from render.run import Job, Outcome, run

_log = logging.getLogger(__name__)


def carry_out(build: Build, executor: Executor, *, should_stop: Callable[[], bool]) -> int | None:
    """Do what a build asks for; the number of the release. Raises a `LoaError` when it cannot be done.

    Everything in it may be done twice: steps are cached, rows are overwritten, a release of the same files is the
    same release. So a build whose worker was killed is simply done again.
    """
    if build.kind == BuildKind.WITHDRAW:
        release = withdraw_article(build)
        record.mark_withdrawn(build.slug, build.languages)
        return release
    if build.kind == BuildKind.PRINT:
        make_for_print(build, executor, should_stop=should_stop)
        return None
    page = PolicyArticlePage.objects.filter(pk=build.page_id, live=True).select_related("locale").first()
    if page is None:
        _log.info("build %s: its article is not published any more", build.pk)
        return None
    refuse_what_ran_out(page)
    source = published_source(page)
    refuse_open_cache()
    jobs = plan(build, page, source)
    whole = not (build.languages or build.products or build.offices)
    record.begin(build, jobs, whole=whole)
    with streamed() as under_way:

        def on_outcome(outcome: Outcome) -> None:
            record.record(build, outcome)
            under_way.take(outcome)

        outcomes = run(
            jobs, cache_url=settings.LOA.cache, executor=executor, on_outcome=on_outcome, should_stop=should_stop
        )
        reason = build.reason if build.cause == BuildCause.FACT else ""
        release = publish(under_way, outcomes, whole=whole, reason=reason)
    if release is not None:
        record.mark_released(build, release, under_way.published)
    return release


def plan(build: Build, page: PolicyArticlePage, source: Source) -> list[Job]:
    """The jobs a build asks for: everything nationwide, and sheets in print for each office the article wants."""
    facts = book()
    shared = {"facts": facts, "on": build_date(facts), "context": make_context(settings.LOA, draft=False)}
    wanted = list(build.products or page.products or products())
    jobs: list[Job] = []
    if not build.offices or "" in build.offices:
        asked = {"product_names": wanted, "paged": not build.products}
        jobs += plan_articles([source], languages=tuple(build.languages), **asked, **shared)
    local = offices(code for code in page.offices if not build.offices or code in build.offices)
    printed = [name for name in wanted if product(name).medium == "print"]
    # An office's sheet in a language that has no text yet would only wait beside the national one.
    written = [
        tag for tag in (source.article.lang, *source.translations) if not build.languages or tag in build.languages
    ]
    if local and printed and written:
        jobs += plan_articles(
            [source], languages=written, offices=list(local.values()), product_names=printed, **shared
        )
    return jobs
