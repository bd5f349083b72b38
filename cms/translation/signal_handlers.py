"""What publishing, unpublishing and deleting a source means for its translations."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models.signals import post_save, pre_delete
from django.utils import timezone
from wagtail.models import Locale, Page
from wagtail.signals import page_published, page_unpublished


def connect() -> None:
    """Listen."""
    from cms.articles.models import PolicyArticlePage
    from cms.questions.models import BankQuestion
    from cms.sound.actions import takes_changed

    page_published.connect(published, sender=PolicyArticlePage, dispatch_uid="translation.published")
    page_unpublished.connect(unpublished, sender=PolicyArticlePage, dispatch_uid="translation.unpublished")
    pre_delete.connect(deleted, sender=PolicyArticlePage, dispatch_uid="translation.deleted")
    post_save.connect(question_saved, sender=BankQuestion, dispatch_uid="translation.question_saved")
    takes_changed.connect(recorded, dispatch_uid="translation.recorded")
    pre_delete.connect(locale_deleted, sender=Locale, dispatch_uid="translation.locale_deleted")


def published(sender: type[Any], instance: Any, revision: Any = None, **kwargs: Any) -> None:
    """The source is public as it is now: each wanted language has its task, and changed texts are open again."""
    from cms.translation.memory import source_of
    from cms.translation.resyncing import resync

    if instance.alias_of_id:
        return
    pk, user = instance.pk, revision.user if revision else None

    def follow() -> None:
        page = sender._default_manager.filter(pk=pk, live=True).select_related("locale").first()
        source = source_of(page.translation_key, sender) if page else None
        if page is None or source is None or source.pk != page.pk:
            return
        with transaction.atomic():
            resync(page.translation_key, user=user)
            wanted_tasks(page)

    transaction.on_commit(follow)


def wanted_tasks(page: Any) -> None:
    """A task for every language that an article wants and has none for yet; for the bank's questions in it likewise."""
    from cms.questions.bank import keys_in
    from cms.questions.models import BankQuestion

    _tasks_for(page, page.languages)
    if keys := keys_in(page):
        for question in BankQuestion.objects.filter(key__in=keys, locale_id=page.locale_id).select_related("locale"):
            _tasks_for(question, page.languages)


def _tasks_for(source: Any, languages_wanted: list[str]) -> None:
    from cms.translation.keeping import source_title
    from cms.translation.models import TranslationTask
    from cms.translation.segments import segments_of
    from render.language import languages

    known = set(TranslationTask.objects.filter(key=source.translation_key).values_list("tag", flat=True))
    on = {tag for tag, one in languages().items() if one.enabled}
    tags = [tag for tag in languages_wanted if tag in on and tag not in known and tag != source.locale.language_code]
    if not tags:
        return
    total, title, now = len(segments_of(source)), source_title(source), timezone.now()
    kind = ContentType.objects.get_for_model(type(source))
    TranslationTask.objects.bulk_create(
        [
            TranslationTask(
                key=source.translation_key, tag=tag, content_type=kind, title=title, total=total, source_at=now
            )
            for tag in tags
        ],
        ignore_conflicts=True,
    )


def question_saved(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """New words of a question are approved: its translations follow, as those of a page that is published."""
    from cms.translation.ready import is_translation
    from cms.translation.resyncing import resync

    if instance.approved and not is_translation(instance):
        transaction.on_commit(lambda: resync(instance.translation_key))


def unpublished(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """Without its source no translation stays before readers."""
    withdraw_translations(instance)


def deleted(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """As unpublished; the texts stay in the history."""
    withdraw_translations(instance)


def withdraw_translations(page: Any) -> None:
    """Unpublish every other language of a source."""
    from wagtail.actions.unpublish_page import UnpublishPageAction

    from cms.translation.memory import source_of

    source = source_of(page.translation_key, type(page))
    if page.alias_of_id or source is None or source.pk != page.pk:
        return
    for one in live_translations(page):
        UnpublishPageAction(one, user=None).execute(skip_permission_checks=True)


def live_translations(page: Any) -> list[Any]:
    """The other languages of a page that readers see."""
    found = type(page)._default_manager.filter(translation_key=page.translation_key, live=True, alias_of__isnull=True)
    return list(found.exclude(pk=page.pk).select_related("locale"))


def locale_deleted(sender: type[Any], instance: Locale, **kwargs: Any) -> None:
    """A language row goes: its texts are in the history, from where they come back with it."""
    from cms.audit.log import record
    from cms.translation.models import TranslationTask

    count = TranslationTask.objects.filter(tag=instance.language_code).count()
    if count:
        details = {"tasks": count}
        record("locale.deleted", actor=None, subject=f"locale:{instance.language_code}", details=details)


def recorded(sender: type[Any], article: Any, lang: str, **kwargs: Any) -> None:
    """Recordings came or were signed off, here or at the desk."""
    from cms.translation.models import TranslationTask
    from cms.translation.recordings import recount_recordings

    if task := TranslationTask.objects.filter(key=article, tag=lang).first():
        recount_recordings(task)


def cascade(pages: list[Page], action: str) -> dict[Page, list[Page]]:
    """For Wagtail's own screens, which name the pages that go along."""
    from cms.articles.models import PolicyArticlePage
    from cms.translation.memory import source_of

    if action != "unpublish":
        return {}
    found: dict[Page, list[Page]] = {}
    for page in pages:
        specific = page.specific
        if not isinstance(specific, PolicyArticlePage):
            continue
        source = source_of(specific.translation_key, PolicyArticlePage)
        if source is not None and source.pk == specific.pk:
            found[page] = live_translations(specific)
    return found
