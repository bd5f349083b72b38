"""“Đã phát” from a page without JavaScript: a plain form, answered with a page that leads back."""

from __future__ import annotations

import re
import secrets

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from pydantic import ValidationError as Invalid

from cms.core.public import store_url
from cms.delivery import actions
from cms.delivery.api.guard import slow_down
from cms.delivery.api.problems import Problem
from cms.delivery.api.schemas import PublicReceiptIn
from cms.delivery.enums import ReceiptKind
from cms.delivery.released import released
from render.communes import communes
from render.pagewords import grouped

_ALIKE = str.maketrans("OIL", "011")
_OF_COMMUNE = 5  # digits


def receipt_form(request: HttpRequest) -> HttpResponse:
    """The fields of `POST /public/receipts`, form-encoded; a `client_id` is made where there is none.

    GET is the form itself: for whoever has only the code printed on a sheet.
    """
    if request.method in ("GET", "HEAD"):
        return _page(request, {name: request.GET.get(name, "")[:20] for name in ("commune", "edition")}, asking=True)
    if request.method != "POST":
        problem = Problem("method-not-allowed").response()
        problem["Allow"] = "GET, HEAD, POST"
        return problem
    slow_down(request)
    said = {name: request.POST[name].strip() for name in ("commune", "edition", "product") if request.POST.get(name)}
    said |= {"commune": _commune(said.get("commune", "")), "edition": _edition(said.get("edition", ""))}
    client_id = request.POST.get("client_id") or secrets.token_hex(12)
    reason = ""
    try:
        body = PublicReceiptIn(**said, client_id=client_id)
        told = actions.Told(body.client_id, ReceiptKind.PLAYED, body.commune, body.edition, product=body.product or "")
        with translation.override("vi"):
            actions.TakeReceiptAction(told).execute()
    except Invalid:
        reason = "Mã xã có dạng 66.24133, mã bản in gồm 12 chữ và số; hãy kiểm tra lại."
    except ValidationError as error:
        reason = error.messages[0]
    except PermissionDenied:
        reason = "Không được báo cho nơi này."
    return _page(request, said, reason=reason)


def _edition(text: str) -> str:
    """A code as people write it: O for 0, I and L for 1, with spaces or hyphens, as the public page reads it too."""
    return re.sub(r"[\s.-]", "", text).upper().translate(_ALIKE)


def _commune(text: str) -> str:
    """“66,24133”, “66 24133” and “6624133” are 66.24133; the five digits of a commune are enough."""
    digits = "".join(found) if (found := re.findall(r"[0-9]+", text)) and not re.search(r"[^0-9\s.,-]", text) else ""
    if len(digits) == _OF_COMMUNE:
        return next((one.office for one in communes() if one.code == digits), text)
    return f"{digits[:2]}.{digits[2:]}" if len(digits) == 2 + _OF_COMMUNE else text


def _page(request: HttpRequest, said: dict[str, str], *, asking: bool = False, reason: str = "") -> HttpResponse:
    commune = said.get("commune", "")
    known = not asking and not reason and commune
    edition = said.get("edition", "")
    context = {
        "asking": asking,
        "reason": reason,
        "commune": commune,
        "edition": edition,
        "grouped": grouped(edition),
        "unit": next((one.unit for one in communes() if known and one.office == commune), ""),
        "called_back": store_url(f"q/{edition}") if known and edition not in released().editions else "",
        "back": store_url(f"loa/{commune}.html") if known else store_url("loa/index.html"),
    }
    return render(request, "delivery/receipt.html", context, status=409 if reason else 200)
