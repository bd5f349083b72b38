"""The part of the site that every other app stands on: home page, security headers, shared fields."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Label `core`."""

    name = "cms.core"
    label = "core"
    verbose_name = _("Site")
