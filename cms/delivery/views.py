"""Screens of delivery: tokens, webhooks with their deliveries, print runs, and the reports."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cms.core.labels import language_name
from cms.core.public import article_url
from cms.core.ranges import private_file
from cms.core.words import in_words
from cms.delivery import actions
from cms.delivery.enums import DeliveryStatus, PrintState
from cms.delivery.forms import PrintRunForm, TokenForm, WebhookForm
from cms.delivery.models import Delivery, PrintRun, Token, Webhook
from cms.delivery.outbox import try_out
from cms.delivery.permissions import is_central, managed_offices, may_manage, may_report, within
from cms.delivery.printing import imprint_lines, imprint_toml
from cms.delivery.printshop import CancelPrintRunAction, MakeAgainAction, OrderPrintRunAction
from cms.delivery.released import released
from cms.delivery.reportviews import form_label
from cms.production.files import private_content
from render.errors import LoaError, StoreError

_SHOWN = 200


def _managing(request: HttpRequest) -> None:
    if not may_manage(request.user):
        raise PermissionDenied


def _mine(request: HttpRequest, rows: Any) -> Any:
    """Central staff see all, an office's people their own."""
    return rows if is_central(request.user) else rows.filter(office__in=managed_offices(request.user))


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The list, and a form for a new one, whose secret is shown in the answer and never again."""
    _managing(request)
    form = TokenForm(request.POST or None, user=request.user)
    shown = ""
    if request.method == "POST" and form.is_valid():
        try:
            _row, shown = actions.MakeTokenAction(user=request.user, **form.cleaned_data).execute()
            form = TokenForm(user=request.user)
        except ValidationError as error:
            form.add_error(None, error)
    rows = _mine(request, Token.objects.select_related("office", "owner"))[:_SHOWN]
    return TemplateResponse(request, "delivery/tokens.html", {"form": form, "tokens": rows, "shown": shown})


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token."""
    _managing(request)
    token = get_object_or_404(_mine(request, Token.objects.all()), pk=token_id)
    actions.RevokeTokenAction(token, user=request.user).execute()
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("delivery_tokens")


@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """The list with what was delivered last, and a form for a new one."""
    _managing(request)
    form = WebhookForm(request.POST or None, user=request.user)
    shown = ""
    if request.method == "POST" and form.is_valid():
        try:
            _row, shown = actions.MakeWebhookAction(user=request.user, **form.cleaned_data).execute()
            form = WebhookForm(user=request.user)
        except ValidationError as error:
            form.add_error(None, error)
    return _webhooks(request, form, shown)


def _webhooks(request: HttpRequest, form: WebhookForm, shown: str) -> HttpResponse:
    hooks = _mine(request, Webhook.objects.select_related("office"))
    context = {
        "form": form,
        "hooks": hooks[:_SHOWN],
        "deliveries": Delivery.objects.filter(webhook__in=hooks).select_related("webhook")[:50],
        "shown": shown,
        "dead": DeliveryStatus.DEAD,
        "pending": DeliveryStatus.PENDING,
    }
    return TemplateResponse(request, "delivery/webhooks.html", context)


@never_cache
@require_POST
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Remove one, change its secret, or try it out."""
    _managing(request)
    hook = get_object_or_404(_mine(request, Webhook.objects.all()), pk=webhook_id)
    match request.POST.get("do"):
        case "drop":
            actions.DropWebhookAction(hook, user=request.user).execute()
            messages.success(request, _("The webhook is removed."))
        case "rotate":
            secret = actions.RotateSecretAction(hook, user=request.user).execute()
            return _webhooks(request, WebhookForm(user=request.user), secret)
        case "resume":
            actions.ResumeWebhookAction(hook, user=request.user).execute()
            messages.success(request, _("It is told again."))
        case "try":
            try_out(hook)
            messages.success(request, _("A trial is on its way."))
    return redirect("delivery_webhooks")


@require_POST
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send a delivery again."""
    _managing(request)
    hooks = _mine(request, Webhook.objects.all())
    row = get_object_or_404(
        Delivery.objects.select_related("webhook__office").filter(webhook__in=hooks), pk=delivery_id
    )
    if actions.SendAgainAction(row, user=request.user).execute():
        messages.success(request, _("It is sent again."))
    return redirect("delivery_webhooks")


@never_cache
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    """Order a print run of a sheet that is in force."""
    _managing(request)
    taken = False
    try:
        form = PrintRunForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            values = form.values()
            row, _new = OrderPrintRunAction(
                user=request.user, office=form.cleaned_data["office"], values=values,
                source=f"user:{request.user.pk}",
                client_id=request.POST.get("client_id", "")[:64] or secrets.token_hex(12),
            ).execute()  # fmt: skip
            messages.success(request, _("Ordered: %(count)d copies.") % {"count": row.quantity})
            return redirect("delivery_run", row.pk)
    except ValidationError as error:
        form.add_error(None, error.messages)
        taken = getattr(error, "code", "") == "client_id"  # whoever goes back and changes it orders anew
    except LoaError as error:
        messages.error(request, in_words(error))
        return redirect("wagtailadmin_home")
    # A page that is sent twice is one order.
    kept = "" if taken else request.POST.get("client_id", "")
    context = {"form": form, "client_id": kept or secrets.token_hex(12)}
    return TemplateResponse(request, "delivery/order.html", context)


def _run(request: HttpRequest, run_id: int) -> PrintRun:
    if not may_report(request.user):
        raise PermissionDenied
    with contextlib.suppress(LoaError):  # the store is away: what is known of recalls is shown, no file is given out
        released()
    rows = within(request.user, PrintRun.objects.select_related("office", "build"))
    found: PrintRun = get_object_or_404(rows, pk=run_id)
    return found


@never_cache
@require_GET
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One print run: where it stands, its imprint, and the files for the print shop."""
    row = _run(request, run_id)
    managed = may_manage(request.user) and managed_offices(request.user).filter(pk=row.office_id).exists()
    context = {
        "run": row,
        "state": row.state,
        "states": PrintState,
        "lines": imprint_lines(row),
        "form_name": form_label(row.product),
        "language": language_name(row.lang),
        "again": managed and row.state in (PrintState.READY, PrintState.FAILED),
        "cancellable": managed and row.state not in (PrintState.CANCELLED, PrintState.RECALLED),
        "page": article_url(row.slug, row.lang),
    }
    return TemplateResponse(request, "delivery/run.html", context)


@require_POST
def make_again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask for the files of a run once more."""
    _managing(request)
    try:
        MakeAgainAction(_run(request, run_id), user=request.user).execute()
        messages.success(request, _("The files are made again."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("delivery_run", run_id)


@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Cancel a run that is not printed yet; the reason is kept."""
    _managing(request)
    row = _run(request, run_id)
    reason = " ".join(request.POST.get("reason", "").split())[:300]
    try:
        CancelPrintRunAction(row, reason=reason, user=request.user).execute()
        messages.success(
            request, _("The order is cancelled. Where the print shop has its files already, tell it not to print.")
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("delivery_run", run_id)


@require_safe
def run_file(request: HttpRequest, run_id: int, name: str) -> HttpResponseBase:
    """A file for the print shop; not once its sheet was called back."""
    row = _run(request, run_id)
    found = next((one for one in row.files if one["name"] == name), None)
    if found is None or row.state != PrintState.READY:
        raise Http404
    try:
        content = private_content(found)
    except StoreError:
        messages.error(request, _("The file was swept away: have it made again."))
        return redirect("delivery_run", run_id)
    answer = private_file(request, content, media_type=found["media_type"], sha256=found["sha256"])
    answer["Content-Disposition"] = f'attachment; filename="{found["name"]}"'
    return answer


@require_GET
def imprint(request: HttpRequest, run_id: int) -> HttpResponse:
    """The imprint of a run, as the file that makes the print shop's PDF by hand."""
    row = _run(request, run_id)
    answer = HttpResponse(imprint_toml(row), content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="in-{row.pk}.toml"'
    return answer
