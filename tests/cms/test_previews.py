"""Previews: every product from the draft, drawn by its own steps, for nobody but who may edit, and kept nowhere."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from cms.previews import tickets
from cms.previews import workshop as place
from cms.previews.frames import problem
from cms.previews.sources import draft_of, kind_of_mode, place_of, product_modes
from cms.previews.tickets import Ticket, keep, ticket_of
from cms.previews.workshop import BusyError, SupersededError, TooLongError, Workshop
from render.article import Steps
from render.errors import LoaError
from render.products import product, products
from render.sketches import edition_of
from tests.cms.conftest import EDITORS

SLUG = "tro-cap-huu-tri-xa-hoi"


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    """No process outlives these tests."""
    yield
    place.workshop.close()


def shown(client: Any, page: Any, mode: str) -> Any:
    return client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]), {"mode": mode})


def test_every_product_has_a_mode_of_its_own() -> None:
    names = [name for name, _ in product_modes("km")]
    assert names == list(products())
    assert all(kind_of_mode(name) for name in names)
    assert "leaflet-bilingual" not in dict(product_modes("vi"))


def test_previews_show_sheets_pictures_scenes_and_scripts(site: str, publish: Callable[..., Any], login: Any) -> None:
    page, client = publish(SLUG, publish=False), login(EDITORS)
    leaflet = shown(client, page, "leaflet-a4").content.decode()
    assert leaflet.count('src="data:image/webp;base64,') == 2
    assert "Bản nháp" in leaflet
    assert shown(client, page, "infographic-portrait").content.decode().count("data:image/webp") == 1
    clip = shown(client, page, "clip-vertical").content.decode()
    assert clip.count("data:image/webp") >= 5
    assert re.search(r"0:00 – 0:0\d", clip)
    script = shown(client, page, "bulletin-1min").content.decode()
    assert "Kính thưa bà con" in script
    assert "Một ví dụ" in script.partition('<section class="part">')[0]  # left out, and said so
    assert "năm trăm nghìn đồng" in shown(client, page, "read").content.decode()


def test_a_preview_is_private_and_leaves_no_trace(
    site: str, home: Path, publish: Callable[..., Any], login: Any
) -> None:
    page, client = publish(SLUG, publish=False), login(EDITORS)
    answer = shown(client, page, "infographic-wide")
    assert "no-store" in answer["Cache-Control"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    left = [path for name in ("public", "cache") for path in (home / name).rglob("*") if path.is_file()]
    assert left == []


def test_nobody_sees_a_draft_who_may_not_edit_it(
    site: str, publish: Callable[..., Any], login: Any, client: Any
) -> None:
    page = publish(SLUG, publish=False)
    assert shown(client, page, "leaflet-a4").status_code == 302  # to the login
    assert b"data:image" not in shown(login("", name="nobody"), page, "leaflet-a4").content


def test_an_error_names_its_block_and_leads_there(site: str, publish: Callable[..., Any], login: Any) -> None:
    page, client = publish(SLUG, publish=False), login(EDITORS)
    draft = page.get_latest_revision_as_object()
    steps = next(child for child in draft.body if child.block_type == "steps")
    steps.value["items"][0] = "Nộp {{ khong_co_that }} cho xã"
    draft.save_revision()
    answer = shown(client, page, "leaflet-a4").content.decode()
    assert "Không có số liệu nào tên là “khong_co_that”" in answer
    assert f'data-place="body.{steps.id}"' in answer
    assert "Làm thế nào?" in answer


def test_the_place_of_an_error_is_found_by_field_block_scene_or_heading(site: str, publish: Callable[..., Any]) -> None:
    page = publish(SLUG, publish=False)

    def path(where: str) -> str:
        found = place_of(page, LoaError("x", where=where))
        return found.path if found else ""

    steps = next(child for child in page.body if child.block_type == "steps")
    assert path(f"{SLUG}.vi: title") == "title"
    assert {path(f"{SLUG}.vi: {one}") for one in ("lam-the-nao", "Làm thế nào?", "scene steps:lam-the-nao-2")} == {
        f"body.{steps.id}"
    }
    assert path("nowhere") == ""


def test_what_a_frame_asks_next_is_for_its_user_only(site: str, publish: Callable[..., Any], login: Any) -> None:
    page, client = publish(SLUG, publish=False), login(EDITORS)
    frame = shown(client, page, "infographic-square").content.decode()
    address = re.search(r'data-gates="([^"]+)"', frame)
    assert address is not None
    answer = client.get(address[1])
    assert "Đạt mọi khâu kiểm tra" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    other = login(EDITORS, name="other")
    assert other.get(address[1]).status_code == 404
    assert client.get(reverse("previews_gates", args=["x" * 43])).status_code == 404
    assert client.get(address[1].replace("gates", "listen")).status_code == 404  # a picture has no sound


def test_a_ticket_is_gone_when_the_editor_may_no_longer_edit(
    site: str, publish: Callable[..., Any], login: Any
) -> None:
    page, client = publish(SLUG, publish=False), login(EDITORS)
    frame = shown(client, page, "infographic-square").content.decode()
    address = re.search(r'data-gates="([^"]+)"', frame)
    assert address is not None
    client.user.groups.clear()
    assert client.get(address[1]).status_code in (302, 403)


def test_a_ticket_lies_where_every_process_of_the_site_finds_it_and_is_whole_or_nothing(
    site: str, home: Path, publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    user, other = SimpleNamespace(pk=7), SimpleNamespace(pk=8)
    ticket = Ticket(7, None, "leaflet-a4", draft_of(publish(SLUG, publish=False)))
    token = keep(ticket)
    (file,) = (home / "drafts").iterdir()
    assert (file.stat().st_mode & 0o777, (home / "drafts").stat().st_mode & 0o777) == (0o600, 0o700)
    assert token[:8] not in file.name  # whoever reads the folder's list can ask for nothing
    assert ticket_of(token, user) == ticket
    assert [ticket_of(token, other), ticket_of("../" * 14 + "x", user), cache.get(token)] == [None, None, None]
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"?")
    assert ticket_of(token, user) is None  # nothing is unpacked that this site has not sealed
    file.write_bytes(whole)
    os.utime(file, (time.time() - tickets.KEPT_S - 5,) * 2)
    assert ticket_of(token, user) is None
    monkeypatch.setattr(tickets, "MOST", 2)
    made = [keep(ticket) for _ in range(4)]
    assert not file.exists()
    assert [bool(ticket_of(one, user)) for one in made[2:]] == [True, True]
    assert len(list((home / "drafts").iterdir())) == 2


def test_blank_lines_of_a_form_are_not_drawn_and_an_empty_section_is_told(
    site: str, publish: Callable[..., Any]
) -> None:
    draft = publish(SLUG, publish=False).get_latest_revision_as_object()
    steps, figures = (next(one for one in draft.body if one.block_type == kind) for kind in ("steps", "figures"))
    count = len(steps.value["items"])
    steps.value["items"].append(" ")
    assert [len(one.items) for one in draft.as_article().blocks if isinstance(one, Steps)] == [count]
    for one in figures.value["figures"]:
        one["value"] = one["label"] = ""
    with pytest.raises(LoaError) as caught:
        edition_of(draft_of(draft))
    assert problem(draft, caught.value)["problem"] == "Phần này chưa có chữ. Hãy viết vào, hoặc bỏ đề mục"
    assert place_of(draft, caught.value).path == f"body.{figures.id}"
    draft.title = " "
    with pytest.raises(LoaError) as caught:
        edition_of(draft_of(draft))
    assert place_of(draft, caught.value).path == "title"


def test_an_office_is_drawn_only_when_the_article_wants_it(site: str, publish: Callable[..., Any], login: Any) -> None:
    page, client = publish(SLUG, publish=False), login(EDITORS)
    draft = page.get_latest_revision_as_object()
    draft.offices = ["66"]
    draft.save_revision()
    client.cookies["loa_preview_office"] = "66"
    assert '<option value="66" selected>' in shown(client, page, "bulletin-1min").content.decode()
    client.cookies["loa_preview_office"] = "01"
    assert "selected" not in shown(client, page, "bulletin-1min").content.decode().partition('value="66"')[2]


# --- the workshop --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    """A workshop of one bench; its process has begun."""
    found = Workshop([place._Bench()])
    assert found.do("a", len, "warm") == 4
    yield found
    found.close()


def test_an_error_comes_back_whole(shop: Workshop) -> None:
    with pytest.raises(LoaError) as caught:
        shop.do("a", product, "no-such-thing")
    assert "leaflet-a4" in caught.value.mend


def test_who_comes_too_many_is_told_at_once(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "MOST_WAITING", 0)
    with pytest.raises(BusyError):
        shop.do("a", len, "abc")


def test_a_drawing_without_end_is_broken_off_for_the_limit_or_a_newer_wish_and_the_next_is_drawn(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()
    with pytest.raises(TooLongError):
        shop.do("a", time.sleep, 600, limit_s=0.5)
    monkeypatch.setattr(place, "STALE_S", 0.3)
    ends: list[object] = []

    def old() -> None:
        try:
            ends.append(shop.do("a", time.sleep, 600, limit_s=500))
        except (SupersededError, BusyError) as error:
            ends.append(type(error))

    thread = threading.Thread(target=old)
    thread.start()
    while not shop.benches[0].ready:  # its process was ended with the first drawing
        time.sleep(0.05)
    time.sleep(0.5)
    assert shop.do("a", len, "new") == 3
    thread.join(60)
    assert ends == [SupersededError]
    assert time.monotonic() - begun < 300
