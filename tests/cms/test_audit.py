"""The audit log is appended to and never changed, whoever tries; its chain proves it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.audit.enums import ACTIONS, FROM_WAGTAIL, subject_label
from cms.audit.log import Head, broken_links, contains, head, record
from cms.audit.models import FIRST, AppendOnlyError, Entry
from cms.core.roles import AUDITOR, CENTRAL_EDITOR


def _some(count: int = 3) -> list[Entry]:
    return [record("fact.proposed", actor=None, subject=f"fact:so_{number}") for number in range(count)]


def test_each_entry_carries_the_digest_of_the_one_before(any_site: str) -> None:
    begun = head()
    entries = _some()
    digests = [begun.sha256 if begun else FIRST, *(one.sha256 for one in entries)]
    assert [one.previous_sha256 for one in entries] == digests[:-1]
    assert len(set(digests)) == 4
    assert list(broken_links()) == []
    last = head()
    assert last
    assert (last.sequence, last.sha256) == (entries[-1].sequence, entries[-1].sha256)
    assert contains(last)
    assert not contains(Head(last.sequence, "0" * 64))


def test_nothing_that_is_written_can_be_changed_or_deleted(any_site: str) -> None:
    entry = _some()[0]
    entry.subject = "fact:khac"
    for attempt in (
        entry.save,
        entry.delete,
        lambda: Entry.objects.update(subject="x"),
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.bulk_create([Entry(sequence=99)]),
        lambda: Entry.objects.bulk_update([entry], ["subject"]),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()
    for statement in ("UPDATE audit_entry SET subject = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DatabaseError, match="only appended to"), transaction.atomic():
            connection.cursor().execute(statement)
    assert list(broken_links()) == []


def test_a_forger_with_the_whole_database_is_found_out(site: str) -> None:
    _some(5)
    cursor = connection.cursor()
    for name in ("update", "delete"):
        cursor.execute(f"DROP TRIGGER audit_entry_no_{name}")
    third = Entry.objects.get(subject="fact:so_2").sequence
    cursor.execute("UPDATE audit_entry SET actor_name = 'ai khác' WHERE sequence = %s", [third])
    assert [line.split(":")[0] for line in broken_links()] == [f"#{third}"]
    with pytest.raises(CommandError, match=f"#{third}"):
        call_command("verify_audit", "--no-store")
    cursor.execute("DELETE FROM audit_entry WHERE sequence = %s", [third])
    assert any("thiếu" in line for line in broken_links())


def test_what_is_rolled_back_is_not_in_the_log(any_site: str) -> None:
    before = head()

    def begin_and_fail() -> None:
        with transaction.atomic():
            _some(1)
            assert head() != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin_and_fail()
    assert head() == before
    _some(1)
    assert list(broken_links()) == []


def test_many_at_once_make_one_chain(any_site: str) -> None:
    before = Entry.objects.count()
    start = threading.Barrier(6)

    def write() -> None:
        start.wait()
        try:
            _some(5)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Entry.objects.count() == before + 30
    assert list(broken_links()) == []


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_SAID = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.dates(), _TEXT)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(details=st.dictionaries(_TEXT, _SAID, max_size=5))
def test_whatever_is_said_is_kept_as_it_was_hashed(site: str, details: dict[str, Any]) -> None:
    entry = record("fact.proposed", actor=None, subject="fact:x", details=details)
    kept = Entry.objects.get(pk=entry.pk)
    assert kept.digest() == entry.sha256
    plain = {key: one.isoformat() if isinstance(one, dt.date) else one for key, one in details.items()}
    assert kept.details == plain


def test_who_it_was_stays_when_the_user_is_gone(site: str, login: Callable[..., Any]) -> None:
    user = login(CENTRAL_EDITOR, name="nguoi-cu").user
    entry = record("fact.proposed", actor=user, subject="fact:x")
    user.delete()
    kept = Entry.objects.get(pk=entry.pk)
    assert (kept.actor_name, kept.digest()) == ("nguoi-cu", kept.sha256)


def test_auditors_read_sift_and_take_away_the_log_and_others_do_not(
    site: str, login: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    publish("luong-huu-tu-15-nam")
    auditor = login(AUDITOR)
    answer = auditor.get(reverse("audit_log"), {"action": "article.published"})
    assert answer.status_code == 200
    assert {entry.action for entry in answer.context["object_list"]} == {"article.published"}
    assert "luong-huu-tu-15-nam" in answer.content.decode()
    table = b"".join(auditor.get(reverse("audit_log"), {"export": "csv"}).streaming_content).decode()
    assert table.count("\n") == Entry.objects.count() + 1
    lines = b"".join(auditor.get(reverse("audit_log_json"), {"subject": "luong-huu"}).streaming_content).decode()
    assert lines.count("\n") == Entry.objects.filter(subject__contains="luong-huu").count() > 0
    for name in ("audit_log", "audit_log_results", "audit_log_json"):
        assert login(CENTRAL_EDITOR, name=f"bt-{name}").get(reverse(name)).status_code in (302, 403)


def test_every_action_and_subject_is_said_in_words(site: str, publish: Callable[..., Any]) -> None:
    from django.utils.translation import override

    publish("luong-huu-tu-15-nam")
    assert set(FROM_WAGTAIL.values()) <= set(ACTIONS)
    assert set(Entry.objects.values_list("action", flat=True)) <= set(ACTIONS)
    with override("vi"):
        assert subject_label("article:bai") == "Bài viết: bai"
