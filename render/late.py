"""Heavy libraries, loaded when something of them is first asked for: who only plans asks for nothing."""

from __future__ import annotations

import importlib
from typing import Any


class Late:
    """A module that is not loaded yet; what was once asked of it is kept."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # what Python asks of any object: no reason to load anything
            raise AttributeError(attribute)
        value = getattr(importlib.import_module(self.__name__), attribute)
        self.__dict__[attribute] = value
        return value
