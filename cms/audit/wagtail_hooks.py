"""The audit log among the reports, for those who may read it."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms.audit import views


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks the right itself."""
    return [
        path("audit/", views.AuditLogView.as_view(), name="audit_log"),
        path("audit/results/", views.AuditLogView.as_view(results_only=True), name="audit_log_results"),
        path("audit/jsonl/", views.as_json, name="audit_log_json"),
    ]


class AuditItem(MenuItem):
    """To the log."""

    def is_shown(self, request: Any) -> bool:
        """For auditors."""
        return bool(request.user.has_perm(views.VIEW))


@hooks.register("register_reports_menu_item")
def audit_item() -> MenuItem:
    """First of the reports."""
    return AuditItem(_("Audit log"), reverse("audit_log"), name="audit-log", icon_name="history", order=10)
