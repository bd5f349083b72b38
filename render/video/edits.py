"""An editor's wishes laid over a storyboard: what is said, shown, left out, in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from render.article import Article, Picture
from render.edition import Edition, Runs, SaidFact, plain
from render.errors import ArticleError
from render.resolve import known_picture, sayer
from render.video.clipfile import ClipFile, Footage, SceneWish, told
from render.video.words import marked, stopped, unstopped, whole

if TYPE_CHECKING:
    from render.facts import FactBook
    from render.video.storyboard import Chosen, Draft

CLOSING = "closing"
_LOST = "storyboard: bài không có cảnh “{scene}”, phần sửa cho cảnh này không được dùng (các cảnh: {scenes})"


@dataclass(frozen=True)
class SceneEdit:
    """What is wished of one scene, with its facts resolved and its picture measured."""

    text: tuple[Runs, ...] | None = None
    title: Runs | None = None
    length_s: float = 0.0
    leave_out: bool = False
    picture: Picture | None = None
    footage: Footage | None = None
    where: str = ""


@dataclass(frozen=True)
class Edits:
    """What is wished of all scenes; `facts` are those their texts say."""

    order: tuple[str, ...] = ()
    scenes: Mapping[str, SceneEdit] = field(default_factory=dict)
    facts: tuple[SaidFact, ...] = ()
    where: str = ""


def resolved(wishes: ClipFile, article: Article, *, owner: Article, facts: FactBook, on: dt.date) -> Edits:
    """The wishes for `article` on a day; pictures lie beside `owner`, which it translates or is."""
    say, said = sayer(article.lang, facts=facts, on=on)

    def edit(wish: SceneWish) -> SceneEdit:
        return SceneEdit(
            None if wish.text is None else tuple(told(f"{wish.where}: text", say, text) for text in wish.text),
            None if wish.title is None else told(f"{wish.where}: title", say, wish.title),
            wish.length_s,
            wish.leave_out,
            known_picture(wish.picture, owner, f"{wish.where}: picture") if wish.picture else None,
            wish.footage,
            wish.where,
        )

    scenes = {name: edit(wish) for name, wish in wishes.scenes.items()}
    return Edits(wishes.order, scenes, said(), wishes.where)


def lost(edits: Edits, drafts: Sequence[Draft]) -> list[str]:
    """What an editor must know: wishes for scenes that the article does not have (any more)."""
    names = [draft.name for draft in drafts]
    wished = dict.fromkeys((*edits.order, *edits.scenes))
    return [_LOST.format(scene=name, scenes=", ".join(names)) for name in wished if name not in names]


def edited(drafts: Sequence[Draft], edits: Edits) -> list[Draft]:
    """The drafts as wished. The closing scene stays, and stays the last: it says where to ask."""
    closing = edits.scenes.get(CLOSING)
    if closing and (closing.leave_out or closing.picture or closing.footage):
        raise ArticleError(
            "the closing scene cannot be left out or painted over",
            where=f"{closing.where}: {'leave_out' if closing.leave_out else 'picture'}",
            mend="It carries the hotline, the code and the date of the figures",
        )
    if CLOSING in edits.order and edits.order[-1] != CLOSING:
        raise ArticleError("the closing scene is the last", where=f"{edits.where}: order", mend="Put it at the end")
    kept = [draft for draft in drafts if not (draft.name in edits.scenes and edits.scenes[draft.name].leave_out)]
    if all(draft.name == CLOSING for draft in kept):
        raise ArticleError("no scene is left but the closing one", where=edits.where, mend="Leave one in")
    return [_edited(draft, edits.scenes.get(draft.name)) for draft in ordered(kept, edits.order)]


def ordered(drafts: Sequence[Draft], order: Sequence[str]) -> list[Draft]:
    """The named drafts in their order; each other one stays behind the one it follows by itself."""
    if not order:
        return list(drafts)
    place = {name: index for index, name in enumerate(order)}
    found: list[tuple[float, int, Draft]] = []
    last = -1.0
    for number, draft in enumerate(drafts):
        at = float(len(order)) if draft.name == CLOSING else float(place.get(draft.name, last))
        last = at
        found.append((at, number if draft.name not in place else -1, draft))
    return [draft for _, _, draft in sorted(found, key=lambda one: one[:2])]


def _edited(draft: Draft, edit: SceneEdit | None) -> Draft:
    from render.video.storyboard import Draft, Piece  # it asks for edits

    if edit is None:
        return draft
    text, title = edit.text, edit.title
    spoken = tuple(stopped(line) for line in text) if text is not None else ()
    pieces, kind = draft.pieces, draft.kind
    if text is not None:
        pieces = tuple(Piece(0, line, line) for line in spoken) or (Piece(0, None),)
        if not draft.pieces:  # nothing of the block would be shown: its words are
            kind = "text"
    elif pieces:
        pieces = (Piece(0, pieces[0].line, pieces[0].part), *pieces[1:])  # what somebody wished for is there

    def show(chosen: Chosen) -> dict[str, Any]:
        if text is None:
            data = draft.show(chosen)
        else:
            own = [(one.part, at) for at, one in enumerate(draft.pieces)]
            data = _clamped(draft.show(own), max(0, len(spoken) - 1)) if draft.pieces else {"title": []}
            if kind in {"text", "notice", "picture"}:
                data["lines"] = [{"text": marked(line), "at": at} for at, line in enumerate(text)]
            if kind == "title":
                data["summary"] = [part for line in text[1:] for part in (*marked(line), {"t": " "})][:-1]
                data["summary_at"] = 1
        if title is not None:
            data["title"] = whole(plain(title)) if kind == "title" else marked(unstopped(title))
        return data

    return Draft(
        draft.name,
        kind,
        pieces,
        show,
        length_s=edit.length_s or draft.length_s,
        picture=None if edit.footage else edit.picture or draft.picture,
        footage=edit.footage,
    )


def _clamped(value: Any, last: int) -> Any:
    """What a scene shows, nothing of it later than its last line."""
    if isinstance(value, dict):
        return {key: min(one, last) if key == "at" and one is not None else _clamped(one, last)
                for key, one in value.items()}  # fmt: skip
    return [_clamped(one, last) for one in value] if isinstance(value, list) else value


def pictured(shows: Mapping[str, Any], kind: str, credit: str) -> dict[str, Any]:
    """What stands over a picture that fills a scene: its heading, or its figure; the captions say the rest."""
    if kind == "picture":
        return {**shows, "credit": credit}
    title = shows.get("title") or []
    if kind == "figure":
        number = " ".join(part for part in (shows["before"], shows["numbers"][-1], shows["after"]) if part)
        return {"title": [{"t": number, "b": True}], "lines": [{"text": shows["label"], "at": 0}], "credit": credit}
    return {"title": [{"t": title}] if isinstance(title, str) else title, "lines": [], "credit": credit}


def known_facts(edition: Edition, edits: Edits | None) -> tuple[SaidFact, ...]:
    """The facts that lines may say: the edition's, and those of what was written beside it."""
    mine: Iterable[SaidFact] = edits.facts if edits else ()
    return (*edition.facts, *(fact for fact in mine if fact not in edition.facts))
