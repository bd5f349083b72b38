"""The kinds of administrative unit, and where a local story stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnitKind(models.TextChoices):
    """As `render.edition.Office.kind`."""

    PROVINCE = "tinh", _("Province")
    CITY = "thanh-pho", _("City")
    COMMUNE = "xa", _("Commune")
    WARD = "phuong", _("Ward")
    SPECIAL_ZONE = "dac-khu", _("Special zone")


class StoryStatus(models.TextChoices):
    """Where a local story stands."""

    WAITING = "waiting", _("Waiting for an editor")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Sent back")
    REPLACED = "replaced", _("Replaced by a later one")
