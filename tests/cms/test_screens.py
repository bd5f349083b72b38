"""Every text on every screen is in Vietnamese: of ours, of Wagtail, of Django."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import polib
import pytest
from django.contrib.auth.models import Group
from django.test import Client, override_settings

from cms.core import roles
from cms.core.messages import catalogue, library_messages, messages, untranslated, with_django
from render.paths import LOCALES
from tests.marked import marked_catalogues, seen_in
from tests.marked import untranslated as in_english

DOMAINS = ("django", "djangojs")
_FIELD = re.compile(r"%\([A-Za-z_0-9]+\)[a-z]|%[sdr]|\{[A-Za-z_0-9]*\}")
_TAG = re.compile(r"</?([a-z]+)\b")
# What other people's programs for catalogues ask for (`msgfmt --check`).
_HEADER = {
    "Project-Id-Version", "PO-Revision-Date", "Last-Translator", "Language-Team", "Language", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip
# Not screens; and what only the installation's administrator sets, where Wagtail has no text to translate.
_PASSED_OVER = re.compile(r"logout|/jsi18n|\?p=|ordering=|/admin/(sites|locales|groups|workflows)/")
_PERSONAL = re.compile(r"/(edit|approval|translation|offices|account|history)/")
_VIETNAMESE_ROLES = (
    roles.CENTRAL_EDITOR,
    roles.CONTRIBUTOR,
    roles.LEGAL_REVIEWER,
    roles.PUBLISHER,
    roles.PROVINCIAL_EDITOR,
    roles.OPERATOR,
    roles.AUDITOR,
    roles.translator_of("km"),
)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_of_ours_is_in_vietnamese(domain: str) -> None:
    found = [one for one in messages() if one.domain == domain]
    assert untranslated(found, {domain: catalogue(LOCALES / "vi" / f"{domain}.po")}) == []


def test_every_text_of_wagtail_and_django_is_in_vietnamese() -> None:
    catalogues = {domain: catalogue(LOCALES / "vi" / f"{domain}.po") for domain in DOMAINS}
    catalogues["django"] = with_django(catalogues["django"])
    found = list(library_messages())
    assert len(set(found)) > 1500
    assert untranslated(found, catalogues) == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_translation_keeps_the_fields_and_tags_of_its_text(domain: str) -> None:
    wrong = []
    po = polib.pofile(str(LOCALES / "vi" / f"{domain}.po"))
    assert set(po.metadata) >= _HEADER
    for entry in po:
        said = entry.msgstr or entry.msgstr_plural.get(0, "")
        texts = [entry.msgid_plural, entry.msgid] if entry.msgid_plural else [entry.msgid]
        # Vietnamese has one form for all numbers: it takes the fields of the plural, unless it is marked that it has
        # those of the singular (where Django's own programs for catalogues would refuse it).
        if entry.msgid_plural and "no-python-format" not in entry.flags:
            texts = texts[:1]
        if not any(_parts(text) == _parts(said) for text in texts):
            wrong.append(entry.msgid)
        if texts[0][:1].isspace() != said[:1].isspace() or texts[0][-1:].isspace() != said[-1:].isspace():
            wrong.append(entry.msgid)
    assert wrong == []


def _parts(text: str) -> tuple[Counter[str], Counter[str]]:
    return Counter(set(_FIELD.findall(text))), Counter(_TAG.findall(text))


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_text_stands_twice_in_a_catalogue(domain: str) -> None:
    counted = Counter((one.msgctxt, one.msgid) for one in polib.pofile(str(LOCALES / "vi" / f"{domain}.po")))
    assert [key for key, count in counted.items() if count > 1] == []


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[None]:
    """Screens in the test language."""
    with override_settings(LOCALE_PATHS=[str(marked_catalogues(tmp_path / "marked"))]):
        yield


@pytest.fixture(scope="module")
def walked() -> set[str]:
    """The kinds of screens that somebody has seen."""
    return set()


@pytest.mark.slow
def test_no_screen_of_an_administrator_shows_an_untranslated_text(
    site: str, marked: None, login: Callable[..., Any], publish: Callable[..., Any], walked: set[str]
) -> None:
    publish("luong-huu-tu-15-nam", publish=False)
    client = login(superuser=True, name="quan-tri")
    found = {path: texts for path, html in crawl(client, walked, most=160) if (texts := in_english(seen_in(html)))}
    assert not found, "\n".join(f"{path}: {texts}" for path, texts in found.items())


@pytest.mark.slow
@pytest.mark.parametrize("role", _VIETNAMESE_ROLES)
def test_no_screen_that_a_role_can_reach_shows_an_untranslated_text(
    site: str, marked: None, login: Callable[..., Any], publish: Callable[..., Any], role: str, walked: set[str]
) -> None:
    Group.objects.get_or_create(name=role)
    publish("luong-huu-tu-15-nam", publish=False)
    client = login(role, name="nguoi-dung")
    found = {path: texts for path, html in crawl(client, walked) if (texts := in_english(seen_in(html)))}
    assert not found, "\n".join(f"{path}: {texts}" for path, texts in found.items())


def crawl(client: Client, walked: set[str], most: int = 90) -> Iterator[tuple[str, str]]:
    """Screens of the admin by their links, one of each kind of address: three pages of one list are one screen.

    What somebody before has seen is looked at again where it says other things to other people (`_PERSONAL`), and
    where a role's own dashboard leads.
    """
    waiting, seen, kinds = [("/admin/", 0)], {"/admin/"}, Counter[str]()
    while waiting and most:
        path, depth = waiting.pop(0)
        answer = client.get(path, follow=True)
        if "text/html" not in answer.headers.get("Content-Type", "") or answer.status_code >= 400:
            assert answer.status_code < 500, path
            continue
        most -= 1
        html = answer.content.decode()
        yield path, html
        links = re.findall(r'(?:href|action)="(/admin/[^"#]*)"', html) + re.findall(r'"url": "(/admin/[^"#]*)"', html)
        for link in map(unescape, links):
            kind = re.sub(r"=[^&]*", "=", re.sub(r"/\d[^/]*/|/facts/of/[^/]+/", "/0/", link))
            if link in seen or kinds[kind] or _PASSED_OVER.search(link):
                continue
            if depth and kind in walked and not _PERSONAL.search(link):
                continue
            kinds[kind] += 1
            seen.add(link)
            walked.add(kind)
            waiting.append((link, depth + 1))
