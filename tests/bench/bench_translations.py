"""How much memory and time it takes to bring articles with their translations into the newsroom.

    python -m tests.bench.bench_translations [ARTICLES [LANGUAGES]]

The texts are those of the Universal Declaration of Human Rights, repeated until an article is as long as ours are; a
language without one is given the Vietnamese. Twenty articles show whether memory grows; `500 10` is the full measure.
It works in a newsroom of its own, in a folder that is thrown away.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from typing import Any

TAGS = ("km", "blt-Tavt", "zh-Hant", "rad", "jra", "bdq", "hmn-Latn-x-vn1961", "tyz", "cjm-Cham", "zh-Hans")
REPEATED = 8  # 43 texts an article
MOST_MB = 1000


def main(articles: int = 20, languages: int = len(TAGS)) -> dict[str, float]:
    """Import them and open the report; what it took."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as home:
        os.environ |= {"LOA_HOME": home, "LOA_ONLINE_SPEECH": "off", "DJANGO_SETTINGS_MODULE": "cms.settings.base"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return _measured(articles, TAGS[:languages])


def _measured(count: int, tags: tuple[str, ...]) -> dict[str, float]:
    from django.contrib.auth import get_user_model
    from django.db import reset_queries
    from django.test import Client
    from django.urls import reverse

    from cms.articles.actions import ImportArticleAction, home_page
    from cms.facts.books import store_book
    from cms.translation.models import SegmentVersion, TranslationTask
    from render.facts import read_facts
    from render.paths import ASSETS
    from render.plan import Source, read_source

    store_book(read_facts(ASSETS / "demo" / "facts.toml"))
    source = read_source(ASSETS / "demo" / "articles" / "quyen-an-sinh-xa-hoi.md")
    home = home_page()
    begun, cpu = time.perf_counter(), time.process_time()
    for number in range(count):
        slug = f"bai-{number:04}"
        texts = {tag: source.translations.get(tag, source.article) for tag in tags}
        family = {
            tag: _long(replace(one, slug=slug, lang=tag, languages=()), number)
            for tag, one in texts.items()
            if not isinstance(one, Exception)
        }
        article = _long(replace(source.article, slug=slug, languages=tags), number)
        ImportArticleAction(Source(article, family), home=home, publish=True).execute()
        reset_queries()
        if sys.stderr.isatty() and number % 10 == 0:
            print(f"\r{number}/{count}", end="", file=sys.stderr)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    get_user_model().objects.create_superuser("root", password="x")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.get())
    client.get(reverse("translation_index"))
    begun = time.perf_counter()
    assert client.get(reverse("translation_index")).status_code == 200
    report = time.perf_counter() - begun
    task = TranslationTask.objects.filter(tag=tags[0]).first()
    assert task is not None
    begun = time.perf_counter()
    assert client.get(reverse("translation_edit", args=[task.pk])).status_code == 200
    screen = time.perf_counter() - begun
    return {
        "articles": count,
        "languages": len(tags),
        "texts": SegmentVersion.objects.count(),
        "tasks": TranslationTask.objects.count(),
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "report_ms": round(report * 1000),
        "screen_ms": round(screen * 1000),
    }


def _long(article: Any, number: int) -> Any:
    blocks = [replace(block, id=f"{block.id}-{turn}") for turn in range(REPEATED) for block in article.blocks]
    return replace(article, title=f"{article.title} {number}", blocks=tuple(blocks), source=None, picture=None)


if __name__ == "__main__":
    figures = main(*map(int, sys.argv[1:]))
    print(figures)
    sys.exit(figures["peak_mb"] > MOST_MB)
