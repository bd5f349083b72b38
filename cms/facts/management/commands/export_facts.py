"""`loa manage export_facts`: every fact of the site as a TOML or XLSX file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from cms.facts.books import book
from cms.facts.tables import write_workbook
from render.factfile import write_facts


class Command(BaseCommand):
    """Writes TOML to the screen, or TOML or XLSX to a file by its name."""

    help = "Export every fact as TOML, or as XLSX where the file is called so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--out", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write."""
        out = options["out"]
        if out and out.suffix.lower() == ".xlsx":
            out.write_bytes(write_workbook(book()))
        elif out:
            out.write_text(write_facts(book()), encoding="utf-8")
        else:
            self.stdout.write(write_facts(book()), ending="")
