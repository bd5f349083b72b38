"""Addresses of listening and recording in the admin, and the right to approve among those of a group."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.urls import URLPattern, path, re_path
from wagtail import hooks

from cms.sound import views
from cms.sound.trials import NAME

_DESK = r"^sound/(?P<page_id>\d{1,17})/(?P<lang>[A-Za-z0-9-]{2,35})"


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks the page's permissions itself."""
    split = rf"{_DESK}/split/(?P<token>{NAME})"
    return [
        path("sound/<int:page_id>/approve", views.approve, name="sound_approve"),
        re_path(rf"{_DESK}/$", views.desk, name="sound_desk"),
        re_path(rf"{_DESK}/sheet\.pdf$", views.sheet, name="sound_sheet"),
        re_path(rf"{_DESK}/take/(?P<sha256>[0-9a-f]{{64}})/$", views.take, name="sound_take"),
        re_path(rf"{_DESK}/sign-off/$", views.sign_off, name="sound_sign_off"),
        re_path(rf"{split}/$", views.split, name="sound_split"),
        re_path(rf"{split}/sound/$", views.split_sound, name="sound_split_sound"),
        re_path(rf"{split}/picture/$", views.split_picture, name="sound_split_picture"),
    ]


@hooks.register("register_permissions")
def permissions() -> Any:
    """Offered in the form of a group."""
    return Permission.objects.filter(content_type__app_label="sound", codename="approve_sound")
