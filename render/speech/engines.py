"""The engines that turn one spoken text into samples: espeak-ng in a child process, gTTS over the net."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import espeakng_loader
import gtts
import numpy as np
import requests

from render.errors import VoiceError
from render.speech import espeak_child
from render.speech.sound import VOICE_RATE, Samples, decode, from_pcm, resampled, silence, to_wav, trimmed
from render.steps import Made

ROBOT_WARNING = "giọng máy, cần nghe duyệt"
LONGEST_TEXT = 2_000  # characters; a segment is a sentence, so more is an accident or an attack

# Syllables a second per word a minute asked of espeak-ng, pauses within sentences included: for Vietnamese measured
# over the 516 sentences of twelve articles, for the Chinese voices over the Declaration of Human Rights.
_SYLLABLES_PER_WPM = {"vi": 0.0250, "cmn": 0.0214, "yue": 0.0214}

_CHILD_S = 30  # a sentence takes 0.05 s; whoever takes this long hangs

# gTTS asks for at most 100 characters a request and is answered 429 when hurried.
_CLAUSE = 99
_BETWEEN_S = 0.6
_ATTEMPTS = 3
_REQUEST_S = 5.0
_turn = threading.Lock()
_last_request_s = 0.0


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
            "quality": "robot" if engine == "espeak-ng" else "online",
        },
        warnings=(ROBOT_WARNING,) if engine == "espeak-ng" else (),
    )


def espeak_paths() -> tuple[str, str] | None:
    """The library and the data of espeak-ng, or None where this machine has no wheel of it."""
    library, data = Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    return (str(library), str(data)) if library.is_file() and data.is_dir() else None


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


def google(text: str, name: str, syllables_s: float) -> Samples:  # noqa: ARG001 (it has a pace of its own)
    """One text by gTTS: a request a clause, one after the other, never hurried, never for long."""
    parts: list[Samples] = []
    for clause in clauses(text):
        if parts:
            parts.append(silence(0.12, VOICE_RATE))
        parts.append(trimmed(decode(_asked_twice(clause, name), VOICE_RATE), VOICE_RATE))
    if not parts:
        raise VoiceError("there is nothing to say", where=text[:80], mend="Write a sentence")
    return np.concatenate(parts)


def clauses(text: str, longest: int = _CLAUSE) -> list[str]:
    """`text` in pieces of at most `longest` characters, cut after a sentence, a clause, a word, in this order."""
    pieces: list[str] = []
    rest = " ".join(text.split())
    while len(rest) > longest:
        head = rest[: longest + 1]
        cut = -1
        for mark in (r"[.!?…。！？](?=\s|$|[^\x00-\x7f])", r"[,;:、，；：–—។](?=\s|$|[^\x00-\x7f])", r"\s", r"\u200b"):
            ends = [match.end() for match in re.finditer(mark, head) if match.end() <= longest]
            if ends and ends[-1] > 1:
                cut = ends[-1]
                break
        cut = cut if cut > 0 else longest
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    pieces.append(rest)
    return [piece for piece in pieces if re.search(r"\w", piece)]


def _asked_twice(clause: str, name: str) -> bytes:
    """The MP3 of one clause; a busy service is asked again after a breath, a dead network is not."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _request(clause, name)
        except gtts.gTTSError as error:
            status = getattr(error.rsp, "status_code", None)
            if attempt < _ATTEMPTS and (status == 429 or (status or 0) >= 500):
                time.sleep(1.0 * attempt)
                continue
            raise VoiceError(
                f"the online voice did not answer ({error})",
                where=clause,
                mend="Try again later, or turn online speech off (LOA_ONLINE_SPEECH=off)",
            ) from error
        except (requests.RequestException, OSError) as error:
            raise VoiceError(
                f"the network broke off while the online voice was asked ({type(error).__name__})",
                where=clause,
                mend="Try again when the network is back, or turn online speech off (LOA_ONLINE_SPEECH=off)",
            ) from error
    raise AssertionError("the loop above returns or raises")


def _request(clause: str, name: str) -> bytes:
    global _last_request_s
    with _turn:
        wait = _last_request_s + _BETWEEN_S - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        buffer = io.BytesIO()
        try:
            gtts.gTTS(clause, lang=name, lang_check=False, timeout=_REQUEST_S).write_to_fp(buffer)
        finally:
            _last_request_s = time.monotonic()
    return buffer.getvalue()


ENGINES: Mapping[str, Callable[[str, str, float], Samples]] = {"espeak-ng": espeak, "gTTS": google}
