"""Offices in the admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.offices.models import Office


@register_snippet
class OfficeViewSet(SnippetViewSet):
    """A list and a form."""

    model = Office
    icon = "home"
    menu_label = _("Offices")
    menu_order = 330
    add_to_admin_menu = True
    list_display = ("unit", "name", "hotline")
    list_per_page = 50
    panels = [
        FieldPanel(name) for name in ("code", "name", "unit", "kind", "address", "hotline", "email", "logo", "story")
    ]
