"""Article files of tests: a body under a small front matter, read or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.article import Article
from render.errors import ArticleError
from render.markdown import parse_article

HEAD = '---\nslug: mot-bai\nlang: vi\ntitle: "Tiêu đề"\nsummary: "Tóm tắt."\n---\n'


def body(text: str, head: str = HEAD) -> Article:
    """The article of that body."""
    return parse_article(head + text, Path("bai.md"))


def blocks(text: str) -> tuple[object, ...]:
    """The blocks of that body."""
    return body(text).blocks


def refusal(text: str, head: str = HEAD) -> str:
    """Why that body is refused, with its line."""
    with pytest.raises(ArticleError) as caught:
        body(text, head)
    assert str(caught.value).startswith("bai.md:"), caught.value
    assert caught.value.mend
    return str(caught.value)
