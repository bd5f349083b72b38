"""Fills the newsroom with the demonstration: database, articles, facts, offices and a login."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from render.errors import LoaError
from render.paths import ASSETS
from render.steps import file_digest

DEMO = ASSETS / "demo"
LOGIN = "bientap"
GROUP = "Biên tập viên"


@dataclass(frozen=True)
class Prepared:
    """A newsroom that is ready: how to enter it, and the files that could not be taken in."""

    login: str
    password: str
    errors: tuple[LoaError, ...]


def prepare_demo(*, offices: Mapping[str, Sequence[str]] | None = None) -> Prepared:
    """Make the newsroom ready with the demonstration's articles, facts and offices.

    Quick when it is so already. A file that is new, or not what it was last time, is taken in; what an editor has
    changed since stays. `offices` are the offices an article wants (slug -> codes). Call it when the environment
    names the store.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.base")
    import django

    django.setup()
    from django.conf import settings

    from cms.settings.environment import kept_secret

    migrate()
    seen = _Seen(settings.LOA.home / "demo_files.json")
    _facts_and_offices(seen)
    errors = _articles(seen, offices or {})
    seen.keep()
    password = kept_secret(settings.LOA.home / "demo_password", length_bytes=9)
    _login(password)
    return Prepared(LOGIN, password, tuple(errors))


class _Seen:
    """The digests of the files as they were when they were last taken in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digests: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def is_new(self, name: str, files: Sequence[Path]) -> bool:
        """Whether these files, under one name, differ from last time; they are remembered for `keep`."""
        digest = hashlib.sha256(b"".join(file_digest(file).encode() for file in files)).hexdigest()
        changed = self._digests.get(name) != digest
        self._digests[name] = digest
        return changed

    def forget(self, name: str) -> None:
        """They could not be taken in: look at them again next time."""
        self._digests.pop(name, None)

    def keep(self) -> None:
        """Write it down."""
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self._digests, indent=1))
        draft.replace(self._path)


def migrate() -> None:
    """Bring the database up to date; only looks when it is."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _facts_and_offices(seen: _Seen) -> None:
    from cms.facts.books import store_book
    from cms.offices.models import store_offices
    from render.facts import read_facts
    from render.offices import read_offices

    if seen.is_new("offices", [DEMO / "offices.toml"]):
        store_offices(read_offices(DEMO / "offices.toml"))
    if seen.is_new("facts", [DEMO / "facts.toml"]):
        store_book(read_facts(DEMO / "facts.toml"))


def _articles(seen: _Seen, offices: Mapping[str, Sequence[str]]) -> list[LoaError]:
    """Import and publish the articles whose files are new; what could not be."""
    from cms.articles.actions import ImportArticleAction, home_page
    from render.plan import read_sources

    new: dict[str, Path] = {}
    for path in sorted((DEMO / "articles").glob("*.md")):
        stem = path.stem
        translations = sorted(path.parent.glob(f"{stem}.*.md"))
        if "." not in stem and stem != "README" and seen.is_new(stem, [path, *translations]):
            new[stem] = path
    sources, errors = read_sources(new.values())
    home = home_page()
    taken: set[str] = set()
    for source in sources:
        assert source.article.source is not None
        wanted = tuple(offices.get(source.article.slug, ()))
        try:
            ImportArticleAction(source, home=home, publish=True, offices=wanted).execute()
            taken.add(source.article.source.stem)
        except LoaError as error:
            errors.append(error)
    for stem in new.keys() - taken:
        seen.forget(stem)
    return errors


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
