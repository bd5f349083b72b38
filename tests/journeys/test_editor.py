"""People at work in a real browser: every screen, menu and dialog they meet is in Vietnamese, and open to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from render.article import BlockKind
from tests import browsing
from tests.cms.conftest import migrated_sqlite  # noqa: F401
from tests.journeys.newsroom import log_in, newsroom
from tests.marked import VISIBLE_TEXTS, untranslated

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
# What stands around our pages is Wagtail's own: its sidebar, its header, its forms' furniture.
OURS = ".nice-padding"
TITLE = "Một bài viết tay"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[str]:  # noqa: F811
    """A site whose screens speak the test language; these people share it."""
    folder = tmp_path_factory.mktemp("newsroom")
    with newsroom(folder, migrated_sqlite, settings="tests.journeys.marked_settings") as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all of them."""
    with browsing.chromium() as one:
        yield one


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Somebody's page in it."""
    with browsing.page_of(chromium, viewport={"width": 1280, "height": 900}, bypass_csp=True) as one:
        one.on("dialog", lambda dialog: dialog.accept())  # leaving what is not saved
        yield one


@pytest.fixture(scope="module")
def looked_through() -> set[str]:
    """Screens that somebody has looked at: that of another role says the same, except where it is theirs alone."""
    return set()


class Walk:
    """Looks at each screen on the way, and keeps what is not right on it."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.found: dict[str, list[str]] = {}

    def look(self, where: str) -> None:
        """At all that is visible now."""
        self.page.wait_for_load_state()
        self.page.locator("body").wait_for()
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


def choose_fact(walk: Walk, text: Locator) -> None:
    """A figure where the caret stands, by its chooser."""
    text.locator(".loa-text__field").click()
    text.locator(".loa-text__insert").click()
    choice = walk.page.locator(".modal-body [data-chooser-modal-choice]")
    choice.first.wait_for()
    walk.look("chooser of facts")
    choice.first.click()
    expect(text.locator(".loa-fact")).to_have_count(1)


def submit(walk: Walk) -> None:
    """A choice of the editor's button."""
    button = walk.page.locator("button[name=action-submit]")
    if not button.is_visible():
        walk.page.locator("nav.actions--primary [data-w-dropdown-target=toggle]").click()
        walk.look("menu of actions")
    button.click()


def open_review(walk: Walk, name: str) -> None:
    """As somebody who finds the article among what waits for them."""
    log_in(walk.page, walk.site, name)
    walk.look(f"dashboard of {name}")
    walk.page.get_by_role("link", name=TITLE).first.click()
    walk.page.wait_for_load_state()
    walk.look(f"review by {name}")


def kinds_of(page: Page, button: Locator) -> Locator:
    """The menu of blocks behind a button. A click while another menu closes opens none: then it is clicked again."""
    options = page.locator(".w-combobox [role=option]")
    expect(options).to_have_count(0)
    for _ in range(4):
        button.click()
        try:
            options.first.wait_for(timeout=10_000)
            break
        except TooLate:
            continue
    options.first.wait_for()
    return options


def add_part(page: Page, stream: Locator, button: Locator, kind: int = 0) -> None:
    """Adds a part of the kind to a stream of blocks. A choice made while the menu is still drawn again is not taken by
    it, as one sees: then it is made again."""
    parts = stream.locator("[data-streamfield-child]")
    before = parts.count()
    for _ in range(4):
        kinds_of(page, button).nth(kind).click()
        try:
            expect(parts).not_to_have_count(before, timeout=10_000)
            break
        except AssertionError:
            page.keyboard.press("Escape")
    expect(parts).not_to_have_count(before)


def fill_block(walk: Walk, block: Locator, number: int) -> None:
    """Whatever a kind of block asks for."""
    page = walk.page
    flow = block.locator("[data-contentpath=body]")
    if flow.count():
        add_part(page, flow.first, flow.locator("button.c-sf-add-button").first)
        expect(flow.first.locator(".loa-text__field").last).to_be_visible()
    if block.locator(".append-column").count():
        block.locator(".append-column").click()
        block.locator(".add-column-menu button").first.click()
        block.locator("input[name$='-heading']").fill("Trước đây")
        walk.look("a table's first column")
        block.locator("[data-add-row]:visible").last.click()
    if block.locator("[data-chooser-action-choose]").count():
        block.locator("[data-chooser-action-choose]").first.click()
        picture = page.locator(".modal-body a.image-choice, .modal-body [data-chooser-modal-choice]")
        picture.first.wait_for()
        walk.look("chooser of pictures")
        picture.first.click()
        block.locator("textarea[name$='-alt']").fill("Một trạm y tế ở xã, có hàng cây trước cửa.")
        block.locator("input[name$='-credit']").fill("Ảnh: đội ngũ biên tập")
    for index, field in enumerate(block.locator(".loa-text__field:visible").all()):
        if not field.inner_text().strip():
            field.click()
            text = f"Phần {number + 1} dòng {index + 1} viết tay"
            page.keyboard.type(text)
            expect(field).to_have_text(text)


def barriers(page: Page | Frame, within: str = "body") -> list[str]:
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
def test_an_article_of_every_block_goes_through_all_hands_in_vietnamese(site: str, page: Page) -> None:
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
    title, summary = (page.locator(f"[name={name}] + .loa-text") for name in ("title", "summary"))
    title.locator(".loa-text__field").click()
    page.keyboard.type(TITLE)

    # A figure by the chooser, then every kind of section from the menu of blocks, each filled by hand.
    choose_fact(walk, summary)
    opener = page.locator("[data-contentpath=body]").first
    options = kinds_of(page, opener.locator("button.c-sf-add-button").last)
    walk.look("menu of blocks")
    kinds = options.count()
    assert kinds == len(BlockKind)
    page.keyboard.press("Escape")
    for number in range(kinds):
        add_part(page, opener, opener.locator("button.c-sf-add-button:visible").last, number)
        block = page.locator(f"[data-streamfield-child]:has(> input[name='body-{number}-type'])")
        fill_block(walk, block, number)
        walk.look(f"block {number}")

    # The tabs and the side panels; then it is handed in.
    for tab in page.locator("[role=tab]").all():
        if tab.is_visible():
            tab.click()
            walk.look(f"tab {tab.inner_text()}")
    for toggle in page.locator("[data-side-panel-toggle]").all():
        if toggle.is_visible():
            toggle.click()
            page.wait_for_timeout(300)
            walk.look(f"panel {toggle.get_attribute('data-side-panel-toggle')}")
    submit(walk)
    expect(page.locator(".messages .success")).to_contain_text(TITLE)
    walk.look("handed in")

    # The legal reviewer asks for a change of one part, then approves all; the publisher lets it out.
    open_review(walk, "phaply")
    cards = page.locator(".loa-review > .loa-card")
    assert cards.count() > len(BlockKind)
    cards.nth(1).locator("details summary").click()
    cards.nth(1).locator("textarea").fill("Ghi rõ căn cứ.")
    cards.nth(1).locator("details button").click()
    expect(page.locator(".loa-card__asked")).to_contain_text("Ghi rõ căn cứ.")
    walk.look("a change asked for")
    page.locator("form.loa-review__all button").click()
    expect(page.get_by_text("Mọi phần đều đã được duyệt.")).to_be_visible()
    expect(page.locator(".loa-review > .loa-card")).to_have_count(0)
    walk.look("all parts approved")
    page.locator("button[name=action][value=approve]").click()
    expect(page.locator(".messages .success")).to_contain_text("bước sau đã bắt đầu")
    walk.look("step approved")
    open_review(walk, "phathanh")
    page.locator("button[name=action][value=approve]").click()
    expect(page.locator(".messages .success")).to_be_visible()
    walk.look("published")

    # The editor changes one part: the reviewer sees this part alone.
    log_in(page, site, "bientap")
    walk.go(f"/admin/pages/search/?q={TITLE.replace(' ', '+')}")
    page.get_by_role("link", name=TITLE).first.click()
    expect(summary.locator(".loa-fact")).to_contain_text("đồng")
    summary.locator(".loa-text__field").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" mỗi năm")
    expect(page.locator("[name=summary]")).to_have_value(re.compile(r"\}\} mỗi năm$"))
    submit(walk)
    expect(page.locator(".messages .success")).to_contain_text(TITLE)
    open_review(walk, "phaply")
    expect(page.locator(".loa-review > .loa-card")).to_have_count(1)
    expect(page.locator(".loa-review > .loa-card ins")).to_contain_text("mỗi năm")

    # The auditor reads who did it.
    log_in(page, site, "kiemtoan")
    walk.go("/admin/audit/")
    for name in ("phaply", "phathanh"):
        expect(page.locator("main table")).to_contain_text(name)
    walk.judged()


OUR_SCREENS = {
    "bientap": (
        "/admin/imports/",
        "/admin/articles/import/3/",
        "/admin/planning/",
        "/admin/planning/gaps/",
        "/admin/snippets/questions/bankquestion/",
        "/admin/register/attention/",
        "/admin/register/import/",
        "/admin/facts/new/",
        "/admin/facts/changes/",
        "/admin/facts/day/",
        "/admin/facts/schedule/",
        "/admin/facts/review/",
        "/admin/facts/import/",
        "/admin/facts/of/luong_co_so/",
        "/admin/facts/of/luong_co_so/propose/value/",
        "/admin/offices/",
        "/admin/offices/stories/",
        "/admin/translation/",
        "/admin/approval/4/",
        "/khong-co/",
    ),
    "phaply": ("/admin/approval/4/", "/admin/facts/changes/"),
    "dich": ("/admin/translation/", "/admin/translation/mine/"),
    "kiemtoan": ("/admin/audit/",),
}


PERSONAL = re.compile(r"/(approval|translation|account)/")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bientap", "phaply", "dich", "phathanh", "kiemtoan"])
def test_screens_are_in_vietnamese_and_open_to_everybody(
    site: str, page: Page, name: str, looked_through: set[str]
) -> None:
    walk = Walk(page, site)
    log_in(page, site, name)
    page.wait_for_selector("#wagtail-sidebar nav")
    walk.look("dashboard")
    ours = OUR_SCREENS.get(name, ())
    linked = [
        path
        for link in page.locator("#wagtail-sidebar a[href^='/admin/'], main a[href^='/admin/']").all()
        if (path := (link.get_attribute("href") or "").partition("#")[0]) and "logout" not in path
    ]
    closed: dict[str, list[str]] = {}
    for path in dict.fromkeys((*ours, *(linked if name != "bientap" else ()))):  # an editor's are on the way above
        if path in looked_through and not PERSONAL.search(path):
            continue
        answer = page.goto(f"{site}{path}")
        assert answer is not None
        assert answer.status == (404 if path == "/khong-co/" else 200), path
        walk.look(path)
        first = path not in looked_through
        looked_through.add(path)
        if path in ours and first:
            part = next(one for one in (OURS, "main", "body") if page.locator(one).count())
            closed[path] = barriers(page, part)
    assert not any(closed.values()), "\n".join(f"{where}: {texts}" for where, texts in closed.items() if texts)
    walk.judged()


# --- previews ------------------------------------------------------------------------------------------------------

PATIENCE_MS = 150_000  # this machine may do ten things at once; how quick it is tells tests/bench/bench_preview.py


@pytest.mark.slow
def test_previews_follow_the_keys_in_an_article_of_thirty_sections(site: str, page: Page) -> None:
    walk = Walk(page, site)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    log_in(page, site, "bientap")
    page.goto(f"{site}/admin/pages/5/edit/")
    frame = page.frame_locator("#w-preview-iframe")
    summary = page.locator("[name=summary] + .loa-text .loa-text__field")

    def write(words: str, field: Locator = summary) -> None:
        field.click()
        page.keyboard.press("Control+End")
        page.keyboard.type(words)

    def picture_follows(mode: str, size: str, words: str) -> None:
        page.select_option("#id_preview_mode", mode)
        expect(frame.locator("h1 small")).to_contain_text(size, timeout=PATIENCE_MS)
        picture = frame.locator("figure img").first
        before = picture.get_attribute("src", timeout=PATIENCE_MS) or ""
        write(words)
        page.wait_for_function(
            """(before) => {
              const inside = document.querySelector("#w-preview-iframe").contentDocument;
              const picture = inside && inside.querySelector("figure img");
              return picture && picture.complete && picture.src !== before;
            }""",
            arg=before,
            timeout=PATIENCE_MS,
        )
        expect(frame.locator("[data-gates] .good")).to_be_visible(timeout=PATIENCE_MS)

    page.locator('[data-side-panel-toggle="preview"]').click()
    picture_follows("infographic-portrait", "1080×1350", " Miễn phí.")
    walk.look("an infographic beside the editor")
    picture_follows("leaflet-a4", "A4", " Mau lẹ.")
    expect(frame.locator("figure img")).to_have_count(2)
    closed = barriers(page.frame(url=re.compile("mode=leaflet-a4")) or page)

    # A bulletin as it is read, and by whom; a clip as stills with what is said over them.
    page.select_option("#id_preview_mode", "bulletin-3min")
    expect(frame.locator(".part").first).to_be_visible(timeout=PATIENCE_MS)
    write(" Đợi 12 ngày.")
    expect(frame.locator(".part .read", has_text="mười hai ngày")).to_be_visible(timeout=PATIENCE_MS)
    walk.look("a bulletin beside the editor")
    page.select_option("#id_preview_mode", "clip-square")
    expect(frame.locator(".scenes .time").first).to_contain_text("0:00 – 0:0", timeout=PATIENCE_MS)
    write(" nhé", page.locator("[name=title] + .loa-text .loa-text__field"))
    expect(frame.locator(".scenes", has_text="Ba mươi mục nhé")).to_be_visible(timeout=PATIENCE_MS)
    walk.look("a clip beside the editor")

    # What was typed by hand is found, and the fact put in its place with one click.
    page.locator('[data-side-panel-toggle="checks"]').click()
    write(" Gọi 1900 9068 ngay.")
    put = page.locator('[data-find="1900 9068"]').first
    put.click(timeout=PATIENCE_MS)
    expect(page.locator("[name=summary]")).to_have_value(re.compile(r"Gọi \{\{ hotline \}\} ngay"))
    expect(page.locator('[data-find="1900 9068"]')).to_have_count(0, timeout=PATIENCE_MS)
    walk.look("checks")
    closed += barriers(page, '[data-side-panel="checks"]')
    assert closed == []
    assert faults == []
    walk.judged()
