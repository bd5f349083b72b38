"""Kinds of legal documents, and where one stands on a day."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    """As their own first line says; Vietnamese on every screen, for they are names."""

    LAW = "law", "Luật"
    ORDINANCE = "ordinance", "Pháp lệnh"
    RESOLUTION = "resolution", "Nghị quyết"
    DECREE = "decree", "Nghị định"
    CIRCULAR = "circular", "Thông tư"
    DECISION = "decision", "Quyết định"
    DIRECTIVE = "directive", "Chỉ thị"
    DISPATCH = "dispatch", "Công văn"
    OTHER = "other", _("Other")


class Standing(models.TextChoices):
    """Whether one can rest on it."""

    COMING = "coming", _("Not yet in force")
    IN_FORCE = "in_force", _("In force")
    REPLACED = "replaced", _("Replaced")
    ENDED = "ended", _("No longer in force")
