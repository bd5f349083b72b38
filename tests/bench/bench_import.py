"""How much memory and time a folder of article files with their translations takes on its way into the newsroom.

    python -m tests.bench.bench_import [ARTICLES [LANGUAGES]]

It is the path of `loa manage import_articles FOLDER`: files are read, compared, become pages, and leave a row in the
report. Memory is looked at ten times on the way: what grows with the number of files would show. `500 10` is the full
measure. The texts of a language are the Vietnamese ones under another tag: what they say does not matter here.
It works in a newsroom of its own, in a folder that is thrown away.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from render.language import language
from render.paths import ASSETS
from render.plan import read_source
from render.writing import write_article

TAGS = ("km", "blt-Tavt", "zh-Hant", "rad", "jra", "bdq", "hmn-Latn-x-vn1961", "tyz", "cjm-Cham", "zh-Hans")
MOST_MB = 1000


def main(articles: int = 20, languages: int = len(TAGS)) -> dict[str, object]:
    """Write the folder, import it, and say what that took."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as home:
        os.environ |= {"LOA_HOME": home, "LOA_ONLINE_SPEECH": "off", "DJANGO_SETTINGS_MODULE": "cms.settings.base"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        folder = Path(home) / "articles"
        _write(folder, articles, TAGS[:languages])
        return _measured(folder, articles)


def _write(folder: Path, count: int, tags: tuple[str, ...]) -> None:
    folder.mkdir()
    sources = [read_source(path).article for path in sorted((ASSETS / "demo" / "articles").glob("l*.md"))]
    for number in range(count):
        one = sources[number % len(sources)]
        one = replace(one, slug=f"bai-{number:04}", title=f"{one.title} ({number})", picture=None, languages=tags)
        (folder / f"{one.slug}.md").write_text(write_article(one), encoding="utf-8")
        for tag in tags:
            text = write_article(replace(one, lang=language(tag).tag, languages=()))
            (folder / f"{one.slug}.{tag}.md").write_text(text, encoding="utf-8")


def _measured(folder: Path, count: int) -> dict[str, object]:
    from django.db import reset_queries

    from cms.articles.actions import home_page
    from cms.articles.models import PolicyArticlePage
    from cms.facts.books import store_book
    from cms.imports.actions import import_paths
    from cms.imports.enums import Verdict
    from render.facts import read_facts

    store_book(read_facts(ASSETS / "demo" / "facts.toml"))
    files = len(list(folder.iterdir()))
    begun, cpu, refused = time.perf_counter(), time.process_time(), 0
    samples: list[int] = []
    for done, row in enumerate(import_paths([folder], home=home_page()), 1):
        refused += row.verdict == Verdict.REFUSED
        if row.verdict == Verdict.REFUSED and refused == 1:
            print(row.name, row.place, row.what, file=sys.stderr)
        if done % max(files // 10, 1) == 0:
            samples.append(_now_mb())
        reset_queries()
    return {
        "articles": count,
        "files": files,
        "refused": refused,
        "pages": PolicyArticlePage.objects.count(),
        "seconds": round(time.perf_counter() - begun, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "memory_mb": samples,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _now_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


if __name__ == "__main__":
    figures = main(*map(int, sys.argv[1:]))
    print(figures)
    sys.exit(bool(figures["refused"]) or figures["peak_mb"] > MOST_MB)  # type: ignore[operator]
