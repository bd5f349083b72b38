"""What the site plugs into `loa`: serve, worker, manage, demo."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from render.embedded import with_store
from render.errors import SettingsError
from render.settings import read_settings


def serve(argv: Sequence[str]) -> int:
    """`loa serve`: the site and a worker on one machine, over the embedded store where none is set."""
    from cms.serve import main

    with with_store(read_settings()):
        _migrate()
        _check_database()
        return main(argv)


def worker(argv: Sequence[str]) -> int:
    """`loa worker`: one worker more."""
    from cms.production.worker import main

    with with_store(read_settings()):  # before the site's settings are read: they take the store from it
        _check_database()
        return main(argv)


def manage(argv: Sequence[str]) -> int:
    """`loa manage …`: Django's own commands."""
    from cms.manage import main

    return main(argv)


def demo(argv: Sequence[str]) -> int:
    """`loa demo [--no-serve]`: makes and publishes every demonstration product, then serves them."""
    parser = argparse.ArgumentParser(prog="loa demo", description="The main job, on embedded defaults.")
    parser.add_argument("--no-serve", action="store_true", help="end after publishing")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="the site's port (8000)")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="where the files are laid (out)")
    args = parser.parse_args(argv)
    from cms.serve import check_port
    from cms.serve import serve as serve_site

    if not args.no_serve:
        check_port(args.host, args.port)  # now, not when minutes of work are done
    # Nobody listens to a demonstration before it is shown; a newsroom of one's own waits for a listener.
    if os.environ.setdefault("LOA_ALLOW_UNHEARD", "1") == "1":
        print("LOA_ALLOW_UNHEARD=1: machine voices are released though nobody has listened to them", flush=True)
    begun = time.monotonic()
    site_url = os.environ.setdefault("LOA_SITE_URL", f"http://{args.host}:{args.port}")
    # Much is loaded and planned and little of it is rubbish: looking for that at every 700th object takes a fifth of
    # the time of a demonstration that is made already.
    gc.set_threshold(50_000, 20, 20)
    with ThreadPoolExecutor(1) as beside, ExitStack() as stack:
        opening = beside.submit(stack.enter_context, with_store(read_settings()))
        try:
            from cms import demonstration  # while the store starts
        finally:
            settings = opening.result()
        ending: list[Future[None]] = []
        released = (lambda: ending.append(beside.submit(stack.close))) if args.no_serve else (lambda: None)
        shown = demonstration.make_and_publish(settings, args.out, on_released=released)
        demonstration.print_summary(shown, settings, site_url=site_url, seconds=time.monotonic() - begun)
        if args.no_serve:
            for one in ending:
                one.result()
            return 1 if shown.failures else 0
        print("\nCtrl-C ends the demonstration.", flush=True)
        return serve_site(args.host, args.port)


def _migrate() -> None:
    """An embedded database is brought up to date by whoever serves it; a production one by its operator."""
    if os.environ.get("LOA_DATABASE_URL"):
        return
    from cms.manage import main

    main(["migrate", "--verbosity", "0"])
    sys.stdout.flush()


def _check_database() -> None:
    """One sentence, and no traceback, when the database does not answer or lacks its tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.base")
    import django

    django.setup()
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    where = "LOA_DATABASE_URL" if os.environ.get("LOA_DATABASE_URL") else str(connection.settings_dict["NAME"])
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        said = str(error).strip().partition("\n")[0]
        raise SettingsError(
            f"the database cannot be used ({said})", where=where, mend="See that it runs and that its address is right"
        ) from None
    finally:
        connection.close()
    if behind:
        raise SettingsError("the database lacks tables or columns", where=where, mend="Run: loa manage migrate")
