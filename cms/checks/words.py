"""What a finding says to an editor: what it is, why it matters, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms.core.words import in_words
from render.errors import LoaError
from render.findings import Finding

Words = str | Promise

# The words of each finding: what it is, and the mend. Named places are filled from its values.
WORDS: Mapping[str, tuple[Words, Words]] = {
    "long-sentence": (
        _("A sentence of %(count)s syllables"),
        _("Beyond %(most)s nobody follows who only hears it. Make two of it."),
    ),
    "passive": (
        _("A passive with its agent"),
        _("Say first who does it, then what is done."),
    ),
    "of-chain": (_("A chain of “của”"), _("Leave one out, or make a sentence of it.")),
    "noun-chain": (
        _("A chain of nouns made of verbs"),
        _("Say it with the verb: “nộp hồ sơ”, not “việc nộp hồ sơ”."),
    ),
    "double-negation": (_("Two negations"), _("Say it positively.")),
    "office-phrase": (_("A phrase of offices"), _("Say it as people say it.")),
    "abbreviation": (
        _("%(short)s is not explained"),
        _("Write it in full where it first stands; listeners hear the full words anyway."),
    ),
    "typed-known": (
        _("“%(text)s” is typed by hand"),
        _("A fact says this. Insert it: when it changes, this text changes with it."),
    ),
    "typed-figure": (
        _("“%(text)s” is typed by hand"),
        _("No fact has this value. Propose one, or check the figure: what is typed nobody updates."),
    ),
    "alt-missing": (
        _("The picture has no alternative text"),
        _("Say what is seen, for those who cannot see it."),
    ),
    "alt-file-name": (
        _("The alternative text is the name of a file"),
        _("Say what is seen, for those who cannot see it."),
    ),
    "alt-poor": (_("The alternative text says too little"), _("Say who is seen and what they do.")),
    "headline-without-number": (
        _("The headline has no figure"),
        _("A figure is what people remember. Insert the most important one, if there is one."),
    ),
    "headline-long": (
        _("The headline has %(count)s letters"),
        _("Up to %(most)s fit in large type. Shorten it."),
    ),
    "headline-capitals": (_("The headline is in capitals"), _("Write it in small letters: capitals are hard to read.")),
    "html-tag": (
        _("“%(quote)s” is HTML, and stays text"),
        _("Readers see it as it stands. Delete it; for bold letters write **…** around the words."),
    ),
    "fact-review": (
        _("“%(label)s” must be reviewed by %(date)s"),
        _("Past that day no product that says it is made. Ask its owner to confirm it."),
    ),
    "fact-changes": (
        _("“%(label)s” becomes %(value)s on %(date)s"),
        _("Products are made anew on that day. See that the words around it will still be right."),
    ),
    "fact-ends": (
        _("“%(label)s” has no value soon"),
        _("Propose its next value: without one nothing is made."),
    ),
    "unknown-fact": (_("No fact is called “%(key)s”"), _("Insert one from the list, or correct its name.")),
    "old-font": (_("This is typed for an old font"), _("Convert it: in any other font it is garbage.")),
    "no-sections": (_("The article has no sections yet"), _("Add the first one: figures, steps, or a text.")),
    "missing-figures": (
        _("There is no section with figures"),
        _("%(products)s are built around one large number. Add a section “Figures”."),
    ),
    "missing-eligibility": (
        _("It does not say for whom it is"),
        _("%(products)s show a list of conditions. Add a section “Who”."),
    ),
    "missing-steps": (_("It does not say what to do"), _("%(products)s show steps. Add a section “Steps”.")),
    "no-legal-basis": (
        _("There is no legal basis"),
        _("Name the document and its article: reviewers ask for it."),
    ),
    "no-audience": (_("No audience is chosen"), _("Listeners are addressed by it: “bà con” or “quý đơn vị”.")),
    "unsaid": (
        _("No voice can say “%(quote)s”"),
        _("Write it in words, or say under “How words are said” how it is read."),
    ),
    "legal": ("%(what)s", _("Name what holds now, and check what it says.")),
}


def words_of(finding: Finding) -> tuple[str, str]:
    """What it is and what to do, in the language of the screens."""
    values: dict[str, Any] = {**finding.values, "quote": finding.quote}
    if finding.code in ("refused", "slot"):
        said = LoaError(finding.values["what"], mend=finding.values["mend"])
        what = in_words(said)
        return (f"{finding.quote}: {what}" if finding.code == "slot" else what), ""
    what, mend = WORDS[finding.code]
    return str(what) % values, str(mend) % values
