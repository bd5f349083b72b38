"""The editor's screen of builds: states in words, and who may try again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from cms.production import worker
from cms.production.models import Build, ProductState
from tests.cms.conftest import CONTRIBUTORS, EDITORS
from tests.cms.produced import SLUG


def test_the_editor_sees_states_in_words_with_files(
    site: str, small_products: None, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    answer = login(EDITORS).get(reverse("production_states", args=[page.pk])).json()
    rows = {row["product"]: row for row in answer["groups"][0]["rows"]}
    assert answer["groups"][0]["language"] == "Tiếng Việt"
    assert rows["sheet"]["words"] == "Đã xong"
    assert rows["sheet"]["files"][0]["url"].startswith("http://127.0.0.1:9/loa/cas/")
    assert rows["film"]["words"].startswith("Lỗi: ")
    assert rows["film"]["files"] == []
    assert not answer["working"]


def test_who_may_not_publish_sees_but_cannot_retry(
    site: str, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    Build.objects.all().delete()
    contributor = login(CONTRIBUTORS)
    assert contributor.get(reverse("production_states", args=[page.pk])).status_code in (302, 403)  # not theirs
    page.owner = contributor.user
    page.save(update_fields=["owner"])
    assert contributor.get(reverse("production_states", args=[page.pk])).json()["may_retry"] is False
    assert contributor.post(reverse("production_retry", args=[page.pk])).status_code in (302, 403)
    assert not Build.objects.exists()


def test_strangers_see_nothing(site: str, publish: Callable[..., Any]) -> None:
    from django.test import Client

    page = publish(SLUG)
    for name in ("production_states", "production_retry", "articles_export"):
        answer = Client().get(reverse(name, args=[page.pk]))
        assert answer.status_code in (302, 405)
        assert "login" in answer.headers.get("Location", "login")


def test_a_state_of_another_article_cannot_be_retried_here(
    site: str, small_products: None, publish: Callable[..., Any], login: Callable[..., Any]
) -> None:
    other, page = publish("bhyt-ho-gia-dinh"), publish(SLUG)
    worker.run(once=True)
    state = ProductState.objects.of(other.slug).first()
    editor = login(EDITORS)
    for number in (state.pk, "x", "9" * 40):
        assert editor.post(reverse("production_retry", args=[page.pk]), {"state": number}).status_code == 404


def test_builds_are_read_only(site: str, publish: Callable[..., Any], login: Callable[..., Any]) -> None:
    publish(SLUG)
    editor = login(EDITORS)
    assert editor.get(reverse("wagtailsnippets_production_build:list")).status_code == 200
    edit = reverse("wagtailsnippets_production_build:edit", args=[Build.objects.get().pk])
    assert editor.get(edit).status_code in (302, 403)
