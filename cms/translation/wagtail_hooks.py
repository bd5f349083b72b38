"""Translation in the admin: its addresses and menu, and the ways by which wagtail-localize would go around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, re_path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.core.listings import FoldedSearch
from cms.questions.models import BankQuestion
from cms.translation import files, lists, recording_views, views
from cms.translation.models import GlossaryTerm, TranslationTask
from cms.translation.permissions import may_manage, own_tags, seen_tags
from cms.translation.ready import is_translation
from cms.translation.signal_handlers import cascade


def _elsewhere(request: HttpRequest, rest: str) -> HttpResponse:
    """wagtail-localize's own screens write without our checks: what they are asked for, ours does."""
    parts = rest.strip("/").split("/")
    if parts[:2] == ["submit", "page"] and len(parts) == 3 and parts[2].isdecimal():
        return HttpResponseRedirect(reverse("translation_start", args=[int(parts[2])]))
    if parts[0] in ("update", "reports"):
        return HttpResponseRedirect(reverse("translation_index"))
    raise Http404


@hooks.register("register_admin_urls", order=-10)
def urls() -> list[URLPattern]:
    """Before wagtail-localize's, so that its addresses lead here. Each view checks for itself."""
    return [
        re_path(r"^localize/(?P<rest>.*)$", _elsewhere),
        path("translation/", lists.index, name="translation_index"),
        path("translation/mine/", lists.mine, name="translation_mine"),
        path("translation/glossary-file/", files.glossary_file, name="translation_glossary_file"),
        path("translation/start/<int:page_id>/", views.start, name="translation_start"),
        path("translation/start/question/<int:question_id>/", views.start_question, name="translation_start_question"),
        path("translation/<int:pk>/", views.edit, name="translation_edit"),
        path("translation/<int:pk>/save/", views.save, name="translation_save"),
        path("translation/<int:pk>/hand-in/", views.hand_in, name="translation_hand_in"),
        path("translation/<int:pk>/approve/", views.approve, name="translation_approve"),
        path("translation/<int:pk>/remark/", views.remark, name="translation_remark"),
        path("translation/<int:pk>/publish/", views.publish, name="translation_publish"),
        path("translation/<int:pk>/history/", views.history, name="translation_history"),
        path("translation/<int:pk>/preview/", views.preview, name="translation_preview"),
        path("translation/<int:pk>/recordings/", recording_views.recordings, name="translation_recordings"),
        path("translation/<int:pk>/recordings/sign-off/", recording_views.sign_off, name="translation_sign_off"),
        path("translation/<int:pk>/recordings/sheet.pdf", recording_views.sheet, name="translation_sheet"),
        re_path(
            r"^translation/(?P<pk>\d{1,17})/recordings/(?P<sha256>[0-9a-f]{64})/$",
            recording_views.take,
            name="translation_take",
        ),
        re_path(r"^translation/(?P<pk>\d{1,17})/file\.(?P<suffix>po|xlsx)$", files.download, name="translation_file"),
        path("translation/<int:pk>/upload/", files.upload, name="translation_upload"),
        path("translation/<int:pk>/upload/<int:pending_pk>/", files.report, name="translation_report"),
        path("translation/<int:pk>/upload/<int:pending_pk>/apply/", files.apply, name="translation_apply"),
    ]


@hooks.register("before_edit_page", order=-10)
def edit_elsewhere(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A translated page is edited beside its source, never by itself."""
    from cms.articles.models import PolicyArticlePage

    specific = page.specific
    if not isinstance(specific, PolicyArticlePage) or specific.alias_of_id or not is_translation(specific):
        return None
    return HttpResponseRedirect(reverse("translation_edit", args=[task_of(specific).pk]))


@hooks.register("before_edit_snippet", order=-10)
def edit_snippet_elsewhere(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """A translated snippet likewise."""
    if not hasattr(instance, "translation_key") or not is_translation(instance):
        return None
    return HttpResponseRedirect(reverse("translation_edit", args=[task_of(instance).pk]))


@hooks.register("register_snippet_listing_buttons")
def hand_out_question(snippet: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """A question of the bank is handed out from its list."""
    if isinstance(snippet, BankQuestion) and may_manage(user) and not is_translation(snippet):
        yield Button(
            _("Hand out for translation"),
            reverse("translation_start_question", args=[snippet.pk]),
            icon_name="wagtail-localize-language",
            priority=30,
        )


def task_of(instance: Any) -> TranslationTask:
    """The task of a translated page or snippet, made when it has none."""
    task, new = TranslationTask.objects.get_or_create(
        key=instance.translation_key,
        tag=instance.locale.language_code,
        defaults={"content_type": ContentType.objects.get_for_model(type(instance))},
    )
    if new:
        from cms.translation.keeping import source_title
        from cms.translation.memory import source_of
        from cms.translation.work import recount

        task.title = source_title(source_of(instance.translation_key, type(instance)))
        recount(task)
    return task


@hooks.register("construct_translated_pages_to_cascade_actions")
def with_translations(pages: list[Page], action: str) -> dict[Page, list[Page]]:
    """Unpublishing a source unpublishes every language, and the screen says so beforehand."""
    return cascade(pages, action)


class _Item(MenuItem):
    """Shown to those who see any translation."""

    def is_shown(self, request: HttpRequest) -> bool:
        tags = seen_tags(request.user)
        return tags is None or bool(tags)


class _OwnItem(MenuItem):
    """Shown to translators."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(own_tags(request.user))


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    """How far every language is."""
    return _Item(
        _("Translations"),
        reverse("translation_index"),
        name="translations",
        icon_name="wagtail-localize-language",
        order=310,
    )


@hooks.register("register_admin_menu_item")
def own_menu_item() -> MenuItem:
    """What is mine to do."""
    return _OwnItem(
        _("My translations"), reverse("translation_mine"), name="my-translations", icon_name="tasks", order=305
    )


@hooks.register("construct_reports_menu")
def without_theirs(request: HttpRequest, items: list[Any]) -> None:
    """wagtail-localize's report knows nothing of signatures; ours stands in the menu."""
    items[:] = [item for item in items if "localize" not in getattr(item, "url", "")]


class GlossaryIndexView(FoldedSearch, SnippetViewSet.index_view_class):  # type: ignore[misc]
    """The glossary's list."""


class GlossaryViewSet(SnippetViewSet):
    """Terms by language."""

    model = GlossaryTerm
    icon = "openquote"
    menu_label = _("Glossary")
    add_to_admin_menu = False
    list_display = ("term", "tag", "preferred", "note")
    list_filter = ("tag",)
    search_fields = ("term", "preferred")
    index_view_class = GlossaryIndexView


register_snippet(GlossaryViewSet)
