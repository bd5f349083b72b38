"""A person's voice as data: the numbered lines to read, the takes there are of them, and what is still missing."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from render.errors import VoiceError

# What a new line must share with one that was dropped, to be taken for its new wording and keep its number.
_SAME_LINE = 0.6

NO_CONSENT = "chưa ghi sự đồng ý của người đọc"
NOT_HEARD = "chờ nghiệm thu bản thu"


def text_key(text: str) -> str:
    """What a take is found by: the words of a line, whatever its spaces, capitals and last mark. 16 hex digits."""
    words = " ".join(unicodedata.normalize("NFC", text).casefold().split()).strip(" .!?…:;,。！？។")
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Line:
    """A line to be read: what is written, how it is said, and the paragraph it stands in."""

    text: str
    spoken: str
    part: str = ""

    @property
    def key(self) -> str:
        """What its take is found by."""
        return text_key(self.text)


@dataclass(frozen=True)
class Numbered:
    """A line under its number; `before` is its earlier wording where it was reworded since it was numbered."""

    number: int
    line: Line
    before: str = ""


@dataclass(frozen=True)
class Signed:
    """Who put their name to something, and when."""

    who: str
    on: dt.date


@dataclass(frozen=True)
class Take:
    """One line as a person has said it. Its sound is mono FLAC, found by its digest."""

    number: int
    text: str  # the line as it was when it was read
    sha256: str
    duration_s: float
    speaker: str
    consent: Signed | None = None
    heard: Signed | None = None  # the second listener, never the speaker
    measured: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The line it belongs to."""
        return text_key(self.text)


def _no_sound(sha256: str) -> bytes:
    raise VoiceError(f"the sound {sha256[:12]} of a take is not here", mend="Add the take again")


@dataclass(frozen=True)
class Takes:
    """The takes of an article in one language; `sound` finds bytes by their digest, wherever they lie."""

    lang: str
    takes: tuple[Take, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)  # key of every line that was ever numbered
    texts: Mapping[int, str] = field(default_factory=dict)  # its last wording
    sound: Callable[[str], bytes] = field(default=_no_sound, compare=False)

    def of(self, text: str) -> Take | None:
        """The take of a line; the last one that was added counts."""
        key = text_key(text)
        return next((take for take in reversed(self.takes) if take.key == key), None)


def number_lines(lines: Iterable[Line], takes: Takes | None = None) -> tuple[Numbered, ...]:
    """The lines to read, each text once, in order.

    A line keeps the number it was given; one that was reworded takes over the number of its old wording; a new
    one gets the next number. So what was printed and written on yesterday's sheet stays true.
    """
    known = dict(takes.numbers) if takes else {}
    wording = dict(takes.texts) if takes else {}
    first: dict[str, Line] = {}
    for line in lines:
        first.setdefault(line.key, line)
    once = list(first.values())
    here = {line.key for line in once}
    dropped = {number: wording.get(number, "") for key, number in known.items() if key not in here}
    for number in {known[key] for key in here if key in known}:
        dropped.pop(number, None)
    following = max([*known.values(), 0]) + 1
    found: list[Numbered] = []
    for line in once:
        if line.key in known:
            found.append(Numbered(known[line.key], line))
        elif (old := _reworded(line.text, dropped)) is not None:
            found.append(Numbered(old, line, dropped.pop(old)))
        else:
            found.append(Numbered(following, line))
            following += 1
    return tuple(found)


def _reworded(text: str, dropped: Mapping[int, str]) -> int | None:
    def likeness(old: str) -> float:
        return difflib.SequenceMatcher(None, text.casefold().split(), old.casefold().split(), autojunk=False).ratio()

    best = max(dropped, key=lambda number: (likeness(dropped[number]), -number), default=None)
    return best if best is not None and likeness(dropped[best]) >= _SAME_LINE else None


def sheet_code(lines: Sequence[Numbered]) -> str:
    """Eight letters and digits that name what a sheet holds; another text or number gives another code."""
    held = "\n".join(f"{one.number}:{one.line.key}" for one in lines)
    return hashlib.sha256(held.encode()).hexdigest()[:8].upper()


@dataclass(frozen=True)
class Standing:
    """How a text stands with its takes."""

    missing: tuple[Numbered, ...]  # nobody has read them as they are now
    unsure: tuple[Numbered, ...]  # read, but without consent or without a second listener
    taken: int

    @property
    def complete(self) -> bool:
        """Whether all of it can be played."""
        return not self.missing and not self.unsure

    def words(self, takes: Takes) -> str:
        """What is waited for, in Vietnamese."""
        told: list[str] = []
        if self.missing:
            again = [one for one in self.missing if one.before]
            new = [one for one in self.missing if not one.before]
            parts = [f"thu lại đoạn đã đổi lời: {_named(again)}"] if again else []
            parts += [f"thu đoạn {_named(new)}"] if new else []
            told.append("chờ bản thu, cần " + "; ".join(parts))
        if self.unsure:
            unagreed = [one for one in self.unsure if (take := takes.of(one.line.text)) and take.consent is None]
            unheard = [one for one in self.unsure if (take := takes.of(one.line.text)) and take.heard is None]
            told += [f"{NO_CONSENT} (đoạn {_named(unagreed)})"] if unagreed else []
            told += [f"{NOT_HEARD} (đoạn {_named(unheard)})"] if unheard else []
        return "; ".join(told)


def standing(lines: Iterable[Line], takes: Takes) -> Standing:
    """What of a text is taken, what is missing, and what may not be used yet."""
    missing: list[Numbered] = []
    unsure: list[Numbered] = []
    taken = 0
    for one in number_lines(lines, takes):
        take = takes.of(one.line.text)
        if take is None:
            missing.append(one)
            continue
        taken += 1
        if take.consent is None or take.heard is None:
            unsure.append(one)
    return Standing(tuple(missing), tuple(unsure), taken)


def _named(lines: Sequence[Numbered], most: int = 12) -> str:
    """`3, 5–7, 12`."""
    numbers = sorted(one.number for one in lines)
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in ranges[:most]]
    return ", ".join(shown) + (" …" if len(ranges) > most else "")


def with_takes(takes: Takes, new: Iterable[Take], lines: Iterable[Numbered]) -> Takes:
    """The takes with new ones in the place of earlier ones of the same line; the numbers of `lines` are kept."""
    added = list(new)
    keys = {take.key for take in added}
    numbers, texts = dict(takes.numbers), dict(takes.texts)
    for one in lines:
        if one.before:  # the number goes over to the new wording
            numbers = {key: number for key, number in numbers.items() if number != one.number}
        numbers[one.line.key] = one.number
        texts[one.number] = one.line.text
    kept = [take for take in takes.takes if take.key not in keys]
    every = sorted([*kept, *added], key=lambda take: take.number)
    return replace(takes, takes=tuple(every), numbers=numbers, texts=texts)


def signed_off(takes: Takes, who: str, on: dt.date, numbers: Iterable[int] = ()) -> Takes:
    """The takes with a second listener's name under those of `numbers` (all that have none yet, without numbers)."""
    wanted = set(numbers)
    unknown = wanted - {take.number for take in takes.takes}
    if unknown:
        raise VoiceError(f"there is no take of segment {min(unknown)}", mend="loa takes ARTICLE --show lists them")
    chosen = [take for take in takes.takes if (take.number in wanted if wanted else take.heard is None)]
    for take in chosen:
        if _same_person(take.speaker, who):
            raise VoiceError(
                f"{who} is the speaker of segment {take.number}",
                mend="The second listener is somebody else who speaks the language",
            )
    heard = {take.key: replace(take, heard=Signed(who, on)) for take in chosen}
    return replace(takes, takes=tuple(heard.get(take.key, take) for take in takes.takes))


def agreed(takes: Takes, speaker: str, who: str, on: dt.date) -> Takes:
    """The takes with the consent of a speaker, given by `who` (the speaker, or who may speak for them)."""
    if not any(_same_person(take.speaker, speaker) for take in takes.takes):
        raise VoiceError(f"no take is by {speaker}", mend="loa takes ARTICLE --show lists the speakers")
    return replace(
        takes,
        takes=tuple(
            replace(take, consent=Signed(who, on)) if _same_person(take.speaker, speaker) else take
            for take in takes.takes
        ),
    )


def _same_person(one: str, other: str) -> bool:
    def plain(name: str) -> str:
        return " ".join(unicodedata.normalize("NFC", name).casefold().split())

    return plain(one) == plain(other)
