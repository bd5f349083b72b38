"""`loa manage export_facts`: every fact of the site as a TOML file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from cms.facts.books import book
from render.factfile import write_facts


class Command(BaseCommand):
    """Writes TOML to the screen or to a file."""

    help = "Export every fact as TOML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--out", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write."""
        text = write_facts(book())
        if options["out"]:
            options["out"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")
