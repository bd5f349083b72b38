"""`loa publish`, `loa withdraw`, `loa releases`, `loa verify`, `loa keys`: what readers get, and get told."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from render.build import OFFICES, make, prepare
from render.cache import Cache
from render.commands.making import as_report, print_report, refuse_nothing, request_from
from render.commands.progress import Bar
from render.embedded import with_store
from render.errors import SettingsError
from render.keys import Signer, load_or_make_signer
from render.manifest import Release
from render.offices import read_offices
from render.publication import publications_from, withheld
from render.release import publish, releases, withdraw
from render.run import Outcome
from render.settings import Settings
from render.store import Store, open_store, probe, refuse_shared
from render.verify import verify_file


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


def release_outcomes(
    outcomes: Sequence[Outcome], settings: Settings, store: Store, *, whole: bool = True
) -> Release | None:
    """Releases what was made; None when nothing at all was.

    Not `whole` are outcomes for some of an article's products, languages or offices: the others stay as they are.
    """
    publications = publications_from(outcomes, whole=whole)
    if not publications:
        return None
    return publish(
        store,
        signer_of(settings),
        publications,
        load=Cache(settings.cache).blob,
        offices=read_offices(OFFICES),
        public_url=settings.public_url,
        at=now(),
        trusted=settings.trusted_keys,
    )


def publish_articles(args: argparse.Namespace, settings: Settings) -> int:
    """`loa publish`: makes products and releases them."""
    with with_store(settings, args.store) as here:
        store = public_store(here)
        prepared = prepare(replace(request_from(args), published=True), here)
        refuse_nothing(prepared, as_json=args.json)
        with Bar("đang làm / making") as bar:
            outcomes = make(prepared.jobs, here, on_progress=bar.show)
        whole = not (args.lang or args.office or args.product)
        release = release_outcomes(outcomes, here, store, whole=whole)
        report = as_report(withheld(outcomes), prepared.unreadable, {})
        if release is None:
            report["warnings"].append("nothing was made, so nothing was released")
        report["release"] = None if release is None else {"number": release.number, "id": release.id}
        print_report(report, as_json=args.json)
        if release is not None and not args.json:
            print(f"release {release.number} {release.id}: {here.public_url}/index.html")
    return 1 if report["failures"] else 0


def withdraw_article(args: argparse.Namespace, settings: Settings) -> int:
    """`loa withdraw`: an event that readers see, with what replaces the article."""
    with with_store(settings, args.store) as here:
        release = withdraw(
            public_store(here),
            signer_of(here),
            args.slug,
            reason=args.reason,
            replaced_by=args.replaced_by,
            offices=read_offices(OFFICES),
            public_url=here.public_url,
            at=now(),
            trusted=here.trusted_keys,
        )
    print(f"withdrawn {args.slug} in release {release.number} {release.id}")
    return 0


def list_releases(args: argparse.Namespace, settings: Settings) -> int:
    """`loa releases`: newest first."""
    with with_store(settings, args.store) as here:
        found = list(releases(open_store(here.store)))
        for release in found:
            print(f"{release.number:5}  {release.made_at}  {release.id}  {len(release.articles)} articles")
        if not found:
            print("nothing was released yet")
    return 0


def verify_files(args: argparse.Namespace, settings: Settings) -> int:
    """`loa verify`: 0 when every file is ours, unaltered and in force, 1 otherwise."""
    trusted = (args.key,) if args.key else settings.trusted_keys
    if not trusted:
        raise SettingsError(
            "no publisher is trusted yet",
            where="loa verify",
            mend="Say --key FINGERPRINT (`loa keys` prints the publisher's), or set LOA_TRUSTED_KEYS",
        )
    with with_store(settings, args.store) as here:
        # A list, so that each file is told of and not only those up to the first that is not fine.
        fine = [_verify(open_store(here.store), file, trusted) for file in args.files]
    return 0 if all(fine) else 1


def _verify(store: Store, file: Path, trusted: Sequence[str]) -> bool:
    verdict = verify_file(store, file, trusted)
    print(f"{file}: {verdict.words}", file=sys.stdout if verdict.in_force else sys.stderr)
    return verdict.in_force


def show_key(args: argparse.Namespace, settings: Settings) -> int:
    """`loa keys`: the publisher's key file and the fingerprint that readers hold."""
    signer = signer_of(settings)
    print(f"{signer.fingerprint}  {settings.signing_key}")
    return 0
