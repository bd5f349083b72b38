"""`loa manage publish_scheduled`: as Wagtail's; what is not approved by then is taken off the schedule."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from wagtail.management.commands.publish_scheduled import Command as WagtailCommand
from wagtail.models import Revision

from cms.approval.actions import subject_of
from cms.approval.guard import problem_of
from cms.articles.models import PolicyArticlePage
from cms.audit.log import record


class Command(WagtailCommand):
    """One article that may not go live holds up no other."""

    def handle(self, *args: Any, **options: Any) -> None:
        """First the unapproved off the schedule, told in the audit log; then as always."""
        if not options["dryrun"]:
            refuse_due()
        super().handle(*args, **options)


def refuse_due() -> list[Revision]:
    """The revisions whose time has come and that readers may not see; they are drafts again."""
    refused = []
    for revision in Revision.objects.filter(approved_go_live_at__lt=timezone.now()):
        page = revision.as_object()
        if not isinstance(page, PolicyArticlePage) or not (problem := problem_of(page)):
            continue
        Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
        record(
            "article.schedule_refused",
            actor=None,
            subject=subject_of(page),
            details={"reason": problem},
            page=page,
            revision=revision,
        )
        refused.append(revision)
    return refused
