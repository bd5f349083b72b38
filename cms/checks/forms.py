"""What stands in an editor's form, as a page: half a sentence and all, before anything of it has been validated."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from cms.articles.models import PolicyArticlePage
from cms.core.fields import StreamField

_FIELDS = (
    "title", "topic", "summary", "body", "picture", "legal", "audiences", "in_force", "priority", "campaign", "say",
    "voices", "languages", "products", "offices",
)  # fmt: skip


def as_typed(page: Any, parent: Any, user: Any, data: QueryDict) -> Any:
    """The page with what was typed; a field that is not sent, or is no value of its kind, stays as it was."""
    form_class = PolicyArticlePage.get_edit_handler().get_form_class()
    form = form_class(data, instance=page, parent_page=parent, for_user=user)
    for name in _FIELDS:
        field = form.fields.get(name)
        if field is None or field.widget.value_omitted_from_data(data, {}, form.add_prefix(name)):
            continue
        raw = field.widget.value_from_datadict(data, {}, form.add_prefix(name))
        if isinstance(page._meta.get_field(name), StreamField):
            setattr(page, name, raw)
            continue
        with contextlib.suppress(ValidationError):  # the form tells it at the field when it is saved
            setattr(page, name, field.to_python(raw))
    return page
