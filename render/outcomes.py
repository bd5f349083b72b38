"""What became of a job, from what its steps came to: files, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from render.cache import Record
from render.errors import LoaError
from render.jobs import Job, MadeFile, Outcome
from render.making import Failure
from render.products import Planned
from render.steps import Step, walk


def steps_of(plan: Planned) -> list[Step]:
    """The steps that make the files, then the gates, each once."""
    steps = (*(file.step for file in plan.files), *plan.gates)
    return list({step.key: step for step in steps}.values())


def refused(job: Job, error: LoaError) -> Outcome:
    """A product that could not be planned."""
    return _failed(job, [Failure("", error.slug, str(error), str(getattr(error, "gate", "")))])


def outcome_of(job: Job, settled: Mapping[str, Record | Failure], spent: Mapping[str, float]) -> Outcome:
    """What became of a planned job, all of whose steps are settled; `spent` are the seconds by step, in this run."""
    assert isinstance(job.plan, Planned)
    steps = steps_of(job.plan)
    seconds = sum(spent.get(key, 0.0) for key in {step.key for top in steps for step in walk(top)})
    failures = {id(found): found for step in steps if isinstance(found := settled[step.key], Failure)}
    if failures:
        return replace(_failed(job, list(failures.values())), seconds=seconds)
    records = [found for step in steps if isinstance(found := settled[step.key], Record)]
    files: list[MadeFile] = []
    for file in job.plan.files:
        record = settled[file.step.key]
        assert isinstance(record, Record)
        blob = record.files.get(file.name)
        if blob is None:
            reason = f"the step {file.step.run} made no file called {file.name!r}"
            return replace(_failed(job, [Failure(file.step.run, "step", reason)]), seconds=seconds)
        files.append(MadeFile(file.suffix, file.role, file.media_type, blob.sha256, blob.bytes, file.name))
    details = dict(job.plan.details)
    for record in records:
        details.update(record.details)
    warnings = dict.fromkeys((*job.plan.warnings, *(text for record in records for text in record.warnings)))
    state: Literal["made", "cached"] = "made" if any(step.key in spent for step in steps) else "cached"
    return Outcome(job, state, tuple(files), details, tuple(warnings), seconds=seconds)


def _failed(job: Job, failures: Sequence[Failure]) -> Outcome:
    """A product that failed: what could not be made first, else every gate that refused it."""
    failures = [failure for failure in failures if not failure.gate] or failures
    return Outcome(
        job,
        "failed",
        warnings=job.plan.warnings if isinstance(job.plan, Planned) else (),
        reason="; ".join(dict.fromkeys(failure.reason for failure in failures)),
        gate=", ".join(dict.fromkeys(failure.gate for failure in failures if failure.gate)),
        error_slug=failures[0].slug,
    )
