"""Approval: who may do what, who has approved which text, and the guard before what readers see."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalConfig(AppConfig):
    """Label `approval`."""

    name = "cms.approval"
    label = "approval"
    verbose_name = _("Approval")

    def ready(self) -> None:
        """Connect the signals."""
        from cms.approval import signal_handlers

        signal_handlers.connect()
