"""The pipeline stands alone, and the house keeps its own rules."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from render.paths import ROOT

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "render").rglob("*.py")
)

BLOCKED = """
import importlib, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("django", "wagtail", "cms"):
            raise ImportError(f"{name} is out of bounds")

sys.meta_path.insert(0, Blocker())
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_the_pipeline_imports_where_the_site_cannot_be_imported():
    done = subprocess.run([sys.executable, "-c", BLOCKED, *MODULES], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_imports_keep_their_contracts():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("word", ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org"])
def test_no_file_names_a_package_host(word):
    if not (ROOT / ".git").exists():
        pytest.fail("the file list comes from git: run the tests in a clone")
    found = [path for path in tracked() if word.encode() in path.read_bytes()]
    assert found == []


def test_every_locked_version_has_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    for entry in lock.replace("\\\n", " ").splitlines():
        assert "==" in entry, entry
        assert "--hash=sha256:" in entry, entry


def test_the_command_starts_without_the_site_and_without_what_only_makers_need():
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    asked = "import sys; from render.cli import main; main(['products']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT, env=env)
    assert done.returncode == 0, done.stderr
    heavy = {"django", "wagtail", "cms", "numpy", "av", "pikepdf", "pypdfium2", "c2pa", "cryptography", "boto3"}
    assert not heavy & set(done.stdout.splitlines()[-1].split())  # who only plans does not wait for them
    for name in ("leaflet-a4", "infographic-portrait", "bulletin-3min", "clip-vertical"):
        assert name in done.stdout
