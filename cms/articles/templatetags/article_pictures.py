"""Pictures of a draft, for its preview."""

from __future__ import annotations

from django import template
from django.conf import settings

from render.article import Picture

register = template.Library()


@register.filter
def media_address(picture: Picture) -> str:
    """Where the site shows an image of its library to those who write."""
    if picture.path is None or not picture.path.is_relative_to(settings.MEDIA_ROOT):
        return ""
    return f"{settings.MEDIA_URL}{picture.path.relative_to(settings.MEDIA_ROOT).as_posix()}"
