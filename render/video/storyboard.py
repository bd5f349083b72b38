"""A storyboard from an edition: which blocks become scenes, what each shows, and what is said over it.

Everything that might be said is a piece with a rank. The title, the first figure and the closing always stand;
then pieces are taken by rank as long as the clip stays within its length. Nothing is reworded: a piece is a
sentence, a list item or a table row of the article, or it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from render.article import Picture
from render.edition import Edition, Run, Runs
from render.phrases import phrase
from render.video.clipfile import Footage
from render.video.edits import Edits, edited, lost, pictured
from render.video.scenes import Scene
from render.video.timing import CLOSING_S, GAP_S, LEAD_S, OPENING_S, TAIL_S

WISHED_S, LONGEST_S = 32.0, 42.0  # by estimate; the finished clip is held to 15 and 90
STRETCHED_S = 60.0  # an article of long sentences only: better a longer clip than one without content
SHORTEST_S = 17.0  # a clip with so little to say is held longer

ASKING = "Cần hỏi thêm, xin gọi tổng đài {hotline}."

Speaking = Callable[[Runs], float]  # how long a line takes to say, in seconds


@dataclass(frozen=True, eq=False)
class Piece:
    """Something a scene may say and show; rank 0 is always there, `line` None is shown and not said."""

    rank: int
    line: Runs | None
    part: Any = None


# (part, the line it appears with) for each chosen piece, in the order of the scene.
Chosen = Sequence[tuple[Any, int | None]]


@dataclass(frozen=True, eq=False)
class Draft:
    """A scene in the making: its pieces in order, and how the chosen ones become what it shows."""

    name: str
    kind: str
    pieces: tuple[Piece, ...]
    show: Callable[[Chosen], dict[str, Any]]
    length_s: float = 0.0  # at least
    picture: Picture | None = None
    footage: Footage | None = None


@dataclass(frozen=True, eq=False)
class Told:
    """A storyboard: its scenes, and what the editor should know of the wishes for them."""

    scenes: tuple[Scene, ...]
    warnings: tuple[str, ...] = ()


def storyboard(edition: Edition, speaking: Speaking, edits: Edits | None = None) -> list[Scene]:
    """The scenes of a clip for this edition, in order, between `WISHED_S` and `LONGEST_S` long if it can be."""
    return list(told(edition, speaking, edits).scenes)


def told(edition: Edition, speaking: Speaking, edits: Edits | None = None) -> Told:
    """The storyboard with what an editor wished of it."""
    from render.video.drafts import drafts_of  # it imports the shapes above

    drafts, warnings = list(drafts_of(edition)), list[str]()
    if edits:
        warnings = lost(edits, drafts)
        drafts = edited(drafts, edits)
    drafts = [draft for draft in drafts if draft.pieces]
    kept = choose(drafts, speaking, LONGEST_S)
    if length_s(drafts, kept, speaking) < WISHED_S:
        kept = choose(drafts, speaking, STRETCHED_S)
    missing_s = SHORTEST_S - length_s(drafts, kept, speaking)
    scenes = [scene_of(draft, kept) for draft in drafts if any(piece in kept for piece in draft.pieces)]
    if missing_s > 0:
        scenes = [replace(scene, hold_s=round(missing_s / len(scenes), 2)) for scene in scenes]
    scenes[0] = replace(scenes[0], opens=True)
    scenes[-1] = replace(scenes[-1], closes=True)
    return Told(tuple(scenes), (*warnings, *_too_short(scenes, speaking)))


def _too_short(scenes: Sequence[Scene], speaking: Speaking) -> list[str]:
    """A wished length that the words of a scene do not fit into: a voice is never hurried or cut."""
    found: list[str] = []
    for scene in scenes:
        said_s = LEAD_S + TAIL_S + sum(GAP_S + speaking(line) for line in scene.lines)
        if 0 < scene.length_s < said_s - 0.5:
            found.append(
                f"storyboard: cảnh “{scene.name}” muốn dài {scene.length_s:g} giây, "
                f"lời của nó cần khoảng {said_s:.0f} giây"
            )
    return found


def choose(drafts: Sequence[Draft], speaking: Speaking, longest_s: float) -> set[Piece]:
    """The pieces that are taken, by rank, without making the clip longer than `longest_s`.

    When one does not fit, nothing after it in its scene is taken: a list may end early, it has no holes.
    """
    kept = {piece for draft in drafts for piece in draft.pieces if piece.rank == 0}
    closed: set[str] = set()
    ranked = sorted(
        ((piece, draft.name) for draft in drafts for piece in draft.pieces if piece.rank), key=lambda one: one[0].rank
    )
    for piece, scene in ranked:
        if scene in closed:
            continue
        if length_s(drafts, kept | {piece}, speaking) <= longest_s:
            kept.add(piece)
        else:
            closed.add(scene)
    return kept


def length_s(drafts: Iterable[Draft], kept: set[Piece], speaking: Speaking) -> float:
    """About how long a clip of the kept pieces lasts."""
    total_s = OPENING_S - LEAD_S + CLOSING_S - TAIL_S
    for draft in drafts:
        said = [piece for piece in draft.pieces if piece in kept]
        if said:
            words_s = LEAD_S + TAIL_S + sum(GAP_S + speaking(piece.line) for piece in said if piece.line)
            total_s += max(words_s, draft.length_s)
    return total_s


def scene_seconds(scene: Scene, speaking: Speaking) -> float:
    """About how long a scene lasts."""
    ends_s = (OPENING_S if scene.opens else LEAD_S) + (CLOSING_S if scene.closes else TAIL_S) + scene.hold_s
    return float(max(scene.length_s, ends_s + sum(GAP_S + speaking(line) for line in scene.lines)))


def scene_of(draft: Draft, kept: set[Piece]) -> Scene:
    """A draft with the pieces that were taken."""
    lines: list[Runs] = []
    parts: list[tuple[Any, int | None]] = []
    for piece in draft.pieces:
        if piece in kept:
            if piece.line:
                lines.append(piece.line)
            parts.append((piece.part, len(lines) - 1 if piece.line else None))
    kind, shows = draft.kind, draft.show(parts)
    if draft.picture or draft.footage:
        credit = draft.footage.credit if draft.footage else draft.picture.credit if draft.picture else ""
        kind, shows = "picture", pictured(shows, kind, credit)
    return Scene(
        draft.name,
        kind,
        shows,
        tuple(lines),
        length_s=draft.length_s,
        picture=draft.picture,
        footage=draft.footage,
    )


def closing_line(edition: Edition) -> Runs | None:
    """What is said last: where to ask. In a language without the phrase the number alone is said."""
    if not edition.hotline:
        return None
    # The number is no part of the phrase: it must be spoken as what it is.
    said = phrase(edition.lang, ASKING, hotline="\x00")
    before, _, after = (said.text if said.translated else "\x00").partition("\x00")
    return tuple(run for run in (Run(before), Run(edition.hotline, fact="hotline"), Run(after)) if run.text)
