"""The form of the login screen, which stops looking after too many failures."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.forms.auth import LoginForm

from cms.logins.limits import address_of, begin, failed, forget


class LimitedLoginForm(LoginForm):
    """As Wagtail's, with a limit. While it holds, not even a right password is looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")  # Wagtail's own has no label to translate

    def clean(self) -> dict[str, Any]:
        """Refuse at once where there were too many failures."""
        name, address = self.data.get("username", ""), address_of(self.request)
        if minutes := begin(name, address):
            words = ngettext(
                "Too many failed attempts. Try again in %(count)d minute.",
                "Too many failed attempts. Try again in %(count)d minutes.",
                minutes,
            )
            raise ValidationError(words % {"count": minutes}, code="locked")
        try:
            data: dict[str, Any] = super().clean()
        except ValidationError:
            failed(name, address)
            raise
        if self.user_cache is not None:
            forget(name)
        return data
