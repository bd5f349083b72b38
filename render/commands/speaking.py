"""`loa speak`: what a loudspeaker would say."""

from __future__ import annotations

import argparse
import sys

from render.build import today
from render.edition import make_edition
from render.errors import SettingsError
from render.facts import read_facts
from render.language import language
from render.plan import read_source
from render.settings import Settings
from render.speech.script import script_of
from render.speech.spoken import spoken_form, unspoken
from render.speech.vi.quantities import southern


def speak(args: argparse.Namespace, settings: Settings) -> int:
    """Prints the spoken form of a text or of an article's bulletin; 1 when something is left unspoken."""
    if (args.text is None) == (args.article is None):
        raise SettingsError("one of --text and ARTICLE is needed", where="loa speak", mend="Say one of them")
    tag = language(args.lang).tag
    spoken = [spoken_form(args.text, tag)] if args.text is not None else _article(args, tag)
    if args.region == "south" and tag == "vi":
        spoken = [southern(line) for line in spoken]
    print("\n".join(spoken))
    left = [word for line in spoken for word in unspoken(line, tag)]
    if left:
        print(f"loa: left unspoken: {', '.join(dict.fromkeys(left))}", file=sys.stderr)
    return 1 if left else 0


def _article(args: argparse.Namespace, tag: str) -> list[str]:
    source = read_source(args.article)
    facts = read_facts(args.facts)
    on = args.on or facts.demonstration_on or today()
    if tag == source.article.lang:
        edition = make_edition(source.article, facts=facts, on=on)
    else:
        translation = source.translations.get(tag)
        if translation is None:
            raise SettingsError(
                f"there is no translation into {tag}", where=str(args.article), mend="Put one beside the article"
            )
        if isinstance(translation, Exception):
            raise translation
        edition = make_edition(translation, source=source.article, facts=facts, on=on)
    return [segment.spoken for segment in script_of(edition)]
