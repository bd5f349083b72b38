"""What tests of clips share: a short article with every kind of scene, and the steps of a plan made here."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

from render.edition import Edition, make_edition
from render.facts import FactBook, read_facts
from render.markdown import parse_article
from render.paths import ASSETS
from render.products import Context, Planned
from render.steps import Made, Step, walk

CONTEXT = Context("https://loa.example.vn")
DAY = dt.date(2025, 9, 1)

HEAD = """---
slug: thu
lang: vi
title: "Từ {{ tuoi_huu_tri_xa_hoi }} không có lương hưu: Nhà nước trợ cấp mỗi tháng"
summary: "Người từ đủ {{ tuoi_huu_tri_xa_hoi }} được nhận {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng."
topic: "Hưu trí xã hội"
---
"""
FIGURES = """
## Con số cần nhớ {#con-so .figures}

- {{ tro_cap_huu_tri_xa_hoi }} mỗi tháng : mức trợ cấp
- {{ tuoi_huu_tri_xa_hoi }} : tuổi bắt đầu được nhận
"""
WHO = """
## Ai được nhận? {#ai .eligibility}

- Công dân Việt Nam **từ đủ {{ tuoi_huu_tri_xa_hoi }}**.
- Không có lương hưu hằng tháng.
"""
STEPS = """
## Làm thế nào? {#cach-lam .steps}

1. **Điền Mẫu 01.** Lấy mẫu tại Ủy ban nhân dân xã.
2. **Nộp cho xã.** Nộp tại nơi đang ở.
"""
ARTICLE = HEAD + FIGURES + WHO + STEPS


@functools.cache
def facts() -> FactBook:
    return read_facts(ASSETS / "demo" / "facts.toml")


def edition_of(text: str) -> Edition:
    return make_edition(parse_article(text), source=None, facts=facts(), on=DAY)


def titled(title: str, rest: str = FIGURES + STEPS) -> Edition:
    return edition_of(HEAD.replace(HEAD.split('title: "')[1].split('"\n')[0], title) + rest)


def steps_of(plan: Planned) -> dict[str, Step]:
    """Every step of a plan by key."""
    return {step.key: step for root in (*(one.step for one in plan.files), *plan.gates) for step in walk(root)}


def make(plan: Planned) -> dict[str, Made]:
    """Every step of a plan made here, by key."""
    made: dict[str, Made] = {}
    for key, step in steps_of(plan).items():
        carried = {name: Made(files={"bytes": path.read_bytes()}) for name, path in step.carries.items()}
        made[key] = step.function()(step.inputs, {name: made[need.key] for name, need in step.needs.items()} | carried)
    return made


def article_file(folder: Path, text: str = ARTICLE) -> Path:
    path = folder / "bai.md"
    path.write_text(text, encoding="utf-8")
    return path
