"""Finds every text of our screens that is to be translated: the yardstick of `locales/vi/django.po`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

SITE = Path(__file__).resolve().parent.parent
_KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}
_TAG = re.compile(r"""\{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")


def messages() -> Iterator[str | tuple[str, str]]:
    """Message ids, singular and plural as a pair, in the order of the files."""
    for _name, _line, message, _comments, _context in extract_from_dir(
        SITE, method_map=[("**.py", "python")], keywords=_KEYWORDS
    ):
        yield message if isinstance(message, str) else tuple(message)  # type: ignore[misc]
    for template in sorted(SITE.rglob("templates/**/*.html")):
        for match in _TAG.finditer(template.read_text(encoding="utf-8")):
            yield match[1] or match[2]
