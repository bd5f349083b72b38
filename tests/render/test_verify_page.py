"""The public page that checks a file: ours, altered or a stranger's, in a real browser, from the bucket alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from render.catalogue import CATALOGUE
from render.keys import Signer, make_key
from render.release import publish, withdraw
from render.store import Store
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return make_key(tmp_path / "key.pem")


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_file_dropped_on_the_page_is_told_what_it_is(s3_store: Store, signer: Signer, tmp_path: Path) -> None:
    from playwright.sync_api import Page, sync_playwright  # only this test drives a browser

    files = Files()
    one = publication(files, "tro-cap", products="leaflet")
    publish(s3_store, signer, [one], load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    main = one.entries[0].file("main")
    assert main is not None
    sheet = files.load(main.sha256)
    for name, data in (("that.pdf", sheet), ("sua.pdf", sheet + b" "), ("la.pdf", b"%PDF-1.4 of somebody else")):
        (tmp_path / name).write_bytes(data)

    def check(page: Page, name: str) -> tuple[str | None, str]:
        page.evaluate("document.getElementById('ket-qua').replaceChildren()")
        page.set_input_files("#tep", tmp_path / name)
        for _ in range(200):
            if (words := page.inner_text("#ket-qua")) and not words.startswith("Đang kiểm"):
                break
            page.wait_for_timeout(50)
        else:
            raise AssertionError(f"{name}: nothing was told")
        field = page.locator("#ket-qua .state")
        state = field.get_attribute("data-state") if field.count() else None
        return state, words

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(s3_store.address("kiem-tra/index.html"))
        size = page.evaluate("performance.getEntries().reduce((sum, one) => sum + (one.encodedBodySize || 0), 0)")
        assert 0 < size < 100_000
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

        state, words = check(page, "that.pdf")
        assert state == "in-force"
        assert f"đúng với khóa {signer.fingerprint[:16]}" in words
        for name in ("sua.pdf", "la.pdf"):
            assert check(page, name)[0] == "unknown"

        withdraw(s3_store, signer, "tro-cap", reason="Số in sai.", offices=OFFICES, public_url=PUBLIC_URL, at=AT)
        state, words = check(page, "that.pdf")
        assert state == "withdrawn"
        assert "Số in sai." in words

        page.fill("#ma", "0000-0000-0000")
        page.click("#tra")
        page.wait_for_selector("#ket-qua :text('Không có mã')")
        code = one.entries[0].edition
        page.fill("#ma", f" {code[:4]} {code[4:8]} {code[8:]} ".lower())
        page.click("#tra")
        page.wait_for_url(f"**/q/{code}")
        assert page.inner_text("h1") == "Đã thu hồi"

        # A catalogue whose manifest was changed, or one that was put back, proves nothing.
        page.goto(s3_store.address("kiem-tra/index.html"))
        good = s3_store.get(CATALOGUE)
        said = json.loads(good)
        forged = json.dumps({**said, "signature": said["signature"][::-1].lstrip("=") + "=="}).encode()
        s3_store.put(CATALOGUE, forged, media_type="application/json", cache_control="no-cache")
        state, words = check(page, "that.pdf")
        assert state is None
        assert "Chữ ký" in words or "Sổ phát hành" in words
        s3_store.put(CATALOGUE, good, media_type="application/json", cache_control="no-cache")
        page.evaluate("localStorage.setItem(Object.keys(localStorage)[0], '9')")
        assert "lùi từ số 9" in check(page, "that.pdf")[1]
        browser.close()
    assert faults == []


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_without_scripts_the_page_says_how_to_look_up_a_code(s3_store: Store, signer: Signer) -> None:
    from playwright.sync_api import sync_playwright

    files = Files()
    one = publication(files, "tro-cap", products="leaflet")
    publish(s3_store, signer, [one], load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(s3_store.address("kiem-tra/index.html"))
        assert f"{PUBLIC_URL}/q/" in page.inner_text("main")
        assert "loa verify" in page.inner_text("main")
        browser.close()
