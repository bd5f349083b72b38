"""A policy article as a page."""

from __future__ import annotations

from typing import Any, ClassVar

from anyascii import anyascii
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
    TitleFieldPanel,
)
from wagtail.models import Page
from wagtail.search import index

from cms.articles.adapter import article_of
from cms.articles.blocks import ArticleBody, ArticlePicture
from cms.articles.enums import ArticleKind, Audience, ClaimVerdict, Priority
from cms.articles.forms import PolicyArticleForm
from cms.articles.preview import READ, preview_context
from cms.articles.text import (
    correction_problems,
    old_font_texts,
    particulars_problems,
    printed_title,
    slug_problem,
    text_problems,
)
from cms.articles.widgets import FactTextInput, LegalBasisInput
from cms.core.fields import ChosenField, LinesField, StreamField
from cms.core.labels import language_and_tag
from cms.core.public import article_url
from cms.offices.models import office_choices
from cms.planning.models import topic_choices
from cms.previews.frames import frame, private, read_whole
from cms.previews.sources import kind_of_mode, product_modes
from cms.production.panels import ProductsPanel
from render.article import Article
from render.inline import clean
from render.language import languages
from render.products import products


def audience_choices() -> list[tuple[int, str]]:
    """The six audiences."""
    return list(Audience.choices)


def language_choices() -> list[tuple[str, str]]:
    """The registry's languages that are switched on."""
    return [(tag, language_and_tag(tag)) for tag, one in languages().items() if one.enabled]


def product_choices() -> list[tuple[str, str]]:
    """Every product."""
    return [(name, _(one.label)) for name, one in products().items()]


class PolicyArticlePage(Page):
    """One article in one language. Its pages in other languages are its translations in Wagtail's sense."""

    summary = models.TextField(_("Summary"), help_text=_("One or two sentences: what changes, for whom, since when."))
    topic = models.CharField(_("Kicker"), max_length=80, blank=True, help_text=_("The line above the headline."))
    kind = models.CharField(_("Kind"), max_length=10, choices=ArticleKind.choices, default=ArticleKind.ARTICLE)
    claim = models.TextField(
        _("The claim"),
        blank=True,
        max_length=600,
        help_text=_("As it goes about. It is never said without its verdict."),
    )
    verdict = models.CharField(_("Verdict"), max_length=16, choices=ClaimVerdict.choices, blank=True)
    truth = models.TextField(
        _("What is so"), blank=True, max_length=2000, help_text=_("One or two sentences, with facts inserted.")
    )
    evidence = LinesField(_("Evidence"), blank=True, help_text=_("One address a line, beginning with https://"))
    topics = ChosenField(_("Topics"), choices_of=topic_choices, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("Responsible"),
    )  # fmt: skip
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("Reviewer"),
    )  # fmt: skip
    review_by = models.DateField(
        _("Review by"),
        null=True,
        blank=True,
        help_text=_("Then somebody looks at it again; the calendar shows it."),
    )
    valid_until = models.DateField(
        _("Last day of use"),
        null=True,
        blank=True,
        help_text=_("After this day everything made of it is recalled. Empty: for as long as it holds."),
    )
    audiences = ChosenField(_("Audiences"), choices_of=audience_choices, coerce=int, blank=True)
    legal = LinesField(_("Legal basis"), blank=True, help_text=_("One a line: Nghị định 176/2025/NĐ-CP"))
    in_force = models.DateField(_("In force from"), null=True, blank=True)
    priority = models.CharField(_("Priority"), max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    body = StreamField(ArticleBody(), verbose_name=_("Sections"), blank=True)
    picture = StreamField(
        ArticlePicture(), verbose_name=_("Picture"), blank=True, help_text=_("On the front of what has room for one.")
    )
    campaign = models.CharField(
        _("Campaign"), max_length=40, blank=True, help_text=_("It gives the products their colours.")
    )
    say = LinesField(
        _("How words are said"), blank=True, help_text=_("One a line, for this article: VssID = vê ét ét ai đi")
    )
    voices = LinesField(_("Voices"), blank=True, help_text=_("One language a line: km = name of the voice"))
    languages = ChosenField(_("Languages wanted"), choices_of=language_choices, blank=True)
    products = ChosenField(
        _("Products wanted"), choices_of=product_choices, blank=True, help_text=_("None ticked: all of them.")
    )
    offices = ChosenField(
        _("Offices wanted"),
        choices_of=office_choices,
        blank=True,
        help_text=_("Each gets its own leaflets with its contact block, beside the national ones. None ticked: none."),
    )

    parent_page_types: ClassVar = ["core.HomePage"]
    subpage_types: ClassVar = []
    base_form_class = PolicyArticleForm
    template = "articles/policy_article_page.html"

    search_fields: ClassVar = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.SearchField("text_ascii"),
        index.AutocompleteField("title_ascii"),
        index.FilterField("priority"),
        index.FilterField("kind"),
    ]

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    TitleFieldPanel("title", widget=FactTextInput, placeholder=_("Headline; figures as {{ key }}")),
                    FieldPanel("summary", widget=FactTextInput({"rows": 3})),
                    FieldPanel("topic"),
                    MultiFieldPanel(
                        [
                            FieldPanel("kind"),
                            FieldPanel("claim", widget=FactTextInput({"rows": 2})),
                            FieldPanel("verdict"),
                            FieldPanel("truth", widget=FactTextInput({"rows": 2})),
                            FieldPanel("evidence"),
                        ],
                        heading=_("Correction of a false claim"),
                        classname="collapsed loa-correction",
                    ),
                    FieldPanel("picture", classname="collapsed"),
                    FieldPanel("body"),
                ],
                heading=_("Content"),
            ),
            ObjectList(
                [
                    ProductsPanel(heading=_("State of the products"), icon="cogs"),
                    MultiFieldPanel(
                        [FieldPanel("products"), FieldPanel("languages"), FieldPanel("offices")], heading=_("Wanted")
                    ),
                ],
                heading=_("Products"),
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldPanel("audiences"),
                            FieldPanel("topics"),
                            FieldRowPanel([FieldPanel("campaign"), FieldPanel("priority")]),
                        ],
                        heading=_("Whom and what for"),
                    ),
                    MultiFieldPanel(
                        [
                            FieldPanel("legal", widget=LegalBasisInput),
                            FieldRowPanel([FieldPanel("in_force"), FieldPanel("valid_until")]),
                        ],
                        heading=_("Legal basis"),
                    ),
                    MultiFieldPanel(
                        [FieldRowPanel([FieldPanel("responsible"), FieldPanel("reviewer")]), FieldPanel("review_by")],
                        heading=_("Who answers for it"),
                    ),
                    MultiFieldPanel(
                        [FieldPanel("slug"), FieldPanel("say"), FieldPanel("voices")],
                        heading=_("Address and pronunciation"),
                        classname="collapsed",
                    ),
                    # The dialog of the status panel. Its other date would call the article back without a reason:
                    # the last day of use does that, and says so.
                    PublishingPanel(children=PublishingPanel().children[:1]),
                ],
                heading=_("Particulars"),
            ),
        ]
    )

    class Meta:
        verbose_name = _("Policy article")
        verbose_name_plural = _("Policy articles")

    def title_ascii(self) -> str:
        """For a search without accents: đ and tone marks are never folded by the databases."""
        return anyascii(printed_title(self.title))

    def text_ascii(self) -> str:
        """Title, topic and summary without accents."""
        return anyascii(f"{printed_title(self.title)} {self.topic} {self.summary}")

    def get_admin_display_title(self) -> str:
        """With the figures as they stand today, not as keys."""
        return printed_title(self.draft_title or self.title)

    def as_article(self) -> Article:
        """As the pipeline knows it."""
        return article_of(self)

    def clean(self) -> None:
        """Check the texts outside the stream as those inside it check themselves."""
        super().clean()
        self.title, self.summary = (
            clean(self.title),
            clean(self.summary),
        )  # a headline is one line, however it was typed
        errors = {
            name: problems for name in ("title", "topic", "summary") if (problems := text_problems(getattr(self, name)))
        }
        if self.slug and (problem := slug_problem(self.slug)):
            errors["slug"] = [problem]
        errors |= particulars_problems(self) | correction_problems(self)
        if self.in_force and self.valid_until and self.valid_until < self.in_force:
            errors["valid_until"] = [_("This is before the day on which it comes into force.")]
        if self.locale_id and not errors and (found := old_font_texts(self.as_article())):
            errors["body"] = found
        if errors:
            raise ValidationError(errors)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Readers are sent to the published page in the store."""
        return HttpResponseRedirect(article_url(self.slug, self.locale.language_code))

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """The article to read, as a loudspeaker reads it, and as every product."""
        reading = (READ, _("Will be read as…"))
        return [("", _("The article to read")), reading, *product_modes(self.locale.language_code)]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """A draft is shown here, and leaves no trace in the store."""
        if mode_name == READ:
            return read_whole(self, request)
        if kind_of_mode(mode_name):
            return frame(self, request, mode_name)
        response = Page.serve(self, request)
        return private(response) if isinstance(response, TemplateResponse) else response

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The article as an edition of today, or what is in its way."""
        return super().get_context(request, *args, **kwargs) | preview_context(self)


def source_page(page: PolicyArticlePage) -> PolicyArticlePage:
    """The page a translation was made from: the Vietnamese one, else the first of its family."""
    family = list(
        PolicyArticlePage.objects.filter(translation_key=page.translation_key, alias_of__isnull=True)
        .select_related("locale")
        .order_by("pk")
    )
    return next((one for one in family if one.locale.language_code == "vi"), family[0] if family else page)
