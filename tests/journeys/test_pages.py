"""The published pages in a real browser: accessible, without scripts too, and on a slow line."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Response, ViewportSize, expect

from render.communes import with_communes
from render.errors import LoaError
from render.keys import make_key
from render.release import Publisher, Streamed, withdraw
from render.store import FolderStore
from tests.browsing import chromium, needs_chromium, page_of
from tests.render.sample_publications import AT, OFFICES, Files, publication
from tests.waiting import until

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
LINE_BYTES_S = 50_000 / 8
PHONE = ViewportSize(width=390, height=844)
COMMUNE = "loa/66.24376.html"
pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[bytes]]]:
    """A release as a web server shows it, with what was told to its API."""
    folder = tmp_path_factory.mktemp("pages")
    store, files = FolderStore(folder / "store"), Files()
    told: list[bytes] = []

    class Served(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                body, headers = store.get(self.path[1:]), store.headers(self.path[1:])
            except LoaError:
                body, headers = b"", {}
            self.send_response(200 if headers else 404)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(201)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    address = f"http://127.0.0.1:{server.server_port}"
    every_office = with_communes({"66": OFFICES["66"]})
    offices = {code: every_office[code] for code in ("66", "66.24133", "66.24376")}  # more would only cost time
    who = Publisher(store, make_key(folder / "key.pem"), offices, address, AT, api_url=address)
    every = [
        publication(
            files, f"bai-{number}", f"Bài số {number}", langs=("vi", "rad", "km"), priority=priority, topic=topic
        )
        for number, (priority, topic) in enumerate([("normal", "Hưu trí"), ("urgent", "Y tế"), ("normal", "Y tế")])
    ]
    every[1] = replace(every[1], valid_until="2025-12-31")  # long ago for the browser, to come for the release
    for day, some in enumerate([every, [publication(files, "bai-0", "Bài số 0", version="2", langs=("vi", "km"))]]):
        with Streamed(replace(who, at=AT + dt.timedelta(days=day)), files.load) as under_way:
            under_way.finish(some)
    withdraw(
        store, who.signer, "bai-2", reason="Mức đóng in sai.", replaced_by="bai-0",
        offices=offices, public_url=address, at=AT + dt.timedelta(days=2), api_url=address,
    )  # fmt: skip
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address, told
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_no_page_has_a_serious_fault_of_accessibility_or_is_wider_than_the_screen(
    site: tuple[str, list[bytes]], browser: Browser
) -> None:
    # axe itself is a script of ours in the page: the page's policy would refuse it.
    with page_of(browser, viewport=PHONE, bypass_csp=True) as page:
        wide = {COMMUNE, "to-roi/66.html", "a/bai-0.km.html"}  # laid out in columns there
        keys = [
            "index.html", "loa/index.html", COMMUNE, "loa/66.html", "loa/tieng.km.html", "to-roi/index.html",
            "to-roi/66.html", "to-roi/tieng.vi.html", "a/bai-1.vi.html", "a/bai-0.km.html", "a/bai-2.vi.html",
            "404.html", "kiem-tra/index.html",
        ]  # fmt: skip
        axe = AXE.read_text(encoding="utf-8")
        find = "axe.run({resultTypes: ['violations']}).then(found => found.violations.map(one => [one.impact, one.id]))"
        for key in keys:
            page.set_viewport_size({"width": 390, "height": 844})
            page.goto(f"{site[0]}/{key}")
            page.evaluate(axe)
            for width in (390, 1200) if key in wide else (390,):
                page.set_viewport_size({"width": width, "height": 844})
                serious = [one for one in page.evaluate(find) if one[0] in {"serious", "critical"}]
                assert serious == [], (key, width)
            for width in (320, 390, 1200):
                page.set_viewport_size({"width": width, "height": 844})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (key, width)


def test_an_office_filters_its_sheets_and_sees_what_is_new_and_what_it_must_take_down(
    site: tuple[str, list[bytes]], browser: Browser
) -> None:
    with page_of(browser, viewport=PHONE) as page:
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{site[0]}/to-roi/66.html")
        assert page.locator("#moi").is_hidden()  # nothing is new at the first visit
        assert page.locator("#muc-luc").is_hidden()  # the same as plain links, for who runs no script
        shown = page.locator(".sheets > li:visible")
        every = shown.count()
        page.get_by_label("Ngôn ngữ").select_option("rad")
        assert 0 < shown.count() < every
        page.get_by_label("Ngôn ngữ").select_option("")
        page.get_by_label("Phát hành từ ngày").fill("2025-09-02")  # the second release
        newer = shown.count()
        assert 0 < newer < every
        page.get_by_label("Phát hành từ ngày").fill("2099-01-01")
        expect(page.get_by_text("Không có bài nào như vậy")).to_be_visible()
        gone = page.locator("#thu-hoi > li").last.get_attribute("data-editions") or ""
        page.evaluate(
            "gone => { const last = {newest: '2025-09-01T23:59:59Z', at: 1756700000000};"
            "localStorage.setItem('loa.xem.66', JSON.stringify(last));"
            "localStorage.setItem('loa.tai-to-roi', JSON.stringify({[gone]: 1756700000000})); }",
            gone.split()[0],
        )
        page.reload()
        expect(page.locator("#moi")).to_contain_text(f"{newer} bài mới hoặc có bản mới, 2 lần thu hồi hoặc thay bản")
        expect(page.locator("#thu-hoi > li").first).to_contain_text("Máy này đã tải bản này")
        page.get_by_label("Chỉ những gì mới từ lần trước").check()
        assert shown.count() == newer
        expect(page.get_by_role("link", name="Tài liệu API")).to_have_attribute("href", f"{site[0]}/api/v1/docs")
        assert faults == []


def test_a_commune_is_chosen_once_and_its_recalls_and_plays_are_remembered(
    site: tuple[str, list[bytes]], browser: Browser
) -> None:
    address, told = site
    with page_of(browser, viewport=PHONE) as page:
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{address}/loa/index.html")
        page.get_by_role("searchbox").fill("ea knop")
        page.get_by_role("link", name="Xã Ea Knốp").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Xã Ea Knốp")
        expect(page.locator(".play > li").first).to_contain_text("ĐÃ HẾT HẠN, không phát nữa")  # nobody told the page
        button = page.get_by_role("button", name="Đã phát số 1")
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 48
        page.context.set_offline(True)
        button.click()
        expect(page.get_by_text("chờ mạng để gửi")).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_text("đã gửi")).to_be_visible()
        assert b'"commune":"66.24376"' in told[-1]
        page.evaluate(
            "localStorage.setItem('loa.tai', JSON.stringify({[document.querySelector('#thu-hoi > li:last-child')"
            ".dataset.editions.split(' ')[0]]: Date.now()}))"
        )
        page.reload()
        expect(page.locator("#thu-hoi > li").first).to_contain_text("Máy này đã tải bản này")
        page.goto(f"{address}/loa/index.html")
        expect(page.get_by_role("link", name="Xã Ea Knốp")).to_be_visible()
        assert [one for one in faults if "ERR_INTERNET_DISCONNECTED" not in one] == []


def test_without_scripts_a_commune_is_found_and_a_play_is_told(site: tuple[str, list[bytes]], browser: Browser) -> None:
    address, told = site
    with page_of(browser, java_script_enabled=False, viewport=PHONE) as page:
        page.goto(f"{address}/loa/index.html")
        page.get_by_role("link", name="Đắk Lắk").click()
        page.get_by_role("link", name="Xã Ea Knốp").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải MP3").first.click()
        assert download.value.suggested_filename == "01_vi_bai-1_2m40.mp3"
        page.get_by_role("button", name="Đã phát").first.click()
        until(lambda: sorted(part.partition(b"=")[0] for part in told[-1].split(b"&")) == [b"commune", b"edition"])


@pytest.mark.parametrize("scripts", [True, False])
def test_the_first_bulletin_stands_there_within_ten_seconds_at_50_kbit(
    site: tuple[str, list[bytes]], browser: Browser, scripts: bool
) -> None:
    with page_of(browser, java_script_enabled=scripts, viewport=PHONE) as page:
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 400, "downloadThroughput": LINE_BYTES_S, "uploadThroughput": LINE_BYTES_S},
        )
        answers: list[Response] = []
        page.on("response", lambda one: answers.append(one))
        page.goto(f"{site[0]}/{COMMUNE}", wait_until="commit")
        page.locator(".play li").first.wait_for()
        page.wait_for_load_state()
        # The page with its style and its script; it has no font and no picture.
        assert 0 < sum(len(one.body()) for one in answers) <= 100_000
