"""Running a plan: every step once, needs first, each product to its own end."""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

from render.article import Priority
from render.cache import Cache, Record
from render.errors import LoaError, SettingsError, StoreError
from render.executors import WorkerDied, deaths_of, open_executor
from render.explain import new_notes, plan_name
from render.jobs import Job, MadeFile, Outcome, Progress
from render.making import Call, Done, Failure, Lost, Result, make_steps, sees_note
from render.outcomes import outcome_of, refused, steps_of
from render.products import Planned, Waiting
from render.steps import Step

__all__ = ["Job", "MadeFile", "Outcome", "Progress", "Stopped", "open_executor", "run"]

_log = logging.getLogger(__name__)

_URGENCY = {Priority.URGENT: 0, Priority.PRIORITY: 1, Priority.NORMAL: 2}
_TIMES_AGAIN = 2  # for a step whose worker died, and for needs that the cache had lost
_SMALL_STEP_S = 0.1  # steps quicker than this travel together,
_BATCH_S = 0.25  # as many as fill this time,
_BATCH_STEPS = 50  # and no more than these


class Stopped(LoaError):  # noqa: N818 (no error, but the way out)
    """The run was told to stop before all was made; what was finished is in the cache."""

    slug = "stopped"


def run(
    jobs: Sequence[Job],
    *,
    cache_url: str,
    executor: Executor,
    on_outcome: Callable[[Outcome], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Outcome]:
    """Make what the jobs want and the cache has not; the outcomes in the order of the jobs.

    `on_outcome` is called as soon as a product is ready or known to have failed, `on_progress` with how far
    all of it has come. `should_stop` is asked about twice a second; `Stopped` is raised when it says so. Only a broken
    cache raises a `StoreError`: everything else is the outcome of the product it belongs to.
    """
    return _Run(jobs, Cache(cache_url), executor, on_outcome, on_progress, should_stop).all_of_it()


@dataclass(eq=False)
class _Node:
    """A step that is to be made."""

    step: Step
    rank: tuple[int, int]  # urgency, then the order of the jobs
    missing: set[str]  # the needs that must be made first
    tries: int = 0
    alone: bool = False  # it had company when its worker died, and has none from now on


class _Run:
    """The state of one run. It lives in one thread; only steps run elsewhere."""

    def __init__(
        self,
        jobs: Sequence[Job],
        cache: Cache,
        executor: Executor,
        on_outcome: Callable[[Outcome], None] | None,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self.jobs = jobs
        self.cache = cache
        self.executor = executor
        self.on_outcome = on_outcome
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.name = plan_name(jobs)
        self.recalled = cache.recall(self.name)
        self.steps: dict[str, Step] = {}  # every step in view, by key
        self.settled: dict[str, Record | Failure] = {}
        self.spent: dict[str, float] = {}  # seconds, of what was made in this run
        self.nodes: dict[str, _Node] = {}
        self.dependents: defaultdict[str, list[str]] = defaultdict(list)
        self.ready: list[tuple[tuple[int, int], int, str]] = []
        self.shared = not getattr(executor, "remote", False)  # the cache, by those who plan and those who make
        self.suspects: list[str] = []  # steps to be tried when nothing else is under way
        self.counter = itertools.count()
        self.under_way: dict[Future[list[Result]], list[str]] = {}
        self.pace: dict[str, float] = {}  # seconds a step of a function takes, as far as seen
        self.open: dict[int, set[str]] = {}  # job number -> its targets that are not settled
        self.jobs_of: defaultdict[str, list[int]] = defaultdict(list)
        self.outcomes: dict[int, Outcome] = {}

    def all_of_it(self) -> list[Outcome]:
        self._take_in()
        self._tell_progress()
        try:
            while self.nodes:
                if self.should_stop is not None and self.should_stop():
                    raise Stopped("the run was stopped", mend="Run again: what is finished is kept")
                self._submit()
                self._collect()
        finally:
            for future in self.under_way:
                future.cancel()
        self._remember()
        return [self.outcomes[number] for number in range(len(self.jobs))]

    # ----- what is to be made

    def _take_in(self) -> None:
        targets: dict[str, tuple[Step, tuple[int, int]]] = {}
        for number, job in enumerate(self.jobs):
            match job.plan:
                case Waiting():
                    self._deliver(number, Outcome(job, "waiting", reason=job.plan.words))
                case LoaError():
                    self._deliver(number, refused(job, job.plan))
                case Planned():
                    try:
                        wanted = {step.key: step for step in steps_of(job.plan)}
                    except LoaError as error:
                        self._deliver(number, refused(job, error))
                        continue
                    urgency = _URGENCY[job.edition.priority] if job.edition else _URGENCY[Priority.NORMAL]
                    self.open[number] = set(wanted)
                    for key, step in wanted.items():
                        self.jobs_of[key].append(number)
                        rank = min(targets[key][1], (urgency, number)) if key in targets else (urgency, number)
                        targets[key] = (step, rank)
        self._look_up(targets, prove=True)

    def _look_up(self, wanted: Mapping[str, tuple[Step, tuple[int, int]]], *, prove: bool = False) -> None:
        """Settle what the cache has; of the rest, look at what it stands on, level by level."""
        while wanted:
            new = {key: value for key, value in wanted.items() if key not in self.settled and key not in self.nodes}
            found = self.cache.lookup_many(new, prove=prove, known=self.recalled)
            below: dict[str, tuple[Step, tuple[int, int]]] = {}
            for key, (step, rank) in new.items():
                self.steps[key] = step
                if key in found:
                    self._settle(key, found[key])
                    continue
                self.nodes[key] = _Node(step, rank, set())
                for need in step.needs.values():
                    if need.key not in below or below[need.key][1] > rank:
                        below[need.key] = (need, rank)
            for key in wanted.keys() - new.keys():  # known already: a more urgent product may want it too
                if key in self.nodes:
                    self.nodes[key].rank = min(self.nodes[key].rank, wanted[key][1])
            wanted, prove = below, False
        self._connect()

    def _connect(self) -> None:
        """Put each new node behind what it stands on, or among the ready."""
        queued = {*self.suspects, *(key for _, _, key in self.ready), *itertools.chain(*self.under_way.values())}
        for key, node in list(self.nodes.items()):
            if key in queued or node.missing or key not in self.nodes:  # it may have failed with another meanwhile
                continue
            broken = [
                settled
                for need in node.step.needs.values()
                if isinstance(settled := self.settled.get(need.key), Failure)
            ]
            if broken:
                self._fail(key, broken[0])
                continue
            node.missing = {need.key for need in node.step.needs.values() if need.key in self.nodes}
            for need_key in node.missing:
                self.dependents[need_key].append(key)
            if not node.missing:
                self._make_ready(key)

    def _make_ready(self, key: str) -> None:
        heapq.heappush(self.ready, (self.nodes[key].rank, next(self.counter), key))

    # ----- the work

    def _submit(self) -> None:
        slots = int(getattr(self.executor, "slots", 2))
        if self.ready and not self.shared:
            self._refuse_unshared_cache()
        if self.suspects and not self.ready and not self.under_way:
            self._make_ready(self.suspects.pop())
        while self.ready and len(self.under_way) < slots:
            keys = self._batch(slots)
            calls = [Call.of(self.steps[key], self._records_for(self.steps[key])) for key in keys]
            try:
                future = self.executor.submit(make_steps, self.cache.url, calls)
            except (RuntimeError, OSError) as error:  # a closed or broken executor: nothing more will run there
                for key in keys:
                    self._fail(key, Failure(self.steps[key].run, "cluster", _nobody_runs(error)))
                continue
            self.under_way[future] = keys

    def _refuse_unshared_cache(self) -> None:
        """Workers far away with a folder of the same name would fill that one, and nobody would find it again."""
        name = f"probe/{secrets.token_hex(12)}"
        self.cache.keep_notes({name: name})
        try:
            self.shared = self.executor.submit(sees_note, self.cache.url, name).result(timeout=120)
        except (LoaError, OSError, TimeoutError) as error:
            _log.warning("a worker cannot open the cache: %s", error)
        finally:
            self.cache.drop_note(name)
        if not self.shared:
            raise SettingsError(
                f"the workers of the cluster do not see the cache {self.cache.url}",
                mend="Set LOA_CACHE to an S3 bucket, or to a folder that all of them share, and give them its keys",
            )

    def _records_for(self, step: Step) -> dict[str, Record]:
        needs = {name: self.settled[need.key] for name, need in step.needs.items()}
        return {name: record for name, record in needs.items() if isinstance(record, Record)}

    def _batch(self, slots: int) -> list[str]:
        """The next step; with it, when it is known to be small, as many small ones as fill a moment."""
        keys = [heapq.heappop(self.ready)[2]]
        share = math.ceil((len(self.ready) + 1) / slots)
        filled_s = self._pace(keys[0])
        while self.ready and len(keys) < min(share, _BATCH_STEPS):
            pace_s = self._pace(self.ready[0][2])
            if max(pace_s, self._pace(keys[0])) > _SMALL_STEP_S or filled_s + pace_s > _BATCH_S:
                break
            filled_s += pace_s
            keys.append(heapq.heappop(self.ready)[2])
        return keys

    def _pace(self, key: str) -> float:
        return math.inf if self.nodes[key].alone else self.pace.get(self.steps[key].run, math.inf)

    def _collect(self) -> None:
        if not self.under_way:
            return
        done, _ = wait(self.under_way, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            keys = self.under_way.pop(future)
            error = future.exception() if not future.cancelled() else None
            if future.cancelled() or error is not None:
                self._take_death(keys, error)
                continue
            for key, result in zip(keys, future.result(), strict=True):
                self._take_result(key, result)
        if done:
            self._tell_progress()

    def _take_result(self, key: str, result: Result) -> None:
        match result:
            case Done():
                self.spent[key] = result.seconds
                if result.seconds:
                    step = self.steps[key].run
                    self.pace[step] = result.seconds + (self.pace.get(step, result.seconds) - result.seconds) * 0.7
                self._settle(key, result.record)
            case Failure():
                if result.trace:
                    _log.error("step %s (%s) failed\n%s", result.step, key[:12], result.trace)
                self._fail(key, result)
            case Lost():
                self._make_again(key, result.keys)

    def _take_death(self, keys: list[str], error: BaseException | None) -> None:
        """A call came to nothing. Whoever had company when its worker died is tried alone: one of them is the cause."""
        deaths = deaths_of(error)
        for key in keys:
            node, step = self.nodes[key], self.steps[key].run
            _log.warning("the call of step %s (%s) came to nothing: %s", step, key[:12], error)
            if not deaths:
                self._fail(key, Failure(step, "cluster", _nobody_runs(error)))
                continue
            proven = len(keys) == 1 and (node.alone or isinstance(error, WorkerDied))
            node.tries += deaths if len(keys) == 1 else 0
            if proven and node.tries > _TIMES_AGAIN:
                said = f": {error}" if isinstance(error, WorkerDied) else ""
                reason = f"the process that made {step} died {node.tries} times{said}. Give it more memory"
                self._fail(key, Failure(step, "worker", reason))
                continue
            node.alone = True
            if isinstance(error, WorkerDied):
                self._make_ready(key)
            else:
                self.suspects.append(key)

    def _make_again(self, key: str, lost: tuple[str, ...]) -> None:
        node = self.nodes[key]
        node.tries += 1
        if node.tries > _TIMES_AGAIN:
            reason = f"what {node.step.run} stands on is lost from the cache each time it is made. Look after its disk"
            self._fail(key, Failure(node.step.run, "store", reason))
            return
        for lost_key in lost:
            self.settled.pop(lost_key, None)
        self._look_up({need.key: (need, node.rank) for need in node.step.needs.values() if need.key in lost})

    # ----- what became of it

    def _settle(self, key: str, result: Record | Failure) -> None:
        self.settled[key] = result
        self.nodes.pop(key, None)
        for dependent in self.dependents.pop(key, []):
            node = self.nodes.get(dependent)
            if node is None:
                continue
            if isinstance(result, Failure):
                self._fail(dependent, result)
                continue
            node.missing.discard(key)
            if not node.missing:
                self._make_ready(dependent)
        for number in self.jobs_of.get(key, []):
            waiting = self.open.get(number)
            if waiting is None:
                continue
            waiting.discard(key)
            if not waiting:
                del self.open[number]
                self._finish(number)

    def _fail(self, key: str, failure: Failure) -> None:
        self._settle(key, failure)

    def _finish(self, number: int) -> None:
        """All steps of a product are made or have failed: say what became of it."""
        self._deliver(number, outcome_of(self.jobs[number], self.settled, self.spent))

    def _deliver(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome
        if self.on_outcome is not None:
            self.on_outcome(outcome)

    def _tell_progress(self) -> None:
        if self.on_progress is not None:
            films = [key for key, step in self.steps.items() if step.frames]
            done = {key: self._frames(key) for key in films if key in self.settled}
            frames = sum(done.values()) + sum(self.steps[key].frames for key in films if key not in done)
            steps = len(self.settled) + len(self.nodes)
            self.on_progress(Progress(len(self.settled), steps, sum(done.values()), frames))

    def _frames(self, key: str) -> int:
        """The frames of a settled step: as many as it tells of, or as were guessed when it failed."""
        settled = self.settled[key]
        guessed = self.steps[key].frames
        return int(settled.details.get("frames", guessed)) if isinstance(settled, Record) else guessed

    def _remember(self) -> None:
        """Keep what `loa plan` will compare with next time, and what spares the next run its questions."""
        met = {key: record for key, record in self.settled.items() if isinstance(record, Record)}
        if met.keys() == self.recalled.keys():
            return  # nothing is new since the last run of these jobs
        good = [outcome.job for outcome in self.outcomes.values() if outcome.state in {"made", "cached"}]
        try:
            self.cache.keep_notes(new_notes(good, self.cache))
            self.cache.memorize(self.name, met)
        except StoreError as error:  # a full disk, most likely: what was made is made nevertheless
            _log.warning("the next plan will not know what this one was made from: %s", error)


def _nobody_runs(error: BaseException | None) -> str:
    said = f" ({type(error).__name__})" if error is not None else ""
    return f"the cluster did not answer{said}. See that it runs, then run again: what is finished is kept"
