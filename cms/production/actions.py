"""Operations: ask for a build, ask for a withdrawal, try a product again."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from cms.production.enums import BuildCause, BuildKind, BuildStatus, ProductStatus
from cms.production.models import Build, ProductState
from cms.production.permissions import may_retry

_BY_PEOPLE = (BuildCause.PUBLISHED, BuildCause.RETRY)


class QueueBuildAction:
    """Ask for the products of an article. A translation's build is its article's, in that language."""

    def __init__(
        self,
        page: Any,
        *,
        cause: BuildCause,
        reason: str = "",
        user: Any = None,
        languages: tuple[str, ...] = (),
        products: tuple[str, ...] = (),
        offices: tuple[str, ...] = (),
    ) -> None:
        self.page = page
        self.cause = cause
        self.reason = reason
        self.user = user
        self.languages = languages
        self.products = products
        self.offices = offices

    @transaction.atomic
    def execute(self) -> Build | None:
        """The build, or None while the article itself is not published: its translations wait for it.

        What has run out is nothing to readers: a new value asks for no build of it. Whoever asks is told by the build.

        A build of the same article that nobody has begun and that asks for as much or more serves for both.
        """
        from cms.articles.models import source_page
        from cms.production.expiry import has_run_out

        source = source_page(self.page)
        if not source.live or (has_run_out(source) and self.cause not in _BY_PEOPLE):
            return None
        for waiting in Build.objects.ready().filter(slug=source.slug, kind=BuildKind.PUBLISH):
            if all(
                not (have := getattr(waiting, name)) or (mine and set(mine) <= set(have))
                for name, mine in (
                    ("languages", self.languages),
                    ("products", self.products),
                    ("offices", self.offices),
                )
            ):
                return waiting.because(self.cause, self.reason)
        build = Build.objects.create(
            cause=self.cause,
            page=source,
            revision=source.live_revision,
            slug=source.slug,
            reason=self.reason,
            languages=list(self.languages),
            products=list(self.products),
            offices=list(self.offices),
            requested_by=self.user if getattr(self.user, "pk", None) else None,
        )
        narrowed = ProductState.objects.of(source.slug)
        for name, chosen in (("lang", self.languages), ("product", self.products), ("office", self.offices)):
            if chosen:
                narrowed = narrowed.filter(**{f"{name}__in": chosen})
        narrowed.exclude(status=ProductStatus.WITHDRAWN).update(status=ProductStatus.QUEUED, build=build)
        return build


class QueueWithdrawalAction:
    """Ask that an article, or one language of it, be withdrawn from the store."""

    def __init__(
        self, slug: str, *, cause: BuildCause, reason: str, user: Any = None, languages: tuple[str, ...] = ()
    ) -> None:
        self.slug = slug
        self.cause = cause
        self.reason = reason
        self.user = user
        self.languages = languages

    @transaction.atomic
    def execute(self) -> Build:
        """The order; builds of the article that nobody has begun are void."""
        if not self.languages:
            Build.objects.ready().filter(slug=self.slug, kind=BuildKind.PUBLISH).update(
                status=BuildStatus.FAILED, failed_reason="Bài đã được gỡ trước khi bắt đầu."
            )
        return Build.objects.create(
            kind=BuildKind.WITHDRAW,
            cause=self.cause,
            slug=self.slug,
            reason=self.reason,
            languages=list(self.languages),
            requested_by=self.user if getattr(self.user, "pk", None) else None,
        )


class RetryAction:
    """Make one product again, or all of an article's."""

    def __init__(self, page: Any, *, user: Any, state: ProductState | None = None) -> None:
        self.page = page
        self.user = user
        self.state = state

    def check(self) -> None:
        """Raise unless the user may have products made again."""
        if not may_retry(self.user):
            raise PermissionDenied

    def execute(self) -> Build | None:
        """The build that was asked for; None when the article is not published."""
        self.check()
        narrow: dict[str, tuple[str, ...]] = {}
        if self.state is not None:
            narrow = {
                "languages": (self.state.lang,),
                "products": (self.state.product,),
                "offices": (self.state.office,),
            }
        return QueueBuildAction(self.page, cause=BuildCause.RETRY, user=self.user, **narrow).execute()
