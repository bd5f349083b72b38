"""How easy a Vietnamese text is to read and to listen to, by its sentences; no word is looked up anywhere.

A Vietnamese text is counted in syllables (tiếng), which stand apart. The score begins at 100. It falls by the mean
length of the sentences beyond 12 syllables, by the share of the text that stands in sentences beyond 25 (a breath: 7 s
at 3.5 syllables a second), and by what makes a listener lose the thread: abbreviations, passives with their agent,
chains of `của`, double negation, phrases of offices. How it was calibrated: docs/decisions/0034.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from render.findings import Change, Finding, Passage

EASY, FAIR = 75, 55  # from here a score is called easy, or fair
LONG = 25  # syllables in a sentence: more than a breath
VERY_LONG = 40
_EASE_FROM = 12  # a mean sentence up to here costs nothing
_AGENT_WITHIN = 12  # syllables between `được`, `bị` and their agent
_CHAIN_WITHIN = 14
_QUOTED = 160  # letters of a sentence that is shown

_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_LINK = re.compile(r"\]\([^()\s]*\)")
_MARKS = re.compile(r"[*_`\[\]]")
_END = re.compile(r"[.!?…](?=[\s\"”’»)]|\Z)[\"”’»)]*\s*|\n+|;\s+")
_SYLLABLE = re.compile(r"[^\W\d_]+|\d[\d.,/]*")
_SHORT = re.compile(r"(?<![\w/.-])[A-ZĐ][A-ZĐ&]*[A-ZĐ](?:-[A-ZĐ&]+)*(?![\w/]|-\w)")
_ROMAN = re.compile(r"[IVXLC]+\Z")
_KNOWN = frozenset({"QR", "SMS", "OK", "SOS", "PDF", "MẪU", "VN"})
_NO_END = re.compile(r"(?:\b(?:TP|Tp|TS|ThS|PGS|GS|BS|Q|P|Tr|tr|ĐT|vv|v)|(?<!\w)[A-ZĐ]|(?<!\w)\d{1,2})\.\s*\Z")

_DOUBLE = (
    ("không", "phải", "không"),
    ("không", "phải", "là", "không"),
    ("không", "thể", "không"),
    ("không", "phải", "chưa"),
    ("chẳng", "phải", "không"),
    ("không", "có", "nghĩa", "là", "không"),
    ("không", "loại", "trừ", "không"),
    ("không", "được", "không"),
)

# What offices write, and what people say; "" where it can simply go.
OFFICIAL = {
    "nhằm mục đích": "để",
    "trên địa bàn": "ở",
    "trong trường hợp": "nếu",
    "đối với trường hợp": "nếu",
    "căn cứ theo": "theo",
    "kể từ thời điểm": "từ khi",
    "tại thời điểm": "khi",
    "trong thời gian tới": "sắp tới",
    "tiến hành thực hiện": "làm",
    "tiến hành": "",
    "có trách nhiệm": "phải",
    "đối tượng thụ hưởng": "người được hưởng",
    "thực hiện việc": "",
    "được thực hiện thông qua": "qua",
    "trên cơ sở": "theo",
    "tham gia đóng": "đóng",
    "nêu trên": "này",
    "theo quy định của pháp luật": "theo luật",
}
_OFFICIAL = re.compile(
    r"(?<!\w)(?:" + "|".join(re.escape(one) for one in sorted(OFFICIAL, key=len, reverse=True)) + r")(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ease:
    """How a text reads: its score from 0 to 100, and what it was worked out from."""

    score: int
    sentences: int
    syllables: int
    mean_syllables: float  # of a sentence
    long_share: float  # of the text that stands in long sentences

    @property
    def level(self) -> str:
        """`easy`, `fair` or `hard`."""
        return "easy" if self.score >= EASY else "fair" if self.score >= FAIR else "hard"


def plain(text: str) -> str:
    """The words of inline Markdown; a fact counts as the two syllables that figures have at least."""
    return _MARKS.sub("", _LINK.sub("", _PLACEHOLDER.sub("mười đồng", text)))


def sentences(text: str) -> list[str]:
    """A text cut at its sentences and semicolons."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _NO_END.search(text[max(start, match.start() - 8) : match.start() + 1]) and match.end() < len(text):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [one for one in found if _SYLLABLE.search(one)]


def syllables(text: str) -> list[str]:
    """The syllables and numbers of a text."""
    return _SYLLABLE.findall(text)


def ease(texts: Iterable[str]) -> Ease:
    """The score of all running text of an article together."""
    lengths: list[int] = []
    faults = 0
    for text in texts:
        for sentence in sentences(plain(text)):
            words = syllables(sentence)
            lengths.append(len(words))
            faults += len(_faults(words)) + len(_OFFICIAL.findall(sentence))
            faults += sum(1 for one in _SHORT.findall(sentence) if one not in _KNOWN)
    total = sum(lengths)
    if not total:
        return Ease(100, 0, 0, 0.0, 0.0)
    mean = total / len(lengths)
    long_share = sum(one for one in lengths if one > LONG) / total
    score = 100 - 1.6 * max(mean - _EASE_FROM, 0) - 25 * long_share - min(300 * faults / total, 25)
    return Ease(max(0, min(100, round(score))), len(lengths), total, round(mean, 1), round(long_share, 3))


def hard_sentences(passage: Passage) -> list[Finding]:
    """Sentences that are too long, and what in them makes a listener lose the thread."""
    found: list[Finding] = []
    for sentence in sentences(plain(passage.text)):
        words = syllables(sentence)
        if len(words) > LONG:
            level = "warning" if len(words) > VERY_LONG else "hint"
            values = {"count": str(len(words)), "most": str(LONG)}
            found.append(Finding("long-sentence", level, passage.place, _shown(sentence), values))  # type: ignore[arg-type]
        for code, quote in _faults(words):
            found.append(Finding(code, "hint", passage.place, quote))
    for match in _OFFICIAL.finditer(passage.text):
        better = OFFICIAL[match[0].casefold()]
        put = better.capitalize() if match[0][0].isupper() else better
        changes = (Change(match[0], put, put),) if better else ()
        values = {"better": better}
        found.append(Finding("office-phrase", "hint", passage.place, match[0], values, changes))
    return found


def _shown(sentence: str) -> str:
    return sentence if len(sentence) <= _QUOTED else sentence[:_QUOTED].rsplit(" ", 1)[0] + " …"


def _faults(words: Sequence[str]) -> list[tuple[str, str]]:
    """What of a sentence is hard to follow, each with its words. One pass: a window moves over the syllables."""
    said, words = words, [one.casefold() for one in words]
    found: list[tuple[str, str]] = []
    of = [index for index, word in enumerate(words) if word == "của"]
    for first, third in zip(of, of[2:], strict=False):
        if third - first <= _CHAIN_WITHIN:
            found.append(("of-chain", " ".join(said[max(first - 2, 0) : third + 3])))
            break
    passives = [index for index, word in enumerate(words) if word in ("được", "bị")]
    for index in passives:
        window = words[index + 1 : index + 1 + _AGENT_WITHIN]
        if "bởi" in window:
            end = index + 2 + window.index("bởi") + 3
            found.append(("passive", " ".join(said[index:end])))
            break
    actions = [index for index, word in enumerate(words) if word in ("việc", "sự")]
    for first, second in pairwise(actions):
        if second - first <= _CHAIN_WITHIN:
            found.append(("noun-chain", " ".join(said[first : second + 3])))
            break
    for index in (at for at, word in enumerate(words) if word in ("không", "chẳng")):
        for pattern in _DOUBLE:
            if tuple(words[index : index + len(pattern)]) == pattern:
                found.append(("double-negation", " ".join(said[index : index + len(pattern) + 2])))
                return found
    return found


def abbreviations(passages: Sequence[Passage], meanings: dict[str, str], allowed: Iterable[str] = ()) -> list[Finding]:
    """Each abbreviation that is not explained where it first stands: "bảo hiểm y tế (BHYT)" explains it."""
    known = _KNOWN | set(allowed)
    found: list[Finding] = []
    met: set[str] = set()
    for passage in passages:
        if passage.part in ("alt", "credit"):
            continue
        bare = _PLACEHOLDER.sub(lambda match: " " * len(match[0]), passage.text)
        if bare.isupper():
            continue  # a line in capitals is no abbreviation
        for match in _SHORT.finditer(bare):
            short = match[0]
            if short in met or short in known or _ROMAN.match(short) or len(short) > 12:
                continue
            met.add(short)
            before, after = bare[: match.start()].rstrip(), bare[match.end() :].lstrip()
            if (before.endswith("(") and after.startswith((")", ","))) or after.startswith("("):
                continue
            full = meanings.get(short, "")
            changes = (
                (Change(short, full, full), Change(short, f"{full} ({short})", f"{full} ({short})")) if full else ()
            )
            values = {"short": short, "full": full}
            found.append(Finding("abbreviation", "warning", passage.place, short, values, changes))
    return found
