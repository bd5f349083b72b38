"""“Đã phát” from a page without JavaScript: a plain form, answered with a page that leads back."""

from __future__ import annotations

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


def receipt_form(request: HttpRequest) -> HttpResponse:
    """The fields of `POST /public/receipts`, form-encoded; a `client_id` is made where there is none."""
    if request.method != "POST":
        problem = Problem("method-not-allowed").response()
        problem["Allow"] = "POST"
        return problem
    slow_down(request)
    said = {name: request.POST[name].strip() for name in ("commune", "edition", "product") if request.POST.get(name)}
    said["edition"] = said.get("edition", "").upper().replace(" ", "")
    client_id = request.POST.get("client_id") or secrets.token_hex(12)
    reason = ""
    try:
        body = PublicReceiptIn(**said, client_id=client_id)
        told = actions.Told(body.client_id, ReceiptKind.PLAYED, body.commune, body.edition, product=body.product or "")
        with translation.override("vi"):
            actions.TakeReceiptAction(told).execute()
    except Invalid:
        reason = "Mã trên tờ hướng dẫn gồm 12 chữ và số; hãy kiểm tra lại."
    except ValidationError as error:
        reason = error.messages[0]
    except PermissionDenied:
        reason = "Không được báo cho nơi này."
    commune = said.get("commune", "")
    back = store_url(f"loa/{commune}.html") if not reason and commune else store_url("loa/index.html")
    return render(request, "delivery/receipt.html", {"reason": reason, "back": back}, status=409 if reason else 200)
