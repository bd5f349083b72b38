"""Numbers with dots, and events in words, for delivery's screens."""

from __future__ import annotations

from django import template

from cms.delivery.enums import HookEvent

register = template.Library()


@register.filter
def dotted(number: float | None) -> str:
    """1.234.567, as money is written here; a dash for nothing."""
    return "–" if number is None else f"{round(number):,}".replace(",", ".")


@register.filter
def event_label(name: str) -> str:
    """An event in words."""
    return str(HookEvent(name).label) if name in HookEvent.values else name
