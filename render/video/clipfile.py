"""What an editor changes in a storyboard, as plain data beside the article: `<stem>.clip.toml`, or one a language.

    order = ["title", "figure:con-so", "steps:cach-lam", "closing"]

    [scene."figure:con-so"]
    text = ["Mỗi tháng {{ tro_cap_huu_tri_xa_hoi }}."]   # what is said, and stands as captions
    title = "Số tiền"                                     # the heading that is shown
    length_s = 6                                          # at least so long
    footage = "phim/cho-phien.mp4"                        # or picture; with credit, focus; a film with from_s, to_s

    [scene."question:hoi-dap"]
    leave_out = true

Order, lengths, pictures and what is left out hold for all languages; texts for the language of their file.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from render.article import Picture
from render.errors import ArticleError, EditionError, FactError
from render.inline import clean
from render.pictures import CENTRE, check_file, checked_focus

LARGEST = 200_000  # bytes
LONGEST_SCENE_S = 60.0
MOST_LINES = 12
MOST_FILMS = 6  # in a row, in one scene

_TOP = ("order", "scene")
_FIELDS = (
    "text",
    "title",
    "length_s",
    "leave_out",
    "picture",
    "footage",
    "alt",
    "credit",
    "focus",
    "from_s",
    "to_s",
    "sound",
)


@dataclass(frozen=True)
class Footage:
    """A film that a scene shows: its file, the stretch of it, the point no crop may lose, who made it."""

    path: Path
    from_s: float = 0.0
    to_s: float | None = None
    focus: tuple[float, float] = CENTRE
    credit: str = ""
    sound: bool = False  # whether its own sound is kept, quietly, under the voice
    then: tuple[Path, ...] = ()  # films that follow it in the scene, each fading into the next


@dataclass(frozen=True)
class SceneWish:
    """What is wished of one scene, as written; None and "" leave it as the article has it."""

    text: tuple[str, ...] | None = None
    title: str | None = None
    length_s: float = 0.0
    leave_out: bool = False
    picture: Picture | None = None
    footage: Footage | None = None
    where: str = ""  # the file and the scene, for errors


@dataclass(frozen=True)
class ClipFile:
    """All that is wished of the clips of an article in one language."""

    order: tuple[str, ...] = ()
    scenes: Mapping[str, SceneWish] = field(default_factory=dict)
    where: str = ""


def clip_path(article: Path, lang: str, article_lang: str) -> Path:
    """Where the wishes for a language lie: `bai.clip.toml` for the article's own, `bai.km.clip.toml` for Khmer."""
    stem = article.name.removesuffix(".md")
    return article.with_name(f"{stem}.clip.toml" if lang == article_lang else f"{stem}.{lang}.clip.toml")


def clip_wishes(article: Path, lang: str, article_lang: str) -> ClipFile | None:
    """What is wished for a language: its own file over the article's, whose texts are in another language."""
    own = read_clip_file(clip_path(article, lang, article_lang))
    if lang == article_lang:
        return own
    general = read_clip_file(clip_path(article, article_lang, article_lang))
    if general is None:
        return own
    silent = {name: replace(one, text=None, title=None) for name, one in general.scenes.items()}
    if own is None:
        return replace(general, scenes=silent)
    scenes = {name: _over(silent.get(name, SceneWish()), own.scenes.get(name)) for name in {**silent, **own.scenes}}
    return ClipFile(own.order or general.order, scenes, own.where)


def _over(under: SceneWish, own: SceneWish | None) -> SceneWish:
    if own is None:
        return under
    return SceneWish(
        own.text if own.text is not None else under.text,
        own.title if own.title is not None else under.title,
        own.length_s or under.length_s,
        own.leave_out or under.leave_out,
        own.picture or (None if own.footage else under.picture),
        own.footage or (None if own.picture else under.footage),
        own.where,
    )


def read_clip_file(path: Path) -> ClipFile | None:
    """The wishes of a file, None when there is none; an `ArticleError` names scene and field."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArticleError(f"the clip file cannot be read: {error.strerror}", where=str(path)) from None
    return _read(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _read(path: Path, size: int, stamp: int) -> ClipFile:  # noqa: ARG001 (they make an edited file new)
    if size > LARGEST:
        raise ArticleError("the clip file is larger than 200 KB", where=str(path), mend="It holds a few lines a scene")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArticleError(
            f"the clip file cannot be read: {error}", where=str(path), mend="loa storyboard prints one that can"
        ) from None
    return clip_file_from(data, folder=path.parent, where=str(path))


def clip_file_from(data: Mapping[str, Any], *, folder: Path, where: str) -> ClipFile:
    """The wishes that plain data spells; pictures and films lie in `folder`, the article's."""
    _known(data, _TOP, where)
    order = data.get("order", [])
    if not isinstance(order, list) or not all(isinstance(one, str) for one in order):
        raise _wrong(where, "order", "a list of scenes", 'order = ["title", "closing"]')
    if len(set(order)) < len(order):
        raise ArticleError("a scene stands in the order twice", where=f"{where}: order", mend="Keep one of them")
    scenes = data.get("scene", {})
    if not isinstance(scenes, dict) or not all(isinstance(one, dict) for one in scenes.values()):
        raise _wrong(where, "scene", "tables, one a scene", '[scene."title"]')
    return ClipFile(
        tuple(order),
        {name: _wish(one, folder, f"{where}: scene {name}") for name, one in scenes.items()},
        where,
    )


def _wish(data: Mapping[str, Any], folder: Path, where: str) -> SceneWish:
    _known(data, _FIELDS, where)
    text, title = data.get("text"), data.get("title")
    lines = [text] if isinstance(text, str) else text
    if lines is not None and (not isinstance(lines, list) or not all(isinstance(one, str) for one in lines)):
        raise _wrong(where, "text", "a sentence or a list of them", 'text = ["Một câu.", "Câu nữa."]')
    if lines is not None and len(lines) > MOST_LINES:
        raise ArticleError(f"{len(lines)} lines are more than a scene holds", where=f"{where}: text", mend="Split it")
    if title is not None and not isinstance(title, str):
        raise _wrong(where, "title", "a text", 'title = "Ai được nhận?"')
    if not isinstance(data.get("leave_out", False), bool):
        raise _wrong(where, "leave_out", "true or false", "leave_out = true")
    length_s = _seconds(data, "length_s", where)
    if length_s is not None and not 1 <= length_s <= LONGEST_SCENE_S:
        raise ArticleError(
            f"a scene of {length_s:g} s is not made", where=f"{where}: length_s", mend="Between 1 and 60 seconds"
        )
    if "picture" in data and "footage" in data:
        raise ArticleError("a scene shows a picture or a film, not both", where=where, mend="Keep one of them")
    return SceneWish(
        text=None if lines is None else tuple(line for one in lines if (line := clean(one))),
        title=None if title is None else clean(title),
        length_s=length_s or 0.0,
        leave_out=data.get("leave_out", False),
        picture=_picture(data, where) if "picture" in data else None,
        footage=_footage(data, folder, where) if "footage" in data else None,
        where=where,
    )


def _picture(data: Mapping[str, Any], where: str) -> Picture:
    for one in ("from_s", "to_s", "sound"):
        if one in data:
            raise ArticleError(
                "only a film has times and sound", where=f"{where}: {one}", mend="Take it out, or write footage"
            )
    file, credit, alt = (_text(data, one, where) for one in ("picture", "credit", "alt"))
    _placed(file, f"{where}: picture")
    if not credit:
        raise ArticleError("the picture has no credit", where=f"{where}: credit", mend='Say who made it: "Ảnh: …"')
    return Picture(file=file, alt=alt or credit, credit=credit, focus=_focus(data, where))


def _footage(data: Mapping[str, Any], folder: Path, where: str) -> Footage:
    files = data["footage"] if isinstance(data["footage"], list) else [data["footage"]]
    if not files or not all(isinstance(one, str) for one in files) or len(files) > MOST_FILMS:
        raise _wrong(where, "footage", f"a film, or a list of at most {MOST_FILMS}", 'footage = "phim/cho-phien.mp4"')
    path, *then = [_placed(clean(one), f"{where}: footage", folder) for one in files]
    sound = data.get("sound", False)
    if not isinstance(sound, bool):
        raise _wrong(where, "sound", "true or false", "sound = true")
    if then and (sound or "from_s" in data or "to_s" in data):
        raise ArticleError(
            "times and sound are those of one film", where=f"{where}: footage", mend="Name one, or leave them out"
        )
    from_s, to_s = _seconds(data, "from_s", where) or 0.0, _seconds(data, "to_s", where)
    if to_s is not None and to_s <= from_s:
        raise ArticleError("the film would end before it begins", where=f"{where}: to_s", mend="to_s is after from_s")
    return Footage(path, from_s, to_s, _focus(data, where), _text(data, "credit", where), sound, tuple(then))


def _placed(file: str, where: str, folder: Path | None = None) -> Path:
    """A file beside the article; whether it is there is asked where it is read, or here for a film."""
    try:
        check_file(file)
    except ArticleError as error:
        raise ArticleError(error.what, where=where, mend=error.mend) from None
    if folder is None:
        return Path(file)
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ArticleError(f"{file} lies outside the article's folder", where=where, mend="Copy it beside the article")
    if not path.is_file():
        raise ArticleError(f"there is no film {file}", where=where, mend="Save it beside the article")
    return path


def _focus(data: Mapping[str, Any], where: str) -> tuple[float, float]:
    focus = data.get("focus", list(CENTRE))
    if not isinstance(focus, list) or len(focus) != 2 or not all(isinstance(one, int | float) for one in focus):
        raise _wrong(where, "focus", "two shares", "focus = [0.5, 0.3], from left and top")
    try:
        return checked_focus(float(focus[0]), float(focus[1]))
    except ArticleError as error:
        raise ArticleError(error.what, where=f"{where}: focus", mend=error.mend) from None


def _text(data: Mapping[str, Any], name: str, where: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise _wrong(where, name, "a text", f'{name} = "…"')
    return clean(value)


def _seconds(data: Mapping[str, Any], name: str, where: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 86_400:
        raise _wrong(where, name, "a number of seconds", f"{name} = 6.5")
    return float(value)


def _known(data: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in data:
        if name not in names:
            raise ArticleError(f"there is no field {name!r}", where=where, mend=f"The fields are: {', '.join(names)}")


def _wrong(where: str, name: str, kind: str, example: str) -> ArticleError:
    return ArticleError(f"{name} must be {kind}", where=f"{where}: {name}", mend=f"Write {example}")


Say = Callable[[str], Any]


def told(where: str, say: Say, text: str) -> Any:
    """What `say` makes of a text, its errors with the scene and the field."""
    try:
        return say(text)
    except (ArticleError, EditionError, FactError) as error:
        raise ArticleError(error.what, where=where, mend=error.mend) from None
