"""The audit log to read, to sift and to take away; for auditors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView

from cms.audit.enums import action_label, actor_label, subject_label
from cms.audit.models import Entry

VIEW = "audit.view_entry"


def _actors(request: Any) -> list[tuple[str, str]]:
    names = Entry.objects.order_by("actor_name").values_list("actor_name", flat=True).distinct()
    return [(name or "-", actor_label(name)) for name in names]


def _actions(request: Any) -> list[tuple[str, str]]:
    found = Entry.objects.order_by("action").values_list("action", flat=True).distinct()
    return sorted(((one, action_label(one)) for one in found), key=lambda pair: pair[1])


class EntryFilterSet(WagtailFilterSet):
    """By who, what, of which article, when."""

    actor = django_filters.ChoiceFilter(
        label=gettext_lazy("Done by"), choices=lambda: _actors(None), method="by_actor", empty_label=gettext_lazy("All")
    )
    action = django_filters.ChoiceFilter(
        label=gettext_lazy("Action"), choices=lambda: _actions(None), empty_label=gettext_lazy("All")
    )
    subject = django_filters.CharFilter(label=gettext_lazy("Article or record"), lookup_expr="icontains")
    at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Period"), widget=DateRangePickerWidget)

    class Meta:
        model = Entry
        fields: ClassVar = []

    def by_actor(self, queryset: Any, name: str, value: str) -> Any:
        """The system has no name."""
        return queryset.filter(actor_name="" if value == "-" else value)


class AuditLogView(ReportView):
    """A list with filters; CSV, XLSX and JSON of what is filtered."""

    results_template_name = "audit/results.html"
    page_title = gettext_lazy("Audit log")
    header_icon = "history"
    index_url_name = "audit_log"
    index_results_url_name = "audit_log_results"
    filterset_class = EntryFilterSet
    model = Entry
    default_ordering = "-sequence"
    is_searchable = False
    list_export: ClassVar = [
        "sequence", "at", "actor_id", "actor_name", "action", "action_label", "subject", "page_id", "revision_id",
        "details_json", "previous_sha256", "sha256",
    ]  # fmt: skip
    columns: ClassVar = [
        Column("sequence", label=gettext_lazy("No."), width="5%"),
        Column("when", label=gettext_lazy("Time"), accessor=lambda entry: _when(entry), width="12%"),
        Column("who", label=gettext_lazy("Done by"), accessor=lambda entry: actor_label(entry.actor_name), width="22%"),
        Column("what", label=gettext_lazy("Action"), accessor="action_label", width="22%"),
        Column("on", label=gettext_lazy("Subject"), accessor=lambda entry: subject_label(entry.subject)),
        Column("more", label=gettext_lazy("Details"), accessor=lambda entry: _short(entry)),
    ]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Auditors alone."""
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        """Newest first."""
        return Entry.objects.order_by("-sequence")

    def get_filename(self) -> str:
        """With the day."""
        return f"nhat-ky-kiem-toan-{timezone.localdate()}"


@require_GET
@never_cache
def as_json(request: HttpRequest) -> HttpResponseBase:
    """The filtered entries, each on a line: for programs that prove the chain themselves."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    filters = EntryFilterSet(request.GET, queryset=Entry.objects.order_by("sequence"), request=request)
    if not filters.is_valid():
        return HttpResponse(_("These filters cannot be used."), status=400, content_type="text/plain; charset=utf-8")
    answer = StreamingHttpResponse(_lines(filters.qs), content_type="application/x-ndjson")
    answer["Content-Disposition"] = f'attachment; filename="nhat-ky-kiem-toan-{timezone.localdate()}.jsonl"'
    return answer


def _lines(entries: Any) -> Iterator[str]:
    for entry in entries.iterator(chunk_size=500):
        yield json.dumps(entry.as_data() | {"sha256": entry.sha256}, ensure_ascii=False) + "\n"


def _when(entry: Entry) -> str:
    """To the second: an order of events is read from it."""
    return f"{timezone.localtime(entry.at):%H:%M:%S %d/%m/%Y}"


def _short(entry: Entry) -> str:
    details = entry.details
    for name in ("comment", "title", "heading", "task", "reason"):
        if details.get(name):
            return str(details[name])[:120]
    return ", ".join(str(one) for one in list(details.values())[:2] if isinstance(one, str | int))[:120]
