"""How long the server takes for the editor's page of an article with thirty sections.

    python -m tests.bench.bench_editor [TURNS]

It works in a newsroom of its own, in a folder that is thrown away: `loa serve` as everybody starts it, and an editor
who is logged in. Two turns warm it up and do not count. Beside the time until the last byte stands the server's own
time of a processor, which tells the same on a machine that does other things.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from render.paths import ROOT

MOST_MS = 400
WARM = 2
PREPARE = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import Group
from cms.articles.actions import ImportArticleAction, home_page
from cms.core.roles import CENTRAL_EDITOR
from cms.facts.books import store_book
from render.facts import read_facts
from render.paths import ASSETS
from render.plan import Source
from tests.long_article import long_article
store_book(read_facts(ASSETS / "demo" / "facts.toml"))
page = ImportArticleAction(Source(long_article(), {}), home=home_page()).execute()[0].page
user = get_user_model().objects.create_user("bientap")
user.groups.add(Group.objects.get(name=CENTRAL_EDITOR))
session = import_module(settings.SESSION_ENGINE).SessionStore()
session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                HASH_SESSION_KEY: user.get_session_auth_hash()})
session.save()
print(page.pk, f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
"""


def main(turns: int = 11) -> dict[str, float]:
    """Open the page again and again; what it took."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")} | {
            "LOA_HOME": home,
            "LOA_STORE": f"{home}/public",
            "LOA_CACHE": f"{home}/cache",
            "LOA_ONLINE_SPEECH": "off",
            "DJANGO_SETTINGS_MODULE": "cms.settings.base",
        }
        manage = [sys.executable, "-m", "cms.manage"]
        subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, cwd=ROOT, check=True)
        prepared = subprocess.run(
            [*manage, "shell", "--no-imports", "-c", PREPARE],
            env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        page, cookie = prepared.stdout.split()[-2:]
        serve = [sys.executable, "-m", "cms.serve", "--port", str(port), "--no-worker"]
        with (Path(home) / "serve.log").open("wb") as log:
            server = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            return _measured(f"http://127.0.0.1:{port}", page, cookie, server.pid, turns)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(40)


def _measured(site: str, page: str, cookie: str, server: int, turns: int) -> dict[str, float]:
    from tests.long_article import SECTIONS

    _until_it_answers(f"{site}/health")
    asked = urllib.request.Request(f"{site}/admin/pages/{page}/edit/", headers={"Cookie": cookie})
    waited_ms, worked_ms, length = [], [], 0
    for _turn in range(turns + WARM):
        before_s, begun = _cpu_s(server), time.perf_counter()
        with urllib.request.urlopen(asked, timeout=60) as answer:
            length = len(answer.read())
            assert answer.url == asked.full_url, "the session is not taken"
        waited_ms.append((time.perf_counter() - begun) * 1000)
        worked_ms.append((_cpu_s(server) - before_s) * 1000)
    return {
        "sections": SECTIONS,
        "page_kb": round(length / 1024),
        "median_ms": round(statistics.median(waited_ms[WARM:])),
        "worst_ms": round(max(waited_ms[WARM:])),
        "processor_ms": round(statistics.median(worked_ms[WARM:])),
    }


def _cpu_s(server: int) -> float:
    """What the server's processes have taken of a processor so far."""
    parent = psutil.Process(server)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _until_it_answers(url: str) -> None:
    for _try in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the site does not answer")


if __name__ == "__main__":
    figures = main(*map(int, sys.argv[1:]))
    print(figures, f"load {os.getloadavg()[0]:.1f}")
    sys.exit(figures["median_ms"] > MOST_MS)
