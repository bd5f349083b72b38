"""A task as whoever works on it sees it: each segment with its text, state, findings, author and signature."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from wagtail_localize.models import StringSegment, StringTranslation, Translation

from cms.translation.checks import Finding, findings, holds_up
from cms.translation.enums import TaskState
from cms.translation.memory import Kept, segments_in, shelf
from cms.translation.models import GlossaryTerm, SegmentApproval, SegmentRemark, SegmentVersion, TranslationTask, digest
from cms.translation.segments import as_text

Pair = tuple[str, str]  # digests of a source and of its translation


@dataclass(frozen=True)
class Row:
    """One segment on the screen."""

    kept: Kept
    approval: SegmentApproval | None = None
    version: SegmentVersion | None = None  # who wrote the text, when and how
    findings: Sequence[Finding] = ()
    remarks: Sequence[SegmentRemark] = ()

    @property
    def state(self) -> str:
        """`approved`, `translated`, `reopened` (its source has changed) or `missing`."""
        if self.kept.target:
            return "approved" if self.approval else "translated"
        return "reopened" if self.kept.older else "missing"

    @property
    def held_up(self) -> bool:
        """Whether its text cannot be approved as it is."""
        return holds_up(self.findings)

    @property
    def pair(self) -> Pair:
        """What an approval of it is found by."""
        return pair_of(self.kept.source, self.kept.target)


@dataclass(frozen=True)
class Work:
    """A task with its rows; `shelved` is None when its source is gone."""

    task: TranslationTask
    shelved: Translation | None
    rows: Sequence[Row] = field(default=())

    def row(self, path: str) -> Row | None:
        """The row of a path."""
        return next((one for one in self.rows if one.kept.path == path), None)

    @property
    def complete(self) -> bool:
        """Every segment has a text."""
        return bool(self.rows) and all(one.kept.target for one in self.rows)

    @property
    def held_up(self) -> list[Row]:
        """The rows whose text cannot be approved as it is."""
        return [one for one in self.rows if one.held_up]


def pair_of(source: str, target: str) -> Pair:
    """Both texts by their digests."""
    return digest(source), digest(target)


def approvals_of(key: uuid.UUID, tag: str) -> dict[Pair, SegmentApproval]:
    """The signatures of a family in a language; the last of each pair."""
    return {(one.source_digest, one.target_digest): one for one in SegmentApproval.objects.filter(key=key, tag=tag)}


def work_on(task: TranslationTask) -> Work:
    """The whole task, in about eight queries, however long the article."""
    shelved = shelf(task)
    if shelved is None:
        return Work(task, None)
    kept = segments_in(shelved)
    signed = approvals_of(task.key, task.tag)
    wanted = {digest(one.target) for one in kept if one.target}
    versions = {
        (one.path, one.target_digest): one
        for one in SegmentVersion.objects.filter(key=task.key, tag=task.tag, target_digest__in=wanted)
    }
    remarks: dict[tuple[str, str], list[SegmentRemark]] = {}
    for remark in SegmentRemark.objects.filter(key=task.key, tag=task.tag):
        remarks.setdefault((remark.path, remark.target_digest), []).append(remark)
    glossary = list(GlossaryTerm.objects.filter(tag=task.tag))
    rows = []
    for one in kept:
        known = digest(one.target) if one.target else ""
        rows.append(
            Row(
                one,
                signed.get(pair_of(one.source, one.target)) if one.target else None,
                versions.get((one.path, known)),
                tuple(findings(one.target, one.source, task.tag, glossary)),
                tuple(remarks.get((one.path, known), ())),
            )
        )
    return Work(task, shelved, rows)


def recount(task: TranslationTask, shelved: Translation | None = None, kept: Iterable[Kept] | None = None) -> None:
    """Write down how far a task is; the state follows from the counts."""
    shelved = shelved or shelf(task)
    if shelved is None:
        return
    found = list(segments_in(shelved) if kept is None else kept)
    signed = approvals_of(task.key, task.tag)
    task.total = len(found)
    task.translated = sum(bool(one.target) for one in found)
    task.approved = sum(pair_of(one.source, one.target) in signed for one in found if one.target)
    task.reopened = sum(one.older is not None for one in found)
    if task.translated < task.total:
        task.handed_in = False
    task.state = state_of(task)
    task.changed_at = timezone.now()
    task.save(
        update_fields=["total", "translated", "approved", "reopened", "handed_in", "state", "changed_at", "title"]
    )
    if task.recorded:  # a text that changed has lost its recording
        from cms.translation.recordings import recount_recordings  # stands on this module

        recount_recordings(task, shelved)


def state_of(task: TranslationTask) -> TaskState:
    """What the counts say."""
    if task.total and task.approved == task.total:
        return TaskState.APPROVED
    if task.reopened:
        return TaskState.REOPENED
    if task.handed_in and task.translated == task.total:
        return TaskState.CHECK
    return TaskState.IN_PROGRESS if task.translated else TaskState.WAITING


def authors_of(task: TranslationTask, rows: Iterable[Row]) -> set[int]:
    """Who wrote the texts that stand there now: everybody who ever brought one of these very texts."""
    wanted = {one.pair for one in rows}
    versions = SegmentVersion.objects.filter(
        key=task.key, tag=task.tag, target_digest__in={target for _source, target in wanted}, user__isnull=False
    )
    return {one.user_id for one in versions if (one.source_digest, one.target_digest) in wanted}  # type: ignore[attr-defined]


def history_of(task: TranslationTask, path: str) -> list[SegmentVersion]:
    """Every text a place had, the last first; also those it had before its language or its page went."""
    return list(SegmentVersion.objects.filter(key=task.key, tag=task.tag, path=path).order_by("-pk"))


def lost_texts(task: TranslationTask, shelved: Translation) -> list[Any]:
    """Translations whose source segment is no longer in the article: kept, and shown under it."""
    there = StringSegment.objects.filter(source_id=shelved.source_id)
    known = StringTranslation.objects.filter(context__object_id=task.key, locale_id=shelved.target_locale_id).exclude(
        context_id__in=there.values("context_id")
    )
    return [
        (as_text(one.translation_of.data), as_text(one.data)) for one in known.select_related("translation_of")[:200]
    ]
