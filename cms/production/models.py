"""Builds, each leased by one worker at a time, and the state of every product of every article."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.production.enums import AVAILABLE, UNFINISHED, BuildCause, BuildKind, BuildStatus, ProductStatus


def _lane() -> Case:
    """What must not wait: a withdrawal, a correction, an urgent article; then what has priority."""
    return Case(
        When(kind=BuildKind.WITHDRAW, then=Value(0)),
        When(Q(page__kind="correction") | Q(page__priority="urgent"), then=Value(0)),
        When(page__priority="priority", then=Value(1)),
        default=Value(2),
    )


class BuildQuerySet(models.QuerySet["Build"]):
    """Builds, asked for in sentences."""

    def ready(self) -> BuildQuerySet:
        """Nobody has begun them."""
        return self.filter(status=BuildStatus.READY)

    def unfinished(self) -> BuildQuerySet:
        """Ready or running."""
        return self.filter(status__in=(BuildStatus.READY, BuildStatus.RUNNING))

    def abandoned(self, now: dt.datetime) -> BuildQuerySet:
        """Running by their word, but their worker's lease is over."""
        return self.filter(status=BuildStatus.RUNNING, lease_until__lt=now)

    def leasable(self, now: dt.datetime) -> BuildQuerySet:
        """What a worker may take, the urgent lane first, then oldest first; never two of one article at a time."""
        busy = Build.objects.filter(status=BuildStatus.RUNNING).values("slug")
        begun_by_nobody = Q(status=BuildStatus.READY) & ~Q(slug__in=busy)
        due = Q(not_before__isnull=True) | Q(not_before__lte=now)
        return self.filter((begun_by_nobody & due) | Q(status=BuildStatus.RUNNING, lease_until__lt=now)).order_by(
            _lane(), "pk"
        )

    def failed(self) -> BuildQuerySet:
        """Ended without success."""
        return self.filter(status=BuildStatus.FAILED)

    def lease(self, owner: str) -> Build | None:
        """Take the oldest build that is free, or None. Of two who ask at once, one gets it."""
        try:
            return self._lease(owner, timezone.now())
        except IntegrityError:
            return None  # another build of the same article was taken in the same instant

    def _lease(self, owner: str, now: dt.datetime) -> Build | None:
        with transaction.atomic():
            free = self.leasable(now)
            if connection.features.has_select_for_update_skip_locked:
                # PostgreSQL: whoever comes second steps over the locked row. Two builds of one article could still
                # be taken in the same instant; the constraint below refuses the second.
                free = free.select_for_update(skip_locked=True, of=("self",))
            build = free.first()
            if build is None:
                return None
            taken = (
                Build.objects.filter(pk=build.pk, status=build.status, lease_owner=build.lease_owner)
                .filter(Q(status=BuildStatus.READY) | Q(lease_until__lt=now))
                .update(
                    status=BuildStatus.RUNNING,
                    lease_owner=owner,
                    lease_until=now + dt.timedelta(seconds=settings.BUILD_LEASE_S),
                    heartbeat_at=now,
                    started_at=now,
                    attempts=F("attempts") + 1,
                )
            )
        if not taken:
            return None
        build.refresh_from_db()
        return build


class Build(models.Model):
    """What publishing sets to work: an order to make or withdraw the products of one article.

    `slug` names the article even after its page is gone. `languages` and `products` narrow the order; empty means
    all that the article wants.
    """

    wagtail_reference_index_ignore = True  # an order is no place where a page is used

    kind = models.CharField(_("Kind"), max_length=10, choices=BuildKind.choices, default=BuildKind.PUBLISH)
    cause = models.CharField(_("Because"), max_length=12, choices=BuildCause.choices)
    page = models.ForeignKey(
        "articles.PolicyArticlePage", null=True, on_delete=models.SET_NULL, related_name="builds", db_constraint=False
    )
    revision = models.ForeignKey("wagtailcore.Revision", null=True, on_delete=models.SET_NULL, related_name="+")
    slug = models.CharField(_("Article"), max_length=255, db_index=True)
    reason = models.CharField(_("Reason"), max_length=300, blank=True)
    languages = models.JSONField(default=list, blank=True)
    products = models.JSONField(default=list, blank=True)
    offices = models.JSONField(default=list, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("Asked by")
    )
    requested_at = models.DateTimeField(_("Asked at"), default=timezone.now)

    status = models.CharField(_("Status"), max_length=10, choices=BuildStatus.choices, default=BuildStatus.READY)
    not_before = models.DateTimeField(null=True)  # after a failure that may pass by itself
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("Finished at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0)
    failed_reason = models.TextField(_("Why it failed"), blank=True)
    release = models.PositiveIntegerField(_("Release"), null=True)

    objects = BuildQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("Build")
        verbose_name_plural = _("Builds")
        indexes: ClassVar = [models.Index(fields=("status", "lease_until"), name="build_by_lease")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("slug",), condition=Q(status=BuildStatus.RUNNING), name="one_running_build_an_article"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_kind_display()} · {self.slug}"

    def because(self, cause: str, reason: str) -> Build:
        """Nobody has begun it, and it is asked for once more: what readers must be told is not lost."""
        if reason and reason not in self.reason and cause in (BuildCause.FACT, BuildCause.QUESTION):
            self.reason = f"{self.reason}; {reason}" if self.reason else reason
            if len(self.reason) > Build._meta.get_field("reason").max_length:
                self.reason = reason
            self.cause = cause
            self.save(update_fields=["reason", "cause"])
        return self

    def hold(self, owner: str) -> bool:
        """Heartbeat: prolong the lease. False when it is no longer ours, and everything we do is in vain."""
        now = timezone.now()
        return bool(
            Build.objects.filter(pk=self.pk, status=BuildStatus.RUNNING, lease_owner=owner).update(
                heartbeat_at=now, lease_until=now + dt.timedelta(seconds=settings.BUILD_LEASE_S)
            )
        )

    def finish(self, owner: str, *, failed_reason: str = "", release: int | None = None) -> bool:
        """Say how it ended; only the lease's owner can."""
        return bool(
            Build.objects.filter(pk=self.pk, status=BuildStatus.RUNNING, lease_owner=owner).update(
                status=BuildStatus.FAILED if failed_reason else BuildStatus.SUCCESSFUL,
                failed_reason=failed_reason,
                release=release,
                finished_at=timezone.now(),
                lease_until=None,
            )
        )

    def give_back(self, owner: str, *, reason: str = "", after_s: float = 0) -> bool:
        """Put it back for later: with a reason a failure that may pass, without one no attempt at all."""
        return bool(
            Build.objects.filter(pk=self.pk, status=BuildStatus.RUNNING, lease_owner=owner).update(
                status=BuildStatus.READY,
                lease_owner="",
                lease_until=None,
                failed_reason=reason,
                not_before=timezone.now() + dt.timedelta(seconds=after_s) if after_s else None,
                attempts=F("attempts") if reason else F("attempts") - 1,
            )
        )


class ProductStateQuerySet(models.QuerySet["ProductState"]):
    """Products of articles."""

    def of(self, slug: str) -> ProductStateQuerySet:
        """Of one article."""
        return self.filter(slug=slug)

    def unfinished(self) -> ProductStateQuerySet:
        """Somebody still works on them."""
        return self.filter(status__in=UNFINISHED)


class ProductState(models.Model):
    """Where one product of one article stands, in one language and for one office ("" is the national one)."""

    slug = models.CharField(max_length=255)
    lang = models.CharField(max_length=35)
    office = models.CharField(max_length=12, blank=True)
    product = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=ProductStatus.choices)
    reason = models.TextField(blank=True)
    gate = models.CharField(max_length=80, blank=True)
    edition = models.CharField(max_length=12, blank=True)
    files = models.JSONField(default=list)  # {"role", "suffix", "sha256", "bytes", "media_type", "name"}
    warnings = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    to_hear = models.JSONField(default=list)  # sentences of a machine that a person must listen to: [key, text]
    seconds = models.FloatField(default=0)
    build = models.ForeignKey(Build, null=True, on_delete=models.SET_NULL, related_name="states")
    released = models.PositiveIntegerField(null=True)  # the release in which these files are public
    changed_at = models.DateTimeField(auto_now=True)

    objects = ProductStateQuerySet.as_manager()

    class Meta:
        ordering = ("slug", "pk")
        verbose_name = _("Product")
        verbose_name_plural = _("Products")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("slug", "lang", "office", "product"), name="one_state_a_product")
        ]

    def __str__(self) -> str:
        return f"{self.slug}.{self.lang}{'.' + self.office if self.office else ''}.{self.product}: {self.status}"

    @property
    def held(self) -> bool:
        """Made, and kept back from readers until somebody has listened."""
        return self.status in AVAILABLE and self.details.get("listening") == "waiting"

    def file(self, role: str) -> dict[str, Any] | None:
        """The file of that role, None where it has none."""
        return next((file for file in self.files if file["role"] == role), None)

    @property
    def identity(self) -> dict[str, Any]:
        """What tells it from others."""
        return {"slug": self.slug, "lang": self.lang, "office": self.office, "product": self.product}
