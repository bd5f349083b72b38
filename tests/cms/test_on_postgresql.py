"""What must hold on any database holds on PostgreSQL: the same tests, in a process whose settings name one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from render.paths import ROOT
from tests.cms.conftest import POSTGRES
from tests.cms.postgres import cluster

HERE = Path(__file__).parent
# Of everything with `any_site` (all of it holds there: `LOA_TEST_POSTGRES=<server> pytest tests/cms`), what tells most
# for its time: locks, constraints, triggers, JSON, search, transactions that end badly. An app each, or nearly.
TELLING = {
    "production_leases": (
        "a_build_is_leased_by_one_of_two_who_ask_at_once",
        "two_builds_of_one_article_never_run_side_by_side",
    ),
    "production_withdrawing": (
        "what_has_run_out_is_called_back_at_midnight_in_vietnam_and_comes_back_with_a_later_day",
    ),
    "audit": (
        "nothing_that_is_written_can_be_changed_or_deleted",
        "what_is_rolled_back_is_not_in_the_log",
        "many_at_once_make_one_chain",
    ),
    "facts": (
        "a_proposal_changes_nothing_until_somebody_else_approves_it",
        "history_cannot_be_changed_by_anybody",
    ),
    "facts_effect": ("a_worker_that_dies_in_between_has_done_nothing_and_the_next_one_does_it",),
    "facts_history": ("the_file_of_facts_comes_out_as_it_went_in",),
    "approval": (
        "an_edit_voids_the_approval_of_its_part_and_of_no_other",
        "an_autosave_that_overwrites_its_revision_keeps_the_author",
    ),
    "approval_ways": ("no_way_leads_to_readers_without_approval",),
    "questions": (
        "an_answer_that_nobody_approved_does_not_come_in_under_a_key_that_is_shown",
        "drafts_that_show_a_question_are_told_too_and_hold_it",
    ),
    "register": ("a_row_that_is_wrong_holds_the_whole_file_back",),
    "planning": ("gaps_show_what_is_missing_and_what_is_old",),
    "offices": ("a_story_stands_nowhere_before_an_editor_said_yes",),
    "logins": ("a_hundred_at_once_are_a_hundred",),
    "search": (
        "words_of_the_body_find_an_article_without_accents",
        "the_office_named_comes_before_those_that_once_had_the_name",
    ),
    "imports": ("a_report_comes_first_and_then_what_was_chosen_becomes_drafts",),
    "translation": ("two_people_on_one_text_lose_nothing", "texts_of_a_deleted_locale_come_back_with_it"),
    "translation_files": ("what_the_screen_changed_meanwhile_is_shown_beside_the_file_and_kept",),
    "roles": ("roles_and_the_workflow_are_made_once",),
}
HERES = [f"{HERE / f'test_{file}.py'}::test_{name}" for file, names in TELLING.items() for name in names]


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRES), reason="this is that process")
def test_the_newsroom_holds_on_postgresql() -> None:
    with cluster() as server:
        import psycopg

        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE migrated")
        # Without this process's settings: pytest-django would read them before the conftest can set its own.
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *map(str, HERES), "-p", "no:cacheprovider", "-p", "no:xdist"],
            env=ours | {"LOA_TEST_POSTGRES": server},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert f"{len(HERES)} passed" in done.stdout  # whatever is renamed is missed
