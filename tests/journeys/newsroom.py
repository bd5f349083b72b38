"""A newsroom for journeys through its screens: a running site with people in it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from cms.core import roles
from render.paths import ROOT
from tests.waiting import until

PASSWORD = "mot-mat-khau-thu"
PEOPLE = {
    "bientap": roles.CENTRAL_EDITOR,
    "phaply": roles.LEGAL_REVIEWER,
    "phathanh": roles.PUBLISHER,
    "dich": roles.translator_of("km"),
    "kiemtoan": roles.AUDITOR,
}
_STAFF = f"""
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from cms.articles.actions import ImportArticleAction, home_page
from render.paths import ASSETS
from render.plan import read_source
for name, role in {PEOPLE!r}.items():
    user = get_user_model().objects.create_user(name, password={PASSWORD!r})
    user.groups.add(Group.objects.get(name=role))
"""
# Two articles, of which one is long, and a picture.
ARTICLES = """
source = read_source(ASSETS / "demo" / "articles" / "luong-huu-tu-15-nam.md")
ImportArticleAction(source, home=home_page()).execute()
from render.plan import Source
from tests.long_article import leaflet_of_thirty
ImportArticleAction(Source(leaflet_of_thirty(), {}), home=home_page()).execute()
from io import BytesIO
from PIL import Image
from django.core.files.images import ImageFile
from wagtail.images import get_image_model
drawn = BytesIO()
Image.new("RGB", (1200, 800), "#0b6a63").save(drawn, "JPEG")
get_image_model().objects.create(title="Trạm y tế xã", file=ImageFile(drawn, name="tram.jpg"))
"""


@contextmanager
def newsroom(
    folder: Path,
    database: Path,
    *,
    settings: str = "cms.settings.base",
    prepare: str = ARTICLES,
    worker: bool = False,
    store: str = "",
    public: str = "",
) -> Iterator[str]:
    """`loa serve` on a database of its own, after `prepare` was run in it; its address.

    `store` and `public` are its bucket and where that is read, else a folder; with a `worker` products are made.
    """
    home = folder / "home"
    home.mkdir()
    shutil.copy(database, home / "loa.sqlite3")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")} | {
        "LOA_HOME": str(home),
        "LOA_STORE": store or str(home / "public"),
        "LOA_CACHE": str(home / "cache"),
        "LOA_SITE_URL": site,
        "LOA_ONLINE_SPEECH": "off",
        "LOA_ALLOW_UNHEARD": "1",
        "DJANGO_SETTINGS_MODULE": settings,
    }
    if public:
        environment["LOA_PUBLIC_URL"] = public
    shell = [sys.executable, "-m", "cms.manage", "shell", "--no-imports", "-c", f"{_STAFF}{prepare}"]
    subprocess.run(shell, env=environment, cwd=ROOT, check=True)
    log = (folder / "serve.log").open("wb")
    serve = [sys.executable, "-m", "cms.serve", "--port", str(port), *([] if worker else ["--no-worker"])]
    process = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        until(lambda: answers(f"{site}/health", process), what="the site")
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)
        log.close()
        sys.stderr.write((folder / "serve.log").read_text())  # pytest shows it when the journey fails


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether a site answers there; fails when its process has ended."""
    assert process.poll() is None, "the site ended"
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def log_in(page: Page, site: str, name: str) -> None:
    """Into the admin, as somebody else than before."""
    page.context.clear_cookies()
    page.goto(f"{site}/admin/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/admin/")
