"""The audit log: who did what, when, on which revision, in a chain that nobody can mend afterwards."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Label `audit`."""

    name = "cms.audit"
    label = "audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        """Connect the signals."""
        from cms.audit import signal_handlers

        signal_handlers.connect()
