"""Hands what a build made to the store, and takes out of it what is to be withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.utils import timezone

from cms.audit.log import head
from cms.offices.models import offices
from cms.production.models import Build, ProductState
from render.cache import Cache
from render.communes import with_communes
from render.credentials import load_or_make_credentials
from render.keys import load_or_make_signer
from render.pieces import InPieces
from render.release import Publisher, Streamed, publications_from, withdraw
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


def publisher() -> Publisher:
    """Who releases, at this moment: key, credentials, and the audit log as it stands."""
    now, audit = timezone.now(), head()
    loa = settings.LOA
    return Publisher(
        public_store(),
        load_or_make_signer(loa.signing_key),
        with_communes(offices()),
        loa.public_url,
        now,
        loa.trusted_keys,
        load_or_make_credentials(loa.c2pa_key, loa.c2pa_certs, now=now),
        audit.as_data() if audit else {},
        loa.site_url,
        open_store(loa.cache),
    )


def streamed() -> Streamed:
    """A release under way: what is made goes into the store while the rest is made; bulletins of communes in pieces."""
    pieces = InPieces(Cache(settings.LOA.cache))
    return Streamed(publisher(), pieces.load, pieces)


def publish(under_way: Streamed, outcomes: Sequence[Outcome], *, whole: bool, reason: str = "") -> int | None:
    """Release what was made, in one step; the release's number, None when nothing at all was made.

    `whole` says that the outcomes are all that the article wants; else they only add to what is current. `reason`
    is what readers of the editions before are told.
    """
    publications = [replace(one, reason=reason) for one in publications_from(outcomes, whole=whole)]
    if not publications:
        return None
    release = under_way.finish(publications)
    return None if release is None else release.number


def withdraw_article(build: Build) -> int | None:
    """Withdraw what a build names, an event that readers see; None when nothing of it was ever released."""
    rows = ProductState.objects.of(build.slug).filter(released__isnull=False)
    if build.languages:
        rows = rows.filter(lang__in=build.languages)
    if not rows.exists():
        return None
    who = publisher()
    release = withdraw(
        who.store,
        who.signer,
        build.slug,
        reason=build.reason,
        languages=tuple(build.languages),
        offices=who.offices,
        public_url=who.public_url,
        at=who.at,
        trusted=who.trusted,
        audit_head=who.audit_head,
        api_url=who.api_url,
        private=who.private,
    )
    return release.number
