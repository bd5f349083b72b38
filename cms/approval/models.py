"""What people have said of parts of articles, who wrote them, and the steps of the workflow."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Task, TaskState

from cms.approval.enums import Verdict
from cms.core.roles import holds, refuse_own


class BlockApproval(models.Model):
    """A verdict on one part of an article in one language; the last one counts. Rows are only added.

    `unit` is the field's name or the block's id. The content that was approved is kept: the next reviewer sees what
    has changed since, whatever became of the revision.
    """

    article = models.UUIDField()  # the translation key
    lang = models.CharField(max_length=35)
    slug = models.CharField(max_length=255)  # as it was then, for people
    unit = models.CharField(max_length=80)
    unit_kind = models.CharField(max_length=40)
    heading = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    content = models.JSONField(default=dict)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    kind = models.CharField(max_length=20, default="legal")
    comment = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=320)
    by_system = models.BooleanField(default=False)  # from a file, by the command line
    at = models.DateTimeField(default=timezone.now)
    revision_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = gettext_lazy("Approval of a block")
        verbose_name_plural = gettext_lazy("Approvals of blocks")
        default_permissions: ClassVar = ("view",)
        indexes: ClassVar = [models.Index(fields=("article", "lang"), name="approval_by_article")]

    def __str__(self) -> str:
        return f"{self.slug}.{self.lang} {self.unit}: {self.verdict}"


class Authorship(models.Model):
    """Somebody changed a part of an article after the verdict `since` on it (0: before there was any)."""

    article = models.UUIDField()
    lang = models.CharField(max_length=35)
    unit = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.BigIntegerField(default=0)  # of a `BlockApproval`

    class Meta:
        default_permissions: ClassVar = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("article", "lang", "unit", "user", "since"), name="one_authorship")
        ]


class LastSaved(models.Model):
    """The digests of an article's parts as they were last saved: what a next save differs in, its user has changed."""

    article = models.UUIDField()
    lang = models.CharField(max_length=35)
    digests = models.JSONField(default=dict)

    class Meta:
        default_permissions: ClassVar = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=("article", "lang"), name="one_last_saved")]


class AbstractRoleTask(Task):
    """A step that the members of a role take. The text is locked while it is looked at."""

    role = models.CharField(gettext_lazy("Role"), max_length=150)  # a constant of `cms.core.roles`
    locks: ClassVar[bool] = True

    admin_form_fields: ClassVar = [*Task.admin_form_fields, "role"]
    admin_form_readonly_on_edit_fields: ClassVar = [*Task.admin_form_readonly_on_edit_fields, "role"]

    class Meta:
        abstract = True

    def is_for(self, user: Any) -> bool:
        """Whether the step is one for that user."""
        return holds(user, self.role)

    def check_step(self, page: Any, user: Any) -> None:
        """Raise `PermissionDenied` when this user may not take the step with this page now."""
        if not self.is_for(user):
            raise PermissionDenied(_("This step is taken by: %(role)s.") % {"role": self.role})

    def may_take(self, page: Any, user: Any) -> bool:
        """Whether `check_step` passes."""
        try:
            self.check_step(page, user)
        except PermissionDenied:
            return False
        return True

    def user_can_access_editor(self, obj: Any, user: Any) -> bool:
        """Who takes the step may look at the page as its editor does."""
        return self.is_for(user)

    def locked_for_user(self, obj: Any, user: Any) -> bool:
        """What is being judged stands still, for everybody: to change it, send it back."""
        return self.locks or not self.is_for(user)

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        """Send back, or approve."""
        if not self.is_for(user):
            return []
        back = ("reject", _("Send back with a comment"), True)
        return [back, ("approve", _("Approve the step"), False)] if self.may_take(obj, user) else [back]

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> Any:
        """What waits for this user."""
        if not self.is_for(user):
            return TaskState.objects.none()
        return TaskState.objects.filter(task_id=self.pk, status=TaskState.STATUS_IN_PROGRESS)

    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> None:
        """Only who may."""
        from cms.approval.actions import after_step

        page = task_state.workflow_state.content_object.specific
        if action_name == "approve":
            self.check_step(page, user)
        elif not self.is_for(user):
            raise PermissionDenied
        super().on_action(task_state, user, action_name, **kwargs)
        after_step(task_state, page, user, action_name, kwargs.get("comment", ""))

    @classmethod
    def get_description(cls) -> str:
        """For the form of a workflow."""
        return str(_("Members of a role take this step."))


class GroupRoleTask(AbstractRoleTask):
    """A step without a rule of its own: whoever holds the role, and did not write it."""

    class Meta:
        verbose_name = gettext_lazy("Step of a role")
        verbose_name_plural = gettext_lazy("Steps of a role")

    def check_step(self, page: Any, user: Any) -> None:
        """Four eyes."""
        from cms.approval.authors import refuse_authors

        super().check_step(page, user)
        refuse_authors(page, user)


class EditorialTask(AbstractRoleTask):
    """An editor looks at what a contributor wrote. Skipped for an editor's own text, and where it is urgent."""

    locks: ClassVar[bool] = False

    class Meta:
        verbose_name = gettext_lazy("Editors' step")
        verbose_name_plural = gettext_lazy("Editors' steps")

    def start(self, workflow_state: Any, user: Any = None) -> TaskState:
        """Skip it where the next step follows at once."""
        state = super().start(workflow_state, user=user)
        page = workflow_state.content_object.get_latest_revision_as_object()  # a draft may say how urgent it is
        by = workflow_state.requested_by
        if is_urgent(page) or (by is not None and by.groups.filter(name=self.role).exists()):
            state.status = TaskState.STATUS_SKIPPED
            state.finished_at = timezone.now()
            state.save()
        return state

    def check_step(self, page: Any, user: Any) -> None:
        """Four eyes: who submitted it leaves it to another."""
        super().check_step(page, user)
        state = page.current_workflow_state
        refuse_own(user, [state.requested_by_id] if state else [])


class LegalTask(AbstractRoleTask):
    """Legal reviewers approve part by part; the step is over when every part is approved. Never skipped."""

    class Meta:
        verbose_name = gettext_lazy("Legal step")
        verbose_name_plural = gettext_lazy("Legal steps")

    def check_step(self, page: Any, user: Any) -> None:
        """Every part is approved."""
        from cms.approval.guard import refuse_incomplete

        super().check_step(page, user)
        refuse_incomplete(page.get_latest_revision_as_object())


class PublishTask(AbstractRoleTask):
    """A publisher who wrote none of it lets readers see it."""

    class Meta:
        verbose_name = gettext_lazy("Publication step")
        verbose_name_plural = gettext_lazy("Publication steps")

    def check_step(self, page: Any, user: Any) -> None:
        """Everything is approved, and by others: four eyes again."""
        from cms.approval.authors import refuse_authors
        from cms.approval.guard import refuse_incomplete

        super().check_step(page, user)
        refuse_incomplete(page.get_latest_revision_as_object())
        refuse_authors(page, user)


def is_urgent(page: Any) -> bool:
    """A correction, or what is marked as urgent: it overtakes the rest, but never the legal reviewer."""
    return getattr(page, "priority", "") == "urgent" or getattr(page, "kind", "") == "correction"
