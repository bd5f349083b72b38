"""`loa languages`, `products`, `voices`, `facts`, `fix-text`: what there is, one line each."""

from __future__ import annotations

import argparse

from render.build import today
from render.errors import FactError, SettingsError
from render.facts import print_fact, read_facts
from render.language import language
from render.language import languages as all_languages
from render.legacy import convert_file
from render.products import products as all_products
from render.settings import Settings
from render.speech.voices import list_voices, online_speech_available


def languages(args: argparse.Namespace, settings: Settings) -> int:
    """`loa languages`."""
    for tag, one in all_languages().items():
        state = "" if one.enabled else "  (off)"
        print(f"{tag:18} {one.name_vi:38} {one.autonym:16} {one.script}{state}")
    return 0


def products(args: argparse.Namespace, settings: Settings) -> int:
    """`loa products`."""
    for name, one in all_products().items():
        print(f"{name:22} {one.label:28} {one.medium:8} {one.size:12} {one.media_type}")
    return 0


def voices(args: argparse.Namespace, settings: Settings) -> int:
    """`loa voices`."""
    online = settings.online_speech == "on" or (settings.online_speech == "auto" and online_speech_available())
    for line in list_voices(online=online):
        print(line)
    return 0


def facts(args: argparse.Namespace, settings: Settings) -> int:
    """`loa facts`; 1 when a fact has no value on the date."""
    book = read_facts(args.facts)
    on = args.on or book.demonstration_on or today()
    values = book.on(on)
    missing = 0
    for key in book.facts:
        try:
            fact = values.get(key)
        except FactError as error:
            missing += 1
            print(f"{key:34} –  {error}")
            continue
        since = f"since {fact.since}" if fact.since else ""
        print(f"{key:34} {print_fact(fact):22} {since:18} {fact.label}")
    print(f"on {on}: {len(book.facts)} facts, {missing} without a value")
    return 1 if missing else 0


def fix_text(args: argparse.Namespace, settings: Settings) -> int:
    """`loa fix-text`: the converted text, or the file rewritten with --write."""
    tag = language(args.lang).tag
    try:
        text = args.file.read_text(encoding="utf-8")
    except OSError as error:
        what = f"the file cannot be read: {(error.strerror or 'unknown').lower()}"
        raise SettingsError(what, where=str(args.file), mend="Correct the path") from None
    except UnicodeDecodeError:
        raise SettingsError("the file is not UTF-8", where=str(args.file), mend="Save it as UTF-8") from None
    fixed = convert_file(text, tag)
    if fixed == text:
        print("nothing to convert")
    elif args.write:
        args.file.write_text(fixed, encoding="utf-8")
        print(f"converted {args.file}")
    else:
        print(fixed, end="")
    return 0
