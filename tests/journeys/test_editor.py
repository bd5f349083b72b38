"""People at work in a real browser: every screen, menu and dialog they meet is in Vietnamese, and open to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.cms.conftest import migrated_sqlite  # noqa: F401
from tests.journeys.newsroom import browser_page, log_in, newsroom
from tests.marked import VISIBLE_TEXTS, untranslated

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
# What stands around our pages is Wagtail's own: its sidebar, its header, its forms' furniture.
OURS = ".nice-padding"


@pytest.fixture
def site(tmp_path: Path, migrated_sqlite: Path) -> Iterator[str]:  # noqa: F811
    """A site whose screens speak the test language."""
    with newsroom(tmp_path, migrated_sqlite, "tests.journeys.marked_settings") as address:
        yield address


@pytest.fixture
def page() -> Iterator[Page]:
    """A browser."""
    with browser_page(viewport={"width": 1280, "height": 900}, bypass_csp=True) as one:
        one.on("dialog", lambda dialog: dialog.accept())  # leaving what is not saved
        yield one


class Walk:
    """Looks at each screen on the way, and keeps what is not right on it."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.found: dict[str, list[str]] = {}

    def look(self, where: str) -> None:
        """At all that is visible now."""
        if texts := untranslated(self.page.evaluate(VISIBLE_TEXTS)):
            self.found[where] = texts

    def go(self, path: str) -> None:
        """To another screen."""
        answer = self.page.goto(f"{self.site}{path}")
        assert answer is not None
        assert answer.status < 400, path
        self.look(path)

    def judged(self) -> None:
        """Fails with all of them."""
        assert not self.found, "\n".join(f"{where}: {texts}" for where, texts in self.found.items())


def barriers(page: Page, within: str = "body") -> list[str]:
    """Serious and critical findings of axe-core."""
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate(
        "(within) => axe.run(within, {resultTypes: ['violations']})", page.locator(within).first.element_handle()
    )
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in result["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.slow
def test_an_editor_writes_an_article_with_every_block_and_reads_vietnamese_all_the_way(site: str, page: Page) -> None:
    walk = Walk(page, site)
    page.goto(f"{site}/admin/login/")
    walk.look("login")
    log_in(page, site, "bientap")
    walk.look("dashboard")
    walk.go("/admin/imports/")
    home = (page.locator("a[href*='/articles/import/']").first.get_attribute("href") or "").strip("/").split("/")[-1]
    walk.go(f"/admin/articles/import/{home}/")
    walk.go(f"/admin/pages/{home}/")
    walk.go(f"/admin/pages/add/articles/policyarticlepage/{home}/")
    page.wait_for_selector("[name=title]")
    page.fill("[name=title]", "Một bài viết tay")
    page.fill("[name=summary]", "Bài này có đủ mọi khối.")

    # Every kind of section from the menu of blocks.
    names: list[str] = []
    opener = page.locator("#panel-child-nội_dung-body-section, [data-contentpath=body]").first
    opener.locator("button.c-sf-add-button").last.click()
    options = page.locator(".w-combobox [role=option]")
    options.first.wait_for()
    walk.look("menu of blocks")
    names = [text.strip() for text in options.all_inner_texts()]
    assert len(names) >= 7
    page.keyboard.press("Escape")
    for number in range(len(names)):
        opener.locator("button.c-sf-add-button:visible").last.click()
        options.nth(number).click()
        page.wait_for_timeout(150)
        walk.look(f"block {names[number]}")

    # The tabs, the side panels, the menu of actions.
    for tab in page.locator("[role=tab]").all():
        if tab.is_visible():
            tab.click()
            walk.look(f"tab {tab.inner_text()}")
    for toggle in page.locator("[data-side-panel-toggle]").all():
        if toggle.is_visible():
            toggle.click()
            page.wait_for_timeout(300)
            walk.look(f"panel {toggle.get_attribute('data-side-panel-toggle')}")
    menu = page.locator("nav.actions--primary [data-w-dropdown-target=toggle]")
    if menu.count():
        menu.first.click()
        walk.look("menu of actions")
        page.keyboard.press("Escape")
    page.locator("nav.actions--primary button:not([data-w-dropdown-target])").first.click()
    page.wait_for_load_state()
    page.wait_for_timeout(500)
    walk.look("saved, with what is missing")

    for path in (
        "/admin/pages/search/?q=luong+huu",
        "/admin/snippets/facts/fact/",
        "/admin/imports/",
        "/admin/account/",
    ):
        walk.go(path)
    walk.judged()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["phaply", "dich", "phathanh", "kiemtoan"])
def test_others_read_vietnamese_on_every_screen_their_menu_leads_to(site: str, page: Page, name: str) -> None:
    walk = Walk(page, site)
    log_in(page, site, name)
    page.wait_for_selector("#wagtail-sidebar nav")
    walk.look("dashboard")
    paths = [
        path
        for link in page.locator("#wagtail-sidebar a[href^='/admin/'], main a[href^='/admin/']").all()
        if (path := link.get_attribute("href")) and "logout" not in path
    ]
    for path in dict.fromkeys(paths):
        walk.go(path)
    walk.judged()


@pytest.mark.slow
def test_no_serious_barrier_stands_on_our_own_screens(site: str, page: Page) -> None:
    log_in(page, site, "bientap")
    found: dict[str, list[str]] = {}
    home = page.locator("a[href*='/admin/pages/']").first
    expect(home).to_be_attached()
    for path in ("/admin/imports/", "/admin/planning/", "/admin/register/attention/", "/admin/facts/", "/admin/audit/"):
        answer = page.goto(f"{site}{path}")
        assert answer is not None
        if answer.status == 200 and (barrier := barriers(page, OURS if page.locator(OURS).count() else "main")):
            found[path] = barrier
    page.goto(f"{site}/khong-co/")
    if barrier := barriers(page):
        found["404"] = barrier
    assert not found, "\n".join(f"{where}: {texts}" for where, texts in found.items())
