"""The editor's screen asks here where products stand, and asks to try again."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from cms.articles.models import PolicyArticlePage, source_page
from cms.core.ranges import private_file
from cms.production.actions import RetryAction
from cms.production.enums import AVAILABLE
from cms.production.files import private_content
from cms.production.models import ProductState
from cms.production.permissions import may_see
from cms.production.states import article_states
from render.errors import StoreError


@require_GET
@never_cache
def states(request: HttpRequest, page_id: int) -> HttpResponse:
    """The states of an article's products, for whoever may see the page's editor."""
    return JsonResponse(article_states(visible_page(request, page_id), user=request.user))


def visible_page(request: HttpRequest, page_id: int) -> PolicyArticlePage:
    """A page whose editor the user may see."""
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    if not may_see(page, request.user):
        raise PermissionDenied
    return page


def state_of(page: PolicyArticlePage, number: str) -> ProductState:
    """The state of that number, when it is one of the page's own article."""
    own = ProductState.objects.of(source_page(page).slug)
    return get_object_or_404(own, pk=int(number) if number.isdecimal() and len(number) < 18 else 0)


@require_safe
def file(request: HttpRequest, page_id: int, state_id: int, sha256: str) -> HttpResponseBase:
    """A file of a product that is made and not public, for whoever may see the page's editor."""
    state = state_of(visible_page(request, page_id), str(state_id))
    found = next((one for one in state.files if one["sha256"] == sha256 and state.status in AVAILABLE), None)
    if found is None:
        raise Http404
    try:
        content = private_content(found)
    except StoreError:
        raise Http404 from None  # swept from the cache: making it again brings it back
    return private_file(request, content, media_type=found["media_type"], sha256=sha256)


@require_POST
def retry(request: HttpRequest, page_id: int) -> HttpResponse:
    """Try one product (`state`, its number) or all of them again."""
    page = get_object_or_404(PolicyArticlePage, pk=page_id)
    state = state_of(page, request.POST["state"]) if request.POST.get("state") else None
    RetryAction(page, user=request.user, state=state).execute()
    return JsonResponse(article_states(page, user=request.user))
