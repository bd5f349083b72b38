"""Model fields of ours: streams that stay out of migrations, and lists of chosen values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from wagtail.fields import StreamField as WagtailStreamField

from render.inline import clean


class StreamField(WagtailStreamField):
    """A StreamField whose blocks do not enter migrations: to the database it is JSON, whatever the blocks are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        block_types, *rest = args or (kwargs.pop("block_types", []),)
        super().__init__(block_types or [], *rest, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As a plain field without arguments of ours."""
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_types", None)
        kwargs.pop("block_lookup", None)
        return name, path, [], kwargs

    def to_python(self, value: Any) -> Any:
        """Within a migration there are no blocks to lay the value on, so it passes as it is."""
        result = super().to_python(value)
        if not self.stream_block.child_blocks and isinstance(value, str):
            try:
                stream_data = json.loads(value)
            except ValueError:
                stream_data = []
            if stream_data:
                return type(result)(self.stream_block, stream_data, is_lazy=True)
        return result

    def get_translatable_segments(self, value: Any) -> list[Any]:
        """Its texts, as wagtail-localize asks for them."""
        from cms.translation.segments import stream_segments

        return list(stream_segments(value))

    def restore_translated_segments(self, value: Any, segments: Iterable[Any]) -> Any:
        """The stream with translated texts, as wagtail-localize brings them."""
        from cms.translation.segments import with_stream_segments

        return with_stream_segments(value, segments)


class ParagraphsField(models.TextField):
    """A text whose paragraphs are parted by blank lines, and translated one by one. To the database it is a text."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As a plain field."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    @staticmethod
    def paragraphs(value: str) -> list[str]:
        """The texts between blank lines."""
        return [text for text in map(clean, (value or "").replace("\r\n", "\n").split("\n\n")) if text]

    def get_translatable_segments(self, value: str) -> list[Any]:
        """Its paragraphs, as wagtail-localize asks for them."""
        from cms.translation.segments import numbered_segments

        return numbered_segments(self.paragraphs(value))

    def restore_translated_segments(self, value: str, segments: Iterable[Any]) -> str:
        """The text with translated paragraphs."""
        from cms.translation.segments import with_numbered_segments

        return "\n\n".join(with_numbered_segments(self.paragraphs(value), segments))


Choices = Callable[[], Iterable[tuple[Any, str]]]


class ChosenField(models.JSONField):
    """A list of values, each one of `choices()`; kept as JSON, offered as boxes to tick.

    Choices are data (products, languages, offices), so they stay out of migrations.
    """

    def __init__(self, *args: Any, choices_of: Choices | None = None, coerce: type = str, **kwargs: Any) -> None:
        self.choices_of = choices_of or (lambda: ())
        self.coerce = coerce
        kwargs["default"] = list
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As a plain JSON field."""
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        return name, "cms.core.fields.ChosenField", args, kwargs

    def formfield(self, **kwargs: Any) -> forms.Field:
        """Boxes to tick."""
        return forms.TypedMultipleChoiceField(
            choices=self.choices_of,
            coerce=self.coerce,
            required=not self.blank,
            label=kwargs.get("label", self.verbose_name),
            help_text=kwargs.get("help_text", self.help_text),
            widget=kwargs.get("widget") or forms.CheckboxSelectMultiple(attrs={"class": "loa-choices"}),
        )

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse what is none of the choices, whichever way it came."""
        super().validate(value, model_instance)
        known = {key for key, _label in self.choices_of()}
        unknown = [str(one) for one in value if one not in known]
        if unknown:
            raise ValidationError(_("Unknown: %(values)s") % {"values": ", ".join(unknown)}, code="unknown")

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """An empty list is a list, not a missing value."""
        self.validate(value or [], model_instance)
        return value or []


class LinesField(models.JSONField):
    """A list of short texts, written one on a line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["default"] = list
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As a plain JSON field."""
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        return name, "cms.core.fields.LinesField", args, kwargs

    def formfield(self, **kwargs: Any) -> forms.Field:
        """A text area."""
        return LinesFormField(
            required=not self.blank,
            label=kwargs.get("label", self.verbose_name),
            help_text=kwargs.get("help_text", self.help_text),
            widget=kwargs.get("widget") or forms.Textarea(attrs={"rows": 3}),
        )


class LinesFormField(forms.CharField):
    """Lines of text as a list."""

    def prepare_value(self, value: Any) -> Any:
        """As lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """As a list, without empty lines."""
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def validate(self, value: list[str]) -> None:
        """A required field wants at least one line."""
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as lists."""
        return self.to_python(initial) != self.to_python(data)
