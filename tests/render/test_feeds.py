"""Feeds lie in the bucket at each release: podcast, JSON, playlist, Atom by place and language; lists for devices."""

from __future__ import annotations

import dataclasses
import io
import json
import xml.etree.ElementTree as ET

import podcastparser
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from render.feedformats import feed_body
from render.keys import Signer
from render.manifest import Release
from render.pageparts import Page
from render.publication import Publication
from render.release import publish, withdraw
from render.store import FolderStore
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication

ATOM = "{http://www.w3.org/2005/Atom}"
GONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
HOSTILE = "Trợ cấp <b>& \"mới\" ]]> \x0b\x00 'x' \ufffe 🎉"


def send(store: FolderStore, signer: Signer, files: Files, *publications: Publication) -> Release:
    made = publish(store, signer, publications, load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    assert made is not None
    return made


def with_web(files: Files, one: Publication) -> Publication:
    """With a bulletin for the web beside each one for horns."""
    webs = []
    for entry in one.entries:
        if entry.product == "bulletin-3min":
            data = f"web {entry.edition}".encode() * 9
            file = files.add(data, role="main", suffix="m4a", name="a.m4a", media_type="audio/mp4")
            webs.append(dataclasses.replace(entry, product="bulletin-web", files=(file,)))
    return dataclasses.replace(one, entries=(*one.entries, *webs))


def podcast(store: FolderStore, key: str) -> dict[str, object]:
    found: dict[str, object] = podcastparser.parse(f"{PUBLIC_URL}/{key}", io.BytesIO(store.get(key)))
    return found


def test_podcast_clients_find_the_bulletins_for_the_web(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    one = with_web(files, publication(files, title=HOSTILE, offices=("66",)))
    send(folder_store, signer, files, one)
    feed = podcast(folder_store, "feeds/66.vi.rss")
    (episode,) = feed["episodes"]  # type: ignore[misc]
    (sound,) = episode["enclosures"]
    web = next(entry for entry in one.entries if entry.product == "bulletin-web" and entry.office == "66").files[0]
    assert (sound["url"], sound["file_size"], sound["mime_type"]) == (
        f"{PUBLIC_URL}/cas/{web.sha256}?ten={one.slug}.vi.m4a", web.bytes, "audio/mp4",
    )  # fmt: skip
    assert episode["total_time"] == 160
    assert episode["published"] == int(AT.timestamp())
    assert episode["guid"].endswith(":bulletin-web")
    assert "Trợ cấp" in episode["title"]
    assert feed["cover_url"] == f"{PUBLIC_URL}/feeds/cover.png"
    assert feed["language"] == "vi"
    assert Image.open(io.BytesIO(folder_store.get("feeds/cover.png"))).size == (1400, 1400)


def test_the_playlist_has_what_horns_play_and_each_place_its_own(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    one = publication(files, offices=("66.24133",))
    send(folder_store, signer, files, one)
    sounds = {entry.office: entry.files[0].sha256 for entry in one.entries if entry.medium == "audio"}
    own = folder_store.get("devices/66.24133/playlist.m3u8").decode()
    assert own.startswith("#EXTM3U\n")
    assert f"{PUBLIC_URL}/cas/{sounds['66.24133']}" in own.splitlines()
    for key in ("devices/66/playlist.m3u8", "feeds/91.vi.m3u8", "feeds/vn.vi.m3u8"):
        assert f"{PUBLIC_URL}/cas/{sounds[None]}" in folder_store.get(key).decode().splitlines()
    record = json.loads(folder_store.get("devices/66.24133/index.json"))["BanTin"][0]
    assert record["TieuDe"] == "Trợ cấp mỗi tháng"
    assert record["ThoiLuong"] == 160
    assert record["TenTep"] == "01_vi_tro-cap_2m40.mp3"
    assert record["Sha256"] == sounds["66.24133"]


def test_a_bulletin_in_pieces_is_two_tracks(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    one = publication(files, products="bulletin")
    lead = one.entries[0]
    opening, body = (
        files.add(data, role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg") for data in (b"op", b"body")
    )
    whole = files.add(b"opbody", role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg")
    pieces = tuple((file.sha256, file.bytes) for file in (opening, body))
    entry = dataclasses.replace(lead, files=(dataclasses.replace(whole, pieces=pieces),))
    send(folder_store, signer, files, dataclasses.replace(one, entries=(entry,)))
    lines = folder_store.get("feeds/vn.vi.m3u8").decode().splitlines()
    assert [line.rpartition("/")[2] for line in lines if not line.startswith("#")] == [opening.sha256, body.sha256]
    assert folder_store.head(f"cas/{whole.sha256}") is None
    assert folder_store.get(f"cas/{opening.sha256}") == b"op"
    assert folder_store.get(f"cas/{body.sha256}") == b"body"


def test_the_json_feed_names_files_release_and_key(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    release = send(folder_store, signer, files, with_web(files, publication(files)))
    feed = json.loads(folder_store.get("feeds/66.vi.json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["_loa"]["release"], feed["_loa"]["key"]) == (release.id, signer.fingerprint)
    (item,) = feed["items"]
    assert {one["mime_type"] for one in item["attachments"]} >= {"audio/mpeg", "audio/mp4", "application/pdf"}
    assert all(folder_store.head("cas/" + one["_loa"]["sha256"]) for one in item["attachments"])


def test_what_is_withdrawn_leaves_the_podcast_and_enters_the_changes_with_reason_and_replacement(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    send(folder_store, signer, files, publication(files), publication(files, "moi", "Bài mới"))
    withdraw(
        folder_store, signer, "tro-cap",
        reason="Ghi sai mức tiền <5 & 6>.", replaced_by="moi", offices=OFFICES, public_url=PUBLIC_URL, at=AT,
    )  # fmt: skip
    feed = podcast(folder_store, "feeds/66.vi.rss")
    assert [one["title"] for one in feed["episodes"]] == ["Bài mới"]  # type: ignore[attr-defined]
    changes = ET.fromstring(folder_store.get("feeds/66.vi.atom"))
    (tombstone,) = changes.findall(GONE)
    assert tombstone.get("ref", "").startswith("urn:loa:")
    event = next(one for one in changes.findall(f"{ATOM}entry") if one.find(f"{ATOM}content") is not None)
    assert event.findtext(f"{ATOM}content") == "Ghi sai mức tiền <5 & 6>."
    assert event.find(f"{ATOM}link").get("href") == f"{PUBLIC_URL}/a/moi.vi.html"  # type: ignore[union-attr]
    assert [one.get("term") for one in event.findall(f"{ATOM}category")] == ["withdrawn"]
    for entry in changes.findall(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}id")
        assert entry.findtext(f"{ATOM}updated")


def test_feeds_are_written_where_they_change_alone(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    send(folder_store, signer, files, publication(files, "a"), publication(files, "b", langs=("vi", "km")))
    before = {key: folder_store.get(key) for prefix in ("feeds/", "devices/") for key in folder_store.list(prefix)}
    send(folder_store, signer, files, publication(files, "a", offices=("91",)))
    changed = {key for key, data in before.items() if folder_store.get(key) != data}
    assert {"feeds/91.vi.rss", "devices/91/playlist.m3u8"} <= changed
    assert not [key for key in changed if ".km." in key or key.startswith(("feeds/66.", "devices/66"))]


@given(title=st.text(max_size=60), reason=st.text(max_size=60))
def test_no_title_breaks_a_feed(title: str, reason: str) -> None:
    sound = {
        "product": "bulletin-3min", "label": title, "edition": "A" * 12, "office": None, "sha256": "0" * 64, "bytes": 1,
        "type": "audio/mpeg", "duration_s": 1.0, "voice": "", "script": "", "pieces": ["0" * 64],
    }  # fmt: skip
    item = {
        "slug": "a", "lang": "vi", "edition": "A" * 12, "title": title, "summary": title, "topic": title,
        "campaign": "", "priority": "normal", "applies_from": None, "until": None, "note": title, "number": 1,
        "at": "2025-09-01T08:00:00Z", "horn": sound, "web": None, "sheets": [],
    }  # fmt: skip
    gone = {
        "id": "1", "state": "withdrawn", "slug": "a", "at": "2025-09-01T08:00:00Z", "reason": reason,
        "replaced_by": "", "editions": [["B" * 12, title, ""]],
    }  # fmt: skip
    said = {"place": "66", "name": title, "lang": "vi", "public_url": PUBLIC_URL, "items": [item], "gone": [gone]}
    release = Release(1, "00000001-x", "2025-09-01T08:00:00Z", "", "k", {}, ())
    for kind in ("rss", "atom"):
        ET.fromstring(feed_body(Page(f"feeds/66.vi.{kind}", kind, said), release))
    assert json.loads(feed_body(Page("feeds/66.vi.json", "json", said), release))["items"]
    lines = feed_body(Page("feeds/66.vi.m3u8", "m3u8", said), release).decode().split("\n")
    assert [line for line in lines if line and not line.startswith("#")] == [f"{PUBLIC_URL}/cas/{'0' * 64}"]
