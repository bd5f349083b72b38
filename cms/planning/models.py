"""What articles are about, and the campaigns they belong to."""

from __future__ import annotations

from typing import Any, ClassVar

from anyascii import anyascii
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from cms.core.fields import ChosenField
from render.campaigns import campaigns

KEY = RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z", _("Use a to z, digits and single hyphens: huu-tri-xa-hoi"))


def audience_choices() -> list[tuple[int, str]]:
    """The six audiences."""
    from cms.articles.enums import Audience

    return list(Audience.choices)


def theme_choices() -> list[tuple[str, str]]:
    """The brand's themes that a campaign may wear."""
    return [(name, name) for name in campaigns()]


class Topic(models.Model):
    """One entry of the vocabulary; the calendar counts by it."""

    key = models.CharField(_("Key"), max_length=60, unique=True, validators=[KEY], help_text="huu-tri-xa-hoi")
    name = models.CharField(_("Name"), max_length=80)
    order = models.PositiveSmallIntegerField(_("Order"), default=0)

    class Meta:
        ordering = ("order", "name")
        verbose_name = _("Topic")
        verbose_name_plural = _("Topics")

    def __str__(self) -> str:
        return self.name


class Campaign(index.Indexed, models.Model):
    """A span of time with a theme, audiences and goals; articles name it by its key."""

    key = models.CharField(_("Key"), max_length=40, unique=True, validators=[KEY], help_text="thang-bhxh-toan-dan")
    title = models.CharField(_("Title"), max_length=200)
    theme = models.CharField(
        _("Colours"),
        max_length=40,
        blank=True,
        choices=theme_choices,
        help_text=_("The theme that its products wear. Empty: that of the article's priority."),
    )
    begins = models.DateField(_("From"))
    ends = models.DateField(_("To"))
    audiences = ChosenField(_("Audiences"), choices_of=audience_choices, coerce=int, blank=True)
    goals = models.TextField(_("Goals"), blank=True, max_length=4000)

    search_fields: ClassVar = [
        index.SearchField("title"),
        index.SearchField("title_ascii"),
        index.AutocompleteField("title_ascii"),
    ]

    class Meta:
        ordering = ("-begins", "key")
        verbose_name = _("Campaign")
        verbose_name_plural = _("Campaigns")

    def __str__(self) -> str:
        return self.title

    def title_ascii(self) -> str:
        """For a search without accents."""
        return anyascii(self.title)

    def clean(self) -> None:
        """It ends after it begins; a name that is a theme's own keeps that theme."""
        super().clean()
        if self.begins and self.ends and self.ends < self.begins:
            raise ValidationError({"ends": _("It ends before it begins.")})
        if self.key in campaigns() and self.theme and self.theme != self.key:
            raise ValidationError({"theme": _("A campaign that is called like a theme wears that theme.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What is kept of the themes is kept no longer."""
        super().save(*args, **kwargs)
        cache.delete(_KEPT)


_KEPT = "planning.themes"


def campaign_choices() -> list[tuple[str, str]]:
    """Campaigns by key, and the themes that no campaign is called by: an article file may name either."""
    rows = list(Campaign.objects.values_list("key", "title"))
    known = {key for key, _title in rows}
    return rows + [(name, name) for name in campaigns() if name not in known]


def topic_choices() -> list[tuple[str, str]]:
    """The vocabulary."""
    return list(Topic.objects.values_list("key", "name"))


def theme_of(key: str) -> str:
    """The theme that products of a campaign wear: its own, or the one it is called by; "" for none."""
    if not key:
        return ""
    kept = cache.get(_KEPT)
    if kept is None:
        kept = dict(Campaign.objects.values_list("key", "theme"))
        cache.set(_KEPT, kept, 5)
    theme: str = kept.get(key) or (key if key in campaigns() else "")
    return theme
