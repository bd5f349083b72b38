"""A text to be heard, sentence by sentence: what is written, what is said, and how long to breathe after it."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from render.edition import Run, Runs, SaidFact
from render.speech.letters import UPPER
from render.speech.spoken import Region, speak_runs

SENTENCE_PAUSE_S = 0.4
PARAGRAPH_PAUSE_S = 0.75

# A sentence ends where its mark is followed by a space and what can begin one; Chinese marks need no space.
_END = re.compile(rf"[.!?…]+[\"”’»)]*\s+(?=[\"“‘«(\[–-]*\s*[{UPPER}0-9\u1780-\u17ff])|[។]\s*|[。！？][」』”]?\s*|\n+")
_NO_END = re.compile(
    r"(?:\b(?:TP|Tp|TX|TT|tr|Tr|Q|P|GS|PGS|TS|ThS|BS|ĐT|Đ/c|đ/c|v|vv|vd|VD|St|Mr|Mrs)|(?<!\w)[A-ZĐ]|\bKT|^\s*(?:\d{1,2}|[IVX]+))\.$"
)


@dataclass(frozen=True)
class Segment:
    """One sentence: `text` is its caption, `spoken` what the voice gets."""

    text: str
    spoken: str
    pause_after_s: float = SENTENCE_PAUSE_S


def written(runs: Runs) -> str:
    """Runs as plain text."""
    return re.sub(r"\s+", " ", "".join(run.text for run in runs)).strip()


def plain(text: str) -> Runs:
    """Written text as runs."""
    return (Run(text),) if text else ()


def sentences(runs: Runs) -> tuple[Runs, ...]:
    """Runs cut at the ends of sentences; never inside a fact."""
    text = "".join(run.text for run in runs)
    facts: list[tuple[int, int]] = []
    at = 0
    for run in runs:
        if run.fact:
            facts.append((at, at + len(run.text)))
        at += len(run.text)
    cuts = [0]
    for match in _END.finditer(text):
        before = text[cuts[-1] : match.end()].rstrip()
        if _NO_END.search(before) or any(start < match.end() < end for start, end in facts):
            continue
        cuts.append(match.end())
    cuts.append(len(text))
    pieces = (_slice(runs, start, end) for start, end in itertools.pairwise(cuts))
    return tuple(piece for piece in pieces if re.search(r"\w", written(piece)))


def _slice(runs: Runs, start: int, end: int) -> Runs:
    found: list[Run] = []
    at = 0
    for run in runs:
        text = run.text[max(0, start - at) : max(0, end - at)]
        if text:
            found.append(replace(run, text=text))
        at += len(run.text)
    return tuple(found)


def segments(
    runs: Runs,
    facts: Iterable[SaidFact],
    *,
    lang: str,
    region: Region = "north",
    last_pause_s: float = PARAGRAPH_PAUSE_S,
    say: tuple[tuple[str, str], ...] = (),
) -> tuple[Segment, ...]:
    """A paragraph as segments; the last one is followed by `last_pause_s`."""
    book = tuple(facts)
    found = [
        Segment(text=written(piece), spoken=ended(speak_runs(piece, book, lang=lang, region=region, say=say), lang))
        for piece in sentences(runs)
    ]
    if found:
        found[-1] = replace(found[-1], pause_after_s=last_pause_s)
    return tuple(found)


_STOPS = {"zh": "。", "yue": "。", "km": "។"}


def ended(spoken: str, lang: str) -> str:
    """A sentence with its stop: a voice lets its tone fall only before one."""
    if not spoken or re.search(r"[.!?…:。！？។]$", spoken):
        return spoken
    return spoken + _STOPS.get(lang.split("-")[0], ".")


def syllables(spoken: str) -> int:
    """How many syllables are said: words in Vietnamese, signs in Chinese, clusters of about three letters in Khmer."""
    han = len(re.findall(r"[\u3400-\u9fff]", spoken))
    khmer = len(re.findall(r"[\u1780-\u17b3]", spoken))
    return len(re.findall(r"[^\W\u3400-\u9fff\u1780-\u17ff]+", spoken)) + han + (khmer + 1) // 2


# How espeak-ng's time divides, least squares over 516 sentences: most goes by syllables, the rest by pauses at
# commas and by the edges of each sentence.
_SYLLABLE_SHARE, _COMMA_S, _EDGES_S = 0.905, 0.32, 0.14


@functools.lru_cache(maxsize=4096)  # one body is weighed for thousands of communes
def spoken_s(spoken: str, syllables_s: float) -> float:
    """About how long one sentence takes to say at a pace of `syllables_s` over all."""
    commas = len(re.findall(r"[,;:]\s|[，、；：]", spoken))
    return syllables(spoken) * _SYLLABLE_SHARE / syllables_s + commas * _COMMA_S + _EDGES_S


def estimated_s(parts: Iterable[Segment], syllables_s: float) -> float:
    """About how long segments take, pauses included."""
    return sum(spoken_s(part.spoken, syllables_s) + part.pause_after_s for part in parts)
