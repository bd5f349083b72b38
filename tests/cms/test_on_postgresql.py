"""What must hold on any database holds on PostgreSQL: the same tests, in a process whose settings name one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from render.paths import ROOT
from tests.cms.conftest import POSTGRES
from tests.cms.postgres import cluster

HERE = Path(__file__).parent
# What was seen to hold there: leases, the log, facts. The others have not been run on PostgreSQL yet.
HERES = [HERE / f"{name}.py" for name in ("test_production", "test_audit", "test_facts")]


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRES), reason="this is that process")
def test_the_newsroom_holds_on_postgresql() -> None:
    with cluster() as server:
        import psycopg

        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE migrated")
        # Without this process's settings: pytest-django would read them before the conftest can set its own.
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *map(str, HERES), "-p", "no:cacheprovider", "-p", "no:xdist"],
            env=ours | {"LOA_TEST_POSTGRES": server},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
