"""How far an import is, and what becomes of each of its files."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Of a whole import."""

    READING = "reading", _("Reading the files")
    READY = "ready", _("Report ready")
    APPLYING = "applying", _("Importing")
    DONE = "done", _("Imported")
    DISCARDED = "discarded", _("Discarded")


class Verdict(models.TextChoices):
    """What importing a file would do."""

    WAITING = "waiting", _("not read yet")
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    REFUSED = "refused", _("refused")
    PICTURE = "picture", _("picture")


class Result(models.TextChoices):
    """What importing it did."""

    NONE = "", "—"
    IMPORTED = "imported", _("imported")
    REFUSED = "refused", _("not imported")
    LEFT_OUT = "left_out", _("left out")
