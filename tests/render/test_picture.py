"""Pictures: one idea, whole blocks only, readable by phones and people."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from render.typeset.brand import brand
from render.typeset.qr import qr_modules, read_codes
from tests.render.sheets import ARTICLES, CONTEXT, article, demo, made, main_file, planned

NAME = "infographic-portrait"
STEMS = sorted(path.stem for path in ARTICLES.glob("*.md") if path.stem != "README")


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("stem", STEMS)
def test_every_demonstration_article_makes_a_picture_that_passes_its_gates(stem: str) -> None:
    plan = planned(NAME, demo(stem))
    done: dict[str, Any] = {}
    files = made(plan.files[0].step, done).files
    for gate in plan.gates:
        made(gate, done)
    assert picture(files["webp"]).size == (1080, 1350)
    assert len(files["webp"]) <= 200_000


def test_the_code_reads_even_when_the_picture_is_shown_at_half_its_size() -> None:
    edition = demo("tro-cap-huu-tri-xa-hoi")
    shown = picture(main_file(NAME, edition)).resize((540, 675), Image.Resampling.LANCZOS)
    assert [code.text for code in read_codes(shown)] == [f"{CONTEXT.public_url}/q/{edition.id}"]


def test_what_has_no_room_is_left_out_whole_and_said() -> None:
    body = "".join(
        f"## Mục số {n} {{#m{n}}}\n\n{'Một câu vừa phải để đọc trên điện thoại. ' * 5}\n\n" for n in range(8)
    )
    result = made(planned(NAME, article(body)).files[0].step)
    left_out = result.details["left_out"]
    assert 0 < len(left_out) < 8
    assert result.warnings
    assert all(f"Mục số {name[1:]}" in result.warnings[0].replace("\u00a0", " ") for name in left_out)


def test_a_short_article_fits_whole_and_says_nothing() -> None:
    result = made(
        planned(NAME, article("## Ai? {#ai .eligibility}\n\n- Mọi người dân.\n- Từ đủ 15 tuổi.\n")).files[0].step
    )
    assert result.details["left_out"] == []
    assert result.warnings == ()


def test_a_table_that_is_too_wide_is_left_out_of_a_picture() -> None:
    wide = "|" + "|".join(f" Tháng {n} " for n in range(12)) + "|\n|" + "---|" * 12 + "\n|" + " 1.234.567 đồng |" * 12
    result = made(planned(NAME, article("## Bảng {#bang .comparison}\n\n" + wide + "\n")).files[0].step)
    assert result.details["left_out"] == ["bang"]


def test_an_urgent_warning_comes_first() -> None:
    result = made(planned(NAME, demo("canh-bao-gia-mao-co-quan-bhxh")).files[0].step)
    assert "nho-ky" not in result.details["left_out"]


def test_the_same_edition_gives_the_same_bytes() -> None:
    edition = demo("luong-huu-tu-15-nam")
    assert main_file(NAME, edition) == main_file(NAME, edition)


def test_running_text_is_large_enough_for_a_phone() -> None:
    assert brand()["picture"]["body_px"] >= 28


def test_a_reader_that_is_not_ours_reads_our_codes(tmp_path: Path) -> None:
    zbar = shutil.which("zbarimg")
    if zbar is None:
        pytest.skip("zbar-tools is not installed")
    for number in range(12):
        said = f"https://loa.example.vn/q/7K3M9QX{number * 7919:05}"
        modules = np.pad(np.array(qr_modules(said)), 4)
        Image.fromarray(np.where(modules, 0, 255).astype(np.uint8)).resize((150, 150), 0).save(tmp_path / "code.png")
        read = subprocess.run([zbar, "-q", "--raw", tmp_path / "code.png"], capture_output=True, text=True, check=False)
        assert read.stdout.strip() == said
