"""Errors as every answer tells them: one shape, in Vietnamese and English, never a trace of how it is made."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"

# Slug -> status, Vietnamese, English.
KNOWN: dict[str, tuple[int, str, str]] = {
    "bad-request": (400, "Yêu cầu không đọc được", "The request cannot be read"),
    "token-wrong": (401, "Mã truy cập thiếu, sai hoặc hết hạn", "The token is missing, wrong or expired"),
    "not-allowed": (403, "Mã truy cập này không được làm việc đó", "This token may not do that"),
    "origin-refused": (403, "Trang web này không được gửi báo cáo", "This web site may not send receipts"),
    "not-found": (404, "Không có nội dung này", "There is no such thing"),
    "method-not-allowed": (405, "Địa chỉ này không nhận cách gọi đó", "This address does not take that method"),
    "refused": (409, "Nội dung gửi lên không dùng được", "What was sent cannot be used"),
    "called-back": (410, "Tờ in này đã bị thu hồi", "This sheet was called back"),
    "cancelled": (410, "Đơn đặt in này đã bị hủy", "This print order was cancelled"),
    "too-large": (413, "Nội dung gửi lên quá dài", "What was sent is too long"),
    "not-json": (415, "Nội dung phải là JSON", "The body must be JSON"),
    "range": (416, "Phần tệp được yêu cầu không có", "The part of the file asked for does not exist"),
    "invalid": (422, "Tham số hoặc trường không đúng", "A parameter or a field is wrong"),
    "too-many": (429, "Gửi quá nhiều yêu cầu", "Too many requests"),
    "locked": (429, "Quá nhiều mã sai từ địa chỉ này", "Too many wrong tokens from this address"),
    "busy": (429, "Đang có nhiều lượt tải gói ZIP; hãy thử lại sau", "Several ZIPs are being sent; try again later"),
    "fault": (500, "Máy chủ gặp lỗi, hãy thử lại sau", "The server failed; try again later"),
    "unavailable": (503, "Kho phát hành tạm thời không đọc được", "The store of releases cannot be read now"),
}


@dataclass
class Problem(Exception):  # noqa: N818
    """Something that is answered with an error."""

    kind: str
    detail: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    retry_after_s: int = 0

    @property
    def status(self) -> int:
        """Of the answer."""
        return KNOWN[self.kind][0]

    def data(self) -> dict[str, Any]:
        """As it is answered."""
        status, vietnamese, english = KNOWN[self.kind]
        said: dict[str, Any] = {
            "type": f"/api/v1/docs#{self.kind}", "title": vietnamese, "title_en": english, "status": status,
            "detail": self.detail, "errors": self.errors,
        }  # fmt: skip
        return said

    def response(self) -> HttpResponse:
        """The answer."""
        body = json.dumps(self.data(), ensure_ascii=False)
        answer = HttpResponse(body, status=self.status, content_type=MEDIA_TYPE)
        if self.retry_after_s:
            answer["Retry-After"] = str(self.retry_after_s)
        if self.status == 401:
            answer["WWW-Authenticate"] = 'Bearer realm="loa"'
        return answer
