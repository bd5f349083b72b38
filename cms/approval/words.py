"""Parts of an article by name, and what has changed in one, word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from cms.approval.standing import Standing

Op = Literal["same", "out", "in"]
_TOKEN = re.compile(r"(?:\{\{[^{}]*\}\}|\w+|[^\w\s]+?)\s*|\s+")  # a word with the space after it
MOST_TOKENS = 6_000  # beyond, a part is shown as a whole: comparing takes the square of its length


@dataclass(frozen=True)
class Piece:
    """Some words, and whether they stayed, went or came."""

    op: Op
    text: str


def label_of(standing: Standing) -> str:
    """A part by name: "Tóm tắt", or "Các bước: Cách làm"."""
    if standing.unit is not None:
        kind, heading, key = standing.unit.kind, standing.unit.heading, standing.unit.key
    else:
        row = standing.approved or standing.last
        kind, heading, key = (row.unit_kind, row.heading, row.unit) if row else ("field", "", standing.key)
    if kind == "field":
        return field_label(key)
    name = block_label(kind)
    return f"{name}: {heading}" if heading else name


def field_label(name: str) -> str:
    """A field of the article as its form calls it."""
    if name == "title":
        return _("Headline")
    page = apps.get_model("articles", "PolicyArticlePage")
    try:
        return str(page._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name


def block_label(kind: str) -> str:
    """A kind of section as the editor's menu calls it."""
    page = apps.get_model("articles", "PolicyArticlePage")
    blocks = page._meta.get_field("body").stream_block.child_blocks
    return str(blocks[kind].label) if kind in blocks else kind


def difference(old: Sequence[str], new: Sequence[str]) -> tuple[list[list[Piece]], list[list[Piece]]]:
    """Two texts side by side: lines of pieces, what went marked on the left, what came on the right."""
    left, right = [_TOKEN.findall(line) for line in old], [_TOKEN.findall(line) for line in new]
    if sum(map(len, left)) + sum(map(len, right)) > MOST_TOKENS:
        return [[Piece("out", line)] for line in old], [[Piece("in", line)] for line in new]
    lefts: list[list[Piece]] = []
    rights: list[list[Piece]] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lefts += [[Piece("same", line)] for line in old[i1:i2]]
            rights += [[Piece("same", line)] for line in new[j1:j2]]
            continue
        for index in range(max(i2 - i1, j2 - j1)):
            before = left[i1 + index] if i1 + index < i2 else None
            after = right[j1 + index] if j1 + index < j2 else None
            if before is not None and after is not None:
                one, other = _words(before, after)
                lefts.append(one)
                rights.append(other)
            elif before is not None:
                lefts.append([Piece("out", "".join(before))])
            elif after is not None:
                rights.append([Piece("in", "".join(after))])
    return lefts, rights


def _words(before: list[str], after: list[str]) -> tuple[list[Piece], list[Piece]]:
    left: list[Piece] = []
    right: list[Piece] = []
    bare = [[token.strip() for token in tokens] for tokens in (before, after)]
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, *bare, autojunk=False).get_opcodes():
        gone, come = "".join(before[i1:i2]), "".join(after[j1:j2])
        if tag == "equal":
            left.append(Piece("same", gone))
            right.append(Piece("same", come))
            continue
        if gone:
            left.append(Piece("out", gone))
        if come:
            right.append(Piece("in", come))
    return left, right


def verdict_words(row: Any) -> str:
    """Who said it and when, for a screen."""
    from django.utils import timezone
    from django.utils.formats import date_format

    who = row.by_name or _("System")
    return f"{who}, {date_format(timezone.localtime(row.at), 'H:i d/m/Y')}"
