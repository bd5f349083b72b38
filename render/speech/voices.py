"""Who can say what here: the voice of a language, and the step that speaks with it."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from render.errors import LoaError, VoiceError
from render.language import languages
from render.speech.engines import ENGINES, ROBOT_WARNING
from render.speech.online import online_speech_available
from render.speech.phonemes import espeak_paths
from render.speech.recorded import LIBRARIES as RECORDED_LIBRARIES
from render.speech.recordings import Takes
from render.speech.voicepacks import Pack, runtime_here
from render.steps import Step

__all__ = [
    "BULLETIN_PACE", "CLIP_PACE", "Listed", "Voice", "choose_voice", "list_voices", "online_speech_available",
    "recorded_voice", "speak_step",
]  # fmt: skip

Quality = Literal["human", "neural", "online", "robot"]

# Syllables a second. Bulletins: 3.3 to 3.8, as loudspeakers in the open want; a clip is heard on a telephone.
BULLETIN_PACE = 3.55
CLIP_PACE = 4.0

ONLINE_WARNING = "giọng máy trực tuyến, cần nghe duyệt"
NON_COMMERCIAL = "giọng chỉ được dùng phi thương mại"


@dataclass(frozen=True)
class Voice:
    """A voice that can speak a language here and now."""

    engine: str  # "recording", "piper", "sherpa-onnx", "gTTS", "espeak-ng"
    name: str  # the engine's own name for it; of a pack with its checksum, of a recording its speakers
    quality: Quality
    licence: str
    synthetic: bool
    label_vi: str  # for editors and listeners
    id: str = ""  # what an article's `voices:` calls it
    non_commercial: bool = False
    takes: Takes | None = field(default=None, compare=False, repr=False)  # of a recording

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an editor must be told of this voice."""
        told = {"robot": (ROBOT_WARNING,), "online": (ONLINE_WARNING,)}.get(self.quality, ())
        return (*told, NON_COMMERCIAL) if self.non_commercial else told

    @property
    def must_be_heard(self) -> bool:
        """Whether a person must listen before it is released."""
        return self.quality in ("robot", "online")


# The voices each engine has for the languages we serve. A language that is not named waits for a recording:
# no voice is ever borrowed from another language. yue serves what is marked Cantonese only.
_ONLINE = {"vi": "vi", "km": "km", "zh": "zh-CN", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "yue": "yue"}
_OFFLINE = {"vi": "vi", "zh": "cmn", "zh-Hans": "cmn", "zh-Hant": "cmn", "yue": "yue"}


def recorded_voice(takes: Takes) -> Voice:
    """The voice of the people who recorded an article."""
    speakers = ", ".join(dict.fromkeys(take.speaker for take in takes.takes))
    agreed = sorted({take.consent.on for take in takes.takes if take.consent})
    since = f", đồng ý ngày {agreed[0]:%d/%m/%Y}" if agreed else ""
    return Voice(
        engine="recording",
        name=speakers,
        quality="human",
        licence=f"bản thu giọng {speakers}{since}",
        synthetic=False,
        label_vi=f"giọng đọc: {speakers}",
        id="recording",
        takes=takes,
    )


def choose_voice(lang: str, *, online: bool, packs: Sequence[Pack] = (), wished: str = "") -> Voice | None:
    """The best machine voice for a language, None when it must wait for a recording. `online`: gTTS may be asked.

    `wished` is the id of the one that an article asks for: then that one or none.
    """
    found = _machines(lang, online=online, packs=packs)
    if wished:
        return next((voice for voice in found if voice.id == wished), None)
    return found[0] if found else None


def _machines(lang: str, *, online: bool, packs: Sequence[Pack]) -> list[Voice]:
    """Every machine voice that can speak a language here, best first."""
    voices = [_packed(pack) for pack in packs if pack.lang == lang and runtime_here()]
    if online and (name := _named(_ONLINE, lang)):
        licence = "Google Translate, theo điều khoản dịch vụ của Google"
        voices.append(Voice("gTTS", name, "online", licence, True, "giọng máy trực tuyến (gTTS)", "gtts"))
    if espeak_paths() and (name := _named(_OFFLINE, lang)):
        licence = "espeak-ng, GPL-3.0-or-later; âm thanh tạo ra không bị ràng buộc"
        voices.append(Voice("espeak-ng", name, "robot", licence, True, "giọng máy (espeak-ng)", "espeak-ng"))
    return voices


def _packed(pack: Pack) -> Voice:
    return Voice(
        engine=pack.engine,
        name=pack.name,
        quality="neural",
        licence=pack.licence,
        synthetic=True,
        label_vi=f"giọng máy {pack.id} ({pack.speaker})",
        id=pack.id,
        non_commercial=pack.non_commercial,
    )


def _named(voices: dict[str, str], lang: str) -> str | None:
    """A tag's own voice, or that of its language and script ("zh-Hant-TW" -> "zh-Hant" -> "zh")."""
    parts = lang.split("-")
    for count in range(len(parts), 0, -1):
        if name := voices.get("-".join(parts[:count])):
            return name
    return None


def speak_step(spoken: str, voice: Voice, *, syllables_s: float = BULLETIN_PACE, text: str = "") -> Step:
    """The step that says one text: `voice.wav`, mono 16-bit at `sound.VOICE_RATE`, trimmed.

    `text` is what is written, by which a person's take is found; a person has a pace of their own.
    """
    if voice.takes is not None:
        take = voice.takes.of(text or spoken)
        if take is None:
            raise VoiceError(
                "nobody has recorded this line", where=(text or spoken)[:80], mend="loa takes ARTICLE --show"
            )
        return _play_step(voice.takes.sound, take.sha256, take.text)
    if voice.engine not in ENGINES:
        raise ValueError(voice.engine)
    return Step(
        run="render.speech.engines:speak",
        inputs={"text": spoken, "engine": voice.engine, "name": voice.name, "syllables_s": syllables_s},
        libraries=_LIBRARIES[voice.engine],
    )


_LIBRARIES = {
    "piper": ("onnxruntime", "espeakng-loader", "av"),
    "sherpa-onnx": ("onnxruntime", "espeakng-loader", "av"),
    "gTTS": ("gTTS", "av"),
    "espeak-ng": ("espeakng-loader",),
}


@functools.lru_cache(maxsize=256)
def _play_step(sound: Callable[[str], bytes], sha256: str, text: str) -> Step:
    # The bytes travel with the step: a worker far away has no folder of takes.
    data = sound(sha256)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise VoiceError("a take is not the one that was signed for", where=text[:80], mend="Add it as a new take")
    return Step(
        run="render.speech.recorded:play",
        inputs={"sound": base64.b64encode(data).decode(), "text": text},
        libraries=RECORDED_LIBRARIES,
    )


@dataclass(frozen=True)
class Listed:
    """One line of `loa voices`: what could speak a language, and why it cannot here."""

    lang: str
    name_vi: str
    engine: str
    quality: Quality
    usable: bool
    why: str  # in Vietnamese: why not, or what to know
    voice: str = ""  # its id

    def __str__(self) -> str:
        state = "dùng được" if self.usable else "–"
        return f"{self.lang:18} {self.name_vi:38} {self.voice or self.engine:20} {self.quality:7} {state:10} {self.why}"


def list_voices(
    *,
    online: bool,
    langs: tuple[str, ...] = (),
    packs: Sequence[Pack] = (),
    broken: Sequence[LoaError] = (),
    recorded: Sequence[tuple[str, str]] = (),
) -> tuple[Listed, ...]:
    """What could speak each language here, best first; all languages that are switched on unless some are named.

    `broken` are the packs that cannot be used; `recorded` tells of articles' takes: (language, how they stand).
    """
    book = languages()
    lines: list[Listed] = []
    for lang in langs or tuple(tag for tag, one in book.items() if one.enabled):
        name = book[lang].name_vi if lang in book else ""
        told = [words for tag, words in recorded if tag == lang]
        why = "; ".join(told) or "mỗi bài cần bản thu riêng: loa script, rồi loa takes"
        lines.append(Listed(lang, name, "bản thu", "human", bool(told), why, "recording"))
        for pack in packs:
            if pack.lang == lang:
                lines.append(_listed_pack(pack, name))
        if _named(_ONLINE, lang):
            why = (
                f"{ONLINE_WARNING}; chỉ văn bản đã công bố"
                if online
                else "giọng trực tuyến đang tắt hoặc mạng không trả lời"
            )
            lines.append(Listed(lang, name, "gTTS", "online", online, why, "gtts"))
        if _named(_OFFLINE, lang):
            here = espeak_paths() is not None
            why = ROBOT_WARNING if here else "máy này chưa cài espeak-ng"
            lines.append(Listed(lang, name, "espeak-ng", "robot", here, why, "espeak-ng"))
    lines += [Listed("?", "", "gói giọng", "neural", False, str(error), "?") for error in broken]
    return tuple(lines)


def _listed_pack(pack: Pack, name: str) -> Listed:
    told = [f"giấy phép {pack.licence}", f"giọng {pack.speaker}"]
    if pack.non_commercial:
        told.append(NON_COMMERCIAL)
    if not (here := runtime_here()):
        told.insert(0, "máy này chưa cài onnxruntime (pip install 'loa[voices]')")
    return Listed(pack.lang, name, pack.engine, "neural", here, "; ".join(told), pack.id)
