"""Policy articles as pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    """Label `articles`."""

    name = "cms.articles"
    label = "articles"
    verbose_name = _("Articles")
