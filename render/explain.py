"""Saying why: for each step of a plan whether it is cached, and what has changed since it was last made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from render.cache import Cache
from render.errors import LoaError
from render.jobs import Job
from render.products import Planned, Waiting
from render.steps import Step, canonical

_NOTE_FORMAT = 2
_NAMED = 3  # so many steps are told by name
_SHORT = 80  # an input up to so many letters is told as it is, a longer one by its name alone


@dataclass(frozen=True)
class ExplainedStep:
    """A step of a product: `label` is where it stands (`pdf`, `pdf/sheet`, `gate:readable_qr`), `why` in words."""

    label: str
    run: str
    state: Literal["cached", "to make"]
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explained:
    """What would become of a job, and why. `reason` is for what waits or has failed already."""

    job: Job
    state: Literal["cached", "to make", "waiting", "failed"]
    reason: str = ""
    why: tuple[str, ...] = ()  # what the edition says otherwise than last time: its facts, before → now
    steps: tuple[ExplainedStep, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As JSON data, for `loa plan --json`."""
        job = self.job
        return {
            "slug": job.slug,
            "product": job.product,
            "lang": job.lang,
            "office": job.office,
            "state": self.state,
            "reason": self.reason,
            "why": list(self.why),
            "steps": [
                {"label": step.label, "run": step.run, "state": step.state, "why": list(step.why)}
                for step in self.steps
            ],
        }

    def as_lines(self) -> list[str]:
        """As text: a line for the product, and one for each step that must be made, with its reasons."""
        job = self.job
        name = " ".join(part for part in (job.slug, job.lang, job.office, job.product) if part)
        lines = [f"{self.state:8} {name}" + (f": {self.reason}" if self.reason else "")]
        if self.state == "to make":
            lines += [f"           {one}" for one in self.why]
            lines += [f"           {step.label}: {'; '.join(step.why)}" for step in self.steps if step.why]
            cached = sum(step.state == "cached" for step in self.steps)
            lines += [f"           and {cached} cached"] if cached else []
        return lines


def explain(jobs: Sequence[Job], cache: Cache) -> list[Explained]:
    """For each job what is cached, what would be made, and why."""
    labelled: dict[int, dict[str, Step]] = {}
    unplannable: dict[int, LoaError] = {}
    for number, job in enumerate(jobs):
        if isinstance(job.plan, Planned):
            try:
                labelled[number] = _labelled(job.plan)
            except LoaError as error:
                unplannable[number] = error
    keys = [step.key for steps in labelled.values() for step in steps.values()]
    found = cache.lookup_many(keys, known=cache.recall(plan_name(jobs)))
    last = cache.notes(_note_name(jobs[number]) for number in labelled)
    explained: list[Explained] = []
    for number, job in enumerate(jobs):
        if isinstance(job.plan, Waiting):
            explained.append(Explained(job, "waiting", job.plan.words))
        elif isinstance(job.plan, LoaError):
            explained.append(Explained(job, "failed", str(job.plan)))
        elif number in unplannable:
            explained.append(Explained(job, "failed", str(unplannable[number])))
        else:
            explained.append(_explain(job, labelled[number], found.keys(), last.get(_note_name(job))))
    return explained


def _explain(job: Job, steps: Mapping[str, Step], cached: Any, last: Any) -> Explained:
    assert isinstance(job.plan, Planned)
    # A step that only stands below cached ones is not made, even when it is gone from the cache.
    wanted: set[str] = set()
    waiting = [*(file.step for file in job.plan.files), *job.plan.gates]
    while waiting:
        step = waiting.pop()
        if step.key not in wanted:
            wanted.add(step.key)
            if step.key not in cached:
                waiting += step.needs.values()
    before = last.get("steps", {}) if isinstance(last, dict) and last.get("format") == _NOTE_FORMAT else {}
    told: list[ExplainedStep] = []
    for label, step in steps.items():
        if step.key not in wanted:
            continue
        if step.key in cached:
            told.append(ExplainedStep(label, step.run, "cached"))
        else:
            made_again = [name for name, need in step.needs.items() if need.key not in cached]
            told.append(ExplainedStep(label, step.run, "to make", _why(before.get(label), _note(step), made_again)))
    if all(step.state == "cached" for step in told):
        return Explained(job, "cached", steps=tuple(told))
    said = _changes("fact", last["said"], _said(job)) if before else []
    return Explained(job, "to make", why=tuple(said), steps=tuple(told))


def _why(before: Mapping[str, Any] | None, now: Mapping[str, Any], made_again: Sequence[str]) -> tuple[str, ...]:
    if before is None:
        return ("never made before",)
    if before["key"] == now["key"]:
        return ("made before, but no longer in the cache",)
    why: list[str] = []
    if before["run"] != now["run"]:
        why.append(f"the step {before['run']} → {now['run']}")
    elif before["code"] != now["code"]:
        why.append(f"the code of {now['run'].partition(':')[0]} changed, or of what it imports")
    why += _changes("fact", before["facts"], now["facts"])
    why += _changes("input", before["inputs"], now["inputs"])
    why += _file_changes(before["files"], now["files"])
    why += _changes("", before["libraries"], now["libraries"])
    if before["machine"] != now["machine"]:
        why.append(f"machine {before['machine']} → {now['machine']}")
    why += _named("it stands on {}, made again", made_again)
    others = [name for name, key in now["needs"].items() if name not in made_again and before["needs"].get(name) != key]
    why += _named("it stands on another {} than last time", others)
    why += [f"it no longer stands on {name}" for name in before["needs"] if name not in now["needs"]]
    return tuple(why) or ("the form of the cache changed",)


def _named(sentence: str, names: Sequence[str]) -> list[str]:
    """A sentence about some steps: all by name, or the first of many and their number."""
    if not names:
        return []
    few = ", ".join(names[:_NAMED])
    return [sentence.format(few if len(names) <= _NAMED else f"{few} and {len(names) - _NAMED} more")]


def _changes(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """One sentence for each name whose value is not what it was."""
    told: list[str] = []
    for name in sorted({*before, *now}):
        was, new = before.get(name), now.get(name)
        if was == new:
            continue
        title = f"{kind} {name}".strip()
        if was is None:
            told.append(f"{title} is new" + (f" ({new})" if not _is_digest(new) else ""))
        elif new is None:
            told.append(f"{title} is gone")
        elif _is_digest(was) or _is_digest(new):
            told.append(f"{title} changed")
        else:
            told.append(f"{title}{':' if kind else ''} {was} → {new}")
    return told


def _file_changes(before: Sequence[Sequence[str]], now: Sequence[Sequence[str]]) -> list[str]:
    was, new = ({name: digest for name, digest in pairs} for pairs in (before, now))  # noqa: C416 (lists of two, from JSON)
    told = [f"{_kind(name)} {name} changed" for name in new if name in was and was[name] != new[name]]
    told += [f"{_kind(name)} {name} is new" for name in new if name not in was]
    told += [f"{_kind(name)} {name} is gone" for name in was if name not in new]
    if not told and [list(pair) for pair in before] != [list(pair) for pair in now]:
        told.append("the files are read in another order")
    return told


def _kind(name: str) -> str:
    kinds = {".typ": "template", ".ttf": "font", ".otf": "font", ".html": "template", ".po": "phrases"}
    return next((kind for suffix, kind in kinds.items() if name.endswith(suffix)), "file")


# ----- the note of a product: what its steps were made from


def new_notes(jobs: Sequence[Job], cache: Cache) -> dict[str, Any]:
    """The notes of products that are there now, where the cache does not say so already."""
    named = {_note_name(job): job for job in jobs if isinstance(job.plan, Planned)}
    known = cache.notes(named)
    notes: dict[str, Any] = {}
    for name, job in named.items():
        assert isinstance(job.plan, Planned)
        targets = sorted({step.key for step in (*(file.step for file in job.plan.files), *job.plan.gates)})
        there = known.get(name)
        if isinstance(there, dict) and there.get("targets") == targets and there.get("format") == _NOTE_FORMAT:
            continue
        steps = {label: _note(step) for label, step in _labelled(job.plan).items()}
        notes[name] = {"format": _NOTE_FORMAT, "targets": targets, "said": _said(job), "steps": steps}
    return notes


def plan_name(jobs: Sequence[Job]) -> str:
    """A name for these products together, whatever their state: the same when they are wanted again."""
    digest = hashlib.sha256(canonical(sorted({_note_name(job) for job in jobs}))).hexdigest()[:32]
    return f"{digest[:2]}/{digest}"


def _note_name(job: Job) -> str:
    digest = hashlib.sha256(canonical([job.product, job.slug, job.lang, job.office])).hexdigest()[:32]
    return f"{digest[:2]}/{digest}"


def _labelled(plan: Planned) -> dict[str, Step]:
    """Every step of a product once, by where it stands in it; the same place has the same label next time."""
    labels: dict[str, Step] = {}
    seen: set[str] = set()

    def add(label: str, step: Step) -> None:
        if step.key in seen:
            return
        seen.add(step.key)
        for name, need in sorted(step.needs.items()):
            add(f"{label}/{name}", need)
        free = label
        for number in range(2, 1000):
            if free not in labels:
                break
            free = f"{label} {number}"
        labels[free] = step

    for file in plan.files:
        add(file.suffix, file.step)
    for gate in plan.gates:
        add(f"gate:{gate.run.partition(':')[2]}", gate)
    return labels


def _said(job: Job) -> dict[str, str]:
    """The facts of a job's edition as they are printed."""
    facts = job.edition.facts if job.edition else ()
    return {f"{one.key} @{one.asked}" if one.asked else one.key: one.printed for one in facts}


def _note(step: Step) -> dict[str, Any]:
    parts = step.parts
    return {
        "key": step.key,
        "run": step.run,
        "code": _short(parts["code"]),
        "inputs": dict(_flat(step.inputs)),
        "facts": dict(sorted(_facts(step.inputs))),
        "files": [[name, _short(digest)] for name, digest in parts["files"]],
        "libraries": parts["libraries"],
        "machine": parts["machine"],
        "needs": {name: _short(key) for name, key in parts["needs"].items()},
    }


def _short(digest: str) -> str:
    return f"#{digest[:16]}"


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 17 and value.startswith("#")


def _flat(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Inputs by name, two levels deep; what is long is digested, what only a fact changed is told by the fact."""
    for name, value in inputs.items():
        if isinstance(value, Mapping):
            for inner, below in value.items():
                yield f"{name}.{inner}", _told(below)
        else:
            yield name, _told(value)


def _told(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _SHORT):
        return str(value)
    return _short(hashlib.sha256(canonical(_without_facts(value))).hexdigest())


def _without_facts(data: Any) -> Any:
    """JSON data with the printed values of its facts taken out: they are told by themselves."""
    if isinstance(data, Mapping):
        fact = _fact(data)
        hidden = {"t", "printed", "value"} if fact else set()
        return {name: _without_facts(value) for name, value in data.items() if name not in hidden}
    if isinstance(data, list | tuple):
        return [_without_facts(value) for value in data]
    return data


def _facts(data: Any) -> Iterator[tuple[str, str]]:
    """The facts that JSON data says: runs with `"f"` and `"t"`, and said facts with `"key"` and `"printed"`."""
    if isinstance(data, Mapping):
        if fact := _fact(data):
            yield fact
        for value in data.values():
            yield from _facts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _facts(value)


def _fact(data: Mapping[str, Any]) -> tuple[str, str] | None:
    for key, printed in (("f", "t"), ("key", "printed")):
        if isinstance(data.get(key), str) and data[key] and isinstance(data.get(printed), str):
            return data[key], data[printed]
    return None
