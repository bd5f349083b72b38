"""A release under way: files travel while others are made, credentials are signed once, and a poor store is endured."""

from __future__ import annotations

import dataclasses
import datetime as dt
import http.client
import http.server
import io
import threading
import urllib.parse
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from render.catalogue import CATALOGUE, read_catalogue, read_part
from render.collecting import collect
from render.communes import communes
from render.credentials import Credentials, examine, load_or_make_credentials
from render.errors import ReleaseError, StoreError
from render.keys import Signer
from render.lookup import INDEX, look_up
from render.manifest import Entry, EntryFile, Release, cas_key
from render.publication import Publication
from render.release import Publisher, Streamed, publish, releases, roll_back, verify_file, withdraw
from render.seaweed import SeaweedServer
from render.store import FolderStore, Store, Stored, open_store
from tests.render.sample_publications import AT, OFFICES, PUBLIC_URL, Files, publication


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    folder = tmp_path_factory.mktemp("keys")
    return load_or_make_credentials(folder / "key.pem", folder / "chain.pem", now=AT)


def signable(files: Files, slug: str = "tro-cap", version: str = "1") -> Publication:
    """A picture that opens, and a sheet."""
    one = publication(files, slug, version=version, products="picture leaflet")
    seed = sum(f"{slug} {version}".encode()) % 255
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (seed, 9, 9)).save(out, "WEBP", lossless=True)

    def real(file: EntryFile) -> EntryFile:
        data = out.getvalue() if file.media_type == "image/webp" else files.load(file.sha256)
        return files.add(data, role=file.role, suffix=file.suffix, name=file.name, media_type=file.media_type)

    wanted = ("image/webp", "application/pdf")
    entries = (
        dataclasses.replace(one, files=tuple(real(file) for file in one.files if file.media_type in wanted))
        for one in one.entries
    )
    return dataclasses.replace(one, entries=tuple(entries))


def send(
    store: Store, signer: Signer, files: Files, *publications: Publication, credentials: Credentials | None = None
) -> Release:
    made = publish(
        store, signer, publications,
        load=files.load, offices=OFFICES, public_url=PUBLIC_URL, at=AT, credentials=credentials,
    )  # fmt: skip
    assert made is not None
    return made


def files_of(store: Store, release: Release) -> list[EntryFile]:
    parts = [read_part(store, blob) for named in release.articles.values() for blob in named.values()]
    return [file for part in parts for entry in part.entries for file in entry.files]


# ----- credentials at release


def test_a_release_names_each_file_as_published_and_as_made(
    store: Store, signer: Signer, files: Files, credentials: Credentials
) -> None:
    release = send(store, signer, files, signable(files), credentials=credentials)
    assert release.credentials == credentials.root
    found = {file.media_type: file for file in files_of(store, release)}
    picture, sheet = found["image/webp"], found["application/pdf"]
    data = store.get(cas_key(picture.sha256))
    assert len(data) == picture.bytes
    claim = examine(data, "image/webp", root_pem=store.get(f"keys/{release.credentials}.cert.pem"))
    assert claim is not None
    assert (claim.state, claim.source) == ("trusted", "digitalCreation")
    assert picture.unsigned in files.data
    assert (sheet.unsigned, store.get(cas_key(sheet.sha256))) == ("", files.load(sheet.sha256))
    beside = store.head(sheet.credential)
    assert beside is not None
    assert beside.media_type == "application/c2pa"
    for bytes_known in (data, files.load(picture.unsigned)):
        verdict = verify_file(store, bytes_known, [signer.fingerprint])
        assert verdict.in_force
        assert "C2PA" in verdict.credential


def test_what_was_signed_once_is_never_signed_again(
    store: Store, signer: Signer, files: Files, credentials: Credentials
) -> None:
    one = signable(files)
    first = send(store, signer, files, one, credentials=credentials)
    before = {key: store.head(key) for key in store.list()}
    assert send(store, signer, files, one, credentials=credentials) == first
    withdraw(store, signer, "tro-cap", reason="Nhầm.", offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    again = send(store, signer, files, one, credentials=credentials)
    assert again.articles == first.articles
    new = {key for key in store.list() if key not in before and key.startswith("credentials/")}
    assert new == set()
    assert {key for key in store.list("cas/") if before.get(key) != store.head(key) and key in before} == set()


def test_of_two_who_sign_at_once_the_first_is_followed(
    folder_store: FolderStore, signer: Signer, files: Files, credentials: Credentials
) -> None:
    one = signable(files)

    def upload(_: int) -> list[str]:
        with Streamed(Publisher(folder_store, signer, OFFICES, PUBLIC_URL, AT, (), credentials), files.load) as under:
            return [file.sha256 for entry in one.entries for file in under.uploads.published(entry).files]

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(upload, range(6)))
    # Whoever came first to tell of his signing is followed; one who had looked before that may keep his own.
    release = send(folder_store, signer, files, one, credentials=credentials)
    published = [file.sha256 for file in files_of(folder_store, release)]
    assert sorted(published) in [sorted(one) for one in found]


def test_a_commune_adds_a_sheet_and_a_greeting_and_all_credentials_lie_in_one_object(
    store: Store, signer: Signer, files: Files, credentials: Credentials
) -> None:
    codes = [one.office for one in communes()[:5]]
    shared = files.add(b"text for all", role="main", suffix="mp3", name="a.mp3", media_type="audio/mpeg")

    def own(entry: Entry) -> Entry:
        main = entry.files[0]
        if main.media_type != "audio/mpeg" or entry.office is None:
            return entry
        greeting = files.add(f"xin chào {entry.office} ".encode(), role="main", suffix="mp3", name="a.mp3",
                             media_type="audio/mpeg")  # fmt: skip
        data = files.load(greeting.sha256) + b"text for all"
        whole = files.add(data, role="main", suffix="mp3", name=main.name, media_type="audio/mpeg")
        pieces = tuple((one.sha256, one.bytes) for one in (greeting, shared))
        return dataclasses.replace(entry, files=(dataclasses.replace(whole, pieces=pieces),))

    def made(*offices: str) -> Publication:
        one = publication(files, offices=offices, products="leaflet bulletin")
        kept = (dataclasses.replace(entry, files=entry.files[:1]) for entry in one.entries)
        return dataclasses.replace(one, entries=tuple(own(entry) for entry in kept))

    send(store, signer, files, made(), credentials=credentials)
    before = set(store.list("cas/")) | set(store.list("credentials/"))
    release = send(store, signer, files, made(*codes[:4]), credentials=credentials)
    parts = {cas_key(blob.sha256) for blob in release.articles["tro-cap"].values()}
    added = set(store.list("cas/")) | set(store.list("credentials/"))
    added -= before | parts
    linked = {key for key in added if b"application/zip" in store.head(key).media_type.encode()}  # type: ignore[union-attr]
    assert len([key for key in added if key.startswith("credentials/")]) == 1
    assert len(added - linked) == 2 * 4 + 1  # two a commune, and the text once
    entries = [entry for blob in release.articles["tro-cap"].values() for entry in read_part(store, blob).entries]
    for entry in entries:
        main = entry.files[0]
        data = b"".join(store.get(cas_key(sha256)) for sha256, _ in main.objects)
        verdict = verify_file(store, data, [signer.fingerprint])
        assert verdict.in_force
        assert "đúng của cơ quan phát hành" in verdict.credential
        piece = verify_file(store, store.get(cas_key(main.objects[0][0])), [signer.fingerprint])
        assert piece.in_force
        row = look_up(store, main.objects[-1][0])
        assert row is not None
    with zipfile.ZipFile(io.BytesIO(store.get(next(key for key in added if key.startswith("cred"))))) as pack:
        assert len(pack.namelist()) == 8
    # One more commune: what is there keeps its credential, and nothing of it is sent or signed again.
    more = send(store, signer, files, made(*codes), credentials=credentials)
    assert len(set(store.list("credentials/")) - added - before) == 1
    again = {
        entry.place: entry for blob in more.articles["tro-cap"].values() for entry in read_part(store, blob).entries
    }
    assert all(again[entry.place] == entry for entry in entries)
    assert send(store, signer, files, made(*codes), credentials=credentials).number == more.number


def test_a_file_without_a_place_for_a_credential_fails_its_release_by_name(
    folder_store: FolderStore, signer: Signer, files: Files, credentials: Credentials
) -> None:
    with pytest.raises(ReleaseError, match=r"infographic-portrait\.webp"):
        send(folder_store, signer, files, publication(files, products="picture"), credentials=credentials)
    assert folder_store.head(CATALOGUE) is None


# ----- while others are made


def test_files_travel_before_the_release_and_nobody_sees_it_until_the_end(
    store: Store, signer: Signer, files: Files
) -> None:
    first = send(store, signer, files, publication(files, "khac"))
    one = publication(files)
    who = Publisher(store, signer, OFFICES, PUBLIC_URL, AT)
    with Streamed(who, files.load) as under_way:
        for entry in one.entries:
            under_way.uploads.add(entry)
            under_way.uploads.published(entry)
            assert all(store.head(cas_key(file.sha256)) for file in entry.files)
            assert read_catalogue(store, [signer.fingerprint]) == first
        sent = under_way.uploads.sent.objects
        release = under_way.finish([one])
        assert under_way.uploads.sent.objects == sent  # nothing travels twice
    assert release is not None
    assert read_catalogue(store, [signer.fingerprint]) == release
    with Streamed(who, files.load) as again:
        assert again.finish([one]) == release
        assert again.uploads.sent.objects == 0


def test_a_plan_that_breaks_off_releases_nothing(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    first = send(folder_store, signer, files, publication(files, "khac"))
    one = publication(files)

    def break_off() -> None:
        with Streamed(Publisher(folder_store, signer, OFFICES, PUBLIC_URL, AT), files.load) as under_way:
            under_way.uploads.add(one.entries[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert read_catalogue(folder_store, [signer.fingerprint]) == first


def test_only_so_many_files_are_held_at_once(folder_store: FolderStore, signer: Signer) -> None:
    files, held, most = Files(), 0, 0
    many = [publication(files, f"bai-{number}", products="leaflet") for number in range(60)]
    lock = threading.Lock()

    def load(sha256: str) -> bytes:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        data = files.load(sha256)
        with lock:
            held -= 1
        return data

    with Streamed(Publisher(folder_store, signer, OFFICES, PUBLIC_URL, AT), load) as under_way:
        assert under_way.finish(many) is not None
    assert most <= 8


# ----- the list that leads from a file to its edition


def test_the_list_leads_from_every_file_to_its_edition(
    store: Store, signer: Signer, files: Files, credentials: Credentials
) -> None:
    one = signable(files)
    release = send(store, signer, files, one, credentials=credentials)
    edition = one.entries[0].edition
    for file in files_of(store, release):
        row = look_up(store, file.sha256)
        assert row is not None
        assert row[:3] == (edition, "tro-cap", "")
        if file.unsigned:
            before = look_up(store, file.unsigned)
            assert before is not None
            assert before[5] == 1
    assert look_up(store, "0" * 64) is None


def test_the_list_catches_up_with_a_publisher_that_was_killed(
    folder_store: FolderStore, signer: Signer, files: Files
) -> None:
    send(folder_store, signer, files, publication(files))
    for key in list(folder_store.list("verify/")):
        folder_store.delete(key)
    send(folder_store, signer, files, publication(files, version="2"))
    for version in ("1", "2"):
        for entry in publication(files, version=version).entries:
            assert all(look_up(folder_store, file.sha256) for file in entry.files)


def test_shards_that_grow_large_are_split(
    folder_store: FolderStore, signer: Signer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("render.lookup._DIGITS", 1)
    monkeypatch.setattr("render.lookup._SHARD_ROWS", 3)
    many = [publication(files, f"bai-{number}") for number in range(6)]
    send(folder_store, signer, files, *many)
    assert b'"digits":2' in folder_store.get(INDEX)
    for one in many:
        assert all(look_up(folder_store, file.sha256) for entry in one.entries for file in entry.files)


# ----- a store that fails every third request


class _Poor(http.server.ThreadingHTTPServer):
    """Hands requests on to a real S3 server, and answers every third one with an error of its own."""

    daemon_threads = True
    behind = ("", 0)
    requests = 0
    failed = 0
    lock = threading.Lock()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _hand_on(self) -> None:
        server = self.server
        assert isinstance(server, _Poor)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with server.lock:
            server.requests += 1
            fails = server.requests % 3 == 0
            server.failed += fails
        if fails:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        connection = http.client.HTTPConnection(*server.behind)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                self.send_header(name, value)
        size = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data))
        self.send_header("Content-Length", size or "0")
        self.end_headers()
        self.wfile.write(data if self.command != "HEAD" else b"")
        connection.close()

    do_GET = do_PUT = do_HEAD = do_DELETE = _hand_on

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def poor(s3_server: SeaweedServer) -> Iterator[_Poor]:
    where = urllib.parse.urlsplit(s3_server.endpoint)
    with _Poor(("127.0.0.1", 0), _Handler) as server:
        server.behind = (str(where.hostname), int(where.port or 80))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class _Aged:
    """A store whose objects were written forty days earlier than they were, but for those that are written now."""

    def __init__(self, store: Store) -> None:
        self._store, self._old = store, set(store.list())
        self.url = store.url

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def head(self, key: str) -> Stored | None:
        found = self._store.head(key)
        return self._aged(found) if found else None

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        return map(self._aged, self._store.scan(prefix))

    def _aged(self, found: Stored) -> Stored:
        old = found.key in self._old
        return dataclasses.replace(found, modified_s=found.modified_s - 40 * 86400) if old else found


@pytest.mark.slow
def test_on_a_store_that_fails_every_third_request_what_is_done_ends_whole(
    poor: _Poor, s3_store: Store, s3_url: str, s3_server: SeaweedServer, signer: Signer, files: Files,
    monkeypatch: pytest.MonkeyPatch, folder_store: FolderStore,
) -> None:  # fmt: skip
    """Publishing, taking rubbish away, calling back, blocking, rolling back."""
    monkeypatch.setattr("render.s3._PAUSE_S", 0.003)
    behind = open_store(s3_url.replace(s3_server.endpoint, f"http://127.0.0.1:{poor.server_address[1]}"))
    one, two = (publication(files, version=version, products="leaflet") for version in "12")
    release = send(behind, signer, files, one)
    assert poor.failed > 10
    assert read_catalogue(s3_store, [signer.fingerprint]) == release
    for file in files_of(s3_store, release):
        assert s3_store.get(cas_key(file.sha256)) == files.load(file.sha256)

    lost = cas_key("a" * 64)
    s3_store.put(lost, b"left by a publisher that was killed", media_type="text/plain")
    send(behind, signer, files, two)
    aged = Publisher(_Aged(behind), signer, OFFICES, PUBLIC_URL, AT)  # type: ignore[arg-type]
    found, _ = collect(aged, folder_store)
    assert lost in {one.key for one in found.rubbish}
    assert s3_store.head(lost) is None
    back = roll_back(aged, 1, reason="Bản mới in nhầm.")
    assert back.articles == release.articles
    called = withdraw(behind, signer, "tro-cap", reason="Con số sai.", offices=OFFICES, public_url=PUBLIC_URL, at=AT)
    assert called.number == 4
    later = dataclasses.replace(aged, at=AT + dt.timedelta(days=31), store=_Aged(behind))  # type: ignore[arg-type]
    found, blocked = collect(later, folder_store)
    assert blocked is not None
    assert len(found.recalled) == 2 * len(one.entries[0].files)
    for file in one.entries[0].files:
        assert "Tệp này đã thu hồi" in s3_store.get(cas_key(file.sha256)).decode()
        assert folder_store.get(f"blocked/{file.sha256}") == files.load(file.sha256)
    roll_back(
        dataclasses.replace(later, store=behind), 1, reason="Rút nhầm.", even_withdrawn=True, private=folder_store
    )
    for file in one.entries[0].files:
        assert s3_store.get(cas_key(file.sha256)) == files.load(file.sha256)
    assert [found.number for found in releases(s3_store)] == [6, 5, 4, 3, 2, 1]


def test_an_object_that_was_cut_short_is_written_again(folder_store: FolderStore, signer: Signer, files: Files) -> None:
    one = publication(files, products="leaflet")
    file = one.entries[0].files[0]
    folder_store.put(cas_key(file.sha256), files.load(file.sha256)[:3], media_type=file.media_type)
    send(folder_store, signer, files, one)
    assert folder_store.get(cas_key(file.sha256)) == files.load(file.sha256)


def test_a_store_that_only_fails_is_told_and_nothing_is_released(
    folder_store: FolderStore, signer: Signer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with pytest.raises(StoreError) as told:
        send(open_store("s3://b?endpoint=http://127.0.0.1:9"), signer, files, publication(files, products="leaflet"))
    assert told.value.mend
