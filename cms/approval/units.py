"""The parts of an article that are approved one by one: its fields, and its sections."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cms.articles.adapter import article_of
from cms.questions.bank import bank_keys, references, without_bank
from render.article import Article, Picture
from render.blocks import kind_of
from render.steps import canonical

if TYPE_CHECKING:
    from cms.articles.models import PolicyArticlePage

# What steers the making and says nothing to a reader. A field that is not here is text, and wants approval.
STEERING = frozenset(
    {
        "slug", "lang", "audiences", "priority", "languages", "products", "campaign", "voices", "blocks", "source",
        "lines", "topics", "offices", "kind",
    }
)  # fmt: skip
# What of a block is no content: where it stands, and what it is called by.
_PLACE = frozenset({"id", "line", "lines"})
REMOVED = "removed"


@dataclass(frozen=True)
class Unit:
    """A part of an article. `digest` is of what it says, with facts and answers of the bank by key.

    A new value of a fact voids nothing, nor do better words of an answer: these have an approval of their own.
    """

    key: str  # the field's name, or the block's id
    kind: str  # "field", or the kind of block
    heading: str  # of a block; "" for a field
    digest: str
    content: Mapping[str, Any]

    @property
    def lines(self) -> tuple[str, ...]:
        """Its texts, one a line, as a reviewer compares them."""
        return tuple(texts_of(self.content))


def units_of(page: PolicyArticlePage) -> dict[str, Unit]:
    """The parts of a page as it is in memory, in the order in which they are read; empty fields are none."""
    article = article_of(page)
    found = {}
    for field in dataclasses.fields(Article):
        value = getattr(article, field.name)
        if field.name in STEERING or not value:
            continue
        content = {"value": _plain(value)}
        found[field.name] = Unit(field.name, "field", "", _digest(field.name, content), content)
    held = bank_keys(article.lang) if references(article) else ()
    for child, block in zip(page.body, article.blocks, strict=True):
        kind = kind_of(block).value
        own = _plain(without_bank(block, held))
        key = str(child.id or block.id)
        found[key] = Unit(key, kind, block.title or "", _digest(kind, own), _plain(block))
    return found


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a part's content, lists marked as lists."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, Mapping):
        if "ordered" in value and "items" in value:  # a list in running text
            for number, one in enumerate(value["items"], start=1):
                yield f"{number}. {one}" if value["ordered"] else f"• {one}"
            return
        for name, one in value.items():
            if name not in ("digest", "file"):
                yield from texts_of(one)
    elif isinstance(value, list):
        if value and all(isinstance(one, list) for one in value):  # rows of a table
            yield from (" | ".join(map(str, row)) for row in value)
        else:
            for one in value:
                yield from texts_of(one)


def _digest(kind: str, content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical([kind, content])).hexdigest()


def _plain(value: Any) -> Any:
    """As JSON, without places."""
    if isinstance(value, Picture):
        return {"alt": value.alt, "credit": value.credit, "focus": list(value.focus), "digest": _bytes_of(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        said = {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name not in _PLACE
        }
        return {name: one for name, one in said.items() if one not in (None, [], "", False)} | (
            {"ordered": said["ordered"]} if "ordered" in said else {}
        )
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Path):
        return value.name
    return value


def _bytes_of(picture: Picture) -> str:
    """The digest of a picture's bytes: another file under the old name is another picture."""
    from render.steps import file_digest

    return file_digest(picture.path) if picture.path is not None and picture.path.is_file() else ""
