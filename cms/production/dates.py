"""The day that builds are made for."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from render.facts import FactBook


def build_date(facts: FactBook) -> dt.date:
    """`LOA_BUILD_DATE`, else the demonstration's day where the facts are a demonstration, else today in Vietnam."""
    if settings.BUILD_DATE:
        return dt.date.fromisoformat(settings.BUILD_DATE)
    return facts.demonstration_on or timezone.localdate()
