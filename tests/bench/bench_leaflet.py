"""CPU of a leaflet for each commune, beside WeasyPrint setting the same leaflet in the same run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from render.edition import Edition, Office
from render.imprint import Imprint
from render.steps import Made, Step
from render.typeset.brand import colours
from render.typeset.fonts import family_files
from render.typeset.printing import printed
from render.typeset.qr import qr_svg
from tests.render.sheets import CONTEXT, demo, inputs_of, made, planned

COMMUNES = 3_321
TRIED = 40
ARTICLE = "tro-cap-huu-tri-xa-hoi"
PEER = Path(__file__).parent / "weasyprint_leaflet.py"


def cpu_ms(work: Callable[[], object]) -> float:
    """Processor time of one call, all threads."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def commune(number: int) -> Office:
    """An office that differs in all that differs between communes."""
    return Office(
        f"66.{number:05}", f"Ủy ban nhân dân xã Thử {number}", f"Xã Thử {number}", "xa", address=f"Thôn {number}"
    )


def leaflets() -> list[str]:
    """One article for many communes: planned and set, then through its gates; its layout is decided once."""
    edition, done = demo(ARTICLE), dict[str, Made]()
    plan_ms, set_ms, gate_ms, sizes = [], [], [], []
    for number in range(TRIED):
        one = dataclasses.replace(edition, id=f"7K3M9QX{number:05}", office=commune(number))
        start = time.process_time()
        plan = planned("leaflet-a4", one)
        sheet: Step = plan.files[0].step
        key = sheet.key
        plan_ms.append((time.process_time() - start) * 1000)
        set_ms.append(cpu_ms(lambda sheet=sheet: made(sheet, done)))  # type: ignore[misc]
        gate_ms.append(cpu_ms(lambda plan=plan: [made(gate, done) for gate in plan.gates]))  # type: ignore[misc]
        sizes.append(len(done[key].files["pdf"]))
        if number == TRIED // 4:
            early_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    warm = statistics.median(set_ms[1:])
    gates = statistics.median(gate_ms[1:])
    plans = statistics.median(plan_ms[1:])
    return [
        f"leaflet, first of an article      {set_ms[0]:7.0f} ms",
        f"leaflet, each further commune     {warm:7.1f} ms   (goal 36)",
        f"  planned and keyed               {plans:7.1f} ms",
        f"  gates (text, QR, edges)         {gates:7.1f} ms",
        f"all {COMMUNES} communes, set          {warm * COMMUNES / 1000:7.0f} s    (goal 120)",
        f"all {COMMUNES} communes, with gates   {(warm + gates + plans) * COMMUNES / 1000:7.0f} s    (goal 300)",
        f"size of a leaflet                 {max(sizes) / 1000:7.0f} KB   (goal 400)",
        f"memory after {TRIED} communes          {spent_mb:7.0f} MB   (goal 300, after {TRIED // 4}: {early_mb:.0f})",
        *print_shop(edition, done),
        *by_weasyprint(inputs_of("leaflet-a4", edition), warm),
    ]


def print_shop(edition: Edition, done: dict[str, Made]) -> list[str]:
    """What the print PDF of an office adds: four inks, its proof."""
    imprint = Imprint("MẪU", "Sở MẪU", dt.date(2025, 8, 15), 5000, "Công ty in MẪU", "Số 1, đường MẪU")
    finish_ms, proof_ms = [], []
    for number in range(TRIED // 4):
        one = dataclasses.replace(edition, id=f"7K3M9QX{number:05}", office=commune(number))
        sheet = planned("leaflet-a4", one).files[0].step
        shop = printed(sheet, one, imprint, qr=CONTEXT.qr(one))[0]
        finish_ms.append(cpu_ms(lambda shop=shop: made(shop.step, done)))  # type: ignore[misc]
        proof_ms.append(cpu_ms(lambda shop=shop: made(shop.gate, done)))  # type: ignore[misc]
    set_and_parted, proved = statistics.median(finish_ms[1:]), statistics.median(proof_ms[1:])
    return [
        f"print PDF, each further commune   {set_and_parted:7.1f} ms",
        f"  its proof                       {proved:7.1f} ms",
    ]


def by_weasyprint(inputs: Mapping[str, Any], ours_ms: float) -> list[str]:
    """The same leaflet in WeasyPrint, in a process of its own; its version and the ratio."""
    drawn = {**inputs["data"], "svg": qr_svg(inputs["data"]["qr"], colours()["ink"])}
    weights = {"Regular": 400, "SemiBold": 600, "Bold": 700, "ExtraBold": 800}
    fonts = [
        (weight, str(file))
        for file in family_files("Be Vietnam Pro")
        for name, weight in weights.items()
        if file.stem.endswith(f"-{name}")
    ]
    python = os.environ.get("LOA_BENCH_WEASYPRINT", sys.executable)  # a Python that has it, where this one has not
    asked = json.dumps({"data": drawn, "fonts": fonts, "rounds": TRIED // 4})
    told = subprocess.run([python, str(PEER)], input=asked, capture_output=True, text=True, check=False)
    if told.returncode:
        why = (told.stderr.strip().splitlines() or ["no reason given"])[-1]
        return [
            f"  WeasyPrint, the same leaflet     NOT MEASURED: {why}",
            "    (pip install '.[bench]', Debian's libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)",
        ]
    found = json.loads(told.stdout)
    theirs = statistics.median(found["ms"][1:])
    ratio = theirs / ours_ms
    return [f"  WeasyPrint {found['version']}, the same      {theirs:7.1f} ms   ratio {ratio:.1f}x (goal 6)"]


def main() -> None:
    """The rows, and the memory they took."""
    rows = leaflets()
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(f"memory of the process             {memory_mb:7.0f} MB   (goal 300)")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
