"""States of builds and of products, in words for the editor."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BuildStatus(models.TextChoices):
    """What becomes of a build."""

    READY = "READY", _("Waiting its turn")
    RUNNING = "RUNNING", _("Running")
    FAILED = "FAILED", _("Failed")
    SUCCESSFUL = "SUCCESSFUL", _("Done")


class BuildKind(models.TextChoices):
    """What a build is to do."""

    PUBLISH = "PUBLISH", _("Make and publish")
    WITHDRAW = "WITHDRAW", _("Withdraw")
    PRINT = "PRINT", _("Make for the print shop")


class BuildCause(models.TextChoices):
    """Why it was asked for."""

    PUBLISHED = "published", _("the article was published")
    FACT = "fact", _("a fact was changed")
    QUESTION = "question", _("an answer of the question bank was changed")
    OFFICE = "office", _("an office was changed")
    RETRY = "retry", _("tried again")
    HEARD = "heard", _("somebody has listened to it")
    RECORDED = "recorded", _("somebody has recorded it")
    UNPUBLISHED = "unpublished", _("the article was unpublished")
    DELETED = "deleted", _("the article was deleted")
    MOVED = "moved", _("the article has a new address")
    ORDERED = "ordered", _("a print run was ordered")


class ProductStatus(models.TextChoices):
    """Where a product stands. Waiting is no failure."""

    QUEUED = "queued", _("Queued")
    BUILDING = "building", _("Being made")
    MADE = "made", _("Made")
    CACHED = "cached", _("Made (unchanged)")
    WAITING = "waiting", _("Waiting")
    FAILED = "failed", _("Failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# Those an editor can download.
AVAILABLE = (ProductStatus.MADE, ProductStatus.CACHED)
UNFINISHED = (ProductStatus.QUEUED, ProductStatus.BUILDING)
