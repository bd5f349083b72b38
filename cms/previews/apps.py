"""The app of previews."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PreviewsConfig(AppConfig):
    """Every product beside the editor, while the article is being written."""

    name = "cms.previews"
    label = "previews"
    verbose_name = gettext_lazy("Previews")
