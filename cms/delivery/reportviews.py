"""Reports for auditors, and for an office its own: receipts, print runs, use with cost, what was never used."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.mixins import SpreadsheetExportMixin
from wagtail.admin.views.reports import ReportView

from cms.core.labels import product_label
from cms.core.workbooks import plain_cell
from cms.delivery.enums import Origin, ReceiptKind
from cms.delivery.models import PrintRun, Receipt
from cms.delivery.permissions import may_report, seen_codes, within
from cms.delivery.reports import Line, never_used, of_period, use
from cms.delivery.templatetags.delivery_words import dotted
from cms.offices.models import Office


def form_label(name: str) -> str:
    """A product's name in words."""
    return product_label(name) if name else _("Not said")


def _units() -> dict[str, str]:
    return dict(Office.objects.values_list("code", "unit"))


def receipts_of(user: Any) -> Any:
    """The receipts that somebody may see: of their offices, and of the communes of their province."""
    codes = seen_codes(user)
    if codes is None:
        return Receipt.objects.all()
    rows = Receipt.objects.filter(office__in=codes)
    for code in codes:
        if "." not in code:
            rows = rows | Receipt.objects.filter(office__startswith=f"{code}.")
    return rows


class _Spreadsheet(SpreadsheetExportMixin):  # type: ignore[misc]
    """What offices and programs have written is text in a table, whatever it begins with."""

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """XLSX cells are typed; in CSV a formula is told from text by its first letter alone."""
        found = super().preprocess_field_value(field, value, export_format)
        return plain_cell(found) if isinstance(found, str) and export_format == self.FORMAT_CSV else found


class _Report(_Spreadsheet, ReportView):  # type: ignore[misc]
    """For those who may read reports."""

    is_searchable = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse others."""
        if not may_report(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ReceiptFilterSet(WagtailFilterSet):
    """By when, what, whence, where."""

    at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Period"), widget=DateRangePickerWidget)
    kind = django_filters.ChoiceFilter(label=gettext_lazy("Kind"), choices=ReceiptKind.choices)
    origin = django_filters.ChoiceFilter(label=gettext_lazy("Origin"), choices=Origin.choices)
    office = django_filters.CharFilter(label=gettext_lazy("Office's code"), lookup_expr="startswith")
    slug = django_filters.CharFilter(label=gettext_lazy("Article"), lookup_expr="icontains")

    class Meta:
        model = Receipt
        fields: ClassVar = []


class ReceiptsView(_Report):
    """One line a receipt."""

    page_title = gettext_lazy("Receipts")
    header_icon = "tasks"
    results_template_name = "delivery/report_results.html"
    index_url_name = "delivery_receipts"
    index_results_url_name = "delivery_receipts_results"
    filterset_class = ReceiptFilterSet
    model = Receipt
    default_ordering = "-pk"
    list_export: ClassVar = [
        "id", "at", "received_at", "kind", "origin", "office", "slug", "product", "lang", "edition", "quantity",
        "said_at",
    ]  # fmt: skip
    columns: ClassVar = [
        Column("when", label=gettext_lazy("When"), accessor=lambda one: f"{timezone.localtime(one.at):%H:%M %d/%m/%Y}"),
        Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"),
        Column("origin", label=gettext_lazy("Origin"), accessor="get_origin_display"),
        Column("office", label=gettext_lazy("Office")),
        Column("slug", label=gettext_lazy("Article")),
        Column("form", label=gettext_lazy("Form"), accessor=lambda one: form_label(one.product)),
        Column("lang", label=gettext_lazy("Language")),
        Column("quantity", label=gettext_lazy("Quantity")),
    ]

    def get_queryset(self) -> Any:
        """Newest first."""
        return receipts_of(self.request.user).order_by("-pk")

    def get_filename(self) -> str:
        """With the day."""
        return f"phieu-bao-{timezone.localdate()}"


class RunFilterSet(WagtailFilterSet):
    """By when and where."""

    ordered_at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Period"), widget=DateRangePickerWidget)
    office = django_filters.CharFilter(label=gettext_lazy("Office's code"), lookup_expr="code__startswith")
    slug = django_filters.CharFilter(label=gettext_lazy("Article"), lookup_expr="icontains")

    class Meta:
        model = PrintRun
        fields: ClassVar = []


class RunsView(_Report):
    """One line a print run."""

    page_title = gettext_lazy("Print runs")
    header_icon = "doc-full"
    results_template_name = "delivery/runs_results.html"
    index_url_name = "delivery_runs"
    index_results_url_name = "delivery_runs_results"
    filterset_class = RunFilterSet
    model = PrintRun
    default_ordering = "-pk"
    list_export: ClassVar = [
        "id", "ordered_at", "ordered_by", "office_id", "slug", "title", "product", "lang", "edition", "quantity",
        "cost_vnd", "funding", "printer", "printer_address", "licence", "licensed_by", "licensed_on", "state",
        "cancelled_at", "cancel_reason",
    ]  # fmt: skip
    columns: ClassVar = [
        Column(
            "when",
            label=gettext_lazy("Ordered at"),
            accessor=lambda one: f"{timezone.localtime(one.ordered_at):%d/%m/%Y}",
        ),
        Column("title", label=gettext_lazy("Title"), accessor=lambda one: _run_link(one), classname="title"),
        Column("state", label=gettext_lazy("Status"), accessor=lambda one: one.state.label),
        Column("form", label=gettext_lazy("Form"), accessor=lambda one: form_label(one.product)),
        Column("office", label=gettext_lazy("Office"), accessor=lambda one: one.office.unit),
        Column("quantity", label=gettext_lazy("Copies"), accessor=lambda one: dotted(one.quantity)),
        Column("cost", label=gettext_lazy("Cost (đồng)"), accessor=lambda one: dotted(one.cost_vnd)),
        Column("funding", label=gettext_lazy("Funding")),
        Column("printer", label=gettext_lazy("Printer")),
    ]

    def get_queryset(self) -> Any:
        """Newest first."""
        return within(self.request.user, PrintRun.objects.select_related("office", "build")).order_by("-pk")

    def get_filename(self) -> str:
        """With the day."""
        return f"dot-in-{timezone.localdate()}"


def _run_link(run: PrintRun) -> str:
    return format_html('<a href="{}">{}</a>', reverse("delivery_run", args=[run.pk]), run.title)


class PeriodForm(forms.Form):
    """From one day to another."""

    begin = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class UseView(_Spreadsheet, View):  # type: ignore[misc]
    """The table of use with its sum; CSV and XLSX of the same lines."""

    list_export: ClassVar = [
        "province", "product", "plays_office", "plays_public", "printed", "runs", "copies", "cost_vnd",
        "cost_a_copy_vnd",
    ]  # fmt: skip
    export_headings: ClassVar = {
        "province": gettext_lazy("Province"),
        "product": gettext_lazy("Form"),
        "plays_office": gettext_lazy("Plays, with a token"),
        "plays_public": gettext_lazy("Plays, without a login"),
        "printed": gettext_lazy("Copies reported printed"),
        "runs": gettext_lazy("Print runs"),
        "copies": gettext_lazy("Copies ordered"),
        "cost_vnd": gettext_lazy("Cost (đồng)"),
        "cost_a_copy_vnd": gettext_lazy("Cost of a copy (đồng)"),
    }

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Of a period."""
        if not may_report(request.user):
            raise PermissionDenied
        form = PeriodForm(request.GET or None)
        begin, end = (form.cleaned_data["begin"], form.cleaned_data["end"]) if form.is_valid() else (None, None)
        runs = within(request.user, PrintRun.objects.wanted())
        found = use(
            of_period(receipts_of(request.user), "at", begin, end).iterator(chunk_size=2000),
            of_period(runs, "ordered_at", begin, end).iterator(chunk_size=2000),
        )
        export = request.GET.get("export", "")
        if export in self.FORMATS:
            return self.as_spreadsheet([*found.lines, Line(_("Sum"), "", **_numbers(found.total))], export)
        units = _units()
        rows = [(units.get(line.province, line.province), form_label(line.product), line) for line in found.lines]
        context = {
            "form": form,
            "rows": rows,
            "total": found.total,
            "unused": never_used(seen_codes(request.user))[:500],
            "query": "".join(f"&{name}={value:%Y-%m-%d}" for name, value in (("begin", begin), ("end", end)) if value),
        }
        return TemplateResponse(request, "delivery/use.html", context)

    def get_filename(self) -> str:
        """With the day."""
        return f"su-dung-{timezone.localdate()}"


def _numbers(line: Line) -> dict[str, int]:
    return {name: value for name, value in vars(line).items() if name not in ("province", "product")}
