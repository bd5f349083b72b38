"""Nothing that a machine says goes out before somebody has listened: the panel's player, the approval, the release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import reverse

from cms.approval.actions import SystemApprovalAction
from cms.core.ranges import private_file
from cms.production import worker
from cms.production.enums import BuildCause, ProductStatus
from cms.production.models import Build, ProductState
from cms.sound.models import SoundApproval
from render.cache import Cache
from render.speech.engines import espeak_paths
from render.steps import Made, Pieced
from tests.cms.conftest import CONTRIBUTORS, EDITORS
from tests.cms.produced import SLUG, catalogue

pytestmark = pytest.mark.skipif(espeak_paths() is None, reason="espeak-ng is the voice of these tests")


@pytest.fixture
def held(site: str, small_products: None, publish: Callable[..., Any]) -> Iterator[tuple[Any, ProductState]]:
    """An article whose bulletin is made and held back, and that bulletin's state."""
    before = settings.LOA
    settings.LOA = replace(before, allow_unheard=False)
    page = publish(SLUG)
    worker.run(once=True)
    yield page, _sound()
    settings.LOA = before


def _sound() -> ProductState:
    return ProductState.objects.get(slug=SLUG, lang="vi", product="sound")


def _released() -> set[str]:
    from django.conf import settings as now

    from render.catalogue import read_part
    from render.store import open_store

    store = open_store(now.LOA.store)
    return {entry.product for blob in catalogue().articles[SLUG].values() for entry in read_part(store, blob).entries}


def _address(page: Any, state: ProductState) -> str:
    return reverse("production_file", args=[page.pk, state.pk, state.files[0]["sha256"]])


def _approve(client: Client, page: Any, row: ProductState, **fields: Any) -> Any:
    data = {"state": row.pk, "sha256": row.files[0]["sha256"]} | fields
    return client.post(reverse("sound_approve", args=[page.pk]), data)


def _row(client: Client, page: Any) -> dict[str, Any]:
    groups = client.get(reverse("production_states", args=[page.pk])).json()["groups"]
    return next(row for row in groups[0]["rows"] if row["product"] == "sound")


def test_what_nobody_has_heard_is_made_and_shown_and_not_released(
    held: tuple[Any, ProductState], login: Callable[..., Any]
) -> None:
    page, state = held
    assert (state.status, state.released) == (ProductStatus.MADE, None)
    assert _released() == {"sheet"}
    row = _row(login(EDITORS), page)
    assert row["words"] == "Đã xong: chờ nghe duyệt"
    assert (row["hear"]["kind"], row["hear"]["url"]) == ("audio", _address(page, state))
    assert len(row["hear"]["sentences"]) == 2
    assert row["hear"]["may_approve"]


def test_an_approval_releases_what_was_held_and_makes_nothing_again(
    held: tuple[Any, ProductState], login: Callable[..., Any]
) -> None:
    page, state = held
    editor = login(EDITORS)
    answer = _approve(editor, page, state)
    assert (answer.status_code, answer.json()["refused"]) == (200, "")
    approval = SoundApproval.objects.get()
    assert (approval.who, approval.user, approval.slug, approval.lang) == ("uBiên tập viên", editor.user, SLUG, "vi")
    assert approval.sentences == sorted(key for key, _ in state.to_hear)
    assert "espeak" in approval.voice
    build = Build.objects.order_by("-pk")[0]
    assert (build.cause, build.products, build.languages, build.offices) == (BuildCause.HEARD, ["sound"], ["vi"], [""])
    worker.run(once=True)
    after = _sound()
    assert (after.status, after.released) == (ProductStatus.CACHED, 2)
    made, before_it = (
        [{k: v for k, v in one.items() if k != "published"} for one in found] for found in (after.files, state.files)
    )
    assert made == before_it  # and where they lie in public
    assert _released() == {"sheet", "sound"}
    row = _row(editor, page)
    assert row["hear"] is None
    assert row["listened"].startswith("Đã nghe duyệt: uBiên tập viên ")


def test_a_changed_sentence_is_held_again_and_shown_alone(
    held: tuple[Any, ProductState], login: Callable[..., Any]
) -> None:
    page, state = held
    editor = login(EDITORS)
    _approve(editor, page, state)
    worker.run(once=True)
    page.summary = "Từ hôm nay có một câu khác."
    page.save_revision()
    SystemApprovalAction(page).execute()
    page.get_latest_revision().publish()
    worker.run(once=True)
    after = _sound()
    assert after.held
    assert after.released is None
    assert "1 câu mới hoặc đã đổi: “Từ hôm nay có một câu khác.”" in after.reason
    assert _released() == {"sheet"}
    hear = _row(editor, page)["hear"]
    assert (hear["sentences"], hear["changed"]) == (["Từ hôm nay có một câu khác."], True)
    _approve(editor, page, after)
    worker.run(once=True)
    assert _released() == {"sheet", "sound"}


def test_nobody_approves_another_sound_than_they_have_heard(
    held: tuple[Any, ProductState], login: Callable[..., Any]
) -> None:
    page, state = held
    editor = login(EDITORS)
    answer = _approve(editor, page, state, sha256="0" * 64)
    assert answer.status_code == 409
    assert "hãy nghe lại" in answer.json()["refused"]
    assert _approve(editor, page, state, state="x").status_code == 404
    sheet = ProductState.objects.get(slug=SLUG, lang="vi", product="sheet")
    assert _approve(editor, page, sheet).status_code == 409
    assert not SoundApproval.objects.exists()


def test_who_may_approve(held: tuple[Any, ProductState], login: Callable[..., Any]) -> None:
    page, state = held
    url = reverse("sound_approve", args=[page.pk])
    assert "login" in _approve(Client(), page, state).headers["Location"]
    contributor = login(CONTRIBUTORS)
    assert contributor.get(reverse("production_states", args=[page.pk])).status_code in (302, 403)  # not theirs
    page.owner = contributor.user
    page.save(update_fields=["owner"])
    assert not _row(contributor, page)["hear"]["may_approve"]
    assert _approve(contributor, page, state).status_code in (302, 403)
    editor = login(EDITORS)
    assert editor.get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor.user)
    assert _approve(strict, page, state).status_code == 403
    assert not SoundApproval.objects.exists()
    contributor.user.user_permissions.add(Permission.objects.get(codename="approve_sound"))
    assert _approve(contributor, page, state).status_code == 200  # the right alone decides, not the group


def test_editors_have_the_right_from_the_start(site: str) -> None:
    assert Group.objects.get(name=EDITORS).permissions.filter(codename="approve_sound").exists()
    assert not Group.objects.get(name=CONTRIBUTORS).permissions.filter(codename="approve_sound").exists()
    call_command("migrate", verbosity=0)  # what it says at the end of every migration makes no second one
    assert Permission.objects.filter(codename="approve_sound").count() == 1


def test_what_is_held_is_heard_by_those_who_make_it_alone(
    held: tuple[Any, ProductState], login: Callable[..., Any]
) -> None:
    page, state = held
    address, sheet = _address(page, state), ProductState.objects.get(slug=SLUG, lang="vi", product="sheet")
    assert "login" in Client().get(address).headers["Location"]
    stranger = login("")
    assert stranger.get(address).status_code in (302, 403)
    editor = login(EDITORS)
    whole = editor.get(address)
    data = whole.getvalue()
    assert (whole.status_code, data[:7]) == (200, b"sound: ")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert "no-store" in whole.headers["Cache-Control"]
    another = reverse("production_file", args=[page.pk, state.pk, sheet.files[0]["sha256"]])
    assert editor.get(another).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "piece"),
    [
        ("bytes=2-5", 206, slice(2, 6)),
        ("bytes=4-", 206, slice(4, None)),
        ("bytes=-3", 206, slice(-3, None)),
        ("bytes=0-999999", 206, slice(0, None)),
        ("bytes=0-1,4-5", 200, slice(0, None)),
        ("seconds=1-2", 200, slice(0, None)),
        ("bytes=999999-", 416, slice(0, 0)),
        ("bytes=5-2", 416, slice(0, 0)),
        ("bytes=-0", 416, slice(0, 0)),
        ("bytes=-", 200, slice(0, None)),
    ],
)
@pytest.mark.parametrize("on_disk", [True, False])
def test_a_player_may_begin_in_the_middle(tmp_path: Path, asked: str, status: int, piece: slice, on_disk: bool) -> None:
    data = bytes(range(200)) * 3000  # more than one piece of a stream
    (tmp_path / "sound").write_bytes(data)
    content = tmp_path / "sound" if on_disk else data
    request = RequestFactory().get("/", headers={"range": asked})
    answer = private_file(request, content, media_type="audio/mpeg", sha256="ab")
    assert answer.status_code == status
    body = answer.content if status == 416 else answer.getvalue()
    assert body == data[piece]
    if status == 206:
        start, stop, _ = piece.indices(len(data))
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(data)}"
        assert int(answer.headers["Content-Length"]) == len(body)
    other = RequestFactory().get("/", headers={"range": asked, "if-range": '"other"'})
    assert private_file(other, content, media_type="audio/mpeg", sha256="ab").status_code == 200


def test_a_file_that_lies_in_its_parts_is_heard_whole_and_one_that_is_gone_is_told(
    held: tuple[Any, ProductState], login: Callable[..., Any]
) -> None:
    page, state = held
    whole = Pieced([b"first ", b"second"])
    record = Cache(settings.LOA.cache).save("ab" * 32, Made({"out.txt": whole}))
    state.files[0]["sha256"] = record.files["out.txt"].sha256
    state.save()
    editor = login(EDITORS)
    answer = editor.get(_address(page, state), headers={"range": "bytes=4-8"})
    assert (answer.status_code, answer.getvalue()) == (206, b"t sec")
    state.files[0]["sha256"] = "0" * 64
    state.save()
    assert editor.get(_address(page, state)).status_code == 404


def test_what_somebody_put_their_name_to_stays(held: tuple[Any, ProductState], login: Callable[..., Any]) -> None:
    page, state = held
    editor = login(EDITORS)
    _approve(editor, page, state)
    row = SoundApproval.objects.get()
    for change in (row.save, row.delete, SoundApproval.objects.all().delete):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(TypeError):
        SoundApproval.objects.update(who="Người khác")
    get_user_model().objects.get(pk=editor.user.pk).delete()
    row.refresh_from_db()
    assert (row.who, row.user) == ("uBiên tập viên", None)


def test_a_new_address_keeps_what_was_heard(held: tuple[Any, ProductState], login: Callable[..., Any]) -> None:
    page, state = held
    _approve(login(EDITORS), page, state)
    worker.run(once=True)
    page.refresh_from_db()
    page.slug = "luong-huu"
    page.save_revision().publish()
    worker.run(once=True)
    row = ProductState.objects.get(slug="luong-huu", lang="vi", product="sound")
    assert row.released is not None
