"""Tokens of offices, what changed with each release, receipts, print runs, webhooks and what is on its way to them."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.delivery.enums import ChangeKind, DeliveryStatus, Origin, PrintState, ReceiptKind, Scope
from cms.offices.models import Office
from cms.production.enums import BuildStatus


class Token(models.Model):
    """A key to the API. Of its secret only the digest is kept; it is shown once, when it is made."""

    name = models.CharField(_("Name"), max_length=120)
    office = models.ForeignKey(
        Office, verbose_name=_("Office"), null=True, blank=True, on_delete=models.CASCADE, related_name="tokens"
    )
    # Who made it: it may do what they may do, and ends when they are gone.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    scopes = models.JSONField(_("May"), default=list)
    prefix = models.CharField(_("Begins with"), max_length=12, unique=True)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("Made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("Expires"))
    revoked_at = models.DateTimeField(_("Revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)
    acknowledged = models.PositiveIntegerField(default=0)  # the release up to which its holder has fetched
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Token")
        verbose_name_plural = _("Tokens")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.prefix}… · {self.name}"

    @property
    def live(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.owner.is_active

    @property
    def state(self) -> str:
        """In words."""
        if self.revoked_at:
            return str(_("Revoked"))
        if self.expires_at <= timezone.now():
            return str(_("Expired"))
        return str(_("In force")) if self.owner.is_active else str(_("Its owner is locked"))

    def scope_labels(self) -> str:
        """What it may do, in words."""
        return ", ".join(str(Scope(one).label) for one in self.scopes if one in Scope.values)


class Noted(models.Model):
    """A release whose changes are written down."""

    number = models.PositiveIntegerField(primary_key=True)
    release = models.CharField(max_length=40)
    made_at = models.CharField(max_length=20)  # as the manifest says it: 2025-09-01T08:00:00Z

    class Meta:
        default_permissions: ClassVar = ()


class Change(models.Model):
    """What one release did with one product of one article."""

    number = models.PositiveIntegerField(db_index=True)
    kind = models.CharField(max_length=8, choices=ChangeKind.choices)
    slug = models.CharField(max_length=100)
    province = models.CharField(max_length=2, blank=True)
    product = models.CharField(max_length=60)
    lang = models.CharField(max_length=35)
    office = models.CharField(max_length=12, blank=True)
    edition = models.CharField(max_length=12, db_index=True)
    title = models.CharField(max_length=400, blank=True)
    # Of what was called back: why, in the state that readers are told, and the slug that stands in its place.
    state = models.CharField(max_length=12, blank=True)
    reason = models.TextField(blank=True)
    replaced_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("pk",)
        default_permissions: ClassVar = ()


class Receipt(models.Model):
    """Somebody says that a product was played or printed. Nothing in it says who they are."""

    kind = models.CharField(_("Kind"), max_length=8, choices=ReceiptKind.choices)
    origin = models.CharField(_("Origin"), max_length=8, choices=Origin.choices)
    source = models.CharField(max_length=40)  # whose `client_id` it is: "token:7", "public:66.24133"
    client_id = models.CharField(max_length=64)
    office = models.CharField(_("Office"), max_length=12, db_index=True)  # a commune's or a province's code
    slug = models.CharField(_("Article"), max_length=100)
    product = models.CharField(_("Product"), max_length=60, blank=True)
    lang = models.CharField(_("Language"), max_length=35)
    edition = models.CharField(_("Code"), max_length=12, db_index=True)
    quantity = models.PositiveIntegerField(_("Quantity"), default=1)
    at = models.DateTimeField(_("When"), db_index=True)
    received_at = models.DateTimeField(_("Received"), default=timezone.now)
    # The device's clock was off by more than can be: `at` is then when it was received, and this what it said.
    said_at = models.CharField(max_length=40, blank=True)
    token = models.ForeignKey(Token, null=True, on_delete=models.SET_NULL, related_name="receipts")

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Receipt")
        verbose_name_plural = _("Receipts")
        default_permissions: ClassVar = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("source", "client_id"), name="one_receipt_a_client_id")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.slug} · {self.office}"


class PrintRunQuerySet(models.QuerySet["PrintRun"]):
    """Print runs, asked for in sentences."""

    def wanted(self) -> PrintRunQuerySet:
        """Nobody has cancelled them."""
        return self.filter(cancelled_at__isnull=True)

    def standing(self) -> PrintRunQuerySet:
        """Wanted, and their sheet is in force."""
        return self.wanted().filter(recalled_at__isnull=True)


class PrintRun(models.Model):
    """An order of a print run: how many, for how much, by whom; the imprint of its sheets comes from here."""

    office = models.ForeignKey(Office, verbose_name=_("Office"), on_delete=models.PROTECT, related_name="print_runs")
    slug = models.CharField(_("Article"), max_length=100)
    product = models.CharField(_("Product"), max_length=60)
    lang = models.CharField(_("Language"), max_length=35)
    edition = models.CharField(_("Code"), max_length=12, db_index=True)
    title = models.CharField(_("Title"), max_length=400)
    quantity = models.PositiveIntegerField(_("Copies"))
    cost_vnd = models.PositiveBigIntegerField(_("Cost (đồng)"))
    funding = models.CharField(_("Funding"), max_length=160)
    printer = models.CharField(_("Printer"), max_length=160)
    printer_address = models.CharField(_("Printer's address"), max_length=160)
    licence = models.CharField(_("Licence number"), max_length=160)
    licensed_by = models.CharField(_("Licensed by"), max_length=160)
    licensed_on = models.DateField(_("Licensed on"))
    responsible = models.CharField(_("Responsible for the content"), max_length=160, blank=True)
    deposited = models.CharField(_("Printed and deposited"), max_length=160, blank=True)
    source = models.CharField(max_length=40)
    client_id = models.CharField(max_length=64)
    ordered_at = models.DateTimeField(_("Ordered at"), default=timezone.now, db_index=True)
    ordered_by = models.CharField(_("Ordered by"), max_length=320)
    made_for = models.CharField(max_length=12, blank=True)  # the office whose sheet it is; "" for the national one
    # What the worker makes of it: the print shop's PDFs. They lie in the private cache and in no release.
    build = models.ForeignKey(
        "production.Build", null=True, blank=True, on_delete=models.SET_NULL, related_name="print_runs"
    )
    files = models.JSONField(default=list, blank=True)  # {"name", "sha256", "bytes", "media_type"}
    warnings = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField(_("Made at"), null=True, blank=True)
    # The sheet is in force no more: since when, why, and the edition or the article that stands in its place.
    recalled_at = models.DateTimeField(_("Called back at"), null=True, blank=True)
    recall_reason = models.TextField(blank=True)
    replaced_by = models.CharField(max_length=100, blank=True)
    # The office wants it no more: since when, why, and who said so.
    cancelled_at = models.DateTimeField(_("Cancelled at"), null=True, blank=True)
    cancel_reason = models.CharField(_("Why it was cancelled"), max_length=300, blank=True)
    cancelled_by = models.CharField(max_length=320, blank=True)

    objects = PrintRunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Print run")
        verbose_name_plural = _("Print runs")
        default_permissions: ClassVar = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=("source", "client_id"), name="one_run_a_client_id")]

    def __str__(self) -> str:
        return f"{self.title} × {self.quantity}"

    @property
    def state(self) -> PrintState:
        """Where it stands."""
        if self.cancelled_at:
            return PrintState.CANCELLED
        if self.recalled_at:
            return PrintState.RECALLED
        if self.files:
            return PrintState.READY
        if self.build is None:
            return PrintState.BY_HAND
        if self.build.status == BuildStatus.FAILED:
            return PrintState.FAILED
        return PrintState.QUEUED if self.build.status == BuildStatus.READY else PrintState.MAKING

    @property
    def reason(self) -> str:
        """Why it was cancelled or called back, or could not be made."""
        if self.cancelled_at:
            return self.cancel_reason
        if self.recalled_at:
            return self.recall_reason
        return self.build.failed_reason if self.build and self.state == PrintState.FAILED else ""

    def imprint_table(self) -> dict[str, Any]:
        """The fields of `render.imprint`, as its TOML file would have them."""
        named = (
            "licence", "licensed_by", "licensed_on", "printer", "printer_address", "deposited", "responsible",
        )  # fmt: skip
        table = {name: getattr(self, name) for name in named if getattr(self, name)}
        return table | {"print_run": self.quantity} | ({"funding": f"Kinh phí: {self.funding}"} if self.funding else {})


class Webhook(models.Model):
    """An address that is told of events. Its secret is derived from the site's own and `nonce`, and kept nowhere."""

    office = models.ForeignKey(
        Office, verbose_name=_("Office"), null=True, blank=True, on_delete=models.CASCADE, related_name="webhooks"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    url = models.CharField(_("Address"), max_length=500)
    events = models.JSONField(_("Events"), default=list)
    nonce = models.CharField(max_length=32)
    # After a change of the secret both sign for a while, so that no delivery is lost meanwhile.
    old_nonce = models.CharField(max_length=32, blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(_("Made at"), default=timezone.now)
    # How many deliveries in a row were given up; after too many it is told nothing until somebody has looked.
    given_up = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(_("Paused at"), null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Webhook")
        verbose_name_plural = _("Webhooks")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return self.url


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries, asked for in sentences."""

    def due(self, now: dt.datetime) -> DeliveryQuerySet:
        """To be tried now, oldest first; not to who is locked, or paused."""
        waiting = self.filter(status=DeliveryStatus.PENDING, next_at__lte=now)
        waiting = waiting.filter(webhook__paused_at__isnull=True, webhook__owner__is_active=True)
        return waiting.order_by("next_at", "pk")


class Delivery(models.Model):
    """An event on its way to a webhook, written in the transaction that made it: the outbox."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.CharField(max_length=120)  # the same at each attempt: receivers know what they have had
    event = models.CharField(_("Event"), max_length=40)
    body = models.TextField()
    status = models.CharField(_("Status"), max_length=8, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    answered = models.PositiveSmallIntegerField(_("Answer"), null=True)
    reason = models.CharField(_("Why it failed"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("Made at"), default=timezone.now)
    sent_at = models.DateTimeField(_("Delivered at"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Delivery to a webhook")
        verbose_name_plural = _("Deliveries to webhooks")
        default_permissions: ClassVar = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=("webhook", "event_id"), name="one_delivery_an_event")]

    def __str__(self) -> str:
        return f"{self.event} → {self.webhook}"


class Share(models.Model):
    """How many requests of one minute were given out under a key; processes take them by the handful."""

    key = models.CharField(max_length=80)
    minute = models.PositiveBigIntegerField(db_index=True)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions: ClassVar = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=("key", "minute"), name="one_share_a_minute")]


class Lockout(models.Model):
    """An address from which too many wrong tokens came; nothing of it is looked at until then."""

    address = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = ()
