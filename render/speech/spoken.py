"""What is said for what is written: `loa speak`, narrations and bulletins all come here."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Literal

from render.edition import Runs, SaidFact
from render.errors import GateError
from render.speech.lexicon import Lexicon, lexicon, lexicon_file
from render.speech.vi import calendar, citations, contacts, numbers, quantities, words

Region = Literal["north", "south"]

_FACT = quantities.FACT
_LONGEST = 1000  # letters: longer than any sentence that people say


@functools.lru_cache(maxsize=4096)  # a clip's plan weighs the same sentences many times over
def spoken_form(text: str, lang: str = "vi", region: Region = "north", say: tuple[tuple[str, str], ...] = ()) -> str:
    """`text` as it is said. Vietnamese has its rules; any other language its lexicon and its telephone digits.

    `say` are words of one article and how they are said, before any rule.
    """
    text = _as_told(_clean(text), say)
    if lang.split("-")[0] == "vi":
        lex = lexicon("vi")
        return "".join(_vietnamese(piece, lex, region) + gap for piece, gap in _pieces(text))
    return _by_lexicon(text, lexicon(lang))


def speak_runs(
    runs: Runs,
    facts: Iterable[SaidFact],
    *,
    lang: str,
    region: Region = "north",
    say: tuple[tuple[str, str], ...] = (),
) -> str:
    """The spoken text of runs: a fact is said from its value, everything else as `say` tells and by the rules."""
    book = tuple(facts)
    said: list[str] = []
    for run in runs:
        fact = _said_fact(run.fact, run.text, book) if run.fact else None
        if fact is not None and lang.split("-")[0] == "vi":
            said.append(f"{_FACT}{speak_fact(fact)}{_FACT}")
        else:
            said.append(run.text.replace(_FACT, ""))
    return spoken_form("".join(said), lang, region, say)


def _said_fact(key: str, printed: str, facts: tuple[SaidFact, ...]) -> SaidFact | None:
    """The fact of a run; of several values of one key (on other dates) the one printed there."""
    named = [fact for fact in facts if fact.key == key]
    return next((fact for fact in named if fact.printed == printed), named[0] if len(named) == 1 else None)


def speak_fact(fact: SaidFact) -> str:
    """A fact's value in Vietnamese words: its printed form takes no part."""
    if fact.unit == "phone":
        return contacts.speak_phones(fact.value) if re.search(r"\d", fact.value) else fact.value
    if fact.unit in ("email", "url"):
        return contacts.speak_addresses(fact.value, lexicon("vi"))
    try:
        value = Decimal(fact.value)
    except InvalidOperation:
        return _vietnamese(fact.value, lexicon("vi"), "north")
    unit = {
        "money": " đồng",
        "percent": " phần trăm",
        "age": " tuổi",
        "years": " năm",
        "months": " tháng",
        "days": " ngày",
    }
    suffix = spoken_form(fact.suffix, "vi") if fact.suffix else ""
    return numbers.decimal(value) + (unit.get(fact.unit) or (f" {suffix}" if suffix else ""))


def unspoken(text: str, lang: str = "vi") -> list[str]:
    """What a voice could not say in a spoken text: digits, symbols, capital abbreviations. Empty when all is well."""
    return list(_unspoken(text, lang))


@functools.lru_cache(maxsize=4096)  # one body is told to thousands of communes
def _unspoken(text: str, lang: str) -> tuple[str, ...]:
    found = re.findall(r"[^\W\d]*\d[\w.,/-]*", text)
    found += [c for c in text if not c.isdecimal() and c.isnumeric() and not "\u3400" <= c <= "\u9fff" and c != "〇"]
    found += re.findall(
        r"[^\w\s.,;:!?…。，、；：！？「」『』（）《》·។៕៖\u200b\u0300-\u036f]", re.sub(r"\d[\w.,/-]*", "", text)
    )
    if lang.split("-")[0] == "vi":
        # Two capitals in a word are no Vietnamese word; a single one is only a name's first letter or a label (điểm A).
        # No word is without a vowel: "Cty", "mmHg" and "đvt" are short for something.
        words_of = re.findall(r"[^\W\d_]+", text)
        found += [word for word in words_of if sum(c.isupper() for c in word) > 1 or _is_short(word)]
    else:
        found += re.findall(r"(?<![^\W\d_])[A-ZĐ]{2,}(?![^\W\d_])", text)
    return tuple(dict.fromkeys(found))


def _is_short(word: str) -> bool:
    letters = unicodedata.normalize("NFD", word.lower())
    return len(word) > 1 and letters.isascii() and word.lower() != "vn" and not re.search("[aeiouy]", letters)


def check_spoken(spoken: str, *, lang: str, where: str) -> None:
    """The gate `spoken`: a `GateError` that names what could not be said. Other languages only list it."""
    if lang.split("-")[0] == "vi" and (left := unspoken(spoken, lang)):
        listed = ", ".join(f"“{part}”" for part in left)
        file = "/".join(lexicon_file(lang).parts[-3:])
        at = spoken.find(left[0])
        begin, end = max(at - 60, 0), at + len(left[0]) + 60
        shown = ("…" if begin else "") + spoken[begin:end].strip() + ("…" if end < len(spoken) else "")
        raise GateError(
            f"nobody can say {listed} in “{shown}”",
            gate="spoken",
            where=where,
            mend=f"Write it in words, or say in {file} how it is said",
        )


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[\u00a0\u2007\u2009\u202f]", " ", text)
    text = re.sub(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]", "", text)
    return re.sub(r"[ \t]{2,}", " ", text)


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """A long text in pieces, each with the gap after it: rules look back, so their time grows with a piece's square.

    It is cut after a sentence where there is one, else at a space, never within a fact; what people write is whole.
    """
    while len(text) > _LONGEST:
        facts = [match.span() for match in re.finditer(rf"{_FACT}[^{_FACT}]*{_FACT}", text[: 4 * _LONGEST])]
        open_to = max((end for start, end in facts if start < _LONGEST < end), default=_LONGEST)
        cut = open_to
        if open_to == _LONGEST:
            for mark in (r"[^\W\d_]{2}[.!?…;]\s", r",\s", r"\s"):
                found = [match.end() for match in re.finditer(mark, text[:_LONGEST])]
                inside = [at for at in found if at > _LONGEST // 2 and not any(a < at < b for a, b in facts)]
                if inside:
                    cut = inside[-1]
                    break
        piece, text = text[:cut], text[cut:]
        yield piece, " " if piece.endswith((" ", "\n")) else ""
    yield text, ""


def _as_told(text: str, say: tuple[tuple[str, str], ...]) -> str:
    """With the words of `say` as they are said, longest first; not within a fact, an address or a document's number."""
    if not say:
        return text
    said = {_clean(word): _clean(words) for word, words in say}
    listed = "|".join(re.escape(word) for word in sorted(said, key=len, reverse=True))
    pattern = re.compile(rf"{_FACT}[^{_FACT}]*{_FACT}|(?<![\w./@-])(?:{listed})(?![\w/@-]|\.\w)")
    return pattern.sub(lambda match: said.get(match[0], match[0]), text)


def _vietnamese(text: str, lex: Lexicon, region: Region) -> str:
    """The rules in their order: what has the firmest shape first, so that no later rule sees half of it."""
    rules: tuple[Callable[[str], str], ...] = (
        lambda t: words.lower_headlines(t, lex),
        lambda t: words.drop_explained(t, lex),
        lambda t: contacts.speak_addresses(t, lex),
        lambda t: citations.speak_citations(t, lex),
        lambda t: contacts.spell_messages(t, lex),
        lambda t: contacts.spell_cards(t, lex),
        contacts.speak_phones,
        lambda t: words.speak_dotted(t, lex),
        quantities.drop_said_twice,
        quantities.speak_money,
        calendar.speak_times,
        calendar.speak_dates,
        quantities.speak_comparisons,
        quantities.speak_ranges,
        quantities.speak_each,
        quantities.speak_romans,
        quantities.speak_arithmetic,
        lambda t: quantities.speak_units(t, lex),
        quantities.speak_each,
        lambda t: words.speak_foreign(t, lex),
        lambda t: quantities.speak_codes(t, lex),
        lambda t: words.speak_abbreviations(t, lex),
        words.lower_words,
        quantities.speak_numbers,
        words.speak_slashes,
        lambda t: t.replace(_FACT, ""),
        words.breathe,
    )
    for rule in rules:
        text = rule(text)
    return quantities.southern(text) if region == "south" else text


def _by_lexicon(text: str, lex: Lexicon) -> str:
    """Another language: its own words for what is written, its own digits for telephone numbers; no rule of ours."""
    if lex.abbreviations:
        pattern = words.any_of(tuple(lex.abbreviations))
        text = pattern.sub(lambda m: lex.abbreviations[m[0]], text)
    if lex.words:
        text = words.speak_foreign(text, lex)
    if lex.digits:

        def phone(match: re.Match[str]) -> str:
            groups = [[lex.digits[int(c)] for c in group] for group in re.findall(r"\d+", match[0])]
            between = "" if all(len(digit) == 1 for digit in lex.digits) else " "
            return " ".join(between.join(group) for group in groups)

        text = contacts.PHONE.sub(phone, text)
    return re.sub(r"[ \t]+", " ", text).strip()
