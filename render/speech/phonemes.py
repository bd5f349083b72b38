"""espeak-ng's phonemes for voices that were trained on them, asked of a child process: it is GPL and stays outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import espeakng_loader

from render.errors import VoiceError
from render.speech import espeak_child

_CHILD_S = 20.0
_MARKS = re.compile(r"([.,;:!?…。！？、，])")


def espeak_paths() -> tuple[str, str] | None:
    """The library and the data of espeak-ng, or None where this machine has no wheel of it."""
    library, data = Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    return (str(library), str(data)) if library.is_file() and data.is_dir() else None


def phonemes_of(text: str, voice: str) -> str:
    """A sentence in phonemes, its marks kept where they stood: voices breathe at them."""
    pieces = [piece for piece in _MARKS.split(text) if piece.strip()]
    words = [piece for piece in pieces if not _MARKS.fullmatch(piece)]
    said = dict(zip(words, _asked(words, voice), strict=True))
    out = ""
    for piece in pieces:
        if piece in said:
            out += (" " if out else "") + said[piece]
        else:
            out += piece
    return out


def _asked(texts: Sequence[str], voice: str) -> list[str]:
    paths = espeak_paths()
    if paths is None:
        raise VoiceError("espeak-ng is not installed for this machine", mend="Install espeakng-loader's wheel for it")
    asked = {"library": paths[0], "data": paths[1], "voice": voice, "phonemes": True, "texts": list(texts)}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", espeak_child.__file__],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=_CHILD_S,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VoiceError("espeak-ng did not answer in time", where=" ".join(texts)[:80], mend="Shorten it") from error
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip() or f"exit {done.returncode}"
        raise VoiceError(
            f"espeak-ng failed ({told})", where=" ".join(texts)[:80], mend="Look at the pack's espeak_voice"
        )
    found: list[str] = json.loads(done.stdout)
    return found
