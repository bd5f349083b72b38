"""The embedded S3 server: readers read, strangers write nothing, nothing listens beyond this machine, no orphan."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from render.errors import StoreError
from render.seaweed import SeaweedServer, _program, seaweed, start_seaweed
from render.store import Store, open_store


def ask(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """What a browser without a password is answered."""
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def ports(server: SeaweedServer) -> dict[str, int]:
    found: dict[str, int] = json.loads((server.data_dir / "ports.json").read_bytes())
    return found


def test_a_browser_gets_an_object_as_it_was_stored(s3_store: Store) -> None:
    s3_store.put(
        "tờ rơi.pdf",
        b"0123456789",
        media_type="application/pdf",
        cache_control="public, max-age=31536000, immutable",
        download_name="Tờ rơi.pdf",
    )
    status, body, headers = ask(s3_store.address("tờ rơi.pdf"))
    assert (status, body) == (200, b"0123456789")
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "filename*=UTF-8''T%E1%BB%9D%20r%C6%A1i.pdf" in headers["Content-Disposition"]


def test_a_browser_gets_a_part_of_an_object(s3_store: Store) -> None:
    s3_store.put("clip.mp4", bytes(range(100)), media_type="video/mp4")
    status, body, headers = ask(s3_store.address("clip.mp4"), Range="bytes=10-19")
    assert (status, body) == (206, bytes(range(10, 20)))
    assert headers["Content-Range"] == "bytes 10-19/100"


def test_a_browser_is_told_when_it_has_the_newest(s3_store: Store) -> None:
    etag = s3_store.put("feed.json", b"{}", media_type="application/json")
    assert ask(s3_store.address("feed.json"), **{"If-None-Match": etag})[0] == 304


def test_a_stranger_may_not_list_write_overwrite_or_delete(s3_server: SeaweedServer, s3_store: Store) -> None:
    s3_store.put("a.txt", b"ours", media_type="text/plain")
    address = s3_store.address("a.txt")
    for method, url, data in [
        ("GET", f"{s3_server.endpoint}/", None),
        ("GET", f"{s3_server.endpoint}/public", None),
        ("GET", f"{s3_server.endpoint}/public?list-type=2", None),
        ("GET", f"{s3_server.endpoint}/public?versions", None),
        ("GET", f"{s3_server.endpoint}/public?uploads", None),
        ("GET", f"{s3_server.endpoint}/public/?delimiter=/", None),
        ("PUT", address, b"theirs"),
        ("PUT", address + ".new", b"theirs"),
        ("POST", f"{s3_server.endpoint}/public", b"theirs"),
        ("DELETE", address, None),
        ("PUT", f"{s3_server.endpoint}/newbucket", None),
        ("PUT", f"{s3_server.endpoint}/public?policy", b"{}"),
    ]:
        assert ask(url, method, data)[0] in {400, 403, 405}, (method, url)
    assert s3_store.get("a.txt") == b"ours"
    assert len(list(s3_store.list())) == 1


def test_a_stranger_reads_nothing_of_the_private_bucket(s3_server: SeaweedServer) -> None:
    private = open_store(s3_server.url("private"))
    private.put("draft.txt", b"draft", media_type="text/plain")
    assert ask(private.address("draft.txt"))[0] == 403
    assert ask(f"{s3_server.endpoint}/private?list-type=2")[0] == 403


def test_no_inner_server_lets_a_stranger_past_the_s3_server(s3_server: SeaweedServer, s3_store: Store) -> None:
    s3_store.put("a.txt", b"ours", media_type="text/plain")
    key = s3_store.address("a.txt").removeprefix(s3_server.endpoint)
    filer = f"http://127.0.0.1:{ports(s3_server)['filer.port']}/buckets{key}"
    for method, data in [("GET", None), ("PUT", b"theirs"), ("POST", b"theirs"), ("DELETE", None)]:
        assert ask(filer, method, data)[0] == 401
    assert s3_store.get("a.txt") == b"ours"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_web_page_can_make_the_master_delete_a_bucket(
    s3_server: SeaweedServer, s3_store: Store, scheme: str
) -> None:
    s3_store.put("a.txt", b"ours", media_type="text/plain")
    master = f"{scheme}://127.0.0.1:{ports(s3_server)['master.port']}"
    blind = ssl._create_unverified_context()
    for path in ("/col/delete?collection=public", "/vol/grow?count=1", "/dir/assign", "/dir/status"):
        with pytest.raises(OSError, match=r"400|certificate required"):
            urllib.request.urlopen(master + path, timeout=5, context=blind)
    assert s3_store.get("a.txt") == b"ours"


def test_nothing_listens_beyond_this_machine(s3_server: SeaweedServer) -> None:
    assert s3_server._process is not None
    listening = _listening(_group(s3_server._process.pid))
    assert len(listening) >= len(ports(s3_server))
    assert {address for address, _ in listening} == {"127.0.0.1"}


def _group(leader: int) -> set[int]:
    """The processes of a group."""
    found: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == leader:
                found.add(int(folder.name))
        except ProcessLookupError:
            continue
    return found


def _gone(leader: int) -> bool:
    """Whether a group has ended, now or within seconds: the server puts its files in order first."""
    deadline = time.monotonic() + 60
    while _group(leader) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not _group(leader)


def _listening(pids: set[int]) -> set[tuple[str, int]]:
    """Every address and port on which these processes take connections or datagrams."""
    sockets = {
        os.readlink(link).removeprefix("socket:[").removesuffix("]")
        for pid in pids
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if os.readlink(link).startswith("socket:[")
    }
    found: set[tuple[str, int]] = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in sockets and (fields[3] == "0A" or table.startswith("udp")):
                address, _, port = fields[1].partition(":")
                found.add((_address(address), int(port, 16)))
    return found


def _address(hexadecimal: str) -> str:
    if len(hexadecimal) == 8:
        return ".".join(str(byte) for byte in reversed(bytes.fromhex(hexadecimal)))
    return "127.0.0.1" if hexadecimal == "0000000000000000FFFF00000100007F" else hexadecimal


def test_no_secret_is_on_a_command_line_or_readable_by_others(s3_server: SeaweedServer) -> None:
    assert s3_server._process is not None
    for pid in _group(s3_server._process.pid):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        assert s3_server.secret_key not in line
        assert json.loads((s3_server.data_dir / "keys.json").read_bytes())["inner_key"] not in line
    for name in ("keys.json", "s3.json", "master.key"):
        assert (s3_server.data_dir / name).stat().st_mode & 0o077 == 0
    assert s3_server.data_dir.stat().st_mode & 0o077 == 0


def test_a_second_start_over_the_same_folder_uses_the_one_that_runs(s3_server: SeaweedServer) -> None:
    with start_seaweed(s3_server.data_dir, bucket="public", private_bucket="private") as second:
        assert second.reused
        assert second.endpoint == s3_server.endpoint
    assert ask(f"{s3_server.endpoint}/")[0] == 403  # it runs on


def test_who_started_the_server_waits_for_the_others_that_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two users in one process put the environment back in the wrong order; here it is put back for them.
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    started, over = threading.Event(), threading.Event()

    def first() -> None:
        with seaweed(tmp_path):
            started.set()
            over.wait(120)

    owner = threading.Thread(target=first)
    owner.start()
    assert started.wait(60)
    with seaweed(tmp_path) as second:
        assert second.reused
        over.set()
        owner.join(1)
        assert owner.is_alive()
        assert ask(second.endpoint)[0] == 403  # it answers, if only with a refusal
    owner.join(60)
    assert not owner.is_alive()
    with seaweed(tmp_path) as third:
        assert not third.reused


def test_what_was_stored_is_there_after_a_restart_at_the_same_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_seaweed(tmp_path / "s3", bucket="loa", port=8433) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        store = open_store(server.url("loa"))
        store.put("a.txt", b"kept", media_type="text/plain")
        first = server.endpoint
        assert server._process is not None
        group = server._process.pid
    assert _gone(group)
    with start_seaweed(tmp_path / "s3", bucket="loa", port=8433) as server:
        assert server.endpoint == first
        assert store.get("a.txt") == b"kept"
        assert ask(store.address("a.txt"))[:2] == (200, b"kept")


START_AND_WAIT = """
import sys, time
from pathlib import Path
from render.seaweed import start_seaweed
server = start_seaweed(Path(sys.argv[1]), bucket="loa", port=8533)
print(server._process.pid, server.endpoint, flush=True)
time.sleep(60)
"""


def test_the_server_ends_with_whoever_started_it_even_when_he_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "s3"
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(folder)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        group, endpoint = parent.stdout.readline().split()
        assert ask(f"{endpoint}/")[0] == 403
        assert len(_group(int(group))) >= 2
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert _gone(int(group))
    with start_seaweed(folder, bucket="loa", port=8533) as again:  # its folder is free again
        assert not again.reused


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "weed"
    program.write_text("#!/bin/sh\necho 'no memory left'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr("render.seaweed._program", lambda: program)
    with pytest.raises(StoreError, match="no memory left") as told:
        start_seaweed(tmp_path / "s3")
    assert told.value.where.endswith("weed.log")


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as told:
        start_seaweed(tmp_path / "file" / "s3")
    assert told.value.mend


def test_the_program_is_the_one_of_the_wheel() -> None:
    assert os.access(_program(), os.X_OK)
