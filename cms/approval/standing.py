"""Where each part of an article stands against the last verdict on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cms.approval.enums import State, Verdict
from cms.approval.models import BlockApproval
from cms.approval.units import REMOVED, Unit, units_of


@dataclass(frozen=True)
class Standing:
    """One part: as it is now (None: it was taken out), as it was last approved, and the last verdict on it."""

    key: str
    state: State
    unit: Unit | None
    approved: BlockApproval | None
    last: BlockApproval | None

    @property
    def digest(self) -> str:
        """What an approval of it names."""
        return self.unit.digest if self.unit else REMOVED

    @property
    def is_approved(self) -> bool:
        """Nothing is to be done."""
        return self.state == State.APPROVED

    @property
    def change_asked(self) -> BlockApproval | None:
        """The reviewer's word on exactly this wording, when it was not yes."""
        last = self.last
        return last if last and last.verdict == Verdict.CHANGE and last.digest == self.digest else None


def standings(page: Any) -> list[Standing]:
    """The parts of a page as it is in memory, in reading order; then those that were taken out.

    The last verdict on a part counts. An edit voids the approval of its part alone; undoing it brings the approval
    back, for the wording is again the one that was approved last. A part that moves, or whose id alone has changed
    (a file was imported anew), says what it said.
    """
    units = units_of(page)
    last: dict[str, BlockApproval] = {}
    approved: dict[str, BlockApproval] = {}
    for row in BlockApproval.objects.filter(article=page.translation_key, lang=page.locale.language_code):
        last[row.unit] = row
        if row.verdict == Verdict.APPROVED:
            approved[row.unit] = row
    orphans = {
        row.digest: key
        for key, row in last.items()
        if key not in units and row.verdict == Verdict.APPROVED and row.digest != REMOVED
    }
    found = []
    for key, unit in units.items():
        before = key
        if key not in last and unit.digest in orphans:
            before = orphans.pop(unit.digest)
            row = last.pop(before)
            found.append(Standing(key, State.APPROVED, unit, row, row))
            continue
        good, word = approved.get(key), last.get(key)
        if word is not None and word.verdict == Verdict.APPROVED and word.digest == unit.digest:
            state = State.APPROVED
        elif good is None or good.digest == REMOVED:
            state = State.NEW
        else:
            state = State.CHANGED
        found.append(Standing(key, state, unit, good if state != State.NEW else None, word))
    for key, row in last.items():
        good = approved.get(key)
        if key in units or good is None or good.digest == REMOVED:
            continue  # it stands there; or was never approved; or its going has been approved
        found.append(Standing(key, State.REMOVED, None, good, row))
    return found


def is_complete(page: Any) -> bool:
    """Whether every part of a page as it is in memory is approved."""
    return all(one.is_approved for one in standings(page))
