"""The app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegisterConfig(AppConfig):
    """Legal documents and who rests on them."""

    name = "cms.register"
    label = "register"
    verbose_name = _("Register of legal documents")
