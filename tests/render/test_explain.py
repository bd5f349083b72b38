"""`loa plan` says of each step whether it is cached, and what has changed since it was last made."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from render import steps
from render.cache import Cache
from render.errors import FactError
from render.explain import Explained, explain
from render.products import File, Planned, Waiting
from render.run import Job, open_executor, run
from render.steps import Step

HERE = "tests.render.sample_steps"


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with open_executor() as executor:
        yield executor


def a_job(*, slug: str = "tro-cap", office: str | None = None, needs_text: str = "gốc", **changed: Any) -> Job:
    libraries = changed.pop("libraries", ())
    files = changed.pop("files", ())
    text = Step(f"{HERE}:write", {"text": needs_text})
    inputs = {
        "edition": {
            "title": [{"t": "Từ "}, {"t": changed.pop("age", "75 tuổi"), "f": "tuoi_huu_tri_xa_hoi"}],
            "summary": [{"t": changed.pop("summary", "Người từ đủ 75 tuổi được nhận trợ cấp.")}],
            "lang": "vi",
        },
        "size": "A4",
        **changed,
    }
    made_by = Step(f"{HERE}:upper", inputs, {"text": text}, files, libraries)
    gate = Step(f"{HERE}:gate", {"max": 99}, {"text": text})
    return Job(
        "leaflet-a4", slug, "vi", office, None, Planned((File(made_by, "out.txt", "pdf", "text/plain"),), (gate,))
    )


def why(explained: Explained, label: str = "pdf") -> tuple[str, ...]:
    return next(step.why for step in explained.steps if step.label == label)


@pytest.fixture
def made(pool: Executor, cache: Cache) -> Cache:
    """A cache in which `a_job()` was made."""
    (outcome,) = run([a_job()], cache_url=cache.url, executor=pool)
    assert outcome.state == "made"
    return cache


def test_what_was_never_made_says_so(cache: Cache) -> None:
    (told,) = explain([a_job()], cache)
    assert told.state == "to make"
    assert [(step.label, step.state, step.why) for step in told.steps] == [
        ("pdf/text", "to make", ("never made before",)),
        ("pdf", "to make", ("never made before",)),
        ("gate:gate", "to make", ("never made before",)),
    ]


def test_what_was_made_is_cached(made: Cache) -> None:
    (told,) = explain([a_job()], made)
    assert told.state == "cached"
    assert {step.state for step in told.steps} == {"cached"}


def test_a_changed_fact_is_named_with_both_values(made: Cache) -> None:
    (told,) = explain([a_job(age="70 tuổi")], made)
    assert why(told) == ("fact tuoi_huu_tri_xa_hoi: 75 tuổi → 70 tuổi",)
    assert [step.label for step in told.steps if step.state == "to make"] == ["pdf"]


def test_a_changed_text_is_named_by_its_place(made: Cache) -> None:
    (told,) = explain([a_job(summary="Câu khác.")], made)
    assert why(told) == ("input edition.summary changed",)


def test_a_short_input_is_told_with_both_values(made: Cache) -> None:
    (told,) = explain([a_job(size="A5", fold=True)], made)
    assert why(told) == ("input fold is new (True)", "input size: A4 → A5")


def test_a_changed_file_and_library_are_named(
    pool: Executor, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "leaflet-a4.typ"
    template.write_text("one")
    job = a_job(files=(template,), libraries=("typst",))
    run([job], cache_url=cache.url, executor=pool)
    version = steps.library_version("typst")
    template.write_text("two")
    monkeypatch.setattr(steps, "library_version", lambda name: "99.1")
    (told,) = explain([a_job(files=(template,), libraries=("typst",))], cache)
    assert why(told) == ("template leaflet-a4.typ changed", f"typst {version} → 99.1")


def test_changed_code_is_named(made: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "code_digest", lambda module: "0" * 64)
    (told,) = explain([a_job()], made)
    assert why(told)[0] == "the code of tests.render.sample_steps changed, or of what it imports"


def test_a_step_made_again_because_of_what_it_stands_on_says_so(made: Cache) -> None:
    (told,) = explain([a_job(needs_text="mới")], made)
    assert why(told, "pdf/text") == ("input text: gốc → mới",)
    assert why(told) == ("it stands on text, made again",)


def test_what_was_made_and_is_lost_says_so(made: Cache) -> None:
    for path in Path(made.url, "ac").rglob("*"):
        if path.is_file():
            path.unlink()
    (told,) = explain([a_job()], made)
    assert why(told) == ("made before, but no longer in the cache",)


def test_each_office_is_compared_with_itself(pool: Executor, made: Cache) -> None:
    run([a_job(office="66", size="A5")], cache_url=made.url, executor=pool)
    first, second = explain([a_job(age="70 tuổi"), a_job(office="66", size="A6")], made)
    assert why(first) == ("fact tuoi_huu_tri_xa_hoi: 75 tuổi → 70 tuổi",)
    assert why(second) == ("input size: A5 → A6",)


def test_going_back_is_remembered_as_the_last_time(pool: Executor, made: Cache) -> None:
    run([a_job(age="70 tuổi")], cache_url=made.url, executor=pool)
    run([a_job()], cache_url=made.url, executor=pool)
    (told,) = explain([a_job(age="65 tuổi")], made)
    assert why(told) == ("fact tuoi_huu_tri_xa_hoi: 75 tuổi → 65 tuổi",)


def test_a_product_that_failed_is_still_compared_with_the_last_good_one(pool: Executor, made: Cache) -> None:
    bad = a_job(age="70 tuổi", needs_text="x" * 200)
    assert run([bad], cache_url=made.url, executor=pool)[0].state == "failed"
    (told,) = explain([a_job(age="65 tuổi")], made)
    assert why(told) == ("fact tuoi_huu_tri_xa_hoi: 75 tuổi → 65 tuổi",)


def test_what_only_stood_below_cached_steps_is_not_made_again(made: Cache) -> None:
    job = a_job()
    assert isinstance(job.plan, Planned)
    for step in (job.plan.files[0].step.needs["text"],):
        Path(made.url, "ac", step.key[:2], step.key).unlink()
    (told,) = explain([job], made)
    assert told.state == "cached"


def test_what_waits_or_cannot_be_planned_is_told(cache: Cache) -> None:
    jobs = [
        Job("clip", "a", "km", None, None, Waiting("translation", "chờ bản dịch")),
        Job("clip", "a", "vi", None, None, FactError("no such fact", where="a.md:3")),
        a_job(odd=object()),
    ]
    told = explain(jobs, cache)
    assert [one.state for one in told] == ["waiting", "failed", "failed"]
    assert told[0].reason == "chờ bản dịch"
    assert "a.md:3" in told[1].reason
    assert "'odd'" in told[2].reason


def test_it_can_be_printed_and_said_in_json(made: Cache) -> None:
    (told,) = explain([a_job(age="70 tuổi")], made)
    assert told.as_data()["steps"][1] == {
        "label": "pdf",
        "run": f"{HERE}:upper",
        "state": "to make",
        "why": ["fact tuoi_huu_tri_xa_hoi: 75 tuổi → 70 tuổi"],
    }
    assert told.as_lines() == [
        "to make  tro-cap vi leaflet-a4",
        "           pdf: fact tuoi_huu_tri_xa_hoi: 75 tuổi → 70 tuổi",
        "           and 2 cached",
    ]


def test_a_note_that_cannot_be_read_counts_as_none(made: Cache) -> None:
    for path in Path(made.url, "notes").rglob("*"):
        if path.is_file():
            path.write_text("{")
    (told,) = explain([a_job(age="70 tuổi")], made)
    assert why(told) == ("never made before",)
