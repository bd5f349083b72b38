"""`loa languages`, `products`, `voices`, `facts`, `fix-text`: what there is, one line each."""

from __future__ import annotations

import argparse

from render.build import today
from render.errors import FactError
from render.facts import print_fact, read_facts
from render.fixing import fix_file, write_fixed
from render.language import language
from render.language import languages as all_languages
from render.products import products as all_products
from render.settings import Settings
from render.speech.voicepacks import installed
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
        made = "  (bản dịch)" if one.languages == "translations" else ""
        print(f"{name:22} {one.label:28} {one.medium:8} {one.size:12} {one.media_type}{made}")
    return 0


def voices(args: argparse.Namespace, settings: Settings) -> int:
    """`loa voices`."""
    online = settings.online_speech == "on" or (settings.online_speech == "auto" and online_speech_available())
    packs, broken = installed(settings.voices)
    for line in list_voices(online=online, packs=packs, broken=broken):
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
    """`loa fix-text`: what would change, or the files rewritten with --write; 1 when something is left for a person."""
    tag = language(args.lang).tag if args.lang else ""
    left = False
    for path in args.files:
        found = fix_file(path, tag)
        print(found.diff(), end="")
        for remark in found.remarks:
            print(f"{path}:{remark.line}: {remark.words}")
            left = left or remark.open
        if not found.rewritten:
            print(f"{path}: nothing to convert")
        elif args.write:
            print(f"{path}: converted; as it was: {write_fixed(found).name}")
        else:
            print(f"{path}: nothing was written; --write does it and keeps the old file beside it")
    return 1 if left else 0
