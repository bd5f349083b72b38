"""The step that plays a take: a person's line, brought to the level and the rate of all voices."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from render.errors import VoiceError
from render.late import Late
from render.speech.sound import VOICE_RATE, Samples, decode, to_wav, trimmed
from render.speech.splitting import floor_and_voice_db, levels_db
from render.steps import Made

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

LIBRARIES = ("av", "numpy")

# Lines of one bulletin come from several sittings: each is brought to this level before mastering, at most so much.
_LEVEL_DBFS = -22.0
_MOST_GAIN_DB = 24.0
_PEAK = 0.9


def play(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """The step of one recorded line: `sound` (FLAC in base 64) -> voice.wav, trimmed, at `VOICE_RATE`."""
    samples = decode(base64.b64decode(str(inputs["sound"])), VOICE_RATE, container="flac")
    voice = levelled(trimmed(samples, VOICE_RATE, floor_db=-60.0))
    if len(voice) < VOICE_RATE // 20:
        raise VoiceError("the take is empty", where=str(inputs["text"])[:80], mend="Record it again")
    return Made(
        files={"voice.wav": to_wav(voice, VOICE_RATE)},
        details={"duration_s": round(len(voice) / VOICE_RATE, 4), "engine": "recording", "quality": "human"},
    )


def levelled(samples: Samples) -> Samples:
    """The same voice at the level of all others; never clipped."""
    levels = levels_db(samples, VOICE_RATE)
    if not len(levels):
        return samples
    _, voice = floor_and_voice_db(levels)
    loud = levels[levels > voice - 20]
    level = 10 * float(np.log10(np.mean(10 ** (loud / 10))))
    gain = 10 ** (min(_LEVEL_DBFS - level, _MOST_GAIN_DB) / 20)
    peak = float(np.abs(samples).max(initial=0.0))
    gain = min(gain, _PEAK / peak) if peak > 0 else gain
    return (samples * np.float32(gain)).astype(np.float32)
