"""Forms of translation: handing out, files, the glossary."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from cms.core.roles import translator_of
from cms.translation.models import tag_choices


class StartForm(forms.Form):
    """Languages to hand an article out to, by when, with a note."""

    tags = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"),
        choices=tag_choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "loa-choices"}),
    )
    assignee = forms.ModelChoiceField(
        label=gettext_lazy("Assigned to"), queryset=get_user_model().objects.none(), required=False
    )
    due = forms.DateField(label=gettext_lazy("Due"), required=False, widget=AdminDateInput)
    note = forms.CharField(
        label=gettext_lazy("Note for the translator"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [translator_of(tag) for tag, _name in tag_choices()]
        users = get_user_model().objects.filter(is_active=True, groups__name__in=groups).distinct()
        self.fields["assignee"].queryset = users.order_by("username")  # type: ignore[attr-defined]


class UploadForm(forms.Form):
    """A PO or Excel file."""

    file = forms.FileField(
        label=gettext_lazy("PO or Excel file"), widget=forms.FileInput(attrs={"accept": ".po,.xlsx"})
    )

    def clean_file(self) -> Any:
        """Refused by its size before a byte of it is read."""
        file = self.cleaned_data["file"]
        most = settings.TRANSLATION_UPLOAD_MAX_BYTES
        if file.size > most:
            raise ValidationError(
                _("The file has %(size)s, at most %(most)s are taken.")
                % {"size": filesizeformat(file.size), "most": filesizeformat(most)}
            )
        return file


class GlossaryForm(forms.Form):
    """A CSV file of terms."""

    file = forms.FileField(label=gettext_lazy("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv"}))

    def clean_file(self) -> Any:
        """Small: a glossary is short."""
        file = self.cleaned_data["file"]
        if file.size > 1_000_000:
            raise ValidationError(_("The file is too large."))
        return file
