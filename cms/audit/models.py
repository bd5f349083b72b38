"""Entries of the audit log: each carries the digest of the one before it, and none is ever changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.audit.enums import action_label
from render.steps import canonical

FIRST = "0" * 64  # what stands before the first entry


class AppendOnlyError(RuntimeError):
    """Somebody tried to change or delete what is written."""


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries are appended by `cms.audit.log.record`, and by nothing else."""

    def update(self, **kwargs: Any) -> int:
        """Never."""
        raise AppendOnlyError("the audit log is only appended to")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Never."""
        raise AppendOnlyError("the audit log is only appended to")

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Entry]:
        """Never: it would write past the chain."""
        raise AppendOnlyError("entries are appended one by one")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Never."""
        raise AppendOnlyError("the audit log is only appended to")


class Entry(models.Model):
    """One thing that somebody did. People, pages and revisions are kept by number and name: they may be deleted."""

    sequence = models.PositiveBigIntegerField(_("No."), primary_key=True)
    at = models.DateTimeField(_("At"), db_index=True)
    actor_id = models.BigIntegerField(null=True)  # None: the system
    actor_name = models.CharField(_("Who"), max_length=320)  # as it was at that time
    action = models.CharField(_("Action"), max_length=60, db_index=True)
    subject = models.CharField(_("Subject"), max_length=320, db_index=True)  # article:<slug>, fact:<key> …
    page_id = models.BigIntegerField(null=True)
    revision_id = models.BigIntegerField(null=True)
    details_json = models.TextField()  # canonical, as it was hashed: no database may write it anew
    previous_sha256 = models.CharField(max_length=64, unique=True)  # unique: two of one ancestor would be a fork
    sha256 = models.CharField(max_length=64, unique=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("-sequence",)
        verbose_name = _("Audit entry")
        verbose_name_plural = _("Audit log")
        default_permissions: ClassVar = ("view",)

    def __str__(self) -> str:
        return f"#{self.sequence} {self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Written once."""
        if not self._state.adding:
            raise AppendOnlyError("the audit log is only appended to")
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never."""
        raise AppendOnlyError("the audit log is only appended to")

    @property
    def details(self) -> Mapping[str, Any]:
        """What more there is to say."""
        found: Mapping[str, Any] = json.loads(self.details_json)
        return found

    @property
    def action_label(self) -> str:
        """The action in words."""
        return action_label(self.action)

    def as_data(self) -> dict[str, Any]:
        """Everything that its digest is taken of."""
        return {
            "sequence": self.sequence,
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "actor_id": self.actor_id,
            "actor_name": self.actor_name,
            "action": self.action,
            "subject": self.subject,
            "page_id": self.page_id,
            "revision_id": self.revision_id,
            "details": self.details_json,
            "previous_sha256": self.previous_sha256,
        }

    def digest(self) -> str:
        """SHA-256 over everything in it, the entry before included."""
        return hashlib.sha256(canonical(self.as_data())).hexdigest()
