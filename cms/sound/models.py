"""Who has listened to what, and who brought which recording: rows that are only ever added."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

APPROVE = "sound.approve_sound"


class LastingQuerySet(models.QuerySet[Any]):
    """Rows to add and to read."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused: what somebody put their name to stays as it was."""
        raise TypeError("these rows are never changed")

    def delete(self) -> NoReturn:
        """Refused, as `update`."""
        raise TypeError("these rows are never deleted")


class Lasting(models.Model):
    """A row that is added once. It names its user in words too, for when the account is gone."""

    # The article in all its languages: its slug may change, what was heard of it stays heard.
    article = models.UUIDField(db_index=True)
    slug = models.CharField(max_length=255)  # as it was then, for people
    lang = models.CharField(max_length=35)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    who = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    objects = LastingQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Once."""
        if not self._state.adding:
            raise TypeError("this row is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise TypeError("this row is never deleted")


class SoundApproval(Lasting):
    """Somebody has listened to a product and found every sentence right, in that very voice."""

    product = models.CharField(max_length=60)
    edition = models.CharField(max_length=12)
    voice = models.CharField(max_length=255)
    sentences = models.JSONField(default=list)  # keys, as `render.speech.approval` makes them

    class Meta:
        ordering = ("pk",)
        verbose_name = _("Listening approval")
        verbose_name_plural = _("Listening approvals")
        default_permissions = ("view",)
        permissions: ClassVar = [("approve_sound", _("May approve sound after listening"))]

    def __str__(self) -> str:
        return f"{self.slug}.{self.lang}.{self.product}: {self.who}"


class TakeUpload(Lasting):
    """Who brought a take of a sentence: its second listener is somebody else."""

    sha256 = models.CharField(max_length=64, db_index=True)
    number = models.PositiveIntegerField()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("Uploaded take")
        verbose_name_plural = _("Uploaded takes")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.slug}.{self.lang} {self.number}: {self.who}"


def name_of(user: Any) -> str:
    """How a user stands under what they do."""
    return str(user.get_full_name() or user.get_username())
