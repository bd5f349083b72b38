"""The form of a fact: it refuses what the pipeline would refuse, at the field that is wrong."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseModelForm
from wagtail.admin.forms import WagtailAdminModelForm

from cms.core.words import in_words
from cms.facts.books import book
from cms.facts.models import amount
from render.errors import FactError
from render.factfile import check_fact
from render.facts import UNITS, FactBook, decimal_text, vietnamese_number
from render.facts import Fact as RenderFact
from render.facts import FactValue as RenderValue


class FactForm(WagtailAdminModelForm):
    """A fact with its values, checked as one and then together with all other facts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "values" in self.formsets:
            for form in self.formsets["values"].initial_forms:
                value = amount(form.instance.value, self.instance.unit)
                form.initial["value"] = value if isinstance(value, str) else vietnamese_number(value)

    def is_valid(self) -> bool:
        """Each field by itself, then the fact, then the whole book."""
        if not super().is_valid():
            return False
        error = self._check()
        if error is not None:
            self.add_error(*error)
        return not self.errors and not any(formset.total_error_count() for formset in self.formsets.values())

    def save(self, commit: bool = True) -> Any:
        """Values are kept as plain digits, whatever form they were written in."""
        for form in self._value_forms():
            value = amount(form.cleaned_data["value"], self.cleaned_data["unit"])
            form.instance.value = value if isinstance(value, str) else decimal_text(value)
        return super().save(commit=commit)

    def _value_forms(self) -> list[BaseModelForm]:
        formset = self.formsets.get("values")
        return [
            form
            for form in (formset.forms if formset else [])
            if form.cleaned_data and not form.cleaned_data.get("DELETE") and form.cleaned_data.get("value")
        ]

    def _check(self) -> tuple[str | None, ValidationError] | None:
        data = self.cleaned_data
        unit = data["unit"]
        for form in self._value_forms():
            if error := _value_error(data["key"], form.cleaned_data, unit):
                form.add_error(*error)
                return None
        fact = RenderFact(
            key=data["key"],
            label=data["label"],
            unit=unit,
            suffix=data["suffix"],
            formula=data["formula"],
            source=data["source"],
            review_by=data["review_by"],
            values=tuple(_value(form.cleaned_data, unit) for form in self._value_forms()),
        )
        field = "formula" if fact.formula else None
        try:
            check_fact(fact)
        except FactError as error:
            return field, ValidationError(in_words(error))
        current = book()
        others = {key: one for key, one in current.facts.items() if one.key != self.initial.get("key")}
        if fact.key in others:
            return None  # the field itself has said so
        whole = dataclasses.replace(current, facts=others | {fact.key: fact})
        new = _new_problems(current, whole)
        return (field, ValidationError([in_words(one) for one in new])) if new else None


def _new_problems(before: FactBook, after: FactBook) -> list[FactError]:
    """What this change breaks; what was broken before is no reason to refuse the mend of something else."""
    old = {str(one) for one in before.problems()}
    return [one for one in after.problems() if str(one) not in old]


def _value(data: dict[str, Any], unit: str) -> RenderValue:
    return RenderValue(
        value=amount(data["value"], unit),
        since=data.get("since"),
        until=data.get("until"),
        source=data.get("source") or "",
        review_by=data.get("review_by"),
    )


def _value_error(key: str, data: dict[str, Any], unit: str) -> tuple[str, ValidationError] | None:
    """What is wrong with one value by itself, and its field."""
    value = _value(data, unit)
    alone = RenderFact(key=key, label=key, unit=unit if unit in UNITS else "money", values=(value,))
    try:
        check_fact(alone)
    except FactError as error:
        ends_early = value.since and value.until and value.since > value.until
        return ("until" if ends_early else "value"), ValidationError(in_words(error))
    return None
