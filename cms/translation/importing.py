"""Translations that come as article files: what the file says and what the screen shows agree afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from cms.audit.log import record
from cms.translation.actions import put_all, resync, sign, source_title
from cms.translation.enums import Origin
from cms.translation.memory import segments_in, shelf
from cms.translation.models import TranslationTask
from cms.translation.segments import segments_of
from cms.translation.work import approvals_of, pair_of, recount
from render.inline import clean


@dataclass(frozen=True)
class Taken:
    """What a file brought: texts that are new, that replaced another one, and that have no place in the source."""

    new: int = 0
    replaced: int = 0
    left_over: int = 0


def is_known(page: Any) -> bool:
    """Whether a page's language has its task already."""
    return TranslationTask.objects.filter(key=page.translation_key, tag=page.locale.language_code).exists()


@transaction.atomic
def take_in(source: Any, page: Any, *, user: Any = None, system: bool = False) -> Taken:
    """Take the texts of `page`, filled from a file in its language, as the translation of `source`.

    `system` is the command line: what it brings stands as approved by the import, and the log says so. What a person
    brings waits for a second speaker.
    """
    tag = page.locale.language_code
    task, _new = TranslationTask.objects.get_or_create(
        key=source.translation_key,
        tag=tag,
        defaults={"content_type": ContentType.objects.get_for_model(type(source)), "source_at": timezone.now()},
    )
    task.title = source_title(source)
    shelved = shelf(task)
    if shelved is None:
        return Taken()
    wanted = segments_of(source)
    kept = segments_in(shelved)
    if [(one.path, clean(one.source)) for one in kept] != [(one.path, clean(one.text)) for one in wanted]:
        resync(source.translation_key, user=user)
        kept = segments_in(shelved)
    said = {one.address: clean(one.text) for one in segments_of(page)}
    addresses = {one.path: one.address for one in wanted}
    texts = [
        (one, text) for one in kept if (text := said.get(addresses.get(one.path, ""), "")) and text != clean(one.target)
    ]
    origin = Origin.SYSTEM if system else Origin.FILE
    put_all(task, shelved, texts, user, origin)
    brought = {one.path: text for one, text in texts}
    now = [replace(one, target=brought[one.path], older=None) if one.path in brought else one for one in kept]
    if system:
        signed = approvals_of(task.key, tag)
        pairs = (pair_of(one.source, one.target) for one in now if one.target)
        sign(task, (pair for pair in pairs if pair not in signed), None, origin)
    recount(task, shelved, now)
    taken = Taken(
        new=sum(not one.target for one, _text in texts),
        replaced=sum(bool(one.target) for one, _text in texts),
        left_over=len(said.keys() - set(addresses.values())),
    )
    if texts:
        record(
            "translation.imported",
            actor=user,
            subject=task.subject,
            page=page,
            details={"title": task.title, "origin": origin.value, **vars(taken)},
        )
    return taken
