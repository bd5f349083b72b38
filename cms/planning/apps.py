"""The app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    """Topics, campaigns and the editorial calendar."""

    name = "cms.planning"
    label = "planning"
    verbose_name = _("Planning")
