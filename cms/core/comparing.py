"""How two revisions are set side by side: lists by their items' names, days as they are written here, no bare None."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils.html import escape
from django.utils.timezone import localtime
from wagtail.admin.compare import FieldComparison, M2MFieldComparison, TextDiff, register_comparison_class

from cms.core.fields import ChosenField, LinesField


class ListComparison(M2MFieldComparison):  # type: ignore[misc]
    """Item by item, each as it stands beside its box or on its line."""

    def get_items(self) -> tuple[list[Any], list[Any]]:
        """Those of both revisions."""
        return list(self.val_a or []), list(self.val_b or [])

    def get_item_display(self, item: Any) -> str:
        """Its name; what is no choice any more, as it was kept."""
        names = dict(self.field.choices_of()) if isinstance(self.field, ChosenField) else {}
        return str(names.get(item, item))


class DayComparison(FieldComparison):  # type: ignore[misc]
    """A day, or a moment in Vietnam's time; nothing where there is none."""

    def htmldiff(self) -> str:
        """The old one struck out, the new one marked."""
        old, new = _written(self.val_a), _written(self.val_b)
        if old == new:
            return str(escape(new))
        told = [("deletion", old), ("addition", new)]
        return str(TextDiff([one for one in told if one[1]]).to_html())


def _written(value: dt.date | None) -> str:
    if isinstance(value, dt.datetime):
        return f"{localtime(value):%H:%M %d/%m/%Y}"
    return f"{value:%d/%m/%Y}" if value else ""


def register() -> None:
    """For every model of the site."""
    for field in (ChosenField, LinesField):
        register_comparison_class(field, comparison_class=ListComparison)
    register_comparison_class(models.DateField, comparison_class=DayComparison)
