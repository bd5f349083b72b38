"""A reader of the pages of a release: their elements, links, ids and words."""

from __future__ import annotations

from html.parser import HTMLParser

from render.store import Store


def html_keys(store: Store) -> list[str]:
    """The keys of all pages."""
    return [key for key in store.list() if key.endswith(".html") or key.startswith("q/")]


def text_of(store: Store, key: str) -> str:
    """A page as it lies in the store."""
    return store.get(key).decode()


class Reading(HTMLParser):
    """Elements, links and ids of a page; an unclosed element is a fault."""

    VOID = frozenset({"meta", "link", "img", "source", "track", "br", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self.links += [(tag, str(found[name])) for name in ("href", "src", "poster") if name in found]
        self.ids += [str(found["id"])] if "id" in found else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())
