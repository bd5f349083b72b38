"""Download of article files in the admin."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from cms.articles.exports import file_name, file_text, picture_files, zipped
from cms.articles.models import PolicyArticlePage, source_page


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
