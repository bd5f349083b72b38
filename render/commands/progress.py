"""A progress bar on a terminal, and silence elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from render.run import Progress


class Bar:
    """`with Bar("making") as bar: bar.show(progress)`; draws on standard error where that is a terminal."""

    def __init__(self, label: str, width: int = 30) -> None:
        self._label = label
        self._width = width
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def show(self, progress: Progress) -> None:
        """Draws how far the frames have come where clips are made, else the steps."""
        told = f"{progress.steps_done}/{progress.steps}"
        done, total = progress.steps_done, progress.steps
        if progress.frames and done < total:  # what follows the last frame is joined and checked in a moment
            done, total = progress.frames_done, progress.frames
            told = f"{done}/{total} khung hình / frames · {told}"
        if not sys.stderr.isatty() or total == 0:
            return
        filled = self._width * done // total
        bar = "█" * filled + "░" * (self._width - filled)
        sys.stderr.write(f"\r{self._label} {bar} {told}\x1b[K")
        sys.stderr.flush()
        self._drawn = True
