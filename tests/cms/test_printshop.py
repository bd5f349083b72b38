"""Print runs: from an order to the print shop's files, for that office alone, until the sheet is called back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cms.approval.actions import SystemApprovalAction
from cms.articles.models import PolicyArticlePage
from cms.audit.models import Entry
from cms.delivery import printshop
from cms.delivery.enums import HookEvent, Scope
from cms.delivery.models import Delivery, PrintRun, Webhook
from cms.production.building import carry_out
from cms.production.enums import BuildKind, BuildStatus
from cms.production.models import Build, ProductState
from render.errors import LoaError
from tests.cms.delivered import EDITION, ORDER, Bucket, Caller, caller, member

SLUG = "luong-huu-tu-15-nam"


pytestmark = pytest.mark.usefixtures("looked_anew")


@pytest.fixture
def bucket(any_site: str) -> Bucket:
    found = Bucket()
    found.article("mot", products="leaflet bulletin")
    return found


def work() -> Build:
    """As a worker does, with threads in the place of processes."""
    build = Build.objects.lease("may:1:x")
    assert build is not None
    with ThreadPoolExecutor(1) as executor:
        try:
            release = carry_out(build, executor, should_stop=lambda: False)
        except LoaError as error:
            build.finish("may:1:x", failed_reason=str(error))
        else:
            build.finish("may:1:x", release=release)
    return build


def changed(page: Any) -> None:
    """Another text of the same article, approved and published."""
    page.title = "Một tiêu đề khác"
    revision = page.save_revision()
    SystemApprovalAction(page).execute()
    revision.publish()


def hook(office: str, events: list[str]) -> Webhook:
    return Webhook.objects.create(
        office_id=office,
        owner=member(office, f"nghe-{office}"),
        url="https://example.vn/",
        events=events,
        nonce="0" * 32,
    )


def test_an_order_leads_to_files_for_the_office_alone_until_the_sheet_is_called_back(
    any_site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    work()
    state = ProductState.objects.get(slug=SLUG, product="sheet", lang="vi", office="")
    who, other = caller("66", [Scope.PRINT_ORDERS]), caller("91", [Scope.PRINT_ORDERS])
    hook("66", list(HookEvent.values))
    hook("91", list(HookEvent.values))
    made = who.post("/print-orders", ORDER | {"edition": state.edition, "product": "sheet"}).json()
    assert (made["state"], made["files"]) == ("queued", [])
    before = objects()
    assert work().kind == BuildKind.PRINT
    path = f"/print-orders/{made['id']}"
    ready = who.get(path).json()
    assert (ready["state"], [one["name"] for one in ready["files"]]) == ("ready", [f"{SLUG}.vi.sheet.print.pdf"])
    fetched = ready["files"][0]["url"].partition("/api/v1")[2]
    answer = who.get(fetched)
    body = b"".join(answer.streaming_content)
    assert hashlib.sha256(body).hexdigest() == ready["files"][0]["sha256"]
    assert "In 5.000 bản" in body.decode()
    assert b"".join(who.get(fetched, Range="bytes=3-6").streaming_content) == body[3:7]
    assert who.get(fetched, **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    # Nobody else's, and in no release.
    assert [other.get(one).status_code for one in (path, fetched)] == [404, 404]
    assert other.post(f"{path}/make", {}).status_code == 404
    assert other.get("/print-orders").json()["items"] == []
    assert Caller().get(fetched).status_code == 401
    assert caller("66", [Scope.READ], user=member("66", "chi-doc")).get(fetched).status_code == 403
    assert objects() == before
    # The article changes: the sheet is called back before it is printed.
    changed(page)
    work()
    gone = who.get(path).json()
    assert (gone["state"], gone["files"]) == ("recalled", [])
    assert gone["replaced_by"] == ProductState.objects.get(pk=state.pk).edition != state.edition
    assert who.get(fetched).status_code == 410
    assert who.post(f"{path}/make", {}).status_code == 409
    told = {one.event for one in Delivery.objects.filter(webhook__office_id="66")}
    assert {"print-order.created", "print-order.ready", "print-order.recalled"} <= told
    assert not Delivery.objects.filter(webhook__office_id="91", event__startswith="print-order").exists()
    logged = list(
        Entry.objects.filter(action__startswith="print.").order_by("sequence").values_list("action", flat=True)
    )
    assert logged == ["print.ordered", "print.made", "print.recalled"]


def objects() -> set[str]:
    """All that lies in the public store."""
    from django.conf import settings

    return {str(one) for one in Path(settings.LOA.store).rglob("*") if one.is_file()}


def test_a_sheet_that_changed_before_the_worker_came_is_not_made(
    any_site: str, small_products: None, publish: Callable[..., Any]
) -> None:
    page = publish(SLUG)
    work()
    state = ProductState.objects.get(slug=SLUG, product="sheet", lang="vi", office="")
    who = caller("66", [Scope.PRINT_ORDERS])
    made = who.post("/print-orders", ORDER | {"edition": state.edition, "product": "sheet"}).json()
    changed(page)
    build = work()
    assert build.kind == BuildKind.PRINT
    found = who.get(f"/print-orders/{made['id']}").json()
    assert (found["state"], "Nội dung đã thay đổi" in found["reason"]) == ("failed", True)
    assert who.post(f"/print-orders/{made['id']}/make", {}).json()["state"] == "queued"
    assert who.post(f"/print-orders/{made['id']}/make", {}).json()["state"] == "queued"
    assert Build.objects.filter(kind=BuildKind.PRINT, status=BuildStatus.READY).count() == 1


def test_who_ordered_hears_of_a_run_that_the_store_kept_from_being_made(bucket: Bucket) -> None:
    from cms.production.record import give_up

    who = caller("66", [Scope.PRINT_ORDERS])
    made = who.post("/print-orders", ORDER).json()
    row = PrintRun.objects.get(pk=made["id"])
    build = row.build or Build.objects.create(kind=BuildKind.PRINT, cause="ordered", slug=row.slug)
    PrintRun.objects.filter(pk=row.pk).update(build=build)
    hook("66", [HookEvent.PRINT_FAILED])
    give_up(build, "Kho không trả lời")
    told = Delivery.objects.get(event=HookEvent.PRINT_FAILED)
    assert json.loads(told.body)["data"]["reason"] == "Kho không trả lời"


def test_a_cancelled_order_is_made_no_more_and_given_to_nobody(
    any_site: str, small_products: None, publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(SLUG)
    work()
    state = ProductState.objects.get(slug=SLUG, product="sheet", lang="vi", office="")
    who, other = caller("66", [Scope.PRINT_ORDERS]), caller("91", [Scope.PRINT_ORDERS])
    hook("66", list(HookEvent.values))
    hook("91", list(HookEvent.values))
    wanted = ORDER | {"edition": state.edition, "product": "sheet"}

    def order(number: int) -> str:
        return f"/print-orders/{who.post('/print-orders', wanted | {'client_id': f'don-in-10{number}'}).json()['id']}"

    made, waiting, under_way = order(1), order(2), order(3)
    assert work().kind == BuildKind.PRINT
    fetched = who.get(made).json()["files"][0]["url"].partition("/api/v1")[2]
    why = {"reason": "In nhầm số lượng"}
    # Whose it is, with the right to it, and a reason.
    assert other.post(f"{made}/cancel", why).status_code == 404
    assert caller("66", [Scope.READ], user=member("66", "chi-doc")).post(f"{made}/cancel", why).status_code == 403
    assert [who.post(f"{made}/cancel", body).status_code for body in ({}, {"reason": "\u200b "})] == [422, 409]
    # What is ready, and what nobody has begun.
    for path in (made, waiting):
        gone = who.post(f"{path}/cancel", why)
        assert (gone.status_code, gone.json()["state"], gone.json()["files"]) == (200, "cancelled", [])
    assert who.post(f"{made}/cancel", {"reason": "Lần nữa"}).json()["reason"] == why["reason"]
    refused = who.get(fetched)
    assert (refused.status_code, refused.json()["title_en"]) == (410, "This print order was cancelled")
    assert who.post(f"{made}/make", {}).status_code == 409
    # What is under way ends without its files.
    plain = printshop.run

    def cancelled_meanwhile(*args: Any, **more: Any) -> Any:
        assert who.post(f"{under_way}/cancel", why).status_code == 200
        return plain(*args, **more)

    monkeypatch.setattr(printshop, "run", cancelled_meanwhile)
    assert work().kind == BuildKind.PRINT
    assert Build.objects.lease("may:1:x") is None
    rows = PrintRun.objects.filter(cancelled_at__isnull=False)
    assert [row.state for row in rows] == ["cancelled"] * 3
    assert rows.get(pk=under_way.rpartition("/")[2]).files == []
    assert not Build.objects.filter(kind=BuildKind.PRINT).unfinished().exists()
    # Told once each, to that office alone; and its cost is nobody's.
    told = Delivery.objects.filter(event=HookEvent.PRINT_CANCELLED)
    assert [one.webhook.office_id for one in told] == ["66"] * 3
    assert json.loads(told[0].body)["data"]["reason"] == why["reason"]
    assert Delivery.objects.filter(event=HookEvent.PRINT_READY).count() == 1
    assert Entry.objects.filter(action="print.cancelled").count() == 3
    browser = Client()
    browser.force_login(member("66", "xem"))
    assert "5.000" not in browser.get("/admin/reports/use/").content.decode()
    # Called back afterwards, it stays what the office made of it.
    page = PolicyArticlePage.objects.get(slug=SLUG, locale__language_code="vi")
    changed(page)
    work()
    assert who.get(made).json()["state"] == "cancelled"
    assert not Delivery.objects.filter(event=HookEvent.PRINT_RECALLED).exists()


def test_what_is_printed_is_cancelled_no_more(bucket: Bucket) -> None:
    who = caller("66")
    first, second = (who.post("/print-orders", ORDER | {"client_id": f"don-in-20{n}"}).json()["id"] for n in (1, 2))
    printed = {"kind": "printed", "office": "66", "edition": EDITION, "product": "leaflet-a4"}
    assert who.post("/receipts", printed | {"client_id": "da-in-0001", "quantity": 5000}).status_code == 201
    why = {"reason": "Đặt hai lần"}
    refused = who.post(f"/print-orders/{first}/cancel", why)
    assert (refused.status_code, "in xong" in refused.json()["detail"]) == (409, True)
    assert who.post(f"/print-orders/{second}/cancel", why).json()["state"] == "cancelled"
    bucket.withdraw("mot")
    assert who.post(f"/print-orders/{first}/cancel", why).status_code == 409  # it is called back


def test_a_print_order_becomes_an_imprint(bucket: Bucket) -> None:
    from render.imprint import Imprint, read_imprint

    who = caller("66", [Scope.PRINT_ORDERS])
    answer = who.post("/print-orders", ORDER)
    assert answer.status_code == 201, answer.content.decode()
    assert "In 5.000 bản, khổ 21 × 29,7 cm, tại Công ty in MẪU, Số 1, đường MẪU." in answer.json()["imprint"]
    assert who.post("/print-orders", ORDER).status_code == 200
    assert who.post("/print-orders", ORDER | {"quantity": 6000}).status_code == 409  # not taken for the first one
    assert (
        who.post("/print-orders", ORDER | {"client_id": "don-in-002", "licensed_on": "2099-01-01"}).status_code == 409
    )
    assert PrintRun.objects.count() == 1
    assert [one["quantity"] for one in who.get("/print-orders").json()["items"]] == [5000]
    from django.conf import settings

    file = settings.LOA.home / "in.toml"
    file.write_text(answer.json()["imprint_toml"], encoding="utf-8")
    read = read_imprint(file)
    assert isinstance(read, Imprint)
    assert (read.print_run, read.licence, read.funding) == (5000, "123/GP-SVHTTDL", "Kinh phí: Ngân sách tỉnh năm 2025")
    assert Entry.objects.filter(action="print.ordered").count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [({"office": "91"}, 403), ({"edition": "0" * 12}, 409), ({"product": "bulletin-3min"}, 409), ({"quantity": 0}, 422),
     ({"licence": "​"}, 409), ({"printer": "a\u0000b"}, 422)],
)  # fmt: skip
def test_an_order_that_cannot_be_printed_is_refused(bucket: Bucket, change: dict[str, Any], status: int) -> None:
    assert caller("66").post("/print-orders", ORDER | change).status_code == status
    assert not PrintRun.objects.exists()


def test_a_print_run_is_ordered_on_the_screen(bucket: Bucket) -> None:
    browser = Client()
    browser.force_login(member("66"))
    fields = {**ORDER, "sheet": f"{EDITION}/leaflet-a4"}
    assert "Trợ cấp mỗi tháng" in browser.get("/admin/delivery/order/").content.decode()
    for _time in range(2):  # a page that is sent twice
        assert browser.post("/admin/delivery/order/", fields).status_code == 302
    assert PrintRun.objects.get().quantity == 5000
    row = PrintRun.objects.get()
    assert "Công ty in MẪU" in browser.get("/admin/reports/print-runs/").content.decode()
    page = browser.get(f"/admin/delivery/runs/{row.pk}/").content.decode()
    assert "In 5.000 bản" in page
    assert "không nằm trong tòa soạn này" in page  # the bucket's articles were published by hand
    cancel = f"/admin/delivery/runs/{row.pk}/cancel/"
    assert "Vâng, hủy đơn này" in page
    assert "Hãy ghi lý do hủy" in browser.post(cancel, {"reason": " "}, follow=True).content.decode()
    other = Client()
    other.force_login(member("91"))
    assert other.post(cancel, {"reason": "Phá"}).status_code == 404
    gone = browser.post(cancel, {"reason": "Hết kinh phí <b>"}, follow=True).content.decode()
    assert "Hết kinh phí &lt;b&gt;" in gone
    assert "Vâng, hủy đơn này" not in gone
