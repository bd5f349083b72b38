"""`loa manage import_articles PATH… [--publish] [--report]`: article files and folders of them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.articles.actions import home_page
from cms.imports.actions import broken_off, import_paths
from cms.imports.enums import Verdict
from render.errors import LoaError


class Command(BaseCommand):
    """Imports what can be imported and names what cannot; the newsroom keeps its report."""

    help = "Import article files (.md) and folders of them, each with its translations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Paths, and what to do with them."""
        parser.add_argument("paths", nargs="+", type=Path)
        parser.add_argument("--publish", action="store_true", help="publish what was imported")
        parser.add_argument("--report", action="store_true", help="say what would be imported, and import nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a file, while it goes on."""
        refused: list[str] = []
        for earlier in [] if options["report"] else broken_off(options["paths"]):
            count = earlier.files.count()
            self.stderr.write(f"an earlier import of these files broke off after {count} of them: going on")
        for file in import_paths(
            options["paths"], home=home_page(), publish=options["publish"], only_report=options["report"]
        ):
            if file.verdict == Verdict.REFUSED:
                refused.append(str(LoaError(file.what, where=file.place, mend=file.mend)))
            else:
                self.stdout.write(f"{file.verdict}\t{file.name}")
        if refused:
            raise CommandError("\n".join(refused))
