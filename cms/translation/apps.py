"""Translation of articles and of whatever else is written once and read in many languages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TranslationConfig(AppConfig):
    """Label `translation`."""

    name = "cms.translation"
    label = "translation"
    verbose_name = _("Translation")

    def ready(self) -> None:
        """Say which fields are translated; connect the signals."""
        from cms.translation import fields, signal_handlers

        fields.declare()
        signal_handlers.connect()
