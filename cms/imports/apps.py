"""Imports of article files: a report first, then what was chosen, and a history of both."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Label `imports`."""

    name = "cms.imports"
    label = "imports"
    verbose_name = _("Imports")
