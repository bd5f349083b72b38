"""A province's editor changes the province's own blocks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cms.audit.models import Entry
from cms.core.roles import CENTRAL_EDITOR, PROVINCIAL_EDITOR
from cms.offices.actions import DecideStoryAction, TellStoryAction
from cms.offices.enums import StoryStatus
from cms.offices.models import LocalStory, Office, OfficeMember
from cms.production.models import Build
from tests.cms.conftest import DEMO

STORY = "Ví dụ: một ông ở buôn làm hồ sơ trong một buổi sáng."


@pytest.fixture
def daklak(any_site: str, login: Callable[..., Any]) -> Any:
    """A browser of somebody of Đắk Lắk."""
    browser = login(PROVINCIAL_EDITOR, name="tinh")
    OfficeMember.objects.create(user=browser.user, office=Office.objects.get(code="66"))
    return browser


def _send(browser: Any, code: str = "66", **fields: Any) -> Any:
    office = Office.objects.get(code=code)
    data = {name: getattr(office, name) for name in ("address", "hotline", "email", "story")}
    return browser.post(reverse("offices_local", args=[code]), data | fields)


def test_the_contact_block_of_ones_own_office(daklak: Any) -> None:
    assert daklak.get(reverse("offices_mine")).headers["Location"] == reverse("offices_local", args=["66"])
    assert _send(daklak, address="Số 1 đường MẪU", hotline="0262 3 000 000").status_code == 302
    office = Office.objects.get(code="66")
    assert (office.address, office.hotline) == ("Số 1 đường MẪU", "0262 3 000 000")
    entry = Entry.objects.get(action="office.changed")
    assert (entry.actor_name, entry.subject) == ("tinh", "office:66")
    assert entry.details["address"]["new"] == "Số 1 đường MẪU"


def test_name_code_and_other_provinces_are_closed(daklak: Any) -> None:
    before = Office.objects.get(code="66").name
    _send(daklak, name="Tên khác", code="01", unit="Khác", kind="xa", address="A")
    assert Office.objects.get(code="66").name == before
    assert _send(daklak, "01", address="Chiếm").status_code in (302, 403)
    assert Office.objects.get(code="01").address != "Chiếm"
    assert daklak.get(reverse("offices_local", args=["01"])).status_code in (302, 403)
    for address in ("/admin/pages/", "/admin/snippets/facts/fact/", "/admin/snippets/offices/office/"):
        answer = daklak.get(address)
        assert answer.status_code in (302, 403), address
        assert answer.headers.get("Location", "/admin/") == "/admin/"


def test_a_story_stands_nowhere_before_an_editor_said_yes(daklak: Any, login: Callable[..., Any]) -> None:
    _send(daklak, story=STORY)
    assert Office.objects.get(code="66").story == ""
    told = LocalStory.objects.get()
    with pytest.raises(PermissionDenied):
        DecideStoryAction(told, user=daklak.user, approve=True).execute()
    editor = login(CENTRAL_EDITOR, name="bien")
    assert STORY in editor.get(reverse("offices_stories")).content.decode()
    editor.post(reverse("offices_decide", args=[told.pk]), {"action": "approve"})
    assert Office.objects.get(code="66").story == STORY
    assert list(Entry.objects.filter(subject="office:66").order_by("sequence").values_list("action", flat=True)) == [
        "office.story_told", "office.story_approved",
    ]  # fmt: skip


def test_an_editor_does_not_approve_a_story_of_their_own(daklak: Any, login: Callable[..., Any]) -> None:
    one, other = login(CENTRAL_EDITOR, name="bien").user, login("", superuser=True, name="chu").user
    told = TellStoryAction(Office.objects.get(code="66"), STORY, user=one).execute()
    assert told
    with pytest.raises(PermissionDenied):
        DecideStoryAction(told, user=one, approve=True).execute()
    later = TellStoryAction(Office.objects.get(code="66"), f"{STORY} Thêm.", user=other).execute()
    assert later
    told.refresh_from_db()
    assert told.status == StoryStatus.REPLACED
    with pytest.raises(PermissionDenied):
        DecideStoryAction(later, user=other, approve=True).execute()
    DecideStoryAction(later, user=one, approve=True).execute()
    assert Office.objects.get(code="66").story == f"{STORY} Thêm."


def test_what_cannot_be_printed_is_said_at_its_field(daklak: Any) -> None:
    answer = _send(daklak, story="## Tiêu đề không được phép")
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not LocalStory.objects.exists()
    logo = SimpleUploadedFile("logo.png", b"khong phai anh", content_type="image/png")
    answer = _send(daklak, logo_file=logo)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert Office.objects.get(code="66").logo is None


def test_a_logo_is_brought_and_taken_away(daklak: Any) -> None:
    picture = (DEMO / "articles" / "anh" / "nha-va-loa.png").read_bytes()
    answer = _send(daklak, logo_file=SimpleUploadedFile("bieu-trung.png", picture, content_type="image/png"))
    assert answer.status_code == 302, answer.context["form"].errors
    assert Office.objects.get(code="66").logo is not None
    _send(daklak, no_logo="on")
    assert Office.objects.get(code="66").logo is None


def test_a_saved_contact_block_makes_the_offices_leaflets_anew(daklak: Any, publish: Callable[..., Any]) -> None:
    page = publish("luong-huu-tu-15-nam")
    page.offices = ["66"]
    page.save_revision().publish()
    Build.objects.all().delete()
    _send(daklak, address="Số 2 đường MẪU")
    assert [(build.slug, build.offices) for build in Build.objects.all()] == [(page.slug, ["66"])]
