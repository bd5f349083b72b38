"""The app of live checks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ChecksConfig(AppConfig):
    """What could be better in an article, told while it is being written."""

    name = "cms.checks"
    label = "live_checks"
    verbose_name = gettext_lazy("Checks")
