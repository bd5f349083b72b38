"""The static pages: escaped, small, linked within the bucket, rewritten only where something changed."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from render.errors import StoreError
from render.keys import Signer, make_key
from render.manifest import Release
from render.pages import write_pages
from render.pagewords import big_number, length_words, megabytes, place_name, safe_link, size_words, sorting
from render.playorder import play_name
from render.publication import Publication
from render.release import publish, withdraw
from render.shelf import read_shelf
from render.store import FolderStore, Store
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication

LARGEST = 100_000  # bytes, with everything that is inlined
CHROMIUM = shutil.which("chromium")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return make_key(tmp_path / "key.pem")


@pytest.fixture
def files() -> Files:
    return Files()


def send(store: Store, signer: Signer, files: Files, *publications: Publication) -> Release:
    return publish(store, signer, publications, load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT)


def call_back(store: Store, signer: Signer, slug: str, **more: Any) -> Release:
    return withdraw(store, signer, slug, offices=OFFICES, public_url=PUBLIC_URL, at=AT, **more)


def html_keys(store: Store) -> list[str]:
    return [key for key in store.list() if key.endswith(".html") or key.startswith("q/")]


def text_of(store: Store, key: str) -> str:
    return store.get(key).decode()


def _ours(found: dict[str, str | None]) -> bool:
    """A script of the bucket that the page knows by its digest, or data that no browser runs."""
    named = re.fullmatch(r"(\.\./)*s/[a-z]+\.[0-9a-f]{16}\.js", str(found.get("src")))
    known = re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", str(found.get("integrity")))
    return bool(named and known) or found == {"type": "application/ld+json"}


class Reading(HTMLParser):
    """Elements, links and ids of a page; an unclosed element is a fault."""

    VOID = frozenset({"meta", "link", "img", "source", "track", "br", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self.links += [(tag, str(found[name])) for name in ("href", "src", "poster") if name in found]
        self.ids += [str(found["id"])] if "id" in found else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


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


def test_only_pages_that_change_are_written(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files, "mot"), publication(files, "hai"))
    before = {key: folder_store.get(key) for key in html_keys(folder_store)}
    leaflet = publication(files, "hai", version="2", products="leaflet")
    send(folder_store, signer, files, leaflet)
    changed = {key for key in html_keys(folder_store) if folder_store.get(key) != before.get(key)}
    assert "a/mot.vi.html" not in changed
    assert not {"loa/index.html", "to-roi/index.html"} & changed
    assert {"a/hai.vi.html", "to-roi/66.html", "loa/66.html", f"q/{leaflet.editions['vi']['id']}"} <= changed
    assert write_pages(folder_store, [signer.fingerprint], offices=OFFICES, public_url=PUBLIC_URL) == 0


def test_pages_are_drawn_again_when_an_office_changes(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files))
    new = {code: office for code, office in OFFICES.items() if code != "66.24133"}
    new["66"] = type(new["66"])("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh", hotline="0262 111 222")
    written = write_pages(folder_store, [signer.fingerprint], offices=new, public_url=PUBLIC_URL)
    assert written > 0
    assert "0262 111 222" in text_of(folder_store, "loa/66.html")


def test_a_lost_or_broken_page_index_is_made_again(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files))
    before = {key: folder_store.get(key) for key in folder_store.list()}
    for broken in (b"", b'{"pages": 3}', None):
        if broken is None:
            folder_store.delete("pages.json")
        else:
            folder_store.put("pages.json", broken, media_type="application/json")
        send(folder_store, signer, files, publication(files))
        assert {key: folder_store.get(key) for key in folder_store.list()} == before


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_shows_and_downloads_from_the_bucket_alone(s3_store: Store, signer: Signer, files: Files) -> None:
    from playwright.sync_api import sync_playwright  # only this test drives a browser

    one = publication(files, "tro-cap-huu-tri", products="leaflet bulletin")
    send(s3_store, signer, files, one)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(
            java_script_enabled=False, viewport={"width": 390, "height": 844}, accept_downloads=True
        ).new_page()
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
        browser.close()
    assert faults == []


# Words


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (length_words(160.2), "2 phút 40 giây"),
        (length_words(31), "31 giây"),
        (length_words(180), "3 phút"),
        (length_words(0), "0 giây"),
        (size_words(1_412_000), "1,4 MB"),
        (size_words(350_400), "350 KB"),
        (megabytes(1_299_999), "1,3 MB"),
        (place_name("Thành phố Hồ Chí Minh"), ("Hồ Chí Minh", "Thành phố")),
        (big_number([{"t": "500.000 đồng"}, {"t": " mỗi tháng"}]), ("500.000", "đồng mỗi tháng")),
        (big_number([{"t": "50%"}]), ("50%", "")),
        (big_number([{"t": "1900 9068"}]), ("1900 9068", "")),
        (big_number([{"t": "Miễn phí"}]), ("Miễn phí", "")),
        (safe_link("javascript:alert(1)"), ""),
        (safe_link(" JAVASCRIPT:alert(1)"), ""),
        (safe_link("data:text/html,x"), ""),
        (safe_link("https://[broken"), ""),
        (safe_link("tel:19009068"), "tel:19009068"),
        (play_name(1, "vi", "tro-cap-huu-tri", 160.2), "01_vi_tro-cap-huu-tri_2m40.mp3"),
        (play_name(12, "blt-Tavt", "đóng-bhxh", 59.7), "12_blt-tavt_dong-bhxh_1m00.mp3"),
    ],
)
def test_words_are_as_people_say_them(said: object, wanted: object) -> None:
    assert said == wanted


def test_provinces_stand_in_vietnamese_order() -> None:
    names = ["Đồng Nai", "Cần Thơ", "Cao Bằng", "Điện Biên", "An Giang", "Cà Mau", "Đà Nẵng", "Đắk Lắk", "Gia Lai"]
    assert sorted(names, key=sorting) == [
        "An Giang", "Cà Mau", "Cao Bằng", "Cần Thơ", "Đà Nẵng", "Đắk Lắk", "Điện Biên", "Đồng Nai", "Gia Lai",
    ]  # fmt: skip


@given(st.text(max_size=60), st.text(min_size=1, max_size=200), st.floats(0, 3600))
@example("", "𝓐", 0.0)
def test_a_name_on_the_stick_is_always_plain(lang: str, slug: str, duration_s: float) -> None:
    name = play_name(3, lang, slug, duration_s)
    assert re.fullmatch(r"[a-z0-9_.m-]{8,70}", name)


def test_a_store_that_fails_is_told_and_nothing_is_swapped(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    (folder_store.root / "cas").parent.mkdir(parents=True, exist_ok=True)
    (folder_store.root / "cas").write_text("a file stands where the objects should lie")
    with pytest.raises(StoreError):
        send(folder_store, signer, files, publication(files))
    assert folder_store.head("catalogue.json") is None
