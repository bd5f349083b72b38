"""A legal document: its number, who issued it, from when to when it holds, what replaces it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any, ClassVar

from anyascii import anyascii
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from cms.register.enums import DocumentKind, Standing

# "41/2024/QH15", "176/2025/NĐ-CP", "07/CT-TTg": digits, then whose and what, parted by strokes.
NUMBER = re.compile(r"(?<![\w/])\d{1,5}(?:/\d{4})?/[A-ZĐ]{1,8}\d{0,3}(?:-[A-ZĐ][A-Za-zĐđ]{0,9}){0,3}(?![\w/-])")
_WHOLE = RegexValidator(rf"^{NUMBER.pattern}\Z", _("Write the number as the document has it: 176/2025/NĐ-CP"))


def numbers_in(text: str) -> list[str]:
    """The numbers of legal documents that a text names."""
    return NUMBER.findall(unicodedata.normalize("NFC", text))


class LegalDocument(index.Indexed, models.Model):
    """What facts and articles rest on, by its number."""

    number = models.CharField(_("Number"), max_length=40, unique=True, validators=[_WHOLE], help_text="176/2025/NĐ-CP")
    kind = models.CharField(_("Kind"), max_length=12, choices=DocumentKind.choices, default=DocumentKind.DECREE)
    title = models.CharField(_("Title"), max_length=500, blank=True)
    issuer = models.CharField(_("Issued by"), max_length=200, blank=True)
    issued_on = models.DateField(_("Issued on"), null=True, blank=True)
    in_force_from = models.DateField(_("In force from"), null=True, blank=True)
    in_force_until = models.DateField(
        _("In force until"), null=True, blank=True, help_text=_("Its last day. Empty: no end is known.")
    )
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces", verbose_name=_("Replaced by")
    )
    link = models.URLField(
        _("Address"), max_length=500, blank=True, validators=[URLValidator(schemes=["https"])], help_text="https://…"
    )
    note = models.TextField(_("Note"), blank=True, max_length=2000)

    search_fields: ClassVar = [
        index.SearchField("number"),
        index.SearchField("title"),
        index.SearchField("text_ascii"),
        index.AutocompleteField("number"),
        index.AutocompleteField("text_ascii"),
        index.FilterField("kind"),
    ]

    class Meta:
        ordering = ("-in_force_from", "number")
        verbose_name = _("Legal document")
        verbose_name_plural = _("Legal documents")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As a text cites it: "Nghị định 176/2025/NĐ-CP"."""
        return self.number if self.kind == DocumentKind.OTHER else f"{self.get_kind_display()} {self.number}"

    def text_ascii(self) -> str:
        """For a search without accents."""
        return anyascii(f"{self.name} {self.title} {self.issuer}")

    def clean(self) -> None:
        """Dates in their order; nothing replaces itself, nor what replaces it."""
        super().clean()
        errors: dict[str, Any] = {}
        if self.in_force_from and self.in_force_until and self.in_force_until < self.in_force_from:
            errors["in_force_until"] = _("It ends before it begins.")
        if self.issued_on and self.in_force_from and self.in_force_from < self.issued_on:
            errors["in_force_from"] = _("It is in force before it was issued.")
        seen, after = {self.pk or self.number}, self.replaced_by
        while after is not None:
            if (after.pk or after.number) in seen or after.number == self.number:
                errors["replaced_by"] = _("The documents replace each other in a circle.")
                break
            seen.add(after.pk)
            after = after.replaced_by
        if errors:
            raise ValidationError(errors)

    def standing(self, day: dt.date) -> Standing:
        """Where it stands on a day."""
        if self.in_force_from and day < self.in_force_from:
            return Standing.COMING
        if self.in_force_until and day > self.in_force_until:
            return Standing.REPLACED if self.replaced_by_id else Standing.ENDED
        if self.replaced_by_id and not self.in_force_until:
            begins = self.replaced_by.in_force_from if self.replaced_by else None
            return Standing.IN_FORCE if begins and day < begins else Standing.REPLACED
        return Standing.IN_FORCE

    def successor(self) -> LegalDocument | None:
        """What replaces it in the end."""
        found, seen = self.replaced_by, {self.pk}
        while found is not None and found.replaced_by is not None and found.pk not in seen:
            seen.add(found.pk)
            found = found.replaced_by
        return found
