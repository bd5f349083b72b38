"""A nationwide release: a leaflet and a greeting for every commune, one body, while they are built into SeaweedFS.

LOA_BENCH_COMMUNES says how many communes take part (60 unless told; "all" for 3,321, which takes a good while).
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
    return dataclasses.replace(local, jobs=(*national.jobs, *local.jobs))


def cpu_s() -> float:
    """Of this process and of those that it waited for."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


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
        began = time.perf_counter()
        prepared = planned(both, codes)
        say(f"{len(codes)} communes, {len(prepared.jobs)} products planned in {time.perf_counter() - began:.1f} s")

        build_s = upload_s = 0.0
        if wanted != "all":
            began = time.perf_counter()
            outcomes = make(prepared.jobs, alone)
            build_s = time.perf_counter() - began
            with streamed(alone, open_store(alone.store), in_pieces=True) as under_way:
                began = time.perf_counter()
                for outcome in outcomes:
                    under_way.take(outcome)
                for one in publications_from(outcomes, whole=False):
                    for entry in one.entries:
                        under_way.uploads.published(under_way._shape(entry))
                upload_s = time.perf_counter() - began
            say(f"building alone {build_s:.1f} s, uploading alone {upload_s:.1f} s")

        store = Timed(open_store(both.store))
        began, cpu = time.perf_counter(), cpu_s()
        with streamed(both, store, in_pieces=True) as under_way:  # type: ignore[arg-type]
            outcomes = make(prepared.jobs, both, on_outcome=under_way.take)
            failed = collections.Counter(one.reason[:80] for one in outcomes if one.state == "failed")
            built_s = time.perf_counter() - began
            for one in publications_from(outcomes, whole=False):
                for entry in one.entries:
                    under_way.uploads.published(under_way._shape(entry))
            sent_s = time.perf_counter() - began
            sent = dataclasses.replace(under_way.uploads.sent)
            number = finish(under_way, outcomes)
        whole_s = time.perf_counter() - began
        swapped_s = store.swapped_at - began
        made = collections.Counter(one.state for one in outcomes)
        say(f"built {dict(made)} in {built_s:.1f} s, last upload {sent_s:.1f} s, swapped at {swapped_s:.1f} s")
        say(f"with pages, feeds and lists {whole_s:.1f} s; {cpu_s() - cpu:.0f} CPU s; release {number}")
        say(f"sent {sent.objects} objects, {sent.bytes / 1e6:.1f} MB; the swap itself {store.swap_s:.3f} s")
        kinds = collections.Counter(one.key.split("/")[0] for one in store.scan() if not one.key.startswith("alone/"))  # type: ignore[operator]
        say(f"in the store: {dict(kinds.most_common())}")
        for reason, count in failed.items():
            say(f"failed {count}: {reason}")
        began = time.perf_counter()
        with streamed(both, store, in_pieces=True) as again:  # type: ignore[arg-type]
            outcomes = make(prepared.jobs, both, on_outcome=again.take)
            second = finish(again, outcomes)
        more = again.uploads.sent.objects
        say(f"the same again {time.perf_counter() - began:.1f} s: {more} objects sent, release {second}")
        say(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")
    ratio = sent_s / max(build_s, upload_s) if build_s else 0.0
    say(f"both at once: {ratio:.2f} of the slower alone")
    return 0 if ratio <= GOAL_RATIO and store.swap_s <= GOAL_SWAP_S and more == 0 and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
