"""Fills the newsroom with the demonstration: database, articles, facts, offices and a login."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from render.paths import ASSETS

DEMO = ASSETS / "demo"
LOGIN = "bientap"
GROUP = "Biên tập viên"


def prepare_demo(*, offices: Mapping[str, Sequence[str]] | None = None) -> tuple[str, str]:
    """Make the newsroom ready and give the demonstration's login and password.

    Quick when it is so already, and nothing that an editor has changed is touched. `offices` are the offices an
    article wants (slug -> codes). Call it when the environment names the store. Builds of what was released just
    before are left to the worker: it finds every step cached, and the release current.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.base")
    import django

    django.setup()
    from django.conf import settings

    from cms.settings.environment import kept_secret

    migrate()
    _facts_and_offices()
    _articles(offices or {})
    password = kept_secret(settings.LOA.home / "demo_password", length_bytes=9)
    _login(password)
    return LOGIN, password


def migrate() -> None:
    """Bring the database up to date; only looks when it is."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _facts_and_offices() -> None:
    from cms.facts.books import store_book
    from cms.facts.models import Fact
    from cms.offices.models import Office, store_offices
    from render.facts import read_facts
    from render.offices import read_offices

    if not Office.objects.exists():
        store_offices(read_offices(DEMO / "offices.toml"))
    if not Fact.objects.exists():
        store_book(read_facts(DEMO / "facts.toml"))


def _articles(offices: Mapping[str, Sequence[str]]) -> None:
    """Import and publish the articles that are not there."""
    from cms.articles.actions import ImportArticleAction, home_page
    from cms.articles.models import PolicyArticlePage
    from render.plan import read_sources

    there = set(PolicyArticlePage.objects.values_list("slug", flat=True))
    paths = [path for path in sorted((DEMO / "articles").glob("*.md")) if path.stem not in there]
    if not paths:
        return
    sources, errors = read_sources([DEMO / "articles"])
    if errors:
        raise errors[0]
    home = home_page()
    new = [source for source in sources if source.article.slug not in there]
    for source in new:
        wanted = tuple(offices.get(source.article.slug, ()))
        ImportArticleAction(source, home=home, publish=True, offices=wanted).execute()


def _login(password: str) -> None:
    """The demonstration's editor: may write and publish, is no superuser."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    users = get_user_model().objects
    user = users.filter(username=LOGIN).first()
    if user is None:
        user = users.create_user(LOGIN, password=password, first_name="Biên tập", last_name="(bản minh họa)")
        user.groups.add(Group.objects.get(name=GROUP))
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
