"""Print runs: ordered by an office, made for the print shop by the worker, and kept for that office alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.audit.log import name_of, record
from cms.core.words import in_words
from cms.delivery.enums import HookEvent, PrintState, ReceiptKind
from cms.delivery.models import PrintRun, Receipt
from cms.delivery.outbox import announce
from cms.delivery.permissions import managed_offices, may_manage
from cms.delivery.released import released
from cms.offices.models import Office, offices
from cms.production.enums import BuildCause, BuildKind, BuildStatus
from cms.production.models import Build
from render.build import file_name, make_context
from render.communes import with_communes
from render.errors import LoaError, ReleaseError
from render.imprint import imprint_from
from render.offices import office as office_named
from render.plan import plan_articles
from render.run import Job, Outcome, Stopped, run

if TYPE_CHECKING:
    from cms.articles.models import PolicyArticlePage


class OrderPrintRunAction:
    """Order a print run; its imprint is checked as the print shop's file would be, and its PDFs are asked for."""

    def __init__(self, *, user: Any, office: Office, values: dict[str, Any], source: str, client_id: str) -> None:
        self.user, self.office, self.values = user, office, values
        self.source, self.client_id = source, client_id

    def execute(self) -> tuple[PrintRun, bool]:
        """The order, and whether it is new."""
        _check(self.user, self.office)
        mine = PrintRun.objects.select_related("office", "build").filter(source=self.source, client_id=self.client_id)
        if before := mine.first():
            if any(getattr(before, name) != value for name, value in self.values.items()):
                raise ValidationError(
                    _("This order was taken before, with other words: see it first."), code="client_id"
                )
            return before, False
        try:
            with transaction.atomic():
                return self._ordered(), True
        except IntegrityError:  # the same order came twice in one instant
            return mine.get(), False

    def _ordered(self) -> PrintRun:
        wanted = released().editions.get(self.values["edition"], ())
        found = next((one for one in wanted if one.entry.product == self.values["product"]), None)
        if found is None or found.entry.medium != "print":
            raise ValidationError(_("No sheet that is in force has this code and form."), code="edition")
        if self.values["licensed_on"] > timezone.localdate():
            raise ValidationError({"licensed_on": _("A licence is not given in the future.")})
        if found.entry.office and found.entry.office[:2] != self.office.code[:2]:
            raise ValidationError(_("That edition was made for another office."), code="edition")
        row = PrintRun(
            office=self.office,
            slug=found.slug,
            lang=found.entry.lang,
            title=found.entry.title[:400],
            made_for=found.entry.office or "",
            source=self.source,
            client_id=self.client_id,
            ordered_by=name_of(self.user),
            **self.values,
        )
        try:
            imprint_from(row.imprint_table(), where=_("imprint"))
        except LoaError as error:
            raise ValidationError(in_words(error), code="imprint") from None
        row.full_clean(exclude=["office", "build"], validate_constraints=False)
        row.save()
        queue(row, user=self.user)
        said = {"edition": row.edition, "product": row.product, "quantity": row.quantity, "cost_vnd": row.cost_vnd}
        announce(
            HookEvent.PRINT_ORDERED,
            f"print-order-{row.pk}",
            {"id": row.pk, "office": self.office.code, "slug": row.slug, "lang": row.lang} | said,
            office=self.office,
        )
        record(
            "print.ordered",
            actor=self.user,
            subject=f"office:{self.office.code}",
            details=said | {"slug": row.slug, "run": row.pk},
        )
        return row


class MakeAgainAction:
    """Ask once more for the PDFs of a run: they could not be made, or were swept from the cache."""

    def __init__(self, row: PrintRun, *, user: Any) -> None:
        self.row, self.user = row, user

    @transaction.atomic
    def execute(self) -> PrintRun:
        """The run; nothing happens to one that is being made. A `ValidationError` for what was called back."""
        _check(self.user, self.row.office)
        row = PrintRun.objects.select_for_update(of=("self",)).select_related("office", "build").get(pk=self.row.pk)
        _refuse_ended(row)
        if row.state not in (PrintState.QUEUED, PrintState.MAKING):
            row.files, row.made_at = [], None
            row.save(update_fields=["files", "made_at"])
            queue(row, user=self.user)
            record("print.asked_again", actor=self.user, subject=f"office:{row.office_id}", details={"run": row.pk})
        return row


class CancelPrintRunAction:
    """Cancel a run that is not printed yet; its files are made no more and given to nobody."""

    def __init__(self, row: PrintRun, *, reason: str, user: Any) -> None:
        self.row, self.reason, self.user = row, reason.strip(), user

    @transaction.atomic
    def execute(self) -> PrintRun:
        """The run; one that is cancelled already stays as it is. A `ValidationError` for what is printed or ended."""
        _check(self.user, self.row.office)
        row = PrintRun.objects.select_for_update(of=("self",)).select_related("office", "build").get(pk=self.row.pk)
        if row.state == PrintState.CANCELLED:
            return row
        _refuse_ended(row)
        if not any(char.isalnum() for char in self.reason):
            raise ValidationError({"reason": _("Say why it is cancelled.")})
        if _is_printed(row):
            raise ValidationError(_("Copies of it are reported printed: it cannot be cancelled any more."))
        row.cancelled_at, row.cancel_reason, row.cancelled_by = timezone.now(), self.reason, name_of(self.user)
        row.save(update_fields=["cancelled_at", "cancel_reason", "cancelled_by"])
        # A build that nobody has begun is void; one that is under way sees it and ends (`make_for_print`).
        Build.objects.ready().filter(pk=row.build_id).update(
            status=BuildStatus.FAILED, failed_reason="Đơn đặt in đã bị hủy trước khi bắt đầu."
        )
        said = {"reason": self.reason}
        _tell(row, HookEvent.PRINT_CANCELLED, said)
        record(
            "print.cancelled",
            actor=self.user,
            subject=f"office:{row.office_id}",
            details=said | {"run": row.pk, "edition": row.edition, "product": row.product, "quantity": row.quantity},
        )
        return row


def _refuse_ended(row: PrintRun) -> None:
    if row.state == PrintState.CANCELLED:
        raise ValidationError(_("This order was cancelled: order anew."))
    if row.state == PrintState.RECALLED:
        raise ValidationError(_("This sheet was called back: order the one that stands in its place."))


def _is_printed(row: PrintRun) -> bool:
    """Whether copies of it are reported printed. Of several runs of one sheet the oldest were printed first."""
    same = PrintRun.objects.wanted().filter(office=row.office_id, edition=row.edition, product=row.product)
    runs = list(same.filter(pk__lte=row.pk).order_by("pk").values_list("ordered_at", "quantity"))
    told = Receipt.objects.filter(
        kind=ReceiptKind.PRINTED,
        office=row.office_id,
        edition=row.edition,
        product__in=(row.product, ""),
        received_at__gte=runs[0][0],
    )
    printed = told.aggregate(copies=models.Sum("quantity"))["copies"] or 0
    return bool(printed > sum(quantity for _ordered_at, quantity in runs[:-1]))


def _check(user: Any, office: Office) -> None:
    if not may_manage(user) or not managed_offices(user).filter(pk=office.pk).exists():
        raise PermissionDenied


def queue(row: PrintRun, *, user: Any) -> None:
    """Ask the worker for the PDFs, in the caller's transaction; not where the newsroom does not have the article."""
    page = _page_of(row.slug)
    if page is None:
        return
    row.build = Build.objects.create(
        kind=BuildKind.PRINT, cause=BuildCause.ORDERED, page=page, revision=page.live_revision, slug=row.slug,
        languages=[row.lang], products=[row.product], offices=[row.made_for],
        requested_by=user if getattr(user, "pk", None) else None,
    )  # fmt: skip
    row.save(update_fields=["build"])


def _page_of(slug: str) -> PolicyArticlePage | None:
    from cms.articles.models import PolicyArticlePage, source_page

    live = PolicyArticlePage.objects.filter(slug=slug, live=True, alias_of__isnull=True)
    return next((page for page in live if source_page(page).pk == page.pk), None)


def make_for_print(build: Build, executor: Executor, *, should_stop: Callable[[], bool]) -> None:
    """The worker's part. Nothing of it is released: the files lie in the private cache.

    Raises a `LoaError` when it cannot be done; who ordered hears of it when the build gives up (`tell_given_up`).
    """
    row = PrintRun.objects.standing().select_related("office").filter(build=build).first()
    if row is None:
        return
    mine = PrintRun.objects.standing().filter(pk=row.pk)
    try:
        outcome = _made(row, executor, lambda: should_stop() or not mine.exists())
    except Stopped:
        if should_stop():
            raise
        return  # it was cancelled or called back meanwhile
    files = [
        {
            "name": file_name(outcome.job, file.suffix), "sha256": file.sha256, "bytes": file.bytes,
            "media_type": file.media_type,
        }
        for file in outcome.files
        if file.role == "print"
    ]  # fmt: skip
    with transaction.atomic():
        if not mine.update(files=files, warnings=list(outcome.warnings), made_at=timezone.now()):
            return
        said = {"files": [{name: one[name] for name in ("name", "sha256", "bytes")} for one in files]}
        _tell(row, HookEvent.PRINT_READY, said, attempt=build.pk)
        record("print.made", actor=None, subject=f"office:{row.office_id}", details=said | {"run": row.pk})


def tell_given_up(build: Build, reason: str) -> None:
    """Who ordered hears that the files will not come, whatever kept them: a refusal, or the store again and again."""
    row = PrintRun.objects.standing().select_related("office").filter(build=build).first()
    if row is not None:
        _tell(row, HookEvent.PRINT_FAILED, {"reason": reason}, attempt=build.pk)


def _made(row: PrintRun, executor: Executor, should_stop: Callable[[], bool]) -> Outcome:
    job = _job(row)
    if job.edition is None or job.edition.id != row.edition:
        raise ReleaseError("Nội dung đã thay đổi sau khi đặt in", mend="Hãy đặt in tờ đang có hiệu lực")
    outcome = run([job], cache_url=settings.LOA.cache, executor=executor, should_stop=should_stop)[0]
    if outcome.state not in ("made", "cached"):
        raise ReleaseError(outcome.reason or "Tờ in không làm được")
    if not any(file.role == "print" for file in outcome.files):
        raise ReleaseError("Mẫu này không có tệp cho nhà in", mend="Hãy chọn mẫu tờ rơi, tờ gấp hoặc bảng tin")
    return outcome


def _job(row: PrintRun) -> Job:
    """The sheet as it is published now, with its imprint."""
    from cms.facts.books import book
    from cms.production.dates import build_date
    from cms.production.sources import published_source

    page = _page_of(row.slug)
    if page is None:
        raise ReleaseError("Bài không còn được phát hành", mend="Hãy chọn bài khác")
    facts = book()
    imprint = imprint_from(row.imprint_table(), where=f"#{row.pk}")
    office = office_named(with_communes(offices()), row.made_for) if row.made_for else None
    return plan_articles(
        [published_source(page)],
        facts=facts,
        on=build_date(facts),
        context=dataclasses.replace(make_context(settings.LOA), imprint=imprint),  # no voice: nothing asks the network
        languages=(row.lang,),
        offices=(office,),
        product_names=(row.product,),
    )[0]


def _tell(row: PrintRun, event: HookEvent, said: dict[str, Any], *, attempt: int | None = None) -> None:
    times = "" if attempt is None else f"-{attempt}"
    announce(
        event,
        f"print-order-{row.pk}{times}-{event.rpartition('.')[2]}",
        {"id": row.pk, "office": row.office_id, "edition": row.edition, "product": row.product} | said,
        office=row.office,
    )
