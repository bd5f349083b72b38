"""The newsroom under test: a real database of its own for each test, on SQLite or PostgreSQL, and small products."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

# Before Django reads its settings: nothing of a test touches the working copy's own newsroom.
_HOME = Path(tempfile.mkdtemp(prefix="loa-site-"))
os.environ["LOA_HOME"] = str(_HOME)
os.environ["LOA_ONLINE_SPEECH"] = "off"
os.environ["LOA_ALLOW_UNHEARD"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "cms.settings.base"
# The address of a PostgreSQL server, when this process runs the tests on it (see test_on_postgresql.py).
POSTGRES = os.environ.pop("LOA_TEST_POSTGRES", "")
for _name in ("LOA_DATABASE_URL", "LOA_STORE", "LOA_CACHE", "LOA_BUILD_DATE", "LOA_SITE_URL", "LOA_SECRET_KEY"):
    os.environ.pop(_name, None)
if POSTGRES:  # the search of the site is built for the database that the settings name
    os.environ["LOA_DATABASE_URL"] = f"{POSTGRES}/migrated"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from cms.settings.environment import database  # noqa: E402
from render.paths import ASSETS, ROOT  # noqa: E402

DEMO = ASSETS / "demo"


# Passwords of tests need no protection, and cost time.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind."""
    shutil.rmtree(_HOME, ignore_errors=True)


def use_database(description: dict[str, Any]) -> None:
    """Let Django speak to another database from now on."""
    connections.close_all()
    if hasattr(connections._connections, "default"):
        del connections["default"]
    settings.DATABASES["default"] = description
    connections.settings["default"] = connections.configure_settings({"default": description})["default"]


def _load_facts() -> None:
    """The demonstration's facts and offices: no article without them."""
    from cms.facts.books import store_book
    from cms.offices.models import store_offices
    from render.facts import read_facts
    from render.offices import read_offices

    store_offices(read_offices(DEMO / "offices.toml"))
    store_book(read_facts(DEMO / "facts.toml"))


def _migrations_digest() -> str:
    import wagtail

    digest = hashlib.sha256(f"{django.__version__} {wagtail.__version__}".encode())
    sources = [ROOT / "cms" / app for app in ("facts", "offices", "approval")]
    for path in [
        *sorted((ROOT / "cms").glob("*/migrations/*.py")),
        *sorted(DEMO.glob("*.toml")),
        *sorted(path for folder in sources for path in folder.glob("*.py")),
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def migrated_sqlite(pytestconfig: pytest.Config, django_db_blocker: Any) -> Path:
    """A migrated database with facts to copy from; migrating takes seconds, so it is kept from run to run."""
    kept = Path(str(pytestconfig.cache.mkdir("loa-site"))) / f"{_migrations_digest()}.sqlite3"
    if not kept.exists():
        draft = _HOME / "draft.sqlite3"
        use_database(database("", _HOME) | {"NAME": draft})
        with django_db_blocker.unblock():
            call_command("migrate", verbosity=0)
            _load_facts()
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=DELETE")
        connections.close_all()
        whole = kept.with_suffix(f".{os.getpid()}")
        shutil.copy(draft, whole)
        whole.replace(kept)
    return kept


@pytest.fixture(scope="session")
def migrated_postgresql(django_db_blocker: Any) -> str:
    """A migrated template database; its server's address."""
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        _load_facts()
    connections.close_all()
    return POSTGRES


def _admin(url: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(f"{url}/postgres", autocommit=True) as admin:
        admin.execute(statement)


@pytest.fixture(autouse=True)
def _databases_are_ours(django_db_blocker: Any) -> Iterator[None]:
    """pytest-django guards the one database of the settings; here each test brings its own."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home folder, store and cache of the test's own."""
    before = settings.LOA
    folder = tmp_path / "home"
    folder.mkdir()
    settings.LOA = replace(
        before,
        home=folder,
        store=str(folder / "public"),
        cache=str(folder / "cache"),
        public_url="http://127.0.0.1:9/loa",
        signing_key=folder / "keys" / "publisher.pem",
    )
    yield folder
    settings.LOA = before


def _clear() -> None:
    from django.contrib.contenttypes.models import ContentType
    from django.core.cache import cache
    from wagtail.models import Site

    cache.clear()
    ContentType.objects.clear_cache()
    Site.clear_site_root_paths_cache()


@pytest.fixture
def sqlite(home: Path, migrated_sqlite: Path) -> Iterator[str]:
    """A database of the test's own; its address, "" for SQLite."""
    shutil.copy(migrated_sqlite, home / "loa.sqlite3")
    use_database(database("", home))
    _clear()
    yield ""
    connections.close_all()


@pytest.fixture
def postgresql(home: Path, migrated_postgresql: str, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own on PostgreSQL; its address."""
    name = f"loa_{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    _admin(migrated_postgresql, f"CREATE DATABASE {name} TEMPLATE migrated")
    use_database(database(f"{migrated_postgresql}/{name}", home))
    _clear()
    yield f"{migrated_postgresql}/{name}"
    connections.close_all()
    _admin(migrated_postgresql, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site(sqlite: str) -> str:
    """A newsroom without articles on SQLite."""
    return sqlite


@pytest.fixture
def any_site(request: pytest.FixtureRequest) -> str:
    """For what must hold on both databases: here SQLite, in a process of its own PostgreSQL."""
    found: str = request.getfixturevalue("postgresql" if POSTGRES else "sqlite")
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL only what must hold there too."""
    if POSTGRES:
        items[:] = [item for item in items if "any_site" in getattr(item, "fixturenames", ())]


@pytest.fixture
def small_products() -> Iterator[None]:
    """Products that are made in a moment, instead of the real ones."""
    import render.products as registry
    from tests.cms.small_products import install

    with pytest.MonkeyPatch.context() as patch:
        install(patch.setattr)
        # Pages of the offices that are there alone: those of 3,321 communes are drawn by the tests of the pages.
        patch.setattr("cms.production.releasing.with_communes", dict)
        yield
    registry.products.cache_clear()  # else the next test of this process would still find the small ones


@pytest.fixture
def publish() -> Callable[..., Any]:
    """Import demonstration articles by slug and publish them; the page of the last one."""

    def publish(*slugs: str, publish: bool = True) -> Any:
        from cms.articles.actions import ImportArticleAction, home_page
        from render.plan import read_source
        from render.products import products

        for slug in slugs:
            source = read_source(DEMO / "articles" / f"{slug}.md")
            # It wishes for real products; where small ones stand in their place, for all of those.
            wished = tuple(name for name in source.article.products if name in products())
            source = replace(source, article=replace(source.article, products=wished))
            done = ImportArticleAction(source, home=home_page(), publish=publish).execute()
        return done[0].page

    return publish


@pytest.fixture
def login() -> Callable[..., Any]:
    """A browser of a member of a group."""

    def login(group: str = "", *, superuser: bool = False, name: str = "") -> Any:
        from django.contrib.auth import get_user_model
        from django.contrib.auth.models import Group
        from django.test import Client

        user = get_user_model().objects.create_user(
            name or f"u{group or superuser}", is_superuser=superuser, password="x"
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user)
        client.user = user
        return client

    return login


@pytest.fixture
def people(login: Callable[..., Any]) -> Callable[[str], Any]:
    """Browsers of people by name, each with a role."""
    from cms.core.roles import CENTRAL_EDITOR, CONTRIBUTOR, LEGAL_REVIEWER, PUBLISHER

    roles = {
        "bien": CENTRAL_EDITOR,
        "tap": CENTRAL_EDITOR,
        "cong": CONTRIBUTOR,
        "luat": LEGAL_REVIEWER,
        "ra": PUBLISHER,
    }
    known: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in known:
            known[name] = login(roles.get(name, ""), name=name, superuser=name == "chu")
        return known[name]

    return of


@pytest.fixture
def draft(any_site: str, publish: Callable[..., Any]) -> Any:
    """An article that nobody has approved."""
    return publish("luong-huu-tu-15-nam", publish=False)


EDITORS = "Biên tập viên"
CONTRIBUTORS = "Cộng tác viên"


@pytest.fixture
def looked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process that has just begun: the release is looked at for each request, nobody was counted yet."""
    from cms.delivery import released
    from tests.cms.delivered import fresh_process

    fresh_process()
    monkeypatch.setattr(released, "LOOK_S", 0.0)
    yield
    fresh_process()
