"""Failed attempts, counted by name and by address, in the database: every process of the site sees the same."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Failure(models.Model):
    """One attempt that failed. Whether there is such a user makes no difference: nobody learns it here."""

    name = models.CharField(max_length=64, db_index=True)  # a digest: what people type by mistake is a password
    address = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions: ClassVar = ()
