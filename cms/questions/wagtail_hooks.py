"""The question bank in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, SnippetViewSet

from cms.articles.forms import people
from cms.articles.widgets import FactTextInput, LegalBasisInput
from cms.questions import views
from cms.questions.bank import drafts_using, pages_using, texts_said, unapproved
from cms.questions.models import BankQuestion


class BankQuestionForm(WagtailAdminModelForm):
    """With a list of people, and texts that show their facts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "owner" in self.fields:
            self.fields["owner"].widget = forms.Select(choices=[("", "—"), *people()])


class _NotesWho:
    """Who changed it last: they cannot approve it."""

    def save_instance(self) -> Any:
        """With the user's name on it when words of it changed."""
        if {"question", "answer", "legal"} & set(self.form.changed_data) or not self.form.instance.pk:  # type: ignore[attr-defined]
            self.form.instance.changed_by = self.request.user  # type: ignore[attr-defined]
        return super().save_instance()  # type: ignore[misc]


class QuestionCreateView(_NotesWho, CreateView):
    """A new one."""


class QuestionEditView(_NotesWho, EditView):
    """One that is there."""


class QuestionIndexView(IndexView):
    """The list, with the bank as a file."""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Away as JSON, CSV, FAQ."""
        names = (("json", "JSON"), ("csv", "CSV"), ("faq", "FAQ (schema.org)"))
        return [
            *super().header_more_buttons,
            *(
                HeaderButton(_("Download %(format)s") % {"format": label}, reverse("questions_export", args=[kind]),
                             icon_name="download", priority=10)
                for kind, label in names
            ),
        ]  # fmt: skip


def _state(question: BankQuestion) -> str:
    if question.approved:
        return _("Approved")
    return _("Changed since") if question.approved_digest else _("Not approved")


@register_snippet
class BankQuestionViewSet(SnippetViewSet):
    """A list with the state of each answer, and a form."""

    model = BankQuestion
    icon = "help"
    menu_label = gettext_lazy("Question bank")
    menu_order = 314
    add_to_admin_menu = True
    index_view_class = QuestionIndexView
    add_view_class = QuestionCreateView
    edit_view_class = QuestionEditView
    list_display: ClassVar = [
        "__str__",
        "key",
        Column("state", label=gettext_lazy("State"), accessor=_state),
        "review_by",
    ]
    list_per_page = 50
    panels: ClassVar = [
        MultiFieldPanel(
            [
                FieldPanel("question", widget=FactTextInput),
                FieldPanel("variants"),
                FieldPanel("answer", widget=FactTextInput({"rows": 6, "data-loa-text-lines-value": "true"})),
            ],
            heading=gettext_lazy("Question and answer"),
        ),
        FieldPanel("legal", widget=LegalBasisInput),
        MultiFieldPanel([FieldPanel("topics"), FieldPanel("audiences")], heading=gettext_lazy("Whom and what for")),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("owner"), FieldPanel("review_by")]), FieldPanel("key")],
            heading=gettext_lazy("Who answers for it"),
        ),
    ]


BankQuestion.base_form_class = BankQuestionForm


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks its permissions itself."""
    return [
        path("questions/<int:pk>/answer/", views.answer, name="questions_answer"),
        path("questions/export/<str:kind>/", views.export, name="questions_export"),
    ]


@hooks.register("register_snippet_listing_buttons")
def listing_buttons(snippet: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """Where it is shown, and its approval."""
    if isinstance(snippet, BankQuestion):
        yield Button(
            _("Approval and use"), reverse("questions_answer", args=[snippet.pk]), icon_name="tick-inverse", priority=20
        )


hooks.register("texts_said_by_pages", texts_said)  # a change of a fact reaches what only the bank says


@hooks.register("before_publish_page")
def only_approved_answers(request: HttpRequest, page: Any) -> HttpResponse | None:
    """No article goes out with an answer that nobody has approved."""
    from cms.articles.models import PolicyArticlePage

    if isinstance(page, PolicyArticlePage) and (waiting := unapproved(page.as_article())):
        names = ", ".join(str(one) for one in waiting)
        messages.error(request, _("Not published: these answers are not approved yet: %(names)s") % {"names": names})
        return redirect("wagtailadmin_pages:edit", page.pk)
    return None


@hooks.register("before_delete_snippet")
def keep_what_is_shown(request: HttpRequest, instances: list[Any]) -> HttpResponse | None:
    """A question that an article shows cannot be deleted."""
    for one in instances:
        if isinstance(one, BankQuestion) and (pages := pages_using(one.key) + drafts_using(one.key)):
            names = ", ".join(page.get_admin_display_title() for page in pages[:5])
            messages.error(request, _("It is shown in: %(names)s") % {"names": names})
            return redirect("wagtailsnippets_questions_bankquestion:list")
    return None
