"""`loa publish`, `loa withdraw`, `loa expire`, `loa rollback`: what readers get, and get told."""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import replace

from render.build import OFFICES, make, prepare
from render.cache import Cache
from render.commands.making import as_report, print_report, refuse_nothing, request_from
from render.commands.progress import Bar
from render.communes import with_communes
from render.credentials import load_or_make_credentials
from render.embedded import with_store
from render.errors import ReleaseError
from render.keys import Signer, load_or_make_signer
from render.offices import read_offices
from render.pieces import InPieces, bare
from render.publication import publications_from, withheld
from render.release import Publisher, Streamed, expire, roll_back, withdraw
from render.settings import Settings
from render.store import Store, open_store, probe, refuse_shared


def now() -> dt.datetime:
    """The moment a release is made."""
    return dt.datetime.now(dt.UTC)


def public_store(settings: Settings) -> Store:
    """The store readers use, opened and proven fit."""
    refuse_shared(settings.store, settings.cache)
    store = open_store(settings.store)
    probe(store)
    return store


def signer_of(settings: Settings) -> Signer:
    """The publisher's key; an embedded one is made at first use."""
    return load_or_make_signer(settings.signing_key)


def publisher(settings: Settings, store: Store, *, credited: bool = True) -> Publisher:
    """Who releases; content credentials are signed only where files are published."""
    at = now()
    return Publisher(
        store,
        signer_of(settings),
        with_communes(read_offices(OFFICES)),
        settings.public_url,
        at,
        settings.trusted_keys,
        load_or_make_credentials(settings.c2pa_key, settings.c2pa_certs, now=at) if credited else None,
        api_url=settings.site_url,
        private=open_store(settings.cache),
    )


def streamed(settings: Settings, store: Store, *, in_pieces: bool = False) -> Streamed:
    """A release under way: files go into the store as they are made; bulletins of communes in pieces when asked for."""
    cache = Cache(settings.cache)
    if not in_pieces:
        return Streamed(publisher(settings, store), cache.blob)
    pieces = InPieces(cache)
    return Streamed(publisher(settings, store), pieces.load, pieces)


def publish_articles(args: argparse.Namespace, settings: Settings) -> int:
    """`loa publish`: makes products and releases them; what is made first travels while the rest is being made."""
    with with_store(settings, args.store) as here:
        store = public_store(here)
        prepared = prepare(replace(request_from(args), published=True), here)
        refuse_nothing(prepared, as_json=args.json)
        whole = not (args.lang or args.office or args.product)
        until = args.valid_until.isoformat() if args.valid_until else None
        with streamed(here, store, in_pieces=args.communes) as under_way:
            jobs = [bare(job) for job in prepared.jobs] if args.communes else prepared.jobs
            with Bar("đang làm / making") as bar:
                outcomes = make(jobs, here, on_outcome=under_way.take, on_progress=bar.show)
            found = publications_from(outcomes, whole=whole)
            publications = [replace(one, valid_until=until or one.valid_until) for one in found]
            release = under_way.finish(publications) if publications else None
        report = as_report(withheld(outcomes), prepared.unreadable, {})
        if release is None:
            report["warnings"].append("nothing was made, so nothing was released")
        sent = under_way.uploads.sent
        report["release"] = None if release is None else {"number": release.number, "id": release.id}
        report["uploaded"] = {"objects": sent.objects, "bytes": sent.bytes}
        print_report(report, as_json=args.json)
        if release is not None and not args.json:
            print(f"release {release.number} {release.id}: {here.public_url}/index.html")
            print(f"uploaded {sent.objects} objects, {sent.bytes / 1e6:.1f} MB")
    return 1 if report["failures"] else 0


def withdraw_article(args: argparse.Namespace, settings: Settings) -> int:
    """`loa withdraw`: an event that readers see, with what replaces the article."""
    with with_store(settings, args.store) as here:
        who = publisher(here, public_store(here), credited=False)
        release = withdraw(
            who.store,
            who.signer,
            args.slug,
            reason=args.reason,
            replaced_by=args.replaced_by,
            languages=tuple(args.lang),
            offices=who.offices,
            public_url=who.public_url,
            at=who.at,
            trusted=who.trusted,
            api_url=who.api_url,
            private=who.private,
        )
    print(f"withdrawn {args.slug} in release {release.number} {release.id}")
    return 0


def expire_now(args: argparse.Namespace, settings: Settings) -> int:
    """`loa expire`: calls back what has run out; for cron, since publishing does it anyway."""
    with with_store(settings, args.store) as here:
        who = publisher(here, public_store(here), credited=False)
        release = expire(who)
    if release is None:
        raise ReleaseError("nothing was ever released here", where=who.store.url, mend="Check --store")
    gone = [event for event in release.withdrawn if event.number == release.number and event.state == "expired"]
    for event in gone:
        print(f"expired {event.slug} in release {release.number}: {event.reason}")
    if not gone:
        print(f"nothing has run out; release {release.number} is current")
    return 0


def roll_back_to(args: argparse.Namespace, settings: Settings) -> int:
    """`loa rollback`: a new release with the content of an earlier one."""
    with with_store(settings, args.store) as here:
        who = publisher(here, public_store(here), credited=False)
        private = open_store(here.cache)
        release = roll_back(who, args.number, reason=args.reason, even_withdrawn=args.even_withdrawn, private=private)
    print(f"release {release.number} {release.id} brings back {release.restores}")
    return 0
