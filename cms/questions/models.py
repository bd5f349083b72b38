"""A question people ask, its answer with facts in it, and who answers for the answer."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from anyascii import anyascii
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import TranslatableMixin
from wagtail.search import index

from cms.articles.text import printed_title, text_problems
from cms.core.fields import ChosenField, LinesField, ParagraphsField
from cms.planning.models import audience_choices, topic_choices
from render.article import Question
from render.inline import clean

KEY = RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z", _("Use a to z, digits and single hyphens: bao-gio-duoc-nhan"))


class BankQuestion(TranslatableMixin, index.Indexed, models.Model):
    """Articles show it by reference: a better answer reaches all of them, once it is approved.

    `approved_digest` says which words were approved: an edit lapses the approval by itself, and no article goes out
    with the new words until they are approved. The words that were approved last are kept in `approved_text`.
    """

    key = models.CharField(_("Key"), max_length=60, validators=[KEY], help_text="bao-gio-duoc-nhan")
    question = models.TextField(_("Question"), max_length=500)
    variants = LinesField(_("Also asked as"), blank=True, help_text=_("One a line, as people say it."))
    answer = ParagraphsField(
        _("Answer"), max_length=10_000, help_text=_("A blank line begins a new paragraph. Figures as {{ key }}.")
    )
    legal = LinesField(_("Legal basis"), blank=True, help_text=_("One a line: Nghị định 176/2025/NĐ-CP"))
    topics = ChosenField(_("Topics"), choices_of=topic_choices, blank=True)
    audiences = ChosenField(_("Audiences"), choices_of=audience_choices, coerce=int, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("Responsible"),
    )  # fmt: skip
    review_by = models.DateField(_("Review by"), null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)
    approved_digest = models.CharField(max_length=64, blank=True, editable=False)
    approved_text = models.JSONField(default=dict, editable=False)  # {"question", "answer": [paragraphs]}
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, editable=False)

    search_fields: ClassVar = [
        index.SearchField("question"),
        index.SearchField("answer"),
        index.SearchField("text_ascii"),
        index.AutocompleteField("text_ascii"),
        index.FilterField("locale_id"),
    ]

    class Meta(TranslatableMixin.Meta):
        ordering = ("key", "pk")
        verbose_name = _("Question of the bank")
        verbose_name_plural = _("Question bank")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("key", "locale"), name="one_question_a_key_a_language")
        ]
        permissions: ClassVar = [("approve_bankquestion", _("Can approve answers of the question bank"))]

    def __str__(self) -> str:
        return printed_title(self.question)

    def text_ascii(self) -> str:
        """For a search without accents: as it is asked, and as it is also asked."""
        return anyascii(" ".join([self.key, printed_title(self.question), *self.variants]))

    def paragraphs(self) -> tuple[str, ...]:
        """The answer, a text a paragraph."""
        return tuple(ParagraphsField.paragraphs(self.answer))

    def clean(self) -> None:
        """Its texts are checked as those of articles."""
        super().clean()
        self.question = clean(self.question)
        errors: dict[str, Any] = {}
        if problem := self._renamed():
            errors["key"] = problem
        if problems := text_problems(self.question):
            errors["question"] = problems
        if problems := [problem for text in self.paragraphs() for problem in text_problems(text)]:
            errors["answer"] = problems
        elif not self.paragraphs():
            errors["answer"] = _("Write the answer.")
        if errors:
            raise ValidationError(errors)

    def _renamed(self) -> Any:
        """What articles refer to keeps its key: under it another answer would come into them unseen."""
        from cms.questions.bank import drafts_using, pages_using

        before = type(self).objects.filter(pk=self.pk).values_list("key", flat=True).first() if self.pk else None
        if before is None or before == self.key or not (pages_using(before) or drafts_using(before)):
            return ""
        return _("Articles show this question: its key stays %(key)s.") % {"key": before}

    def digest(self) -> str:
        """What an approval is given to: the words that go out."""
        said = "\0".join((self.question, *self.paragraphs(), "", *self.legal))
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def approved(self) -> bool:
        """Whether the words as they stand are approved."""
        return bool(self.approved_digest) and self.approved_digest == self.digest()

    def as_question(self) -> Question[str]:
        """What articles show: the words approved last; those that stand, while none has ever been approved."""
        if self.approved_digest and self.approved_text:
            return Question(self.approved_text["question"], tuple(self.approved_text["answer"]), ref=self.key)
        return Question(self.question, self.paragraphs(), ref=self.key)
