"""The documents name only what exists: files, commands, settings; and they speak of the project alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from render.paths import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "assets" / "demo").rglob("README.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)")

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), anchor


@by_page
def test_every_file_it_names_in_the_project_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:assets|docker|docs|locales|render|cms|tests)/[\w./-]+)`", page.read_text(encoding="utf-8")
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_setting_of_the_guide_is_read_by_the_code() -> None:
    guide = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    code = "".join(
        path.read_text(encoding="utf-8") for room in ("render", "cms") for path in (ROOT / room).rglob("*.py")
    )
    named = set(re.findall(r"LOA_[A-Z_]+", guide)) - {"LOA_PUBLIC_HOST", "LOA_SITE_HOST"}
    assert [name for name in sorted(named) if name not in code] == []


def test_every_setting_that_the_code_reads_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    code = "".join(
        path.read_text(encoding="utf-8") for room in ("render", "cms") for path in (ROOT / room).rglob("*.py")
    )
    read = set(re.findall(r'(?:get\(|environ\[|env\[|listed\(os\.environ, )"(LOA_[A-Z_]+)"', code))
    assert len(read) >= 8
    assert sorted(read - set(re.findall(r"LOA_[A-Z_]+", guide))) == []


def test_every_command_of_the_documents_exists() -> None:
    loa = Path(sys.executable).parent / "loa"
    known = subprocess.run([loa, "--help"], check=True, capture_output=True, text=True).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for command in re.findall(r"(?m)(?:`|^    |exec \w+ )loa ([a-z-]+)", text):
            assert re.search(rf"(?m)^\s+{command}\b", known), f"{page.name}: loa {command}"
        for target in re.findall(r"(?m)(?:`|^    )make ([a-z]+)", text):
            assert re.search(rf"(?m)^{target}:", makefile), f"{page.name}: make {target}"


def test_every_command_of_the_site_exists() -> None:
    loa = Path(sys.executable).parent / "loa"
    known = subprocess.run([loa, "manage", "help", "--commands"], check=True, capture_output=True, text=True).stdout
    for page in PAGES:
        for command in re.findall(r"loa manage ([a-z_]+)", page.read_text(encoding="utf-8")):
            assert command in known.split(), f"{page.name}: loa manage {command}"
