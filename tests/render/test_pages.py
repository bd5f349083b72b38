"""The static pages: escaped, small, linked within the bucket, and saying what holds."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ViewportSize

from render.keys import Signer
from render.shelf import read_shelf
from render.store import FolderStore, Store
from tests.browsing import chromium, needs_chromium, page_of
from tests.render.page_reader import Reading, html_keys, text_of
from tests.render.sample_publications import PUBLIC_URL, Files, publication
from tests.render.sample_releases import call_back, send

LARGEST = 100_000  # bytes, with everything that is inlined


def _ours(found: dict[str, str | None]) -> bool:
    """A script of the bucket that the page knows by its digest, or data that no browser runs."""
    named = re.fullmatch(r"(\.\./)*s/[a-z]+\.[0-9a-f]{16}\.js", str(found.get("src")))
    known = re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", str(found.get("integrity")))
    return bool(named and known) or found == {"type": "application/ld+json"}


@pytest.fixture
def full(folder_store: FolderStore, signer: Signer, files: Files) -> FolderStore:
    """A store with everything pages can show: own versions, three languages, what was replaced and withdrawn."""
    send(
        folder_store,
        signer,
        files,
        publication(files, "mot", "Từ 75 tuổi: Nhà nước trợ cấp", langs=("vi", "km"), offices=("66", "66.24133")),
        publication(files, "hai", langs=("vi",), waiting=("rad", "jra")),
        publication(files, "ba", langs=("zh-Hant",), products="leaflet"),
        publication(files, "bon", priority="urgent", topic=""),
    )
    send(folder_store, signer, files, publication(files, "mot", version="2", langs=("vi",), offices=("66",)))
    call_back(folder_store, signer, "hai", reason="Mức đóng in sai.", replaced_by="mot")
    call_back(folder_store, signer, "bon", reason="Hết hiệu lực.")
    return folder_store


def test_every_link_leads_to_an_object_of_the_bucket(full: FolderStore) -> None:
    pages = {key: Reading(text_of(full, key)) for key in html_keys(full)}
    followed = 0
    for key, page in pages.items():
        for tag, link in page.links:
            parts = urlsplit(link)
            if parts.scheme in {"data", "tel", "mailto"}:
                continue
            if parts.scheme:
                assert link.startswith(f"{PUBLIC_URL}/"), (key, tag, link)
                target = link.removeprefix(f"{PUBLIC_URL}/")
            elif not parts.path:
                assert parts.fragment in page.ids, (key, link)
                continue
            else:
                assert not parts.path.startswith("/"), (key, link)  # a bucket may lie below any path
                steps: list[str] = []
                for step in [*PurePosixPath(key).parent.parts, *parts.path.split("/")]:
                    if step == "..":
                        steps.pop()
                    else:
                        steps.append(step)
                target = "/".join(steps)
            assert full.head(target) is not None, (key, tag, link)
            followed += 1
    assert followed > 100


def test_pages_are_small_name_their_release_and_hold_no_script(full: FolderStore) -> None:
    for key in html_keys(full):
        data = full.get(key)
        page = Reading(data.decode())
        assert len(data) <= LARGEST, key
        assert re.search(r"bản phát hành số [1-4], ngày 01/9/2025", page.text), key
        policies = [found["content"] for tag, found in page.elements if found.get("http-equiv")]
        assert len(policies) == 1
        assert "default-src 'none'" in str(policies[0])
        # Scripts stand in files of the bucket; nothing runs that is written into a page.
        run = [found for tag, found in page.elements if tag == "script" and found.get("type") != "application/ld+json"]
        assert all(found.get("src") for found in run)
        assert all(full.head(f"s/{str(one['src']).rpartition('/')[2]}") for one in run if one.get("integrity"))
        assert not any(name.startswith("on") for _, found in page.elements for name in found)
        assert not any("style" in found for _, found in page.elements)
        assert page.elements[0][1]["lang"], key
        assert sum(tag == "h1" for tag, _ in page.elements) == 1, key
        assert len(page.ids) == len(set(page.ids)), key
        assert full.headers(key) == {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"}


def test_an_article_page_is_in_its_language_and_shows_every_block(full: FolderStore) -> None:
    page = Reading(text_of(full, "a/mot.vi.html"))
    assert page.elements[0] == ("html", {"lang": "vi"})
    for words in ("200.000", "đồng mỗi tháng", "Ai được nhận?", "Trước và nay", "Có mất tiền không?", "Lưu ý", "Ví dụ"):
        assert words in page.text, words
    tags = [tag for tag, _ in page.elements]
    for tag in ("table", "ol", "dl", "audio", "video", "track", "strong", "em"):
        assert tag in tags, tag
    scopes = [found.get("scope") for tag, found in page.elements if tag == "th"]
    assert scopes == ["col", "col", "row"]
    assert all(found.get("alt") for tag, found in page.elements if tag == "img")
    assert "Bản riêng của địa phương" in page.text
    chinese = Reading(text_of(full, "a/ba.zh-Hant.html"))
    assert chinese.elements[0] == ("html", {"lang": "zh-Hant"})


def test_photographs_come_in_two_widths_with_words_and_credit_and_stand_in_no_list(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    one = publication(files, products="leaflet")
    digest = "ab" * 32
    picture = {"alt": "Bà con nghe loa", "credit": "Ảnh: Loa", "focus": [0.5, 0.5], "digest": digest,
               "width_px": 2000, "height_px": 1500}  # fmt: skip
    one.editions["vi"]["blocks"].append(
        {"kind": "picture", "id": "anh", "title": None, "before": [], "after": [], "picture": picture}
    )
    widths = tuple(
        files.add(f"photo {px}".encode(), role=role, suffix=f"{digest[:12]}-{px}.webp", name=f"a-{px}.webp",
                  media_type="image/webp")
        for px, role in ((1280, "main"), (640, "photo"))
    )  # fmt: skip
    photos = dataclasses.replace(
        one.entries[0], product="page-photos", label="Ảnh trong bài", medium="page", files=widths, details={}
    )
    send(folder_store, signer, files, dataclasses.replace(one, entries=(*one.entries, photos)))
    html = text_of(folder_store, "a/tro-cap.vi.html")
    shown = next(found for tag, found in Reading(html).elements if tag == "img" and found["alt"] == picture["alt"])
    large, small = (f"../cas/{file.sha256}" for file in widths)
    assert shown["srcset"] == f"{small} 640w, {large} 1280w"
    assert [shown[name] for name in ("src", "width", "height", "loading")] == [small, "640", "480", "lazy"]
    assert "Ảnh: Loa" in Reading(html).text
    assert f"{PUBLIC_URL}/cas/{widths[0].sha256}" in json.loads(html.partition("ld+json\">")[2].partition("<")[0])[
        "@graph"][0]["image"]  # fmt: skip
    for key in html_keys(folder_store):
        assert "Ảnh trong bài" not in text_of(folder_store, key), key


def test_an_office_is_told_which_sheets_hold_no_longer_why_and_what_is_in_their_place(full: FolderStore) -> None:
    page = Reading(text_of(full, "to-roi/66.html"))
    lane = page.text[page.text.index("Không in") : page.text.index("Lấy cả bộ")]
    for words in (
        "ĐÃ THU HỒI", "Lý do: Mức đóng in sai.", "Lý do: Hết hiệu lực.", "ĐÃ CÓ BẢN MỚI", "Tờ rơi A4",
        "Lý do: Nội dung hoặc số liệu đã được cập nhật.", "Đã thay bằng: bản tiếng Việt mã", "Chưa có bản thay thế.",
    ):  # fmt: skip
        assert words in lane, words
    assert 'href="../a/mot.vi.html"' in text_of(full, "to-roi/66.html")
    # A version of Đắk Lắk's own is no business of An Giang's.
    own = next(row for row in read_shelf(full).gone["00000002-mot-superseded"] if row["office"] == "66")
    assert own["edition"] in text_of(full, "to-roi/66.html")
    assert own["edition"] not in text_of(full, "to-roi/91.html")


def test_without_scripts_sheets_are_found_by_kind_campaign_and_week(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    send(
        folder_store, signer, files, publication(files, campaign="y-te"), publication(files, "hai", products="leaflet")
    )
    page = Reading(text_of(folder_store, "to-roi/66.html"))
    for words in (
        "Theo loại Infographic dọc (1)", "Tờ rơi A4 (2)", "Theo chiến dịch Thẻ bảo hiểm y tế (1)",
        "Theo tuần phát hành Tuần từ 01/9/2025 (2)",
    ):  # fmt: skip
        assert words in page.text, words
    assert {"#tro-cap.vi", "#hai.vi"} <= {link for _, link in page.links}
    assert "/api/v1/docs" not in text_of(folder_store, "to-roi/66.html")  # there is none without a newsroom
    assert f"loa fetch --store {PUBLIC_URL} --key " in page.text


def test_languages_that_wait_are_named_with_what_they_wait_for(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    send(folder_store, signer, files, publication(files, waiting=("rad",)))
    assert "Tiếng Ê Đê: chờ bản dịch" in Reading(text_of(folder_store, "a/tro-cap.vi.html")).text
    assert "Tiếng Ê Đê: chờ bản dịch" in Reading(text_of(folder_store, "loa/66.html")).text  # spoken in Đắk Lắk
    assert "Ê Đê" not in text_of(folder_store, "loa/91.html")


def test_the_page_of_a_code_says_whether_the_sheet_still_holds(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    old, new = publication(files), publication(files, version="2")
    page = f"q/{old.editions['vi']['id']}"
    heir = new.editions["vi"]["id"]

    def state() -> str:
        return Reading(text_of(folder_store, page)).text

    send(folder_store, signer, files, old, publication(files, "moi", "Bài mới"))
    assert "Tài liệu này còn hiệu lực" in state()
    assert "Số liệu áp dụng từ 01/7/2025" in state()
    assert "Tiếng Việt" in state()
    send(folder_store, signer, files, new)
    assert "Đã có bản mới" in state()
    assert f'href="../q/{heir}"' in text_of(folder_store, page)
    call_back(folder_store, signer, "tro-cap", reason="Mức in sai.", replaced_by="moi")
    for key in (page, f"q/{heir}"):
        words = Reading(text_of(folder_store, key)).text
        assert "Đã thu hồi" in words
        assert "Lý do: Mức in sai." in words
        assert "Bài mới" in words
        assert 'href="../a/moi.vi.html"' in text_of(folder_store, key)
    send(folder_store, signer, files, old)
    assert "Tài liệu này còn hiệu lực" in state()


def test_what_was_withdrawn_leaves_every_page(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files, offices=("66.24133",)), publication(files, "moi"))
    assert "Trợ cấp" in text_of(folder_store, "loa/66.24133.html")
    call_back(folder_store, signer, "tro-cap", reason="Sai.")
    assert "Bài này đã thu hồi" in text_of(folder_store, "a/tro-cap.vi.html")
    for key in html_keys(folder_store):
        if key.startswith(("index", "loa/", "to-roi/")):
            assert "a/tro-cap.vi.html" not in text_of(folder_store, key), key


def test_an_office_gets_its_own_version_else_its_provinces_else_the_nations(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    one = publication(files, offices=("66", "66.24133"), products="leaflet bulletin")
    send(folder_store, signer, files, one, publication(files, "chung", products="leaflet"))

    def main(office: str | None, medium: str) -> str:
        entry = next(entry for entry in one.entries if entry.office == office and entry.medium == medium)
        file = entry.file("main")
        assert file is not None
        return file.sha256

    for code, office in (("66.24133", "66.24133"), ("66", "66"), ("91", None)):
        assert main(office, "print") in text_of(folder_store, f"to-roi/{code}.html")
        assert main(office, "audio") in text_of(folder_store, f"loa/{code}.html")
    own = Reading(text_of(folder_store, "to-roi/66.html")).text
    assert "Bản riêng của tỉnh Đắk Lắk" in own
    assert "Bản dùng chung toàn quốc" in own
    assert "Bản riêng" not in Reading(text_of(folder_store, "to-roi/91.html")).text
    assert "0296 000 000" in text_of(folder_store, "to-roi/91.html")  # the office's own number


def test_an_operators_page_of_forty_bulletins_is_small_and_in_play_order(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    long_title = "Từ 75 tuổi không có lương hưu: Nhà nước trợ cấp mỗi tháng cho người cao tuổi"
    every = [
        publication(
            files,
            f"bai-{number:02d}-tro-cap-huu-tri-xa-hoi-cho-nguoi-cao-tuoi",
            long_title,
            products="bulletin",
            priority={7: "urgent", 30: "priority"}.get(number, "normal"),
            in_force=f"2025-{1 + number % 12:02d}-01",
        )
        for number in range(40)
    ]
    send(folder_store, signer, files, *every)
    data = folder_store.get("loa/66.html")
    page = Reading(data.decode())
    assert len(data) <= LARGEST
    names = [str(found["download"]) for tag, found in page.elements if str(found.get("download")).endswith(".mp3")]
    assert len(names) == len(set(names)) == 40
    assert names == sorted(names)
    assert all(re.fullmatch(r"\d\d_vi_[a-z0-9-]+_2m40\.mp3", name) and len(name) <= 64 for name in names)
    assert ("bai-07" in names[0], "bai-30" in names[1]) == (True, True)
    assert page.text.index("Khẩn cấp") < page.text.index("Ưu tiên")
    assert "2 phút 40 giây" in page.text
    assert "Giọng máy" in page.text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}{% raw %}",
        "</title><style>*{display:none}</style>",
        "Tên: <b>đậm</b> & 'nháy'",
    ],
)
def test_hostile_text_stays_text(folder_store: FolderStore, signer: Signer, files: Files, hostile: str) -> None:
    one = publication(files, title=hostile, topic=hostile, note=hostile, legal=[hostile], waiting=("rad",))
    one.editions["vi"]["blocks"][0]["title"] = [{"t": hostile, "u": "javascript:alert(1)"}]  # type: ignore[index]
    one.editions["vi"]["summary"] = [{"t": hostile, "u": "https://example.vn/?a=1&b=2"}]  # type: ignore[index]
    send(folder_store, signer, files, one)
    call_back(folder_store, signer, "tro-cap", reason=hostile)
    send(folder_store, signer, files, one)
    for key in html_keys(folder_store):
        page = Reading(text_of(folder_store, key))
        assert not any(
            tag == "b" or (tag == "script" and found != {"src": "verify.js", "defer": None} and not _ours(found))
            for tag, found in page.elements
        )
        assert sum(tag == "style" for tag, _ in page.elements) == 1
        assert not any(name.startswith("on") for _, found in page.elements for name in found)
        assert not any("script:" in link for _, link in page.links)
    article = Reading(text_of(folder_store, "a/tro-cap.vi.html"))
    assert " ".join(hostile.split()) in article.text.replace(": ", ": ")
    assert ("a", "https://example.vn/?a=1&b=2") in article.links


@needs_chromium
def test_a_browser_shows_and_downloads_from_the_bucket_alone(s3_store: Store, signer: Signer, files: Files) -> None:
    one = publication(files, "tro-cap-huu-tri", products="leaflet bulletin")
    send(s3_store, signer, files, one)
    phone = ViewportSize(width=390, height=844)
    with (
        chromium() as browser,
        page_of(browser, java_script_enabled=False, viewport=phone, accept_downloads=True) as page,
    ):
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text))
        page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
        page.goto(s3_store.address("index.html"))
        page.get_by_role("link", name="Bản tin phát loa").click()
        page.get_by_role("link", name="Đắk Lắk").click()
        button = page.get_by_role("link", name="Tải MP3")
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 48
        with page.expect_download() as download:
            button.click()
        assert download.value.suggested_filename == "01_vi_tro-cap-huu-tri_2m40.mp3"
        page.get_by_role("link", name="Tờ rơi", exact=True).click()
        page.get_by_role("link", name="An Giang").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải PDF để in").click()
        assert download.value.suggested_filename == "tro-cap-huu-tri.vi.leaflet-a4.pdf"
        page.get_by_role("link", name="Mã ").first.click()
        assert page.get_by_role("heading", level=1).inner_text() == "Tài liệu này còn hiệu lực"
    assert faults == []
