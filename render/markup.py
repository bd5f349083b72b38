"""HTML that somebody typed into a text: it stays text, and readers see its tags as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What HTML knows, and what word processors paste (<o:p>). “<Họ và tên>” and “< 5 triệu” are no tags.
_NAMES = frozenset(
    """a abbr acronym address area article aside audio b base bdi bdo big blink blockquote body br button canvas caption
    center cite code col colgroup data dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font
    footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li
    link main map mark marquee menu meta meter nav nobr noscript object ol optgroup option output p param picture pre
    progress q rp rt ruby s samp script section select slot small source span strike strong style sub summary sup svg
    table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr""".split()  # noqa: SIM905
)
_VALUE = r"""(?:"[^"<>]{0,2000}"|'[^'<>]{0,2000}'|[^\s"'<>=`]{1,2000})"""
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*(?::[A-Za-z][A-Za-z0-9]*)?)"
    rf"(?:\s+[A-Za-z_][\w:.-]{{0,80}}(?:\s*=\s*{_VALUE})?)*\s*/?>",
    re.ASCII,
)
_COMMENT = re.compile(r"<!--|<!(?i:doctype)\b[^<>]{0,200}>|<\?xml\b")
_ENTITY = re.compile(r"&(?:nbsp|amp|lt|gt|quot|apos|[nm]dash|hellip|#[0-9]{1,6}|#x[0-9a-fA-F]{1,5});")
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")

_INSTEAD = {
    **dict.fromkeys(("b", "strong"), "Write **bold** between two asterisks"),
    **dict.fromkeys(("i", "em"), "Write *italic* between asterisks"),
    "a": "Write [words](https://…)",
    **dict.fromkeys(("br", "p", "div", "hr"), "Leave a line empty: a new paragraph begins there"),
    **dict.fromkeys(("ul", "ol", "li"), "Begin each item with “- ”, or with 1., 2., 3."),
    **dict.fromkeys(("table", "thead", "tbody", "tr", "th", "td"), "Write the table with | between its cells"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "Begin the heading with ##"),
    **dict.fromkeys(("img", "picture", "figure"), "Give the picture a section of its own: ## … {.picture}"),
}
_OTHERWISE = "Delete it, and write the text alone"


def html_in(text: str) -> tuple[str, ...]:
    """The tags, comments and entities in a text as they stand, each once; what stands as code is none."""
    if "<" not in text and "&" not in text:
        return ()
    bare = _CODE.sub(lambda match: " " * len(match[0]), text)
    found = [(match.start(), match[0]) for match in _TAG.finditer(bare) if _is_tag(match)]
    found += [(match.start(), match[0]) for shape in (_COMMENT, _ENTITY) for match in shape.finditer(bare)]
    return tuple(dict.fromkeys(tag for _, tag in sorted(found)))


def lines_with_html(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The lines of a file that hold any, counted from 1, with what stands there; fenced code is passed over."""
    fenced = False
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and (tags := html_in(line)):
            yield number, tags


def _is_tag(match: re.Match[str]) -> bool:
    name = match["name"]
    if ":" in name:
        return True
    if len(name) == 1 and name.isupper() and not match["end"]:
        return False  # “mục <A>”
    return name.lower() in _NAMES


def instead_of(tag: str) -> str:
    """What to write in the place of what `html_in` found: one sentence without its stop."""
    if tag.startswith("&"):
        return "Type the character itself"
    name = re.match(r"</?([A-Za-z0-9]+)", tag)
    return _INSTEAD.get(name[1].lower(), _OTHERWISE) if name else _OTHERWISE
