"""The kinds of administrative unit."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnitKind(models.TextChoices):
    """As `render.edition.Office.kind`."""

    PROVINCE = "tinh", _("Province")
    CITY = "thanh-pho", _("City")
    COMMUNE = "xa", _("Commune")
    WARD = "phuong", _("Ward")
    SPECIAL_ZONE = "dac-khu", _("Special zone")
