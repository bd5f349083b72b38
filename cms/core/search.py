"""Search without accents: "bao hiem", "BẢO HIỂM" and "bảo hiểm" are one word, in what is kept and in what is asked.

Neither database folds đ, SQLite folds no letter with two marks, and PostgreSQL none at all: so both sides are folded
here, before either sees them. After a change of this file: `loa manage wagtail_update_index`.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Any

from anyascii import anyascii
from modelsearch.backends import database
from modelsearch.query import And, Boost, Fuzzy, Not, Or, Phrase, PlainText

LONGEST = 200  # characters of a question
_NO_WORD = re.compile(r"[^0-9a-z]+")


def folded(text: str) -> str:
    """A text as it is searched: words without accents, small, and no sign that a database might take for its own."""
    return _NO_WORD.sub(" ", anyascii(unicodedata.normalize("NFC", text)).lower()).strip()


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802 - Wagtail looks for this name
    """The backend of the site's database, folding."""
    return _folding(type(database.SearchBackend(params)))(params)


def _folding(kind: Any) -> Any:
    """A backend that folds what it is asked, with an index that folds what it keeps."""
    module = sys.modules[kind.__module__]
    if not hasattr(module.ObjectIndexer, "is_folding"):
        module.ObjectIndexer = _folding_indexer(module.ObjectIndexer)  # its index makes them by this name alone

    class Folding(kind):  # type: ignore[misc]
        def _search(self, compiler: Any, query: Any, model_or_queryset: Any, **options: Any) -> Any:
            return super()._search(compiler, _folded_query(query), model_or_queryset, **options)

    return Folding


def _folding_indexer(kind: Any) -> Any:
    class FoldingIndexer(kind):  # type: ignore[misc]
        is_folding = True

        def prepare_value(self, value: Any) -> str:
            return folded(super().prepare_value(value))

    return FoldingIndexer


def _folded_query(query: Any) -> Any:
    """A query with its words folded, whatever it is made of."""
    if isinstance(query, str):
        return _asked(query)
    if isinstance(query, PlainText):
        return PlainText(_asked(query.query_string), operator=query.operator, boost=query.boost)
    if isinstance(query, Phrase):
        return Phrase(_asked(query.query_string))
    if isinstance(query, Fuzzy):
        return Fuzzy(_asked(query.query_string), operator=query.operator)
    if isinstance(query, And | Or):
        return type(query)([_folded_query(one) for one in query.subqueries])
    if isinstance(query, Not):
        return Not(_folded_query(query.subquery))
    if isinstance(query, Boost):
        return Boost(_folded_query(query.subquery), query.boost)
    return query


def _asked(text: str) -> str:
    """Signs alone are asked for as a word that nothing has: the backends have no answer to an empty question."""
    return folded(text[:LONGEST]) or ("0" * 40 if text else "")
