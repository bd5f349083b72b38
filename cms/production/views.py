"""The editor's screen asks here where products stand, and asks to try again."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from cms.articles.models import PolicyArticlePage, source_page
from cms.production.actions import RetryAction
from cms.production.models import ProductState
from cms.production.states import article_states


@require_GET
@never_cache
def states(request: HttpRequest, page_id: int) -> HttpResponse:
    """The states of an article's products, for whoever may see the page's editor."""
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    permissions = page.permissions_for_user(request.user)
    if not (permissions.can_edit() or permissions.can_publish()):
        raise PermissionDenied
    return JsonResponse(article_states(page, may_retry=permissions.can_publish()))


@require_POST
def retry(request: HttpRequest, page_id: int) -> HttpResponse:
    """Try one product (`state`, its number) or all of them again."""
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    state = None
    if request.POST.get("state"):
        own = ProductState.objects.of(source_page(page).slug)
        number = request.POST["state"]
        state = get_object_or_404(own, pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
    RetryAction(page, user=request.user, state=state).execute()
    return JsonResponse(article_states(page, may_retry=True))
