"""Sends the Content-Security-Policy; Django 5.2 has none of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


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


def _line(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
