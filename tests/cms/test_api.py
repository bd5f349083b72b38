"""The API for reading: tokens, filters, paging while releases happen, ETags; its description held still."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.audit.models import Entry
from cms.delivery import limits, released
from cms.delivery.actions import RevokeTokenAction
from cms.delivery.api import reading
from cms.delivery.api.door import nothing_here, through
from cms.delivery.enums import Scope
from cms.delivery.models import Change, Lockout, Share, Token
from render.paths import ROOT
from tests.cms.delivered import Bucket, Caller, caller, fresh_process, member, owner_of_66
from tests.render.sample_publications import Files, edition_data, entries_of

GOLDEN = ROOT / "tests" / "golden" / "openapi.json"
RENEW = "LOA_GOLDEN=write .venv/bin/python -m pytest tests/cms/test_api.py -k openapi"


pytestmark = pytest.mark.usefixtures("looked_anew")


@pytest.fixture
def bucket(site: str) -> Bucket:
    return Bucket()


def walk(who: Caller, path: str, limit: int) -> Iterator[dict[str, Any]]:
    """Page after page."""
    address = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    cursor: str | None = ""
    while cursor is not None:
        answer = who.get(address + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status_code == 200, answer.content
        yield answer.json()
        cursor = answer.json()["next"]


def items(who: Caller, path: str, limit: int = 10) -> list[Any]:
    return [one for page in walk(who, path, limit) for one in page["items"]]


# Tokens


def test_nobody_reads_without_a_token_and_a_login_is_none(bucket: Bucket, login: Any) -> None:
    browser = login(superuser=True)
    for answer in (Caller().get("/products"), browser.get("/api/v1/products")):
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["title"] == "Mã truy cập thiếu, sai hoặc hết hạn"
        assert answer.json()["title_en"] == "The token is missing, wrong or expired"


def test_a_token_opens_what_its_scopes_name(bucket: Bucket) -> None:
    reader = caller("66", [Scope.READ])
    assert reader.get("/products").status_code == 200
    assert reader.get("/webhooks").status_code == 403
    assert reader.get("/local-blocks").status_code == 403


def test_of_a_token_only_its_digest_is_kept_and_it_ends(bucket: Bucket) -> None:
    who = caller("66")
    text = who.headers["Authorization"].split()[1]
    row = Token.objects.get()
    assert text.split("_", 2)[2] not in json.dumps(list(Token.objects.values()), default=str)
    assert who.get("/products").status_code == 200
    row.refresh_from_db()
    assert row.last_used_at is not None
    RevokeTokenAction(row, user=row.owner).execute()
    assert who.get("/products").status_code == 401
    assert [one.action for one in Entry.objects.filter(subject__startswith="token:").order_by("sequence")] == [
        "token.made",
        "token.revoked",
    ]


def test_a_token_ends_with_its_owner(bucket: Bucket) -> None:
    user = member("66")
    who = caller("66", user=user)
    user.is_active = False
    user.save()
    assert who.get("/products").status_code == 401


def test_ten_thousand_wrong_tokens_open_nothing_and_cost_little(bucket: Bucket) -> None:
    good = caller("66")
    prefix = good.headers["Authorization"].split("_")[1]
    statuses: dict[int, int] = {}
    for number in range(10_000):
        secret = hashlib.sha256(str(number).encode()).hexdigest()[:43]
        who = f"loa_{prefix if number % 2 else f'{number:012x}'}_{secret}"
        status = Caller(who, address="198.51.100.9").get("/products").status_code if number < 40 else _knock(who)
        statuses[status] = statuses.get(status, 0) + 1
    assert set(statuses) == {401, 429}
    assert statuses[401] == limits.WRONG_TOKENS
    assert Lockout.objects.count() == 1
    assert Entry.objects.filter(action="token.locked").count() == 1
    assert Share.objects.count() == 0
    assert good.get("/products").status_code == 200  # another address is not touched by it


def _knock(text: str) -> int:
    """The door alone, without a test client's own cost."""
    from django.test import RequestFactory

    request = RequestFactory().get("/api/v1/products", headers={"Authorization": f"Bearer {text}"})
    request.META["REMOTE_ADDR"] = "198.51.100.9"
    return _DOOR(request).status_code


_DOOR = through(nothing_here)


def test_a_lock_holds_in_every_process_and_ends(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(limits.WRONG_TOKENS):
        Caller(f"loa_{number:012x}_{'x' * 43}").get("/products")
    limits.forget()  # another process
    answer = Caller().get("/products")
    assert answer.status_code == 429
    assert 800 < int(answer.headers["Retry-After"]) <= 900
    Lockout.objects.update(until="2025-01-01T00:00:00Z")
    limits.forget()
    assert Caller().get("/products").status_code == 401


def test_an_address_of_ipv6_is_its_network() -> None:
    assert limits.network_of("2001:db8:1:2:3:4:5:6") == limits.network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert limits.network_of("::ffff:203.0.113.7") == "203.0.113.7"
    assert limits.network_of("") == ""


def test_a_token_may_ask_so_often_in_a_minute(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PER_TOKEN", 30)
    monkeypatch.setattr(limits.time, "time", lambda: 1_800_000_000.0)
    who = caller("66")
    assert [who.get("/webhooks").status_code for _ in range(25)] == [200] * 25
    limits.forget()  # another process of the site: what the first took and did not use is gone with it
    told = [who.get("/webhooks") for _ in range(10)]
    assert told[-1].status_code == 429
    assert 0 < int(told[-1].headers["Retry-After"]) <= 60
    assert sum(one.status_code == 200 for one in told) <= 5


@pytest.mark.parametrize(
    ("path", "status"),
    [("/products?limit=0", 422), ("/products?province=6", 422), ("/products?province=99", 422),
     ("/changes?province=99", 422), ("/products?commune=66.99999", 404), ("/products?limit=x", 422), ("/nothing", 404),
     ("/products?cursor=zz", 422), ("/products?unknown=1", 422)],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_one_shape(bucket: Bucket, path: str, status: int) -> None:
    answer = caller("66").get(path)
    assert answer.status_code == status
    assert set(answer.json()) == {"type", "title", "title_en", "status", "detail", "errors"}


@pytest.mark.parametrize(
    ("since", "why"),
    [("2025-13-01", "Không có ngày đó"), ("2025-02-29", "Không có ngày đó"), ("0000-01-01", "Không có ngày đó"),
     ("2025-09-01T09:00:00", "múi giờ"), ("2025-09-01T09:00:00+25:00", "múi giờ"),
     ("2025-09-01T24:00:00Z", "Không có giờ đó"), ("2025-09-01T09:00Z", "Không đọc được"), ("", "Không đọc được"),
     ("01/09/2025", "Không đọc được"), ("1234567890", "Không đọc được"), ("2025-09-01T09:00:00  07:00", "Không đọc")],
)  # fmt: skip
def test_a_moment_that_cannot_be_meant_is_told_with_its_mend(bucket: Bucket, since: str, why: str) -> None:
    answer = caller("66").get(f"/products?changed_since={since}")
    assert answer.status_code == 422
    said = answer.json()["errors"][0]
    assert said["where"] == "query.changed_since"
    assert why in said["what"]
    assert "%2B07:00" in said["what"]


@pytest.mark.parametrize("since", ["0001-01-01", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59.9-23:59"])
def test_the_ends_of_the_calendar_are_moments(bucket: Bucket, since: str) -> None:
    bucket.article("mot", products="leaflet")
    assert len(items(caller("66"), f"/products?changed_since={since}")) == int(since < "1")


def test_a_long_body_is_refused_unread(bucket: Bucket) -> None:
    assert caller("66").post("/receipts", {"x": "y" * 70_000}).status_code == 413


def test_a_store_that_went_back_is_not_served(bucket: Bucket) -> None:
    from cms.delivery.models import Noted

    bucket.article("mot")
    Noted.objects.create(number=99, release="later", made_at="2026-01-01T00:00:00Z")
    answer = caller("66").get("/products")
    assert answer.status_code == 503
    assert "Traceback" not in answer.content.decode()


# Reading


def test_products_are_found_by_what_they_are(bucket: Bucket) -> None:
    bucket.article("mot", offices=("66", "91"), langs=("vi", "km"))
    bucket.article("hai", campaign="huu-tri", products="leaflet")
    who = caller("66")
    assert len(items(who, "/products")) == 4 * 2 * 3 + 1
    assert {one["office"] for one in items(who, "/products?province=66")} == {None, "66"}
    assert {one["office"] for one in items(who, "/products?commune=91.30337")} == {None, "91"}
    assert {one["lang"] for one in items(who, "/products?lang=km")} == {"km"}
    assert {one["slug"] for one in items(who, "/products?campaign=huu-tri")} == {"hai"}
    assert {one["product"] for one in items(who, "/products?product=bulletin-3min")} == {"bulletin-3min"}
    assert {one["slug"] for one in items(who, "/products?changed_since=1")} == {"hai"}
    # By any clock, a bare + arriving as a space; just after the first release; a leap second; and Vietnam's day.
    for since in ("09:30:00Z", "16:30:00%2B07:00", "16:30:00+07:00", "04:30:00-05:00", "09:00:00.1z", "09:00:60Z"):
        assert {one["slug"] for one in items(who, f"/products?changed_since=2025-09-01T{since}")} == {"hai"}, since
    assert {one["slug"] for one in items(who, "/products?changed_since=2025-09-01")} == {"mot", "hai"}
    assert items(who, "/products?changed_since=2025-09-02") == []
    assert [one["slug"] for one in items(who, "/articles", 1)] == ["hai", "mot"]
    one = items(who, "/products?slug=mot&product=bulletin-3min&lang=vi&province=66")[0]
    assert one["duration_s"] == 160.2
    assert one["files"][0]["url"].endswith(f"/cas/{one['files'][0]['sha256']}")


def test_nothing_published_is_an_empty_list(bucket: Bucket) -> None:
    who = caller("66")
    assert who.get("/products").json() == {"release": 0, "items": [], "next": None}
    assert who.get("/releases/current").status_code == 404
    assert who.get("/bulk.zip").status_code == 404
    assert who.get("/changes").json()["items"] == []


def test_an_etag_holds_until_the_next_release(bucket: Bucket) -> None:
    bucket.article("mot")
    who = caller("66")
    for path in ("/products?lang=vi", "/articles", "/releases/current", "/changes"):
        first = who.get(path)
        same = who.get(path, **{"If-None-Match": first.headers["ETag"]})
        assert (same.status_code, same.content) == (304, b"")
        assert who.get(path + ("&" if "?" in path else "?") + "limit=7").headers.get("ETag") != first.headers["ETag"]
    tag = who.get("/products").headers["ETag"]
    bucket.article("hai")
    assert who.get("/products", **{"If-None-Match": tag}).status_code == 200


def test_changes_tell_what_came_what_changed_and_what_was_called_back(bucket: Bucket) -> None:
    who = caller("66")
    bucket.article("mot", products="leaflet")
    bucket.article("mot", version="2", products="leaflet")
    bucket.withdraw("mot", "Con số in sai.", replaced_by=None)
    found = [(one["release"], one["kind"], one["state"], one["reason"]) for one in items(who_changes(who), "", 0)]
    assert [one[:2] for one in found] == [(1, "new"), (2, "changed"), (3, "gone")]
    assert found[2][2:] == ("withdrawn", "Con số in sai.")
    assert found[1][2] == "superseded"


def who_changes(who: Caller) -> Any:
    """Changes never end: as a caller whose pages do."""

    class Ending:
        def get(self, _address: str) -> Any:
            answer = who.get("/changes")
            answer.json = lambda: json.loads(answer.content) | {"next": None}
            return answer

    return Ending()


def test_the_end_of_the_changes_leads_on_to_what_comes_later(bucket: Bucket) -> None:
    who = caller("66")
    bucket.article("mot", products="leaflet")
    end = who.get("/changes").json()["next"]
    assert who.get(f"/changes?cursor={end}").json()["items"] == []
    bucket.article("hai", products="leaflet")
    page = who.get(f"/changes?cursor={end}").json()
    assert [one["slug"] for one in page["items"]] == ["hai"]
    assert [one["slug"] for one in who.get("/changes?since=1").json()["items"]] == ["hai"]


def test_what_is_new_stays_new_until_it_is_acknowledged(bucket: Bucket) -> None:
    who = caller("66", [Scope.READ])
    bucket.article("mot", offices=("66", "91"), products="leaflet")
    first = who.get("/whats-new").json()
    assert {(one["slug"], one["office"]) for one in first["items"]} == {("mot", None), ("mot", "66")}
    assert who.get("/whats-new").json() == first
    assert who.post("/whats-new/acknowledge", {"release": first["release"]}).json() == {"acknowledged": 1}
    assert who.get("/whats-new").json()["items"] == []
    bucket.article("hai", products="leaflet")
    bucket.withdraw("mot")
    after = who.get("/whats-new").json()
    assert [one["slug"] for one in after["items"]] == ["hai"]
    assert {(one["slug"], one["office"]) for one in after["gone"]} == {("mot", None), ("mot", "66")}
    assert who.post("/whats-new/acknowledge", {"release": 99}).json() == {"acknowledged": 3}
    assert who.post("/whats-new/acknowledge", {"release": 1}).json() == {"acknowledged": 3}


def _standing(slugs: dict[str, str]) -> released.Released:
    """A release with two products of each article, without the store."""
    files = Files()
    found = []
    for slug, version in slugs.items():
        for entry in entries_of(files, edition_data(slug, "vi", slug, version), products="leaflet bulletin"):
            found.append(released.Item(released.place_key(slug, entry), slug, "", "", entry, 1))
    found.sort(key=lambda item: item.key)
    return released.Released(None, tuple(found), tuple(item.key for item in found))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_paging_loses_and_doubles_nothing_that_stands_throughout(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    current = dict.fromkeys(("an", "ba", "ba-la", "cau", "dat"), "1")
    monkeypatch.setattr(reading, "released", lambda: _standing(current))
    who, start, gone = caller("66", user=owner_of_66()), set(current), set()
    seen = []
    for page in walk(who, "/products", data.draw(st.integers(1, 4))):
        seen += [(one["slug"], one["product"]) for one in page["items"]]
        match data.draw(st.sampled_from(["new", "changed", "gone", "nothing"])):
            case "new":
                current[f"{data.draw(st.sampled_from('abcde'))}-{len(current)}"] = "1"
            case "changed":
                current[data.draw(st.sampled_from(sorted(current)))] = f"n{len(seen)}"
            case "gone" if len(current) > 1:
                slug = data.draw(st.sampled_from(sorted(current)))
                del current[slug]
                gone.add(slug)
    assert len(seen) == len(set(seen))
    stood = {(slug, product) for slug in start - gone for product in ("leaflet-a4", "bulletin-3min")}
    assert stood <= set(seen)


# Its description


def test_the_openapi_is_the_one_in_the_golden_folder(site: str) -> None:
    from cms.delivery.api.root import api

    text = json.dumps(json.loads(json.dumps(api.get_openapi_schema())), indent=1, ensure_ascii=False, sort_keys=True)
    if os.environ.get("LOA_GOLDEN") == "write":
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == text + "\n", f"if that is meant: {RENEW}"


def test_its_page_needs_nothing_from_elsewhere(bucket: Bucket) -> None:
    answer = Caller().get("/docs")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<script" not in text
    assert "//cdn" not in text
    assert "/bulk.zip" in text
    assert "Gửi quá nhiều yêu cầu" in text


def test_changes_are_written_once_however_many_look(bucket: Bucket) -> None:
    from cms.delivery.changes import catch_up
    from cms.delivery.released import store, trusted_keys

    release = bucket.article("mot")
    assert catch_up(store(), release, trusted_keys()) == 1
    assert catch_up(store(), release, trusted_keys()) == 0
    before = Change.objects.count()
    fresh_process()
    caller("66").get("/products")
    assert Change.objects.count() == before == 4
