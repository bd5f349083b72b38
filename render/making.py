"""Making one step where it runs: in a process of this machine or on a worker far away."""

from __future__ import annotations

import errno
import functools
import hashlib
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render.cache import Cache, Record
from render.errors import LoaError, StepError, StoreError
from render.paths import ROOT
from render.steps import MACHINE, Made, Step, code_digest, file_digest, function, library_version


@dataclass(frozen=True)
class Call:
    """A step as it travels: its inputs, and the records of what it stands on, whose bytes the worker finds."""

    key: str
    run: str
    inputs: Mapping[str, Any]
    needs: Mapping[str, Record]
    code: str
    libraries: Mapping[str, str]
    files: tuple[tuple[str, str], ...]  # those of the project itself, relative to it, and their digests
    machine: str
    carried: Mapping[str, bytes | None] = field(default_factory=dict)  # None: the file is gone since it was planned

    @classmethod
    def of(cls, step: Step, needs: Mapping[str, Record]) -> Call:
        """The call that makes `step`; `needs` are the records of what it stands on, by name."""
        parts = step.parts
        files = zip(step.files, parts["files"], strict=True)
        ours = [(str(path.relative_to(ROOT)), digest) for path, (_, digest) in files if _is_ours(path)]
        return cls(
            step.key,
            step.run,
            step.inputs,
            needs,
            parts["code"],
            parts["libraries"],
            tuple(ours),
            parts["machine"],
            {name: _read(path) for name, path in step.carries.items()},
        )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _is_ours(path: Path) -> bool:
    """Whether a file comes with the project; what comes with a library is told by the library's version."""
    return path.is_relative_to(ROOT) and not path.is_relative_to(sys.prefix)


@dataclass(frozen=True)
class Failure:
    """Why a step was not made, in words; `trace` is for the log, and empty where the words say it all."""

    step: str
    slug: str
    reason: str
    gate: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Lost:
    """Steps that this one stands on and that the cache has lost since: they are to be made again first."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """A step that is in the cache now; `seconds` is 0.0 when another had made it meanwhile."""

    record: Record
    seconds: float


Result = Done | Failure | Lost


def make_steps(cache_url: str, calls: list[Call]) -> list[Result]:
    """Make each call's step and keep it in the cache; one that fails does not hold up the next."""
    cache = _cache(cache_url)
    return [_make(cache, call) for call in calls]


def sees_note(cache_url: str, name: str) -> bool:
    """Whether whoever runs this finds a note of the planner's in the cache."""
    return bool(_cache(cache_url).note(name) == name)


@functools.lru_cache(maxsize=4)
def _cache(url: str) -> Cache:
    return Cache(url)


def _make(cache: Cache, call: Call) -> Result:
    try:
        _refuse_other_code(call)
        record = cache.lookup(call.key)
        if record is not None:
            return Done(record, 0.0)
        needs = {name: cache.made(need) for name, need in call.needs.items()} | _carried(call)
        start = time.perf_counter()
        try:
            made = function(call.run)(call.inputs, needs)
        except StoreError as error:
            # That a need's bytes are lost or damaged shows when they are read.
            return _lost(cache, call) or _failure(call, error)
        if not isinstance(made, Made):
            raise StepError(f"the step {call.run} returned {type(made).__name__}, not what it made")
        seconds = time.perf_counter() - start
        warnings = tuple(text for need in needs.values() for text in need.warnings)
        return Done(cache.save(call.key, made, step=call.run, seconds=seconds, warnings=warnings), seconds)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (told in words and logged by whoever runs the plan)
        return _failure(call, error)


def _carried(call: Call) -> dict[str, Made]:
    """The files that came with the call, as long as they are still what was planned with."""
    for name, data in call.carried.items():
        if data is None or hashlib.sha256(data).hexdigest() != call.inputs[name]:
            raise StepError(f"the file of the {name} changed since the plan", mend="Run again")
    return {name: Made(files={"bytes": data}) for name, data in call.carried.items() if data is not None}


def _lost(cache: Cache, call: Call) -> Lost | None:
    keys = tuple(need.key for need in call.needs.values() if cache.lookup(need.key, need) is None)
    return Lost(keys) if keys else None


def _refuse_other_code(call: Call) -> None:
    """A worker with other code or libraries would fill the cache, under this key, with what the key does not say."""
    differs = [
        *([] if code_digest(call.run.partition(":")[0]) == call.code else ["code"]),
        *([] if call.machine == MACHINE else [f"machine ({MACHINE}, not {call.machine})"]),
        *(name for name, version in call.libraries.items() if library_version(name) != version),
        *(name for name, digest in call.files if file_digest(ROOT / name) != digest),
    ]
    if differs:
        raise StepError(
            f"the worker that got {call.run} has another {', '.join(differs)} than the one who planned it",
            mend="Run again if it was changed meanwhile; else install the same version of loa on every worker",
        )


def _failure(call: Call, error: BaseException) -> Failure:
    trace = "".join(traceback.format_exception(error))
    match error:
        case LoaError():
            return Failure(call.run, error.slug, str(error), str(getattr(error, "gate", "")))
        case MemoryError():
            reason = (
                f"the step {call.run} ran out of memory. Let fewer steps run at once, or give the machine more memory"
            )
            return Failure(call.run, "memory", reason, trace=trace)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            reason = f"the disk became full in the step {call.run}. Free some space and run again: what is made is kept"
            return Failure(call.run, "store", reason, trace=trace)
        case _:
            said = f": {error}" if str(error) else ""
            reason = f"the step {call.run} failed unexpectedly with {type(error).__name__}{said}. The log tells where"
            return Failure(call.run, "step", reason, trace=trace)
