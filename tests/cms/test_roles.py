"""Every address of the site against every role: what is open to whom stands in `roles_matrix.txt`, and nowhere else.

A new view without a line there fails. After a change that is meant: `LOA_MATRIX=write`, then read the difference.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLPattern
from wagtail.models import GroupPagePermission, Page

from cms.approval.rights import RIGHTS
from cms.approval.setup import WORKFLOW, ensure_roles, ensure_workflow
from cms.articles.models import PolicyArticlePage
from cms.core.models import HomePage
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
from render.paths import ROOT

MATRIX = Path(__file__).with_name("roles_matrix.txt")
# Column by column: nobody, somebody without a role, then the roles, and a superuser.
COLUMNS = (
    "",
    "none",
    CENTRAL_EDITOR,
    CONTRIBUTOR,
    LEGAL_REVIEWER,
    PUBLISHER,
    PROVINCIAL_EDITOR,
    translator_of("km"),
    OPERATOR,
    AUDITOR,
    "superuser",
)
HEAD = (
    "# view: nobody, no role, editor, contributor, legal, publisher, province, translator km, "
    "operator, auditor, superuser\n"
)
OPEN, CLOSED, MISSING = "+", "-", "0"
# To be asked for by anybody: the login itself, what screens are drawn with, and readers' ways to what is published.
FOR_ANYBODY = {
    "health", "api_docs", "api_openapi", "api_receipt_form", "api_public_receipt",
    "wagtailadmin_login", "wagtailcore_login", "wagtailadmin_sprite", "wagtailadmin_javascript_catalog",
}  # fmt: skip


def _views(resolver: Any = None, namespace: str = "", before: str = "") -> Iterator[tuple[str, str, Any]]:
    """Name (or address), address and callable of every view."""
    for one in (resolver or get_resolver()).url_patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield namespace + (one.name or address), address, one
        else:
            yield from _views(one, f"{namespace}{one.namespace}:" if one.namespace else namespace, address)


def _module(view: Any) -> str:
    while True:
        if hasattr(view, "view_class"):
            view = view.view_class
        elif hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        else:
            return str(getattr(view, "__module__", ""))


def _addresses(page: Any) -> dict[str, tuple[str, bool]]:
    """Every view by name: an address of it that is about `page` where it is about one, and whether it is ours."""
    home = page.get_parent()
    named = {
        "page_id": page.pk, "parent_page_id": home.pk, "parent_id": home.pk, "lang": "vi", "code": "66",
        "key": "hotline",
        "kind": "csv", "suffix": "csv", "content_type_app_name": "articles",
        "content_type_model_name": "policyarticlepage",
        "token": "a" * 43, "sha256": "0" * 64, "app_label": "articles", "model_name": "policyarticlepage",
        "action_type": "publish", "page_to_move_id": page.pk, "page_id_to_move": page.pk, "path": "x", "rest": "x",
        "revision_id": page.latest_revision_id, "uuid": str(uuid.UUID(int=1)),
    }  # fmt: skip
    found = {}
    ids = _real_ids(page)
    for name, address, one in _views():
        own = next((pk for begin, pk in ids.items() if name.startswith(begin)), 1)
        names = list(one.pattern.regex.groupindex) or re.findall(r"<(?:\w+:)?(\w+)>", address)
        tries = [
            {key: own if key in ("pk", "object_id", "change_id") else named.get(key, own) for key in names},
            {key: named.get(key, "1") if key != "token" else "a" * 32 for key in names},
            {key: {"kind": "new", "suffix": "po"}.get(key, named.get(key, 1)) for key in names},
        ]
        for arguments in tries:
            try:
                found[name] = (reverse(name, kwargs=arguments), _module(one.callback).startswith("cms."))
                break
            except NoReverseMatch:
                continue
        else:
            found[name] = ("", _module(one.callback).startswith("cms."))
    return found


def _real_ids(page: Any) -> dict[str, Any]:
    """By how the names of views begin: something that is there, for views that are about one thing."""
    from cms.facts.models import Fact, FactChange
    from cms.offices.models import Office
    from cms.planning.models import Campaign, Topic
    from cms.questions.models import BankQuestion
    from cms.register.models import LegalDocument
    from cms.translation.models import GlossaryTerm, TranslationTask

    fact = Fact.objects.get(key="luong_co_so")
    change = FactChange.objects.create(fact=fact, kind="value", key=fact.key, reason="Thử")
    law = LegalDocument.objects.get_or_create(number="1/2025/NĐ-CP", defaults={"title": "Thử"})[0]
    question = BankQuestion.objects.create(key="thu", locale=page.locale, question="Hỏi?", answer="Đáp.")
    day = dt.date(2025, 9, 1)
    campaign = Campaign.objects.create(key="thu", title="Thử", begins=day, ends=day)
    topic = Topic.objects.create(name="Thử", key="thu")
    term = GlossaryTerm.objects.create(tag="km", term="thử", preferred="ប្រាក់")
    office = Office.objects.get(code="66")
    task = TranslationTask.objects.get(tag="km", key=page.translation_key)
    return {
        "translation_": task.pk, "facts_decide": change.pk, "facts_change": change.pk, "facts_impact": change.pk,
        "questions_": question.pk, "register_": law.pk, "document_chooser": law.pk,
        "wagtailsnippetchoosers_questions": question.pk, "wagtailsnippets_questions": question.pk,
        "wagtailsnippetchoosers_register": law.pk, "wagtailsnippets_register": law.pk,
        "wagtailsnippetchoosers_planning_campaign": campaign.pk, "wagtailsnippets_planning_campaign": campaign.pk,
        "wagtailsnippetchoosers_planning_topic": topic.pk, "wagtailsnippets_planning_topic": topic.pk,
        "wagtailsnippetchoosers_translation": term.pk, "wagtailsnippets_translation": term.pk,
        "wagtailsnippetchoosers_offices_office:": office.pk, "wagtailsnippets_offices_office:": office.pk,
    }  # fmt: skip


def _answer(client: Client, address: str) -> str:
    """Whether the way is open: what is sent to the login or the first page, or refused, is not let in."""
    answer = client.get(address)
    if answer.status_code == 405:
        method = next(one for one in ("POST", "PUT", "PATCH", "DELETE") if one in answer.headers["Allow"])
        answer = client.generic(method, address)
    for _ in range(3):
        if answer.status_code not in (301, 302):
            break
        there = answer.headers["Location"]
        if there.split("?")[0] in ("/admin/", "/admin/login/"):
            return CLOSED
        if not there.startswith("/admin/"):
            return OPEN  # to what is published
        answer = client.get(there)
    if answer.status_code in (401, 403):
        return CLOSED
    return MISSING if answer.status_code == 404 else OPEN


@pytest.fixture(autouse=True)
def _only_who_is_let_in(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Who is let in is decided before a screen is drawn: thousands of them are asked for, and none is drawn.

    Nobody's role changes meanwhile, so people and their rights are read once, and sessions are kept in memory.
    """
    if "everybody" not in request.fixturenames:
        return
    people: dict[str, Any] = {}
    found = auth.get_user

    def known(request: Any) -> Any:
        pk = request.session.get(auth.SESSION_KEY)
        if pk is None:
            return found(request)
        if pk not in people:
            people[pk] = found(request)
        return people[pk]

    monkeypatch.setattr("django.template.backends.django.Template.render", lambda *_args, **_more: "")
    monkeypatch.setattr(settings, "SESSION_ENGINE", "django.contrib.sessions.backends.cache")
    monkeypatch.setattr(auth, "get_user", known)


@pytest.fixture
def everybody(site: str, publish: Callable[..., Any], login: Callable[..., Any]) -> tuple[Any, list[Client]]:
    """A published article, and a browser of each role."""
    page = publish("quyen-an-sinh-xa-hoi")
    from cms.offices.models import Office, OfficeMember

    browsers = []
    for column in COLUMNS:
        if not column:
            browsers.append(Client())
            continue
        known = column not in ("none", "superuser")
        browser = login(column if known else "", superuser=column == "superuser", name=f"nguoi-{len(browsers)}")
        if column == PROVINCIAL_EDITOR:
            OfficeMember.objects.create(user=browser.user, office=Office.objects.get(code="66"))
        browsers.append(browser)
    for browser in browsers:
        browser.raise_request_exception = False
    return PolicyArticlePage.objects.get(pk=page.pk), browsers


def _told() -> dict[str, str]:
    lines = MATRIX.read_text(encoding="utf-8").splitlines() if MATRIX.exists() else []
    return dict(line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))


def _compare(page: Any, browsers: list[Client], *, ours: bool) -> None:
    told = _told()
    found = {}
    addresses = _addresses(page)
    for name, (address, is_ours) in sorted(addresses.items()):
        if is_ours != ours or name == "wagtailadmin_logout":
            continue
        found[name] = "".join(_answer(browser, address) for browser in browsers) if address else "unreachable"
    if os.environ.get("LOA_MATRIX") == "write":
        others = {name: row for name, row in told.items() if name not in found and name in addresses}
        rows = "".join(f"{name} {row}\n" for name, row in sorted((others | found).items()))
        MATRIX.write_text(HEAD + rows, encoding="utf-8")
        told = _told()
    assert set(found) - set(told) == set(), "these views have no line in the matrix"
    assert {name: row for name, row in found.items() if told[name] != row} == {}


@pytest.mark.slow
def test_each_of_our_views_is_open_to_whom_the_matrix_says(everybody: tuple[Any, list[Client]]) -> None:
    _compare(*everybody, ours=True)


@pytest.mark.slow
def test_each_of_wagtails_views_is_open_to_whom_the_matrix_says(everybody: tuple[Any, list[Client]]) -> None:
    page, browsers = everybody
    _compare(page, browsers, ours=False)


def test_nobody_is_let_in_without_a_login() -> None:
    assert {name for name, row in _told().items() if row.startswith(OPEN)} == FOR_ANYBODY


def test_only_publishers_publish(site: str) -> None:
    groups = set(
        GroupPagePermission.objects.filter(permission__codename="publish_page").values_list("group__name", flat=True)
    )
    assert groups == {PUBLISHER}


def test_roles_and_the_workflow_are_made_once(any_site: str) -> None:
    from django.apps import apps
    from wagtail.models import Task, Workflow

    def state() -> Any:
        return (
            {group.name: sorted(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()},
            sorted(GroupPagePermission.objects.values_list("group__name", "page_id", "permission__codename")),
            list(Workflow.objects.filter(active=True).values_list("name", flat=True)),
            Task.objects.count(),
        )

    before = state()
    ensure_roles(apps)
    ensure_workflow(apps)
    assert state() == before
    assert WORKFLOW in before[2]


def test_a_role_has_every_right_that_the_table_gives_it(site: str) -> None:
    for name, rights in RIGHTS.items():
        has = set(Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename"))
        assert has == {tuple(one.split(".")) for one in rights.records}, name


def test_a_translator_works_on_the_pages_of_one_language(
    site: str, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    page = publish("quyen-an-sinh-xa-hoi")
    khmer = page.get_translations().get(locale__language_code="km")
    user = login(translator_of("km")).user
    assert khmer.permissions_for_user(user).can_edit()
    for other in [page, *page.get_translations().exclude(pk=khmer.pk)]:
        assert not other.permissions_for_user(user).can_edit()
    assert not khmer.permissions_for_user(user).can_publish()


def test_a_new_language_brings_its_translators_their_home(site: str) -> None:
    from wagtail.models import Locale

    home = HomePage.objects.first()
    assert home
    locale, _created = Locale.objects.get_or_create(language_code="rad")
    there = home.copy_for_translation(locale, alias=True)
    group = Group.objects.get(name=translator_of("rad"))
    assert list(GroupPagePermission.objects.filter(group=group).values_list("page_id", "permission__codename")) == [
        (there.pk, "change_page")
    ]
    assert Page.objects.filter(pk=there.pk).exists()


def test_the_page_on_roles_says_what_the_code_does() -> None:
    from cms.approval.rights import as_table

    text = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    assert as_table() in text
