"""`loa manage import_offices FILE`: offices from a TOML file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.offices.models import store_offices
from render.errors import LoaError
from render.offices import read_offices


class Command(BaseCommand):
    """Reads the file, writes the rows."""

    help = "Import offices with their contact blocks from a TOML file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many."""
        try:
            count = store_offices(read_offices(options["file"]))
        except LoaError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{count} đơn vị")
