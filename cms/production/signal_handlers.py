"""What Wagtail tells us: an article was published, unpublished, deleted, or given a new address."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_delete
from wagtail.signals import page_published, page_slug_changed, page_unpublished

from cms.production.enums import BuildCause


def connect() -> None:
    """Listen to the signals of articles."""
    from cms.articles.models import PolicyArticlePage
    from cms.offices.models import Office

    page_published.connect(published, sender=PolicyArticlePage, dispatch_uid="production.published")
    page_unpublished.connect(unpublished, sender=PolicyArticlePage, dispatch_uid="production.unpublished")
    page_slug_changed.connect(slug_changed, sender=PolicyArticlePage, dispatch_uid="production.slug_changed")
    post_save.connect(office_saved, sender=Office, dispatch_uid="production.office_saved")
    pre_delete.connect(deleted, sender=PolicyArticlePage, dispatch_uid="production.deleted")


def published(sender: type[Any], instance: Any, revision: Any = None, **kwargs: Any) -> None:
    """Ask for a build when the publication is in the database."""
    from cms.articles.models import PolicyArticlePage, source_page
    from cms.production.actions import QueueBuildAction

    if instance.alias_of_id:
        return
    pk, user = instance.pk, revision.user if revision else None

    def queue() -> None:
        page = PolicyArticlePage.objects.filter(pk=pk, live=True).select_related("locale").first()
        if page is None:
            return  # unpublished again in the same transaction
        languages = () if source_page(page).pk == page.pk else (page.locale.language_code,)
        QueueBuildAction(page, cause=BuildCause.PUBLISHED, user=user, languages=languages).execute()

    transaction.on_commit(queue)


def unpublished(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """Ask for the withdrawal of the article, or of one language when only a translation went."""
    _withdraw(instance, BuildCause.UNPUBLISHED, "Bài đã được gỡ khỏi trang")


def deleted(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """A deleted article is withdrawn too, though its page is gone when the worker comes."""
    if instance.live:
        _withdraw(instance, BuildCause.DELETED, "Bài đã bị xóa")


def slug_changed(sender: type[Any], instance: Any, instance_before: Any, **kwargs: Any) -> None:
    """Under its old name the article is no longer there."""
    if instance_before.live and not instance.alias_of_id:
        _withdraw(instance_before, BuildCause.MOVED, "Bài đã đổi địa chỉ")


def office_saved(sender: type[Any], instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """The sheets of an office say its contact block: published articles that want it are built again for it."""
    from cms.articles.models import PolicyArticlePage
    from cms.production.actions import QueueBuildAction

    if raw:
        return
    code = instance.code

    def queue() -> None:
        for page in PolicyArticlePage.objects.live().filter(alias_of__isnull=True).select_related("locale"):
            if code in page.offices:
                QueueBuildAction(page, cause=BuildCause.OFFICE, reason=str(instance), offices=(code,)).execute()

    transaction.on_commit(queue)


def _withdraw(page: Any, cause: BuildCause, reason: str) -> None:
    from cms.articles.models import source_page
    from cms.production.actions import QueueWithdrawalAction

    if page.alias_of_id:
        return
    slug = page.slug
    languages = () if source_page(page).pk == page.pk else (page.locale.language_code,)
    action = QueueWithdrawalAction(slug, cause=cause, reason=reason, languages=languages)
    transaction.on_commit(lambda: action.execute())
