"""`loa manage import_articles PATH… [--publish]`: article files and folders of them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.articles.actions import ImportArticleAction, home_page
from render.errors import LoaError
from render.plan import read_sources


class Command(BaseCommand):
    """Imports what can be imported and names what cannot."""

    help = "Import article files (.md) and folders of them, each with its translations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Paths, and whether to publish."""
        parser.add_argument("paths", nargs="+", type=Path)
        parser.add_argument("--publish", action="store_true", help="publish what was imported")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line an article."""
        sources, errors = read_sources(options["paths"])
        home = home_page()
        for source in sources:
            try:
                done = ImportArticleAction(source, home=home, publish=options["publish"]).execute()
            except LoaError as error:
                errors.append(error)
                continue
            for one in done:
                self.stdout.write(f"{one.what}\t{one.page.slug}.{one.page.locale.language_code}")
        if errors:
            raise CommandError("\n".join(str(error) for error in errors))
