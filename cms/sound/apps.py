"""Sound: who has listened to a machine's voice, and what people have recorded."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SoundConfig(AppConfig):
    """Label `sound`."""

    name = "cms.sound"
    label = "sound"
    verbose_name = _("Sound")

    def ready(self) -> None:
        """Connect the signals."""
        from cms.sound import signal_handlers

        signal_handlers.connect()
