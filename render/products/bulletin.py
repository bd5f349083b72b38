"""Bulletins: an edition as loudspeakers say it in one, three or five minutes, and all of it for the web."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from render.article import Priority
from render.edition import Edition, plain
from render.errors import GateError
from render.phrases import first_few
from render.products import Context, File, Planned, Product, Waiting
from render.products.bulletin_papers import captions_step, one_line, record_step, script_step
from render.products.voicing import Voiced, lines_of, reading_pace, voice_of, with_recorded_opening
from render.speech.fitting import Part, Script, what_to_cut
from render.speech.joining import join_step
from render.speech.mastering import CEILING_DBTP, LONGEST_SILENCE_S, TARGET_LUFS, TOLERANCE_LU, Around, part_step
from render.speech.script import NATIONAL, SLOT_1_MIN_S, SLOT_3_MIN_S, SLOT_5_MIN_S, bulletin_script
from render.speech.segments import Segment
from render.speech.spoken import check_spoken, unspoken
from render.speech.voices import Voice, speak_step
from render.speech.waveform import preview_step
from render.speech.web import web_step
from render.steps import Made, Step
from render.typeset.brand import colours

SYNTHETIC = "Giọng đọc tổng hợp"
_ISO_639_2 = {"vi": "vie", "km": "khm", "zh": "zho", "yue": "zho"}
_LEAST_LEADING_S = 0.8
_ONSET_DB = -15.0  # below the loudest sample: whole words begin at -22 and less, one cut into in a vowel at -10
_LEAST_FIRST_WORD_DB = -3.0  # of a voice's first 50 ms, as it was sent to the encoder and came out of a decoder
# The kinds of digital source that the IPTC names, by the quality of a voice: a formula, or a trained model.
_SOURCES = {"robot": "algorithmicMedia", "neural": "trainedAlgorithmicMedia", "online": "trainedAlgorithmicMedia"}


@dataclass(frozen=True)
class _Told:
    """What is said and by whom."""

    script: Script
    voiced: Voiced
    word: str  # for the editor, of the opening

    @property
    def voice(self) -> Voice:
        return self.voiced.voice

    def speak(self, parts: Sequence[Part]) -> tuple[list[Step], list[float]]:
        """A step for each sentence, and the pause after it."""
        segments = [segment for part in parts for segment in part.segments]
        voices = [speak_step(segment.spoken, self.voice, text=segment.text) for segment in segments]
        return voices, [segment.pause_after_s for segment in segments]

    def part(self, parts: Sequence[Part], after: Around = "") -> Step:
        """A part of the horn master; that of a machine's voice is the very same step for everybody who shares it."""
        if self.voice.takes is not None:  # voices of people are told apart by their takes
            return part_step(*self.speak(parts), after=after)
        return _machine_part(tuple(segment for part in parts for segment in part.segments), self.voice, after)


@functools.lru_cache(maxsize=256)  # thousands of communes share a body: its steps are planned, and digested, once
def _machine_part(segments: tuple[Segment, ...], voice: Voice, after: Around) -> Step:
    voices = [speak_step(segment.spoken, voice) for segment in segments]
    return part_step(voices, [segment.pause_after_s for segment in segments], after=after)


@functools.lru_cache(maxsize=4)
def _lead(chime: Around) -> Step:
    return part_step([], [], before=chime)


def plan_horn(edition: Edition, context: Context, slot_s: float) -> Planned | Waiting:
    """A bulletin for horns, of parts that are joined: only its opening, tags and papers know the office.

    Chime and opening are the same for all bulletins of an office, the body for all offices north or south, the closing
    for all with one telephone number.
    """
    script = bulletin_script(edition, slot_s=slot_s, pace=reading_pace(edition, context))
    told = _told(edition, context, script, slot_s)
    if isinstance(told, Waiting):
        return told
    script = told.script
    chime: Around = "urgent-chime" if edition.priority is Priority.URGENT else "chime"
    lead = _lead(chime)
    opening = [told.part(script.opening)] if script.opening else []
    body = told.part(script.body)
    closing = told.part(script.closing, "answer")
    parts = (lead, *opening, body, closing)
    master = join_step(parts, tags=_tags(edition, told.voice), marks=_marks(edition, told.voice))
    # The picture is for those who make the bulletin: that of an office leaves out what differs, so it is one for all.
    shown = parts if edition.office is None else (body, closing)
    preview = preview_step([(part, "part.mp3") for part in shown], container="mp3", colours=colours())
    return _planned(edition, context, told, File(master, "bulletin.mp3", "mp3", "audio/mpeg"), preview, slot_s)


def plan_web(edition: Edition, context: Context) -> Planned | Waiting:
    """All of it for the web. Who listens there sits in no commune: everybody is greeted alike."""
    everybody = replace(edition, office=None)
    opening = bulletin_script(everybody, slot_s=math.inf).opening
    script = replace(bulletin_script(edition, slot_s=math.inf), opening=opening)
    told = _told(everybody, context, script, math.inf)
    if isinstance(told, Waiting):
        return told
    tags = {
        "title": one_line(plain(edition.title)),
        "artist": NATIONAL,
        "genre": "Speech",
        "comment": _comment(told.voice),
    }
    master = web_step(*told.speak(script.parts), tags=tags, language=_language(edition))
    preview = preview_step([(master, "bulletin.m4a")], container="mp4", colours=colours())
    return _planned(edition, context, told, File(master, "bulletin.m4a", "m4a", "audio/mp4"), preview, math.inf)


def _told(edition: Edition, context: Context, script: Script, slot_s: float) -> _Told | Waiting:
    """The script with its voice; waiting for a recording where nobody can speak the language."""
    script, word = with_recorded_opening(edition, context, script, slot_s)
    for part in script.parts:
        for segment in part.segments:
            check_spoken(segment.spoken, lang=edition.lang, where=f"{edition.slug}: {part.name}")
    lines, local = lines_of((*script.body, *script.closing)), lines_of(script.opening)
    voiced = voice_of(edition, context, lines, local=local)
    return voiced if isinstance(voiced, Waiting) else _Told(script, voiced, word)


def _planned(edition: Edition, context: Context, told: _Told, main: File, preview: Step, slot_s: float) -> Planned:
    master, script = main.step, told.script
    note = " · ".join(part for part in (edition.note, SYNTHETIC if told.voice.synthetic else "") if part)
    gate = Step(
        run="render.products.bulletin:check_bulletin",
        inputs={
            "slot_s": None if math.isinf(slot_s) else slot_s,
            "where": f"{edition.slug} ({edition.lang})",
            "blocks": [[part.name, len(part.segments), part.rank] for part in script.parts],
        },
        needs={"master": master},
    )
    return Planned(
        files=(
            main,
            File(
                script_step(edition, script, told.voice, address=context.qr(edition)),
                "script.txt",
                "txt",
                "text/plain; charset=utf-8",
                "script",
            ),
            File(captions_step(edition, script, master, note=note), "captions.vtt", "vtt", "text/vtt", "captions"),
            File(record_step(edition, script, master), "record.json", "json", "application/json", "record"),
            File(preview, "preview.webp", "webp", "image/webp", "preview"),
        ),
        gates=(gate,),
        details={
            **told.voiced.details,
            "left_out": list(script.left_out),
            **({"greeting": _greeting(script)} if edition.office and "." in edition.office.code else {}),
            **({} if math.isinf(slot_s) else {"slot_s": slot_s}),
        },
        warnings=_warnings(edition, told),
        to_hear=told.voiced.to_hear,
    )


def _greeting(script: Script) -> str:
    """What a commune's bulletin says that no other does: it is published without a script of its own."""
    return " ".join(one_line(segment.text) for part in script.opening for segment in part.segments)


def _warnings(edition: Edition, told: _Told) -> tuple[str, ...]:
    script = told.script
    said = [*told.voiced.warnings, *([told.word] if told.word else [])]
    if script.left_out:
        said.append(f"không đủ thời lượng, đã bỏ: {first_few(script.left_out)}")
    left = list(dict.fromkeys(word for segment in script.segments for word in unspoken(segment.spoken, edition.lang)))
    if left:
        said.append(f"người đọc tự đọc các số: {', '.join(left)}")
    if edition.lang != "vi" and not script.opening:
        said.append("chưa có lời chào bằng tiếng này: bản tin vào thẳng nội dung")
    return tuple(said)


# --- tags ------------------------------------------------------------------------------------------------------


def _tags(edition: Edition, voice: Voice) -> dict[str, str]:
    return {
        "title": one_line(plain(edition.title)),
        "language": _language(edition),
        "publisher": edition.office.name if edition.office else NATIONAL,
        "comment": _comment(voice),
    }


def _comment(voice: Voice) -> str:
    """What a listener reads of the voice; a synthetic one is called so."""
    return f"{SYNTHETIC}; AI-generated voice ({voice.engine})" if voice.synthetic else voice.label_vi


def _marks(edition: Edition, voice: Voice) -> dict[str, str]:
    """What machines look for: which edition it is, and that a voice is synthetic."""
    marks = {"LOA-EDITION": edition.id}
    if voice.synthetic:
        source = _SOURCES.get(voice.quality, "algorithmicMedia")
        marks["AI-GENERATED"] = f"voice; {voice.engine}"
        marks["DigitalSourceType"] = f"http://cv.iptc.org/newscodes/digitalsourcetype/{source}"
    return marks


def _language(edition: Edition) -> str:
    primary = edition.lang.split("-")[0]
    return _ISO_639_2.get(primary, primary)


# --- the gate ----------------------------------------------------------------------------------------------------


def check_bulletin(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """The gates loudness, silence, first-word and slot, on what was measured after decoding what was encoded."""
    heard, slot_s, where = needs["master"].details, inputs["slot_s"], str(inputs["where"])
    if abs(heard["loudness_lufs"] - TARGET_LUFS) > TOLERANCE_LU:
        raise GateError(
            f"the bulletin is at {heard['loudness_lufs']} LUFS, not {TARGET_LUFS} ± {TOLERANCE_LU}",
            gate="loudness",
            where=where,
            mend="Look whether a voice is nearly silent or broken",
        )
    if heard["true_peak_dbtp"] > CEILING_DBTP:
        raise GateError(
            f"the bulletin peaks at {heard['true_peak_dbtp']} dBTP, above {CEILING_DBTP}",
            gate="loudness",
            where=where,
            mend="Look whether a voice is distorted",
        )
    if heard["longest_silence_s"] > LONGEST_SILENCE_S:
        raise GateError(
            f"{heard['longest_silence_s']} s of silence within the bulletin, {LONGEST_SILENCE_S} are allowed",
            gate="silence",
            where=where,
            mend="Look for a sentence that was not spoken",
        )
    if slot_s is not None and heard["leading_silence_s"] < _LEAST_LEADING_S:
        raise GateError(
            f"the bulletin begins after {heard['leading_silence_s']} s, an amplifier needs {_LEAST_LEADING_S}",
            gate="silence",
            where=where,
            mend="Make it again",
        )
    if heard["onset_db"] > _ONSET_DB:
        raise GateError(
            f"the voice begins {-heard['onset_db']:.0f} dB below its loudest: the first word was cut into",
            gate="first-word",
            where=where,
            mend="Record the first sentence again, with a breath of silence before it",
        )
    if heard["first_word_db"] < _LEAST_FIRST_WORD_DB:
        raise GateError(
            f"of the first word {-heard['first_word_db']:.0f} dB are missing in the file",
            gate="first-word",
            where=where,
            mend="Make it again; if it stays so, look at the version of av",
        )
    if slot_s is not None and (over_s := heard["duration_s"] - slot_s) > 0:
        raise GateError(
            f"the bulletin is {over_s:.1f} s longer than its slot of {slot_s:.0f} s",
            gate="slot",
            where=where,
            mend=f"Shorten or leave out {what_to_cut(_seconds(inputs['blocks'], heard['cues_s']), over_s)}",
        )
    shown = ("duration_s", "loudness_lufs", "true_peak_dbtp", "leading_silence_s", "longest_silence_s")
    return Made(files={}, details={name: heard[name] for name in shown})


def _seconds(blocks: Sequence[Sequence[Any]], cues_s: Sequence[Sequence[float]]) -> list[tuple[str, float]]:
    """How long each block lasts, up to where the next begins; those that may be left out, the least important first."""
    starts = [start for start, _ in cues_s] + [cues_s[-1][1]]
    found: list[tuple[int, str, float]] = []
    at = 0
    for name, count, rank in blocks:
        found.append((rank, name, starts[at + count] - starts[at]))
        at += count
    optional = [one for one in found if one[0] > 0] or found
    return [(name, seconds) for _, name, seconds in sorted(optional, key=lambda one: -one[0])]


def _horn(name: str, label: str, size: str, slot_s: float) -> Product:
    plan = functools.partial(plan_horn, slot_s=slot_s)
    return Product(name=name, label=label, medium="audio", size=size, media_type="audio/mpeg", plan=plan)


PRODUCTS = (
    _horn("bulletin-1min", "Bản tin loa 1 phút", "1 phút", SLOT_1_MIN_S),
    _horn("bulletin-3min", "Bản tin loa 3 phút", "3 phút", SLOT_3_MIN_S),
    _horn("bulletin-5min", "Bản tin loa 5 phút", "5 phút", SLOT_5_MIN_S),
    Product(
        name="bulletin-web",
        label="Bản tin nghe trên mạng",
        medium="audio",
        size="đầy đủ",
        media_type="audio/mp4",
        plan=plan_web,
    ),
)
