"""CPU of an infographic from an edition's data to WebP, warm, beside Pillow drawing the same in the same run."""

from __future__ import annotations

import copy
import dataclasses
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from render.edition import Office
from render.steps import Made, Step
from render.typeset.sheet import LOSSLESS
from tests.bench.bench_leaflet import commune
from tests.bench.pillow_picture import picture
from tests.render.sheets import demo, made, planned

TRIED = 24
WARM_AFTER = 3
NAME = "infographic-portrait"
ARTICLE = "tro-cap-huu-tri-xa-hoi"
SHAPES = ("infographic-portrait", "infographic-square", "infographic-story", "infographic-wide")
BYTES_MOST = 200_000
# No two pictures of the run say the same: what is kept from one to the next must not be its words.
TITLES = (
    "Từ 75 tuổi không có lương hưu: Nhà nước trợ cấp mỗi tháng",
    "Đóng bảo hiểm xã hội 15 năm là có lương hưu lúc về già",
    "Học sinh, sinh viên: Nhà nước hỗ trợ nửa tiền thẻ y tế",
    "Chủ hộ kinh doanh tham gia bảo hiểm xã hội bắt buộc",
)


def varied(number: int, office: Office | None) -> Step:
    """The step that draws the demonstration's picture with a title, a number and words of its own."""
    edition = dataclasses.replace(demo(ARTICLE), id=f"7K3M9QX{number:05}", office=office)
    step = planned(NAME, edition).files[0].step
    data: dict[str, Any] = copy.deepcopy(dict(step.inputs["data"]))
    data["title"] = data["name"] = TITLES[number % len(TITLES)]
    data["hero"]["number"] = f"{500 + number}.000"
    data["hero"]["label"][0]["t"] = f"mức trợ cấp lần {number}, kèm thẻ bảo hiểm y tế"
    for block in data["blocks"]:
        block["title"] += f" {number}"
        for item in block["items"] if block["kind"] == "steps" else ():
            item["head"][0]["t"] += f" {number}"
    needs = dict(step.needs)
    if "layout" in needs:
        layout = needs["layout"]
        shown = {**layout.inputs["data"], **{name: data[name] for name in ("title", "name", "hero", "blocks")}}
        needs["layout"] = dataclasses.replace(layout, inputs={**layout.inputs, "data": shown})
    return dataclasses.replace(step, inputs={**step.inputs, "data": data}, needs=needs)


def cpu_ms(work: Callable[[], object]) -> float:
    """Processor time of one call, all threads."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def main() -> int:
    """Ours and theirs in turn, so that both meet the same weather; then the sizes of all shapes."""
    rows: dict[str, list[float]] = {"one": [], "office": [], "peer": []}
    for number in range(TRIED):
        step, done = varied(number, None), dict[str, Made]()
        local = varied(TRIED + number, commune(number))
        assert step.key != local.key  # known before, as in a plan
        made(local.needs["layout"], done)
        rows["one"].append(cpu_ms(lambda step=step, done=done: made(step, done)))  # type: ignore[misc]
        rows["office"].append(cpu_ms(lambda local=local, done=done: made(local, done)))  # type: ignore[misc]
        rows["peer"].append(cpu_ms(lambda step=step: picture(step.inputs["data"], LOSSLESS)))  # type: ignore[misc]
    one, office, peer = (statistics.median(times[WARM_AFTER:]) for times in rows.values())
    sizes = {name: len(made(planned(name, demo(ARTICLE)).files[0].step).files["webp"]) for name in SHAPES}
    print(f"infographic to WebP, of an article      {one:7.1f} ms")
    print(f"  each further office                   {office:7.1f} ms")
    print(f"Pillow alone, the same content          {peer:7.1f} ms")
    print(f"  ratio, of an article                  {one / peer:7.2f}      (goal 1.00)")
    print(f"  ratio, each further office            {office / peer:7.2f}      (goal 1.00)")
    for name, size in sizes.items():
        print(f"size of {name:31} {size / 1000:7.0f} KB   (goal {BYTES_MOST // 1000})")
    return int(max(one, office) > peer or max(sizes.values()) > BYTES_MOST)


if __name__ == "__main__":
    sys.exit(main())
