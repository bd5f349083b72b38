"""Facts as rows: a label, a unit, and values over time or a formula."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from anyascii import anyascii
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.search import index

from render.facts import UNITS, Amount
from render.facts import Fact as RenderFact
from render.facts import FactValue as RenderValue

_GROUPED = re.compile(r"\d{1,3}(?:[. \u00a0]\d{3})+(?:,\d+)?")


def unit_choices() -> list[tuple[str, str]]:
    """The pipeline's units, with their labels for editors."""
    return [(name, unit.label) for name, unit in UNITS.items()]


class Fact(index.Indexed, ClusterableModel):
    """One amount, age, rate or address that articles say by its key."""

    key = models.CharField(
        _("Key"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Use a to z, digits and _, beginning with a letter."))],
        help_text=_("Articles say it as {{ key }}."),
    )
    label = models.CharField(_("Label"), max_length=300)
    unit = models.CharField(_("Unit"), max_length=12, choices=unit_choices, default="money")
    suffix = models.CharField(
        _("Words after the number"), max_length=60, blank=True, help_text=_("Only for the unit “number”.")
    )
    formula = models.CharField(
        _("Formula"), max_length=300, blank=True, help_text=_("Instead of values: luong_co_so * bhyt_ty_le * 12")
    )
    source = models.CharField(_("Legal basis"), max_length=500, blank=True)
    review_by = models.DateField(_("Review by"), null=True, blank=True)
    # What the facts said when builds were last asked for; a change of it is a change of articles.
    built_digest = models.CharField(max_length=64, blank=True, editable=False)

    search_fields: ClassVar = [
        index.SearchField("key"),
        index.SearchField("label"),
        index.SearchField("label_ascii"),
        index.AutocompleteField("key"),
        index.AutocompleteField("label_ascii"),
        index.FilterField("unit"),
    ]

    class Meta:
        ordering = ("pk",)
        verbose_name = _("Fact")
        verbose_name_plural = _("Facts")

    def __str__(self) -> str:
        return f"{self.label} ({self.key})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With its values in one transaction: what listens for the commit sees both."""
        with transaction.atomic():
            super().save(*args, **kwargs)

    def label_ascii(self) -> str:
        """For a search without accents."""
        return anyascii(self.label)

    def as_fact(self) -> RenderFact:
        """As the pipeline knows it."""
        return RenderFact(
            key=self.key,
            label=self.label,
            unit=self.unit,
            suffix=self.suffix,
            formula=self.formula,
            source=self.source,
            review_by=self.review_by,
            values=tuple(value.as_value(self.unit) for value in self.values.all()),
            where=self.key,
        )


class FactValue(models.Model):
    """A value from one day to another, both inclusive; an empty end is open."""

    fact = ParentalKey(Fact, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(_("Value"), max_length=200, help_text=_("500.000 or 4,5 or 1900 9068"))
    since = models.DateField(_("From"), null=True, blank=True)
    until = models.DateField(_("To"), null=True, blank=True)
    source = models.CharField(_("Legal basis"), max_length=500, blank=True)
    review_by = models.DateField(_("Review by"), null=True, blank=True)
    sort_order = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("sort_order", "pk")
        verbose_name = _("Value")
        verbose_name_plural = _("Values")

    def __str__(self) -> str:
        return f"{self.value} ({self.since or '…'} – {self.until or '…'})"

    def as_value(self, unit: str) -> RenderValue:
        """As the pipeline knows it; what is no number stays text, for the pipeline's checks to refuse."""
        return RenderValue(
            value=amount(self.value, unit),
            since=self.since,
            until=self.until,
            source=self.source,
            review_by=self.review_by,
        )


class Demonstration(models.Model):
    """At most one row: the facts are demonstration data of a day, and every product says so."""

    on = models.DateField(_("Date"))
    note = models.CharField(_("Note"), max_length=200)

    class Meta:
        verbose_name = _("Demonstration")
        verbose_name_plural = _("Demonstration")

    def __str__(self) -> str:
        return self.note


def amount(text: str, unit: str) -> Amount:
    """A value as people write it here: "500.000" and "4,5" are numbers, and so are "500000" and "4.5"."""
    text = text.strip()
    if not UNITS[unit].printed:
        return text
    plain = text.replace("_", "")
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"[. \u00a0]", "", plain)
    plain = plain.replace(",", ".")
    if not re.fullmatch(r"\d{1,30}(\.\d{1,30})?", plain):
        return text
    try:
        return Decimal(plain)
    except InvalidOperation:
        return text
