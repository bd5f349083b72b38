"""The worker: takes one build after the other, and may be killed at any moment."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from render.embedded import with_store
from render.settings import read_settings

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cms.production.models import Build

_log = logging.getLogger("cms.production.worker")

SCHEDULE_S = 60  # between looks at what editors have scheduled
EXPIRY_S = 3600  # between looks at what has run out: its last day ends once a day, and a try may fail


def main(argv: Sequence[str] | None = None) -> int:
    """`loa worker [--once]`."""
    parser = argparse.ArgumentParser(prog="loa worker", description="Make and publish what the newsroom asks for.")
    parser.add_argument("--once", action="store_true", help="end when nothing is left to do")
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.base")
    with with_store(read_settings()):  # it tells the site's settings where the store is
        import django

        django.setup()
        run(once=args.once, stop=stop, parent=args.parent)
    return 0


def run(*, once: bool = False, stop: threading.Event | None = None, parent: int = 0) -> int:
    """Work until told to stop, or with `once` until nothing is left; how many builds were ended.

    `parent` is the process that must be alive: without it the worker stops, so that nothing works on unseen.
    """
    from django.conf import settings

    from cms.delivery.outbox import Courier, work
    from cms.production.models import Build
    from render.executors import open_executor

    stop = stop or threading.Event()
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    ended = 0
    scheduled, expired = [0.0], [0.0]
    # Webhooks are told by a thread beside the builds; whoever came for what is there alone tells them at the end.
    with open_executor(settings.LOA.cluster) as executor, contextlib.nullcontext() if once else Courier(stop):
        _log.info("worker %s waits for builds", owner)
        while not stop.is_set():
            if parent and os.getppid() != parent:
                break
            _free_the_dead()
            _each_minute(scheduled, once=once)
            _each_hour(expired)
            build = Build.objects.lease(owner)
            if build is None:
                if once:
                    break
                stop.wait(settings.BUILD_POLL_S)
                continue
            ended += _one(build, owner, executor, stop, parent)
    if once:
        work()
    return ended


def _one(build: Build, owner: str, executor: Executor, stop: threading.Event, parent: int) -> int:
    from django.conf import settings

    from cms.core.words import in_words
    from cms.production import record
    from cms.production.building import carry_out
    from cms.production.enums import BuildKind
    from cms.production.heartbeat import Heartbeat
    from render.errors import LoaError, StoreError
    from render.run import Stopped

    if build.attempts > settings.BUILD_MAX_ATTEMPTS:
        reason = build.failed_reason or f"Đã thử {build.attempts - 1} lần mà lần nào tiến trình cũng dừng giữa chừng."
        record.give_up(build, reason)
        return int(build.finish(owner, failed_reason=reason))
    _log.info("build %s begins (attempt %s): %s", build.pk, build.attempts, build)
    with Heartbeat(build, owner) as heart:

        def should_stop() -> bool:
            return stop.is_set() or heart.lost or bool(parent and os.getppid() != parent)

        try:
            release = carry_out(build, executor, should_stop=should_stop)
        except Stopped:
            _log.info("build %s is given back", build.pk)
            build.give_back(owner)
            return 0
        except StoreError as error:
            return _later(build, owner, in_words(error) if build.kind == BuildKind.PRINT else str(error))
        except LoaError as error:
            _log.warning("build %s failed: %s", build.pk, error)
            reason = in_words(error) if build.kind == BuildKind.PRINT else str(error)  # it is told to who ordered
            record.give_up(build, reason)
            return int(build.finish(owner, failed_reason=reason))
        except Exception as error:  # noqa: BLE001  # a fault of ours: it must end this build, not the worker
            _log.exception("build %s failed", build.pk)
            return _later(build, owner, f"Lỗi bất ngờ: {type(error).__name__}: {error}")
    _log.info("build %s is done, release %s", build.pk, release)
    return int(build.finish(owner, release=release))


def _later(build: Build, owner: str, reason: str) -> int:
    """What may pass by itself is tried again after a while, a bounded number of times."""
    from django.conf import settings

    from cms.production import record

    if build.attempts >= settings.BUILD_MAX_ATTEMPTS:
        record.give_up(build, reason)
        return int(build.finish(owner, failed_reason=reason))
    _log.warning("build %s is tried again later: %s", build.pk, reason)
    build.give_back(owner, reason=reason, after_s=settings.BUILD_RETRY_S * 2 ** (build.attempts - 1))
    return 0


def _free_the_dead() -> None:
    """Builds whose worker ran on this machine and is gone need not wait for their lease to end."""
    from django.utils import timezone

    from cms.production.enums import BuildStatus
    from cms.production.models import Build

    now = timezone.now()
    here = socket.gethostname()
    for pk, owner in Build.objects.filter(
        status=BuildStatus.RUNNING, lease_until__gte=now, lease_owner__startswith=f"{here}:"
    ).values_list("pk", "lease_owner"):
        pid = owner.split(":")[1]
        if pid.isdecimal() and not _alive(int(pid)):
            _log.warning("the worker %s is gone; its build %s is free", owner, pk)
            Build.objects.filter(pk=pk, lease_owner=owner, status=BuildStatus.RUNNING).update(
                lease_until=now.replace(year=now.year - 1, day=1)
            )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a zombie answers signals, but works no more
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return True


def _each_minute(last: list[float], *, once: bool) -> None:
    """At the start and once a minute: facts whose day has come, and what editors have scheduled.

    Connections that died while nothing was to do are found here too. Whoever came for what is there alone
    (`once`) publishes nothing that is scheduled.
    """
    from django.core.management import call_command
    from django.db import close_old_connections

    from cms.facts.effects import take_effect

    if last[0] and time.monotonic() - last[0] < SCHEDULE_S:
        return
    last[0] = time.monotonic()
    close_old_connections()
    try:
        take_effect()
    except Exception:  # noqa: BLE001  # a fault of ours: nothing of it has happened, and builds must go on
        _log.exception("the day's facts could not be looked at; the next minute tries again")
    if not once:
        call_command("publish_scheduled", verbosity=0)


def _each_hour(last: list[float]) -> None:
    """At the start and once an hour: what has run out is called back, though nobody publishes anything."""
    from cms.production.expiry import expire_what_ran_out
    from render.errors import LoaError

    if last[0] and time.monotonic() - last[0] < EXPIRY_S:
        return
    last[0] = time.monotonic()
    try:
        release = expire_what_ran_out()
    except LoaError as error:  # the store is away, say: builds tell of that themselves
        _log.warning("what has run out could not be called back, the next hour tries again: %s", error)
    else:
        if release is not None:
            _log.info("what had run out is called back, release %s", release)


if __name__ == "__main__":
    sys.exit(main())
