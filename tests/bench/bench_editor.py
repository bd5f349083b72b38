"""How long the server takes for the editor's page of an article with thirty sections.

    python -m tests.bench.bench_editor [TURNS]

It works in a newsroom of its own, in a folder that is thrown away; the first turn warms up and does not count.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time

MOST_MS = 400


def main(turns: int = 10) -> dict[str, float]:
    """Open the page again and again; what it took."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as home:
        os.environ |= {"LOA_HOME": home, "LOA_ONLINE_SPEECH": "off", "DJANGO_SETTINGS_MODULE": "cms.settings.base"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return _measured(turns)


def _measured(turns: int) -> dict[str, float]:
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from cms.articles.actions import ImportArticleAction, home_page
    from cms.facts.books import store_book
    from render.facts import read_facts
    from render.paths import ASSETS
    from render.plan import Source
    from tests.long_article import SECTIONS, long_article

    store_book(read_facts(ASSETS / "demo" / "facts.toml"))
    page = ImportArticleAction(Source(long_article(), {}), home=home_page()).execute()[0].page
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.create_superuser("root", password="x"))
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    spent = []
    for _turn in range(turns + 1):
        begun = time.perf_counter()
        answer = client.get(url)
        spent.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200
    return {
        "sections": SECTIONS,
        "page_kb": round(len(answer.content) / 1024),
        "median_ms": round(statistics.median(spent[1:])),
        "worst_ms": round(max(spent[1:])),
    }


if __name__ == "__main__":
    figures = main(*map(int, sys.argv[1:]))
    print(figures)
    sys.exit(figures["median_ms"] > MOST_MS)
