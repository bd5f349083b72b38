"""Texts and names under them are kept: each text with a row of its history, each signature for one pair of texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail_localize.models import Translation

from cms.articles.text import printed_title
from cms.sound.models import name_of
from cms.translation.enums import Origin
from cms.translation.memory import Kept, put_many
from cms.translation.models import SegmentApproval, SegmentVersion, TranslationTask, digest


def source_title(source: Any) -> str:
    """How a source stands in lists."""
    return printed_title(getattr(source, "title", "") or str(source))


def version(task: TranslationTask, one: Kept, text: str, user: Any, origin: Origin) -> SegmentVersion:
    """A row for the history, not yet saved."""
    return SegmentVersion(
        key=task.key,
        tag=task.tag,
        path=one.path,
        source=one.source,
        source_digest=digest(one.source),
        target=text,
        target_digest=digest(text),
        user=user,
        who=name_of(user) if user else "",
        origin=origin,
    )


def put_all(
    task: TranslationTask, shelved: Translation, texts: list[tuple[Kept, str]], user: Any, origin: Origin
) -> None:
    """Keep many texts with their history."""
    put_many(shelved, texts, user)
    SegmentVersion.objects.bulk_create([version(task, one, text, user, origin) for one, text in texts], batch_size=500)


def sign(task: TranslationTask, pairs: Iterable[tuple[str, str]], user: Any, origin: Origin = Origin.SCREEN) -> None:
    """Put a name under pairs of texts."""
    SegmentApproval.objects.bulk_create(
        [
            SegmentApproval(
                key=task.key,
                tag=task.tag,
                source_digest=source,
                target_digest=target,
                user=user,
                who=name_of(user) if user else "",
                origin=origin,
            )
            for source, target in dict.fromkeys(pairs)
        ],
        batch_size=500,
    )
