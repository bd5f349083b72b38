"""The blocks an article is written in: the same as `render.article`'s, as forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTable, TypedTableBlock
from wagtail.images.blocks import ImageChooserBlock

from cms.articles.text import text_problems
from cms.articles.widgets import FactTextInput
from cms.core.words import in_words
from cms.questions.bank import bank_choices
from render.article import BlockKind, Picture
from render.errors import ArticleError
from render.inline import clean
from render.pictures import LONGEST_ALT, LONGEST_CREDIT, LONGEST_FILE, checked_picture, read_focus
from render.sections import ID

section_id_validator = RegexValidator(rf"^{ID.pattern}\Z", _("Use letters without accents, digits, - and _ only."))


class InlineTextBlock(blocks.TextBlock):
    """Inline Markdown with `{{ key }}` where a figure stands; what is wrong with it is said at the field."""

    def __init__(self, *args: Any, rows: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, rows=rows, **kwargs)

    @cached_property
    def field(self) -> forms.CharField:
        """A text with chips."""
        return forms.CharField(widget=FactTextInput({"rows": self.rows}), **self.field_options)

    def clean(self, value: str) -> str:
        """One paragraph on one line, every fact known, nothing hostile."""
        text = clean(super().clean(value))
        if problems := text_problems(text):
            raise ValidationError(problems)
        return text

    class Meta:
        icon = "pilcrow"


def _items(label: Any, **kwargs: Any) -> blocks.ListBlock:
    return blocks.ListBlock(InlineTextBlock(label=label), label=label, **kwargs)


class FlowBlock(blocks.StreamBlock):
    """Running text: paragraphs and lists."""

    paragraph = InlineTextBlock(label=_("Paragraph"), rows=3)
    bullets = blocks.ListBlock(InlineTextBlock(label=_("Item")), label=_("List"), icon="list-ul")
    numbered = blocks.ListBlock(InlineTextBlock(label=_("Item")), label=_("Numbered list"), icon="list-ol")


class SectionBlock(blocks.StructBlock):
    """What every section has. Its id matches it with the same section in other languages."""

    title = InlineTextBlock(label=_("Heading"), required=False)
    section_id = blocks.CharBlock(
        label=_("Section id"),
        required=False,
        max_length=64,
        validators=[section_id_validator],
        help_text=_("The same in every language. Empty: its position."),
    )

    def get_form_layout(self) -> blocks.BlockGroup:
        """Heading, note, what it is about, note; what only machines need is closed away."""
        last, machine = ("after",), ("section_id",)
        first = tuple(name for name in ("title", "before") if name in self.child_blocks)
        main = tuple(name for name in self.child_blocks if name not in (*first, *last, *machine))
        return blocks.BlockGroup(
            [*first, *main, *(name for name in last if name in self.child_blocks)],
            settings=[*machine],
            label_format=self.meta.label_format,
        )


class NotedSectionBlock(SectionBlock):
    """A section whose list may have notes before and after it."""

    before = FlowBlock(label=_("Note before"), required=False, collapsed=True)
    after = FlowBlock(label=_("Note after"), required=False, collapsed=True)


class ProseBlock(SectionBlock):
    """Running text."""

    body = FlowBlock(label=_("Text"))

    class Meta:
        label = _("Text")
        label_format = "{title} · {body}"  # when it is closed
        icon = "pilcrow"


class FigureBlock(blocks.StructBlock):
    """A figure and what it measures."""

    value = InlineTextBlock(label=_("Figure"))
    label = InlineTextBlock(label=_("What it is"))


class FiguresBlock(NotedSectionBlock):
    """The numbers to remember."""

    figures = blocks.ListBlock(FigureBlock(label=_("Figure")), label=_("Figures"), min_num=1)

    class Meta:
        label = _("Figures to remember")
        label_format = "{title} · {figures}"
        icon = "order"


class EligibilityBlock(NotedSectionBlock):
    """Who."""

    items = _items(_("Condition"), min_num=1)

    class Meta:
        label = _("Who")
        label_format = "{title} · {items}"
        icon = "group"


class TableBlock(TypedTableBlock):
    """A table of texts; the headings are the columns' own."""

    text = InlineTextBlock(label=_("Column"), required=False)

    def clean(self, value: TypedTable) -> TypedTable:
        """At least one column and one row; headings (they may be empty) are checked like every text."""
        table = super().clean(value)
        problems = [
            f"{column['heading']}: {problem}"
            for column in table.columns
            for problem in text_problems(column["heading"])
        ]
        if not table.columns or not table.row_data:
            problems.append(str(_("A table needs a column and a row.")))
        if problems:
            raise ValidationError(problems)
        table.caption = ""  # a section has its heading; the file format knows no other
        for column in table.columns:
            column["heading"] = clean(column["heading"])
        return table


class ComparisonBlock(NotedSectionBlock):
    """A table, often before and now."""

    table = TableBlock(label=_("Table"))

    class Meta:
        label = _("Comparison")
        icon = "table"


class StepsBlock(NotedSectionBlock):
    """What to do, in order."""

    items = _items(_("Step"), min_num=1)

    class Meta:
        label = _("Steps")
        label_format = "{title} · {items}"
        icon = "list-ol"


class BankChoiceBlock(blocks.ChoiceBlock):
    """A question of the bank by its key. The bank is asked for all of them where a form offers them, and only there."""

    def normalize_choice(self, value: Any) -> Any:
        """Keys are texts already."""
        return value

    def get_searchable_content(self, value: Any) -> list[str]:
        """The question as it is asked."""
        return [asked for key, asked in bank_choices() if key == value] if value else []


class QuestionBlock(blocks.StructBlock):
    """A question and its answer: of the article's own, or the bank's, which then keeps both."""

    bank = BankChoiceBlock(
        label=_("From the question bank"),
        choices=bank_choices,
        required=False,
        help_text=_("Then leave question and answer empty: they follow the bank."),
    )
    question = InlineTextBlock(label=_("Question"), required=False)
    answer = blocks.ListBlock(InlineTextBlock(label=_("Paragraph"), rows=2, required=False), label=_("Answer"))

    def clean(self, value: Any) -> Any:
        """One of the two, whole."""
        result = super().clean(value)
        if not result["bank"]:
            words = _("Write this, or take a question from the bank.")
            if not result["question"]:
                raise blocks.StructBlockValidationError(block_errors={"question": ValidationError(words)})
            if not any(result["answer"]):
                raise blocks.StructBlockValidationError(non_block_errors=[ValidationError(words)])
        return result

    class Meta:
        label_format = "{question}"  # of the bank's there is none: the field would say that nothing is chosen


class QuestionsBlock(NotedSectionBlock):
    """Questions people ask."""

    questions = blocks.ListBlock(QuestionBlock(label=_("Question")), label=_("Questions"), min_num=1)

    class Meta:
        label = _("Questions and answers")
        label_format = "{title} · {questions}"
        icon = "help"


class NoticeBlock(SectionBlock):
    """What must not be overlooked."""

    body = FlowBlock(label=_("Text"))

    class Meta:
        label = _("Notice")
        label_format = "{title} · {body}"
        icon = "warning"


class PictureBlock(blocks.StructBlock):
    """A picture of the library: nothing stands on a sheet without words for those who cannot see it, and a name."""

    image = ImageChooserBlock(label=_("Picture"))
    alt = blocks.TextBlock(
        label=_("Alternative text"),
        rows=2,
        max_length=LONGEST_ALT,
        help_text=_("What it shows, for who cannot see it."),
    )
    credit = blocks.CharBlock(label=_("Credit"), max_length=LONGEST_CREDIT, help_text="Ảnh: …")
    focus = blocks.CharBlock(
        label=_("Focal point"),
        required=False,
        help_text=_("What no crop may lose, from left and top: 50% 30%. Empty: the one set at the image."),
    )
    file = blocks.CharBlock(
        label=_("File name in the article file"),
        required=False,
        max_length=LONGEST_FILE,
        help_text="anh/truong-thon.jpg",
    )

    def get_form_layout(self) -> blocks.BlockGroup:
        """What an editor fills in; the rest is closed away."""
        return blocks.BlockGroup(["image", "alt", "credit"], settings=["focus", "file"])

    def clean(self, value: Any) -> Any:
        """What a file's reader would refuse is refused at its field."""
        result = super().clean(value)
        focus, errors = (0.5, 0.5), {}
        for name in ("alt", "credit", "focus"):
            try:
                if name == "focus":
                    focus = read_focus(result["focus"]) if result["focus"] else focus
                else:
                    words = {"alt": "x", "credit": "x", name: result[name]}
                    checked_picture(Picture("x", words["alt"], words["credit"]))
            except ArticleError as error:
                errors[name] = ValidationError(in_words(error))
        if not errors and result["file"]:
            try:
                checked_picture(Picture(result["file"], result["alt"], result["credit"], focus))
            except ArticleError as error:
                errors["file"] = ValidationError(in_words(error))
        if errors:
            raise blocks.StructBlockValidationError(block_errors=errors)
        return result

    class Meta:
        label = _("Picture")
        icon = "image"


class PicturedBlock(NotedSectionBlock):
    """A picture among the sections."""

    picture = PictureBlock(label=_("Picture"))

    class Meta:
        label = _("Picture")
        icon = "image"


class YesNoBlock(blocks.BooleanBlock):
    """A box to tick; where revisions are compared it says what it is in words."""

    def render_basic(self, value: Any, context: Any = None) -> str:
        """Yes or no."""
        return str(_("Yes") if value else _("No"))


class StoryBlock(SectionBlock):
    """What happened to somebody."""

    body = FlowBlock(label=_("Text"))
    local = YesNoBlock(
        label=_("An office may tell its own here"), required=False, help_text=_("All other sections are locked.")
    )

    class Meta:
        label = _("Story")
        label_format = "{title} · {body}"
        icon = "openquote"


ARTICLE_BLOCKS: list[tuple[str, blocks.Block]] = [
    (BlockKind.PROSE.value, ProseBlock()),
    (BlockKind.FIGURES.value, FiguresBlock()),
    (BlockKind.ELIGIBILITY.value, EligibilityBlock()),
    (BlockKind.COMPARISON.value, ComparisonBlock()),
    (BlockKind.STEPS.value, StepsBlock()),
    (BlockKind.QUESTIONS.value, QuestionsBlock()),
    (BlockKind.NOTICE.value, NoticeBlock()),
    (BlockKind.STORY.value, StoryBlock()),
    (BlockKind.PICTURE.value, PicturedBlock()),
]


class ArticlePicture(blocks.StreamBlock):
    """The article's own picture: none, or one."""

    picture = PictureBlock()

    class Meta:
        max_num = 1


class ArticleBody(blocks.StreamBlock):
    """An article's sections."""

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        super().__init__(local_blocks or ARTICLE_BLOCKS, **kwargs)

    def clean(self, value: Any) -> Any:
        """Section ids are unique: translations are matched by them."""
        stream = super().clean(value)
        seen: set[str] = set()
        errors: dict[int, ValidationError] = {}
        for index, child in enumerate(stream):
            name = child.value.get("section_id")
            if name and name in seen:
                errors[index] = blocks.StructBlockValidationError(
                    block_errors={"section_id": ValidationError(_("Another section has this id."), code="double")}
                )
            seen.add(name)
        if errors:
            raise blocks.StreamBlockValidationError(block_errors=errors)
        return stream
