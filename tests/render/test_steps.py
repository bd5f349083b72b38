"""A step's key holds everything that can change its result, and nothing else."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render import steps
from render.errors import StepError
from render.paths import ROOT
from render.steps import Step, canonical, walk


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small house of modules in place of the project's."""
    root = tmp_path / "house"
    (root / "craft" / "inner").mkdir(parents=True)
    (root / "craft" / "__init__.py").write_text("")
    (root / "craft" / "inner" / "__init__.py").write_text("")
    (root / "craft" / "sheet.py").write_text(
        "import json\nfrom craft.inner import deep\ndef make(inputs, needs): ...\n"
    )
    (root / "craft" / "inner" / "deep.py").write_text("from ..brand import COLOUR\n")
    (root / "craft" / "brand.py").write_text("COLOUR = 'red'\n")
    (root / "craft" / "stranger.py").write_text("nobody imports this\n")
    monkeypatch.setattr(steps, "ROOT", root)
    steps.code_digest.cache_clear()
    yield root
    steps.code_digest.cache_clear()


def key(**changed: Any) -> str:
    steps.code_digest.cache_clear()
    steps.library_version.cache_clear()
    return Step(**{"run": "craft.sheet:make", "inputs": {"title": "Từ 75 tuổi", "pages": 2}, **changed}).key


@pytest.mark.parametrize("module", ["sheet.py", "__init__.py", "inner/deep.py", "inner/__init__.py", "brand.py"])
def test_the_key_changes_with_the_code_and_with_what_it_imports_however_far(house: Path, module: str) -> None:
    before = key()
    path = house / "craft" / module
    path.write_text(path.read_text() + "# changed\n")
    assert key() != before


@pytest.mark.parametrize(
    "statement",
    [
        "import craft.inner.deep as d, json",
        "import json, craft.inner.deep",
        "from craft.inner import (  # (deep\n    other,  # this ) one\n    deep as d,\n)",
        "from craft.inner import other, \\\n    deep",
        "from .inner import deep",
        "from . import brand; from .inner.deep import COLOUR",
        "if True: import craft.inner.deep",
        "def make():\n    try:\n        from .inner import(deep)\n    finally: pass",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n\tfrom craft.inner.deep import (COLOUR)",
    ],
)
def test_an_import_is_found_however_it_is_written(house: Path, statement: str) -> None:
    (house / "craft" / "sheet.py").write_text(statement)
    before = key()
    (house / "craft" / "inner" / "deep.py").write_text("changed = 1\n")
    assert key() != before


def test_no_import_of_the_project_is_overlooked() -> None:
    for path in ROOT.glob("render/**/*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        package = module if path.stem == "__init__" else module.rpartition(".")[0]
        seen = set(steps._imports(module, path, ""))
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                assert {one.name for one in node.names if one.name.startswith("render")} <= seen
            elif isinstance(node, ast.ImportFrom):
                base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module
                wanted = {f"{base}.{one.name}" for one in node.names if f"{base}.".startswith("render.")}
                assert wanted <= seen, path


def test_the_key_does_not_change_with_code_that_is_not_imported(house: Path) -> None:
    before = key()
    (house / "craft" / "stranger.py").write_text("changed\n")
    os.utime(house / "craft" / "sheet.py")
    assert key() == before


def test_the_key_changes_with_each_input_and_not_with_their_order(house: Path) -> None:
    before = key()
    assert key(inputs={"pages": 2, "title": "Từ 75 tuổi"}) == before
    assert key(inputs={"pages": 3, "title": "Từ 75 tuổi"}) != before
    assert key(inputs={"pages": "2", "title": "Từ 75 tuổi"}) != before
    assert key(inputs={"pages": 2, "title": "Từ 75 tuổi", "new": None}) != before


def test_the_key_changes_with_the_function(house: Path) -> None:
    assert key(run="craft.sheet:other") != key()


def test_the_key_changes_with_a_file_its_name_and_their_order(house: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "a.ttf", tmp_path / "b.ttf"
    one.write_bytes(b"one")
    two.write_bytes(b"two")
    before = key(files=(one, two))
    assert key(files=(two, one)) != before
    two.write_bytes(b"TWO")
    assert key(files=(one, two)) != before
    two.write_bytes(b"two")
    os.utime(two, ns=(1, 1))
    assert key(files=(one, two)) == before


def test_the_key_does_not_say_where_a_file_lies(house: Path, tmp_path: Path) -> None:
    places = [tmp_path / "here", tmp_path / "there"]
    for place in places:
        place.mkdir()
        (place / "a.ttf").write_bytes(b"one")
    assert key(files=(places[0] / "a.ttf",)) == key(files=(places[1] / "a.ttf",))


def test_the_key_changes_with_the_version_of_a_library(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"typst": "0.15.2"}
    monkeypatch.setattr("importlib.metadata.version", versions.__getitem__)
    before = key(libraries=("typst",))
    assert key(libraries=("typst",)) == before
    versions["typst"] = "0.15.3"
    assert key(libraries=("typst",)) != before
    monkeypatch.undo()
    steps.library_version.cache_clear()


def test_the_key_changes_with_what_it_stands_on(house: Path) -> None:
    def need(text: str) -> Step:
        return Step("craft.sheet:make", {"text": text})

    before = key(needs={"voice": need("a")})
    assert key(needs={"voice": need("a")}) == before
    assert key(needs={"voice": need("b")}) != before
    assert key(needs={"sound": need("a")}) != before


def test_the_key_changes_with_the_processor_family(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr(steps, "MACHINE", "another")
    assert key() != before


SAY_KEY = """
import json, sys
from pathlib import Path
from render.steps import Step
need = Step("render.steps:walk", {"b": {"y": 1.5, "x": [1, None, True]}, "a": "Tờ rơi"}, libraries=("typst", "numpy"))
step = Step("render.store:probe", {"text": "đủ 75 tuổi"}, {"n": need}, (Path("pyproject.toml").absolute(),))
print(step.key)
"""


def test_the_key_is_the_same_in_every_process() -> None:
    keys = {
        subprocess.run(
            [sys.executable, "-c", SAY_KEY],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "LC_ALL": ["C", "C.UTF-8"][seed % 2]},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}, b"bytes", Path("a")])
def test_an_input_that_json_cannot_say_is_refused_by_name(house: Path, value: object) -> None:
    with pytest.raises(StepError, match="'odd'"):
        key(inputs={"odd": value})


def test_a_file_that_is_not_there_is_told(house: Path, tmp_path: Path) -> None:
    with pytest.raises(StepError) as told:
        key(files=(tmp_path / "gone.typ",))
    assert "gone.typ" in told.value.where


def test_a_step_whose_source_is_not_ours_has_no_key(house: Path) -> None:
    with pytest.raises(StepError, match="json"):
        key(run="json:dumps")


def test_a_library_that_is_not_installed_is_told(house: Path) -> None:
    with pytest.raises(StepError, match="no-such-library"):
        key(libraries=("no-such-library",))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_canonical_json_says_the_same_data(data: Any) -> None:
    try:
        said = canonical(data)
    except UnicodeEncodeError:  # a lone surrogate is no text
        return
    assert json.loads(said) == data
    assert canonical(json.loads(said)) == said


def test_walking_gives_each_step_once_and_needs_first() -> None:
    voice = Step("render.steps:walk", {"v": 1})
    left, right = (Step("render.steps:walk", {"side": side}, {"voice": voice}) for side in "lr")
    top = Step("render.steps:walk", {}, {"left": left, "right": right})
    assert list(walk(top)) == [voice, left, right, top]
