"""What is done with translations: handing out, keeping, handing in, signing, publishing. Each checks, then acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page
from wagtail_localize.models import Translation

from cms.audit.log import record
from cms.core.roles import refuse_own
from cms.sound.models import name_of
from cms.translation.checks import Finding, refusals
from cms.translation.drafts import store_question, write_draft
from cms.translation.enums import Origin, TaskState
from cms.translation.errors import TranslationError
from cms.translation.keeping import sign, source_title, version
from cms.translation.memory import (
    Kept,
    older_of,
    problem_with,
    put,
    segments_in,
    shelf,
    target_of,
)
from cms.translation.models import SegmentRemark, SegmentVersion, TranslationTask, digest
from cms.translation.permissions import may_manage, may_translate
from cms.translation.ready import translation_ready
from cms.translation.segments import segments_of
from cms.translation.work import Row, authors_of, pair_of, recount, work_on
from render.inline import clean


class StartTranslationAction:
    """Hand out a page or snippet for translation; an old task gets its new assignee and date."""

    def __init__(
        self,
        source: Any,
        tag: str,
        *,
        user: Any = None,
        assignee: Any = None,
        due: dt.date | None = None,
        note: str = "",
    ) -> None:
        self.source = source
        self.tag = tag
        self.user = user
        self.assignee = assignee
        self.due = due
        self.note = note

    def check(self) -> None:
        """Raise `PermissionDenied`, or a `TranslationError` for a language that is off or the source's own."""
        if self.user is not None and not may_manage(self.user):
            raise PermissionDenied
        if problem := problem_with(self.tag):
            raise TranslationError(problem)
        if self.source.locale.language_code == self.tag:
            raise TranslationError(_("The article is in this language already."))
        if self.assignee is not None and not may_translate(self.assignee, self.tag):
            raise TranslationError(_("%(name)s does not translate into this language.") % {"name": str(self.assignee)})

    @transaction.atomic
    def execute(self) -> TranslationTask:
        """The task."""
        self.check()
        task, new = TranslationTask.objects.get_or_create(
            key=self.source.translation_key,
            tag=self.tag,
            defaults={
                "content_type": ContentType.objects.get_for_model(type(self.source)),
                "total": len(segments_of(self.source)),
                "source_at": timezone.now(),
            },
        )
        task.title = source_title(self.source)
        task.assignee = self.assignee or task.assignee
        task.due = self.due or task.due
        task.note = self.note or task.note
        task.save()
        record(
            "translation.started" if new else "translation.assigned",
            actor=self.user,
            subject=task.subject,
            details={"title": task.title, "assignee": str(task.assignee or ""), "due": task.due},
        )
        return task


@dataclass(frozen=True)
class Saved:
    """What became of a text: kept, refused (`findings` say why), in `conflict` with what somebody else wrote, or typed
    for a source that has changed."""

    kept: bool
    text: str = ""
    findings: Sequence[Finding] = ()
    conflict: SegmentVersion | None = None
    theirs: str = ""
    source: str = ""
    source_changed: bool = False


class SaveSegmentAction:
    """Keep a text typed for a segment.

    `base` is the digest of the text that the writer had before them, `source` the text that they translated (None: as
    it is now). What was typed for a source that has changed meanwhile is kept as the translation of that one.
    """

    def __init__(
        self,
        task: TranslationTask,
        path: str,
        text: str,
        *,
        base: str,
        user: Any,
        origin: Origin = Origin.SCREEN,
        source: str | None = None,
    ) -> None:
        self.task = task
        self.path = path
        self.text = clean(text)
        self.base = base
        self.user = user
        self.origin = origin
        self.source = source

    def check(self) -> None:
        """Raise `PermissionDenied` unless the user translates into the language."""
        if not may_translate(self.user, self.task.tag):
            raise PermissionDenied
        if problem := problem_with(self.task.tag):
            raise TranslationError(problem)

    @transaction.atomic
    def execute(self) -> Saved:
        """What became of it; nothing is overwritten that the writer has not seen."""
        self.check()
        task = TranslationTask.objects.select_for_update().get(pk=self.task.pk)
        shelved = shelf(task)
        found = segments_in(shelved) if shelved else []
        one = next((kept for kept in found if kept.path == self.path), None)
        if shelved is None or one is None:
            raise TranslationError(_("This text is no longer in the article. Load the page anew."))
        if self.source is not None and clean(self.source) != clean(one.source):
            kept = self._keep_for_older(task, shelved, one, self.source)
            return Saved(kept=kept, text=self.text, source=one.source, source_changed=True)
        if one.target == self.text:
            return Saved(kept=True, text=one.target, source=one.source)
        if digest(one.target) != self.base:
            last = SegmentVersion.objects.filter(key=task.key, tag=task.tag, path=one.path).last()
            return Saved(kept=False, text=self.text, conflict=last, theirs=one.target)
        if self.text and (refused := refusals(self.text, one.source, task.tag)):
            return Saved(kept=False, text=self.text, findings=refused)
        put(shelved, one, self.text, self.user)
        version(task, one, self.text, self.user, self.origin).save()
        now = [replace(kept, target=self.text) if kept is one else kept for kept in found]
        recount(task, shelved, now)
        self.task = task
        return Saved(kept=True, text=self.text, source=one.source)

    def _keep_for_older(self, task: TranslationTask, shelved: Translation, one: Kept, source: str) -> bool:
        older = older_of(shelved, one, source)
        if older is None or not self.text or refusals(self.text, source, task.tag):
            return False
        put(shelved, older, self.text, self.user)
        version(task, older, self.text, self.user, self.origin).save()
        recount(task, shelved)
        return True


class HandInAction:
    """The translator says that the translation is complete; a second speaker may begin."""

    def __init__(self, task: TranslationTask, *, user: Any) -> None:
        self.task = task
        self.user = user

    def check(self) -> None:
        """Raise `PermissionDenied`, or a `TranslationError` while something is missing or a number differs."""
        if not may_translate(self.user, self.task.tag):
            raise PermissionDenied
        work = work_on(self.task)
        if not work.complete:
            missing = sum(not one.kept.target for one in work.rows)
            raise TranslationError(_("%(count)d segments are not translated yet.") % {"count": missing})
        if work.held_up:
            raise TranslationError(held_up_words(work.held_up))

    @transaction.atomic
    def execute(self) -> TranslationTask:
        """The task, waiting for its second speaker; its draft holds the texts."""
        self.check()
        self.task.handed_in = True
        recount(self.task)
        self.task.save(update_fields=["handed_in"])
        write_draft(self.task, self.user)
        record("translation.handed_in", actor=self.user, subject=self.task.subject, details={"title": self.task.title})
        return self.task


class ApproveSegmentsAction:
    """A second speaker signs texts: `paths`, or every one. `seen` are the digests of the texts that they read."""

    def __init__(
        self, task: TranslationTask, *, user: Any, paths: Iterable[str] | None = None, seen: Iterable[str] | None = None
    ) -> None:
        self.task = task
        self.user = user
        self.paths = None if paths is None else set(paths)
        self.seen = None if seen is None else set(seen)

    def rows(self) -> list[Row]:
        """What is signed: texts that nobody has signed yet."""
        return [
            one
            for one in work_on(self.task).rows
            if one.kept.target and not one.approval and (self.paths is None or one.kept.path in self.paths)
        ]

    def check(self, rows: Sequence[Row]) -> None:
        """Raise `PermissionDenied` for a translator's own texts; a `TranslationError` for what cannot be signed."""
        if not may_translate(self.user, self.task.tag):
            raise PermissionDenied
        if problem := problem_with(self.task.tag):
            raise TranslationError(problem)
        refuse_own(self.user, authors_of(self.task, rows))
        if not rows:
            raise TranslationError(_("There is nothing to approve."))
        if self.seen is not None and any(pair_of(one.kept.source, one.kept.target)[1] not in self.seen for one in rows):
            raise TranslationError(_("A text has changed since you read it. Load the page anew."))
        if held := [one for one in rows if one.held_up]:
            raise TranslationError(held_up_words(held))

    @transaction.atomic
    def execute(self) -> int:
        """How many were signed."""
        rows = self.rows()
        self.check(rows)
        sign(self.task, [one.pair for one in rows], self.user)
        recount(self.task)
        whole = self.task.state == TaskState.APPROVED
        if whole and write_draft(self.task, self.user) is None:
            store_question(self.task, self.user)
        record(
            "translation.approved" if whole else "translation.segments_approved",
            actor=self.user,
            subject=self.task.subject,
            details={"title": self.task.title, "segments": len(rows), "paths": [one.kept.path for one in rows][:400]},
        )
        return len(rows)


class RemarkAction:
    """A second speaker says what is wrong with a text; it goes back to the translator."""

    def __init__(self, task: TranslationTask, path: str, text: str, *, user: Any) -> None:
        self.task = task
        self.path = path
        self.text = clean(text)
        self.user = user

    @transaction.atomic
    def execute(self) -> SegmentRemark:
        """The remark; it stands until the text changes."""
        if not may_translate(self.user, self.task.tag):
            raise PermissionDenied
        row = work_on(self.task).row(self.path)
        if row is None or not row.kept.target or not self.text:
            raise TranslationError(_("There is no text to remark on."))
        remark = SegmentRemark.objects.create(
            key=self.task.key,
            tag=self.task.tag,
            path=self.path,
            target_digest=digest(row.kept.target),
            text=self.text[:2000],
            user=self.user,
            who=name_of(self.user),
        )
        TranslationTask.objects.filter(pk=self.task.pk).update(handed_in=False)
        self.task.handed_in = False
        recount(self.task)
        details = {"path": self.path, "text": remark.text}
        record("translation.remarked", actor=self.user, subject=self.task.subject, details=details)
        return remark


class PublishTranslationAction:
    """Put the approved translation before readers: only complete, signed, and of the source that is published."""

    def __init__(self, task: TranslationTask, *, user: Any) -> None:
        self.task = task
        self.user = user

    def check(self) -> Page:
        """The page to publish; raise `PermissionDenied` or a `TranslationError`."""
        page = target_of(self.task)
        if not isinstance(page, Page):
            raise TranslationError(_("There is no page in this language yet."))
        if not page.permissions_for_user(self.user).can_publish():
            raise PermissionDenied
        if problem := translation_ready(page.get_latest_revision_as_object()):
            raise TranslationError(problem.words)
        return page

    @transaction.atomic
    def execute(self) -> Page:
        """The published page."""
        page = self.check()
        page.latest_revision.publish(user=self.user)
        record(
            "translation.published",
            actor=self.user,
            subject=self.task.subject,
            page=page,
            revision=page.latest_revision,
        )
        return page


def held_up_words(rows: Sequence[Row]) -> str:
    """The first of what stands against an approval, and how many more."""
    first = next(one for one in rows[0].findings if one.level != "hint")
    words = f"“{rows[0].kept.target[:60]}”: {first.words}"
    return words if len(rows) == 1 else words + " " + _("(and %(count)d more)") % {"count": len(rows) - 1}
