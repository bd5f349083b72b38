"""Webhooks: signed, told at least once, given up with a reason, and never a way into our own network."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from wagtail.users.models import UserProfile

from cms.audit.models import Entry
from cms.delivery import outbox, released, sending
from cms.delivery.actions import RotateSecretAction
from cms.delivery.enums import DeliveryStatus, Scope
from cms.delivery.models import Delivery, Webhook
from cms.delivery.sending import Refused, check_address, open_to_us, post, resolve
from render.errors import StoreError
from render.paths import ROOT
from tests.cms.delivered import Bucket, Caller, caller, member

EVENTS = ["release.published", "product.withdrawn"]


pytestmark = pytest.mark.usefixtures("looked_anew")


class Receiver:
    """Somebody's server: what it got, and what it answers next."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer: tuple[int, dict[str, str]] = (204, {})
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.answer[0])
                for name, value in receiver.answer[1].items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/nghe"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """On loopback, which is allowed while debugging and never else."""
    from django.conf import settings

    monkeypatch.setattr(settings, "DEBUG", True)
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def hooked(receiver: Receiver, office: str = "66") -> tuple[Caller, dict[str, Any]]:
    who = caller(office, [Scope.WEBHOOKS])
    answer = who.post("/webhooks", {"url": receiver.url, "events": EVENTS})
    assert answer.status_code == 201, answer.content.decode()
    return who, answer.json()


def test_a_release_and_a_withdrawal_arrive_signed(site: str, receiver: Receiver) -> None:
    who, hook = hooked(receiver)
    assert "secret" not in {
        name for one in who.get("/webhooks").json()["items"] for name, value in one.items() if value
    }
    bucket = Bucket()
    bucket.article("mot", products="leaflet")
    outbox.work()
    bucket.withdraw("mot", "Con số in sai.")
    outbox.work()
    events = [json.loads(body) for _headers, body in receiver.got]
    assert [one["event"] for one in events] == ["release.published", "release.published", "product.withdrawn"]
    assert events[2]["data"]["reason"] == "Con số in sai."
    assert len({one["id"] for one in events}) == 3
    headers, body = receiver.got[0]
    said = f"{headers['Loa-Timestamp']}.".encode() + body
    assert headers["Loa-Signature"] == "v1=" + hmac.new(hook["secret"].encode(), said, hashlib.sha256).hexdigest()
    assert abs(int(headers["Loa-Timestamp"]) - time.time()) < 60
    assert outbox.work() == 0
    assert len(receiver.got) == 3


def test_an_office_hears_of_its_own_province_and_of_what_is_nationwide(site: str, receiver: Receiver) -> None:
    hooked(receiver, "91")
    assert outbox.announce(outbox.HookEvent.PRODUCT_WITHDRAWN, "a", {}, provinces={"66"}) == 0
    assert outbox.announce(outbox.HookEvent.PRODUCT_WITHDRAWN, "b", {}, provinces={"66", ""}) == 1
    assert outbox.announce(outbox.HookEvent.PRODUCT_WITHDRAWN, "c", {}, provinces={"91"}) == 1


def test_what_does_not_arrive_is_tried_ever_later_then_given_up_and_may_be_tried_by_hand(
    site: str, receiver: Receiver
) -> None:
    hooked(receiver)
    receiver.answer = (500, {})
    outbox.try_out(Webhook.objects.get())
    waits = []
    for _attempt in range(outbox.MOST_ATTEMPTS):
        Delivery.objects.update(next_at=timezone.now())
        assert outbox.attend() == 1
        row = Delivery.objects.get()
        waits.append(round((row.next_at - timezone.now()).total_seconds()))
    assert waits[:4] == pytest.approx([30, 60, 120, 240], abs=3)
    assert (row.status, row.answered, row.reason) == (DeliveryStatus.DEAD, 500, "Máy nhận trả lời 500.")
    UserProfile.objects.update_or_create(user=row.webhook.owner, defaults={"preferred_language": "en"})
    assert outbox.again(row)
    assert outbox.attend() == 1
    assert Delivery.objects.get().reason == "It answered 500."
    Delivery.objects.update(status=DeliveryStatus.DEAD)
    assert outbox.attend() == 0
    receiver.answer = (200, {})
    assert outbox.again(row)
    assert outbox.attend() == 1
    assert Delivery.objects.get().status == DeliveryStatus.SENT
    assert len({headers["Loa-Event-Id"] for headers, _body in receiver.got}) == 1


def test_who_takes_nothing_is_told_nothing_until_somebody_has_looked(site: str, receiver: Receiver) -> None:
    who, hook = hooked(receiver)
    row = Webhook.objects.get()
    receiver.answer = (500, {})
    for _event in range(outbox.MOST_GIVEN_UP):
        outbox.try_out(row)
    Delivery.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
    waiting = outbox.try_out(row)
    assert outbox.attend(outbox.MOST_GIVEN_UP) == outbox.MOST_GIVEN_UP
    assert who.get("/webhooks").json()["items"][0]["paused_at"] is not None
    assert outbox.attend() == 0
    assert outbox.announce(outbox.HookEvent.RELEASE_PUBLISHED, "a", {}) == 0
    receiver.answer = (204, {})
    assert caller("91", [Scope.WEBHOOKS]).post(f"/webhooks/{hook['id']}/resume", {}).status_code == 404
    assert who.post(f"/webhooks/{hook['id']}/resume", {}).json()["paused_at"] is None
    assert outbox.attend() == 1
    waiting.refresh_from_db()
    assert waiting.status == DeliveryStatus.SENT
    actions = Entry.objects.filter(subject=f"webhook:{row.pk}").order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["webhook.made", "webhook.paused", "webhook.resumed"]


def test_a_slow_webhook_holds_up_no_other(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is due is sent while the first still waits for its answer."""
    owner, done, told = member("66"), threading.Event(), []
    for name in ("cham", "nhanh"):
        hook = Webhook.objects.create(owner=owner, url=f"https://{name}.vn/", events=EVENTS, nonce="0" * 32)
        for _event in range(3):
            outbox.try_out(hook)

    def slow(url: str, _body: bytes, headers: Any) -> int:
        if "cham" in url:
            assert done.wait(60)
            return 204
        told.append(headers["Loa-Event-Id"])
        if len(told) == 3:
            done.set()
        return 204

    monkeypatch.setattr(outbox, "post", slow)
    assert outbox.attend() == 6
    assert told == list(Delivery.objects.filter(webhook=hook).order_by("pk").values_list("event_id", flat=True))
    assert not Delivery.objects.exclude(status=DeliveryStatus.SENT).exists()


def test_who_answers_that_it_is_gone_is_told_nothing_more(site: str, receiver: Receiver) -> None:
    hooked(receiver)
    receiver.answer = (410, {})
    outbox.try_out(Webhook.objects.get())
    assert outbox.attend() == 1
    assert Delivery.objects.get().status == DeliveryStatus.DEAD
    assert Webhook.objects.get().paused_at is not None
    assert "410" in Entry.objects.get(action="webhook.paused").details["reason"]


def test_what_was_given_up_or_taken_is_sent_again_by_hand_and_a_locked_owner_is_told_nothing(
    site: str, receiver: Receiver
) -> None:
    hooked(receiver)
    row = Webhook.objects.get()
    Webhook.objects.update(paused_at=timezone.now())
    sent = outbox.try_out(row)
    browser = Client()
    browser.force_login(member("66", "nguoi-gui"))
    again = f"/admin/delivery/deliveries/{sent.pk}/retry/"
    for status, attempts in ((DeliveryStatus.DEAD, 12), (DeliveryStatus.SENT, 1), (DeliveryStatus.PENDING, 3)):
        later = timezone.now() + dt.timedelta(hours=8)
        Delivery.objects.update(status=status, attempts=attempts, next_at=later, reason="Nó trả lời 500.")
        assert "Gửi lại" in browser.get("/admin/delivery/webhooks/").content.decode()
        assert browser.post(again).status_code == 302
        assert outbox.attend() == 1
        assert Delivery.objects.get().status == DeliveryStatus.SENT
    assert len({headers["Loa-Event-Id"] for headers, _body in receiver.got}) == 1
    assert Entry.objects.filter(action="webhook.sent_again").count() == 3
    assert Entry.objects.filter(action="webhook.resumed").count() == 1
    outbox.try_out(row)
    get_user_model().objects.filter(pk=row.owner_id).update(is_active=False)
    assert outbox.attend() == 0


def test_what_is_written_is_sent_while_the_store_is_away(
    site: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreError("the store does not answer")

    monkeypatch.setattr(released, "released", away)
    hooked(receiver)
    outbox.try_out(Webhook.objects.get())
    assert outbox.work() == 1
    assert Delivery.objects.get().status == DeliveryStatus.SENT


def test_what_the_documentation_shows_knows_ours_from_others(site: str, receiver: Receiver) -> None:
    shown: dict[str, Any] = {}
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    exec(page.partition("```python\n")[2].partition("```")[0], shown)
    _who, hook = hooked(receiver)
    outbox.try_out(Webhook.objects.get())
    outbox.attend()
    row = Webhook.objects.get()
    new = RotateSecretAction(row, user=row.owner).execute()
    outbox.try_out(Webhook.objects.get())
    outbox.attend()
    (headers, body), (both, second) = receiver.got
    ours = shown["ours"]
    assert ours(headers, body, hook["secret"])
    assert ours(both, second, hook["secret"])
    assert ours(both, second, new)
    assert not ours(headers, body, new)
    assert not ours(headers, body + b" ", hook["secret"])
    assert not ours(headers | {"Loa-Timestamp": str(int(headers["Loa-Timestamp"]) - 301)}, body, hook["secret"])
    for wrong in ({}, {"Loa-Timestamp": "x", "Loa-Signature": "y"}, headers | {"Loa-Signature": "v1=é"}):
        assert not ours(wrong, body, hook["secret"])


def test_a_redirect_is_no_delivery(site: str, receiver: Receiver) -> None:
    receiver.answer = (307, {"Location": "http://169.254.169.254/latest/meta-data"})
    with pytest.raises(Refused, match="307"):
        post(receiver.url, b"{}", {})
    assert len(receiver.got) == 1


def test_after_a_new_secret_both_sign_for_a_day(site: str, receiver: Receiver) -> None:
    _who, hook = hooked(receiver)
    row = Webhook.objects.select_related("office").get()
    new = RotateSecretAction(row, user=row.owner).execute()
    outbox.try_out(Webhook.objects.get())
    outbox.attend()
    headers, body = receiver.got[0]
    said = f"{headers['Loa-Timestamp']}.".encode() + body
    signed = {f"v1={hmac.new(one.encode(), said, hashlib.sha256).hexdigest()}" for one in (new, hook["secret"])}
    assert set(headers["Loa-Signature"].split(",")) == signed
    Webhook.objects.update(old_until=timezone.now() - dt.timedelta(seconds=1))
    assert "," not in outbox.signature(Webhook.objects.get(), 1, b"")
    assert Entry.objects.filter(action="webhook.rotated").exists()


def test_the_database_alone_does_not_tell_a_secret(site: str, receiver: Receiver) -> None:
    _who, hook = hooked(receiver)
    assert hook["secret"].removeprefix("whsec_") not in json.dumps(list(Webhook.objects.values()), default=str)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "255.255.255.255", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "ff02::1", "::", "::127.0.0.1", "fec0::1", "198.18.0.1", "192.0.0.1", "fd00:ec2::254",
     "::ffff:169.254.169.254", "2001:0:53aa:64c::f5ff:fffe", "100::1", "240.0.0.1"],
)  # fmt: skip
def test_no_address_of_our_own_network_is_open(address: str) -> None:
    assert not open_to_us(address)


def test_public_addresses_are_open() -> None:
    assert open_to_us("203.162.4.190")
    assert open_to_us("2606:4700:4700::1111")


@pytest.mark.parametrize(
    "url",
    ["http://example.vn/", "ftp://example.vn/", "https://u:p@example.vn/", "https://", "https://example.vn:22/",
     "https://exa mple.vn/", "https://example.vn:99999/", "file:///etc/passwd", "https://ví-dụ.vn/",
     "https://10.0.0.1/", "https://127.1/", "https://[::ffff:127.0.0.1]/", "https://LOCALHOST./", "https://may-chu.local/"],
)  # fmt: skip
def test_addresses_of_another_kind_are_refused_when_they_are_given(site: str, url: str) -> None:
    with pytest.raises(Refused):
        check_address(url)
    answer = caller("66").post("/webhooks", {"url": url, "events": EVENTS})
    assert answer.status_code in (409, 422)


def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was public when it was given: only what is connected to counts, and that is looked up once."""
    asked: list[str] = []

    def lookup(answers: list[str]) -> Any:
        def getaddrinfo(host: str, port: int, **_more: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers]

        return getaddrinfo

    monkeypatch.setattr(sending.socket, "getaddrinfo", lookup(["203.162.4.190", "127.0.0.1"]))
    with pytest.raises(Refused, match=r"mạng nội bộ|private network"):
        post("https://rebind.example.vn/", b"{}", {})
    monkeypatch.setattr(sending.socket, "getaddrinfo", lookup(["203.162.4.190"]))
    connected: list[Any] = []

    def connect(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(sending.socket, "create_connection", connect)
    asked.clear()
    with pytest.raises(Refused):
        post("https://rebind.example.vn/", b"{}", {})
    assert (asked, connected) == (["rebind.example.vn"], [("203.162.4.190", 443)])


def test_loopback_is_refused_unless_debugging(site: str) -> None:
    for host in ("localhost", "2130706433", "0x7f.1", "0", "127.1", "017700000001"):
        with pytest.raises(Refused):
            resolve(host, 443)
    with pytest.raises(Refused):
        post("http://127.0.0.1:9/", b"{}", {})


def test_who_answers_a_letter_at_a_time_is_cut_off(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "DEBUG", True)
    monkeypatch.setattr(sending, "WHOLE_S", 0.6)
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _address = listener.accept()
        with line:
            for _letter in range(600):
                try:
                    line.sendall(b"H")
                except OSError:
                    return
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(Refused):
        post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {})
    assert time.monotonic() - began < 50
    listener.close()


def test_an_office_manages_its_own_webhooks_alone(site: str, receiver: Receiver) -> None:
    _who, hook = hooked(receiver)
    other = caller("91", [Scope.WEBHOOKS])
    assert other.get("/webhooks").json()["items"] == []
    assert other.call("delete", f"/webhooks/{hook['id']}").status_code == 404
    browser = Client()
    browser.force_login(member("91", "nguoi-khac"))
    assert browser.post(f"/admin/delivery/webhooks/{hook['id']}/", {"do": "drop"}).status_code == 404
    assert Webhook.objects.count() == 1


def test_a_webhook_is_made_tried_and_removed_on_the_screen(site: str, receiver: Receiver) -> None:
    browser = Client()
    browser.force_login(member("66"))
    made = browser.post("/admin/delivery/webhooks/", {"url": receiver.url, "events": EVENTS, "office": "66"})
    assert 'loa-secret">whsec_' in made.content.decode()
    pk = Webhook.objects.get().pk
    browser.post(f"/admin/delivery/webhooks/{pk}/", {"do": "try"})
    outbox.attend()
    assert "Đã gửi" in browser.get("/admin/delivery/webhooks/").content.decode()
    browser.post(f"/admin/delivery/webhooks/{pk}/", {"do": "drop"})
    assert not Webhook.objects.exists()
