"""Upload and download of article files in the admin."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.admin import messages

from cms.articles.actions import ImportArticleAction, Imported
from cms.articles.exports import file_name, file_text, picture_files, zipped
from cms.articles.forms import ImportForm, is_article
from cms.articles.models import PolicyArticlePage, source_page
from cms.articles.pictures import with_paths
from cms.core.models import HomePage
from cms.core.words import in_words
from render.article import Article
from render.errors import ArticleError, LoaError
from render.markdown import parse_article
from render.plan import Source


@require_GET
def export_article(request: HttpRequest, page_id: int) -> HttpResponse:
    """The article's file, for whoever may edit the page."""
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    name = file_name(page, is_source=source_page(page).pk == page.pk)
    if pictures := picture_files(page):
        response = HttpResponse(zipped(page, name, pictures), content_type="application/zip")
        name = f"{name.removesuffix('.md')}.zip"
    else:
        response = HttpResponse(file_text(page), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "POST"])
def import_articles(request: HttpRequest, parent_id: int) -> HttpResponse:
    """A form for files; what was imported, and what was refused and why."""
    home = get_object_or_404(HomePage, pk=parent_id)
    if not home.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None)
    imported: list[Imported] = []
    refused: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        with tempfile.TemporaryDirectory(prefix="loa-import-") as folder:
            sources, refused = _read(form.cleaned_data["files"], Path(folder))
            for source in sources:
                action = ImportArticleAction(source, home=home, user=request.user, publish=form.cleaned_data["publish"])
                try:
                    imported += action.execute()
                except LoaError as error:
                    refused.append((error.where or source.article.slug, in_words(error)))
                except PermissionDenied:
                    refused.append((source.article.slug, _("You may not do this with this article.")))
        if imported:
            count = len(imported)
            messages.success(
                request,
                ngettext("%(count)d article imported.", "%(count)d articles imported.", count) % {"count": count},
            )
    context = {"home": home, "form": form, "imported": imported, "refused": refused}
    return TemplateResponse(request, "articles/import.html", context)


def _read(files: list[Any], folder: Path) -> tuple[list[Source], list[tuple[str, str]]]:
    """Articles with the translations and pictures that came with them; a translation alone joins the page there is."""
    articles: dict[str, list[Article]] = defaultdict(list)
    refused: list[tuple[str, str]] = []
    pictures: dict[str, Path] = {}
    for number, file in enumerate(file for file in files if not is_article(file)):
        pictures[file.name] = folder / str(number)  # never a name from outside
        pictures[file.name].write_bytes(file.read())
    for file in files:
        if not is_article(file):
            continue
        try:
            text = file.read().decode("utf-8-sig")
            article = with_paths(parse_article(text), pictures)
        except UnicodeDecodeError:
            refused.append((file.name, _("The file is not UTF-8.")))
        except LoaError as error:
            refused.append((f"{file.name} {error.where}".strip(), in_words(error)))
        else:
            articles[article.slug].append(article)
    sources = []
    for slug, family in articles.items():
        try:
            sources.append(_source(slug, family))
        except LoaError as error:
            refused.append((slug, in_words(error)))
    return sources, refused


def _source(slug: str, family: list[Article]) -> Source:
    by_language = {one.lang: one for one in family}
    if len(by_language) < len(family):
        raise ArticleError(_("Two files of the same language have this slug"))
    page = PolicyArticlePage.objects.filter(slug=slug, alias_of__isnull=True).first()
    if page is not None:
        there = source_page(page)
        first = by_language.pop(there.locale.language_code, None) or there.get_latest_revision_as_object().as_article()
    elif "vi" in by_language:
        first = by_language.pop("vi")
    elif len(by_language) == 1:
        first = by_language.popitem()[1]
    else:
        raise ArticleError(_("None of these files is the article in Vietnamese"))
    return Source(first, by_language)
