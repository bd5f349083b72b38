"""An article as a Markdown file: read with the line of every part, written so that it reads back equal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

from render.article import Article
from render.errors import ArticleError
from render.frontmatter import check_slug, read_front_matter
from render.inline import bad_character, describe_character
from render.language import languages
from render.sections import Place, read_sections
from render.writing import write_article

__all__ = ["check_slug", "find_translations", "parse_article", "read_article", "write_article"]

LARGEST_FILE = 1_000_000  # bytes


def read_article(path: Path) -> Article:
    """The article of a file; an `ArticleError` with file and line for whatever is wrong in it."""
    try:
        if not path.is_file() and path.exists():
            raise ArticleError("this is no file", where=str(path), mend="Name a .md file")
        if path.stat().st_size > LARGEST_FILE:
            raise ArticleError(
                "the file is larger than 1 MB", where=str(path), mend="An article is a page or two of text"
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise ArticleError("there is no such article", where=str(path), mend="Correct the path") from None
    except OSError as error:
        raise ArticleError(f"the article cannot be read: {error.strerror}", where=str(path)) from None
    return parse_article(_decoded(data, str(path)), path)


def parse_article(text: str, source: Path | None = None) -> Article:
    """The article of a file's text; `source` is where it came from, for messages."""
    name = str(source) if source else "article"
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
        raise ArticleError("the text is larger than 1 MB", where=name, mend="An article is a page or two of text")
    lines = _lines(text, name)
    start, fence = _fences(lines, name)
    fields = read_front_matter("\n".join(lines[start + 1 : fence]) + "\n", name) | {"source": source}
    place = Place(name, fields["lang"])
    numbers = dict(fields["lines"])
    for key in ("title", "summary"):
        fields[key] = place.text(fields[key], numbers[key])
    if correction := fields.get("correction"):
        fields["correction"] = replace(
            correction,
            claim=place.text(correction.claim, correction.line),
            truth=place.text(correction.truth, correction.line),
        )
    if picture := fields.get("picture"):
        for said in (picture.alt, picture.credit):
            place.text(said, picture.line, empty=True)
    body = list(enumerate(lines[fence + 1 :], fence + 2))
    return Article(**fields, blocks=read_sections(body, place))


def find_translations(path: Path) -> dict[str, Path]:
    """The translations beside an article file: `<stem>.<tag>.md` by tag, for the tags that the registry knows."""
    known = languages()
    stem = path.name.removesuffix(".md")
    found = {}
    for beside in sorted(path.parent.glob(f"{_no_wildcards(stem)}.*.md")):
        tag = beside.name.removesuffix(".md").removeprefix(stem + ".")
        if tag in known and beside != path:
            found[tag] = beside
    return found


def _no_wildcards(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:1000]:
        raise ArticleError("the file is UTF-16 or no text at all", where=name, mend="Save it as text in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ArticleError(
            "the file is not UTF-8: it was saved in an old encoding", where=f"{name}:{line}", mend="Save it as UTF-8"
        ) from None


def _lines(text: str, name: str) -> list[str]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    index = bad_character(text)
    if index is not None:
        line = text.count("\n", 0, index) + 1
        raise ArticleError(
            f"the file holds the character {describe_character(text[index])}",
            where=f"{name}:{line}",
            mend="Delete it or type the letter anew",
        )
    return unicodedata.normalize("NFC", text).split("\n")


def _fences(lines: list[str], name: str) -> tuple[int, int]:
    """Where the two lines of `---` stand."""
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[start].rstrip() != "---":
        raise ArticleError(
            "the file does not begin with front matter",
            where=f"{name}:{start + 1}",
            mend="Begin with a line ---, then slug, lang, title and summary, then another line ---",
        )
    for index in range(start + 1, len(lines)):
        if lines[index].rstrip() == "---":
            return start, index
    raise ArticleError("the front matter does not end", where=f"{name}:{start + 1}", mend="Close it with a line ---")
