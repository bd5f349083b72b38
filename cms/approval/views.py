"""The reviewer's screen, and what its buttons do."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from wagtail.models import Comment

from cms.approval.actions import ApproveUnitsAction, AskForChangeAction, may_review
from cms.approval.models import is_urgent
from cms.approval.review import cards
from cms.articles.models import PolicyArticlePage
from cms.core.roles import AUDITOR, CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER, holds
from cms.translation.ready import is_translation

STEP_ROLES = (CENTRAL_EDITOR, LEGAL_REVIEWER, PUBLISHER)


@require_GET
@never_cache
def review(request: HttpRequest, page_id: int) -> HttpResponse:
    """What has changed since the last approval, part by part."""
    page = _visible(request, page_id)
    if is_translation(page):  # a translation is judged by those who speak it
        return redirect("wagtailadmin_pages:edit", page.pk)
    draft = page.get_latest_revision_as_object()
    waiting, done = cards(draft, request.user)
    state = page.current_workflow_state
    task = page.current_workflow_task
    actions = {name for name, _label, _form in task.get_actions(page, request.user)} if task else set()
    reviewer = may_review(page, request.user)
    context = {
        "page": page,
        "title": draft.get_admin_display_title(),
        "waiting": waiting,
        "done": done,
        "open_to_me": [card for card in waiting if reviewer and not card.own],
        "state": state,
        "task": task,
        "may_approve_step": "approve" in actions,
        "may_send_back": "reject" in actions,
        "reviewer": reviewer,
        "urgent": is_urgent(draft),
        "may_edit": page.permissions_for_user(request.user).can_edit(),
        "comments": Comment.objects.filter(page_id=page.pk, resolved_at__isnull=True).select_related("user"),
        "law": draft.legal,
        "go_live_at": draft.go_live_at if draft.go_live_at and draft.go_live_at > now() else None,
    }
    return TemplateResponse(request, "approval/review.html", context)


@require_POST
def approve(request: HttpRequest, page_id: int) -> HttpResponse:
    """Approve the parts that were shown, each by its digest ("part:digest")."""
    page = _reviewed(request, page_id)
    wanted = dict(one.split(":", 1) for one in request.POST.getlist("part") if ":" in one)

    def do() -> None:
        rows = ApproveUnitsAction(page, wanted, user=request.user).execute()
        count = len(rows)
        messages.success(
            request, ngettext("%(count)d part approved.", "%(count)d parts approved.", count) % {"count": count}
        )

    return _done(request, page, do)


@require_POST
def ask(request: HttpRequest, page_id: int) -> HttpResponse:
    """Ask for a change of one part."""
    page = _reviewed(request, page_id)
    key, _colon, digest = request.POST.get("part", "").partition(":")

    def do() -> None:
        AskForChangeAction(
            page, key, digest, user=request.user, comment=request.POST.get("comment", "")[:4000]
        ).execute()
        messages.success(request, _("Your comment stands beside the part in the editor."))

    return _done(request, page, do)


@require_POST
def step(request: HttpRequest, page_id: int) -> HttpResponse:
    """Approve the workflow's step, or send the article back."""
    page = _visible(request, page_id)
    action = request.POST.get("action", "")
    task, state = page.current_workflow_task, page.current_workflow_task_state
    if not (task.get_actions(page, request.user) if task else holds(request.user, *STEP_ROLES)):
        raise PermissionDenied
    if task is None or state is None or action not in ("approve", "reject"):
        messages.warning(request, _("This step is over already."))
        return redirect("approval_review", page.pk)

    def do() -> None:
        with transaction.atomic():
            task.on_action(state, request.user, action, comment=request.POST.get("comment", "")[:4000])
        page.refresh_from_db()
        if action == "reject":
            messages.success(request, _("Sent back to the editor."))
        elif page.current_workflow_state is None and page.scheduled_revision is not None:
            at = localtime(page.scheduled_revision.approved_go_live_at)
            messages.success(request, _("Approved. It goes live by itself at %(at)s.") % {"at": f"{at:%H:%M %d/%m/%Y}"})
        elif page.current_workflow_state is None:
            messages.success(request, _("Approved and published."))
        else:
            messages.success(request, _("Step approved; the next one has begun."))

    return _done(request, page, do)


def _done(request: HttpRequest, page: Any, do: Any) -> HttpResponse:
    """Do it, say what came of it on the screen, and show the screen again."""
    try:
        do()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except PermissionDenied as error:
        if not str(error):
            raise
        messages.error(request, str(error))
    return redirect("approval_review", page.pk)


def _reviewed(request: HttpRequest, page_id: int) -> PolicyArticlePage:
    page = _visible(request, page_id)
    if not may_review(page, request.user):
        raise PermissionDenied
    return page


def _visible(request: HttpRequest, page_id: int) -> PolicyArticlePage:
    page = get_object_or_404(PolicyArticlePage.objects.select_related("locale"), pk=page_id, alias_of__isnull=True)
    if holds(request.user, LEGAL_REVIEWER, PUBLISHER, CENTRAL_EDITOR, AUDITOR):
        return page
    permissions = page.permissions_for_user(request.user)
    if not (permissions.can_edit() or permissions.can_publish()):
        raise PermissionDenied
    return page
