"""Cached steps: one pure function each, keyed by everything that can change its result."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render.errors import StepError
from render.paths import ROOT

# Raised by hand only when the shape of cache records changes; everything else is in the key by itself.
CACHE_FORMAT = 1

# The processor family, and Python itself: its zlib and its Unicode tables are in what it writes.
MACHINE = f"{platform.machine()} python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Made:
    """What a step's function returns.

    `files` are its artifacts by name, `details` what was measured on the way (JSON data: pages,
    `duration_s`, `loudness_lufs`, the voice and its quality…), `warnings` sentences for the editor.
    """

    files: Mapping[str, bytes]
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Pieced(bytes):
    """A file laid together from pieces: a cache keeps the pieces, each once whoever shares it, not the whole."""

    pieces: tuple[bytes, ...]

    def __new__(cls, pieces: Iterable[bytes]) -> Pieced:
        """The whole, in order."""
        kept = tuple(bytes(piece) for piece in pieces)
        whole = super().__new__(cls, b"".join(kept))
        whole.pieces = kept
        return whole

    def __reduce__(self) -> tuple[type[Pieced], tuple[tuple[bytes, ...]]]:
        return Pieced, (self.pieces,)


# A step's function: its inputs, and what the steps it needs have made (name of the need -> Made).
StepFunction = Callable[[Mapping[str, Any], Mapping[str, Made]], Made]


@dataclass(frozen=True, eq=False)
class Step:
    """One call of a pure function, not yet made.

    `run` names the function (`"render.typeset.sheet:set_pdf"`), `inputs` is JSON data, `needs` the steps whose
    artifacts it reads, `files` what it reads from disk (templates, fonts, sounds, in order), `libraries`
    the distributions whose version may change its bytes. The key holds all of it, the source of the
    function's module and of every module of ours that it imports, and the processor family.

    `carries` are files from outside the project, such as an article's photographs: the input of the same name is the
    SHA-256 of each, their bytes travel with the call to wherever the step is made, and its function finds them among
    its needs as `needs[name].files["bytes"]`.
    """

    run: str
    inputs: Mapping[str, Any]
    needs: Mapping[str, Step] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    libraries: tuple[str, ...] = ()
    carries: Mapping[str, Path] = field(default_factory=dict)
    frames: int = 0  # of a clip that come with it, as guessed beforehand: for who waits, not in the key

    @functools.cached_property
    def parts(self) -> dict[str, Any]:
        """Everything that can change the result, digested: what the key is made of, and `loa plan` compares."""
        return {
            "format": CACHE_FORMAT,
            "run": self.run,
            "code": code_digest(self.run.partition(":")[0]),
            "inputs": {name: _input_digest(self.run, name, value) for name, value in self.inputs.items()},
            "needs": {name: step.key for name, step in self.needs.items()},
            "files": [(file.name, file_digest(file)) for file in self.files],
            "libraries": {name: library_version(name) for name in self.libraries},
            "machine": MACHINE,
        }

    @functools.cached_property
    def key(self) -> str:
        """The SHA-256 of everything that can change the result, as 64 hex digits."""
        return hashlib.sha256(canonical(self.parts)).hexdigest()

    def function(self) -> StepFunction:
        """The function itself, imported."""
        return function(self.run)


def function(run: str) -> StepFunction:
    """The function that `"module:function"` names."""
    module, _, name = run.partition(":")
    try:
        found: StepFunction = getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise StepError(f"there is no step {run}", mend="Its module or its function was renamed") from error
    return found


_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical(data: Any) -> bytes:
    """JSON with one spelling: sorted keys, no spaces, UTF-8; refuses what JSON cannot say exactly."""
    return _encode(data).encode()


def _input_digest(run: str, name: str, value: Any) -> str:
    try:
        return hashlib.sha256(canonical(value)).hexdigest()
    except (TypeError, ValueError) as error:
        raise StepError(f"the input {name!r} of {run} is not JSON data ({error})") from error


def walk(step: Step) -> Iterator[Step]:
    """The steps that `step` stands on, each once, needs first, itself last."""
    found: dict[str, Step] = {}

    def visit(one: Step) -> None:
        for need in one.needs.values():
            if need.key not in found:
                visit(need)
        found[one.key] = one

    visit(step)
    return iter(found.values())


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, read again only when its size or time changed."""
    try:
        stat = os.stat(path)  # noqa: PTH116 (asked for every font of every step: Path.stat takes twice as long)
        return _file_digest(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise StepError(
            f"a file that a step reads cannot be read: {error.strerror}", where=str(path), mend="Put the file back"
        ) from error


@functools.lru_cache(maxsize=4096)
def _file_digest(path: Path, size: int, mtime_ns: int) -> str:  # noqa: ARG001 (they make the cache key)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def library_version(name: str) -> str:
    """The version of an installed distribution; a running process keeps the one it has imported."""
    from importlib import metadata  # here: a reader of releases needs none, and it loads longer than all the rest

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError as error:
        raise StepError(
            f"the library {name} is not installed", mend="Run make again: it installs what is locked"
        ) from error


@functools.lru_cache(maxsize=512)
def code_digest(module: str) -> str:
    """The SHA-256 of a module's source and of all of ours that it imports, however far.

    It is asked once in a process: what is imported stays what it was, whatever happens to the file.
    """
    if _source(module) is None:
        raise StepError(
            f"the source of {module} is not there", mend="A step's function lies in a module of this project"
        )
    sources: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in sources:
            continue
        path = _source(name)
        if path is None:
            continue
        sources[name] = file_digest(path)
        waiting += _imports(name, path, sources[name])
    return hashlib.sha256(canonical(sources)).hexdigest()


def _source(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


# Where a statement may begin: parsing each source takes ten times as long. What only looks like an import, in a text,
# puts one module more into the key.
_IMPORT = re.compile(
    r"(?:^|[:;])[ \t]*(?:from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+)?import\b[ \t]*"
    r"(\((?:[^()#]|#[^\n]*)*\)|(?:[^\n;\\]|\\\n?)*)",
    re.MULTILINE,
)
_COMMENT = re.compile(r"#[^\n]*|\\\n")


@functools.lru_cache(maxsize=1024)
def _imports(module: str, path: Path, digest: str) -> tuple[str, ...]:  # noqa: ARG001 (an edited file is read again)
    """The modules of ours that `module` imports anywhere in its source, and the packages they lie in."""
    found: list[str] = [module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for dots, source, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
        listed = [words[0] for part in _COMMENT.sub("", names).strip("() ").split(",") if (words := part.split())]
        if not (dots or source):
            found += listed
            continue
        above = package[: len(package) - len(dots) + 1] if dots else []
        base = ".".join([*above, *([source] if source else [])])
        found += [base, *(f"{base}.{name}" for name in listed)]  # a submodule, or a name: then no source
    ours = [name for name in found if name.split(".")[0] == module.split(".")[0]]
    packages = {".".join(name.split(".")[:count]) for name in ours for count in range(1, name.count(".") + 1)}
    return (*ours, *sorted(packages))
