"""A translation as a task, the history of its texts, who signed them, what was remarked, and the glossary.

wagtail-localize keeps the current text of each segment. What must outlive it (history, signatures) is kept here by the
translation key and the language's tag: a page, a locale or a user may go, these rows stay.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.core.fields import LinesField
from cms.core.labels import language_and_tag, language_name
from cms.sound.models import LastingQuerySet
from cms.translation.enums import Origin, TaskState
from render.inline import clean
from render.language import languages


def digest(text: str) -> str:
    """What a text is known by, whatever its spaces: 16 bytes of the SHA-256 of its normal form, in hex."""
    return hashlib.sha256(clean(text).encode()).hexdigest()[:32]


def tag_choices() -> list[tuple[str, str]]:
    """The languages of the registry that are switched on, but Vietnamese."""
    return [(tag, language_and_tag(tag)) for tag, one in languages().items() if one.enabled and tag != "vi"]


class TranslationTask(models.Model):
    """One page or snippet to be said in one language. The counts are kept, so that a list costs one query."""

    key = models.UUIDField()  # the translation key of the family
    tag = models.CharField(_("Language"), max_length=35)
    content_type = models.ForeignKey("contenttypes.ContentType", on_delete=models.PROTECT, related_name="+")
    title = models.TextField(_("Title"), blank=True)  # of the source, for lists
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("Assigned to"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    due = models.DateField(_("Due"), null=True, blank=True)
    note = models.TextField(_("Note for the translator"), blank=True)
    state = models.CharField(_("State"), max_length=12, choices=TaskState.choices, default=TaskState.WAITING)
    total = models.PositiveIntegerField(default=0)
    translated = models.PositiveIntegerField(default=0)
    approved = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    # Of its recording: sentences to read, those that somebody has read as they are now, those that were signed off.
    sentences = models.PositiveIntegerField(default=0)
    recorded = models.PositiveIntegerField(default=0)
    signed_off = models.PositiveIntegerField(default=0)
    handed_in = models.BooleanField(default=False)  # the translator has said that it is complete
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(_("Changed"), default=timezone.now)
    source_at = models.DateTimeField(null=True)  # when its source last changed

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "tag"], name="one_task_a_language")]
        indexes: ClassVar = [models.Index(fields=["tag", "state"])]
        ordering = ("tag", "title")
        verbose_name = _("Translation task")
        verbose_name_plural = _("Translation tasks")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.title} ({self.tag})"

    @property
    def subject(self) -> str:
        """As the audit log names it."""
        return f"translation:{self.key}:{self.tag}"

    @property
    def language_name(self) -> str:
        """In the language of the screen."""
        return language_name(self.tag)

    @property
    def translated_percent(self) -> int:
        """Rounded down: 100 is all."""
        return self.translated * 100 // self.total if self.total else 0

    @property
    def approved_percent(self) -> int:
        """Rounded down: 100 is all."""
        return self.approved * 100 // self.total if self.total else 0


class AddedOnly(models.Model):
    """A row of a segment's life that is only ever added."""

    key = models.UUIDField()
    tag = models.CharField(max_length=35)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    who = models.CharField(max_length=200)  # for when the account is gone
    at = models.DateTimeField(default=timezone.now)

    objects = LastingQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Once."""
        if not self._state.adding:
            raise TypeError("this row is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Refused."""
        raise TypeError("this row is never deleted")


class SegmentVersion(AddedOnly):
    """A text that a segment had, with the source it was made from."""

    path = models.TextField()
    source = models.TextField()
    source_digest = models.CharField(max_length=32)
    target = models.TextField(blank=True)
    target_digest = models.CharField(max_length=32)
    origin = models.CharField(max_length=10, choices=Origin.choices)

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [models.Index(fields=["key", "tag", "target_digest"])]
        verbose_name = _("Version of a segment")
        verbose_name_plural = _("Versions of segments")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.tag} {self.path}: {self.who}"


class SegmentApproval(AddedOnly):
    """A second speaker has signed that a text says what its source says. It holds for that pair of texts."""

    source_digest = models.CharField(max_length=32)
    target_digest = models.CharField(max_length=32)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.SCREEN)

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [models.Index(fields=["key", "tag"])]
        verbose_name = _("Approval of a segment")
        verbose_name_plural = _("Approvals of segments")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.tag} {self.source_digest[:8]}: {self.who}"


class SegmentRemark(models.Model):
    """What a second speaker finds wrong with a text; done when the text changes or somebody says so."""

    key = models.UUIDField()
    tag = models.CharField(max_length=35)
    path = models.TextField()
    target_digest = models.CharField(max_length=32)
    text = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    who = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [models.Index(fields=["key", "tag"])]
        verbose_name = _("Remark on a segment")
        verbose_name_plural = _("Remarks on segments")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.tag} {self.path}: {self.text[:40]}"


class PendingImport(models.Model):
    """A file that was read and is looked at; gone when it is applied, or after a day."""

    task = models.ForeignKey(TranslationTask, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    data = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("File being looked at")
        verbose_name_plural = _("Files being looked at")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class GlossaryTerm(models.Model):
    """How a Vietnamese term is said in a language. Only people who speak it write here."""

    term = models.CharField(_("Vietnamese term"), max_length=120)
    tag = models.CharField(_("Language"), max_length=35, choices=tag_choices)
    preferred = models.CharField(_("Preferred"), max_length=200)
    forbidden = LinesField(_("Not to be used"), blank=True, help_text=_("One a line."))
    note = models.TextField(_("Note"), blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tag", "term"], name="one_term_a_language")]
        ordering = ("tag", "term")
        verbose_name = _("Glossary term")
        verbose_name_plural = _("Glossary")

    def __str__(self) -> str:
        return f"{self.term} → {self.preferred} ({self.tag})"
