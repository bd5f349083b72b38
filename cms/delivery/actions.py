"""Operations of delivery: tokens made and revoked, receipts taken, webhooks made, rotated and resumed."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.audit.log import record
from cms.delivery import tokens
from cms.delivery.enums import HookEvent, Origin, ReceiptKind, Scope
from cms.delivery.models import Delivery, Receipt, Token, Webhook
from cms.delivery.outbox import ROTATION, again, fresh_nonce, secret_of
from cms.delivery.permissions import covers, is_central, managed_offices, may_manage
from cms.delivery.released import known_edition
from cms.delivery.sending import Refused, check_address
from cms.offices.models import Office
from render.communes import communes

MOST_WEBHOOKS = 20  # of one office
MOST_A_DAY = 12  # public receipts of one edition in one commune: a loudspeaker has two slots
CLOCK_AHEAD = dt.timedelta(days=1)
TWICE = dt.timedelta(seconds=60)
OLDEST = dt.timedelta(days=400)


class MakeTokenAction:
    """Make a token; what it returns is shown once and kept nowhere."""

    def __init__(self, *, user: Any, name: str, office: Office | None, scopes: Sequence[str], days: int) -> None:
        self.user, self.name, self.office, self.scopes, self.days = user, name.strip(), office, list(scopes), days

    def check(self) -> None:
        """Raise `PermissionDenied` for another's office."""
        _check_office(self.user, self.office)
        if not self.name or not self.scopes or set(self.scopes) - set(Scope.values):
            raise ValidationError(_("A token needs a name and something it may do."))
        if not 1 <= self.days <= tokens.LONGEST_DAYS:
            raise ValidationError(_("A token holds for at most %(days)d days.") % {"days": tokens.LONGEST_DAYS})

    @transaction.atomic
    def execute(self) -> tuple[Token, str]:
        """The row, and the token itself."""
        self.check()
        text, prefix, sha256 = tokens.fresh()
        row = Token.objects.create(
            name=self.name,
            office=self.office,
            owner=self.user,
            scopes=sorted(self.scopes),
            prefix=prefix,
            sha256=sha256,
            expires_at=timezone.now() + dt.timedelta(days=self.days),
        )
        details = {"name": row.name, "office": row.office_id or "", "scopes": row.scopes, "until": row.expires_at}
        record("token.made", actor=self.user, subject=f"token:{prefix}", details=details)
        return row, text


class RevokeTokenAction:
    """End a token at once."""

    def __init__(self, token: Token, *, user: Any) -> None:
        self.token, self.user = token, user

    @transaction.atomic
    def execute(self) -> None:
        """Nothing happens to one that has ended."""
        _check_office(self.user, self.token.office)
        if Token.objects.filter(pk=self.token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
            record("token.revoked", actor=self.user, subject=f"token:{self.token.prefix}")


@dataclass(frozen=True)
class Told:
    """What a receipt says."""

    client_id: str
    kind: str
    office: str
    edition: str
    product: str = ""
    at: dt.datetime | None = None
    quantity: int = 1


class TakeReceiptAction:
    """Take a receipt, once for each `client_id` of its sender."""

    def __init__(self, told: Told, *, token: Token | None = None) -> None:
        self.told, self.token = told, token

    @property
    def source(self) -> str:
        """Whose `client_id` it is."""
        return f"token:{self.token.pk}" if self.token else f"public:{self.told.office}"

    @transaction.atomic
    def execute(self) -> tuple[Receipt, bool]:
        """The receipt, and whether it is new. A `ValidationError` says what is not known or does not fit."""
        told, token = self.told, self.token
        before = Receipt.objects.filter(source=self.source, client_id=told.client_id).first()
        if before is not None:
            return before, False
        slug, lang = self._checked()
        now = timezone.now()
        said = told.at
        off = said is not None and not now - OLDEST <= said <= now + CLOCK_AHEAD
        at = now if said is None or off else said
        if token is None:
            if twice := self._tapped_twice(slug, at):
                return twice, False
            self._refuse_flood(at)
        try:
            with transaction.atomic():
                row = Receipt.objects.create(
                    kind=told.kind,
                    origin=Origin.OFFICE if token else Origin.PUBLIC,
                    source=self.source,
                    client_id=told.client_id,
                    office=told.office,
                    slug=slug,
                    product=told.product,
                    lang=lang,
                    edition=told.edition,
                    quantity=told.quantity,
                    at=at,
                    received_at=now,
                    said_at=said.isoformat()[:40] if said is not None and off else "",
                    token=token,
                )
        except IntegrityError:  # the same receipt came twice in one instant
            return Receipt.objects.get(source=self.source, client_id=told.client_id), False
        return row, True

    def _checked(self) -> tuple[str, str]:
        """Slug and language; the place must be one, and the edition one that was published for it."""
        told = self.told
        if not place_exists(told.office):
            raise ValidationError(_("There is no office %(code)s.") % {"code": told.office}, code="office")
        if self.token is not None and not covers(self.token.office, told.office):
            raise PermissionDenied
        if self.token is None and (told.kind != ReceiptKind.PLAYED or "." not in told.office):
            raise ValidationError(_("Without a token only a commune reports, and only what it played."), code="public")
        found = known_edition(told.edition, told.product)
        if found is None:
            raise ValidationError(_("No edition has the code %(code)s.") % {"code": told.edition}, code="edition")
        slug, lang, office = found
        if office and told.office != office and told.office[:2] != office:
            raise ValidationError(_("That edition was made for another office."), code="edition")
        return slug, lang

    def _tapped_twice(self, slug: str, at: dt.datetime) -> Receipt | None:
        """A plain form has no `client_id`, and a thumb taps twice: nobody plays one bulletin twice in a minute."""
        told = self.told
        same = Receipt.objects.filter(source=self.source, slug=slug, edition=told.edition, product=told.product)
        return same.filter(at__gt=at - TWICE, at__lt=at + TWICE).first()

    def _refuse_flood(self, at: dt.datetime) -> None:
        day = timezone.localtime(at).date()
        same = Receipt.objects.filter(origin=Origin.PUBLIC, office=self.told.office, edition=self.told.edition)
        if same.filter(at__date=day).count() >= MOST_A_DAY:
            raise ValidationError(_("It has been reported often enough for one day."), code="flood")


class MakeWebhookAction:
    """Make a webhook; its secret is shown once."""

    def __init__(self, *, user: Any, office: Office | None, url: str, events: Sequence[str]) -> None:
        self.user, self.office, self.url, self.events = user, office, url.strip(), sorted(set(events))

    @transaction.atomic
    def execute(self) -> tuple[Webhook, str]:
        """The row, and the secret."""
        _check_office(self.user, self.office)
        if not self.events or set(self.events) - set(HookEvent.values):
            raise ValidationError(_("Choose what it is told."), code="events")
        try:
            check_address(self.url)
        except Refused as error:
            raise ValidationError(str(error), code="url") from None
        if Webhook.objects.filter(office=self.office).count() >= MOST_WEBHOOKS:
            raise ValidationError(_("There are as many webhooks as there may be."), code="many")
        row = Webhook.objects.create(
            office=self.office, owner=self.user, url=self.url, events=self.events, nonce=fresh_nonce()
        )
        record(
            "webhook.made",
            actor=self.user,
            subject=f"webhook:{row.pk}",
            details={"url": row.url, "events": row.events, "office": row.office_id or ""},
        )
        return row, secret_of(row)


class RotateSecretAction:
    """A new secret; the old one signs beside it for a day."""

    def __init__(self, hook: Webhook, *, user: Any) -> None:
        self.hook, self.user = hook, user

    @transaction.atomic
    def execute(self) -> str:
        """The new secret, shown once."""
        _check_office(self.user, self.hook.office)
        hook = Webhook.objects.select_for_update(of=("self",)).get(pk=self.hook.pk)
        hook.old_nonce, hook.old_until, hook.nonce = hook.nonce, timezone.now() + ROTATION, fresh_nonce()
        hook.save(update_fields=["old_nonce", "old_until", "nonce"])
        record("webhook.rotated", actor=self.user, subject=f"webhook:{hook.pk}")
        return secret_of(hook)


class ResumeWebhookAction:
    """Tell a paused webhook again, beginning with what waited for it."""

    def __init__(self, hook: Webhook, *, user: Any) -> None:
        self.hook, self.user = hook, user

    @transaction.atomic
    def execute(self) -> None:
        """What was given up stays so, and can be sent again one by one."""
        _check_office(self.user, self.hook.office)
        paused = Webhook.objects.filter(pk=self.hook.pk, paused_at__isnull=False)
        if paused.update(paused_at=None, given_up=0):
            record("webhook.resumed", actor=self.user, subject=f"webhook:{self.hook.pk}")


class SendAgainAction:
    """Send a delivery once more, whatever became of it; a paused webhook is told again by that."""

    def __init__(self, row: Delivery, *, user: Any) -> None:
        self.row, self.user = row, user

    @transaction.atomic
    def execute(self) -> bool:
        """Whether it is sent again; one that waits for its first attempt is not."""
        ResumeWebhookAction(self.row.webhook, user=self.user).execute()
        if not again(self.row):
            return False
        details = {"event": self.row.event_id}
        record("webhook.sent_again", actor=self.user, subject=f"webhook:{self.row.webhook_id}", details=details)
        return True


class DropWebhookAction:
    """Tell an address nothing any more."""

    def __init__(self, hook: Webhook, *, user: Any) -> None:
        self.hook, self.user = hook, user

    @transaction.atomic
    def execute(self) -> None:
        """With all that is on its way there."""
        _check_office(self.user, self.hook.office)
        pk, url = self.hook.pk, self.hook.url
        self.hook.delete()
        record("webhook.dropped", actor=self.user, subject=f"webhook:{pk}", details={"url": url})


def _check_office(user: Any, office: Office | None) -> None:
    """One's own office; all offices together are central staff's."""
    if not may_manage(user):
        raise PermissionDenied
    if office is None:
        if not is_central(user):
            raise PermissionDenied
    elif not managed_offices(user).filter(pk=office.pk).exists():
        raise PermissionDenied


def place_exists(code: str) -> bool:
    """Whether a code is a commune's, or an office's."""
    return code in _commune_codes() or Office.objects.filter(pk=code).exists()


@functools.cache
def _commune_codes() -> frozenset[str]:
    return frozenset(one.office for one in communes())
