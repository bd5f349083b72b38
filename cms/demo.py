"""Fills the newsroom with the demonstration: database, articles, facts, offices and a login for each role."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cms.core.roles import (
    AUDITOR,
    CENTRAL_EDITOR,
    CONTRIBUTOR,
    LEGAL_REVIEWER,
    OPERATOR,
    PROVINCIAL_EDITOR,
    PUBLISHER,
    translator_of,
)
from render.errors import LoaError
from render.paths import ASSETS
from render.steps import file_digest

DEMO = ASSETS / "demo"
LOGIN = "bientap"
IN_REVIEW = "bhyt-ho-gia-dinh"  # an article whose last change waits for the legal reviewer


@dataclass(frozen=True)
class Person:
    """Somebody of the demonstration: a role to try, no real person. All have the one password that is kept at home."""

    login: str
    title: str
    role: str = ""  # the group; "" for the administrator, who is a superuser
    office: str = ""  # the code of the province whose part they write


PEOPLE = (
    Person(LOGIN, "Biên tập", CENTRAL_EDITOR),
    Person("congtac", "Cộng tác viên", CONTRIBUTOR),
    Person("bientap-tinh", "Biên tập tỉnh Đắk Lắk", PROVINCIAL_EDITOR, office="66"),
    Person("phaply", "Pháp lý", LEGAL_REVIEWER),
    Person("phathanh", "Phát hành", PUBLISHER),
    Person("dich-km", "Biên dịch tiếng Khmer", translator_of("km")),
    Person("dich2-km", "Người đọc lại tiếng Khmer", translator_of("km")),
    Person("vanhanh", "Vận hành loa", OPERATOR),
    Person("kiemtoan", "Kiểm toán", AUDITOR),
    Person("quantri", "Quản trị"),
)


@dataclass(frozen=True)
class Prepared:
    """A newsroom that is ready: how to enter it, and the files that could not be taken in."""

    login: str
    password: str
    errors: tuple[LoaError, ...]
    people: tuple[Person, ...] = PEOPLE


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
    password = kept_secret(settings.LOA.home / "demo_password", length_bytes=9)
    _people(password)
    errors = _articles(seen, offices or {})
    _submit_one(seen)
    seen.keep()
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

    def is_first(self, name: str) -> bool:
        """Whether this is done for the first time; then it is remembered as done."""
        done = name in self._digests
        self._digests[name] = "done"
        return not done

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
    from cms.register.files import read as read_register
    from cms.register.files import store as store_register
    from render.facts import read_facts
    from render.offices import read_offices

    if seen.is_new("legal", [DEMO / "legal.toml"]):
        store_register(read_register("legal.toml", (DEMO / "legal.toml").read_bytes()))
    if seen.is_new("offices", [DEMO / "offices.toml"]):
        store_offices(read_offices(DEMO / "offices.toml"))
    if seen.is_new("facts", [DEMO / "facts.toml"]):
        store_book(read_facts(DEMO / "facts.toml"))


def _articles(seen: _Seen, offices: Mapping[str, Sequence[str]]) -> list[LoaError]:
    """Import and publish the articles whose files are new; what could not be.

    As people do it: an editor brings the article, a legal reviewer approves its parts, a publisher publishes it.
    Translations come as the command line brings them: nobody of the demonstration speaks these languages.
    """
    from django.db import transaction

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
            with transaction.atomic():
                alone = replace(source, translations={})
                page = ImportArticleAction(alone, home=home, user=_person(LOGIN), offices=wanted).execute()[0].page
                _approve_and_publish(page)
                ImportArticleAction(source, home=home, publish=True).execute()
            taken.add(source.article.source.stem)
        except LoaError as error:
            errors.append(error)
    for stem in new.keys() - taken:
        seen.forget(stem)
    return errors


def _approve_and_publish(page: Any) -> None:
    """Every part of the last revision by the legal reviewer; then the publisher, where something is new."""
    from cms.approval.actions import ApproveUnitsAction
    from cms.approval.standing import standings

    draft = page.get_latest_revision_as_object()
    if wanted := {one.key: one.digest for one in standings(draft) if not one.is_approved}:
        ApproveUnitsAction(page, wanted, user=_person("phaply")).execute()
    if not page.live or page.has_unpublished_changes:
        page.get_latest_revision().publish(user=_person("phathanh"))


def _submit_one(seen: _Seen) -> None:
    """Once: a change of one article, submitted and waiting, so that a reviewer finds something to do."""
    from cms.articles.models import PolicyArticlePage

    page = PolicyArticlePage.objects.filter(slug=IN_REVIEW, locale__language_code="vi", live=True).first()
    if page is None or page.current_workflow_state or not seen.is_first("in_review"):
        return
    draft = page.get_latest_revision_as_object()
    draft.summary = f"{draft.summary} Hỏi cơ quan bảo hiểm xã hội nơi gần nhất để được hướng dẫn."
    draft.save_revision(user=_person(LOGIN), log_action=True)
    page.refresh_from_db()
    page.get_workflow().start(page, _person(LOGIN))


def _person(login: str) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username=login)


def _people(password: str) -> None:
    """A login for each role. Nothing is touched where it is there already.

    Only when the first login does not open with the password that is printed are the others tried: each trial costs
    a quarter of a second, as it should.
    """
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from cms.offices.models import Office, OfficeMember

    users = get_user_model().objects
    first = users.filter(username=LOGIN).first()
    printed = first is not None and first.check_password(password)
    for person in PEOPLE:
        user = users.filter(username=person.login).first()
        if user is None:
            names = {"first_name": person.title, "last_name": "(bản minh họa)"}
            user = users.create_user(person.login, password=password, is_superuser=not person.role, **names)
            if person.role:
                user.groups.add(Group.objects.get(name=person.role))
            if person.office and Office.objects.filter(code=person.office).exists():
                OfficeMember.objects.create(user=user, office_id=person.office)
        elif not printed and not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
