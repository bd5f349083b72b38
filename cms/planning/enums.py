"""What a calendar shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    """Why a day is marked."""

    GOES_LIVE = "live", _("Goes out")
    REVIEW = "review", _("To be reviewed")
    FACT = "fact", _("A fact changes")
    BEGINS = "begins", _("A campaign begins")
    ENDS = "ends", _("A campaign ends")
    LAW = "law", _("A legal document takes effect or ends")
