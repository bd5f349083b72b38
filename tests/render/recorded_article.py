"""A short article that is read aloud: its recording sheet, and a sound file of a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from render.cli import main
from render.plan import read_source
from render.products import Context
from render.reading import make_sheet
from tests.render.voices_at_hand import DAY, encoded, said

ARTICLE = """---
slug: bai-thu
lang: vi
title: "Thẻ bảo hiểm y tế đến tận nhà"
summary: "Bà con nhận thẻ tại xã."
audiences: [3]
in_force: 2025-07-01
languages: [rad]
products: [bulletin-3min]
---
## Cách làm {#cach .steps}
1. Điền mẫu tại ủy ban nhân dân xã.
2. Chờ mười ngày làm việc.
"""


def run(*arguments: object) -> int:
    """The command `loa`; how it ended."""
    return main([str(one) for one in arguments])


def sheet_of(path: Path, lang: str = "vi"):  # type: ignore[no-untyped-def]
    """The recording sheet of an article, its edition and its context."""
    from render.build import DEMO_FACTS
    from render.facts import read_facts
    from render.plan import edition_of, sound_context

    source = read_source(path)
    edition = edition_of(source, lang, None, facts=read_facts(DEMO_FACTS), on=DAY)
    context = sound_context(source, lang, Context("https://loa.example"))
    return make_sheet(edition, context, wished=source.article.products), edition, context  # type: ignore[arg-type]


def phone(path: Path, text: str) -> Path:
    """A sentence as a phone records it."""
    path.write_bytes(encoded(np.concatenate([np.zeros(9000, np.float32), said(text)]), "ipod", "aac", 44_100))
    return path
