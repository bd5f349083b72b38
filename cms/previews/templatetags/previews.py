"""Pictures of drafts within the page that shows them: they have no address that anybody else could ask for."""

from __future__ import annotations

import base64

from django import template

from render.sketches import Shown

register = template.Library()


@register.filter
def data_address(picture: Shown) -> str:
    """The picture itself as an address."""
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode('ascii')}"
