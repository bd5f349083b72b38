"""Running a plan: each step once, each product to its own end, whatever dies on the way."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from render.article import Priority
from render.cache import Cache
from render.edition import Edition
from render.errors import FactError, GateError, SettingsError
from render.executors import DaskExecutor, ProcessPool
from render.products import File, Planned, Waiting
from render.run import Job, Outcome, Progress, Stopped, open_executor, run
from render.seaweed import SeaweedServer
from render.steps import Step
from tests.render.sample_steps import marks

HERE = "tests.render.sample_steps"


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    """Processes that all tests of this file share: starting them is what costs."""
    with open_executor() as executor:
        yield executor


@pytest.fixture(scope="module")
def dask() -> Iterator[Executor]:
    """A Dask cluster on this machine."""
    with open_executor("local") as executor:
        yield executor


def step(name: str, needs: dict[str, Step] | None = None, /, **inputs: Any) -> Step:
    return Step(f"{HERE}:{name}", inputs, needs or {})


def job(slug: str, made_by: Step, *gates: Step, priority: Priority | None = None, name: str = "out.txt") -> Job:
    plan = Planned((File(made_by, name, "txt", "text/plain"),), gates, {"voice": "máy"}, ("dự kiến",))
    return Job("leaflet-a4", slug, "vi", None, edition(priority) if priority else None, plan)


def edition(priority: Priority) -> Edition:
    return Edition(
        "0" * 12, "s", "vi", (), (), "", (), (), (), (), priority, dt.date(2025, 7, 1), "1900 9068", None, ""
    )  # fmt: skip


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state for outcome in outcomes]


def test_what_is_made_is_cached_the_next_time(pool: Executor, cache_url: str) -> None:
    text = step("write", text="xin chào")
    wanted = job("a", step("upper", {"text": text}), step("gate", {"text": text}, max=99))

    (made,) = run([wanted], cache_url=cache_url, executor=pool)
    (cached,) = run([wanted], cache_url=cache_url, executor=pool)

    assert (made.state, cached.state) == ("made", "cached")
    assert made.files == cached.files
    assert Cache(cache_url).blob(made.files[0].sha256).decode() == "XIN CHàO"
    assert made.details == cached.details == {"voice": "máy", "checked": 9}
    assert made.warnings == cached.warnings == ("dự kiến", "in capitals")
    assert made.seconds > 0
    assert cached.seconds == 0


def test_warnings_of_what_a_step_stands_on_reach_the_product_cached_or_not(pool: Executor, cache_url: str) -> None:
    top = step("upper", {"text": step("upper", {"text": step("write", text="a")})})
    for _ in range(2):
        (outcome,) = run([job("a", top)], cache_url=cache_url, executor=pool)
        assert outcome.warnings == ("dự kiến", "in capitals")


def test_a_shared_step_is_made_once(pool: Executor, cache_url: str, tmp_path: Path) -> None:
    log = str(tmp_path / "log")

    def wanted(number: int) -> Job:
        return job(f"a{number}", step("upper", {"text": step("write", text="chung", marks=log)}, number=number))

    outcomes = run([wanted(number) for number in range(8)], cache_url=cache_url, executor=pool)
    assert states(outcomes) == ["made"] * 8
    assert len(marks(log)) == 1


def test_one_failing_product_never_holds_up_another(pool: Executor, cache_url: str) -> None:
    broken = step("fail", how="loa")
    jobs = [
        job("bad", broken),
        job("good", step("write", text="a")),
        job("stands on the bad", step("upper", {"text": broken})),
        Job("clip", "waits", "km", None, None, Waiting("recording", "chờ bản thu")),
        Job("clip", "unplanned", "vi", None, None, FactError("no such fact", where="a.md:3", mend="Add it")),
        job("good too", step("write", text="b")),
    ]
    outcomes = run(jobs, cache_url=cache_url, executor=pool)

    assert states(outcomes) == ["failed", "made", "failed", "waiting", "failed", "made"]
    assert [outcome.job for outcome in outcomes] == jobs
    assert outcomes[0].reason == outcomes[2].reason == "block 3: the voice is hoarse. Let it rest"
    assert outcomes[0].error_slug == "voice"
    assert outcomes[3].reason == "chờ bản thu"
    assert (outcomes[4].error_slug, outcomes[4].reason) == ("fact", "a.md:3: no such fact. Add it")


def test_all_gates_that_refuse_are_told(pool: Executor, cache_url: str) -> None:
    text = step("write", text="quá dài")
    gates = [step("gate", {"text": text}, max=limit, name=name) for limit, name in [(3, "fit"), (99, "ok"), (2, "qr")]]
    (outcome,) = run([job("a", text, *gates)], cache_url=cache_url, executor=pool)
    assert outcome.state == "failed"
    assert outcome.gate == "fit, qr"
    assert outcome.error_slug == GateError.slug
    assert outcome.reason.count("the text has 9 letters") == 1
    assert outcome.files == ()


@pytest.mark.parametrize(
    ("how", "slug", "words"),
    [
        ("bug", "step", "sample_steps:fail failed unexpectedly with KeyError: 'hotline'"),
        ("memory", "memory", "ran out of memory"),
        ("exit", "step", "SystemExit"),
        ("disk", "store", "the disk became full"),
        ("nothing", "step", "returned NoneType"),
    ],
)
def test_a_step_that_fails_in_any_way_is_told_in_words(
    pool: Executor, cache_url: str, caplog: pytest.LogCaptureFixture, how: str, slug: str, words: str
) -> None:
    bad, good = run(
        [job("a", step("fail", how=how)), job("b", step("write", text="b"))], cache_url=cache_url, executor=pool
    )
    assert good.state == "made"
    assert (bad.state, bad.error_slug) == ("failed", slug)
    assert words in bad.reason
    assert "Traceback" not in bad.reason
    if how == "bug":
        assert "Traceback" in caplog.text


def test_a_step_that_made_no_such_file_is_told(pool: Executor, cache_url: str) -> None:
    (outcome,) = run([job("a", step("write", text="a"), name="p1.png")], cache_url=cache_url, executor=pool)
    assert (outcome.state, outcome.reason) == ("failed", f"the step {HERE}:write made no file called 'p1.png'")


def test_a_step_that_cannot_even_be_keyed_fails_alone(pool: Executor, cache_url: str) -> None:
    bad, good = run(
        [job("a", step("write", text=float("nan"))), job("b", step("write", text="b"))],
        cache_url=cache_url,
        executor=pool,
    )
    assert (bad.state, good.state) == ("failed", "made")
    assert "not JSON" in bad.reason


def test_a_fully_cached_run_starts_no_process(pool: Executor, cache_url: str) -> None:
    jobs = [job("a", step("write", text="a"))]
    run(jobs, cache_url=cache_url, executor=pool)
    with open_executor() as fresh:
        assert states(run(jobs, cache_url=cache_url, executor=fresh)) == ["cached"]
        assert isinstance(fresh, ProcessPool)
        assert not fresh._threads


def test_outcomes_come_as_soon_as_each_is_ready_and_progress_reaches_its_end(pool: Executor, cache_url: str) -> None:
    seen: list[str] = []
    steps: list[Progress] = []
    jobs = [job("slow", step("slow", seconds=0.8)), job("quick", step("write", text="a"))]
    run(
        jobs,
        cache_url=cache_url,
        executor=pool,
        on_outcome=lambda outcome: seen.append(outcome.job.slug),
        on_progress=steps.append,
    )
    assert seen == ["quick", "slow"]
    assert steps[0] == Progress(0, 2)
    assert steps[-1] == Progress(2, 2)


def test_urgent_articles_go_first(cache_url: str, tmp_path: Path) -> None:
    order: list[str] = []
    kinds = [Priority.NORMAL, Priority.PRIORITY, Priority.URGENT, Priority.NORMAL]
    jobs = [job(f"{kind}{number}", step("write", text=str(number)), priority=kind) for number, kind in enumerate(kinds)]
    one = ProcessPool(1)
    try:
        run(jobs, cache_url=cache_url, executor=one, on_outcome=lambda outcome: order.append(outcome.job.slug))
    finally:
        one.shutdown()
    assert order == ["urgent2", "priority1", "normal0", "normal3"]


def test_a_step_whose_process_is_killed_runs_again(pool: Executor, cache_url: str, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    jobs = [job("a", step("die_until", times=3, marks=log)), job("b", step("write", text="b"))]
    assert states(run(jobs, cache_url=cache_url, executor=pool)) == ["made", "made"]
    assert len(set(marks(log))) == 3


def test_a_step_that_always_kills_its_process_fails_alone_after_three_times(
    pool: Executor, cache_url: str, tmp_path: Path
) -> None:
    log = str(tmp_path / "log")
    good = [job(f"b{number}", step("write", text=str(number))) for number in range(20)]
    bad = job("a", step("fail", how="die", marks=log))
    outcomes = run([*good[:10], bad, *good[10:]], cache_url=cache_url, executor=pool)
    assert states(outcomes) == ["made"] * 10 + ["failed"] + ["made"] * 10
    assert len(marks(log)) == 3
    assert "died 3 times: it was killed" in outcomes[10].reason
    assert outcomes[10].error_slug == "worker"


def test_a_process_killed_from_outside_costs_its_step_one_more_run(
    pool: Executor, cache_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"

    def kill() -> None:
        while not marks(log):
            time.sleep(0.02)
        os.kill(marks(log)[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    outcomes = run([job("a", step("slow", seconds=0.6, marks=str(log)))], cache_url=cache_url, executor=pool)
    killer.join()
    assert states(outcomes) == ["made"]
    assert len(set(marks(log))) == 2


def test_what_the_cache_has_lost_is_made_again_with_what_it_stands_on(pool: Executor, cache_url: str) -> None:
    text = step("write", text="gốc")
    run([job("a", step("upper", {"text": text}))], cache_url=cache_url, executor=pool)
    cache = Cache(cache_url)
    record = cache.lookup(text.key)
    assert record is not None
    path = cache.path(record.files["out.txt"].sha256)
    assert path is not None
    path.write_bytes(b"damage"[: record.files["out.txt"].bytes])  # of the same length: only the digest tells

    outcomes = run([job("b", step("upper", {"text": text}, again=True))], cache_url=cache_url, executor=pool)
    assert states(outcomes) == ["made"]
    assert cache.blob(outcomes[0].files[0].sha256).decode() == "GốC"


def test_a_damaged_product_is_made_again(pool: Executor, cache_url: str) -> None:
    jobs = [job("a", step("write", text="nguyên"))]
    (first,) = run(jobs, cache_url=cache_url, executor=pool)
    path = Cache(cache_url).path(first.files[0].sha256)
    assert path is not None
    path.write_bytes(b"X" * path.stat().st_size)
    (second,) = run(jobs, cache_url=cache_url, executor=pool)
    assert (second.state, second.files) == ("made", first.files)
    assert Cache(cache_url).blob(first.files[0].sha256).decode() == "nguyên"


def test_a_run_that_is_stopped_keeps_what_is_finished(cache_url: str, tmp_path: Path) -> None:
    finished: list[str] = []
    jobs = [job("quick", step("write", text="a")), job("slow", step("slow", seconds=30))]
    start = time.monotonic()
    with (
        pytest.raises(Stopped),
        open_executor() as executor,
    ):
        run(
            jobs,
            cache_url=cache_url,
            executor=executor,
            on_outcome=lambda outcome: finished.append(outcome.job.slug),
            should_stop=lambda: bool(finished),
        )
    assert time.monotonic() - start < 50
    assert finished == ["quick"]
    assert Cache(cache_url).lookup(step("write", text="a").key) is not None


def test_small_steps_travel_together(cache_url: str) -> None:
    submitted: list[int] = []

    class Counting(ProcessPool):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            submitted.append(len(args[1]))
            return super().submit(fn, *args, **kwargs)

    executor = Counting(2)
    try:
        jobs = [job(f"a{number}", step("write", text=str(number))) for number in range(200)]
        assert set(states(run(jobs, cache_url=cache_url, executor=executor))) == {"made"}
    finally:
        executor.shutdown()
    assert sum(submitted) == 200
    assert len(submitted) < 40
    assert max(submitted) <= 50


def test_on_a_full_disk_what_fits_is_made_and_the_rest_told(
    pool: Executor, full_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = str(full_disk / "cache")
    jobs = [job("a", step("write", text="a")), job("big", step("write", text="x" * 2_000_000))]
    small, big = run(jobs, cache_url=url, executor=pool)
    assert small.state == "made"
    assert (big.state, big.error_slug) == ("failed", "store")
    assert "the disk is full" in big.reason
    assert "Free some space" in big.reason
    assert "Traceback" not in caplog.text
    assert Cache(url).blob(small.files[0].sha256) == b"a"


def test_workers_that_do_not_see_the_cache_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FarAway(ProcessPool):
        remote = True

        def submit(self, fn: Any, url: str, /, *args: Any, **kwargs: Any) -> Any:
            return super().submit(fn, str(tmp_path / "other"), *args, **kwargs)

    far_away = FarAway(1)
    try:
        with pytest.raises(SettingsError, match="do not see the cache"):
            run([job("a", step("write", text="a"))], cache_url=str(tmp_path / "here"), executor=far_away)
    finally:
        far_away.shutdown()


RUN_AND_DIE = """
    import os, signal, sys, threading, time
    from pathlib import Path
    from render.run import open_executor, run
    from tests.render.sample_steps import marks
    from tests.render.test_run import job, step

    def die():
        while len(marks(sys.argv[2])) < 2:
            time.sleep(0.02)
        os.kill(os.getpid(), getattr(signal, sys.argv[3]))

    if __name__ == "__main__":
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
        threading.Thread(target=die, daemon=True).start()
        with open_executor() as executor:
            jobs = [job(f"a{n}", step("slow", seconds=60, n=n, marks=sys.argv[2])) for n in range(2)]
            run(jobs, cache_url=sys.argv[1], executor=executor)
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_when_the_run_is_ended_its_processes_end_and_nothing_half_written_is_left(
    how: str, cache_url: str, tmp_path: Path
) -> None:
    script = tmp_path / "run_and_die.py"
    script.write_text(textwrap.dedent(RUN_AND_DIE))
    log = tmp_path / "log"
    done = subprocess.run(
        [sys.executable, str(script), cache_url, str(log), how],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == -getattr(signal, how)
    deadline = time.monotonic() + 50
    while any(_alive(pid) for pid in marks(log)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(pid) for pid in marks(log))
    assert not [path for path in Path(cache_url).rglob("*") if path.is_file()]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_cache_on_s3_serves_workers_too(pool: Executor, s3_server: SeaweedServer) -> None:
    # The keys must be in the environment before a worker starts: these processes are of this test alone.
    url = s3_server.url(f"private/{os.urandom(6).hex()}")
    jobs = [job("a", step("upper", {"text": step("write", text="xa")}))]
    with open_executor() as executor:
        assert states(run(jobs, cache_url=url, executor=executor)) == ["made"]
        assert states(run(jobs, cache_url=url, executor=executor)) == ["cached"]


# ----- Dask


def test_dask_runs_the_same_plan(dask: Executor, cache_url: str, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    shared = step("write", text="chung", marks=log)
    jobs = [job(f"a{number}", step("upper", {"text": shared}, number=number)) for number in range(6)]
    jobs += [job("bad", step("fail", how="bug")), job("gate", shared, step("gate", {"text": shared}, max=1))]
    outcomes = run(jobs, cache_url=cache_url, executor=dask)
    assert states(outcomes) == ["made"] * 6 + ["failed", "failed"]
    assert "KeyError" in outcomes[6].reason
    assert outcomes[7].gate == "length"
    assert len(marks(log)) == 1


def test_dask_runs_a_killed_workers_step_again(dask: Executor, cache_url: str, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    jobs = [job("a", step("die_until", times=2, marks=log)), job("b", step("write", text="b"))]
    assert states(run(jobs, cache_url=cache_url, executor=dask)) == ["made", "made"]
    assert len(set(marks(log))) == 2


def test_dask_gives_up_a_step_that_kills_every_worker_and_blames_no_other(
    dask: Executor, cache_url: str, tmp_path: Path
) -> None:
    log = str(tmp_path / "log")
    good = [job(f"b{number}", step("slow", seconds=0.01, n=number)) for number in range(12)]
    bad = job("a", step("fail", how="die", marks=log))
    outcomes = run([*good[:2], bad, *good[2:]], cache_url=cache_url, executor=dask)
    assert states(outcomes) == ["made"] * 2 + ["failed"] + ["made"] * 10
    assert outcomes[2].error_slug == "worker"
    assert "died 3 times" in outcomes[2].reason
    assert len(marks(log)) == 3


def test_a_worker_with_other_code_is_refused(dask: Executor, cache_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(dask, DaskExecutor)
    monkeypatch.setattr("render.steps.code_digest", lambda module: "0" * 64)
    (outcome,) = run([job("a", step("write", text="a"))], cache_url=cache_url, executor=dask)
    assert outcome.state == "failed"
    assert "has another code than" in outcome.reason


@pytest.mark.parametrize("kind", ["tcp://127.0.0.1:1", "redis://x", "tls://user:password@"])
def test_a_cluster_that_is_none_is_told(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.executors._CONNECT_S", 1)
    with pytest.raises(SettingsError) as told, open_executor(kind):
        pass
    assert told.value.mend
    assert "password" not in str(told.value)
