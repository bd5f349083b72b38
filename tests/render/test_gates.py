"""Gates refuse what they are for, and let the sound pass."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pikepdf
import pytest
import typst
from PIL import Image, ImageDraw

from render.edition import Office
from render.errors import GateError
from render.gates import (
    check_code,
    check_pdf,
    check_picture,
    check_print,
    pdf_gate,
    picture_gate,
    print_gate,
    stand_well,
)
from render.steps import Made, Step
from render.typeset.brand import brand, colours
from render.typeset.fonts import family_files
from tests.render.sheets import article, demo, made, planned

LEAFLET, PICTURE = "leaflet-a4", "infographic-portrait"
QR = "https://loa.example.vn/q/"


@pytest.fixture(scope="module")
def leaflet() -> tuple[bytes, Step]:
    step = planned(LEAFLET, demo("bhyt-ho-gia-dinh")).files[0].step
    return made(step).files["pdf"], step


@pytest.fixture(scope="module")
def portrait() -> tuple[bytes, Step]:
    step = planned(PICTURE, demo("bhyt-ho-gia-dinh")).files[0].step
    return made(step).files["webp"], step


def changed(pdf: bytes, change: str) -> bytes:
    """A leaflet with one fault."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if change == "a page lost":
            del document.pages[1]
        elif change == "a font not embedded":
            for item in document.objects:
                if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                    del item["/FontFile2"]
        elif change == "tags lost":
            del document.Root["/MarkInfo"]
        elif change == "another language":
            document.Root["/Lang"] = pikepdf.String("en")
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ("a page lost", "pages"),
        ("a font not embedded", "fonts"),
        ("tags lost", "standards"),
        ("another language", "language"),
    ],
)
def test_a_faulty_pdf_is_refused(leaflet: tuple[bytes, Step], change: str, gate: str) -> None:
    pdf, step = leaflet
    inputs = pdf_gate(step, demo("bhyt-ho-gia-dinh"), pages=2, bytes_most=400_000).inputs
    assert check_pdf(inputs, {"sheet": Made(files={"pdf": pdf})}).details["pages"] == 2
    with pytest.raises(GateError) as caught:
        check_pdf(inputs, {"sheet": Made(files={"pdf": changed(pdf, change)})})
    assert caught.value.gate == gate


def test_a_pdf_that_does_not_say_a_fact_is_refused(leaflet: tuple[bytes, Step]) -> None:
    pdf, step = leaflet
    inputs = pdf_gate(step, demo("bhyt-ho-gia-dinh"), pages=2, bytes_most=400_000).inputs
    with pytest.raises(GateError, match=r"9\.999\.999 đồng") as caught:
        check_pdf({**inputs, "says": [*inputs["says"], "9.999.999 đồng"]}, {"sheet": Made(files={"pdf": pdf})})
    assert caught.value.gate == "text"


def test_a_pdf_that_is_too_heavy_is_refused(leaflet: tuple[bytes, Step]) -> None:
    pdf, step = leaflet
    inputs = pdf_gate(step, demo("bhyt-ho-gia-dinh"), pages=2, bytes_most=1_000).inputs
    with pytest.raises(GateError) as caught:
        check_pdf(inputs, {"sheet": Made(files={"pdf": pdf})})
    assert caught.value.gate == "size"


def test_a_code_that_says_something_else_is_refused(leaflet: tuple[bytes, Step]) -> None:
    pdf, step = leaflet
    with pytest.raises(GateError, match="instead of") as caught:
        check_print(print_gate(step, QR + "0000").inputs, {"sheet": Made(files={"pdf": pdf})})
    assert caught.value.gate == "qr"


def test_a_code_that_is_too_small_for_paper_is_refused(leaflet: tuple[bytes, Step]) -> None:
    pdf, step = leaflet
    text = QR + demo("bhyt-ho-gia-dinh").id
    inputs = print_gate(step, text).inputs
    assert min(check_print(inputs, {"sheet": Made(files={"pdf": pdf})}).details["qr_mm"]) >= 20
    with pytest.raises(GateError, match="mm wide") as caught:
        check_print({**inputs, "least_mm": 60}, {"sheet": Made(files={"pdf": pdf})})
    assert caught.value.gate == "qr"


def spoiled(webp: bytes, box: tuple[int, int, int, int]) -> bytes:
    image = Image.open(io.BytesIO(webp)).convert("RGB")
    ImageDraw.Draw(image).rectangle(box, fill="#10302F" if box[1] < 1000 else "#ffffff")
    out = io.BytesIO()
    image.save(out, "WEBP", quality=85)
    return out.getvalue()


@pytest.mark.parametrize(
    ("box", "gate"),
    [
        ((4, 900, 30, 910), "edges"),
        ((1060, 900, 1075, 912), "edges"),
        ((400, 1340, 500, 1349), "edges"),
        ((820, 1100, 1010, 1300), "qr"),
    ],
)
def test_a_picture_with_something_at_an_edge_or_without_its_code_is_refused(
    portrait: tuple[bytes, Step], box: tuple[int, int, int, int], gate: str
) -> None:
    webp, step = portrait
    text = QR + demo("bhyt-ho-gia-dinh").id
    inputs = picture_gate(step, text, size_px=(1080, 1350), bytes_most=200_000).inputs
    check_picture(inputs, {"sheet": Made(files={"webp": webp})})
    with pytest.raises(GateError) as caught:
        check_picture(inputs, {"sheet": Made(files={"webp": spoiled(webp, box)})})
    assert caught.value.gate == gate


def test_a_picture_of_another_size_is_refused(portrait: tuple[bytes, Step]) -> None:
    webp, step = portrait
    inputs = picture_gate(step, QR, size_px=(1080, 1080), bytes_most=200_000).inputs
    with pytest.raises(GateError, match="1080×1350") as caught:
        check_picture(inputs, {"sheet": Made(files={"webp": webp})})
    assert caught.value.gate == "size"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["normal", "priority", "urgent"])
def test_every_pair_that_carries_text_keeps_wcag_aa(theme: str) -> None:
    found = colours(theme)
    pairs = brand()["contrast"]
    for level, least in (("text", 4.5), ("large", 3.0)):
        for one, other in pairs[level]:
            assert contrast(found[one], found[other]) >= least, (one, other)


def office(number: int) -> Office:
    return Office(
        f"66.{number:05}", f"Ủy ban nhân dân xã MẪU {number}", f"Xã MẪU {number}", "xa", address=f"Thôn {number}"
    )


def test_a_gate_depends_on_the_sheet_and_on_nothing_of_the_machine() -> None:
    plan = planned(LEAFLET, article("Chữ.\n"))
    assert [gate.run for gate in plan.gates] == ["render.gates:check_pdf", "render.gates:check_code"]
    assert all(gate.needs["sheet"].key == plan.files[0].step.key for gate in plan.gates)


def test_the_raster_is_looked_at_once_for_all_offices_with_a_layout() -> None:
    edition = demo("bhyt-ho-gia-dinh")
    gates = [
        planned(LEAFLET, dataclasses.replace(edition, id=f"7K3M9QX{number:05}", office=office(number))).gates[1]
        for number in (1, 2)
    ]
    assert gates[0].needs["proof"].key == gates[1].needs["proof"].key
    assert gates[0].needs["sheet"].key != gates[1].needs["sheet"].key


def test_each_office_answers_for_its_own_code(leaflet: tuple[bytes, Step]) -> None:
    pdf, _ = leaflet
    gate = planned(LEAFLET, demo("bhyt-ho-gia-dinh")).gates[1]
    proof = made(gate.needs["proof"])
    needs = {"sheet": Made(files={"pdf": pdf}), "proof": proof}
    assert min(check_code(gate.inputs, needs).details["qr_mm"]) >= 20
    with pytest.raises(GateError, match="instead of") as caught:
        check_code({**gate.inputs, "text": QR + "000000000001"}, needs)
    assert caught.value.gate == "qr"
    # Where an office's sheet has its code elsewhere than the specimen, the whole page is searched.
    moved = Made(files={}, details={"codes_mm": [[20, 100, 40, 120], [20, 100, 40, 120]]})
    assert check_code(gate.inputs, {**needs, "proof": moved}).details["qr_mm"]
    blank = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(2):
            document.add_blank_page(page_size=(595, 842))
        document.save(blank)
    with pytest.raises(GateError, match="cannot be read"):
        check_code(gate.inputs, {**needs, "sheet": Made(files={"pdf": blank.getvalue()})})


def written(pdf: bytes, words: str, x_mm: float, y_mm: float) -> bytes:
    """A leaflet with something written on its first page with a font it has."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        font = next(iter(page.obj["/Resources"]["/Font"].keys()))
        at = f"{x_mm * 72 / 25.4} {y_mm * 72 / 25.4}"
        page.contents_add(f"q BT {font} 9 Tf {at} Td <{words}> Tj ET Q".encode())
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


def test_words_too_near_an_edge_are_refused_for_each_office(leaflet: tuple[bytes, Step]) -> None:
    pdf, _ = leaflet
    gate = planned(LEAFLET, demo("bhyt-ho-gia-dinh")).gates[1]
    needs = {"proof": made(gate.needs["proof"])}
    with pytest.raises(GateError, match="left edge") as caught:
        check_code(gate.inputs, {**needs, "sheet": Made(files={"pdf": written(pdf, "00050006", 2, 150)})})
    assert caught.value.gate == "edges"


FLOWING = """#set document(title: "T")
#set text(lang: "vi", font: "Be Vietnam Pro")
#set page(width: 210mm, height: 297mm, margin: 20mm)
= Đầu đề
#v({space}mm)
== Cách làm
{lines}
#pagebreak()
Một dòng nữa.
"""


@pytest.mark.parametrize(("space", "after", "stands"), [(40, 1, True), (225, 4, True), (225, 0, False), (225, 1, True)])
def test_a_heading_without_a_line_at_a_foot_is_refused(tmp_path: Path, space: int, after: int, stands: bool) -> None:
    file = tmp_path / "sheet.typ"
    lines = "\n\n".join("Một dòng chữ để thử." for _ in range(after))
    file.write_text(FLOWING.format(space=space, lines=lines), encoding="utf-8")
    fonts = [str(family_files("Be Vietnam Pro")[0].parent)]
    pdf = typst.compile(file, font_paths=fonts, ignore_system_fonts=True)
    assert isinstance(pdf, bytes)
    if stands:
        stand_well(pdf, 5)
    else:
        with pytest.raises(GateError, match="Cách làm") as caught:
            stand_well(pdf, 5)
        assert caught.value.gate == "widows"


def test_text_in_black_and_white_keeps_wcag_aa() -> None:
    found = colours(mono=True)
    for one, other in [*brand()["contrast"]["text"], *brand()["contrast"]["large"]]:
        if (one, other) != ("ink", "sun"):  # on a grey that says what is new stands no text in black and white
            assert contrast(found[one], found[other]) >= 4.5, (one, other)
