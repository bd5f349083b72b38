"""The editor's form of an article."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm

from cms.articles.enums import ArticleKind, Priority
from cms.planning.models import campaign_choices


class PolicyArticleForm(WagtailAdminPageForm):
    """The editor's form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "campaign" in self.fields:
            self.fields["campaign"].widget = forms.Select(choices=[("", "—"), *campaign_choices()])
        for name in ("responsible", "reviewer"):  # the chooser of users starts with an inline script
            if name in self.fields:
                self.fields[name].widget = forms.Select(choices=[("", "—"), *people()])

    def clean(self) -> dict[str, Any]:
        """A translation keeps the slug of its article: products and addresses are named by it."""
        data = super().clean()
        if data.get("kind") == ArticleKind.CORRECTION and "kind" in self.changed_data and "priority" in data:
            data["priority"] = data["priority"] if "priority" in self.changed_data else Priority.URGENT
        slug = data.get("slug")
        if slug and self.instance.pk:
            others = set(self.instance.get_translations().filter(alias_of__isnull=True).values_list("slug", flat=True))
            if others and slug not in others:
                self.add_error("slug", _("Its other languages use the slug %(slug)s.") % {"slug": sorted(others)[0]})
        return data


def people() -> list[tuple[int, str]]:
    """Who may be named responsible: everybody who works here, by name."""
    users = get_user_model().objects.filter(is_active=True).order_by("last_name", "first_name", "username")
    return [(user.pk, user.get_full_name() or user.get_username()) for user in users]
