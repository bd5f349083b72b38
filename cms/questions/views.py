"""Approve an answer, see where it is used, take the bank away as a file."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.admin import messages

from cms.articles.text import printed_title
from cms.questions import files
from cms.questions.actions import ApproveQuestionAction
from cms.questions.bank import drafts_using, pages_using
from cms.questions.models import BankQuestion


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The words as they stand beside those approved last, the articles that show them, and the approval."""
    if not request.user.has_perm("questions.view_bankquestion"):
        raise PermissionDenied
    question = get_object_or_404(BankQuestion.objects.select_related("locale", "approved_by"), pk=pk)
    if request.method == "POST":
        done = ApproveQuestionAction(question, user=request.user, digest=request.POST.get("digest", "")).execute()
        if done:
            messages.success(request, _("Approved. Articles that show it are built again."))
        else:
            messages.error(request, _("Somebody changed it meanwhile: read it again."))
        return redirect("questions_answer", pk)
    own = question.changed_by_id == request.user.pk
    context = {
        "question": question,
        "now": [printed_title(text) for text in question.paragraphs()],
        "before": [printed_title(text) for text in question.approved_text.get("answer", [])],
        "pages": pages_using(question.key),
        "drafts": drafts_using(question.key),
        "may_approve": request.user.has_perm("questions.approve_bankquestion") and not own,
        "own": own,
    }
    return TemplateResponse(request, "questions/answer.html", context)


@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """As JSON, CSV, or the FAQ of Vietnamese."""
    if not request.user.has_perm("questions.view_bankquestion"):
        raise PermissionDenied
    kinds = {
        "json": (files.as_json, "application/json", "ngan-hang-cau-hoi.json"),
        "csv": (files.as_csv, "text/csv; charset=utf-8", "ngan-hang-cau-hoi.csv"),
        "faq": (lambda: files.as_faq("vi"), "application/ld+json", "hoi-dap.vi.jsonld"),
    }
    if kind not in kinds:
        raise Http404
    write, media_type, name = kinds[kind]
    response = HttpResponse(write(), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
