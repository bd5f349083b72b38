"""What a clip says beside its picture: the names of its chapters, and its lines in the language it translates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from render.edition import Edition, Runs, plain
from render.video.scenes import Scene


def chapter_name(scene: Scene, *, title: str, closing: str) -> str:
    """A scene under the words that head it in the picture; where none do, under the first it says."""
    if scene.kind == "closing":
        return closing
    if scene.kind == "title":
        return title
    headed = _words(scene.shows.get("title")) or _words(scene.shows.get("label"))
    return headed or (plain(scene.lines[0]) if scene.lines else title)


def _words(shown: Any) -> str:
    """The text of what a template shows: a string, or parts of one."""
    if isinstance(shown, str):
        return shown.strip()
    if isinstance(shown, Sequence):
        return "".join(str(part.get("t", "")) for part in shown if isinstance(part, Mapping)).strip()
    return ""


def original_captions(
    scenes: Sequence[Scene], edition: Edition, original: Edition, parted: Callable[[str], list[str]]
) -> list[list[list[str]]]:
    """By scene and line, the captions of what each line translates; [] for one that was written for the clip alone.

    Both texts have the same blocks, so the same scenes could be made of both: a line is found where it stands among
    all that its scene might have said.
    """
    from render.video.drafts import drafts_of  # it imports what scenes are made of

    own, theirs = list(drafts_of(edition)), list(drafts_of(original))
    if [draft.kind for draft in own] == [draft.kind for draft in theirs]:
        pairs = {mine.name: (mine, other) for mine, other in zip(own, theirs, strict=True)}
    else:
        names = {draft.name: draft for draft in theirs}
        pairs = {draft.name: (draft, names[draft.name]) for draft in own if draft.name in names}
    found: list[list[list[str]]] = []
    for scene in scenes:
        lines: list[Runs | None] = []
        mine, other = pairs.get(scene.name, (None, None))
        at = 0
        for line in scene.lines:
            place = next(
                (
                    index
                    for index, piece in enumerate(mine.pieces[at:], at)
                    if piece.line and plain(piece.line) == plain(line)
                ),
                None,
            ) if mine else None  # fmt: skip
            if place is None or other is None or place >= len(other.pieces):
                lines.append(None)
                continue
            lines.append(other.pieces[place].line)
            at = place + 1
        found.append([parted(plain(one)) if one else [] for one in lines])
    return found
