"""The pictures an article brings: how its file writes them, what they must say, and where their bytes lie."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from render.article import Article, Picture, Pictured
from render.errors import ArticleError
from render.inline import check_text, clean, placeholders

CENTRE = (0.5, 0.5)
LONGEST_ALT = 400  # characters; a screen reader says all of them in one breath
LONGEST_CREDIT = 160  # one small line beneath the picture
LONGEST_FILE = 200

# ![what it shows](anh/truong-thon.jpg){credit="Ảnh: …" focus="50% 30%"}, alone on its line.
_WRITTEN = re.compile(
    r"!\[(?P<alt>[^\]]*)\]\((?P<file>[^()]*)\)(?:[ ]*\{(?P<marks>(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\})?"
)
_MARK = re.compile(r"[ ]*:?[ ]*([A-Za-z]+)=(\"(?:[^\"\\]|\\.)*\")[ ]*")
_FOCUS = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?)%[ ,]+([0-9]{1,3}(?:\.[0-9]+)?)%")
_FILE = re.compile(r"[^\x00-\x1f\\<>:\"|?*{}()\[\]]+")
_MARKS_MEND = '![mô tả ảnh](anh/truong-thon.jpg){credit="Ảnh: tên người chụp" focus="50% 30%"}'


def is_picture(text: str) -> bool:
    """Whether a line is a picture."""
    return _WRITTEN.fullmatch(text) is not None


def read_picture(text: str, line: int) -> Picture:
    """The picture that a line writes; an `ArticleError` (without its place) for what it lacks."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ArticleError("the picture cannot be read", mend=f"Write {_MARKS_MEND}")
    marks: dict[str, str] = {}
    written, at = match["marks"] or "", 0
    while at < len(written.rstrip()):
        mark = _MARK.match(written, at)
        if mark is None or mark[1] not in ("credit", "focus") or mark[1] in marks:
            raise ArticleError(
                "the braces behind the picture cannot be read", mend=f"In straight quotes, each once: {_MARKS_MEND}"
            )
        marks[mark[1]] = re.sub(r"\\(.)", r"\1", mark[2][1:-1])
        at = mark.end()
    focus = read_focus(marks["focus"]) if "focus" in marks else CENTRE
    return checked_picture(Picture(match["file"], match["alt"], marks.get("credit", ""), focus, line=line))


def write_picture(picture: Picture) -> str:
    """The line that reads back as this picture."""
    credit = '"' + re.sub(r"([\"\\])", r"\\\1", clean(picture.credit)) + '"'
    focus = f' focus="{write_focus(picture.focus)}"' if picture.focus != CENTRE else ""
    return f"![{clean(picture.alt)}]({clean(picture.file)}){{credit={credit}{focus}}}"


def read_focus(text: str) -> tuple[float, float]:
    """The point of interest as shares of width and height from "50% 30%", to a thousandth."""
    match = _FOCUS.fullmatch(clean(text))
    if match is None:
        raise ArticleError(f"{text!r} is no point of a picture", mend='Write it from left and top: focus="50% 30%"')
    return checked_focus(float(match[1]) / 100, float(match[2]) / 100)


def write_focus(focus: tuple[float, float]) -> str:
    """The point as "50% 30%"."""
    return " ".join(f"{round(share * 100, 1):g}%" for share in focus)


def checked_focus(x: float, y: float) -> tuple[float, float]:
    """A point inside the picture, to a thousandth."""
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ArticleError(
            "the focus lies outside the picture", mend="From left and top, between 0 and 1 (0% and 100%)"
        )
    return round(x, 3), round(y, 3)


def described(picture: Picture) -> Picture:
    """A picture of which only the alternative text is said: in a translation, of the picture its source has."""
    checked_picture(replace(picture, file="anh.jpg", credit="Loa"))
    return replace(picture, alt=clean(picture.alt))


def checked_picture(picture: Picture) -> Picture:
    """The picture in its normal form; an `ArticleError` (without its place) for what may not be printed.

    Alternative text and credit are plain words: a picture stays as it is when a fact changes.
    """
    alt, credit, file = clean(picture.alt), clean(picture.credit), clean(picture.file)
    if not alt:
        raise ArticleError(
            "the picture has no alternative text", mend=f"Say what it shows, for those who cannot see it: {_MARKS_MEND}"
        )
    if not credit:
        raise ArticleError("the picture has no credit", mend=f"Say who made it: {_MARKS_MEND}")
    for name, text, most in (("alternative text", alt, LONGEST_ALT), ("credit", credit, LONGEST_CREDIT)):
        check_text(text)
        if len(text) > most:
            raise ArticleError(f"the {name} has {len(text)} characters, {most} are allowed", mend="Shorten it")
        if placeholders(text):
            raise ArticleError(
                f"the {name} asks for a fact", mend="A picture does not change with a fact: say it in the text"
            )
    if "]" in alt:
        raise ArticleError("the alternative text holds a square bracket", mend="Write round ones")
    check_file(file)
    return replace(picture, file=file, alt=alt, credit=credit, focus=checked_focus(*picture.focus))


def check_file(file: str) -> None:
    """An `ArticleError` (without its place) for what is no path inside a folder."""
    path = PurePosixPath(file)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", file):
        raise ArticleError(
            f"the picture {file!r} lies elsewhere",
            mend="Save it beside the article and write its path: anh/ten-anh.jpg",
        )
    if (
        not file
        or len(file) > LONGEST_FILE
        or not _FILE.fullmatch(file)
        or path.is_absolute()
        or not path.name
        or {"..", "."} & set(file.split("/"))
        or "" in file.split("/")
    ):
        raise ArticleError(
            f"{file!r} is no file beside the article", mend="Write a path from the article's folder: anh/ten-anh.jpg"
        )


def pictures_of(article: Article) -> Iterator[Picture]:
    """Every picture of an article, its own first."""
    if article.picture:
        yield article.picture
    for block in article.blocks:
        if isinstance(block, Pictured):
            yield block.picture


def picture_path(picture: Picture, article_file: Path | None) -> Path:
    """Where a picture's bytes lie; an `ArticleError` (without its place) when they do not."""
    if picture.path is not None:
        path = picture.path
    elif article_file is not None:
        folder = article_file.parent.resolve()
        path = (folder / picture.file).resolve()
        if not path.is_relative_to(folder):
            raise ArticleError(
                f"the picture {picture.file} lies outside the article's folder", mend="Copy it beside the article"
            )
    else:
        raise ArticleError(
            f"the picture {picture.file} came without its file", mend="Bring the article with its pictures"
        )
    if not path.is_file():
        raise ArticleError(
            f"there is no picture {picture.file}",
            mend="Save it beside the article, or correct the path (mind the case)",
        )
    return path


def front_matter_value(picture: Picture) -> str:
    """The value of `picture:` in front matter."""
    texts = (
        (name, json.dumps(getattr(picture, name), ensure_ascii=False))
        for name in ("file", "alt", "credit")
        if getattr(picture, name)
    )
    focus = f", focus: [{picture.focus[0]:g}, {picture.focus[1]:g}]" if picture.focus != CENTRE else ""
    return "{" + ", ".join(f"{name}: {text}" for name, text in texts) + focus + "}"
