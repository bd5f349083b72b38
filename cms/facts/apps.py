"""Facts with their values over time."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    """Label `facts`."""

    name = "cms.facts"
    label = "facts"
    verbose_name = _("Facts")
