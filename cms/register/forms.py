"""The upload of a register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.register.files import LARGEST, read


class RegisterUploadForm(forms.Form):
    """One file; what cannot be read of it is said at its field."""

    file = forms.FileField(
        label=gettext_lazy("Register (.csv, .xlsx, .toml)"),
        help_text=gettext_lazy("As it was downloaded here: a row a document, known ones are changed by their number."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.toml"}),
    )

    def clean_file(self) -> list[dict[str, str]]:
        """The rows."""
        file: Any = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(_("The file is larger than %(most)d MB.") % {"most": LARGEST // 1_000_000})
        return read(file.name, file.read())
