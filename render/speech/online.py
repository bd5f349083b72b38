"""The online voice: public text only, clause by clause, never hurried, never for long, each asked once ever."""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from render.errors import VoiceError
from render.late import Late
from render.settings import read_settings
from render.speech.sound import VOICE_RATE, Samples, decode, silence, trimmed

if TYPE_CHECKING:
    import numpy as np
else:
    np = Late("numpy")

SERVICE = "https://translate.google.com/"
_PATH = "_/TranslateWebserverUi/data/batchexecute"

# At most 100 characters a request; who hurries is answered 429.
CLAUSE = 99
BETWEEN_S = 0.6
_ATTEMPTS = 3
_BREATH_S = 1.5  # after the first 429 or 5xx, doubled after each
_LONGEST_BREATH_S = 8.0
REQUEST_S = 5.0  # in all, from resolving the name to the last byte
_LARGEST_ANSWER = 2_000_000
DEAD_FOR_S = 60.0  # after the network broke off nobody asks again for so long, whatever process it is

_OFF = "or turn online speech off (LOA_ONLINE_SPEECH=off)"


def google(text: str, name: str, syllables_s: float) -> Samples:  # noqa: ARG001 (it has a pace of its own)
    """One text by gTTS: a request a clause, one after the other."""
    parts: list[Samples] = []
    for clause in clauses(text):
        if parts:
            parts.append(silence(0.12, VOICE_RATE))
        parts.append(_decoded(clause, name))
    if not parts:
        raise VoiceError("there is nothing to say", where=text[:80], mend="Write a sentence")
    return np.concatenate(parts)


def clauses(text: str, longest: int = CLAUSE) -> list[str]:
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


# --- what was asked once is kept for ever ----------------------------------------------------------------------


def memory() -> Path:
    """Where the answers lie: apart from the cache of steps, since a change of our code is no reason to ask again."""
    return read_settings().home / "online-speech"


def _kept(clause: str, name: str) -> Path:
    digest = hashlib.sha256(f"gTTS\n{name}\n{clause}".encode()).hexdigest()
    return memory() / digest[:2] / f"{digest}.mp3"


def _decoded(clause: str, name: str) -> Samples:
    path = _kept(clause, name)
    with contextlib.suppress(OSError, VoiceError):
        return trimmed(decode(path.read_bytes(), VOICE_RATE), VOICE_RATE)
    data = _asked(clause, name)
    try:
        samples = trimmed(decode(data, VOICE_RATE), VOICE_RATE)
    except VoiceError as error:
        raise VoiceError("what the online voice answered is no sound", where=clause, mend="Try again later") from error
    if len(samples) < VOICE_RATE // 20:
        raise VoiceError(
            "the online voice answered with silence", where=clause, mend="Write the words as they are said"
        )
    _keep(path, data)
    return samples


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{secrets.token_hex(6)}.half")
    scratch.write_bytes(data)
    scratch.replace(path)


# --- asking ----------------------------------------------------------------------------------------------------


def _asked(clause: str, name: str) -> bytes:
    """The MP3 of one clause. A busy service is asked again after a breath; a dead network is not."""
    breath_s = _BREATH_S
    for attempt in range(1, _ATTEMPTS + 1):
        with _turn():
            _refuse_dead(clause)
            status, waits_s, data = _answer(clause, name)
        if status == 200:
            return _sound(data, clause)
        if status != 429 and status < 500:
            raise VoiceError(
                f"the online voice refused the text (HTTP {status})", where=clause, mend=f"Shorten it, {_OFF}"
            )
        if attempt < _ATTEMPTS:
            time.sleep(min(max(breath_s, waits_s), _LONGEST_BREATH_S))
            breath_s *= 2
    if status == 429:
        wait = f"It asks to wait {waits_s:.0f} s. " if waits_s else ""
        raise VoiceError(
            f"the online voice is asked too often (HTTP 429, {_ATTEMPTS} times)",
            where=clause,
            mend=f"{wait}Run again in some minutes: what was answered is kept; {_OFF}",
        )
    raise VoiceError(f"the online voice is out of order (HTTP {status})", where=clause, mend=f"Try again later, {_OFF}")


def _answer(clause: str, name: str) -> tuple[int, float, bytes]:
    """Status, seconds to wait and body of one request; a `VoiceError` when the network does not carry it in time."""
    import gtts  # here: both take long to load, for whoever only plans or reads
    import requests

    answers: list[tuple[int, float, bytes]] = []
    broken: list[Exception] = []
    (body,) = gtts.gTTS(clause, lang=name, lang_check=False).get_bodies()

    def ask() -> None:
        try:
            with requests.post(
                SERVICE + _PATH, data=body, headers=gtts.gTTS.GOOGLE_TTS_HEADERS, timeout=REQUEST_S, stream=True
            ) as got:
                data = b""
                for chunk in got.iter_content(1 << 14):
                    data += chunk
                    if len(data) > _LARGEST_ANSWER:
                        raise OSError("the answer is too large")
                answers.append((got.status_code, _seconds(got.headers.get("Retry-After", "")), data))
        except (requests.RequestException, OSError) as error:
            broken.append(error)

    # In a thread: resolving a name, or an answer that drips, outlasts every timeout that requests knows.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REQUEST_S)
    if answers:
        return answers[0]
    _mark_dead()
    kind = type(broken[0]).__name__ if broken else f"no answer within {REQUEST_S:.0f} s"
    raise VoiceError(
        f"the network broke off while the online voice was asked ({kind})",
        where=clause,
        mend=f"Try again when the network is back, {_OFF}",
    )


def _seconds(text: str) -> float:
    return float(text) if re.fullmatch(r"\d{1,5}", text.strip()) else 0.0


def _sound(data: bytes, clause: str) -> bytes:
    """The MP3 within an answer: a line of JSON holds a string of JSON that holds base 64."""
    for line in data.decode("utf-8", errors="replace").splitlines():
        if '"jQ1olc"' not in line:
            continue
        with contextlib.suppress(ValueError, TypeError, IndexError, KeyError, binascii.Error):
            sound = base64.b64decode(json.loads(json.loads(line)[0][2])[0], validate=True)
            if sound:
                return sound
    raise VoiceError(
        "the online voice answered without any sound", where=clause, mend=f"Write the words as they are said, {_OFF}"
    )


# --- one at a time, in whatever process ------------------------------------------------------------------------


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """Waits until nobody else on this machine asks, and long enough after the one before."""
    memory().mkdir(parents=True, exist_ok=True)
    with (memory() / "turn").open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        since_s = time.time() - os.fstat(file.fileno()).st_mtime if os.fstat(file.fileno()).st_size else BETWEEN_S
        if 0 <= since_s < BETWEEN_S:
            time.sleep(BETWEEN_S - since_s)
        try:
            yield
        finally:
            file.truncate(0)
            file.write(b".")
            file.flush()


def _dead() -> Path:
    return memory() / "unreachable"


def _mark_dead() -> None:
    _dead().touch()


def _refuse_dead(clause: str) -> None:
    """Sixty sentences must not wait five seconds each for a network that is not there."""
    with contextlib.suppress(FileNotFoundError):
        since_s = time.time() - _dead().stat().st_mtime
        if 0 <= since_s < DEAD_FOR_S:
            raise VoiceError(
                f"the online voice could not be reached {since_s:.0f} s ago, so it is not asked again yet",
                where=clause,
                mend=f"Try again in a minute, {_OFF}",
            )
        _dead().unlink(missing_ok=True)


def online_speech_available(*, timeout_s: float = 4.0) -> bool:
    """Whether the online voice's service answers. Asked once when planning; never longer than `timeout_s` in all."""
    import requests  # here: as above

    answers: list[bool] = []

    def ask() -> None:
        try:
            answers.append(requests.head(SERVICE, timeout=timeout_s, allow_redirects=False).status_code < 500)
        except requests.RequestException:
            answers.append(False)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    return bool(answers and answers[0])
