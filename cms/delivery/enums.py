"""What a token may do, where a receipt comes from, what is told to webhooks, and where a delivery stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a token opens."""

    READ = "read", _("Read what is published")
    RECEIPTS = "receipts", _("Report what was played and printed")
    PRINT_ORDERS = "print-orders", _("Order print runs")
    LOCAL_BLOCKS = "local-blocks", _("Change the office's own blocks")
    WEBHOOKS = "webhooks", _("Manage webhooks")


class ReceiptKind(models.TextChoices):
    """What was done with a product."""

    PLAYED = "played", _("Played")
    PRINTED = "printed", _("Printed")


class Origin(models.TextChoices):
    """How much a receipt weighs: who vouches for it."""

    PUBLIC = "public", _("Without a login")
    OFFICE = "office", _("With an office's token")


class ChangeKind(models.TextChoices):
    """What a release did with a product."""

    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    GONE = "gone", _("Called back")


class PrintState(models.TextChoices):
    """Where a print run stands."""

    QUEUED = "queued", _("Waiting its turn")
    MAKING = "making", _("Being made")
    READY = "ready", _("Ready to print")
    FAILED = "failed", _("Failed")
    RECALLED = "recalled", _("Called back")
    CANCELLED = "cancelled", _("Cancelled")
    BY_HAND = "by-hand", _("To be made by hand")


class HookEvent(models.TextChoices):
    """What webhooks are told."""

    RELEASE_PUBLISHED = "release.published", _("A release was published")
    PRODUCT_WITHDRAWN = "product.withdrawn", _("Products were called back")
    PRINT_ORDERED = "print-order.created", _("A print run was ordered")
    PRINT_READY = "print-order.ready", _("The print shop's files are ready")
    PRINT_FAILED = "print-order.failed", _("The print shop's files could not be made")
    PRINT_RECALLED = "print-order.recalled", _("An ordered sheet was called back")
    PRINT_CANCELLED = "print-order.cancelled", _("An order of a print run was cancelled")
    TEST = "ping", _("A trial")


class DeliveryStatus(models.TextChoices):
    """Where an event stands on its way."""

    PENDING = "pending", _("On its way")
    SENT = "sent", _("Delivered")
    DEAD = "dead", _("Given up")
