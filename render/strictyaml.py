"""A small, strict YAML of texts, lists and tables: nothing constructed or converted, every key with its line."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import yaml

from render.errors import ArticleError

LARGEST = 64_000  # characters
QUOTE = "Put texts that hold : or { } in double quotes"


@dataclass(frozen=True)
class Scalar:
    """A value as it is written, with its line; `plain` when it has no quotes."""

    text: str
    line: int
    plain: bool
    cut: bool = False  # a comment follows it on its line


Table = dict[str, Scalar | tuple[Scalar, ...]]
Value = Scalar | tuple[Scalar, ...] | Table
Entries = Mapping[str, tuple[int, Value]]


def read_entries(text: str, name: str, *, tables: Container[str]) -> Entries:
    """The keys with their lines and values, read from line 2 of the file `name`; only `tables` may be tables."""
    if len(text) > LARGEST:
        raise ArticleError("the front matter is too long", where=f"{name}:1", mend=f"At most {LARGEST} characters")
    try:
        return _mapping(text, name, tables)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        raise ArticleError(
            f"the front matter cannot be read: {error.problem}",
            where=f"{name}:{line}",
            mend="Put texts with : # { } [ ] or quotes in double quotes, and write no tabs",
        ) from None
    except yaml.YAMLError as error:
        raise ArticleError(f"the front matter cannot be read: {error}", where=f"{name}:1") from None


def _mapping(text: str, name: str, tables: Container[str]) -> Entries:
    """Read from YAML's events, so that nothing is ever constructed, repeated or converted behind our back."""

    def fail(event: yaml.Event, what: str, mend: str) -> ArticleError:
        return ArticleError(what, where=f"{name}:{_line(event)}", mend=mend)

    lines = text.split("\n")

    def events() -> Iterator[yaml.Event]:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise fail(event, "the front matter has an anchor or alias", "Write the value out")
            if tag := getattr(event, "tag", None):
                raise fail(event, f"the front matter has a type tag {tag!r}", "Take it out")
            yield event

    def scalar(event: yaml.ScalarEvent) -> Scalar:
        end = event.end_mark
        rest = lines[end.line][end.column :] if end and end.line < len(lines) else ""
        return Scalar(event.value, _line(event), event.style is None, cut=rest.lstrip().startswith("#"))

    def listed(key: str) -> tuple[Scalar, ...]:
        items: list[Scalar] = []
        for item in stream:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            if not isinstance(item, yaml.ScalarEvent):
                raise fail(item, f"{key} holds more than texts", QUOTE)
            items.append(scalar(item))
        return tuple(items)

    def table(key: str) -> Table:
        inner: Table = {}
        for name in stream:
            if isinstance(name, yaml.MappingEndEvent):
                break
            if not isinstance(name, yaml.ScalarEvent):
                raise fail(name, f"a key of {key} is no plain word", QUOTE)
            if name.value in inner:
                raise fail(name, f"{key} has {name.value!r} twice", "Keep one")
            value = next(stream)
            if isinstance(value, yaml.ScalarEvent):
                inner[name.value] = scalar(value)
            elif isinstance(value, yaml.SequenceStartEvent):
                inner[name.value] = listed(name.value)
            else:
                raise fail(value, f"{key} holds more than texts", QUOTE)
        return inner

    found: dict[str, tuple[int, Value]] = {}
    stream = events()
    for event in stream:
        if isinstance(event, yaml.MappingStartEvent):
            break
        if isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent):
            raise fail(event, "the front matter is not a list of keys", "Write lines of key: value")
    for event in stream:
        if isinstance(event, yaml.MappingEndEvent):
            break
        if not isinstance(event, yaml.ScalarEvent):
            raise fail(event, "a key of the front matter is no plain word", "Write lines of key: value")
        key, line = event.value, _line(event)
        if key in found:
            raise fail(event, f"the front matter has {key!r} twice", f"The first is on line {found[key][0]}: keep one")
        value = next(stream)
        if isinstance(value, yaml.ScalarEvent):
            found[key] = (line, scalar(value))
        elif isinstance(value, yaml.SequenceStartEvent):
            found[key] = (line, listed(key))
        elif key in tables:
            found[key] = (line, table(key))
        else:
            raise fail(value, f"the value of {key!r} is read as a table of its own", QUOTE)
    for event in stream:
        if isinstance(event, yaml.DocumentStartEvent):
            raise fail(event, "the front matter holds a second document", "Keep one")
    return found


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 2 if event.start_mark else 1  # the fence is line 1
