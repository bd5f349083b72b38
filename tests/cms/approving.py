"""What the tests of approval do over and over: edit, approve, hand in, take a step."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from django.urls import reverse

from cms.approval.actions import ApproveUnitsAction
from cms.approval.standing import standings
from cms.articles.models import PolicyArticlePage

SLUG = "luong-huu-tu-15-nam"


def edited(page: Any, user: Any, **fields: Any) -> Any:
    """Save a draft with other words; the page."""
    one = PolicyArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(one, name, value)
    one.save_revision(user=user, log_action=True)
    return PolicyArticlePage.objects.get(pk=page.pk)


def approve_all(page: Any, user: Any) -> list[Any]:
    """Approve every part that waits."""
    wanted = {one.key: one.digest for one in standings(latest(page)) if not one.is_approved}
    return ApproveUnitsAction(page, wanted, user=user).execute()


def latest(page: Any) -> Any:
    """The page as its last revision says it."""
    return PolicyArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()


def open_parts(page: Any) -> set[str]:
    """The parts that wait."""
    return {one.key for one in standings(latest(page)) if not one.is_approved}


def reword(page: Any, index: int, words: str, user: Any) -> Any:
    """Change a paragraph of the first block of running text from `index` on; the block's id."""
    one = latest(page)
    for child in list(one.body)[index:]:
        if child.block_type in ("prose", "notice"):
            for part in child.value["body"]:
                if part.block_type == "paragraph":
                    part.value = f"{part.value} {words}"
                    one.save_revision(user=user)
                    return child.id
    raise AssertionError("no paragraph")


def submit(page: Any, user: Any) -> Any:
    """Hand it in."""
    page = PolicyArticlePage.objects.get(pk=page.pk)
    return page.get_workflow().start(page, user)


def step(client: Any, page: Any, action: str = "approve", comment: str = "") -> Any:
    """Take the workflow's step on the screen."""
    return client.post(reverse("approval_step", args=[page.pk]), {"action": action, "comment": comment}, follow=True)


def form_of(client: Any, page: Any, *, words: str) -> dict[str, Any]:
    """What the editor's form would send, with one section of these words."""
    answer = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    [form] = [one for one in BeautifulSoup(answer.content, "html.parser").find_all("form") if one.find(id="id_title")]
    data: dict[str, Any] = {}
    for one in form.find_all(["input", "textarea", "select"]):
        name, kind = one.get("name"), one.get("type")
        if not name or kind in ("submit", "file", "button"):
            continue
        if one.name == "select":
            chosen = [option.get("value", "") for option in one.find_all("option") if option.has_attr("selected")]
            data |= {name: chosen} if chosen else {}
        elif one.name == "textarea":
            data[name] = one.text.removeprefix("\n")
        elif kind not in ("checkbox", "radio"):
            data[name] = one.get("value", "")
        elif one.has_attr("checked"):
            data.setdefault(name, []).append(one.get("value", "on"))
    part = "body-0-value-body-0"
    return data | {
        "picture-count": 0, "body-count": 1, "body-0-deleted": "", "body-0-order": 0, "body-0-type": "prose",
        "body-0-id": "", "body-0-value-section_id": "", "body-0-value-title": "", "body-0-value-body-count": 1,
        f"{part}-deleted": "", f"{part}-order": 0, f"{part}-type": "paragraph", f"{part}-id": "",
        f"{part}-value": words,
    }  # fmt: skip
