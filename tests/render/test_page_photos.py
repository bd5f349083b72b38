"""The photographs of public pages: made when an article is published whole, in widths that a page can name."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from render.build import DEMO_FACTS, OFFICES
from render.edition import Office
from render.facts import read_facts
from render.offices import read_offices
from render.photo import prepare
from render.plan import plan_articles, read_sources
from render.products import Context, Planned, product, products
from render.products.page import known_as, photo_of
from render.run import Job
from render.steps import Made

ON = dt.date(2025, 9, 1)
TEXT = """---
slug: {slug}
lang: vi
title: "Bà con nghe loa"
summary: "Một câu."
products: [leaflet-a4]
languages: [km]
---
## Nội dung

Một đoạn.
"""
PICTURE = '\n## Ảnh {.picture}\n\n![Bà con nghe loa](anh.jpg){credit="Ảnh: Loa"}\n'


def jobs_of(
    folder: Path, *, paged: bool, offices: Sequence[Office | None] = (None,), picture: str = PICTURE
) -> list[Job]:
    (folder / "khong.md").write_text(TEXT.format(slug="khong"), encoding="utf-8")
    (folder / "co.md").write_text(TEXT.format(slug="co") + picture, encoding="utf-8")
    Image.linear_gradient("L").resize((900, 600)).convert("RGB").save(folder / "anh.jpg")
    sources, errors = read_sources([folder / "co.md", folder / "khong.md"])
    assert errors == []
    context = Context("https://loa.example.vn")
    return plan_articles(sources, facts=read_facts(DEMO_FACTS), on=ON, context=context, offices=offices, paged=paged)


def test_only_what_is_published_whole_gets_its_photographs_and_a_picture_for_links(tmp_path: Path) -> None:
    wished = [("co", "leaflet-a4"), ("khong", "leaflet-a4")]
    assert sorted((job.slug, job.product) for job in jobs_of(tmp_path, paged=False) if job.lang == "vi") == wished
    page = [("co", "infographic-wide"), ("co", "page-photos"), ("khong", "infographic-wide")]
    paged = jobs_of(tmp_path, paged=True)
    assert sorted((job.slug, job.product) for job in paged if job.lang == "vi") == sorted(wished + page)
    assert ("km", "page-photos") not in {(job.lang, job.product) for job in paged}  # no translation, no page


def test_where_only_offices_publish_the_page_s_first_office_brings_its_photographs(tmp_path: Path) -> None:
    known = read_offices(OFFICES)
    jobs = jobs_of(tmp_path, paged=True, offices=(known["66"], known["11"]))
    assert {(job.slug, job.office) for job in jobs if job.product == "page-photos"} == {("co", "11")}
    with_nation = jobs_of(tmp_path, paged=True, offices=(known["11"], None))
    assert {job.office for job in with_nation if job.product == "page-photos"} == {None}


def test_what_is_drawn_is_not_called_a_photograph(tmp_path: Path) -> None:
    drawn = PICTURE.replace("Ảnh: Loa", "Hình vẽ: Loa")
    details = [job.plan.details for job in jobs_of(tmp_path, paged=True, picture=drawn) if job.product == "page-photos"]
    assert details == [{}]


def test_nobody_is_offered_what_only_pages_need() -> None:
    assert product("page-photos").medium == "page"
    assert "page-photos" not in products()  # nobody is offered it


def test_a_photograph_becomes_webp_of_exactly_the_width_its_file_says(tmp_path: Path) -> None:
    plan = next(job.plan for job in jobs_of(tmp_path, paged=True) if job.product == "page-photos")
    assert isinstance(plan, Planned)
    assert [file.role for file in plan.files] == ["main", "photo"]
    (named,) = {known[0] for file in plan.files if (known := photo_of(file.suffix))}
    assert plan.details == {"photographs": named}
    assert [file.suffix.partition("-")[2] for file in plan.files] == ["900.webp", "640.webp"]  # never blown up
    for file in plan.files:
        (path,) = file.step.carries.values()
        made = prepare(file.step.inputs, {"picture": Made({"bytes": Path(path).read_bytes()})})
        known = photo_of(file.suffix)
        assert known is not None
        assert known[0] == known_as(str(file.step.inputs["picture"]))
        with Image.open(io.BytesIO(made.files["picture"])) as picture:
            assert (picture.format, picture.size) == ("WEBP", (known[1], round(known[1] * 2 / 3)))
    assert photo_of("pdf") is None
    assert photo_of("1.webp") is None
