"""Captions: lines of narration cut into pieces a viewer can read, and the WebVTT files beside the clip."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from render.steps import Made, Step
from render.video.timing import SHORTEST_CAPTION_S, Cue, Timing, shared, timings

LONGEST = 66  # half-width letters of one caption: two lines in the size captions are set in
_SENTENCE = re.compile(r"(?<=[.!?…។៕。！？])\s+")
# Chinese is also typed with the Latin comma and no space after it.
_CLAUSE = re.compile(r"(?<=[,;:–])\s+|(?<=[，；：、])|(?<=[\u4e00-\u9fff][,;:])(?=[\u4e00-\u9fff])")
# Words that open a part of a sentence: a caption begins with one, and none is left hanging at its end. They are
# Vietnamese, and elsewhere simply do not occur.
_OPENERS = (
    "và", "hoặc", "hay", "nhưng", "để", "nếu", "khi", "thì", "mà", "cho", "với", "từ",
    "đến", "tại", "của", "do", "vì", "không", "được", "có", "là", "theo", "trên", "trong",
)  # fmt: skip
_HANGING = "".join(f"(?<! {word})" for word in _OPENERS)
_JOINTS = re.compile(f"{_HANGING} (?=(?:{'|'.join(_OPENERS)}) )")
_GAPS = re.compile(f"{_HANGING} ")
_BREAKS = re.compile(r" |\u200b")


def captions_of(text: str, longest: int = LONGEST) -> list[str]:
    """A line of narration as captions of at most `longest`: cut at sentences, then clauses, then between words.

    Joined again they are the text. Pieces come out about equally long, so that no single word is left for the last.
    """
    text = " ".join(text.split(" ")).strip()
    if letters_wide(text) <= longest:
        return [text] if text else []
    for pattern in (_SENTENCE, _CLAUSE, _JOINTS, _GAPS, _BREAKS):
        cuts = [(found.start(), found.end()) for found in pattern.finditer(text)]
        fitting = [
            cut
            for cut in cuts
            if letters_wide(text[: cut[0]]) >= longest / 4 and letters_wide(text[cut[1] :]) >= longest / 4
        ]
        if fitting:
            return _halved(text, fitting, longest)
    # No place to break (a script without spaces): between letters that do not belong together.
    middle = next(
        (index for index in range(len(text) // 2, len(text)) if unicodedata.category(text[index])[0] != "M"), len(text)
    )
    if middle in (0, len(text)):
        return [text]
    return [*captions_of(text[:middle], longest), *captions_of(text[middle:], longest)]


def _halved(text: str, cuts: list[tuple[int, int]], longest: int) -> list[str]:
    start, end = min(cuts, key=lambda cut: abs(letters_wide(text[: cut[0]]) - letters_wide(text[cut[1] :])))
    return [*captions_of(text[:start], longest), *captions_of(text[end:], longest)]


def letters_wide(text: str) -> int:
    """The width in half-width letters: marks take no room, East Asian letters take two."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
        if unicodedata.category(char) not in {"Mn", "Me", "Cf"}
    )


def captions_step(
    rhythms: Sequence[Mapping[str, Any]],
    voices: Mapping[str, Step],
    *,
    fps: int,
    lang: str,
    note: str,
    beside: Mapping[str, Sequence[Sequence[Sequence[str]]]] = MappingProxyType({}),
) -> Step:
    """The step of the WebVTT files; `beside` are captions in other languages, by scene and line, [] for none."""
    others = {tag: [[list(line) for line in scene] for scene in scenes] for tag, scenes in beside.items()}
    return Step(
        run="render.video.subtitles:write_captions",
        inputs={"rhythms": list(rhythms), "fps": fps, "lang": lang, "note": note, "beside": others},
        needs=dict(voices),
    )


def write_captions(inputs: Mapping[str, Any], needs: Mapping[str, Made]) -> Made:
    """`captions.vtt` and one more a language beside (`captions.vi.vtt`); `cues` and `tracks` in `details`."""
    timed = timings(inputs, needs)
    tracks = {inputs["lang"]: _own(timed, inputs["fps"])}
    for tag, scenes in inputs["beside"].items():
        tracks[tag] = _other(timed, inputs, scenes)
    files = {
        "captions.vtt" if tag == inputs["lang"] else f"captions.{tag}.vtt": web_vtt(
            cues, lang=tag, note=inputs["note"]
        ).encode()
        for tag, cues in tracks.items()
    }
    told = [
        {"lang": tag, "cues": [[round(cue.start_s, 3), round(cue.end_s, 3), cue.text] for cue in cues]}
        for tag, cues in tracks.items()
    ]
    return Made(files=files, details={"cues": told[0]["cues"], "tracks": told})


def _own(timed: Sequence[Timing], fps: int) -> list[Cue]:
    """What is spoken, as it stands in the picture."""
    cues: list[Cue] = []
    start_s = 0.0
    for timing in timed:
        cues += [Cue(start_s + cue.start_s, start_s + cue.end_s, cue.text) for cue in timing.cues]
        start_s += timing.frames / fps
    return cues


def _other(timed: Sequence[Timing], inputs: Mapping[str, Any], scenes: Sequence[Sequence[Sequence[str]]]) -> list[Cue]:
    """The same lines in another language: each line's captions share the time in which it stands in its own."""
    cues: list[Cue] = []
    start_s = 0.0
    for timing, data, lines in zip(timed, inputs["rhythms"], scenes, strict=True):
        first = 0
        for own, parts in zip(data["captions"], lines, strict=True):
            stands = timing.cues[first : first + len(own)]
            first += len(own)
            if not stands or not parts:
                continue
            begins, ends = stands[0].start_s, stands[-1].end_s
            fitting = joined_to(parts, int((ends - begins) / SHORTEST_CAPTION_S))
            cues += [Cue(start_s + one.start_s, start_s + one.end_s, one.text) for one in shared(begins, ends, fitting)]
        start_s += timing.frames / inputs["fps"]
    return cues


def joined_to(parts: Sequence[str], most: int) -> list[str]:
    """No more captions than there are seconds: neighbours stand together, as many lines as it takes."""
    most = max(1, most)
    if len(parts) <= most:
        return list(parts)
    cuts = [round(number * len(parts) / most) for number in range(most + 1)]
    return ["\n".join(parts[start:end]) for start, end in itertools.pairwise(cuts)]


def web_vtt(cues: Iterable[Cue], *, lang: str, note: str = "") -> str:
    """A WebVTT file. Cues must be in order; no letter of their text can be taken for markup."""
    parts = [f"WEBVTT\nLanguage: {lang}\n"]
    if note:
        parts.append("NOTE " + note.replace("\u00a0", " ").replace("-->", "→") + "\n")
    for number, cue in enumerate(cues, 1):
        text = cue.text.replace("\u00a0", " ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"{number}\n{_stamp(cue.start_s)} --> {_stamp(cue.end_s)}\n{text}\n")
    return "\n".join(parts)


def _stamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
