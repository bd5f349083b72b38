"""Print runs: from an order to the print shop's files, for that office alone, until the sheet is called back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cms.approval.actions import SystemApprovalAction
from cms.audit.models import Entry
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
    from django.test import Client

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
