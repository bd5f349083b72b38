"""Legal documents in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from cms.register import views
from cms.register.choosers import document_chooser, standing, standing_today
from cms.register.models import LegalDocument


class DocumentIndexView(IndexView):
    """The list, with the register as a file."""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Down, up, and what needs attention."""
        found = [
            HeaderButton(_("Needs attention"), reverse("register_attention"), icon_name="warning", priority=5),
            *(
                HeaderButton(_("Download %(format)s") % {"format": suffix.upper()},
                             reverse("register_export", args=[suffix]), icon_name="download", priority=10)
                for suffix in ("csv", "xlsx", "toml")
            ),
        ]  # fmt: skip
        if self.request.user.has_perm("register.add_legaldocument"):
            found.append(
                HeaderButton(_("Import a register"), reverse("register_upload"), icon_name="upload", priority=20)
            )
        return [*super().header_more_buttons, *found]


@register_snippet
class DocumentViewSet(SnippetViewSet):
    """A list with where each stands today, and a form."""

    model = LegalDocument
    icon = "doc-full"
    menu_label = gettext_lazy("Legal documents")
    menu_order = 312
    add_to_admin_menu = True
    index_view_class = DocumentIndexView
    list_display: ClassVar = [
        "name",
        "title",
        "in_force_from",
        Column("standing", label=gettext_lazy("Standing"), accessor=standing_today),
    ]
    list_filter: ClassVar = ["kind"]
    list_per_page = 50
    inspect_view_enabled = False
    panels: ClassVar = [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("kind"), FieldPanel("number")]),
                FieldPanel("title"),
                FieldRowPanel([FieldPanel("issuer"), FieldPanel("issued_on")]),
            ],
            heading=gettext_lazy("Legal document"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("in_force_from"), FieldPanel("in_force_until")]),
                FieldPanel("replaced_by"),
            ],
            heading=gettext_lazy("Validity"),
        ),
        FieldPanel("link"),
        FieldPanel("note"),
    ]

    def get_form_class(self, for_update: bool = False) -> Any:
        """With a plain list to choose from: the chooser's widget starts with an inline script."""
        from django import forms

        class DocumentForm(super().get_form_class(for_update)):  # type: ignore[misc]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                others = LegalDocument.objects.exclude(pk=self.instance.pk).order_by("number")
                choices = [("", "—"), *((one.pk, str(one)) for one in others)]
                self.fields["replaced_by"].widget = forms.Select(choices=choices)

        return DocumentForm


@hooks.register("register_admin_viewset")
def choosers() -> Any:
    """Opened beneath a legal basis."""
    return document_chooser


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks its permissions itself."""
    return [
        path("register/standing/", standing, name="register_standing"),
        path("register/export/<str:suffix>/", views.export, name="register_export"),
        path("register/import/", views.upload, name="register_upload"),
        path("register/attention/", views.attention, name="register_attention"),
        path("register/<int:pk>/rests/", views.rests_on, name="register_rests_on"),
    ]


@hooks.register("register_snippet_listing_buttons")
def listing_buttons(snippet: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Who rests on it."""
    if isinstance(snippet, LegalDocument):
        url = reverse("register_rests_on", args=[snippet.pk])
        yield Button(_("Who rests on it"), url, icon_name="link", priority=20)


class _ReportItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        return bool(request.user.has_perm("register.view_legaldocument"))


@hooks.register("register_reports_menu_item")
def report() -> MenuItem:
    """Among the reports."""
    return _ReportItem(
        gettext_lazy("Legal bases to look at"), reverse("register_attention"), icon_name="doc-full", order=700
    )
