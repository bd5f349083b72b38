"""What operators and offices find on their pages: the right versions, what was called back, what is new."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from dataclasses import replace

import pytest

from render.catalogue import read_catalogue
from render.communes import (
    Commune,
    Former,
    communes,
    communes_of,
    find,
    former_names,
    old_communes,
    search_key,
    with_communes,
)
from render.keys import Signer
from render.pagescripts import scripts
from render.publication import Publication
from render.release import Publisher, Release, Streamed, withdraw
from render.store import FolderStore, Store
from render.webstore import open_reader
from tests.render.hammered import hammered
from tests.render.page_reader import Reading, text_of
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication

API = "https://toasoan.example.vn"


class Site:
    """A publisher with a store, whose days pass."""

    def __init__(self, store: Store, signer: Signer, files: Files) -> None:
        self.files = files
        self.who = Publisher(store, signer, OFFICES, PUBLIC_URL, AT, api_url=API)

    def send(self, *publications: Publication, days: int = 0) -> Release:
        with Streamed(replace(self.who, at=AT + dt.timedelta(days=days)), self.files.load) as under_way:
            release = under_way.finish(publications)
        assert release is not None
        return release

    def call_back(self, slug: str, reason: str, days: int = 0, replaced_by: str | None = None) -> None:
        withdraw(
            self.who.store, self.who.signer, slug, reason=reason, replaced_by=replaced_by,
            offices=OFFICES, public_url=PUBLIC_URL, at=AT + dt.timedelta(days=days), api_url=API,
        )  # fmt: skip


@pytest.fixture
def site(folder_store: FolderStore, signer: Signer, files: Files) -> Site:
    return Site(folder_store, signer, files)


# Places


def test_there_are_3321_communes_in_34_provinces() -> None:
    assert (len(communes()), len(communes_of()), len({one.code for one in communes()})) == (3321, 34, 3321)
    assert all(re.fullmatch(r"(Xã|Phường|Đặc khu) \S.*", one.unit) for one in communes())
    assert all(one.province in communes_of() for one in former_names())


@pytest.mark.parametrize("typed", ["ea knop", "EA KNỐP", "xã Ea Knốp", "  ea   knốp "])
def test_a_commune_is_found_however_it_is_typed(typed: str) -> None:
    assert next(find(typed)) == Commune("24376", "xa", "Xã Ea Knốp", "66")


@pytest.mark.parametrize(
    ("old", "province"),
    [("Hà Tây", "01"), ("song be", "79"), ("kon tum", "51"), ("Tỉnh Bắc Kạn", "19"), ("huyện Tam Đảo", "25")],
)
def test_an_old_name_leads_to_the_province_of_today(old: str, province: str) -> None:
    assert province in {one.province for one in find(old) if isinstance(one, Former)}


def test_a_district_that_was_a_number_is_found_by_it() -> None:
    assert search_key("Quận 1") == "quan 1"
    assert next(one.name for one in find("quan 1") if isinstance(one, Former)) == "Quận 1"
    assert list(find("…")) == []


def test_a_commune_without_an_office_of_its_own_shows_its_provinces() -> None:
    derived = with_communes(OFFICES)
    assert len(derived) == len(OFFICES) + len(communes_of()["66"]) - 1 + len(communes_of()["91"])
    assert derived["91.30307"].hotline == "0296 000 000"
    assert derived["91.30307"].name == "Bảo hiểm xã hội tỉnh An Giang"
    assert derived["66.24133"] == OFFICES["66.24133"]


def test_the_choice_of_a_commune_holds_them_all_and_is_small() -> None:
    script = scripts()["places"].body.decode()
    rows = json.loads(script.partition("LOA_PLACES=")[2].partition(";\n")[0])
    assert sum(len(row[1].split(";")) for row in rows) == 3321
    assert len(script.encode()) <= 70_000


def test_every_commune_of_old_leads_to_communes_of_today() -> None:
    known = {one.code for one in communes()}
    assert len(old_communes()) == 10_035
    assert {code for one in old_communes() for code in one.codes} == known - {
        "11948",
        "19742",
        "20333",
        "21548",
        "26732",
    }
    loaded = {name: json.loads(one.body) for name, one in scripts().items() if name.startswith("cu.")}
    found = [row for rows in loaded.values() for row in rows if row[0] == "Quận Ba Đình" and "*Phúc Xá" in row]
    assert found[0][found[0].index("*Phúc Xá") + 1] == "2p"  # 97 in base 36: Phường Hồng Hà
    assert max(len(scripts()[name].body) for name in loaded) <= 9_000  # with the page and the script below 100 KB


# Bulletins


def test_a_week_is_told_and_what_came_before_stands_below(site: Site) -> None:
    site.send(publication(site.files, "cu", "Bài cũ"))
    site.send(publication(site.files, "moi", "Bài mới"), days=8)
    page = Reading(text_of(site.who.store, "loa/66.html"))
    assert "Tuần 08/9/2025 – 14/9/2025" in page.text
    assert page.text.index("Bài mới") < page.text.index("Các tuần trước, vẫn đang áp dụng") < page.text.index("Bài cũ")
    names = [str(found["download"]) for _, found in page.elements if str(found.get("download")).endswith(".mp3")]
    assert names == ["01_vi_moi_2m40.mp3", "02_vi_cu_2m40.mp3"]


def test_only_the_language_of_the_place_is_listed_and_others_are_one_step_away(site: Site) -> None:
    site.send(publication(site.files, langs=("vi", "km", "rad"), products="bulletin"))
    page = text_of(site.who.store, "loa/66.html")
    assert re.findall(r'download="(\d\d_[a-z]+)_', page) == ["01_vi", "02_rad"]
    assert "tieng.km.html" in page
    assert "_km_" in text_of(site.who.store, "loa/tieng.km.html")


def test_a_commune_with_a_greeting_of_its_own_shows_its_words_and_the_nations_script(site: Site) -> None:
    one = publication(site.files, offices=("66.24133",), products="bulletin")
    national, own = one.entries
    pieces = [
        site.files.add(data, role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg") for data in (b"a", b"b")
    ]
    whole = site.files.add(b"ab", role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg")
    whole = replace(whole, pieces=tuple((piece.sha256, piece.bytes) for piece in pieces))
    words = {**own.details, "greeting": "Kính thưa bà con xã Ea Knốp."}
    site.send(replace(one, entries=(national, replace(own, files=(whole,), details=words))))
    page = text_of(site.who.store, "loa/66.24133.html")
    script = national.file("script")
    assert script is not None
    assert "Kính thưa bà con xã Ea Knốp." in page
    assert f"cas/{script.sha256}" in page
    assert [f"cas/{piece.sha256}" in page for piece in pieces] == [True, True]
    assert site.who.store.head(f"cas/{whole.sha256}") is None
    zipped = re.search(r"cas/([0-9a-f]{64})\" download=\"ban-tin-loa.zip", page)
    assert zipped is not None
    with zipfile.ZipFile(io.BytesIO(site.who.store.get(f"cas/{zipped[1]}"))) as archive:
        assert archive.read("01_vi_tro-cap_2m40.mp3") == b"ab"
    assert "Ea Knốp." not in text_of(site.who.store, "loa/66.html")
    record = json.loads(site.who.store.get("devices/66.24133/index.json"))["BanTin"][0]
    assert record["KichBan"].endswith(script.sha256)
    assert len(record["TepAmThanh"]) == 2


def test_what_was_called_back_stands_in_red_at_the_top_for_sixty_days(site: Site) -> None:
    site.send(publication(site.files, "sai", "Bài sai"), publication(site.files, "dung", "Bài đúng"))
    site.call_back("sai", "Mức đóng in sai.", days=1, replaced_by="dung")

    def shown() -> str:
        return text_of(site.who.store, "loa/91.html")

    page = Reading(shown())
    assert page.text.index("ĐÃ THU HỒI") < page.text.index("Tải MP3")
    for words in ("Mức đóng in sai.", "Xoá tệp có tên chứa _sai_", "thay bằng: Bài đúng"):
        assert words in page.text, words
    edition = publication(Files(), "sai", "Bài sai").editions["vi"]["id"]
    assert f'data-editions="{edition}"' in shown()
    site.send(publication(site.files, "ba", "Bài ba"), days=60)
    assert "ĐÃ THU HỒI" in shown()
    site.send(publication(site.files, "bon", "Bài bốn"), days=62)
    assert "ĐÃ THU HỒI" not in shown()


def test_an_own_version_that_was_called_back_is_told_to_those_who_had_it(site: Site) -> None:
    site.send(publication(site.files, offices=("66.24133",), products="bulletin"))
    site.send(publication(site.files, products="bulletin"), days=1)
    assert "ĐÃ CÓ BẢN MỚI" in text_of(site.who.store, "loa/66.24133.html")
    assert "ĐÃ CÓ BẢN MỚI" not in text_of(site.who.store, "loa/91.html")


def test_one_tap_tells_what_was_played_and_a_province_has_no_such_button(site: Site) -> None:
    one = publication(site.files, products="bulletin")
    site.send(one)
    page = text_of(site.who.store, "loa/66.24133.html")
    assert f'action="{API}/api/v1/public/receipts/form"' in page
    assert f"form-action {API}" in page
    assert f"connect-src {API}" in page
    assert f'form="da-phat" name="edition" value="{one.editions["vi"]["id"]}"' in page
    assert "<form" not in text_of(site.who.store, "loa/66.html")


def test_a_release_reads_only_the_parts_that_changed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.send(*(publication(site.files, f"bai-{number}") for number in range(6)))
    read: list[str] = []
    original = FolderStore.get

    def watched(self: FolderStore, key: str) -> bytes:
        read.append(key)
        return original(self, key)

    parts = {blob.sha256 for named in _current(site).articles.values() for blob in named.values()}
    monkeypatch.setattr(FolderStore, "get", watched)
    site.send(publication(site.files, "bai-0", version="2"), days=1)
    again = {key for key in read if key.removeprefix("cas/") in parts}
    assert len(again) == 1  # the part that is replaced: its editions are called back


def test_a_lost_shelf_is_filled_from_the_releases(site: Site) -> None:
    site.send(publication(site.files, "mot"))
    site.send(publication(site.files, "hai"), days=9)

    def pages() -> dict[str, str]:
        texts = {key: text_of(site.who.store, key) for key in site.who.store.list("loa/")}
        return {key: re.sub(r"bản phát hành số \d+, ngày [\d/]+", "", text) for key, text in texts.items()}

    before = pages()
    assert "Các tuần trước" in before["loa/66.html"]
    for key in ("pages-shelf.json.gz", "pages.json"):
        site.who.store.delete(key)
    site.send(publication(site.files, "hai"), days=9)
    assert pages() == before


def test_a_reader_never_sees_a_torn_page_or_an_unsigned_catalogue_while_releases_come(
    s3_store: Store, signer: Signer, files: Files
) -> None:
    """Eight here; `python -m tests.bench release` does fifty."""
    site = Site(s3_store, signer, files)
    site.who = replace(site.who, offices={"66": OFFICES["66"]})
    site.send(publication(files, products="bulletin"))

    def releases() -> None:
        for number in range(8):
            site.send(publication(files, version=str(number + 2), products="bulletin"))

    seen = hammered(open_reader(s3_store.url), signer.fingerprint, "loa/66.html", "tro-cap", releases)
    assert seen.catalogues == sorted(set(seen.catalogues))
    assert seen.pages == sorted(set(seen.pages))
    assert seen.catalogues[-1] == seen.pages[-1] == 9
    assert len(seen.catalogues) > 4


# Offices


def test_an_office_finds_prints_one_zip_and_the_line_that_fetches_all(site: Site) -> None:
    one = publication(site.files, offices=("66",), products="leaflet picture", topic="Hưu trí")
    release = site.send(one)
    page = text_of(site.who.store, "to-roi/66.html")
    said = Reading(page).text
    assert f"loa fetch --store {PUBLIC_URL} --key {release.key} --office 66" in said
    assert "Bản riêng của tỉnh Đắk Lắk" in said
    zipped = re.search(r'href="\.\./cas/([0-9a-f]{64})" download="to-roi\.vi\.zip"', page)
    assert zipped is not None
    assert site.who.store.get(f"cas/{zipped[1]}")[:2] == b"PK"


def test_lists_that_became_shorter_lead_to_what_is_left(site: Site) -> None:
    site.send(publication(site.files, "mot", langs=("vi", "km")), publication(site.files, "hai"))
    assert "Tiếng Khmer" in text_of(site.who.store, "loa/tieng.km.html")
    site.call_back("mot", "Sai.")
    assert "Danh sách đã ngắn lại" in text_of(site.who.store, "loa/tieng.km.html")
    assert "km.html" not in text_of(site.who.store, "loa/66.html")


# Articles


def test_an_article_tells_machines_what_it_is(site: Site) -> None:
    site.send(publication(site.files, title='Trợ cấp </script><b>"mới"', langs=("vi", "km")))
    page = text_of(site.who.store, "a/tro-cap.vi.html")
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert data is not None
    nodes = {node["@type"]: node for node in json.loads(data[1])["@graph"]}
    assert nodes["Article"]["headline"] == 'Trợ cấp </script><b>"mới"'
    assert nodes["Article"]["datePublished"] == nodes["Article"]["dateModified"] == f"{AT:%Y-%m-%dT%H:%M:%SZ}"
    assert all(one["uploadDate"] for one in nodes["Article"]["associatedMedia"])
    assert nodes["FAQPage"]["mainEntity"][0]["acceptedAnswer"]["text"] == "Không."
    assert f'<link rel="alternate" hreflang="km" href="{PUBLIC_URL}/a/tro-cap.km.html">' in page
    assert 'property="og:image:width" content="1080"' in page


def test_fonts_come_only_with_pages_in_their_script(site: Site) -> None:
    site.send(publication(site.files, langs=("vi", "km", "blt-Tavt")))
    store = site.who.store
    assert "@font-face" not in text_of(store, "a/tro-cap.vi.html")
    for lang, family in (("km", "noto-sans-khmer"), ("blt-Tavt", "tai-heritage-pro")):
        page = text_of(store, f"a/tro-cap.{lang}.html")
        keys = re.findall(r"url\(\.\./(s/[^)]+)\)", page)
        assert len(keys) == 2
        assert all(family in key and store.get(key)[:4] == b"wOF2" for key in keys)
        assert "font-src 'self'" in page


def test_a_page_names_the_fact_that_changed(site: Site) -> None:
    def said(value: str, version: str) -> Publication:
        fact = {"key": "muc", "asked": None, "label": "Mức trợ cấp", "printed": value}
        return publication(site.files, version=version, facts=[fact])

    site.send(said("500.000 đồng", "1"))
    site.send(said("700.000 đồng", "2"), days=3)
    page = Reading(text_of(site.who.store, "a/tro-cap.vi.html")).text
    assert "Đã cập nhật ngày 04/9/2025: Số liệu đã thay đổi – Mức trợ cấp: 500.000 đồng → 700.000 đồng." in page


def test_crawlers_find_every_article_and_nothing_else(site: Site) -> None:
    site.send(publication(site.files, "mot", langs=("vi", "km")), publication(site.files, "hai"))
    site.call_back("hai", "Sai.")
    sitemap = text_of(site.who.store, "sitemap.xml")
    found = re.findall(r"<loc>(.*?)</loc>", sitemap)
    assert found == [f"{PUBLIC_URL}/{key}" for key in ("index.html", "a/mot.vi.html", "a/mot.km.html")]
    assert f"Sitemap: {PUBLIC_URL}/sitemap.xml" in text_of(site.who.store, "robots.txt")
    assert f'href="{PUBLIC_URL}/index.html"' in text_of(site.who.store, "404.html")


def _current(site: Site) -> Release:
    release = read_catalogue(site.who.store, [site.who.signer.fingerprint])
    assert release is not None
    return release
