"""What an article can be for: audiences and priorities, in the words of the plan and the circular."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.IntegerChoices):
    """The six audiences of the communication plan."""

    AUTHORITIES = 1, _("1 · Authorities and unions")
    EMPLOYERS_EMPLOYEES = 2, _("2 · Employers and employees")
    VOLUNTARY_HOUSEHOLDS = 3, _("3 · Voluntary insurance, households")
    SCHOOLS = 4, _("4 · Pupils, students, parents, schools")
    VULNERABLE = 5, _("5 · Vulnerable groups")
    PARTNERS = 6, _("6 · Hospitals, collection services, collaborators")


class ArticleKind(models.TextChoices):
    """What an article is for; a correction takes the urgent lane."""

    ARTICLE = "article", _("Article")
    CORRECTION = "correction", _("Correction")


class ClaimVerdict(models.TextChoices):
    """What was found of a claim that goes about: `render.article.Verdict` in words."""

    FALSE = "false", _("False")
    MISSING_CONTEXT = "missing-context", _("Lacks its context")
    PARTLY_TRUE = "partly-true", _("Only partly true")
    OUTDATED = "outdated", _("Out of date")


class Priority(models.TextChoices):
    """After Circular 39/2020/TT-BTTTT."""

    NORMAL = "normal", _("Normal")
    PRIORITY = "priority", _("High priority")
    URGENT = "urgent", _("Urgent")
