"""Facts as rows: what they are called, every value ever recorded, and the changes by which all of it came."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from anyascii import anyascii
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from cms.audit.models import AppendOnlyError
from cms.facts.enums import OPEN, ChangeKind, ChangeStatus
from cms.facts.timeline import painted
from render.facts import UNITS, Amount, decimal_text
from render.facts import Fact as RenderFact
from render.facts import FactValue as RenderValue

_GROUPED = re.compile(r"\d{1,3}(?:[. \u00a0]\d{3})+(?:,\d+)?")
KEY = RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Use a to z, digits and _, beginning with a letter."))
# What a fact is beside its values; `review_by` is an ISO date, `owner` is user:<name> or group:<name>.
PARTICULARS = ("label", "unit", "suffix", "formula", "source", "review_by", "owner")


def unit_choices() -> list[tuple[str, str]]:
    """The pipeline's units, with their labels for editors."""
    return [(name, _(unit.label)) for name, unit in UNITS.items()]


class Kept(models.QuerySet[Any]):
    """Rows that are appended, and neither changed nor deleted."""

    def update(self, **kwargs: Any) -> int:
        """Never."""
        raise AppendOnlyError("the history of facts is only appended to")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Never."""
        raise AppendOnlyError("the history of facts is only appended to")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Never."""
        raise AppendOnlyError("the history of facts is only appended to")


class Recorded(models.Model):
    """What was recorded, when and by whom. People are kept by number and name: they may be deleted."""

    recorded_at = models.DateTimeField(_("Recorded at"), default=timezone.now)
    recorded_by_id = models.BigIntegerField(null=True)  # None: the system
    recorded_by_name = models.CharField(_("Recorded by"), max_length=320, blank=True)

    objects = Kept.as_manager()

    class Meta:
        abstract = True
        ordering = ("pk",)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Written once."""
        if not self._state.adding:
            raise AppendOnlyError("the history of facts is only appended to")
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never."""
        raise AppendOnlyError("the history of facts is only appended to")


class Fact(index.Indexed, models.Model):
    """One amount, age, rate or address that articles say by its key.

    The fields are what holds today; where they come from stands in the fact's versions and changes.
    """

    key = models.CharField(
        _("Key"), max_length=64, unique=True, validators=[KEY], help_text=_("Articles say it as {{ key }}.")
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
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("In charge"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="facts",
    )
    owner_group = models.ForeignKey(
        "auth.Group",
        verbose_name=_("In charge"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="facts",
    )
    retired_on = models.DateField(_("Retired from"), null=True, blank=True)

    search_fields: ClassVar = [
        index.SearchField("key"),
        index.SearchField("label"),
        index.SearchField("label_ascii"),
        index.AutocompleteField("key"),
        index.AutocompleteField("label_ascii"),
        index.FilterField("unit"),
        index.FilterField("id"),
    ]

    class Meta:
        ordering = ("pk",)
        verbose_name = _("Fact")
        verbose_name_plural = _("Facts")

    def __str__(self) -> str:
        return f"{self.label} ({self.key})"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never: a fact is retired, and its history stays."""
        raise AppendOnlyError("a fact is retired, never deleted")

    def label_ascii(self) -> str:
        """For a search without accents."""
        return anyascii(self.label)

    def as_fact(self) -> RenderFact:
        """As the pipeline knows it today."""
        return as_fact(
            self.key,
            {name: getattr(self, name) for name in ("label", "unit", "suffix", "formula", "source", "review_by")},
            self.values.all(),
        )

    @property
    def owner_name(self) -> str:
        """Who answers for it."""
        if self.owner is not None:
            return str(self.owner.get_full_name() or self.owner.get_username())
        return self.owner_group.name if self.owner_group is not None else ""

    @property
    def owner_code(self) -> str:
        """The owner as a version keeps it: user:<name> or group:<name>."""
        if self.owner is not None:
            return f"user:{self.owner.get_username()}"
        return f"group:{self.owner_group.name}" if self.owner_group is not None else ""


def as_fact(key: str, particulars: Any, values: Any) -> RenderFact:
    """The pipeline's fact of a row's fields and of all that was recorded of its values."""
    rows = () if particulars["formula"] else painted(value.as_value(particulars["unit"]) for value in values)
    return RenderFact(key=key, values=rows, where=key, **particulars)


class FactChange(models.Model):
    """A proposal to change a fact, and what became of it."""

    fact = models.ForeignKey(Fact, null=True, on_delete=models.PROTECT, related_name="changes")  # None: not yet there
    key = models.CharField(_("Key"), max_length=64, validators=[KEY], db_index=True)
    kind = models.CharField(_("Kind"), max_length=12, choices=ChangeKind.choices)
    # What is to be recorded: particulars by name, and "values", each with value, since, until, source, review_by.
    proposed = models.JSONField(default=dict)
    effective_on = models.DateField(_("In effect from"), null=True, blank=True)
    reason = models.TextField(_("Reason"), blank=True, max_length=2000)
    legal_basis = models.CharField(_("Legal basis"), max_length=500, blank=True)
    batch = models.CharField(max_length=40, blank=True, db_index=True)  # proposals of one imported file

    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("Proposed by")
    )
    proposed_by_name = models.CharField(max_length=320, blank=True)  # "" is the system
    proposed_at = models.DateTimeField(_("Proposed at"), default=timezone.now)
    status = models.CharField(
        _("Status"), max_length=10, choices=ChangeStatus.choices, default=ChangeStatus.PROPOSED, db_index=True
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("Decided by")
    )
    decided_by_name = models.CharField(max_length=320, blank=True)
    decided_at = models.DateTimeField(_("Decided at"), null=True)
    comment = models.TextField(_("Comment"), blank=True, max_length=2000)
    in_effect_at = models.DateTimeField(_("In effect since"), null=True)
    said_before = models.CharField(_("Before"), max_length=200, blank=True)  # printed, as it was when decided
    said_after = models.CharField(_("After"), max_length=200, blank=True)
    impact = models.JSONField(default=dict)  # the counts that the reviewer saw

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Change of a fact")
        verbose_name_plural = _("Changes of facts")
        default_permissions: ClassVar = ("add", "view")
        permissions: ClassVar = [("approve_factchange", _("Can approve changes of facts"))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label}"

    @property
    def label(self) -> str:
        """What the fact is called, or is to be called."""
        return str(self.fact.label if self.fact is not None else self.proposed.get("label") or self.key)

    @property
    def is_open(self) -> bool:
        """Neither carried out nor turned down."""
        return self.status in OPEN

    def new_values(self, unit: str) -> tuple[RenderValue, ...]:
        """The values that it would record, as the pipeline knows them."""
        return tuple(value_from(one, unit) for one in self.proposed.get("values", ()))


class FactVersion(Recorded):
    """What a fact is called and how it is worked out, from a day on: only what that change changed."""

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="versions")
    particulars = models.JSONField(default=dict)
    effective_on = models.DateField(null=True)  # None: always
    change = models.ForeignKey(FactChange, null=True, on_delete=models.PROTECT, related_name="versions")

    class Meta(Recorded.Meta):
        verbose_name = _("Version")
        verbose_name_plural = _("Versions")
        default_permissions: ClassVar = ("view",)

    def __str__(self) -> str:
        return f"{self.fact_id}: {', '.join(self.particulars)}"


class FactValue(Recorded):
    """A value from one day to another, both inclusive, as it was recorded; an empty end is open.

    Later rows cover earlier ones (`cms.facts.timeline`); an empty value says that there is none any more.
    """

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="values")
    value = models.CharField(_("Value"), max_length=200, blank=True, help_text=_("500.000 or 4,5 or 1900 9068"))
    since = models.DateField(_("From"), null=True, blank=True)
    until = models.DateField(_("To"), null=True, blank=True)
    source = models.CharField(_("Legal basis"), max_length=500, blank=True)
    review_by = models.DateField(_("Review by"), null=True, blank=True)
    change = models.ForeignKey(FactChange, null=True, on_delete=models.PROTECT, related_name="values")

    class Meta(Recorded.Meta):
        verbose_name = _("Value")
        verbose_name_plural = _("Values")
        default_permissions: ClassVar = ("view",)

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
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return self.note


class FactDay(models.Model):
    """One row: the day for which builds were last asked for, so that no day is missed and none is asked for twice."""

    on = models.DateField()

    class Meta:
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return self.on.isoformat()


def value_data(value: RenderValue) -> dict[str, str]:
    """A value as a proposal keeps it."""
    return {
        "value": value.value if isinstance(value.value, str) else decimal_text(value.value),
        "since": value.since.isoformat() if value.since else "",
        "until": value.until.isoformat() if value.until else "",
        "source": value.source,
        "review_by": value.review_by.isoformat() if value.review_by else "",
    }


def value_from(data: Any, unit: str) -> RenderValue:
    """A value as a proposal keeps it, for the pipeline."""

    def day(name: str) -> dt.date | None:
        return dt.date.fromisoformat(data[name]) if data.get(name) else None

    return RenderValue(
        value=amount(data["value"], unit),
        since=day("since"),
        until=day("until"),
        source=data.get("source", ""),
        review_by=day("review_by"),
    )


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
