"""Translations that come as article files: what the file says and what the screen shows agree afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from cms.audit.log import record
from cms.questions.bank import keys_in
from cms.questions.models import BankQuestion
from cms.translation.enums import Origin
from cms.translation.keeping import put_all, sign, source_title
from cms.translation.memory import Kept, segments_in, shelf, source_of
from cms.translation.models import SegmentVersion, TranslationTask, digest
from cms.translation.resyncing import resync
from cms.translation.segments import put_texts, segments_of
from cms.translation.work import approvals_of, pair_of, recount
from render.inline import clean

# What came in by a file before may be replaced by a file; what people wrote since then may not, unless they choose so.
FROM_FILES = (Origin.FILE, Origin.SYSTEM, Origin.MOVED)


@dataclass(frozen=True)
class Conflict:
    """A text that people have written on the screen, and what a file says in its place."""

    address: str
    path: str
    source: str
    screen: str
    file: str


@dataclass(frozen=True)
class Taken:
    """What a file brought: texts that are new, that replaced another one, that have no place in the source, and that
    the screen kept."""

    new: int = 0
    replaced: int = 0
    left_over: int = 0
    kept: int = 0


def is_known(page: Any) -> bool:
    """Whether a page's language has its task already."""
    return TranslationTask.objects.filter(key=page.translation_key, tag=page.locale.language_code).exists()


def conflicts(page: Any) -> list[Conflict]:
    """Where the texts of `page`, filled from a file, differ from what people have written on the screen meanwhile."""
    task = TranslationTask.objects.filter(key=page.translation_key, tag=page.locale.language_code).first()
    shelved = task and shelf(task)
    source = source_of(page.translation_key, type(page))
    if not task or not shelved or source is None:
        return []
    return _conflicts(task, segments_in(shelved), _addresses(source), _said(page))


def _conflicts(task: Any, kept: list[Kept], addresses: dict[str, str], said: dict[str, str]) -> list[Conflict]:
    versions = SegmentVersion.objects.filter(key=task.key, tag=task.tag).order_by("pk")
    written = {
        (path, target)
        for path, target, origin in versions.values_list("path", "target_digest", "origin")
        if origin not in FROM_FILES
    }
    found = []
    for one in kept:
        address = addresses.get(one.path, "")
        text = said.get(address, "")
        if text and one.target and text != clean(one.target) and (one.path, digest(one.target)) in written:
            found.append(Conflict(address, one.path, one.source, one.target, text))
    return found


def _addresses(source: Any) -> dict[str, str]:
    return {one.path: one.address for one in segments_of(source)}


def _said(page: Any) -> dict[str, str]:
    return {one.address: clean(one.text) for one in segments_of(page)}


@transaction.atomic
def take_in(source: Any, page: Any, *, user: Any = None, system: bool = False, over_screen: bool = False) -> Taken:
    """Take the texts of `page`, filled from a file in its language, as the translation of `source`.

    `system` is the command line: what it brings stands as approved by the import, and the log says so. What a person
    brings waits for a second speaker. What people have written on the screen since the last file stays, and is put
    into `page`, unless `over_screen`.
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
    addresses = {one.path: one.address for one in wanted}
    said = _said(page)
    stays = [] if over_screen else _conflicts(task, kept, addresses, said)
    of_file = set(said.items()) - {(one.address, one.file) for one in stays}
    if stays:
        put_texts(page, {one.address: one.screen for one in stays})
        said |= {one.address: clean(one.screen) for one in stays}
    texts = [
        (one, text) for one in kept if (text := said.get(addresses.get(one.path, ""), "")) and text != clean(one.target)
    ]
    origin = Origin.SYSTEM if system else Origin.FILE
    put_all(task, shelved, texts, user, origin)
    brought = {one.path: text for one, text in texts}
    now = [replace(one, target=brought[one.path], older=None) if one.path in brought else one for one in kept]
    if system:
        signed = approvals_of(task.key, tag)
        # The command line answers for what its files say, not for what others wrote.
        pairs = (
            pair_of(one.source, one.target)
            for one in now
            if (addresses.get(one.path, ""), clean(one.target)) in of_file
        )
        sign(task, (pair for pair in pairs if pair not in signed), None, origin)
    recount(task, shelved, now)
    taken = Taken(
        new=sum(not one.target for one, _text in texts),
        replaced=sum(bool(one.target) for one, _text in texts),
        left_over=len(said.keys() - set(addresses.values())),
        kept=len(stays),
    )
    if isinstance(page, Page):
        _take_in_questions(source, page, user=user, system=system)
    if texts or stays:
        record(
            "translation.imported",
            actor=user,
            subject=task.subject,
            page=page if isinstance(page, Page) else None,
            details={"title": task.title, "origin": origin.value, **vars(taken)},
        )
    return taken


def _take_in_questions(source: Any, page: Any, *, user: Any, system: bool) -> None:
    """The bank's questions that the file brought in its language, as translations of those that the source shows."""
    if not (keys := keys_in(source)):
        return
    rows = {
        (one.key, one.locale_id): one
        for one in BankQuestion.objects.filter(
            key__in=keys, locale_id__in=(source.locale_id, page.locale_id)
        ).select_related("locale")
    }
    for key in sorted(keys):
        asked, said = rows.get((key, source.locale_id)), rows.get((key, page.locale_id))
        if asked is not None and said is not None:
            take_in(asked, said, user=user, system=system)
