"""`loa manage import_facts FILE`: facts from a TOML file, through the same checks as the form."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.facts.books import store_book
from render.errors import LoaError
from render.facts import read_facts


class Command(BaseCommand):
    """Reads the file, writes the rows; published articles that say a changed fact are built again."""

    help = "Import facts with their values over time from a TOML file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what changed."""
        try:
            changed = store_book(read_facts(options["file"]))
        except LoaError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(changed)} số liệu mới hoặc thay đổi" + (f": {', '.join(changed)}" if changed else ""))
