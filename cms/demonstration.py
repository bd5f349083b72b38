"""The demonstration: a newsroom with its articles, and every product of them, made and published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cms.demo import Prepared, prepare_demo
from render.build import OFFICES, lay_down, make
from render.cache import Cache
from render.commands.making import as_report, name_of
from render.commands.progress import Bar
from render.commands.publishing import public_store, streamed
from render.errors import ReleaseError
from render.manifest import Release
from render.offices import read_offices
from render.products import products
from render.publication import publications_from
from render.run import Job, Outcome
from render.settings import Settings

# One article goes to every province with its own contact block; the others are national.
LOCAL_ARTICLE = "tro-cap-huu-tri-xa-hoi"
OFFICE = "66"  # Đắk Lắk, whose pages are shown


@dataclass(frozen=True)
class Shown:
    """What the demonstration made."""

    outcomes: Sequence[Outcome]
    paths: dict[tuple[int, str], Path]
    failures: Sequence[str]
    release: Release
    published: Mapping[str, str]  # the digest a file was made with -> the one it is published under
    newsroom: Prepared


def make_and_publish(settings: Settings, out: Path, *, on_released: Callable[[], object] = lambda: None) -> Shown:
    """Fills the newsroom, makes all that it publishes, releases it into the store, lays the files into `out`.

    `on_released` is called when the store is asked no more.
    """
    store = public_store(settings)
    newsroom = prepare_demo(offices={LOCAL_ARTICLE: sorted(read_offices(OFFICES))})
    with Bar("đang làm / making") as bar, streamed(settings, store) as under_way:
        outcomes = make(_wanted(), settings, on_outcome=under_way.take, on_progress=bar.show)
        release = under_way.finish(publications_from(outcomes))
    on_released()
    paths = lay_down(outcomes, Cache(settings.cache), out)
    report = as_report(outcomes, newsroom.errors, {})
    failures = [
        f"{name_of(item)} [{item.get('gate') or item['error']}]: {item['reason']}" for item in report["failures"]
    ]
    if release is None:
        raise ReleaseError("none of the demonstration's products could be made", mend="; ".join(failures))
    return Shown(outcomes, paths, failures, release, under_way.published, newsroom)


def _wanted() -> list[Job]:
    """What the newsroom's published articles ask for, as a worker would plan it."""
    from cms.articles.models import PolicyArticlePage, source_page
    from cms.production.building import plan
    from cms.production.models import Build
    from cms.production.sources import published_source

    pages = PolicyArticlePage.objects.live().filter(alias_of__isnull=True).select_related("locale").order_by("slug")
    sources = [page for page in pages if source_page(page).pk == page.pk]
    return [job for page in sources for job in plan(Build(slug=page.slug), page, published_source(page))]


def print_summary(shown: Shown, settings: Settings, *, site_url: str, seconds: float) -> None:
    """What was made and where it is."""
    states = {name: Counter[str]() for name in products()}
    for outcome in shown.outcomes:
        states.setdefault(outcome.job.product, Counter())[outcome.state] += 1
    columns = ("made", "cached", "waiting", "failed")
    print(f"\n{'product':24}" + "".join(f"{column:>9}" for column in columns))
    for name, counted in states.items():
        print(f"{name:24}" + "".join(f"{counted[column]:9}" for column in columns))
    for line in shown.failures:
        print(f"failed  {line}")
    waiting = Counter((one.job.lang, one.reason) for one in shown.outcomes if one.state == "waiting")
    for (lang, words), count in sorted(waiting.items()):
        print(f"waiting {lang:10} {words} ({count})")
    base = settings.public_url
    print(f"\nrelease {shown.release.number} in {seconds:.0f} s; the files lie in {_folder(shown)}\n")
    for label, address in (
        ("published", f"{base}/index.html"),
        ("site", f"{site_url}/"),
        ("admin", f"{site_url}/admin/   {shown.newsroom.login} / {shown.newsroom.password}"),
        *(
            (f"  {one.login}", f"{one.title}{f' ({one.role})' if one.role else ''}, same password")
            for one in shown.newsroom.people
            if one.login != shown.newsroom.login
        ),
        ("operator", f"{base}/loa/{OFFICE}.html"),
        ("office", f"{base}/to-roi/{OFFICE}.html"),
        *((label, f"{base}/{key}") for label, key in _examples(shown)),
    ):
        print(f"{label:21} {address}")


def _folder(shown: Shown) -> str:
    return str(next(iter(shown.paths.values())).parent.parent) if shown.paths else "-"


def _examples(shown: Shown) -> list[tuple[str, str]]:
    """What was made of the local article for the whole country, by its keys in the store."""
    found = []
    for outcome in shown.outcomes:
        job = outcome.job
        if job.slug == LOCAL_ARTICLE and job.lang == "vi" and job.office is None and outcome.files:
            main = next(file for file in outcome.files if file.role == "main")
            found.append((job.product, f"cas/{shown.published.get(main.sha256, main.sha256)}"))
    return found
