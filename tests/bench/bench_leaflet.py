"""CPU of a leaflet for each commune and of an infographic, warm; beside Pillow drawing the picture in the same run."""

from __future__ import annotations

import dataclasses
import io
import resource
import statistics
import time
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from render.edition import Office
from render.steps import Made, Step
from render.typeset.fonts import family_files
from tests.render.sheets import demo, made, planned

COMMUNES = 3_321
TRIED = 40
ARTICLE = "tro-cap-huu-tri-xa-hoi"


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
    ]


def pictures() -> list[str]:
    """One infographic after another, from data to WebP; and Pillow with a dozen plain lines and the same encoder."""
    edition = demo(ARTICLE)
    ours, sizes = [], []
    for number in range(TRIED // 2):
        step = planned("infographic-portrait", dataclasses.replace(edition, id=f"7K3M9QX{number:05}")).files[0].step
        done: dict[str, Made] = {}
        ours.append(cpu_ms(lambda step=step, done=done: made(step, done)))  # type: ignore[misc]
        sizes.append(len(done[step.key].files["webp"]))
    theirs = [cpu_ms(by_pillow) for _ in range(TRIED // 2)]
    one, other = statistics.median(ours[1:]), statistics.median(theirs[1:])
    return [
        f"infographic to PNG and WebP       {one:7.1f} ms",
        f"  Pillow alone, WebP only         {other:7.1f} ms   ratio {one / other:.2f}",
        f"size of an infographic            {max(sizes) / 1000:7.0f} KB   (goal 200)",
    ]


def by_pillow() -> bytes:
    """The same picture's fields and words, without typography."""
    bold = str(family_files("Be Vietnam Pro")[-1])
    picture = Image.new("RGB", (1080, 1350), "#FBF6EA")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1080, 44), fill="#0B4A4A")
    draw.rectangle((0, 290, 1080, 620), fill="#0B4A4A")
    draw.rectangle((0, 1100, 1080, 1350), fill="#EFE5CF")
    for size, y, words in (
        (26, 80, "HƯU TRÍ XÃ HỘI · TỪ 01/7/2025"),
        (64, 120, "Từ 75 tuổi không có lương hưu:"),
        (64, 190, "Nhà nước trợ cấp mỗi tháng"),
        (214, 300, "500.000"),
        (46, 520, "đồng mỗi tháng"),
        (34, 650, "Trước và nay"),
        (28, 700, "Tuổi nhận trợ cấp"),
        (28, 750, "Trước 01/7/2025"),
        (28, 800, "Nay"),
        (34, 900, "Làm thế nào?"),
        (28, 1000, "Điền Mẫu 01    Nộp cho xã    Nhận kết quả"),
        (60, 1150, "1900 9068"),
        (22, 1240, "Số liệu áp dụng từ 01/7/2025"),
    ):
        font = ImageFont.truetype(bold, size, layout_engine=ImageFont.Layout.BASIC)
        draw.text((72, y), words, font=font, fill="#10302F")
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=85, method=2)
    return out.getvalue()


def main() -> None:
    """Both, and the memory they took."""
    rows = leaflets() + pictures()
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(f"memory of the process             {memory_mb:7.0f} MB   (goal 300)")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
