"""`loa manage untranslated`: every text of the installed apps that has no Vietnamese words."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.core.messages import catalogue, library_messages, messages, untranslated, with_django
from render.paths import LOCALES


class Command(BaseCommand):
    """One line a text; an error when there is one."""

    help = "List every text of the screens that locales/vi does not translate."

    def handle(self, *args: Any, **options: Any) -> None:
        """Ours first, then those of Wagtail and Django."""
        catalogues = {domain: catalogue(LOCALES / "vi" / f"{domain}.po") for domain in ("django", "djangojs")}
        found = untranslated(messages(), catalogues)
        catalogues["django"] = with_django(catalogues["django"])
        found += [one for one in untranslated(library_messages(), catalogues) if one not in found]
        for one in found:
            self.stdout.write(f"{one.domain}\t{one.context}\t{one.text!r}")
        if found:
            raise CommandError(f"Còn {len(found)} câu chưa có tiếng Việt")
        self.stdout.write("Mọi câu đều có tiếng Việt.")
