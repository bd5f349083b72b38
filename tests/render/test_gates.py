"""Gates refuse what they are for, and let the sound pass."""

from __future__ import annotations

import io

import pikepdf
import pytest
from PIL import Image, ImageDraw

from render.errors import GateError
from render.gates import check_pdf, check_picture, check_print, pdf_gate, picture_gate, print_gate
from render.steps import Made, Step
from render.typeset.brand import brand, colours
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


def test_a_gate_depends_on_the_sheet_and_on_nothing_of_the_machine() -> None:
    plan = planned(LEAFLET, article("Chữ.\n"))
    assert [gate.run for gate in plan.gates] == ["render.gates:check_pdf", "render.gates:check_print"]
    assert all(gate.needs["sheet"].key == plan.files[0].step.key for gate in plan.gates)
