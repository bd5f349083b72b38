"""Forms of delivery's screens: a token, a webhook, a print run."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.core.labels import language_name
from cms.delivery.enums import HookEvent, Scope
from cms.delivery.models import PrintRun
from cms.delivery.permissions import is_central, managed_offices
from cms.delivery.released import released

_DAYS = [(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (365, _("One year"))]


class _OfOffice(forms.Form):
    """About one's own office; the centre may leave it out."""

    office = forms.ModelChoiceField(label=_("Office"), queryset=None, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = managed_offices(user).order_by("code")
        field = self.fields["office"]
        field.queryset = offices
        field.required = not is_central(user)
        field.empty_label = _("All offices") if is_central(user) else None
        if not is_central(user) and offices.count() == 1:
            field.initial = offices.get()


class TokenForm(_OfOffice):
    """A token to be made."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Where it is used, like: print shop's computer")
    )
    scopes = forms.MultipleChoiceField(label=_("May"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=_("Holds for"), choices=_DAYS, coerce=int, initial=90)
    field_order = ("name", "office", "scopes", "days")


class WebhookForm(_OfOffice):
    """A webhook to be made."""

    url = forms.CharField(label=_("Address"), max_length=500, help_text=_("It begins with https://"))
    events = forms.MultipleChoiceField(
        label=_("Events"), choices=HookEvent.choices, widget=forms.CheckboxSelectMultiple,
        initial=[HookEvent.RELEASE_PUBLISHED, HookEvent.PRODUCT_WITHDRAWN],
    )  # fmt: skip
    field_order = ("url", "office", "events")


class PrintRunForm(forms.ModelForm):
    """An order of a print run: of a sheet that is in force."""

    sheet = forms.ChoiceField(label=_("Sheet to print"))

    class Meta:
        model = PrintRun
        fields = (
            "office", "quantity", "cost_vnd", "funding", "printer", "printer_address", "licence", "licensed_by",
            "licensed_on", "responsible", "deposited",
        )  # fmt: skip
        widgets = {"licensed_on": forms.DateInput(attrs={"type": "date"})}

    field_order = ("office", "sheet")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = managed_offices(user).order_by("code")
        self.fields["office"].queryset = offices
        if offices.count() == 1:
            self.fields["office"].initial = offices.get()
        provinces = {code[:2] for code in offices.values_list("code", flat=True)}
        self.fields["sheet"].choices = [("", "---------"), *_sheets(provinces)]
        self.order_fields(self.field_order)

    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("office", "sheet")}
        data["edition"], data["product"] = self.cleaned_data["sheet"].split("/")
        return data


def _sheets(provinces: set[str]) -> list[tuple[str, str]]:
    found = []
    for item in released().items:
        entry = item.entry
        if entry.medium == "print" and (not entry.office or entry.office[:2] in provinces):
            place = f" · {entry.office}" if entry.office else ""
            words = f"{entry.title} · {_(entry.label)} · {language_name(entry.lang)}{place}"
            found.append((f"{entry.edition}/{entry.product}", words))
    return sorted(found, key=lambda pair: pair[1])
