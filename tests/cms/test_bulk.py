"""The ZIP of everything chosen: as long as it says, the same at each call, resumable, with no wrong object in it."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.delivery import bulk
from tests.cms.delivered import Bucket, caller, owner_of_66

pytestmark = pytest.mark.usefixtures("looked_anew")


@pytest.fixture
def bucket(site: str) -> Bucket:
    return Bucket()


def test_the_zip_is_as_long_as_it_says_and_holds_its_own_sums(bucket: Bucket) -> None:
    bucket.article("mot", offices=("66",))
    bucket.article("hai")
    who = caller("66")
    answer = who.get("/bulk.zip?province=66&files=all")
    body = b"".join(answer.streaming_content)
    assert len(body) == int(answer.headers["Content-Length"])
    asked = who.call("head", "/bulk.zip?province=66&files=all")
    assert (asked.status_code, asked.content, asked.headers["Content-Length"]) == (200, b"", str(len(body)))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        sums = dict(line.split("  ")[::-1] for line in archive.read("SHA256SUMS").decode().splitlines())
        assert set(sums) == {one for one in archive.namelist() if one != "SHA256SUMS"}
        assert len(sums) + 1 == int(answer.headers["X-Total-Files"])
        for name, sha256 in sums.items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == sha256
    again = b"".join(who.get("/bulk.zip?province=66&files=all").streaming_content)
    assert again == body


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begin=st.integers(0, 2600), length=st.integers(1, 900), cold=st.booleans())
def test_the_rest_of_a_zip_is_the_rest(bucket: Bucket, begin: int, length: int, cold: bool) -> None:
    if not bucket.count:
        bucket.article("mot")
    who = caller("66", user=owner_of_66())
    whole = who.get("/bulk.zip")
    body = b"".join(whole.streaming_content)
    if cold:
        bulk._crcs.clear()  # a process that has sent none of it
    answer = who.get("/bulk.zip", **{"Range": f"bytes={begin}-{begin + length - 1}"})
    if begin >= len(body):
        assert answer.status_code == 416
        return
    assert answer.status_code == 206
    assert b"".join(answer.streaming_content) == body[begin : begin + length]
    changed = who.get("/bulk.zip", **{"Range": "bytes=5-", "If-Range": '"other"'})
    assert changed.status_code == 200


def test_a_broken_object_ends_the_zip_short(bucket: Bucket) -> None:
    plan = bulk.plan([bulk.Member("a.txt", hashlib.sha256(b"a").hexdigest(), 1)])
    with pytest.raises(bulk.BrokenObject):
        list(bulk.stream(plan, lambda sha256: b"b", 0, plan.bytes))


def test_names_in_a_zip_differ_even_where_case_does_not_count() -> None:
    plan = bulk.plan([bulk.Member(name, "0" * 64, 1) for name in ("A.pdf", "a.PDF", "a.pdf", "sha256sums")])
    assert len({one.name.lower() for one in plan.members} | {"sha256sums"}) == 5
