"""The form in which an office changes what is its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.core.library import stored_image
from cms.core.words import in_words
from cms.offices.models import Office
from render.article import Picture
from render.errors import LoaError
from render.local import logo_alt
from render.photo import LARGEST_FILE


class LocalForm(forms.ModelForm):
    """Contact block, logo and story: nothing else of an office is its own."""

    logo_file = forms.FileField(
        label=gettext_lazy("New logo"),
        required=False,
        help_text=gettext_lazy("PNG or JPEG, at least 496 pixels wide or 165 high."),
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg"}),
    )
    no_logo = forms.BooleanField(label=gettext_lazy("Without a logo"), required=False)

    class Meta:
        model = Office
        fields = ("address", "hotline", "email", "story")
        widgets = {"story": forms.Textarea(attrs={"rows": 6})}

    def clean_logo_file(self) -> Any:
        """A picture that a leaflet can print, in the library under the office's name."""
        file = self.cleaned_data.get("logo_file")
        if not file:
            return None
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("%(name)s is too large.") % {"name": file.name})
        return file

    def stored_logo(self, folder: Any) -> Any:
        """The library's image of the file that was sent; None without one, False to take the logo away."""
        file = self.cleaned_data.get("logo_file")
        if not file:
            return False if self.cleaned_data.get("no_logo") else None
        path = folder / "logo"
        path.write_bytes(file.read())
        try:
            name = f"logo-{self.instance.code}{'.png' if file.name.lower().endswith('.png') else '.jpg'}"
            return stored_image(Picture(name, logo_alt(self.instance.name), self.instance.name, path=path), None)
        except LoaError as error:
            raise forms.ValidationError(in_words(error)) from None
