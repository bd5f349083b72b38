"""The ZIP of everything chosen: as long as it says, the same at each call, resumable, with no wrong object in it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.delivery import bulk, limits
from cms.delivery.models import Token
from render.errors import LoaError
from render.store import Missing
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
    changed.close()


def test_a_broken_object_ends_the_zip_short(bucket: Bucket) -> None:
    plan = bulk.plan([bulk.Member("a.txt", hashlib.sha256(b"a").hexdigest(), 1)])
    with pytest.raises(bulk.BrokenObject):
        list(bulk.stream(plan, lambda sha256: b"b", 0, plan.bytes))


def test_few_zips_are_sent_at_a_time_and_a_place_is_given_back_however_it_ends(bucket: Bucket) -> None:
    bucket.article("mot")
    who, other = caller("66"), caller("91")
    first, second = who.get("/bulk.zip"), who.get("/bulk.zip")
    refused = who.get("/bulk.zip")  # two are on their way to that office
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert other.get("/bulk.zip").status_code == 200
    assert who.get("/products").status_code == 200
    next(iter(first.streaming_content))
    first.close()  # the line broke
    again = who.get("/bulk.zip")
    assert len(b"".join(again.streaming_content)) == int(again.headers["Content-Length"])
    again.close()
    assert who.call("head", "/bulk.zip").status_code == 200
    assert who.get("/bulk.zip", **{"If-None-Match": again.headers["ETag"]}).status_code == 304
    for file in (Path(django_settings.LOA.store) / "cas").rglob("*"):  # the store lost what it held
        if file.is_file():
            file.unlink()
    lost = who.get("/bulk.zip")
    with pytest.raises((Missing, LoaError)):
        b"".join(lost.streaming_content)
    second.close()
    assert limits._memory.streams == [f"token:{Token.objects.get(office='91').pk}"]


def test_no_name_in_a_zip_is_a_device_of_windows() -> None:
    members = [bulk.Member(name, "0" * 64, 1) for name in ("con.vi.leaflet-a4.pdf", "con_.vi.leaflet-a4.pdf", "LPT1")]
    named = [one.name for one in bulk.plan(members).members]
    assert named == ["con_.vi.leaflet-a4.pdf", "con_~2.vi.leaflet-a4.pdf", "LPT1_"]


def test_names_in_a_zip_differ_even_where_case_does_not_count() -> None:
    plan = bulk.plan([bulk.Member(name, "0" * 64, 1) for name in ("A.pdf", "a.PDF", "a.pdf", "sha256sums")])
    assert len({one.name.lower() for one in plan.members} | {"sha256sums"}) == 5
