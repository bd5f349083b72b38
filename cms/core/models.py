"""The root of the newsroom's tree: one home page, under which articles lie."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.core.public import index_url


class HomePage(Page):
    """Where articles lie. Readers never see it: they are sent to the published pages in the store."""

    subpage_types: ClassVar = ["articles.PolicyArticlePage"]
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    preview_modes: ClassVar = []
    is_creatable = False  # the first comes with the database, one for each further language with its first translation

    class Meta:
        verbose_name = _("Home page")
        verbose_name_plural = _("Home pages")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """To the index of what is published."""
        return HttpResponseRedirect(index_url())
