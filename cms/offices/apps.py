"""Offices with their contact blocks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficesConfig(AppConfig):
    """Label `offices`."""

    name = "cms.offices"
    label = "offices"
    verbose_name = _("Offices")
