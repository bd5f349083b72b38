"""What a translation has in common with its source beside its words: verdict, ticks, order, pictures, dates.

Second speakers sign texts. Whatever else a page says was approved in the source, and must stand in the translation
as it stands there.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

from render.article import Article, Picture, Question

# Of an article: what is the same in every language. Its other fields are texts, or steer the making of each language.
_COMMON = ("correction",)
_OR_NOTHING = ("in_force", "valid_until", "picture")  # a translation's file may leave out what its source says
_NOT_SAID = frozenset({"id", "line", "lines"})


def same_shape(translation: Article, source: Article) -> bool:
    """Whether a translation differs from its source in its words alone."""
    names = [*_COMMON, *(name for name in _OR_NOTHING if getattr(translation, name) is not None)]
    said, wanted = ({block.id: _shape(block) for block in one.blocks} for one in (translation, source))
    return said == wanted and all(_shape(getattr(translation, name)) == _shape(getattr(source, name)) for name in names)


def _shape(value: Any) -> Any:
    match value:
        case Picture():
            return ("picture", str(value.path or value.file), value.focus)
        case Question() if value.ref:
            return ("question", value.ref)  # the bank has its words in each language
        case enum.Enum():
            return value.value
        case str() | None:
            return ""  # words; where there are some is looked at by their addresses
        case tuple() | list():
            return [_shape(one) for one in value]
        case _ if dataclasses.is_dataclass(value):
            said = {
                one.name: _shape(getattr(value, one.name))
                for one in dataclasses.fields(value)
                if one.name not in _NOT_SAID
            }
            return (type(value).__name__, said)
    return value
