"""Forms for proposing a change of a fact: each refuses what the pipeline would refuse, at the field that is wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from cms.facts.books import newsroom_day
from cms.facts.checks import problems_of
from cms.facts.enums import ChangeKind
from cms.facts.models import KEY, Fact, FactChange, amount, unit_choices, value_data
from render.facts import FactValue

DAY_FORMATS = ("%d/%m/%Y", "%Y-%m-%d")


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """A day as people write it here."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=DAY_FORMATS,
        widget=AdminDateInput(format=DAY_FORMATS[0]),
    )


def _line(label: Any, *, required: bool = False, help_text: Any = "", most: int = 500) -> forms.CharField:
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=most)


class ChangeForm(forms.Form):
    """What every proposal has: a reason, and the words of the law."""

    kind: ClassVar[ChangeKind]
    title: ClassVar[Any]
    lead: ClassVar[Any]
    # Fields of the form that name a field of the proposal otherwise.
    _FIELDS: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, fact: Fact | None = None, **kwargs: Any) -> None:
        self.fact = fact
        super().__init__(*args, **kwargs)
        if "reason" in self.fields:
            self.order_fields([name for name in self.fields if name != "reason"])

    reason = forms.CharField(
        label=_("Reason for the change"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the reviewer and for the history: what happened, and where you know it from."),
    )

    def proposed(self) -> dict[str, Any]:
        """What is to be recorded."""
        raise NotImplementedError

    def begins(self) -> dt.date | None:
        """From which day."""
        day: dt.date | None = self.cleaned_data.get("effective_on") or self.cleaned_data.get("since")
        return day

    def key(self) -> str:
        """Of which fact."""
        assert self.fact is not None
        return self.fact.key

    def change(self) -> FactChange:
        """The proposal that the form asks for, not stored."""
        return FactChange(
            fact=self.fact,
            key=self.key(),
            kind=self.kind,
            proposed=self.proposed(),
            effective_on=self.begins(),
            reason=self.cleaned_data.get("reason", ""),
            legal_basis=self.cleaned_data.get("source", ""),
        )

    def clean(self) -> dict[str, Any]:
        """The checks of the proposal, each at its field."""
        data = super().clean() or {}
        if not self.errors:
            for name, words in problems_of(self.change()).items():
                field = self._FIELDS.get(name or "", name)
                self.add_error(field if field in self.fields else None, words)
        return data

    def _value(self, unit: str) -> dict[str, Any]:
        data = self.cleaned_data
        return value_data(
            FactValue(
                value=amount(data["value"], unit),
                since=data.get("since"),
                until=data.get("until"),
                source=data.get("source", ""),
                review_by=data.get("review_by"),
            )
        )


class ValueForm(ChangeForm):
    """A new value from a day on."""

    kind = ChangeKind.VALUE
    title = _("New value from a date")
    lead = _("The value of today stays until the day before. On the day, everything that says it is made anew.")

    value = _line(_("New value"), required=True, help_text=_("500.000 or 4,5 or 1900 9068"), most=200)
    since = day_field(_("In effect from"), required=True)
    until = day_field(_("To"), help_text=_("Empty: until something else is decided."))
    source = _line(_("Legal basis"), required=True, help_text=_("Nghị định 176/2025/NĐ-CP, Điều 4"))
    review_by = day_field(_("Review by"), help_text=_("After this day nothing that says it is released."))

    def proposed(self) -> dict[str, Any]:
        """One value."""
        assert self.fact is not None
        return {"values": [self._value(self.fact.unit)]}


class CorrectionForm(ValueForm):
    """Another value for days that may be over."""

    kind = ChangeKind.CORRECTION
    title = _("Correction of a wrong value")
    lead = _("For a figure that was recorded wrongly. It may lie in the past; what has said it is made anew at once.")

    value = _line(_("Correct value"), required=True, help_text=_("500.000 or 4,5 or 1900 9068"), most=200)
    since = day_field(_("From"), help_text=_("Empty: from the beginning."))
    source = _line(_("Legal basis"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True

    def begins(self) -> dt.date | None:
        """At once."""
        return None


class FormulaForm(ChangeForm):
    """Another formula, from a day on."""

    kind = ChangeKind.FORMULA
    title = _("Formula")
    lead = _("The fact is worked out from other facts: their keys, numbers, + - * / ( ) and %.")

    formula = _line(_("Formula"), required=True, help_text=_("luong_co_so * bhyt_ty_le * 12"), most=300)
    effective_on = day_field(_("In effect from"), required=True)
    source = _line(_("Legal basis"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.fact is not None:
            self.fields["formula"].initial = self.fact.formula
            self.fields["source"].initial = self.fact.source
        self.fields["effective_on"].initial = newsroom_day()

    def begins(self) -> dt.date | None:
        """From the day asked for."""
        day: dt.date | None = self.cleaned_data.get("effective_on")
        return day

    def proposed(self) -> dict[str, Any]:
        """The formula and its law, where they change."""
        assert self.fact is not None
        wanted = {"formula": self.cleaned_data["formula"], "source": self.cleaned_data["source"]}
        return {name: value for name, value in wanted.items() if value != getattr(self.fact, name)}


class ParticularsForm(ChangeForm):
    """What a fact is called, who answers for it, and until when it may be said."""

    kind = ChangeKind.PARTICULARS
    title = _("Label, unit, legal basis, owner, review date")
    lead = _("What the fact is beside its figures.")

    label = _line(_("Label"), required=True, most=300)
    unit = forms.ChoiceField(label=_("Unit"), choices=unit_choices)
    suffix = _line(_("Words after the number"), help_text=_("Only for the unit “number”."), most=60)
    source = _line(_("Legal basis"))
    owner = forms.ChoiceField(label=_("In charge"), required=False, choices=lambda: owner_choices())
    review_by = day_field(_("Review by"), help_text=_("After this day nothing that says it is released."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.fact is not None:
            for name in ("label", "unit", "suffix", "source", "review_by"):
                self.fields[name].initial = getattr(self.fact, name)
            self.fields["owner"].initial = self.fact.owner_code

    def proposed(self) -> dict[str, Any]:
        """What differs."""
        return {name: value for name, value in self._wanted().items() if value != self._have(name)}

    def begins(self) -> dt.date | None:
        """At once."""
        return newsroom_day()

    def _wanted(self) -> dict[str, str]:
        data = self.cleaned_data
        found = {name: data[name].strip() for name in ("label", "unit", "suffix", "source", "owner")}
        return found | {"review_by": data["review_by"].isoformat() if data["review_by"] else ""}

    def _have(self, name: str) -> str:
        if self.fact is None:
            return ""
        if name == "owner":
            return self.fact.owner_code
        value = getattr(self.fact, name)
        return value.isoformat() if isinstance(value, dt.date) else value or ""


class RetireForm(ChangeForm):
    """A fact that nobody says any more."""

    kind = ChangeKind.RETIRE
    title = _("Retire the fact")
    lead = _("From that day it has no value any more. Its history stays. It must not be said anywhere.")

    effective_on = day_field(_("Retired from"), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["effective_on"].initial = newsroom_day()

    def begins(self) -> dt.date | None:
        """From the day asked for."""
        day: dt.date | None = self.cleaned_data.get("effective_on")
        return day

    def proposed(self) -> dict[str, Any]:
        """No value from that day on."""
        assert self.fact is not None
        none = value_data(FactValue(value="", since=self.cleaned_data["effective_on"]))
        return {"retired": True} | ({} if self.fact.formula else {"values": [none]})


class NewForm(ParticularsForm):
    """A fact that is not there yet."""

    kind = ChangeKind.NEW
    title = _("New fact")
    lead = _("Once it is approved, articles can say it by its key.")

    key_field = forms.CharField(
        label=_("Key"), max_length=64, validators=[KEY], help_text=_("Articles say it as {{ key }}.")
    )
    value = _line(_("Value"), help_text=_("500.000 or 4,5 or 1900 9068"), most=200)
    since = day_field(_("From"))
    until = day_field(_("To"))
    formula = _line(_("Formula"), help_text=_("Instead of values: luong_co_so * bhyt_ty_le * 12"), most=300)
    _FIELDS: ClassVar[dict[str, str]] = {"key": "key_field"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].initial = "money"
        order = ["label", "key_field", "unit", "suffix", "value", "since", "until", "formula", "source", "owner"]
        self.order_fields([*order, "review_by", "reason"])

    def key(self) -> str:
        """As it is written."""
        key: str = self.cleaned_data["key_field"]
        return key

    def proposed(self) -> dict[str, Any]:
        """All of it."""
        found: dict[str, Any] = self._wanted() | {"formula": self.cleaned_data["formula"].strip()}
        if self.cleaned_data["value"].strip():
            found["values"] = [self._value(self.cleaned_data["unit"]) | {"review_by": ""}]
        return found

    def begins(self) -> dt.date | None:
        """As soon as it is approved; its value says from when it holds."""
        return None


FORMS: dict[str, type[ChangeForm]] = {
    form.kind.value: form for form in (NewForm, ValueForm, CorrectionForm, FormulaForm, ParticularsForm, RetireForm)
}


class DecisionForm(forms.Form):
    """A reviewer's word."""

    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class UploadForm(forms.Form):
    """A file of facts."""

    file = forms.FileField(label=_("File"), help_text=_("TOML or XLSX, as the export writes it; at most 4 MB."))
    reason = forms.CharField(
        label=_("Reason for the change"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands with each proposal: where the file comes from, and why the facts change."),
    )  # fmt: skip

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        from cms.facts.tables import LARGEST_FILE

        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            words = _("The file has %(size)d MB; at most %(most)d MB are read.")
            size = {"size": -(-file.size // 1_000_000), "most": LARGEST_FILE // 1_000_000}
            raise forms.ValidationError(words % size)
        return file


class DayForm(forms.Form):
    """A day, and until when what was known counts."""

    day = day_field(_("What did we say on"), required=True)
    known = day_field(_("As known on"), help_text=_("Empty: as it is known today, corrections included."))


def owner_choices() -> list[tuple[str, str]]:
    """People who work here, and groups."""
    people = get_user_model().objects.filter(is_active=True).order_by("first_name", "username")
    named = [(f"user:{one.get_username()}", one.get_full_name() or one.get_username()) for one in people]
    groups = [(f"group:{name}", name) for name in Group.objects.order_by("name").values_list("name", flat=True)]
    return [("", "—"), (_("Groups"), groups), (_("People"), named)]  # type: ignore[list-item]
