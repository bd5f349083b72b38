"""Delivery in the admin: a menu of its own for who manages it, and reports for who reads them."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from cms.delivery import reportviews, views
from cms.delivery.permissions import may_manage, may_report


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Each view checks the right itself."""
    return [
        path("delivery/tokens/", views.tokens, name="delivery_tokens"),
        path("delivery/tokens/<int:token_id>/revoke/", views.revoke, name="delivery_revoke"),
        path("delivery/webhooks/", views.webhooks, name="delivery_webhooks"),
        path("delivery/webhooks/<int:webhook_id>/", views.webhook, name="delivery_webhook"),
        path("delivery/deliveries/<int:delivery_id>/retry/", views.retry, name="delivery_retry"),
        path("delivery/order/", views.order, name="delivery_order"),
        path("delivery/runs/<int:run_id>/", views.run, name="delivery_run"),
        path("delivery/runs/<int:run_id>/again/", views.make_again, name="delivery_run_again"),
        path("delivery/runs/<int:run_id>/cancel/", views.cancel, name="delivery_run_cancel"),
        path("delivery/runs/<int:run_id>/files/<str:name>", views.run_file, name="delivery_run_file"),
        path("delivery/runs/<int:run_id>/imprint/", views.imprint, name="delivery_imprint"),
        path("reports/receipts/", reportviews.ReceiptsView.as_view(), name="delivery_receipts"),
        path(
            "reports/receipts/results/",
            reportviews.ReceiptsView.as_view(results_only=True),
            name="delivery_receipts_results",
        ),
        path("reports/print-runs/", reportviews.RunsView.as_view(), name="delivery_runs"),
        path(
            "reports/print-runs/results/", reportviews.RunsView.as_view(results_only=True), name="delivery_runs_results"
        ),
        path("reports/use/", reportviews.UseView.as_view(), name="delivery_use"),
    ]


class ManagedItem(MenuItem):
    """To what is managed."""

    def is_shown(self, request: Any) -> bool:
        """For central staff and offices' people."""
        return may_manage(request.user)


class ReportItem(MenuItem):
    """To a report."""

    def is_shown(self, request: Any) -> bool:
        """For auditors, editors, publishers and offices' people."""
        return may_report(request.user)


delivery_menu = Menu(register_hook_name="register_delivery_menu_item", construct_hook_name="construct_delivery_menu")


@hooks.register("register_admin_menu_item")
def delivery_item() -> MenuItem:
    """Beside the offices."""
    return SubmenuMenuItem(_("Delivery"), delivery_menu, name="delivery", icon_name="download", order=335)


@hooks.register("register_delivery_menu_item")
def order_item() -> MenuItem:
    """To order a print run."""
    return ManagedItem(_("Order a print run"), reverse("delivery_order"), name="order", icon_name="doc-full", order=10)


@hooks.register("register_delivery_menu_item")
def tokens_item() -> MenuItem:
    """To the tokens."""
    return ManagedItem(_("Tokens of the API"), reverse("delivery_tokens"), name="tokens", icon_name="key", order=20)


@hooks.register("register_delivery_menu_item")
def webhooks_item() -> MenuItem:
    """To the webhooks."""
    return ManagedItem(_("Webhooks"), reverse("delivery_webhooks"), name="webhooks", icon_name="link", order=30)


@hooks.register("register_reports_menu_item")
def use_item() -> MenuItem:
    """To the table of use."""
    return ReportItem(_("Use and cost"), reverse("delivery_use"), name="use", icon_name="table", order=20)


@hooks.register("register_reports_menu_item")
def receipts_item() -> MenuItem:
    """To the receipts."""
    return ReportItem(_("Receipts"), reverse("delivery_receipts"), name="receipts", icon_name="tasks", order=21)


@hooks.register("register_reports_menu_item")
def runs_item() -> MenuItem:
    """To the print runs."""
    return ReportItem(_("Print runs"), reverse("delivery_runs"), name="print-runs", icon_name="doc-full", order=22)
