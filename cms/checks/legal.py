"""Whether what an article rests on is still in force, as the register of legal documents knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from cms.articles.text import current_book
from cms.production.dates import build_date
from render.findings import Finding


def legal_findings(page: Any) -> Iterator[Finding]:
    """The documents of the legal basis that do not hold on the day of builds; none without a register."""
    if not apps.is_installed("cms.register"):
        return
    from cms.register.rests import legal_problems

    for text, words in legal_problems(list(page.legal or ()), build_date(current_book())):
        yield Finding("legal", "warning", "legal", text, {"what": words})
