"""What is wrong with a translated text: what refuses it, what holds up its approval, what is worth a look."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cms.core.words import in_words
from render.errors import LoaError
from render.inline import check_text, clean
from render.language import languages
from render.legacy import detect, fixed
from render.parity import differences
from render.scripts import check_letters

if TYPE_CHECKING:
    from cms.translation.models import GlossaryTerm

_VIETNAMESE = unicodedata.normalize("NFD", "àảãáạăâđêôơư“”‘’–—…•")
_TAG = re.compile(r"<\s*/?\s*[A-Za-z!][^<>]*>|<\s*(?:script|iframe|object|style|svg|img)\b", re.IGNORECASE)


class Level(StrEnum):
    """How much a finding weighs."""

    REFUSED = "refused"  # the text is not taken in
    GATE = "gate"  # it is kept, and cannot be approved
    HINT = "hint"


@dataclass(frozen=True)
class Finding:
    """One thing about a text, in words; `code` names its kind for the screen."""

    level: Level
    code: str
    words: str


@dataclass(frozen=True)
class Conversion:
    """A text of an old font or encoding, as it is and as it would be in real letters."""

    before: str
    after: str
    encoding: str
    unsure: tuple[str, ...]


def refusals(text: str, source: str, tag: str) -> list[Finding]:
    """Why a text cannot be kept as the translation of its source; none for one that can."""
    text = clean(text)
    try:
        check_text(text)
    except LoaError as error:
        return [Finding(Level.REFUSED, "text", in_words(error))]
    if _TAG.search(text) and not _TAG.search(source):
        return [Finding(Level.REFUSED, "html", _("HTML does not belong in a text. Take the tags out."))]
    if detect(text, tag) or _is_old_vietnamese(text, tag):
        words = _("The text is typed for an old font and would print as garbage. Convert it.")
        return [Finding(Level.REFUSED, "old_font", words)]
    try:
        check_letters(text, tag)
    except LoaError as error:
        return [Finding(Level.REFUSED, "letters", in_words(error))]
    return [
        Finding(Level.REFUSED, "facts", _facts_words(one.missing, one.extra))
        for one in differences([text], [clean(source)], tag)
        if one.kind == "facts"
    ]


def conversion(text: str, tag: str, usual: tuple[str, ...] = ()) -> Conversion | None:
    """The text in real letters; None when it is in such already."""
    text = clean(text)
    made, encoding, unsure = fixed(text, "vi" if _is_old_vietnamese(text, tag) else tag, usual)
    return Conversion(text, made, encoding, unsure) if encoding and made != text else None


def _is_old_vietnamese(text: str, tag: str) -> bool:
    """Whether Vietnamese words of an old encoding stand in a text of another language in Latin letters."""
    found = languages().get(tag)
    if text.isascii() or found is None or found.script != "Latn" or tag == "vi":
        return False
    known = unicodedata.normalize("NFD", f"{found.letters}{_VIETNAMESE}".casefold())
    odd = any(not one.isascii() and one not in known for one in unicodedata.normalize("NFD", text.casefold()))
    return odd and detect(text, "vi")


def findings(text: str, source: str, tag: str, glossary: Sequence[GlossaryTerm] = ()) -> list[Finding]:
    """Everything to be said about a text that is kept."""
    if not text:
        return []
    found = refusals(text, source, tag)
    if found:  # of an older source, or of an older rule
        return [Finding(Level.GATE, one.code, one.words) for one in found]
    for one in differences([clean(text)], [clean(source)], tag):
        words = {"numbers": _numbers_words, "links": _links_words}.get(one.kind)
        if words:
            found.append(Finding(Level.GATE, one.kind, words(one.missing, one.extra)))
    if clean(text) == clean(source) and any(letter.isalpha() for letter in _without_facts(source)):
        found.append(Finding(Level.HINT, "same", _("The same as the source: is it translated?")))
    found += _glossary_findings(text, source, glossary)
    return found


def terms_in(source: str, glossary: Iterable[GlossaryTerm]) -> list[GlossaryTerm]:
    """The terms of the glossary that a source says."""
    folded = f" {clean(source).casefold()} "
    return [one for one in glossary if re.search(rf"(?<!\w){re.escape(one.term.casefold())}(?!\w)", folded)]


def holds_up(found: Iterable[Finding]) -> bool:
    """Whether something stands against an approval."""
    return any(one.level is not Level.HINT for one in found)


def _glossary_findings(text: str, source: str, glossary: Sequence[GlossaryTerm]) -> list[Finding]:
    folded = clean(text).casefold()
    found = []
    for term in terms_in(source, glossary):
        found += [
            Finding(
                Level.HINT,
                "forbidden_term",
                _("“%(word)s” is not to be used for “%(term)s”: say “%(preferred)s”.")
                % {"word": word, "term": term.term, "preferred": term.preferred},
            )
            for word in term.forbidden
            if clean(word).casefold() in folded
        ]
        if clean(term.preferred).casefold() not in folded:
            found.append(
                Finding(
                    Level.HINT,
                    "term",
                    _("The glossary says “%(preferred)s” for “%(term)s”.")
                    % {"preferred": term.preferred, "term": term.term},
                )
            )
    return found


def _without_facts(text: str) -> str:
    return re.sub(r"\{\{[^{}]*\}\}", "", text)


def _difference(missing: Sequence[str], extra: Sequence[str]) -> str:
    parts = []
    if missing:
        parts.append(_("missing: %(values)s") % {"values": ", ".join(missing)})
    if extra:
        parts.append(_("not in the source: %(values)s") % {"values": ", ".join(extra)})
    return "; ".join(parts)


def _facts_words(missing: Sequence[str], extra: Sequence[str]) -> str:
    return _("The locked figures differ from the source (%(difference)s). Only the words around them change.") % {
        "difference": _difference(missing, extra)
    }


def _numbers_words(missing: Sequence[str], extra: Sequence[str]) -> str:
    return _("The numbers differ from the source (%(difference)s).") % {"difference": _difference(missing, extra)}


def _links_words(missing: Sequence[str], extra: Sequence[str]) -> str:
    return _("The links differ from the source (%(difference)s).") % {"difference": _difference(missing, extra)}
