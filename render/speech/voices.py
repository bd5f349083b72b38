"""Who can say what here: the voice of a language, and the step that speaks with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

import requests

from render.language import languages
from render.speech.engines import ENGINES, ROBOT_WARNING, espeak_paths
from render.steps import Step

Quality = Literal["human", "neural", "online", "robot"]

# Syllables a second. Bulletins: 3.3 to 3.8, as loudspeakers in the open want; a clip is heard on a telephone.
BULLETIN_PACE = 3.55
CLIP_PACE = 4.0

_SERVICE = "https://translate.google.com/"
_ASKING_S = 4.0


@dataclass(frozen=True)
class Voice:
    """A voice that can speak a language here and now."""

    engine: str  # "espeak-ng", "gTTS"
    name: str  # the engine's own name for it
    quality: Quality
    licence: str
    synthetic: bool
    label_vi: str  # for editors and listeners

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an editor must be told of this voice."""
        return (ROBOT_WARNING,) if self.quality == "robot" else ()


# The voices each engine has for the languages we serve. A language that is not named waits for a recording:
# no voice is ever borrowed from another language. yue serves what is marked Cantonese only.
_ONLINE = {"vi": "vi", "km": "km", "zh": "zh-CN", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "yue": "yue"}
_OFFLINE = {"vi": "vi", "zh": "cmn", "zh-Hans": "cmn", "zh-Hant": "cmn", "yue": "yue"}


def choose_voice(lang: str, *, online: bool) -> Voice | None:
    """The best voice for a language, None when it must wait for a recording. `online`: gTTS may be asked."""
    if online and (name := _named(_ONLINE, lang)):
        return Voice(
            engine="gTTS",
            name=name,
            quality="online",
            licence="Google Translate, theo điều khoản dịch vụ của Google",
            synthetic=True,
            label_vi="giọng máy trực tuyến (gTTS)",
        )
    if espeak_paths() and (name := _named(_OFFLINE, lang)):
        return Voice(
            engine="espeak-ng",
            name=name,
            quality="robot",
            licence="espeak-ng, GPL-3.0-or-later; âm thanh tạo ra không bị ràng buộc",
            synthetic=True,
            label_vi="giọng máy (espeak-ng)",
        )
    return None


def _named(voices: dict[str, str], lang: str) -> str | None:
    """A tag's own voice, or that of its language and script ("zh-Hant-TW" -> "zh-Hant" -> "zh")."""
    parts = lang.split("-")
    for count in range(len(parts), 0, -1):
        if name := voices.get("-".join(parts[:count])):
            return name
    return None


def speak_step(spoken: str, voice: Voice, *, syllables_s: float = BULLETIN_PACE) -> Step:
    """The step that says one text: `voice.wav`, mono 16-bit at `sound.VOICE_RATE`, trimmed."""
    if voice.engine not in ENGINES:
        raise ValueError(voice.engine)
    return Step(
        run="render.speech.engines:speak",
        inputs={"text": spoken, "engine": voice.engine, "name": voice.name, "syllables_s": syllables_s},
        libraries=("espeakng-loader",) if voice.engine == "espeak-ng" else ("gTTS", "av"),
    )


def online_speech_available(*, timeout_s: float = _ASKING_S) -> bool:
    """Whether the online voice's service answers. Asked once when planning; never longer than `timeout_s` in all."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            answers.append(requests.head(_SERVICE, timeout=timeout_s, allow_redirects=False).status_code < 500)
        except requests.RequestException:
            answers.append(False)

    # In a thread, because resolving a name can hang longer than any timeout that requests knows.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    return bool(answers and answers[0])


@dataclass(frozen=True)
class Listed:
    """One line of `loa voices`: what could speak a language, and why it cannot here."""

    lang: str
    name_vi: str
    engine: str
    quality: Quality
    usable: bool
    why: str  # in Vietnamese: why not, or what to know

    def __str__(self) -> str:
        state = "dùng được" if self.usable else "–"
        return f"{self.lang:18} {self.name_vi:38} {self.engine:10} {self.quality:7} {state:10} {self.why}"


def list_voices(*, online: bool, langs: tuple[str, ...] = ()) -> tuple[Listed, ...]:
    """What could speak each language here, best first; all languages that are switched on unless some are named."""
    book = languages()
    lines: list[Listed] = []
    for lang in langs or tuple(tag for tag, one in book.items() if one.enabled):
        name = book[lang].name_vi if lang in book else ""
        lines.append(Listed(lang, name, "bản thu", "human", False, "chưa có bản thu"))
        if _named(_ONLINE, lang):
            why = "cần nghe duyệt" if online else "giọng trực tuyến đang tắt hoặc mạng không trả lời"
            lines.append(Listed(lang, name, "gTTS", "online", online, why))
        if _named(_OFFLINE, lang):
            here = espeak_paths() is not None
            why = ROBOT_WARNING if here else "máy này chưa cài espeak-ng"
            lines.append(Listed(lang, name, "espeak-ng", "robot", here, why))
    return tuple(lines)
