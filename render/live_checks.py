"""Everything that is said of an article while it is being written: reading ease, figures, pictures, lengths, facts."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from render.article import Article, Eligibility, Figures, Notice, Steps
from render.errors import FactError, LoaError
from render.facts import FactBook, print_fact
from render.findings import Change, Finding, Passage
from render.inline import check_text, placeholders
from render.language import language
from render.legacy import convert, detect
from render.markup import html_in
from render.parity import check_parity
from render.phrases import first_few, vietnamese_date
from render.products import products
from render.readability import Ease, abbreviations, ease, hard_sentences
from render.scripts import check_letters
from render.sketches import SLOTS_S, Draft, edition_of, reading
from render.speech.lexicon import lexicon
from render.typed_figures import known_values, typed_figures

HEADLINE_MOST = 90  # letters, with its figures: three lines on a leaflet
ALT_LEAST = 3  # words that tell something
SOON_DAYS = 60  # a change of a fact that the text should know of
REVIEW_DAYS = 30

_FILE_NAME = re.compile(
    r"(?i)\.(?:jpe?g|png|webp|tiff?|heic)\Z|^(?:img|dscn?|image|photo|screenshot|zalo)[\s_-]?\d|^[\w-]{0,40}\d{5}[\w-]{0,80}\Z"
)
_EMPTY_ALTS = frozenset({"hình minh họa", "ảnh minh họa", "hình ảnh minh họa", "picture of people", "image of people"})


@dataclass(frozen=True)
class Checked:
    """What was found, and what is said of the whole."""

    findings: tuple[Finding, ...]
    ease: Ease | None  # None for a language that the score knows nothing of
    lengths: tuple[tuple[str, float, float | None, tuple[str, ...]], ...]  # product, seconds, slot, what has no room
    stopped: LoaError | None  # why there is no edition yet


def checked(draft: Draft, passages: Sequence[Passage], wanted: Sequence[str] = ()) -> Checked:
    """All of it, for the products that are wanted (none: all); whatever the text is, it never fails."""
    article = draft.article
    vietnamese = article.lang.split("-")[0] == "vi"
    known = known_values(draft.facts, draft.on)
    allowed = frozenset({article.in_force.isoformat()} if article.in_force else ())
    findings: list[Finding] = []
    for passage in passages:
        findings += _letters(passage, article.lang)
        findings += _unknown_facts(passage, draft.facts)
        findings += [Finding("html-tag", "warning", passage.place, tag) for tag in html_in(passage.text)]
        if passage.part not in ("alt", "credit"):
            findings += typed_figures(passage, known, allowed=allowed)
            findings += hard_sentences(_as_printed(passage, draft)) if vietnamese else ()
        if passage.part == "alt":
            findings += _alt(passage)
    if vietnamese:
        said = [word for word, _ in article.say]
        findings += abbreviations(passages, dict(lexicon("vi").abbreviations), said)
    findings += _headline(draft, passages)
    findings += _facts_in_time(passages, draft.facts, draft.on)
    names = [name for name in (wanted or products()) if name in products()]
    findings += _missing(article, names)
    stopped: LoaError | None = None
    lengths: list[tuple[str, float, float | None, tuple[str, ...]]] = []
    try:
        if draft.source is not None:
            check_parity(article, draft.source)
        edition_of(draft)
    except LoaError as error:
        stopped = error
    else:
        lengths = list(_lengths(draft, names, passages, findings))
    running = [_as_printed(one, draft).text for one in passages if one.part not in ("alt", "credit", "topic")]
    return Checked(
        tuple(_once(findings)),
        ease(running) if vietnamese else None,
        tuple(lengths),
        stopped,
    )


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each finding once at each place."""
    seen: set[tuple[str, str, str]] = set()
    for one in findings:
        about = (one.code, one.place, one.quote)
        if about not in seen:
            seen.add(about)
            yield one


def _letters(passage: Passage, lang: str) -> Iterator[Finding]:
    """Letters of old fonts, of other scripts, and what no text may hold."""
    if detect(passage.text, lang):
        real = convert(passage.text, lang)
        yield Finding("old-font", "error", passage.place, passage.text[:160], {}, (Change(passage.text, real, real),))
        return
    try:
        check_text(passage.text)
        if language(lang).enabled:
            check_letters(passage.text, lang)
    except LoaError as error:
        yield _refused(error, passage.place)


def _refused(error: LoaError, place: str) -> Finding:
    return Finding("refused", "error", place, "", {"what": error.what, "mend": error.mend})


def _unknown_facts(passage: Passage, facts: FactBook) -> Iterator[Finding]:
    try:
        asked = placeholders(passage.text)
    except LoaError:
        return  # told already as a text that cannot be
    for one in dict.fromkeys(asked):
        if one.key not in facts.facts:
            near = difflib.get_close_matches(one.key, list(facts.facts), n=3, cutoff=0.6)
            changes = tuple(Change(one.key, key, facts.facts[key].label) for key in near)
            yield Finding("unknown-fact", "error", passage.place, str(one), {"key": one.key}, changes)


def _alt(passage: Passage) -> Iterator[Finding]:
    text = passage.text.strip()
    if not text:
        yield Finding("alt-missing", "error", passage.place)
    elif _FILE_NAME.search(text):
        yield Finding("alt-file-name", "warning", passage.place, text)
    elif text.casefold().rstrip(".") in _EMPTY_ALTS or len(text.split()) < ALT_LEAST:
        yield Finding("alt-poor", "warning", passage.place, text)


def _headline(draft: Draft, passages: Sequence[Passage]) -> Iterator[Finding]:
    title = next((one for one in passages if one.part == "title"), None)
    if title is None or not title.text.strip():
        return
    text = _printed(title.text, draft.facts, draft.on)
    if not re.search(r"\d", text):
        yield Finding("headline-without-number", "hint", title.place, text)
    if len(text) > HEADLINE_MOST:
        values = {"count": str(len(text)), "most": str(HEADLINE_MOST)}
        yield Finding("headline-long", "warning", title.place, text, values)
    if text.isupper() and len(text) > 8:
        yield Finding("headline-capitals", "warning", title.place, text)


def _as_printed(passage: Passage, draft: Draft) -> Passage:
    """With its figures, as it is read."""
    return replace(passage, text=_printed(passage.text, draft.facts, draft.on)) if "{{" in passage.text else passage


def _printed(text: str, facts: FactBook, day: dt.date) -> str:
    try:
        for one in placeholders(text):
            text = text.replace(str(one), print_fact(facts.on(one.asked or day).get(one.key)))
    except LoaError:
        return text
    return text


def _facts_in_time(passages: Sequence[Passage], facts: FactBook, day: dt.date) -> Iterator[Finding]:
    """Facts whose review is due, and those that will say something else soon."""
    at: dict[str, str] = {}
    for passage in passages:
        try:
            for one in placeholders(passage.text):
                if one.asked is None:
                    at.setdefault(one.key, passage.place)
        except LoaError:
            continue
    for key, place in at.items():
        fact = facts.facts.get(key)
        if fact is None:
            continue
        values = {"key": key, "label": fact.label}
        reviews = [one for one in (fact.review_by, *(value.review_by for value in fact.values)) if one]
        if reviews and (due := min(reviews)) <= day + dt.timedelta(days=REVIEW_DAYS):
            level = "error" if due < day else "warning"
            yield Finding("fact-review", level, place, fact.label, {**values, "date": vietnamese_date(due)})  # type: ignore[arg-type]
        yield from _changing(key, place, values, facts, day)


def _changing(key: str, place: str, values: dict[str, str], facts: FactBook, day: dt.date) -> Iterator[Finding]:
    last = day + dt.timedelta(days=SOON_DAYS)
    try:
        now = facts.on(day).get(key)
        days = {one.since for name in (key, *now.inputs) for one in facts.facts[name].values if one.since}
        for since in sorted(one for one in days if day < one <= last):
            then = facts.on(since).get(key)
            if then.value != now.value:
                new = {"value": print_fact(then), "date": vietnamese_date(since)}
                yield Finding("fact-changes", "warning", place, values["label"], {**values, **new})
                return
        ends = [one.until for one in facts.facts[key].values if one.until and day <= one.until <= last]
        if ends:
            facts.on(max(ends) + dt.timedelta(days=1)).get(key)
    except FactError as error:
        yield Finding(
            "fact-ends", "warning", place, values["label"], {**values, "what": error.what, "mend": error.mend}
        )


# What a product is poor without: the kind of section, and the media that need it.
_NEEDS = (
    (Figures, "missing-figures", "warning", ("picture", "video", "print", "audio")),
    (Eligibility, "missing-eligibility", "hint", ("print", "audio", "video")),
    (Steps, "missing-steps", "hint", ("print", "audio", "video")),
)


def _missing(article: Article, names: Sequence[str]) -> Iterator[Finding]:
    """What the article lacks for what is wanted of it."""
    kinds = {type(block) for block in article.blocks}
    if not article.blocks:
        yield Finding("no-sections", "error", "body")
    else:
        for kind, code, level, media in _NEEDS:
            poor = [products()[name].label for name in names if products()[name].medium in media]
            if kind not in kinds and poor and not (kind is Steps and Notice in kinds):
                yield Finding(code, level, "body", "", {"products": first_few(poor, 3)})  # type: ignore[arg-type]
    if not article.legal:
        yield Finding("no-legal-basis", "warning", "legal")
    if not article.audiences:
        yield Finding("no-audience", "hint", "audiences")


def _lengths(
    draft: Draft, names: Sequence[str], passages: Sequence[Passage], findings: list[Finding]
) -> Iterator[tuple[str, float, float | None, tuple[str, ...]]]:
    """How long each bulletin is; what nobody can say is put to the findings, at the text that holds it."""
    told: set[str] = set()
    for name in (one for one in names if one in SLOTS_S):
        try:
            found = reading(draft, name)
        except LoaError as error:
            findings.append(
                Finding("slot", "error", "body", products()[name].label, {"what": error.what, "mend": error.mend})
            )
            continue
        for word in found.unsaid:
            if word not in told:
                told.add(word)
                place = next((one.place for one in passages if word in one.text), "")
                level = "error" if draft.article.lang.split("-")[0] == "vi" else "hint"
                findings.append(Finding("unsaid", level, place, word))  # type: ignore[arg-type]
        yield name, found.length_s, found.slot_s, found.left_out
