"""Receipts, local blocks, reports: told once, by whom it may be, for what was published; and sums that tie."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cms.audit.models import Entry
from cms.core.roles import AUDITOR, CONTRIBUTOR
from cms.delivery import actions, limits
from cms.delivery.enums import Origin, ReceiptKind, Scope
from cms.delivery.models import PrintRun, Receipt
from cms.delivery.reports import use
from cms.offices.actions import DecideStoryAction
from cms.offices.models import LocalStory, Office, OfficeMember
from tests.cms.delivered import ORDER, Bucket, Caller, caller, member
from tests.render.sample_publications import edition_id

PUBLIC = {"Origin": "http://127.0.0.1:9"}
EDITION = edition_id("mot vi 1")
COMMUNE = "66.24133"


pytestmark = pytest.mark.usefixtures("looked_anew")


@pytest.fixture
def bucket(site: str) -> Bucket:
    found = Bucket()
    found.article("mot", products="leaflet bulletin")
    return found


def played(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"client_id": f"may-{number:08d}", "commune": COMMUNE, "edition": EDITION, **more}


def test_a_commune_reports_once_however_often_it_sends(bucket: Bucket) -> None:
    first = Caller().post("/public/receipts", played(product="bulletin-3min"), **PUBLIC)
    again = Caller().post("/public/receipts", played(product="bulletin-3min"), **PUBLIC)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["slug"], first.json()["origin"], again.json()["new"]) == ("mot", "public", False)
    assert first.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:9"


def test_only_the_public_site_may_send_from_a_browser(bucket: Bucket) -> None:
    answer = Caller().post("/public/receipts", played(), Origin="https://example.org")
    assert answer.status_code == 403
    assert answer.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:9"
    preflight = Caller().call("options", "/public/receipts", **PUBLIC)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (204, "POST")
    assert "Access-Control-Allow-Origin" not in Caller().get("/products", **PUBLIC).headers


@pytest.mark.parametrize(
    "change",
    [{"commune": "66.99999"}, {"edition": "0" * 12}, {"edition": "khong-phai-ma"}, {"client_id": "x"},
     {"kind": "printed"}, {"product": "mot-cai-khac"}],
)  # fmt: skip
def test_a_receipt_without_its_truth_is_refused(bucket: Bucket, change: dict[str, str]) -> None:
    assert Caller().post("/public/receipts", played() | change, **PUBLIC).status_code in (409, 422)
    assert not Receipt.objects.exists()


def test_what_waited_offline_brings_its_time_and_a_wrong_clock_is_told(bucket: Bucket) -> None:
    waited = (timezone.now() - dt.timedelta(days=3)).isoformat()
    answer = Caller().post("/public/receipts", played(1, at=waited), **PUBLIC).json()
    assert answer["at"][:16] == dt.datetime.fromisoformat(waited).astimezone(dt.UTC).isoformat()[:16]
    wrong = Caller().post("/public/receipts", played(2, at="2031-01-01T05:00:00+07:00"), **PUBLIC)
    assert (wrong.status_code, wrong.json()["clock_off"]) == (201, True)
    assert abs(Receipt.objects.latest("pk").at - timezone.now()) < dt.timedelta(minutes=5)


def test_what_was_called_back_may_still_be_reported_as_played_before(bucket: Bucket) -> None:
    Caller().post("/public/receipts", played(1), **PUBLIC)
    bucket.withdraw("mot")
    before = (timezone.now() - dt.timedelta(hours=5)).isoformat()
    assert Caller().post("/public/receipts", played(2, at=before), **PUBLIC).status_code == 201


def test_nobody_floods_a_commune_and_an_address_has_its_limit(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0) - dt.timedelta(days=1)
    times = [(noon + dt.timedelta(minutes=2 * number)).isoformat() for number in range(actions.MOST_A_DAY + 2)]
    told = [
        Caller().post("/public/receipts", played(number, at=at), **PUBLIC).status_code
        for number, at in enumerate(times)
    ]
    assert told == [201] * actions.MOST_A_DAY + [429] * 2
    monkeypatch.setattr(limits, "PER_ADDRESS", 10)
    now = time.time()
    monkeypatch.setattr(limits.time, "time", lambda: now)  # all within one minute
    limits.forget()
    from cms.delivery.models import Share

    Share.objects.all().delete()
    answers = [Caller().post("/public/receipts", played(1), **PUBLIC) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"]


def test_a_plain_form_is_answered_with_a_page_that_leads_back(bucket: Bucket) -> None:
    fields = {"commune": COMMUNE, "edition": f" {EDITION[:4].lower()} {EDITION[4:8]} {EDITION[8:]}"}
    answer = Caller().client.post("/api/v1/public/receipts/form", fields, headers={"Origin": "null"})
    assert answer.status_code == 200, answer.content.decode()
    assert "Đã ghi nhận" in answer.content.decode()
    Caller().client.post("/api/v1/public/receipts/form", fields)  # a thumb taps twice
    assert Receipt.objects.count() == 1
    assert f"/loa/{COMMUNE}.html" in answer.content.decode()
    assert "Phường Buôn Ma Thuột" in answer.content.decode()
    assert "thu hồi" not in answer.content.decode()
    # A telephone's keys have a comma; the province is known by the commune.
    for said in ({"commune": "66,24133"}, {"commune": "24133", "edition": EDITION.replace("0", "o")}):
        Caller().client.post("/api/v1/public/receipts/form", fields | said)
    assert set(Receipt.objects.values_list("office", "edition")) == {(COMMUNE, EDITION)}
    bucket.withdraw("mot")
    assert "Bản này đã thu hồi" in Caller().client.post("/api/v1/public/receipts/form", fields).content.decode()
    wrong = Caller().client.post("/api/v1/public/receipts/form", fields | {"edition": "<script>"})
    assert wrong.status_code == 409
    assert "<script>" not in wrong.content.decode()
    empty = Caller().client.get("/api/v1/public/receipts/form", {"commune": COMMUNE, "edition": '"><script>'})
    assert f'value="{COMMUNE}"' in empty.content.decode()  # for whoever has only the printed code
    assert "<script>" not in empty.content.decode()


def test_an_office_reports_for_its_communes_and_for_no_others(bucket: Bucket) -> None:
    who = caller("66", [Scope.RECEIPTS])
    body = {"client_id": "phieu-0001", "kind": "printed", "office": COMMUNE, "edition": EDITION, "quantity": 200}
    assert who.post("/receipts", body).json()["origin"] == "office"
    assert who.post("/receipts", body | {"client_id": "phieu-0002", "office": "91"}).status_code == 403
    assert Receipt.objects.get().quantity == 200


def test_local_blocks_go_by_the_rules_of_the_offices_own_screen(bucket: Bucket) -> None:
    who = caller("66", [Scope.LOCAL_BLOCKS])
    answer = who.call("put", "/local-blocks", {"hotline": "0262 111 222", "story": "Bà con xã Ea Knốp kể chuyện."})
    assert answer.status_code == 200, answer.content.decode()
    assert (answer.json()["hotline"], answer.json()["story"]) == ("0262 111 222", "")
    assert answer.json()["story_waiting"] == "Bà con xã Ea Knốp kể chuyện."
    assert LocalStory.objects.count() == 1
    told = LocalStory.objects.get()
    DecideStoryAction(told, user=member(), approve=False, comment="Xin bỏ tên người.").execute()
    said = who.get("/local-blocks").json()
    assert (said["story_waiting"], said["story"]) == (None, "")
    assert (said["story_decision"]["approved"], said["story_decision"]["comment"]) == (False, "Xin bỏ tên người.")
    assert {"office.changed", "office.story_told"} <= set(Entry.objects.values_list("action", flat=True))
    OfficeMember.objects.all().delete()  # whoever made the token is a member no more
    assert who.call("put", "/local-blocks", {"hotline": "1"}).status_code == 403
    assert Office.objects.get(pk="66").hotline == "0262 111 222"


def test_a_story_that_cannot_be_printed_changes_nothing(bucket: Bucket) -> None:
    before = Office.objects.get(pk="66").hotline
    answer = caller("66").call("put", "/local-blocks", {"hotline": "0262 9", "story": "{{ khong_co_so_nay"})
    assert answer.status_code == 409
    assert Office.objects.get(pk="66").hotline == before


# Reports

_RECEIPT = st.builds(
    Receipt,
    kind=st.sampled_from(ReceiptKind.values), origin=st.sampled_from(Origin.values),
    office=st.sampled_from(["66", "66.24133", "91", "01.00004"]),
    product=st.sampled_from(["leaflet-a4", "bulletin-3min", ""]),
    quantity=st.integers(1, 10_000),
)  # fmt: skip
_RUN = st.builds(
    PrintRun, office_id=st.sampled_from(["66", "91"]), product=st.sampled_from(["leaflet-a4", "leaflet-a5"]),
    quantity=st.integers(1, 100_000), cost_vnd=st.integers(0, 10**10),
)  # fmt: skip


@given(receipts=st.lists(_RECEIPT, max_size=30), runs=st.lists(_RUN, max_size=30))
def test_sums_are_the_rows_and_every_row_stands_in_one_line(receipts: list[Receipt], runs: list[PrintRun]) -> None:
    found = use(receipts, runs)
    assert sum(one.quantity for one in receipts) == (
        found.total.plays_office + found.total.plays_public + found.total.printed
    )
    assert (found.total.runs, found.total.copies, found.total.cost_vnd) == (
        len(runs), sum(one.quantity for one in runs), sum(one.cost_vnd for one in runs),
    )  # fmt: skip
    for name in ("plays_office", "plays_public", "printed", "runs", "copies", "cost_vnd"):
        assert sum(getattr(line, name) for line in found.lines) == getattr(found.total, name)
    assert len({(line.province, line.product) for line in found.lines}) == len(found.lines)


def test_the_report_and_its_file_say_the_same(bucket: Bucket, login: Any) -> None:
    Caller().post("/public/receipts", played(product="bulletin-3min"), **PUBLIC)
    caller("66").post("/print-orders", ORDER | {"funding": "=cmd|'/c calc'!A0"})
    browser = login(AUDITOR)
    runs = b"".join(browser.get("/admin/reports/print-runs/?export=csv").streaming_content).decode("utf-8-sig")
    assert "'=cmd|" in runs
    assert ",=cmd|" not in runs
    page = browser.get("/admin/reports/use/").content.decode()
    assert "7.500.000" in page
    assert "1.500" in page
    assert "Đã làm mà chưa từng dùng" in page
    answer = browser.get("/admin/reports/use/?export=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    costs = [int(row[7]) for row in rows[1:]]
    assert sum(costs[:-1]) == costs[-1] == 7_500_000
    assert browser.get("/admin/reports/use/?begin=2020-01-01&end=2020-12-31").status_code == 200
    assert login(CONTRIBUTOR).get("/admin/reports/use/").status_code == 302


def test_an_office_sees_its_own_numbers_alone(bucket: Bucket) -> None:
    from django.test import Client

    Caller().post("/public/receipts", played(), **PUBLIC)
    caller("66").post("/print-orders", ORDER)
    other = Client()
    other.force_login(member("91"))
    for path in ("use", "receipts", "print-runs"):
        text = other.get(f"/admin/reports/{path}/").content.decode()
        assert "Trợ cấp mỗi tháng" not in text.split("<h2>")[0]
        assert "7.500.000" not in text
    assert other.get(f"/admin/delivery/runs/{PrintRun.objects.get().pk}/imprint/").status_code == 404


def test_a_token_is_shown_once(bucket: Bucket) -> None:
    from django.test import Client

    browser = Client()
    browser.force_login(member("66"))
    answer = browser.post(
        "/admin/delivery/tokens/", {"name": "Máy in", "scopes": ["read"], "days": "30", "office": "66"}
    )
    text = answer.content.decode()
    token = text.split('loa-secret">')[1].split("<")[0]
    assert Caller(token).get("/products").status_code == 200
    assert token not in browser.get("/admin/delivery/tokens/").content.decode()
    foreign = browser.post("/admin/delivery/tokens/", {"name": "x", "scopes": ["read"], "days": "30", "office": "91"})
    assert 'loa-secret">' not in foreign.content.decode()
