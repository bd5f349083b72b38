"""The engines that turn one text into samples: voice packs and espeak-ng in child processes, gTTS over the net."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from render.errors import VoiceError
from render.speech import espeak_child
from render.speech.online import google
from render.speech.packs import pack_voice
from render.speech.phonemes import espeak_paths
from render.speech.sound import VOICE_RATE, Samples, from_pcm, resampled, to_wav, trimmed
from render.steps import Made

ROBOT_WARNING = "giọng máy, cần nghe duyệt"
LONGEST_TEXT = 2_000  # characters; a segment is a sentence, so more is an accident or an attack

# Syllables a second per word a minute asked of espeak-ng, pauses within sentences included: for Vietnamese measured
# over the 516 sentences of twelve articles, for the Chinese voices over the Declaration of Human Rights.
_SYLLABLES_PER_WPM = {"vi": 0.0250, "cmn": 0.0214, "yue": 0.0214}

_CHILD_S = 30  # a sentence takes 0.05 s; whoever takes this long hangs


def speak(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:  # noqa: ARG001 (a step's shape)
    """The step of one segment: `text`, `engine`, `name`, `syllables_s` -> voice.wav, trimmed, at `VOICE_RATE`."""
    text, engine = str(inputs["text"]).strip(), str(inputs["engine"])
    if not re.search(r"\w", text):
        raise VoiceError("there is nothing to say", where=text, mend="Write a sentence, or leave the segment out")
    if len(text) > LONGEST_TEXT:
        raise VoiceError(
            f"the segment is {len(text)} characters long, {LONGEST_TEXT} are allowed",
            where=text[:60] + "…",
            mend="Split it into sentences",
        )
    found = ENGINES.get(engine)
    if found is None:
        raise VoiceError(f"no speech engine is called {engine!r}", mend=f"The engines are: {', '.join(ENGINES)}")
    samples = trimmed(found(text, str(inputs["name"]), float(inputs["syllables_s"])), VOICE_RATE)
    if len(samples) < VOICE_RATE // 20:
        raise VoiceError(f"{engine} made no sound", where=text[:80], mend="Write the words as they are said")
    return Made(
        files={"voice.wav": to_wav(samples, VOICE_RATE)},
        details={
            "duration_s": round(len(samples) / VOICE_RATE, 4),
            "engine": engine,
            "quality": QUALITIES[engine],
        },
        warnings=(ROBOT_WARNING,) if engine == "espeak-ng" else (),
    )


def espeak(text: str, name: str, syllables_s: float) -> Samples:
    """One text by espeak-ng, in a process of its own."""
    paths = espeak_paths()
    if paths is None:
        raise VoiceError("espeak-ng is not installed for this machine", mend="Install espeakng-loader's wheel for it")
    asked = {
        "library": paths[0],
        "data": paths[1],
        "voice": name,
        "words_per_minute": min(300, max(80, round(syllables_s / _SYLLABLES_PER_WPM.get(name, 0.025)))),
        "text": "".join(c if c.isprintable() else " " for c in text),
    }
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
        raise VoiceError("espeak-ng did not answer in time", where=text[:80], mend="Shorten the sentence") from error
    rate, _, pcm = done.stdout.partition(b"\n")
    if done.returncode != 0 or not rate.isdigit():
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise VoiceError(
            f"espeak-ng failed ({told[-1] if told else f'exit {done.returncode}'})",
            where=text[:80],
            mend="Look whether the voice exists: loa voices",
        )
    return resampled(from_pcm(pcm), int(rate), VOICE_RATE)


ENGINES: Mapping[str, Callable[[str, str, float], Samples]] = {
    "piper": pack_voice,
    "sherpa-onnx": pack_voice,
    "gTTS": google,
    "espeak-ng": espeak,
}
QUALITIES = {"piper": "neural", "sherpa-onnx": "neural", "gTTS": "online", "espeak-ng": "robot"}
