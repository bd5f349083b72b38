"""States of a translation, and where a translated text came from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskState(models.TextChoices):
    """How far a translation is."""

    WAITING = "waiting", _("waiting for a translator")
    IN_PROGRESS = "in_progress", _("being translated")
    REOPENED = "reopened", _("source has changed")
    CHECK = "check", _("waiting for a second speaker")
    APPROVED = "approved", _("approved")


class Origin(models.TextChoices):
    """How a translated text came in."""

    SCREEN = "screen", _("on screen")
    PO = "po", _("PO file")
    XLSX = "xlsx", _("Excel file")
    FILE = "file", _("article file")
    SYSTEM = "system", _("system import")
    MOVED = "moved", _("moved within the article")
    CONVERTED = "converted", _("converted from an old font")
