"""Where in its file a part of an article stands, for messages."""

from __future__ import annotations

import re

from render.article import Article


def place(article: Article, part: str, line: int = 0, text: str = "", key: str = "") -> str:
    """`file:line` of a part (a front matter key or a block's id); without a file, the slug and the part.

    A block knows the line it begins on; the line of `text`, or of the fact `key` in it, is looked up in the file.
    """
    line = line or dict(article.lines).get(part, 0)
    if not article.source:
        return f"{article.slug}.{article.lang}: {part}"
    return f"{article.source}:{_line(article, line, text, key) or 1}"


def _line(article: Article, line: int, text: str, key: str) -> int:
    if not article.source or not text:
        return line
    try:
        lines = article.source.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return line  # the file is gone since it was read: the part's own line is near enough
    after = list(enumerate(lines, 1))[max(line - 1, 0) :]
    fact = re.compile(r"\{\{ *" + re.escape(key) + r"\b") if key else re.compile(re.escape(text[:24]))
    exact = (number for number, written in after if text[:24] in written and fact.search(written))
    near = (number for number, written in after if fact.search(written))
    return next(exact, 0) or next(near, line)
