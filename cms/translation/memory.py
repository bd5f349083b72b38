"""The shelf of wagtail-localize: which segments a source has, and what they say in a language."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.utils import timezone
from wagtail.models import Locale, Page
from wagtail_localize.models import String, StringSegment, StringTranslation, Translation, TranslationSource
from wagtail_localize.segments.ingest import ingest_segments

from cms.translation.models import SegmentVersion, TranslationTask, digest
from cms.translation.segments import as_data, as_text
from render.errors import LanguageError
from render.language import language, languages

SOURCE_TAG = "vi"


@dataclass(frozen=True)
class Kept:
    """A segment of a source with its text in a language; `older` is what its place said of an older source."""

    segment_id: int
    context_id: int
    string_id: int
    path: str
    source: str
    target: str
    older: tuple[str, str] | None = None  # the older source and its translation


def source_of(key: uuid.UUID, model: type[models.Model]) -> Any:
    """The page or snippet that the others are translations of: the Vietnamese one, else the first."""
    manager: Any = model._default_manager
    family = manager.filter(translation_key=key).select_related("locale").order_by("pk")
    if issubclass(model, Page):
        family = family.filter(alias_of__isnull=True)
    found = list(family)
    return next((one for one in found if one.locale.language_code == SOURCE_TAG), found[0] if found else None)


def target_of(task: TranslationTask) -> Any:
    """The page or snippet in the task's language; None while nobody has translated a word of it."""
    model = task.content_type.model_class()
    assert model is not None
    manager: Any = model._default_manager
    found = manager.filter(translation_key=task.key, locale__language_code=task.tag).select_related("locale")
    if issubclass(model, Page):
        found = found.filter(alias_of__isnull=True)
    return found.first()


def problem_with(tag: str) -> str:
    """Why nothing new is said in a language: it is no longer of the registry, or switched off; "" when it can be."""
    try:
        language(tag)
    except LanguageError as error:
        from cms.core.words import in_words

        return in_words(error)
    return ""


def shelf(task: TranslationTask) -> Translation | None:
    """The task in wagtail-localize, made when it is first looked at; None when its source is gone."""
    found = (
        Translation.objects.filter(source__object_id=task.key, target_locale__language_code=task.tag)
        .select_related("source", "source__locale", "target_locale")
        .first()
    )
    if found is not None:
        if not found.enabled:
            Translation.objects.filter(pk=found.pk).update(enabled=True)
            found.enabled = True
        return found
    model = task.content_type.model_class()
    source = source_of(task.key, model) if model else None
    if source is None or task.tag not in languages():
        return None
    with transaction.atomic():
        locale, _new = Locale.objects.get_or_create(language_code=task.tag)
        kept, _new = TranslationSource.get_or_create_from_instance(source)
        made, _new = Translation.objects.get_or_create(source=kept, target_locale=locale)
        restore(task, made)
    return made


def restore(task: TranslationTask, shelved: Translation) -> int:
    """Bring back from the history what the shelf no longer holds: its locale or its page was deleted meanwhile."""
    last = {
        (one.path, one.source_digest): one.target
        for one in SegmentVersion.objects.filter(key=task.key, tag=task.tag).order_by("pk")
    }
    if not last:
        return 0
    anywhere = {source: target for (_path, source), target in last.items()}
    texts = []
    for one in segments_in(shelved):
        known = digest(one.source)
        text = last.get((one.path, known)) or anywhere.get(known, "")
        if text and not one.target:
            texts.append((one, text))
    put_many(shelved, texts, None)
    return len(texts)


def as_it_stands(shelved: Translation) -> Any:
    """The page or snippet with the texts as they are on the shelf at this moment; nothing of it is stored.

    What has no translation yet says its source. A `SourceDeletedError` when the source is gone.
    """
    source, locale = shelved.source, shelved.target_locale
    try:
        return source.get_ephemeral_translated_instance(locale, fallback=True)
    except ObjectDoesNotExist:  # nobody has stored a page in this language yet
        original, made = source.as_instance(), source.as_instance()
        made.pk, made.locale = None, locale
        if isinstance(made, Page):
            made.id, made.live, made.latest_revision, made.live_revision = None, False, None, None
        segments = source._get_segments_for_translation(locale, fallback=True)
        ingest_segments(original, made, source.locale, locale, segments)
        return made


def segments_in(shelved: Translation) -> list[Kept]:
    """The segments of a source in order, with what they say. Two queries."""
    texts: dict[tuple[int, int | None], str] = {}
    older: dict[int | None, tuple[int, str, str]] = {}
    known = StringTranslation.objects.filter(
        context__object_id=shelved.source.object_id, locale_id=shelved.target_locale_id
    ).order_by("updated_at", "pk")
    for string_id, context_id, data, source in known.values_list(
        "translation_of_id", "context_id", "data", "translation_of__data"
    ):
        texts[string_id, context_id] = data
        older[context_id] = (string_id, source, data)
    found = []
    rows = StringSegment.objects.filter(source_id=shelved.source_id).order_by("order")
    for pk, context_id, string_id, path, data in rows.values_list(
        "pk", "context_id", "string_id", "context__path", "string__data"
    ):
        target = texts.get((string_id, context_id), "")
        before = older.get(context_id)
        found.append(
            Kept(
                pk,
                context_id,
                string_id,
                path,
                as_text(data),
                as_text(target),
                (as_text(before[1]), as_text(before[2])) if not target and before and before[0] != string_id else None,
            )
        )
    return found


def older_of(shelved: Translation, one: Kept, source: str) -> Kept | None:
    """A segment as it stood when its source said `source`; None when it never did."""
    known = String.objects.filter(
        locale_id=shelved.source.locale_id, data_hash=String._get_data_hash(as_data(source))
    ).first()
    return known and replace(one, string_id=known.pk, source=as_text(known.data), target="", older=None)


def put(shelved: Translation, one: Kept, text: str, user: Any) -> None:
    """Keep a text; "" takes it off the shelf (its history stays)."""
    where = {
        "translation_of_id": one.string_id,
        "context_id": one.context_id,
        "locale_id": shelved.target_locale_id,
    }
    if not text:
        StringTranslation.objects.filter(**where).delete()
        return
    StringTranslation.objects.update_or_create(
        **where,
        defaults={
            "data": as_data(text),
            "translation_type": StringTranslation.TRANSLATION_TYPE_MANUAL,
            "tool_name": "",
            "last_translated_by": user,
            "has_error": False,
            "field_error": "",
        },
    )


def put_many(shelved: Translation, texts: list[tuple[Kept, str]], user: Any) -> None:
    """Keep many texts at once: three queries, however many."""
    contexts = [one.context_id for one, _text in texts]
    there = {
        (row.translation_of_id, row.context_id): row
        for row in StringTranslation.objects.filter(context_id__in=contexts, locale_id=shelved.target_locale_id)
    }
    now, new, changed = timezone.now(), [], []
    for one, text in texts:
        row = there.get((one.string_id, one.context_id))
        if row is None:
            new.append(
                StringTranslation(
                    translation_of_id=one.string_id,
                    context_id=one.context_id,
                    locale_id=shelved.target_locale_id,
                    data=as_data(text),
                    translation_type=StringTranslation.TRANSLATION_TYPE_MANUAL,
                    last_translated_by=user,
                )
            )
        else:
            row.data, row.last_translated_by, row.updated_at, row.has_error = as_data(text), user, now, False
            changed.append(row)
    StringTranslation.objects.bulk_create(new, batch_size=500)
    StringTranslation.objects.bulk_update(
        changed, ["data", "last_translated_by", "updated_at", "has_error"], batch_size=200
    )


def carry_moved(shelved: Translation) -> list[tuple[Kept, str]]:
    """Texts whose segment stands elsewhere now keep their translation: what was carried over, already on the shelf."""
    empty = [one for one in segments_in(shelved) if not one.target]
    if not empty:
        return []
    known = dict(
        StringTranslation.objects.filter(
            context__object_id=shelved.source.object_id,
            locale_id=shelved.target_locale_id,
            translation_of_id__in=[one.string_id for one in empty],
        )
        .order_by("updated_at")
        .values_list("translation_of_id", "data")
    )
    carried = [(one, as_text(known[one.string_id])) for one in empty if one.string_id in known]
    put_many(shelved, carried, None)
    return carried
