"""A test language: every translated text stands in ⟦brackets⟧, so what is on a screen without them is untranslated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from babel.messages import mofile, pofile

from render.paths import ASSETS, LOCALES

_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|<[^>]*>|&\w+;")
_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"[A-Z]\w+(/[\w-]+)+(: .*)?|[a-z_]+\.[a-z_]+")  # of a time zone, of a table
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
# Names, and what is the same everywhere.
NAMES = frozenset(
    [
        "loa",
        "wagtail",
        "django",
        "pdf",
        "png",
        "svg",
        "jpg",
        "jpeg",
        "webp",
        "gif",
        "tif",
        "tiff",
        "mp",
        "mb",
        "kb",
        "gb",
        "md",
        "zip",
        "csv",
        "xlsx",
        "toml",
        "json",
        "html",
        "url",
        "api",
        "qr",
        "id",
        "po",
        "excel",
        "word",
        "tab",
        "esc",
        "enter",
        "ctrl",
        "shift",
        "alt",
        "delete",
        "backspace",
        "utf",
        "sms",
        "zalo",
        "email",
        "http",
        "https",
        "mailto",
        "tel",
        "www",
        "vn",
        "gov",
        "english",
        "facebook",
        "youtube",
        "unicode",
        "tcvn",
        "vni",
        "bhyt",
        "bhxh",
        "en",
        "vi",
        "km",
        "zh",
    ]
)
_ATTRIBUTES = ("title", "aria-label", "aria-description", "placeholder", "alt", "data-w-tooltip-content-value")
_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "textarea", "code", "kbd"})


def marked_catalogues(target: Path) -> Path:
    """Our Vietnamese catalogues with every text in brackets, compiled for Django below `target`."""
    folder = target / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    for domain in ("django", "djangojs"):
        with (LOCALES / "vi" / f"{domain}.po").open("rb") as file:
            catalogue = pofile.read_po(file, locale="vi", domain=domain)
        for one in catalogue:
            first = one.id if isinstance(one.id, str) else one.id[0]
            if first and _WORD.search(_PLACEHOLDER.sub("", first)):
                said = one.string
                one.string = f"⟦{said}⟧" if isinstance(said, str) else tuple(f"⟦{text}⟧" for text in said)
        with (folder / f"{domain}.mo").open("wb") as out:
            mofile.write_mo(out, catalogue)
    return target


def untranslated(texts: Iterable[str]) -> list[str]:
    """Those of the texts of a screen with English words outside of brackets."""
    english = _english()
    found = []
    for text in texts:
        if _NAME.fullmatch(text.strip()):
            continue
        rest = _unmarked(text)
        words = {word.lower() for word in _WORD.findall(rest)}
        if words & english:
            found.append(" ".join(text.split())[:120])
    return list(dict.fromkeys(found))


def seen_in(html: str) -> list[str]:
    """The texts that a page shows or speaks."""
    reader = _Reader()
    reader.feed(html)
    return reader.texts


# For a browser: the texts and names that are visible now.
VISIBLE_TEXTS = """() => {
  const found = [];
  const shown = (one) => one.checkVisibility({checkOpacity: false, checkVisibilityCSS: true});
  const unseen = 'script,style,template,noscript,textarea,code,kbd,[data-content],.public-DraftEditor-content,option';
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (parent && !parent.closest(unseen) && shown(parent)) found.push(walk.currentNode.textContent);
  }
  for (const one of document.querySelectorAll('[title],[aria-label],[placeholder],[alt]')) {
    if (!shown(one) || one.closest('[data-content]')) continue;
    for (const name of ['title', 'aria-label', 'placeholder', 'alt']) {
      if (one.hasAttribute(name)) found.push(one.getAttribute(name));
    }
  }
  for (const one of document.querySelectorAll('select')) {
    if (shown(one)) for (const option of one.options) found.push(option.textContent);
  }
  found.push(document.title);
  return found.filter((text) => text.trim());
}"""


def _unmarked(text: str) -> str:
    """What is left of a text without what stands in brackets; a bracket cut off by a template counts to its end."""
    for _round in range(6):  # brackets within brackets: a name in a sentence
        text, count = _MARKED.subn(" ", text)
        if not count:
            break
    text = re.sub(r"⟦.*", " ", text, flags=re.S)
    return re.sub(r"^[^⟦]*⟧", " ", text, flags=re.S)


@cache
def _english() -> frozenset[str]:
    """Words of the English texts that no Vietnamese text has."""
    english: set[str] = set()
    vietnamese: set[str] = set(NAMES)
    for domain in ("django", "djangojs"):
        with (LOCALES / "vi" / f"{domain}.po").open("rb") as file:
            for one in pofile.read_po(file, locale="vi"):
                for text in [one.id] if isinstance(one.id, str) else one.id:
                    english |= _words(text)
                for text in [one.string] if isinstance(one.string, str) else one.string:
                    vietnamese |= _words(text)
    for file in [*(ASSETS / "demo" / "articles").glob("*.md"), *(ASSETS / "demo").glob("*.toml")]:
        vietnamese |= _words(file.read_text(encoding="utf-8"))
    return frozenset(word for word in english - vietnamese if len(word) > 2)


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(_PLACEHOLDER.sub(" ", text))}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.append(tag)
        elif tag in _UNSEEN or "data-content" in given:
            self._hidden.append(tag)
        self.texts += [value for name in _ATTRIBUTES if (value := given.get(name))]
        if tag == "input" and given.get("type") in {"submit", "button"} and given.get("value"):
            self.texts.append(str(given["value"]))

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[0]:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._hidden:
            self.texts.append(data)
