"""Guessing a password is slow, whoever guesses; and nobody learns which names there are."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from cms.audit.models import Entry
from cms.logins.limits import MOST_BY_ADDRESS, MOST_BY_NAME, begin
from cms.logins.models import Failure

LOGIN = "/admin/login/"
LOCKED = "Đăng nhập sai quá nhiều lần"


def _try(name: str, password: str = "sai", address: str = "10.0.0.1") -> str:
    answer = Client(REMOTE_ADDR=address).post(LOGIN, {"username": name, "password": password})
    return "in" if answer.status_code == 302 else answer.content.decode()


def test_after_five_failures_not_even_the_right_password_helps(any_site: str, login: Callable[..., Any]) -> None:
    login("", name="bientap")
    for _ in range(MOST_BY_NAME):
        assert LOCKED not in _try("bientap")
    assert LOCKED in _try("bientap", "x")
    assert LOCKED in _try("BienTap ", "x", address="10.9.9.9")
    entry = Entry.objects.get(action="login.locked")
    assert (entry.subject, entry.details) == ("address:10.0.0.1", {"name": "bientap"})
    Failure.objects.update(at=timezone.now() - dt.timedelta(minutes=16))
    assert LOCKED not in _try("bientap")


def test_knocking_does_not_prolong_the_lock(any_site: str) -> None:
    for _ in range(MOST_BY_NAME + 10):
        _try("ai-do")
    assert Failure.objects.count() == MOST_BY_NAME


def test_a_name_that_is_not_there_is_treated_alike_and_not_written_down(
    any_site: str, login: Callable[..., Any]
) -> None:
    login("", name="co-that")
    said = [[_try(name, address=f"10.0.1.{number}") for _ in range(MOST_BY_NAME + 1)] for number, name in
            enumerate(("co-that", "khong-co"))]  # fmt: skip
    assert [LOCKED in one for one in said[0]] == [LOCKED in one for one in said[1]]
    assert {entry.details.get("name", "") for entry in Entry.objects.filter(action="login.locked")} == {"co-that", ""}
    assert not Failure.objects.filter(name__contains="khong").exists()


def test_one_address_that_tries_many_names_is_stopped(any_site: str) -> None:
    assert [begin(f"ten-{number}", "10.0.0.7") for number in range(MOST_BY_ADDRESS)] == [0] * MOST_BY_ADDRESS
    assert begin("ten-khac", "10.0.0.7") > 0
    assert begin("ten-khac", "10.0.0.8") == 0


def test_a_hundred_at_once_are_a_hundred(any_site: str) -> None:
    let_in = []

    def ask() -> None:
        try:
            let_in.append(begin("ai-do", "10.0.0.1") == 0)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_in) <= MOST_BY_NAME


def test_who_comes_in_starts_anew_with_a_new_session(any_site: str, login: Callable[..., Any]) -> None:
    from django.contrib.auth.models import Group

    from cms.core.roles import CENTRAL_EDITOR

    login("", name="bientap").user.groups.add(Group.objects.get(name=CENTRAL_EDITOR))
    for _ in range(MOST_BY_NAME - 1):
        _try("bientap")
    client = Client()
    client.get(LOGIN)
    before = client.session.session_key
    assert client.post(LOGIN, {"username": "bientap", "password": "x"}).status_code == 302
    assert client.session.session_key != before
    assert not Failure.objects.exists()
    assert Entry.objects.filter(action="login.succeeded", actor_name="bientap").exists()
