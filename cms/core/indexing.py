"""Indexes of what is saved (search, references): brought up at once, or in longer work once an object at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django_tasks.backends.immediate import ImmediateBackend

_waiting: ContextVar[dict[tuple[Any, ...], Any] | None] = ContextVar("waiting", default=None)
# Those that look the object up anew and so see its last state, however often it was saved.
_OF_THE_LAST_STATE = frozenset({"insert_or_update_object_task", "update_reference_index_task"})


class OnceBackend(ImmediateBackend):
    """Runs tasks where they are asked for; within `indexed_once`, those of an index run at its end."""

    def _execute_task(self, task_result: Any) -> None:
        waiting = _waiting.get()
        if waiting is None or task_result.task.name not in _OF_THE_LAST_STATE:
            super()._execute_task(task_result)
        else:
            waiting[(task_result.task.name, *task_result.args)] = task_result


@contextmanager
def indexed_once() -> Iterator[None]:
    """Every object saved within is indexed once, before this ends; nothing is when an error ends it.

    An import saves a page three times. Use it inside the transaction: what is rolled back needs no index.
    """
    if _waiting.get() is not None:
        yield
        return
    waiting: dict[tuple[Any, ...], Any] = {}
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    for result in waiting.values():
        result.task.get_backend()._execute_task(result)  # as its own `enqueue` does
