"""`loa manage export_article SLUG`: an article and its translations as files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.articles.exports import file_name, file_text, picture_files
from cms.articles.models import PolicyArticlePage, source_page


class Command(BaseCommand):
    """Writes to the screen, or each language to its file."""

    help = "Export an article as a file; with --out, its translations too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The slug, the language, the folder."""
        parser.add_argument("slug")
        parser.add_argument("--lang", default="vi")
        parser.add_argument("--out", type=Path, help="a folder; every language becomes a file in it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Latest revisions, published or not."""
        pages = PolicyArticlePage.objects.filter(slug=options["slug"], alias_of__isnull=True).select_related("locale")
        if not options["out"]:
            pages = pages.filter(locale__language_code=options["lang"])
        found = list(pages)
        if not found:
            raise CommandError(f"Không có bài nào có slug {options['slug']} ({options['lang']})")
        for page in found:
            text = file_text(page)
            if options["out"]:
                options["out"].mkdir(parents=True, exist_ok=True)
                is_source = source_page(page).pk == page.pk
                (options["out"] / file_name(page, is_source=is_source)).write_text(text, encoding="utf-8")
                for path, data in picture_files(page).items():
                    file = options["out"] / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(data)
            else:
                self.stdout.write(text, ending="")
