"""Logging in: how often somebody may try."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoginsConfig(AppConfig):
    """Label `logins`."""

    name = "cms.logins"
    label = "logins"
    verbose_name = _("Logging in")
