"""PDFs for a print shop: boxes, bleed, marks, inks, imprint; and the proof that refuses what is not so."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest

from render.article import Priority
from render.edition import Edition, beside
from render.errors import GateError, ImprintError
from render.imprint import Imprint, imprint_from, read_imprint
from render.products import Planned, product, products
from render.proof import check_proof, drawn
from render.steps import Made, Step
from render.typeset.brand import brand
from render.typeset.inks import INK_MOST, parted, rgb, separations
from render.typeset.pdf import claims, comparable, page_pictures, page_texts
from render.typeset.printing import MM, printed
from tests.render.sheets import CONTEXT, demo, made

# Nothing of it is real: MẪU says so.
IMPRINT = Imprint(
    licence="MẪU/GP-MẪU",
    licensed_by="Sở MẪU",
    licensed_on=dt.date(2025, 8, 15),
    print_run=5000,
    printer="Công ty in MẪU",
    printer_address="Số 1, đường MẪU",
)
PRINT_CONTEXT = dataclasses.replace(CONTEXT, imprint=IMPRINT)
ARTICLE = "tro-cap-huu-tri-xa-hoi"
PAPER = sorted(name for name, one in products().items() if one.medium == "print")


def plan_of(name: str, edition: Edition) -> Planned:
    plan = product(name).plan(edition, PRINT_CONTEXT)
    assert isinstance(plan, Planned)
    return plan


def print_files(name: str, edition: Edition) -> dict[str, Step]:
    return {file.suffix: file.step for file in plan_of(name, edition).files if file.role == "print"}


def proof_of(name: str, edition: Edition, suffix: str) -> Step:
    step = print_files(name, edition)[suffix]
    return next(
        gate for gate in plan_of(name, edition).gates if "print" in gate.needs and gate.needs["print"].key == step.key
    )


@pytest.fixture(scope="module")
def colour() -> bytes:
    return made(print_files("leaflet-a4", demo(ARTICLE))["print.pdf"]).files["pdf"]


@pytest.fixture(scope="module")
def black() -> bytes:
    return made(print_files("leaflet-a4", demo(ARTICLE))["print-mono.pdf"]).files["pdf"]


def proof_inputs() -> dict[str, Any]:
    return dict(proof_of("leaflet-a4", demo(ARTICLE), "print.pdf").inputs)


def test_no_print_pdf_is_made_without_an_imprint() -> None:
    plan = product("leaflet-a4").plan(demo(ARTICLE), CONTEXT)
    assert isinstance(plan, Planned)
    assert {file.role for file in plan.files} == {"main", "preview"}
    assert not any(gate.run == "render.proof:check_proof" for gate in plan.gates)


def test_an_imprint_changes_nothing_of_the_sheet_for_readers() -> None:
    with_it, without = plan_of("leaflet-a4", demo(ARTICLE)), product("leaflet-a4").plan(demo(ARTICLE), CONTEXT)
    assert isinstance(without, Planned)
    assert with_it.files[0].step.key == without.files[0].step.key


def test_boxes_lie_in_one_another_with_three_millimetres_of_bleed(colour: bytes) -> None:
    with pikepdf.open(io.BytesIO(colour)) as document:
        for page in document.pages:
            trim, bleed, media = (
                [float(one) / MM for one in page.obj[name]] for name in ("/TrimBox", "/BleedBox", "/MediaBox")
            )
            assert [round(trim[2] - trim[0], 1), round(trim[3] - trim[1], 1)] == [210, 297]
            assert [round(one - other, 1) for one, other in zip(trim, bleed, strict=True)] == [3, 3, -3, -3]
            assert [round(one - other, 1) for one, other in zip(bleed, media, strict=True)] == [8, 8, -8, -8]


def test_it_claims_to_be_neither_archived_nor_accessible_and_embeds_its_fonts(colour: bytes) -> None:
    found = claims(colour)
    assert (found.pdfa, found.pdfua, found.tagged, found.loose_fonts) == ("", "", False, ())
    with pikepdf.open(io.BytesIO(colour)) as document:
        assert "/OutputIntents" not in document.Root
        assert not document.check_pdf_syntax()


def test_every_colour_is_of_inks_and_body_text_is_black_alone(colour: bytes) -> None:
    with pikepdf.open(io.BytesIO(colour)) as document:
        found = [one for page in document.pages for one in drawn(page)]
    assert not [one for one in found if one.kind == "screen colour"]
    assert max(sum(one.inks) for one in found) <= INK_MOST
    body = {one.inks for one in found if one.kind == "text" and one.size_pt < 14}
    assert (0, 0, 0, 100) in body
    assert all(k == 0 or c + m + y == 0 for c, m, y, k in body)


def test_black_text_overprints_and_what_is_light_does_not(colour: bytes) -> None:
    with pikepdf.open(io.BytesIO(colour)) as document:
        over, fill, kept = False, (0.0, 0.0, 0.0, 0.0), []
        told = set()
        for instruction in pikepdf.parse_content_stream(document.pages[0]):
            operator, operands = str(instruction.operator), instruction.operands
            if operator == "q":
                kept.append((over, fill))
            elif operator == "Q":
                over, fill = kept.pop()
            elif operator == "gs" and "Overprint" in str(operands[0]):
                over = True
            elif operator == "gs" and "Knockout" in str(operands[0]):
                over = False
            elif operator == "k":
                c, m, y, k = (float(one) for one in operands)
                fill = (c, m, y, k)
            elif operator in ("Tj", "TJ"):
                told.add((fill == (0, 0, 0, 1), over))
    assert told == {(True, True), (False, False)}


def test_black_and_white_is_of_one_ink_with_the_same_layout(colour: bytes, black: bytes) -> None:
    with pikepdf.open(io.BytesIO(black)) as document:
        found = [one for page in document.pages for one in drawn(page)]
    assert {sum(one.inks[:3]) for one in found if one.kind != "picture"} == {0}
    assert page_texts(black) == page_texts(colour)


def test_the_last_page_bears_the_imprint(colour: bytes) -> None:
    front, back = (comparable(text) for text in page_texts(colour))
    for line in IMPRINT.lines("21 × 29,7 cm"):
        assert comparable(line) in back
        assert comparable(line) not in front
    assert comparable("In 5.000 bản, khổ 21 × 29,7 cm, tại Công ty in MẪU") in back
    assert comparable("Tài liệu không bán") in back


def test_the_same_bytes_come_out_twice(colour: bytes) -> None:
    assert made(print_files("leaflet-a4", demo(ARTICLE))["print.pdf"]).files["pdf"] == colour


def test_folds_are_marked_outside_the_trimmed_page_where_they_are_told() -> None:
    edition = demo(ARTICLE)
    sheet = plan_of("leaflet-a4", edition).files[0].step
    found, _ = printed(sheet, edition, IMPRINT, folds_mm=((70, 140), (71,)), qr=CONTEXT.qr(edition))
    done: dict[str, Made] = {}
    made(found.gate, done)
    for folds, picture in zip(
        ((70, 140), (71,)), page_pictures(done[found.step.key].files["pdf"], ppi=254, grey=True), strict=True
    ):
        strip = np.asarray(picture)[20:60]  # ten pixels a millimetre; the slug above the sheet
        marked = np.flatnonzero((strip < 200).any(axis=0))
        for at in (0, *folds, 210):
            assert np.abs(marked - (at + 11) * 10).min() <= 2
        assert len({round(one / 40) for one in marked if 120 < one < 2000}) == len(folds)


def spoiled(pdf: bytes, fault: str) -> bytes:
    """A print PDF with one fault."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        if fault == "boxes":
            page.trimbox = page.mediabox
        elif fault == "marks":
            page.contents_add(b"q 0 0 0 1 k 300 2 20 6 re f Q")
        elif fault == "bleed":  # white over the left bleed, as if fields ended at the edge
            page.contents_add(f"q 0 0 0 0 k {8 * MM} {8 * MM} {3 * MM} {303 * MM} re f Q".encode())
        elif fault == "inks: a colour of screens":
            page.contents_add(b"q 1 0 0 rg 200 300 20 6 re f Q")
        elif fault == "inks: too much":
            page.contents_add(b"q 1 1 1 .5 k 200 300 20 6 re f Q")
        elif fault == "inks: rich small text":
            font = next(iter(page.obj["/Resources"]["/Font"].keys()))
            page.contents_add(f"q .5 .5 .5 1 k BT {font} 9 Tf 200 300 Td <0003> Tj ET Q".encode())
        elif fault == "pictures":
            grey = document.make_stream(b"\x80" * 10_000)
            grey.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 100, "/Height": 100})
            grey.update({"/ColorSpace": pikepdf.Name.DeviceGray, "/BitsPerComponent": 8})
            page.obj["/Resources"]["/XObject"] = pikepdf.Dictionary(Im=grey)
            page.contents_add(b"q 72 0 0 72 200 300 cm /Im Do Q")
        elif fault == "imprint":
            document.pages.append(document.pages[0])
            del document.pages[1]
        elif fault == "qr":
            page.contents_add(f"q 0 0 0 0 k {100 * MM} {15 * MM} {110 * MM} {40 * MM} re f Q".encode())
        elif fault == "fonts":
            for item in document.objects:
                if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                    del item["/FontFile2"]
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()


def test_the_proof_passes_what_was_made(colour: bytes, black: bytes) -> None:
    details = check_proof(proof_inputs(), {"print": Made(files={"pdf": colour})}).details
    assert details["ink_most"] <= INK_MOST
    check_proof({**proof_inputs(), "mono": True}, {"print": Made(files={"pdf": black})})


@pytest.mark.parametrize(
    "fault",
    [
        "boxes",
        "marks",
        "bleed",
        "inks: a colour of screens",
        "inks: too much",
        "inks: rich small text",
        "pictures",
        "imprint",
        "qr",
        "fonts",
    ],
)
def test_the_proof_refuses_each_fault_by_its_name(colour: bytes, fault: str) -> None:
    with pytest.raises(GateError) as caught:
        check_proof(proof_inputs(), {"print": Made(files={"pdf": spoiled(colour, fault)})})
    assert caught.value.gate == fault.partition(":")[0]


def test_a_coloured_ink_in_black_and_white_is_refused(colour: bytes) -> None:
    with pytest.raises(GateError, match="black-and-white"):
        check_proof({**proof_inputs(), "mono": True}, {"print": Made(files={"pdf": colour})})


@pytest.mark.parametrize("theme", sorted(brand()["themes"]))
def test_no_theme_asks_for_more_ink_than_dries_nor_for_grey_of_many_inks(theme: str) -> None:
    for (red, green, blue), inks in separations(theme).items():
        assert sum(inks) <= INK_MOST
        if max(red, green, blue) - min(red, green, blue) <= 3:
            assert sum(inks[:3]) == 0
    assert all(sum(inks[:3]) == 0 for inks in separations(theme, mono=True).values())


def test_a_colour_without_a_table_is_parted_with_its_grey_in_black() -> None:
    assert parted(rgb("#000000")) == (0, 0, 0, 100)
    assert parted(rgb("#FFFFFF")) == (0, 0, 0, 0)
    assert parted(rgb("#808080")) == (0, 0, 0, 50)
    assert parted(rgb("#FF0000")) == (0, 100, 100, 0)
    assert parted(rgb("#400000")) == (0, 100, 100, 75)


def test_an_urgent_sheet_is_parted_by_its_own_table() -> None:
    edition = dataclasses.replace(demo(ARTICLE), priority=Priority.URGENT)
    step = proof_of("leaflet-a4", edition, "print.pdf")
    assert made(step).details["ink_most"] <= INK_MOST


@pytest.mark.parametrize("name", PAPER)
def test_every_sheet_of_paper_passes_its_proof(name: str) -> None:
    edition = demo(ARTICLE)
    if product(name).languages == "translations":
        edition = beside(demo("quyen-an-sinh-xa-hoi.km"), demo("quyen-an-sinh-xa-hoi"))
    proofs = [gate for gate in plan_of(name, edition).gates if gate.run == "render.proof:check_proof"]
    assert proofs, f"{name} adds no print PDF"
    done: dict[str, Made] = {}
    for proof in proofs:
        made(proof, done)


TOML = """\
licence = "MẪU/GP-MẪU"
licensed_by = "Sở MẪU"
licensed_on = 2025-08-15
print_run = 5000
printer = "Công ty in MẪU"
printer_address = "Số 1, đường MẪU"
"""


def test_an_imprint_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "imprint.toml"
    file.write_text(TOML, encoding="utf-8")
    assert read_imprint(file) == IMPRINT
    file.write_text(TOML + 'funding = "Kinh phí: ngân sách MẪU"\nkind = "sach"\n', encoding="utf-8")
    assert read_imprint(file).lines("14,8 × 21 cm")[-2:] == ["Kinh phí: ngân sách MẪU.", "Sách không bán."]


@pytest.mark.parametrize("field", ["licence", "licensed_by", "licensed_on", "print_run", "printer", "printer_address"])
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    file = tmp_path / "imprint.toml"
    file.write_text(
        "\n".join(line for line in TOML.splitlines() if not line.startswith(f"{field} =")), encoding="utf-8"
    )
    with pytest.raises(ImprintError, match=repr(field)) as caught:
        read_imprint(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("licensed_on", "15/8/2025"),
        ("print_run", "5000"),
        ("print_run", 0),
        ("print_run", True),
        ("printer", 7),
        ("printer", "x" * 161),
        ("printer", "a\nb"),
        ("licence", "   "),
        ("kind", "poster"),
        ("price", "0"),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_name(field: str, value: Any) -> None:
    table = {**dataclasses.asdict(IMPRINT), field: value}
    with pytest.raises(ImprintError, match=field):
        imprint_from(table, where="imprint.toml")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"licence = ", None])
def test_a_file_that_is_no_imprint_is_told_in_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "imprint.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ImprintError):
        read_imprint(file)
