"""The upload of article files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _


class ManyFilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of uploaded files."""

    def __init__(self, **kwargs: Any) -> None:
        kinds = ".md,text/markdown,.zip,application/zip,.jpg,.jpeg,.png,.webp,.tif,.tiff"
        super().__init__(widget=ManyFilesInput(attrs={"accept": kinds}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Each one as a single file would be; what is in it, the report says."""
        return [super(ManyFilesField, self).clean(one, initial) for one in (data or [None])]


class ImportForm(forms.Form):
    """Article files, their translations and pictures, loose or in ZIP archives."""

    files = ManyFilesField(
        label=_("Article files (.md) or ZIP archives"),
        help_text=_(
            "Articles, their translations and their pictures may come together. "
            "Nothing is imported yet: first you see a report."
        ),
        allow_empty_file=True,
        max_length=400,
    )
