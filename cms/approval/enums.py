"""Verdicts on a part of an article, and where a part stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    """What a reviewer said of a part."""

    APPROVED = "approved", _("Approved")
    CHANGE = "change", _("Change asked for")


class State(models.TextChoices):
    """Where a part stands against its last approval."""

    APPROVED = "approved", _("Approved")
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    REMOVED = "removed", _("Removed")
