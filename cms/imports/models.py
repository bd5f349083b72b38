"""An import with its files: the report before, the history after."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.articles.text import printed_title
from cms.core.labels import language_name
from cms.core.words import in_words
from cms.imports.enums import Result, State, Verdict
from render.errors import LoaError


class Import(models.Model):
    """Files that came together."""

    started_at = models.DateTimeField(_("Started at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("Finished at"), null=True, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("User"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    origin = models.CharField(_("Brought as"), max_length=200)
    state = models.CharField(_("State"), max_length=10, choices=State.choices, default=State.READING)
    home = models.ForeignKey(Page, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    token = models.CharField(max_length=32, editable=False, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-started_at", "-pk"]
        verbose_name = _("Import")
        verbose_name_plural = _("Imports")

    def __str__(self) -> str:
        return self.origin

    @property
    def folder(self) -> Path:
        """Where its files wait until they are imported or discarded."""
        assert self.token
        return Path(settings.LOA.home) / "imports" / self.token

    def make_folder(self) -> Path:
        """A new folder, closed to others."""
        self.token = get_random_string(24)
        self.folder.mkdir(parents=True, mode=0o700)
        return self.folder

    def drop_folder(self) -> None:
        """What was imported is in the database; what was not is not wanted."""
        if self.token:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.state in {State.READING, State.READY, State.APPLYING}

    def counts(self) -> dict[str, int]:
        """How many files have which verdict."""
        rows = self.files.values_list("verdict").annotate(models.Count("pk"))
        return dict(rows)


class ImportedFile(models.Model):
    """One file of an import."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("File"), max_length=400)
    stored = models.CharField(max_length=400, editable=False, blank=True)
    slug = models.CharField(_("Article"), max_length=255, blank=True, db_index=True)
    lang = models.CharField(_("Language"), max_length=35, blank=True)
    title = models.CharField(_("Title"), max_length=255, blank=True)
    verdict = models.CharField(_("Report"), max_length=10, choices=Verdict.choices, default=Verdict.WAITING)
    place = models.CharField(_("Place"), max_length=500, blank=True)
    what = models.TextField(_("Reason"), blank=True)
    mend = models.TextField(blank=True)
    missing_pictures = models.JSONField(_("Pictures missing"), default=list, blank=True)
    # Texts that people have written on the screen and the file would replace: [source, screen, file]. They stay, unless
    # `over_screen` is chosen.
    conflicts = models.JSONField(default=list, blank=True)
    over_screen = models.BooleanField(default=False)
    chosen = models.BooleanField(_("Chosen"), default=False)
    result = models.CharField(_("Result"), max_length=10, choices=Result.choices, blank=True, default="")
    page = models.ForeignKey(Page, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["batch", "verdict"]), models.Index(fields=["batch", "slug"])]
        verbose_name = _("Imported file")
        verbose_name_plural = _("Imported files")

    def __str__(self) -> str:
        return self.name

    @property
    def shown_title(self) -> str:
        """Its title with the figures as they stand today; its name while nobody has read it."""
        return printed_title(self.title) or self.name

    @property
    def is_choosable(self) -> bool:
        """Whether importing it would change something."""
        return self.verdict in {Verdict.NEW, Verdict.CHANGED}

    @property
    def reason(self) -> str:
        """Why it is refused and how to mend it, in the language of the screen."""
        return in_words(LoaError(self.what, where=self.place, mend=self.mend)) if self.what else ""

    @property
    def language_name(self) -> str:
        """In the language of the screen."""
        return language_name(self.lang)

    def refuse(self, error: LoaError, *, after: bool = False) -> None:
        """Keep what is wrong with it: before importing, or (`after`) found while importing."""
        self.place, self.what, self.mend = error.where[:500], error.what, error.mend
        self.chosen = False
        if after:
            self.result = Result.REFUSED
        else:
            self.verdict = Verdict.REFUSED
