"""Hands what a build made to the store, and takes out of it what is to be withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from cms.offices.models import offices
from cms.production.models import Build, ProductState
from render.cache import Cache
from render.keys import load_or_make_signer
from render.release import publications_from, withdraw
from render.release import publish as publish_release
from render.run import Outcome
from render.store import Store, open_store, probe, refuse_shared

_probed: set[str] = set()
_refused_open: set[str] = set()  # caches that were found closed


def public_store() -> Store:
    """The store readers use; proven fit once in a process."""
    url = settings.LOA.store
    store = open_store(url)
    if url not in _probed:
        refuse_shared(url, settings.LOA.cache)
        probe(store)
        _probed.add(url)
    return store


def refuse_open_cache() -> None:
    """Before anything is made: once in a process, refuse a cache that readers of the store could read."""
    url = settings.LOA.cache
    if url not in _refused_open:
        refuse_shared(settings.LOA.store, url)
        _refused_open.add(url)


def publish(outcomes: Sequence[Outcome], *, whole: bool) -> int | None:
    """Release what was made, in one step; the release's number, None when nothing at all was made.

    `whole` says that the outcomes are all that the article wants; else they only add to what is current.
    """
    publications = publications_from(outcomes, whole=whole)
    if not publications:
        return None
    signer = load_or_make_signer(settings.LOA.signing_key)
    release = publish_release(
        public_store(),
        signer,
        publications,
        load=Cache(settings.LOA.cache).blob,
        offices=offices(),
        public_url=settings.LOA.public_url,
        at=timezone.now(),
        trusted=settings.LOA.trusted_keys,
    )
    return None if release is None else release.number


def withdraw_article(build: Build) -> int | None:
    """Withdraw what a build names, an event that readers see; None when nothing of it was ever released."""
    rows = ProductState.objects.of(build.slug).filter(released__isnull=False)
    if build.languages:
        rows = rows.filter(lang__in=build.languages)
    if not rows.exists():
        return None
    signer = load_or_make_signer(settings.LOA.signing_key)
    release = withdraw(
        public_store(),
        signer,
        build.slug,
        reason=build.reason,
        languages=tuple(build.languages),
        offices=offices(),
        public_url=settings.LOA.public_url,
        at=timezone.now(),
        trusted=settings.LOA.trusted_keys,
    )
    return release.number
