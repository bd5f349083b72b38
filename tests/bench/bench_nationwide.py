"""A nationwide release: a leaflet and a greeting for every commune, one body, while they are built into SeaweedFS.

LOA_BENCH_COMMUNES says how many communes take part (60 unless told; "all" for 3,321, which takes a quarter of an hour).
"""

from __future__ import annotations

import collections
import dataclasses
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from render.build import Prepared, Request, make, prepare
from render.catalogue import CATALOGUE
from render.commands.publishing import streamed
from render.communes import communes
from render.paths import ASSETS
from render.pieces import bare
from render.publication import publications_from
from render.release import Streamed
from render.run import Outcome
from render.seaweed import seaweed
from render.settings import Settings, read_settings
from render.store import Store, open_store

ARTICLE = ASSETS / "demo" / "articles" / "tro-cap-huu-tri-xa-hoi.md"
PRODUCTS = ("leaflet-a4", "bulletin-3min")
GOAL_RATIO = 1.3
GOAL_SWAP_S = 1.0


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Timed:
    """A store that tells when the catalogue was swapped, and how long that took."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.swap_s = self.swapped_at = 0.0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def put(self, key: str, data: bytes, **more: object) -> str:
        """The write, timed where it is the swap."""
        began = time.perf_counter()
        try:
            return self._store.put(key, data, **more)  # type: ignore[arg-type]
        finally:
            if key == CATALOGUE:
                self.swapped_at = time.perf_counter()
                self.swap_s = self.swapped_at - began


def planned(settings: Settings, codes: tuple[str, ...]) -> Prepared:
    """The products of one article for the nation and these communes."""
    request = Request(articles=(ARTICLE,), languages=("vi",), products=PRODUCTS, published=True)
    national = prepare(request, settings)
    local = prepare(dataclasses.replace(request, offices=codes), settings)
    return dataclasses.replace(local, jobs=(*national.jobs, *map(bare, local.jobs)))


def cpu_s() -> float:
    """Of this process and of those that it waited for."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


class Watched:
    """What the whole machine did meanwhile: wall time, our CPU, and how busy it was with the work of others."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), cpu_s()

    @property
    def s(self) -> float:
        """Wall time so far."""
        return time.perf_counter() - self._began

    def __str__(self) -> str:
        return f"{self.s:.1f} s ({cpu_s() - self._cpu:.0f} CPU s, load {os.getloadavg()[0]:.0f})"


def upload_all(under_way: Streamed, outcomes: list[Outcome]) -> None:
    """Everything up to the manifest: what is not under way yet, and what is waited for."""
    for one in publications_from(outcomes, whole=False):
        under_way.uploads.packed(under_way.uploads.published(under_way._shape(entry)) for entry in one.entries)


def finish(under_way: Streamed, outcomes: list[Outcome]) -> int:
    """The release's number."""
    release = under_way.finish(publications_from(outcomes, whole=False))
    assert release is not None
    return release.number


def main() -> int:
    """Measure, print, compare with the goals."""
    wanted = os.environ.get("LOA_BENCH_COMMUNES", "60")
    every = communes()
    some = every if wanted == "all" else every[:: max(1, len(every) // int(wanted))][: int(wanted)]
    codes = tuple(one.office for one in some)
    with tempfile.TemporaryDirectory() as folder, seaweed(Path(folder, "s3"), bucket="loa") as server:
        os.environ |= {"LOA_HOME": f"{folder}/home", "LOA_ONLINE_SPEECH": "off", "LOA_ALLOW_UNHEARD": "1"}
        both = dataclasses.replace(
            read_settings(), store=server.url("loa"), store_is_set=True, public_url=f"{server.endpoint}/loa"
        )
        alone = dataclasses.replace(both, cache=f"{folder}/home/cache-2", store=server.url("loa/alone"))
        watched = Watched()
        prepared = planned(both, codes)
        say(f"{len(codes)} communes, {len(prepared.jobs)} products planned in {watched}")

        watched = Watched()
        outcomes = make(prepared.jobs, alone)
        build_s, told = watched.s, str(watched)
        with streamed(alone, open_store(alone.store), in_pieces=True) as under_way:
            watched = Watched()
            upload_all(under_way, outcomes)
            upload_s = watched.s
        say(f"building alone {told}, uploading alone {watched}")
        del outcomes

        store = Timed(open_store(both.store))
        began, watched, done = time.perf_counter(), Watched(), 0

        def take(outcome: Outcome) -> None:
            nonlocal done
            under_way.take(outcome)
            done += 1
            if done % 500 == 0:
                say(f"  {done} products after {watched}, {under_way.uploads.sent.objects} objects sent")

        with streamed(both, store, in_pieces=True) as under_way:  # type: ignore[arg-type]
            outcomes = make(prepared.jobs, both, on_outcome=take)
            failed = collections.Counter(one.reason[:80] for one in outcomes if one.state == "failed")
            built = str(watched)
            upload_all(under_way, outcomes)
            sent_s, told = watched.s, str(watched)
            number = finish(under_way, outcomes)
            sent = dataclasses.replace(under_way.uploads.sent)
        swapped_s = store.swapped_at - began
        made = collections.Counter(one.state for one in outcomes)
        say(f"built {dict(made)} in {built}, last upload {told}, swapped at {swapped_s:.1f} s")
        say(f"with pages, feeds and lists {watched}; release {number}")
        say(f"sent {sent.objects} objects, {sent.bytes / 1e6:.1f} MB; the swap itself {store.swap_s:.3f} s")
        kinds = collections.Counter(one.key.split("/")[0] for one in store.scan() if not one.key.startswith("alone/"))  # type: ignore[operator]
        say(f"in the store: {dict(kinds.most_common())}")
        for reason, count in failed.items():
            say(f"failed {count}: {reason}")
        watched = Watched()
        with streamed(both, store, in_pieces=True) as again:  # type: ignore[arg-type]
            outcomes = make(prepared.jobs, both, on_outcome=again.take)
            second = finish(again, outcomes)
        more = again.uploads.sent.objects
        say(f"the same again {watched}: {more} objects sent, release {second}")
        say(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")
    ratio = sent_s / max(build_s, upload_s)
    say(f"both at once: {ratio:.2f} of the slower alone")
    return 0 if ratio <= GOAL_RATIO and store.swap_s <= GOAL_SWAP_S and more == 0 and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
