"""`loa publish`, `loa withdraw`, `loa releases`, `loa verify`, `loa keys`: what readers get, and get told."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence

from render.build import OFFICES, Prepared, make, prepare
from render.cache import Cache
from render.commands.making import as_report, print_report, refuse_nothing, request_from
from render.commands.progress import Bar
from render.errors import ReleaseError, SettingsError
from render.keys import Signer, load_or_make_signer
from render.offices import read_offices
from render.release import Release, publications_from, publish, read_catalogue, releases, verify_file, withdraw
from render.run import Outcome
from render.settings import Settings
from render.store import Store, open_store, probe, refuse_shared


def now() -> dt.datetime:
    """The moment a release is made."""
    return dt.datetime.now(dt.UTC)


def public_store(settings: Settings, url: str | None = None) -> Store:
    """The store readers use, opened and proven fit."""
    store_url = url or settings.store
    refuse_shared(store_url, settings.cache)
    store = open_store(store_url)
    probe(store)
    return store


def signer_of(settings: Settings) -> Signer:
    """The publisher's key; an embedded one is made at first use."""
    return load_or_make_signer(settings.signing_key)


def release_outcomes(
    outcomes: Sequence[Outcome], prepared: Prepared, settings: Settings, store: Store
) -> Release | None:
    """Releases what was made; None when nothing at all was."""
    publications = publications_from(outcomes)
    if not publications:
        return None
    return publish(
        store,
        signer_of(settings),
        publications,
        load=Cache(settings.cache).blob,
        offices=read_offices(OFFICES),
        public_url=prepared.context.public_url,
        at=now(),
    )


def publish_articles(args: argparse.Namespace, settings: Settings) -> int:
    """`loa publish`: makes products and releases them."""
    store = public_store(settings, args.store)
    prepared = prepare(request_from(args), settings)
    refuse_nothing(prepared)
    with Bar("đang làm / making") as bar:
        outcomes = make(prepared.jobs, settings, on_progress=bar.show)
    release = release_outcomes(outcomes, prepared, settings, store)
    report = as_report(outcomes, prepared.unreadable, {})
    if release is None:
        report["warnings"].append("nothing was made, so nothing was released")
    report["release"] = None if release is None else {"number": release.number, "id": release.id}
    print_report(report, as_json=args.json)
    if release is not None and not args.json:
        print(f"release {release.number} {release.id}: {store.address('index.html')}")
    return 1 if report["failures"] else 0


def withdraw_article(args: argparse.Namespace, settings: Settings) -> int:
    """`loa withdraw`: an event that readers see, with what replaces the article."""
    store = public_store(settings, args.store)
    release = withdraw(
        store,
        signer_of(settings),
        args.slug,
        reason=args.reason,
        replaced_by=args.replaced_by,
        offices=read_offices(OFFICES),
        public_url=settings.public_url,
        at=now(),
    )
    print(f"withdrawn {args.slug} in release {release.number} {release.id}")
    return 0


def list_releases(args: argparse.Namespace, settings: Settings) -> int:
    """`loa releases`: newest first."""
    store = open_store(args.store or settings.store)
    for release in releases(store):
        print(f"{release.number:5}  {release.made_at}  {release.id}  {len(release.articles)} articles")
    return 0


def verify_files(args: argparse.Namespace, settings: Settings) -> int:
    """`loa verify`: 0 when every file is ours, unaltered and in force, 1 otherwise."""
    trusted = (args.key,) if args.key else settings.trusted_keys
    if not trusted:
        raise SettingsError(
            "no publisher is trusted yet", where="loa verify", mend="Say --key FINGERPRINT, or set LOA_TRUSTED_KEYS"
        )
    store = open_store(args.store or settings.store)
    catalogue = read_catalogue(store, trusted)
    if catalogue is None:
        raise ReleaseError("nothing was ever released here", where=store.url, mend="Check --store")
    fine = True
    for file in args.files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise SettingsError(f"cannot be read: {error.strerror}", where=str(file), mend="Check the name") from None
        verdict = verify_file(store, data, trusted)
        fine = fine and verdict.in_force
        print(f"{file}: {verdict.words}", file=sys.stdout if verdict.in_force else sys.stderr)
    return 0 if fine else 1


def show_key(args: argparse.Namespace, settings: Settings) -> int:
    """`loa keys`: the publisher's key file and the fingerprint that readers hold."""
    signer = signer_of(settings)
    print(f"{signer.fingerprint}  {settings.signing_key}")
    return 0
