"""A release under way: building alone, uploading alone, both at once, the swap, the same again; a reader at fifty."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import sys
import tempfile
import threading
import time
from pathlib import Path

from render.catalogue import CATALOGUE
from render.credentials import load_or_make_credentials
from render.keys import make_key
from render.manifest import EntryFile
from render.publication import Publication
from render.release import Publisher, Streamed
from render.seaweed import seaweed
from render.store import FolderStore, Store, open_store
from render.webstore import open_reader
from tests.render.hammered import hammered
from tests.render.sample_publications import OFFICES, PUBLIC_URL, Files, publication

SHEETS = 600  # of 80 kB, with a credential beside each
BUILD_S = 0.012  # what a commune's sheet takes
GOAL_RATIO = 1.3  # of the slower of the two alone
GOAL_SWAP_S = 1.0
AT = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")


def many(files: Files, slug: str) -> Publication:
    """An article with so many sheets; all are nationwide, so that pages take no time here."""
    one = publication(files, slug, products="leaflet")
    lead = one.entries[0]

    def sheet(number: int) -> EntryFile:
        data = hashlib.sha256(f"{slug} {number}".encode()).digest() * 2_500
        name = f"{slug}.{number}.pdf"
        return files.add(data, role="main", suffix="pdf", name=name, media_type="application/pdf")

    entries = tuple(
        dataclasses.replace(lead, product=f"leaflet-{number}", files=(sheet(number),)) for number in range(SHEETS)
    )
    return dataclasses.replace(one, entries=entries)


def build(entry: object) -> None:
    """As long as a sheet takes, on a processor of its own as the workers of a plan have."""
    time.sleep(BUILD_S)


class Timed:
    """A store that tells how long the write of the catalogue took."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.swap_s = 0.0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def put(self, key: str, data: bytes, **more: object) -> str:
        """The write, timed where it is the swap."""
        began = time.perf_counter()
        try:
            return self._store.put(key, data, **more)  # type: ignore[arg-type]
        finally:
            if key == CATALOGUE:
                self.swap_s = time.perf_counter() - began


def fifty(store: Store, home: Path) -> str:
    """A reader asks all the while fifty releases come; raises at the first torn page or unsigned catalogue."""
    signer, files = make_key(home / f"{type(store).__name__}.pem"), Files()
    who = Publisher(store, signer, {"66": OFFICES["66"]}, PUBLIC_URL, AT)

    def send(*numbers: int) -> None:
        for number in numbers:
            with Streamed(who, files.load) as under_way:
                under_way.finish([publication(files, version=str(number), products="bulletin")])

    send(0)
    began, cpu = time.perf_counter(), time.process_time()
    reader = open_reader(store.url)
    seen = hammered(reader, signer.fingerprint, "loa/66.html", "tro-cap", lambda: send(*range(1, 51)))
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert seen.catalogues == sorted(set(seen.catalogues))
    assert seen.pages == sorted(set(seen.pages))
    return f"{took:6.2f} s   {cpu:.0f} CPU s; {len(seen.catalogues)} catalogues and {len(seen.pages)} pages seen"


def main() -> int:
    """Measure, print, compare with the goals."""
    with tempfile.TemporaryDirectory() as folder, seaweed(Path(folder, "s3"), bucket="loa") as server:
        store = Timed(open_store(server.url("loa")))
        credentials = load_or_make_credentials(Path(folder, "k.pem"), Path(folder, "c.pem"), now=AT)
        signer, files = make_key(Path(folder, "key.pem")), Files()
        who = Publisher(store, signer, {}, PUBLIC_URL, AT, (), credentials)  # type: ignore[arg-type]
        alone, streamed = many(files, "tai-rieng"), many(files, "tai-kem")

        began = time.perf_counter()
        for entry in streamed.entries:
            build(entry)
        build_s = time.perf_counter() - began
        began = time.perf_counter()
        with Streamed(who, files.load) as under_way:
            for entry in alone.entries:
                under_way.uploads.add(entry)
            for entry in alone.entries:
                under_way.uploads.published(entry)
            upload_s = time.perf_counter() - began
            under_way.finish([alone])
        began = time.perf_counter()
        with Streamed(who, files.load) as under_way:
            for entry in streamed.entries:
                build(entry)
                under_way.uploads.add(entry)
            for entry in streamed.entries:
                under_way.uploads.published(entry)
            both_s = time.perf_counter() - began
            under_way.finish([streamed])
            sent = under_way.uploads.sent
            whole_s = time.perf_counter() - began
        began = time.perf_counter()
        with Streamed(who, files.load) as again:
            again.finish([streamed, alone])
            again_s, again_sent = time.perf_counter() - began, again.uploads.sent.objects
        say(f"fifty releases and a reader, bucket           {fifty(open_store(server.url('loa/fifty')), Path(folder))}")
        say(f"fifty releases and a reader, folder           {fifty(FolderStore(Path(folder, 'fifty')), Path(folder))}")
        ratio = both_s / max(build_s, upload_s)
        say(f"building {SHEETS} sheets alone                     {build_s:6.2f} s")
        say(
            f"uploading them alone, credited               {upload_s:6.2f} s   {sent.objects / upload_s:5.0f} objects/s"
        )
        say(f"both at once                                  {both_s:6.2f} s   {ratio:.2f} of the slower")
        say(f"with manifest, pages and list                 {whole_s:6.2f} s")
        say(f"the swap of the catalogue                     {store.swap_s:6.3f} s")
        say(f"the same again                                {again_s:6.2f} s   {again_sent} objects sent")
        say(f"threads at the end                            {threading.active_count():6}")
    good = ratio <= GOAL_RATIO and store.swap_s <= GOAL_SWAP_S and again_sent == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
