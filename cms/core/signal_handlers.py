"""Permissions by Vietnamese names: Django writes their names into the database once, in English."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.utils import translation

_DOES = {
    "add": "Thêm", "change": "Sửa", "delete": "Xóa", "view": "Xem", "publish": "Xuất bản", "lock": "Khóa",
    "unlock": "Mở khóa", "choose": "Chọn",
}  # fmt: skip
_NAMELESS = {"wagtailcore.locale": "ngôn ngữ"}  # models of others without a name to translate


def name_permissions(**_signal: Any) -> None:
    """After each migration: those upon one model's records, by what they allow and the model's own name."""
    named = []
    with translation.override("vi"):
        for permission in Permission.objects.select_related("content_type"):
            if (words := _words(permission)) and permission.name != words:
                permission.name = words
                named.append(permission)
    Permission.objects.bulk_update(named, ["name"])


def _words(permission: Any) -> str:
    model = permission.content_type.model_class()
    action, _line, what = permission.codename.partition("_")
    if model is None or action not in _DOES or what != model._meta.model_name:
        return ""
    name = _NAMELESS.get(model._meta.label_lower) or str(model._meta.verbose_name)
    return f"{_DOES[action]} {name[:1].lower()}{name[1:]}"[:255]
