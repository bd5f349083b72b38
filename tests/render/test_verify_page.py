"""The public page that checks a file: ours, altered or a stranger's, in a real browser, from the bucket alone."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import segno
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from render.catalogue import CATALOGUE
from render.keys import Signer
from render.release import publish, withdraw
from render.store import Store
from tests.browsing import chromium, needs_chromium, page_of
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication


def qr_picture(text: str) -> Image.Image:
    """A QR code as a camera sees it: small in a grey room, a little askew."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=6, border=4)
    code = Image.open(drawn).convert("RGB").rotate(7, expand=True, fillcolor="white")
    room = Image.new("RGB", (640, 480), "#B8B2A6")
    room.paste(code, ((640 - code.width) // 2, (480 - code.height) // 2))
    return room


def as_film(picture: Image.Image, path: Path) -> None:
    """A camera that sees nothing but this picture: raw frames, as Chromium's pretended camera reads them."""
    luma, *chroma = picture.convert("YCbCr").split()
    frame = b"".join(plane.tobytes() for plane in (luma, *(one.resize((320, 240)) for one in chroma)))
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + frame) * 2)


@needs_chromium
def test_a_file_dropped_on_the_page_is_told_what_it_is(s3_store: Store, signer: Signer, tmp_path: Path) -> None:
    files = Files()
    one = publication(files, "tro-cap")
    publish(s3_store, signer, [one], load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    code = one.entries[0].edition
    ours = {f"that.{file.suffix}": files.load(file.sha256) for entry in one.entries for file in entry.files}
    sheet = ours["that.pdf"]
    qr = qr_picture(f"{PUBLIC_URL}/q/{code}")
    qr.save(tmp_path / "chup.png")
    as_film(qr, tmp_path / "may-anh.y4m")
    Image.new("RGB", (300, 300), "white").save(tmp_path / "trang.png")
    others = {
        "sua.pdf": sheet + b" ",
        "la.pdf": b"%PDF-1.4 of somebody else",
        "rong.pdf": b"",
        "goi.zip": b"PK\3\4 and so on",
    }
    for name, data in {**ours, **others}.items():
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "lon.mp4").open("wb") as huge:
        huge.truncate(500_000_000)

    def check(page: Page, name: str, into: str = "#tep") -> tuple[str | None, str]:
        page.evaluate("document.getElementById('ket-qua').replaceChildren()")
        page.set_input_files(into, tmp_path / name)
        expect(page.locator("#ket-qua")).to_have_text(re.compile(r"^\s*(?!Đang )\S"))
        words = page.inner_text("#ket-qua")
        field = page.locator("#ket-qua .state")
        state = field.get_attribute("data-state") if field.count() else None
        return state, words

    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    camera.append(f"--use-file-for-fake-video-capture={tmp_path / 'may-anh.y4m'}")
    with chromium(*camera) as browser, page_of(browser, viewport=ViewportSize(width=390, height=844)) as page:
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(s3_store.address("kiem-tra/index.html"))
        size = page.evaluate("performance.getEntries().reduce((sum, one) => sum + (one.encodedBodySize || 0), 0)")
        assert 0 < size < 100_000
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

        state, words = check(page, "that.pdf")
        assert state == "in-force"
        assert f"đúng với khóa {signer.fingerprint[:16]}" in words
        for name in ("that.mp3", "that.mp4", "that.webp", "that.png", "that.vtt"):
            assert check(page, name)[0] == "in-force", name
        for name in ("sua.pdf", "la.pdf"):
            assert check(page, name)[0] == "unknown"
        for name, told in (("rong.pdf", "Tệp rỗng"), ("goi.zip", "gói ZIP"), ("lon.mp4", "500 MB")):
            state, words = check(page, name)
            assert (state, told in words) == (None, True), words

        # A picture that is not ours but shows one of our codes leads to what the code stands for.
        state, words = check(page, "chup.png")
        assert state == "unknown"
        page.wait_for_selector(f"#ket-qua a[href$='/q/{code}']")
        assert "Không thấy ô vuông QR" in check(page, "trang.png", "#anh")[1]
        assert "không mở được ảnh" in check(page, "la.pdf", "#anh")[1]
        for scanned in (lambda: page.set_input_files("#anh", tmp_path / "chup.png"), lambda: page.click("#quet")):
            scanned()
            page.wait_for_url(f"**/q/{code}")
            assert page.inner_text("h1") == "Tài liệu này còn hiệu lực"
            page.goto(s3_store.address("kiem-tra/index.html"))

        qr_picture(f"https://lua-dao.example/q/{code}").save(tmp_path / "gia.png")  # a real code, a strange house
        state, words = check(page, "gia.png", "#anh")
        assert (state, "lua-dao.example" in words) == ("foreign", True), words

        withdraw(s3_store, signer, "tro-cap", reason="Số in sai.", offices=OFFICES, public_url=PUBLIC_URL, at=AT)
        state, words = check(page, "that.pdf")
        assert state == "withdrawn"
        assert "Số in sai." in words

        page.fill("#ma", "0000-0000-0000")
        page.click("#tra")
        page.wait_for_selector("#ket-qua :text('Không có mã')")
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
    assert faults == []


@needs_chromium
def test_without_scripts_the_page_says_how_to_look_up_a_code(s3_store: Store, signer: Signer) -> None:
    files = Files()
    one = publication(files, "tro-cap", products="leaflet")
    publish(s3_store, signer, [one], load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    with chromium() as browser, page_of(browser, java_script_enabled=False) as page:
        page.goto(s3_store.address("kiem-tra/index.html"))
        assert f"{PUBLIC_URL}/q/" in page.inner_text("main")
        assert "loa verify" in page.inner_text("main")
