"""Translations follow their source: what changed in it is open again, and nothing else."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from wagtail_localize.models import Translation

from cms.audit.log import record
from cms.translation.enums import Origin
from cms.translation.keeping import source_title, version
from cms.translation.memory import carry_moved
from cms.translation.models import SegmentVersion, TranslationTask
from cms.translation.work import recount


def resync(key: Any, *, user: Any = None) -> None:
    """The source has changed: take its texts, reopen what changed and nothing else, keep every old translation."""
    from wagtail_localize.models import TranslationSource

    source = TranslationSource.objects.filter(object_id=key).first()
    if source is None:
        return
    before = set(source.stringsegment_set.values_list("string_id", "context_id"))
    source.update_from_db()
    same = before == set(source.stringsegment_set.values_list("string_id", "context_id"))
    now = timezone.now()
    title = source_title(source.get_source_instance())
    for shelved in Translation.objects.filter(source=source).select_related("source", "target_locale"):
        task = TranslationTask.objects.filter(key=key, tag=shelved.target_locale.language_code).first()
        if task is None:
            continue
        moved = [] if same else carry_moved(shelved)
        SegmentVersion.objects.bulk_create([version(task, one, text, None, Origin.MOVED) for one, text in moved])
        task.title = title
        if not same:
            task.source_at = now
            task.save(update_fields=["source_at"])
        had = (task.state, task.reopened)
        recount(task, shelved)
        if not same and had != (task.state, task.reopened):
            record(
                "translation.reopened",
                actor=user,
                subject=task.subject,
                details={"title": title, "reopened": task.reopened, "missing": task.total - task.translated},
            )
