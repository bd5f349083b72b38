"""Kinds of changes of facts, and where a proposal stands, in words for the newsroom."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    """What is to be changed."""

    NEW = "new", _("New fact")
    VALUE = "value", _("New value from a date")
    CORRECTION = "correction", _("Correction of a wrong value")
    FORMULA = "formula", _("Formula")
    PARTICULARS = "particulars", _("Label, unit, legal basis, owner, review date")
    RETIRE = "retire", _("Retire the fact")


class ChangeStatus(models.TextChoices):
    """What became of a proposal."""

    PROPOSED = "proposed", _("Waiting for approval")
    APPROVED = "approved", _("Approved, not yet in effect")
    IN_EFFECT = "in_effect", _("In effect")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Proposal withdrawn")


OPEN = (ChangeStatus.PROPOSED, ChangeStatus.APPROVED)  # what is pending: a fact shows it everywhere
