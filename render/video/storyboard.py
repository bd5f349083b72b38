"""A storyboard from an edition: which blocks become scenes, what each shows, and what is said over it.

Everything that might be said is a piece with a rank. The title, the first figure and the closing always stand;
then pieces are taken by rank as long as the clip stays within its length. Nothing is reworded: a piece is a
sentence, a list item or a table row of the article, or it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from render.edition import Edition, Run, Runs
from render.phrases import phrase
from render.video.scenes import Scene
from render.video.timing import CLOSING_S, GAP_S, LEAD_S, OPENING_S, TAIL_S

SHORTEST_S, LONGEST_S = 21.0, 36.0  # by estimate; the finished clip is held to 20 and 60
STRETCHED_S = 50.0  # an article of long sentences only: better a longer clip than one without content

ASKING = "Cần hỏi thêm, xin gọi tổng đài {hotline}."

Speaking = Callable[[Runs], float]  # how long a line takes to say, in seconds


@dataclass(frozen=True, eq=False)
class Piece:
    """Something a scene may say and show; rank 0 is always there, `line` None is shown and not said."""

    rank: int
    line: Runs | None
    part: Any = None


# (part, the line it appears with) for each chosen piece, in the order of the scene.
Chosen = list[tuple[Any, int | None]]


@dataclass(frozen=True, eq=False)
class Draft:
    """A scene in the making: its pieces in order, and how the chosen ones become what it shows."""

    name: str
    kind: str
    pieces: tuple[Piece, ...]
    show: Callable[[Chosen], dict[str, Any]]


def storyboard(edition: Edition, speaking: Speaking) -> list[Scene]:
    """The scenes of a clip for this edition, in order, between `SHORTEST_S` and `LONGEST_S` long if it can be."""
    from render.video.drafts import drafts_of  # it imports the shapes above

    drafts = [draft for draft in drafts_of(edition) if draft.pieces]
    kept = choose(drafts, speaking, LONGEST_S)
    if length_s(drafts, kept, speaking) < SHORTEST_S:
        kept = choose(drafts, speaking, STRETCHED_S)
    missing_s = SHORTEST_S - length_s(drafts, kept, speaking)
    scenes = [scene_of(draft, kept) for draft in drafts if any(piece in kept for piece in draft.pieces)]
    if missing_s > 0:
        scenes = [replace(scene, hold_s=round(missing_s / len(scenes), 2)) for scene in scenes]
    scenes[0] = replace(scenes[0], opens=True)
    scenes[-1] = replace(scenes[-1], closes=True)
    return scenes


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
            total_s += LEAD_S + TAIL_S + sum(GAP_S + speaking(piece.line) for piece in said if piece.line)
    return total_s


def scene_of(draft: Draft, kept: set[Piece]) -> Scene:
    """A draft with the pieces that were taken."""
    lines: list[Runs] = []
    parts: Chosen = []
    for piece in draft.pieces:
        if piece in kept:
            if piece.line:
                lines.append(piece.line)
            parts.append((piece.part, len(lines) - 1 if piece.line else None))
    return Scene(draft.name, draft.kind, draft.show(parts), tuple(lines))


def closing_line(edition: Edition) -> Runs | None:
    """What is said last: where to ask. In a language without the phrase the number alone is said."""
    if not edition.hotline:
        return None
    # The number is no part of the phrase: it must be spoken as what it is.
    said = phrase(edition.lang, ASKING, hotline="\x00")
    before, _, after = (said.text if said.translated else "\x00").partition("\x00")
    return tuple(run for run in (Run(before), Run(edition.hotline, fact="hotline"), Run(after)) if run.text)
