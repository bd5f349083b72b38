"""Days in templates as official documents write them."""

from __future__ import annotations

import datetime as dt

from django import template

from render.facts import FactValue, vietnamese_number
from render.phrases import vietnamese_date

register = template.Library()


@register.filter
def day(value: dt.date | None) -> str:
    """01/7/2025; nothing where there is none."""
    return vietnamese_date(value) if value else ""


@register.filter
def written(value: FactValue) -> str:
    """A value as people write it: 650.000."""
    return value.value if isinstance(value.value, str) else vietnamese_number(value.value)
