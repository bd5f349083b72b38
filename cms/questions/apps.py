"""The app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuestionsConfig(AppConfig):
    """Questions people ask, answered once."""

    name = "cms.questions"
    label = "questions"
    verbose_name = _("Question bank")
