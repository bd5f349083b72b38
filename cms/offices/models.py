"""Offices of provinces and communes, with the contact block that local products print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar

from anyascii import anyascii
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from cms.core.library import stored_image
from cms.core.words import in_words
from cms.offices.enums import StoryStatus, UnitKind
from render.article import Picture
from render.edition import Office as RenderOffice
from render.errors import LoaError
from render.local import checked_stories, known_logo, logo_alt
from render.paths import ASSETS

_TELEPHONE = re.compile(r"[+(]?[0-9][0-9 .()/–-]{2,}(?:(?:nhánh|máy lẻ|ext\.?) ?[0-9]{1,5})?")


@cache
def former_names() -> tuple[tuple[str, str], ...]:
    """Names of provinces and districts before 7/2025, each with the code of the province that holds the place today."""
    lines = (ASSETS / "places" / "former.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple((name, province) for name, _kind, province in rows[1:])


class Office(index.Indexed, models.Model):
    """One office. What is unknown stays empty and is not printed."""

    code = models.CharField(
        _("Code"),
        max_length=12,
        primary_key=True,
        validators=[RegexValidator(r"^\d{2}(\.\d{3,5})?\Z", _("A code is like 66, or 66.24133 for a commune."))],
    )
    name = models.CharField(_("Name"), max_length=200)
    unit = models.CharField(_("Administrative unit"), max_length=120)
    kind = models.CharField(_("Kind"), max_length=12, choices=UnitKind.choices)
    address = models.CharField(_("Address"), max_length=300, blank=True)
    hotline = models.CharField(
        _("Hotline"), max_length=40, blank=True, help_text=_("Empty: products print the national hotline.")
    )
    email = models.EmailField(_("E-mail"), blank=True)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("Logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("PNG or JPEG, at least 496 pixels wide or 165 high."),
    )
    story = models.TextField(
        _("Local story"),
        blank=True,
        help_text=_("It stands in place of an article's local story. Paragraphs and lists; figures as {{ key }}."),
    )
    # The same in other languages, by tag, as a file of offices brings them.
    stories = models.JSONField(default=dict, blank=True, editable=False)

    search_fields = [
        index.SearchField("name"),
        index.SearchField("name_ascii"),
        index.AutocompleteField("name"),
        index.AutocompleteField("name_ascii"),
        index.SearchField("former_names"),
        index.AutocompleteField("former_names"),
    ]

    class Meta:
        ordering = ("code",)
        verbose_name = _("Office")
        verbose_name_plural = _("Offices")

    def __str__(self) -> str:
        return f"{self.code} · {self.unit}"

    def name_ascii(self) -> str:
        """For a search without accents."""
        return anyascii(f"{self.name} {self.unit}")

    def former_names(self) -> str:
        """The provinces and districts before 7/2025 that lie in this province: people still look for them."""
        return " ".join(name for name, code in former_names() if code == self.code)

    def clean(self) -> None:
        """An office changes its contact block, its logo and its story; each is checked as a file's would be."""
        super().clean()
        checks = {"story": lambda: checked_stories(self.story, self.code), "logo": lambda: known_logo(self.as_office())}
        errors: dict[str, list[str]] = {}
        if self.hotline and not _TELEPHONE.fullmatch(self.hotline):
            errors["hotline"] = [_("This is no telephone number.")]
        for name, check in checks.items():
            try:
                check()
            except LoaError as error:
                errors[name] = [in_words(error)]
        if errors:
            raise ValidationError(errors)

    def as_office(self) -> RenderOffice:
        """As the pipeline knows it."""
        return RenderOffice(
            code=self.code,
            name=self.name,
            unit=self.unit,
            kind=self.kind,
            address=self.address,
            hotline=self.hotline,
            email=self.email,
            logo=self._logo(),
            stories=(*((("vi", self.story),) if self.story.strip() else ()), *sorted(self.stories.items())),
        )

    def _logo(self) -> Picture | None:
        if self.logo is None:
            return None
        path = Path(self.logo.file.path)
        return Picture(path.name, logo_alt(self.name), self.name, path=path)


class OfficeMember(models.Model):
    """Somebody works for an office: they may change its own blocks, and no other's."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("User"), on_delete=models.CASCADE, related_name="offices"
    )
    office = models.ForeignKey(Office, verbose_name=_("Office"), on_delete=models.CASCADE, related_name="members")

    class Meta:
        verbose_name = _("Member of an office")
        verbose_name_plural = _("Members of offices")
        constraints: ClassVar = [models.UniqueConstraint(fields=("user", "office"), name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} · {self.office}"


class LocalStory(models.Model):
    """A local story as an office wants to tell it. It stands in no product before an editor has said yes."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="told")
    story = models.TextField(_("Local story"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=320)
    at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=StoryStatus.choices, default=StoryStatus.WAITING, db_index=True)
    decided_by_name = models.CharField(max_length=320, blank=True)
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(_("Comment"), blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Local story")
        verbose_name_plural = _("Local stories")
        default_permissions: ClassVar = ()
        permissions: ClassVar = [("approve_story", _("Can approve local stories"))]

    def __str__(self) -> str:
        return f"{self.office}: {self.get_status_display()}"


def offices(codes: Iterable[str] | None = None) -> dict[str, RenderOffice]:
    """Offices by code: all of them, or those asked for that exist."""
    every = Office.objects.select_related("logo")
    rows = every if codes is None else every.filter(code__in=list(codes))
    return {row.code: row.as_office() for row in rows}


def office_choices() -> list[tuple[str, str]]:
    """Provinces to tick in a form."""
    return [(code, unit) for code, unit in Office.objects.values_list("code", "unit") if "." not in code]


def store_offices(found: Mapping[str, RenderOffice]) -> int:
    """Write offices from a file into the database; those that are there are brought up to date."""
    fields = ("name", "unit", "kind", "address", "hotline", "email")
    rows = [
        Office(
            code=one.code,
            logo=stored_image(one.logo, None) if one.logo else None,
            story=dict(one.stories).get("vi", ""),
            stories={tag: text for tag, text in one.stories if tag != "vi"},
            **{name: getattr(one, name) for name in fields},
        )
        for one in found.values()
    ]
    written = [*fields, "logo", "story", "stories"]
    Office.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=written)
    for row in rows:
        index.insert_or_update_object(row)  # writing in bulk sends no signals
    return len(rows)
