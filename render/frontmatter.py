"""The front matter of an article file: what each key may hold, read and written."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from render.article import Article, Correction, Picture, Priority, Verdict
from render.campaigns import check_campaign
from render.errors import ArticleError, LanguageError
from render.inline import bad_character, check_text, clean, placeholders
from render.language import language
from render.pictures import CENTRE, checked_focus, checked_picture, described, front_matter_value
from render.strictyaml import QUOTE, Scalar, Table, Value, read_entries

KEYS = (
    "slug", "lang", "title", "summary", "topic", "audiences", "legal", "in_force", "priority", "languages", "products",
    "campaign", "picture", "say", "voices", "topics", "review_by", "valid_until", "correction",
    "responsible", "reviewer", "in_campaign",
)  # fmt: skip
OF_NEWSROOM = ("responsible", "reviewer", "in_campaign")
REQUIRED = ("slug", "lang", "title", "summary")
LISTS = ("audiences", "legal", "languages", "products", "topics")
TABLES = {
    "picture": 'picture: {file: "anh/ten-anh.jpg", alt: "mô tả ảnh", credit: "Ảnh: …", focus: [0.5, 0.3]}',
    "say": 'say: {"VssID": "vê ét ét ai đi"}',
    "voices": 'voices: {"km": "ten-giong"}',
    "correction": 'correction: {claim: "…", verdict: false, truth: "…", evidence: ["https://…"]}',
}
PICTURE_KEYS = ("file", "alt", "credit", "focus")
LONGEST_SAID = 200  # characters of a word of `say`, and of how it is said
_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
AUDIENCES = range(1, 7)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 80
_EVIDENCE = re.compile(r"https://[a-zA-Z0-9.-]+(?::\d{1,5})?(?:[/?#][^\s<>\"{}|\\^`]*)?")


def check_slug(slug: str) -> str:
    """A slug that is safe in file names and addresses; an `ArticleError` (without its place) otherwise."""
    if not _NAME.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise ArticleError(
            f"{slug!r} cannot be a slug",
            mend=f"Use a to z, 0 to 9 and single -, at most {LONGEST_SLUG} characters: tro-cap-huu-tri-xa-hoi",
        )
    return slug


def read_front_matter(text: str, name: str) -> dict[str, Any]:
    """The fields of an `Article` from the YAML between the fences, which begins on line 2 of the file `name`."""
    entries = read_entries(text, name, tables=TABLES)
    for key, (line, _) in entries.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            mend = f"Did you mean {near[0]}?" if near else "The keys are: " + ", ".join(KEYS)
            raise ArticleError(f"the front matter has an unknown key {key!r}", where=f"{name}:{line}", mend=mend)
    for key in REQUIRED:
        if key not in entries:
            raise ArticleError(f"the front matter has no {key}", where=f"{name}:1", mend=f"Add a line {key}: …")
    fields: dict[str, Any] = {"lines": tuple((key, line) for key, (line, _) in entries.items())}
    for key, (line, value) in entries.items():
        try:
            fields[key] = _field(key, value, line)
        except (ArticleError, LanguageError) as error:
            raise ArticleError(error.what, where=f"{name}:{line}", mend=error.mend) from None
    return fields


def _field(key: str, value: Value, line: int) -> Any:
    if key in TABLES:
        return _table(key, value, line)
    if isinstance(value, dict):
        raise ArticleError(f"the value of {key!r} is read as a table of its own", mend=QUOTE)
    if key in LISTS:
        if isinstance(value, Scalar):
            if value.plain and not value.text:  # "languages:" with nothing behind it
                return ()
            raise ArticleError(f"{key} is not a list", mend=f"Write {key}: [{value.text}]")
        return _list(key, value)
    if not isinstance(value, Scalar):
        raise ArticleError(f"{key} is a list", mend="Write one text, in double quotes when it holds a colon or braces")
    if key in ("title", "summary", "topic") and value.plain and value.cut:
        raise ArticleError(f"the # cuts the {key} short", mend="Put the text in double quotes")
    text = clean(value.text)
    if key in REQUIRED and not text:
        raise ArticleError(f"the {key} is empty", mend="Write it")
    match key:
        case "slug":
            return check_slug(text)
        case "lang":
            return language(text).tag
        case "in_force" | "review_by" | "valid_until":
            return _date(text) if text else None
        case "priority":
            return _priority(text) if text else Priority.NORMAL
        case "campaign":
            return check_campaign(text) if text else ""
        case _ if key in OF_NEWSROOM:
            return _of_newsroom(key, text)
        case _:
            check_text(text)
            return text


def _of_newsroom(key: str, text: str) -> str:
    """A name that the newsroom knows: whose it is, is found out there."""
    if len(text) > 150 or any(character.isspace() or character in '"{}[]' for character in text):
        raise ArticleError(f"{text[:40]!r} is no name of {key}", mend="Write the name they log in with, or the key")
    check_text(text)
    return text


def _list(key: str, values: tuple[Scalar, ...]) -> tuple[Any, ...]:
    found: list[Any] = []
    for value in values:
        text = clean(value.text)
        if not text:
            raise ArticleError(f"{key} has an empty entry", mend="Take it out")
        if key == "audiences":
            if not text.isascii() or not text.isdigit() or int(text) not in AUDIENCES:
                raise ArticleError(f"{text!r} is no audience", mend="Audiences are the numbers 1 to 6: [3, 5]")
            found.append(int(text))
        elif key == "languages":
            found.append(language(text).tag)
        elif key == "products":
            if not _NAME.fullmatch(text):
                raise ArticleError(f"{text!r} is no name of a product", mend="Write it like leaflet-a4")
            found.append(text)
        elif key == "topics":
            found.append(check_topic(text))
        else:
            _check_cut(value, text)
            check_text(text)
            found.append(text)
    return tuple(found)


def _table(key: str, value: Value, line: int) -> Any:
    if isinstance(value, Scalar) and value.plain and not value.text:  # "say:" with nothing behind it
        return None if key in ("picture", "correction") else ()
    if not isinstance(value, dict):
        raise ArticleError(f"{key} is not a table", mend=f"Write {TABLES[key]}")
    if key == "picture":
        return _picture(value, line)
    if key == "correction":
        return _correction(value, line)
    pairs: list[tuple[str, str]] = []
    for name, said in value.items():
        if not isinstance(said, Scalar):
            raise ArticleError(f"{key} holds a list", mend=f"Write {TABLES[key]}")
        pairs.append(check_said(name, said.text) if key == "say" else check_voice(name, said.text))
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ArticleError(f"{key} has {name!r} twice", mend="Keep one")
    return tuple(pairs)


def _picture(value: Table, line: int) -> Picture:
    texts: dict[str, str] = {}
    for name, one in value.items():
        if name not in PICTURE_KEYS:
            raise ArticleError(f"a picture has no {name!r}", mend=f"Write {TABLES['picture']}")
        if isinstance(one, Scalar) == (name == "focus"):
            raise ArticleError(f"the {name} of the picture cannot be read", mend=f"Write {TABLES['picture']}")
        if isinstance(one, Scalar):
            if one.plain and one.cut:
                raise ArticleError(f"the # cuts the {name} short", mend="Put the text in double quotes")
            texts[name] = one.text
    picture = Picture(texts.get("file", ""), texts.get("alt", ""), texts.get("credit", ""), _focus(value), line=line)
    return described(picture) if set(value) == {"alt"} else checked_picture(picture)


def _correction(value: Table, line: int) -> Correction:
    evidence = value.pop("evidence", ())
    texts: dict[str, str] = {}
    for name, one in value.items():
        if name not in ("claim", "verdict", "truth"):
            raise ArticleError(f"a correction has no {name!r}", mend=f"Write {TABLES['correction']}")
        if not isinstance(one, Scalar) or (one.plain and one.cut):
            raise ArticleError(f"the {name} of the correction cannot be read", mend="Put the text in double quotes")
        texts[name] = one.text
    if not isinstance(evidence, tuple):
        raise ArticleError("the evidence of the correction is not a list", mend=f"Write {TABLES['correction']}")
    try:
        verdict = Verdict(texts.get("verdict", ""))
    except ValueError:
        raise ArticleError(
            f"{texts.get('verdict', '')!r} is no verdict of a correction", mend="Write " + ", ".join(Verdict)
        ) from None
    found = Correction(
        texts.get("claim", ""), verdict, texts.get("truth", ""), tuple(one.text for one in evidence), line
    )
    return check_correction(found)


def check_correction(correction: Correction) -> Correction:
    """A correction that can be printed, its texts in their normal form; an `ArticleError` (without its place) else."""
    claim, truth = clean(correction.claim), clean(correction.truth)
    for name, text in (("claim", claim), ("truth", truth)):
        if not text:
            raise ArticleError(f"the correction has no {name}", mend=f"Write {TABLES['correction']}")
        check_text(text)
    for address in correction.evidence:
        if not _EVIDENCE.fullmatch(address) or bad_character(address) is not None:
            raise ArticleError(
                f"{address[:80]!r} is no address of evidence", mend="Write it in full, beginning with https://"
            )
    return replace(correction, claim=claim, truth=truth)


def check_topic(key: str) -> str:
    """The key of a topic; an `ArticleError` (without its place) for what can be none."""
    if not _NAME.fullmatch(key) or len(key) > LONGEST_SLUG:
        raise ArticleError(f"{key!r} is no key of a topic", mend="Write it like huu-tri-xa-hoi")
    return key


def _focus(value: Table) -> tuple[float, float]:
    found = value.get("focus")
    if not isinstance(found, tuple):
        return CENTRE
    if len(found) != 2 or not all(re.fullmatch(r"[01](?:\.[0-9]{1,6})?", one.text) for one in found):
        raise ArticleError(
            "the focus of the picture cannot be read", mend="Write it from left and top, between 0 and 1: [0.5, 0.3]"
        )
    return checked_focus(float(found[0].text), float(found[1].text))


def check_said(word: str, said: str) -> tuple[str, str]:
    """A word of an article and how it is said; an `ArticleError` (without its place) for what cannot be said."""
    word, said = clean(word), clean(said)
    for text in (word, said):
        if not text or len(text) > LONGEST_SAID:
            raise ArticleError(
                f"say has an empty or too long entry for {word[:40]!r}",
                mend=f"1 to {LONGEST_SAID} characters on each side",
            )
        check_text(text)
        if placeholders(text):
            raise ArticleError(f"say asks for a fact: {text}", mend="How a figure is said follows from the figure")
    if "=" in word:  # the newsroom writes it as word = how it is said
        raise ArticleError(f"the word {word!r} of say holds an equals sign", mend="Take it out")
    return word, said


def check_voice(tag: str, voice: str) -> tuple[str, str]:
    """A language and its voice; an error (without its place) for an unknown language or what can name no voice."""
    if not _VOICE.fullmatch(voice):
        raise ArticleError(f"{voice!r} is no name of a voice", mend="loa voices lists them")
    return language(clean(tag)).tag, voice


def _check_cut(value: Scalar, text: str) -> None:
    """A comma cuts an unquoted entry of a flow list in two: [Luật 41/2024/QH15, Điều 21]."""
    if value.plain and re.match(r"(?:điều|khoản|điểm|chương|mục|phụ lục)\b", text, re.IGNORECASE):
        raise ArticleError(
            f"{text!r} begins an entry of legal: a comma has cut the one before",
            mend='Put every entry in double quotes: ["Luật 41/2024/QH15, Điều 21"]',
        )


def _date(text: str) -> dt.date:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArticleError(f"{text!r} is no date", mend="Write year-month-day: 2025-07-01") from None


def _priority(text: str) -> Priority:
    try:
        return Priority(text)
    except ValueError:
        raise ArticleError(f"{text!r} is no priority", mend="Write " + ", ".join(Priority)) from None


# Writing


def write_front_matter(article: Article) -> str:
    """The lines between the fences."""
    lines = [f"slug: {article.slug}", f"lang: {article.lang}"]
    for key in ("title", "summary", "topic"):
        text = clean(getattr(article, key))
        if text or key in REQUIRED:
            lines.append(f"{key}: {_quoted(text)}")
    if article.audiences:
        lines.append(f"audiences: [{', '.join(map(str, article.audiences))}]")
    if article.legal:
        lines.append(f"legal: [{', '.join(_quoted(clean(one)) for one in article.legal)}]")
    if article.in_force:
        lines.append(f"in_force: {article.in_force}")
    if article.priority is not Priority.NORMAL:
        lines.append(f"priority: {article.priority}")
    for key in ("languages", "products"):
        if values := getattr(article, key):
            lines.append(f"{key}: [{', '.join(values)}]")
    if article.campaign:
        lines.append(f"campaign: {article.campaign}")
    if article.picture:
        lines.append(f"picture: {front_matter_value(article.picture)}")
    if article.say:
        lines += ["say:", *(f"  {_quoted(clean(word))}: {_quoted(clean(said))}" for word, said in article.say)]
    if article.voices:
        lines += ["voices:", *(f"  {tag}: {_quoted(voice)}" for tag, voice in article.voices)]
    if article.topics:
        lines.append(f"topics: [{', '.join(article.topics)}]")
    for key in ("review_by", "valid_until"):
        if day := getattr(article, key):
            lines.append(f"{key}: {day}")
    lines += [f"{key}: {_quoted(name)}" for key in OF_NEWSROOM if (name := getattr(article, key))]
    if article.correction:
        lines += ["correction:", *_correction_lines(article.correction)]
    return "\n".join(lines) + "\n"


def _correction_lines(correction: Correction) -> Iterator[str]:
    yield f"  claim: {_quoted(clean(correction.claim))}"
    yield f"  verdict: {correction.verdict}"
    yield f"  truth: {_quoted(clean(correction.truth))}"
    if correction.evidence:
        yield f"  evidence: [{', '.join(map(_quoted, correction.evidence))}]"


def _quoted(text: str) -> str:
    """A double-quoted scalar; JSON's escapes are YAML's."""
    return json.dumps(text, ensure_ascii=False)
