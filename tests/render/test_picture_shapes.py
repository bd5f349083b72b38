"""The four shapes: each composed for its frame, its safe areas free, its words told to those who cannot see it."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from render.errors import GateError
from render.gates import readable
from render.products.picture import PRODUCTS, alt
from render.steps import Made
from render.typeset.engine import _program
from render.typeset.pdf import comparable, page_texts
from tests.render.sheets import article, demo, made, planned

SIZES = {
    "infographic-portrait": (1080, 1350),
    "infographic-square": (1080, 1080),
    "infographic-story": (1080, 1920),
    "infographic-wide": (1200, 630),
}
STEMS = (
    "tro-cap-huu-tri-xa-hoi",
    "quyen-an-sinh-xa-hoi.km",
    "quyen-an-sinh-xa-hoi.zh-Hant",
    "quyen-an-sinh-xa-hoi.blt-Tavt",
)


def test_there_are_four_shapes() -> None:
    assert {product.name for product in PRODUCTS} == set(SIZES)


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("stem", STEMS)
def test_every_shape_passes_its_gates_in_every_script(name: str, stem: str) -> None:
    plan, done = planned(name, demo(stem)), {}
    files = made(plan.files[0].step, done).files
    for gate in plan.gates:
        made(gate, done)
    assert Image.open(io.BytesIO(files["webp"])).size == SIZES[name]


def test_a_story_keeps_words_out_of_what_platforms_cover() -> None:
    (file,) = planned("infographic-story", demo("tro-cap-huu-tri-xa-hoi")).files
    picture = np.asarray(Image.open(io.BytesIO(made(file.step).files["webp"])).convert("L")).astype(int)
    ground = (picture[140:250], picture[1582:1780])  # between the woven bands and the words
    assert all(int(rows.max() - rows.min()) < 4 for rows in ground)


def test_offices_share_one_layout() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    assert edition.office is not None
    other = dataclasses.replace(edition, id="7K3M9QXP2AVD", office=dataclasses.replace(edition.office, name="Xã khác"))
    layouts = {planned("infographic-square", one).files[0].step.needs["layout"].key for one in (edition, other)}
    assert len(layouts) == 1


def test_a_picture_of_type_keeps_every_pixel() -> None:
    data = made(planned("infographic-wide", demo("luong-huu-tu-15-nam")).files[0].step).files["webp"]
    assert data[12:16] == b"VP8L"


def test_only_the_shared_link_has_a_png_too() -> None:
    suffixes = {name: [file.suffix for file in planned(name, demo("luong-huu-tu-15-nam")).files] for name in SIZES}
    assert [name for name, found in suffixes.items() if "png" in found] == ["infographic-wide"]


def test_the_alternative_text_says_title_number_and_label() -> None:
    plan = planned("infographic-wide", demo("tro-cap-huu-tri-xa-hoi"))
    assert plan.details["alt"] == (
        "Từ 75 tuổi không có lương hưu: Nhà nước trợ cấp mỗi tháng. "
        "500.000 đồng mỗi tháng: mức trợ cấp, kèm thẻ bảo hiểm y tế"
    )


def test_without_a_number_the_alternative_text_says_the_summary() -> None:
    edition = article("Một câu.\n", title="Ai được nhận?")
    assert alt(edition, None) == "Ai được nhận? Mỗi tháng đóng một ít, về già có lương hưu."


def test_a_title_that_fits_no_line_is_refused_with_the_reason() -> None:
    with pytest.raises(GateError, match="too long"):
        made(planned("infographic-wide", article("Một câu.\n", title="Rất dài " * 38)).files[0].step)


def test_an_office_name_of_two_lines_stands_whole() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    assert edition.office is not None
    name = "Ủy ban nhân dân đặc khu Vân Đồn, Trung tâm Phục vụ hành chính công cấp xã số hai"
    plan, done = (
        planned(
            "infographic-square", dataclasses.replace(edition, office=dataclasses.replace(edition.office, name=name))
        ),
        {},
    )
    for gate in plan.gates:
        made(gate, done)


@given(st.text())
def test_no_text_ends_the_string_that_carries_it(text: str) -> None:
    program = _program("infographic-wide.typ", {"title": text}).decode("ascii")
    head, tail = '#import "/templates/infographic-wide.typ": sheet\n#sheet(json(bytes("', '")))\n'
    carried = program.removeprefix(head).removesuffix(tail)
    assert json.loads(re.sub(r"\\(.)", r"\1", carried))["title"] == text


_DIGESTS = """
import hashlib
from tests.render.sheets import demo, main_file
for name in ("portrait", "square", "story", "wide"):
    print(hashlib.sha256(main_file("infographic-" + name, demo("luong-huu-tu-15-nam"))).hexdigest())
"""


def test_another_process_with_another_hash_seed_draws_the_same_bytes() -> None:
    found = [
        subprocess.run(
            [sys.executable, "-c", _DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert len(set(found[0])) == len(SIZES)
    assert found[0] == found[1]


def test_a_long_address_stands_in_the_foot_or_the_picture_is_refused() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    assert edition.office is not None

    def text(address: str) -> str:
        plan = planned(
            "infographic-square",
            dataclasses.replace(edition, office=dataclasses.replace(edition.office, address=address)),
        )
        step = plan.files[0].step
        drawn = dataclasses.replace(step, run="render.typeset.sheet:set_drawing")
        return comparable("".join(page_texts(made(drawn).files["pdf"])))

    long = "Số 1234, đường MẪU nối dài, thôn MẪU, xã MẪU, tỉnh MẪU (cạnh trường tiểu học MẪU)"
    assert comparable(long) in text(long)
    with pytest.raises(GateError, match="name and address of the office"):
        text(long * 12)


def test_the_shared_link_names_what_it_leaves_out_and_prints_the_address() -> None:
    step = planned("infographic-wide", demo("tro-cap-huu-tri-xa-hoi")).files[0].step
    done: dict[str, Made] = {}
    result = made(step, done)
    assert {block["id"] for block in step.inputs["data"]["blocks"]} <= set(result.details["left_out"])
    assert result.warnings
    drawn = dataclasses.replace(step, run="render.typeset.sheet:set_drawing")
    assert comparable("Số 1, đường MẪU") in comparable("".join(page_texts(made(drawn).files["pdf"])))


def test_the_contrast_of_a_layout_is_looked_at_once_for_all_offices() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    assert edition.office is not None
    other = dataclasses.replace(edition, id="7K3M9QXP2AVD", office=dataclasses.replace(edition.office, name="Xã khác"))
    gates = {planned("infographic-story", one).gates[1].key for one in (edition, other)}
    assert len(gates) == 1


def test_letters_too_pale_for_their_ground_are_refused() -> None:
    import typst

    page = b'#set page(width: 400pt, height: 60pt)\n#text(fill: rgb("#F4B400"), size: 24pt)[sun on white]'
    with pytest.raises(GateError, match="contrast"):
        readable(typst.compile(page, format="pdf"), shown=0.27)
