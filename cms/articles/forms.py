"""Forms of articles: the editor's, and the upload of article files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminPageForm

from render.campaigns import campaigns
from render.photo import LARGEST_FILE


class PolicyArticleForm(WagtailAdminPageForm):
    """The editor's form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "campaign" in self.fields:
            names = [("", "—"), *((name, name) for name in campaigns())]
            self.fields["campaign"].widget = forms.Select(choices=names)

    def clean(self) -> dict[str, Any]:
        """A translation keeps the slug of its article: products and addresses are named by it."""
        data = super().clean()
        slug = data.get("slug")
        if slug and self.instance.pk:
            others = set(self.instance.get_translations().filter(alias_of__isnull=True).values_list("slug", flat=True))
            if others and slug not in others:
                self.add_error("slug", _("Its other languages use the slug %(slug)s.") % {"slug": sorted(others)[0]})
        return data


def is_article(file: UploadedFile) -> bool:
    """Whether an uploaded file is an article, not a picture of one."""
    return not (file.name or "").lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"))


class ManyFilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of uploaded files, each of bounded size."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=ManyFilesInput(attrs={"accept": ".md,text/markdown,.jpg,.jpeg,.png,.webp,.tif,.tiff"}), **kwargs
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Each one as a single file would be."""
        files = [super(ManyFilesField, self).clean(one, initial) for one in (data or [None])]
        for file in files:
            if file.size > (settings.ARTICLE_UPLOAD_MAX_BYTES if is_article(file) else LARGEST_FILE):
                raise forms.ValidationError(_("%(name)s is too large for an article.") % {"name": file.name})
        return files


class ImportForm(forms.Form):
    """Article files, and whether to publish what they say."""

    files = ManyFilesField(
        label=gettext_lazy("Article files (.md)"),
        help_text=gettext_lazy("An article, its translations and its pictures may come together."),
    )
    publish = forms.BooleanField(label=gettext_lazy("Publish at once"), required=False)
