"""Operations on an office: its contact block and logo at once, its story after an editor's look."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.audit.log import name_of, record
from cms.core.roles import refuse_own
from cms.offices.enums import StoryStatus
from cms.offices.models import LocalStory, Office
from cms.offices.permissions import may_decide, own_offices

CONTACT = ("address", "hotline", "email")


class ChangeOfficeAction:
    """Change the contact block and the logo of one's own office. `logo` None leaves it; False takes it away."""

    def __init__(self, office: Office, *, user: Any, contact: dict[str, str], logo: Any = None) -> None:
        self.office = office
        self.user = user
        self.contact = {name: contact[name] for name in CONTACT if name in contact}
        self.logo = logo

    def check(self) -> None:
        """Raise `PermissionDenied` for another's office."""
        if not own_offices(self.user).filter(pk=self.office.pk).exists():
            raise PermissionDenied

    @transaction.atomic
    def execute(self) -> list[str]:
        """The names of what has changed; a `ValidationError` when something cannot be printed."""
        self.check()
        office = Office.objects.select_for_update(of=("self",)).get(pk=self.office.pk)
        before = {name: getattr(office, name) for name in CONTACT}
        changed = [name for name, value in self.contact.items() if before[name] != value]
        for name in changed:
            setattr(office, name, self.contact[name])
        if self.logo is not None:
            office.logo = self.logo or None
            changed.append("logo")
        if not changed:
            return []
        office.full_clean()
        office.save()
        details = {name: {"old": before[name], "new": getattr(office, name)} for name in changed if name in before}
        record(
            "office.changed",
            actor=self.user,
            subject=f"office:{office.code}",
            details=details | ({"logo": office.logo.title if office.logo else ""} if "logo" in changed else {}),
        )
        return changed


class TellStoryAction:
    """Hand in a local story; one that waited is replaced by it."""

    def __init__(self, office: Office, story: str, *, user: Any) -> None:
        self.office = office
        self.story = story.strip()
        self.user = user

    @transaction.atomic
    def execute(self) -> LocalStory | None:
        """The story that waits now; None when it is what stands already."""
        if not own_offices(self.user).filter(pk=self.office.pk).exists():
            raise PermissionDenied
        office = Office.objects.select_for_update(of=("self",)).get(pk=self.office.pk)
        waiting = LocalStory.objects.filter(office=office, status=StoryStatus.WAITING)
        last = waiting.first()
        if self.story == (last.story if last else office.story):
            return None
        trial = Office.objects.get(pk=office.pk)
        trial.story = self.story
        trial.full_clean()
        waiting.update(status=StoryStatus.REPLACED)
        told = LocalStory.objects.create(office=office, story=self.story, by=self.user, by_name=name_of(self.user))
        record("office.story_told", actor=self.user, subject=f"office:{office.code}", details={"story": self.story})
        return told


class DecideStoryAction:
    """An editor's yes or no to a local story; never to one's own."""

    def __init__(self, told: LocalStory, *, user: Any, approve: bool, comment: str = "") -> None:
        self.told = told
        self.user = user
        self.approve = approve
        self.comment = comment.strip()

    @transaction.atomic
    def execute(self) -> Office:
        """The office, with the story in force."""
        if not may_decide(self.user):
            raise PermissionDenied
        told = LocalStory.objects.select_for_update(of=("self",)).select_related("office").get(pk=self.told.pk)
        if told.status != StoryStatus.WAITING:
            raise ValidationError(_("This story has been decided already, or replaced."))
        if told.by_id:
            refuse_own(self.user, [told.by_id])
        if not self.approve and not self.comment:
            raise ValidationError(_("Say what is to be changed."))
        told.status = StoryStatus.APPROVED if self.approve else StoryStatus.REJECTED
        told.decided_by_name, told.decided_at, told.comment = name_of(self.user), timezone.now(), self.comment
        told.save()
        if self.approve:
            told.office.story = told.story
            told.office.full_clean()
            told.office.save()
        record(
            "office.story_approved" if self.approve else "office.story_rejected",
            actor=self.user,
            subject=f"office:{told.office_id}",
            details={"story": told.story, "by": told.by_name, "comment": self.comment},
        )
        return told.office
