"""Who may come in: a token with the right scope, not too often, from an address that does not guess."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from ninja.security import HttpBearer

from cms.delivery import limits, tokens
from cms.delivery.api.problems import Problem
from cms.delivery.enums import Scope
from cms.delivery.models import Token
from cms.logins.limits import address_of


class Bearer(HttpBearer):
    """A token that has a scope. A session is none: a browser that is logged in must not be led here."""

    openapi_name = "token"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        """The token; raises the `Problem` that stands in the way."""
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise Problem("token-wrong")
        return self.authenticate(request, text.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        """Wrong tokens are counted by address; those of others, expired or revoked, only refused."""
        row = tokens.find(token)
        if row is None:
            limits.wrong_token(address_of(request))
            raise Problem("token-wrong")
        if not row.live:
            raise Problem("token-wrong", detail=row.state)
        if wait := limits.wait_s(f"token:{row.pk}", limits.PER_TOKEN):
            raise Problem("too-many", retry_after_s=wait)
        if self.scope not in row.scopes:
            raise Problem("not-allowed", detail=self.scope)
        tokens.used(row)
        return row


def holder(request: HttpRequest) -> Token:
    """Whose request it is."""
    token: Token = request.auth  # type: ignore[attr-defined]
    return token


def slow_down(request: HttpRequest) -> None:
    """Public requests are counted by address."""
    if wait := limits.wait_s(f"address:{limits.network_of(address_of(request))}", limits.PER_ADDRESS):
        raise Problem("too-many", retry_after_s=wait)


def done(action: Any) -> Any:
    """What an operation gives; what it refuses, as a problem."""
    try:
        return action.execute()
    except PermissionDenied:
        raise Problem("not-allowed") from None
    except ValidationError as error:
        if getattr(error, "code", None) == "flood":
            raise Problem("too-many", detail=error.messages[0], retry_after_s=3600) from None
        fields = getattr(error, "message_dict", {"": error.messages})
        said = [{"where": name, "what": words} for name, texts in fields.items() for words in texts]
        raise Problem("refused", detail=error.messages[0], errors=said) from None
