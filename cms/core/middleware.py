"""Sends the Content-Security-Policy, which Django 5.2 has none of; refuses what is too large; says who acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from cms.audit.log import acting


class ContentSecurityPolicy:
    """One policy for the admin, a tighter one for everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.site = _line(settings.CONTENT_SECURITY_POLICY)
        self.admin = _line(settings.CONTENT_SECURITY_POLICY_ADMIN)
        self.admin_path = reverse("wagtailadmin_home")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header unless the view has set a tighter one."""
        response = self.get_response(request)
        policy = self.admin if request.path.startswith(self.admin_path) else self.site
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response


class BoundedBody:
    """Refuses a request that is longer than any of ours, before whoever reads forms writes it to the disk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """413 for what says that it is too long; a body of unknown length is none to Django."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.REQUEST_MAX_BYTES:
            words = _("What you sent is larger than %(most)d MB.") % {"most": settings.REQUEST_MAX_BYTES // 1_000_000}
            return HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class Acting:
    """Tells the audit log who is asking, for what happens in signals."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """For the time of this request."""
        token = acting.set(SimpleLazyObject(lambda: request.user))
        try:
            return self.get_response(request)
        finally:
            acting.reset(token)


def _line(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
