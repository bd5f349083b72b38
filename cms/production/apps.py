"""Builds: what publishing an article sets to work."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductionConfig(AppConfig):
    """Label `production`."""

    name = "cms.production"
    label = "production"
    verbose_name = _("Production")

    def ready(self) -> None:
        """Connect the signals."""
        from cms.production import signal_handlers

        signal_handlers.connect()
