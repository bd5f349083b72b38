"""The voice of a product: chosen once for all its sentences, with what it waits for and who has listened to it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from render.edition import Edition
from render.products import Context, Waiting
from render.speech.approval import ALLOWED_WORDS, WAITING_WORDS, sentence_key, waiting_words
from render.speech.fitting import Part, Script
from render.speech.recordings import Line, standing
from render.speech.script import bulletin_script
from render.speech.segments import spoken_s
from render.speech.voices import BULLETIN_PACE, Voice, choose_voice, recorded_voice

_SLOWEST, _QUICKEST = 2.0, 6.0  # syllables a second: beyond it a take is no reading of its line
GENERAL_WORDS = "nơi này chưa có lời mở đầu thu riêng: dùng lời mở đầu chung cả nước"


@dataclass(frozen=True)
class Voiced:
    """A product's voice: one for all its sentences, never two in one product."""

    voice: Voice
    details: dict[str, Any] = field(default_factory=dict)  # for `Planned.details`
    warnings: tuple[str, ...] = ()  # for `Planned.warnings`
    to_hear: tuple[tuple[str, str], ...] = ()  # for `Planned.to_hear`: (key, text)


def voice_of(
    edition: Edition, context: Context, lines: Sequence[Line], *, local: Sequence[Line] = ()
) -> Voiced | Waiting:
    """Who speaks these lines: a person's takes, else the best machine; `Waiting` tells what is missing.

    `local` are the lines that only name the office: a machine's are heard with the national ones.
    """
    wished = edition.voice
    everything = (*local, *lines)
    takes = context.takes
    if takes is not None and wished in ("", "recording") and any(takes.of(line.text) for line in everything):
        stands = standing(everything, takes)
        if not stands.complete:
            return Waiting("recording", stands.words(takes), tuple(everything))
        used = dict.fromkeys(take.sha256 for line in everything if (take := takes.of(line.text)))
        voice = recorded_voice(
            dataclasses.replace(takes, takes=tuple(take for take in takes.takes if take.sha256 in used))
        )
        signed = sorted(
            {f"{take.heard.who} {take.heard.on}" for take in takes.takes if take.heard and take.sha256 in used}
        )
        return Voiced(
            voice, {**_about(voice), "listening": "signed-off", "signed_off": "; ".join(signed)}, voice.warnings
        )
    online = context.online_speech and not context.draft
    voice_found = choose_voice(edition.lang, online=online, packs=context.packs, wished=wished)
    if voice_found is None:
        return Waiting("recording", _why_none(edition, context), tuple(everything))
    return _heard(voice_found, context, lines)


def _why_none(edition: Edition, context: Context) -> str:
    if edition.voice == "recording":
        return "chờ bản thu"
    if edition.voice:
        return f"chờ giọng “{edition.voice}” mà bài chọn: ở đây chưa có (loa voices)"
    if context.draft and choose_voice(edition.lang, online=True, packs=context.packs):
        return "chờ bản thu (giọng trực tuyến chỉ đọc văn bản đã công bố, không đọc bản nháp)"
    return "chờ bản thu"


def _heard(voice: Voice, context: Context, lines: Sequence[Line]) -> Voiced:
    details = _about(voice)
    warnings = list(voice.warnings)
    if not voice.must_be_heard:
        return Voiced(voice, {**details, "listening": "not-needed"}, tuple(warnings))
    sentences = tuple((sentence_key(line.spoken, voice_id(voice)), line.text) for line in lines)
    unheard = context.approvals.unheard(sentences)
    if not unheard:
        by = "; ".join(dict.fromkeys(f"{one.who} {one.on}" for one in context.approvals.by(sentences)))
        return Voiced(voice, {**details, "listening": "approved", "approved_by": by}, tuple(warnings), sentences)
    if context.allow_unheard:
        details["listening"] = "allowed"
        warnings.append(ALLOWED_WORDS)
    else:
        details |= {"listening": "waiting", "listening_words": waiting_words(unheard, len(set(sentences)))}
        warnings.append(f"{WAITING_WORDS} trước khi phát hành")
    return Voiced(voice, details, tuple(warnings), sentences)


def voice_id(voice: Voice) -> str:
    """What an approval holds of a voice: another model, or another release of it, must be heard anew."""
    return f"{voice.engine}:{voice.name}"


def _about(voice: Voice) -> dict[str, Any]:
    return {
        "voice": voice.label_vi,
        "voice_id": voice.id,
        "voice_name": voice.name,
        "engine": voice.engine,
        "quality": voice.quality,
        "licence": voice.licence,
        "synthetic": voice.synthetic,
        "non_commercial": voice.non_commercial,
    }


def reading_pace(edition: Edition, context: Context) -> float:
    """Syllables a second of who reads this edition: a person's own, measured on their takes; else what is asked for."""
    if context.takes is None or edition.voice not in ("", "recording"):
        return BULLETIN_PACE
    lines = lines_of(bulletin_script(edition, slot_s=math.inf).parts)
    read = [(line, take) for line in lines if (take := context.takes.of(line.text))]
    if not read:
        return BULLETIN_PACE
    expected_s = sum(spoken_s(line.spoken, BULLETIN_PACE) for line, _ in read)
    return min(_QUICKEST, max(_SLOWEST, BULLETIN_PACE * expected_s / sum(take.duration_s for _, take in read)))


def lines_of(parts: Sequence[Part]) -> tuple[Line, ...]:
    """The lines of a script's parts."""
    return tuple(Line(one.text, one.spoken, part.name) for part in parts for one in part.segments)


def with_recorded_opening(edition: Edition, context: Context, script: Script, slot_s: float) -> tuple[Script, str]:
    """The script with the national opening where an office has none recorded of its own; and a word of it.

    The closing stays: it gives the office's own number, which no other recording can stand for.
    """
    takes = context.takes
    if edition.office is None or takes is None or not takes.takes:
        return script, ""
    if all(takes.of(segment.text) for part in script.opening for segment in part.segments):
        return script, ""
    general = bulletin_script(dataclasses.replace(edition, office=None), slot_s=slot_s).opening
    if not all(takes.of(segment.text) for part in general for segment in part.segments):
        return script, ""
    return dataclasses.replace(script, opening=general), GENERAL_WORDS
