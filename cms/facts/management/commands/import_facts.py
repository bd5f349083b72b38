"""`loa manage import_facts FILE`: facts from a TOML or XLSX file, as the system's own change or as proposals."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from cms.facts.books import store_book
from cms.facts.imports import ImportFactsAction, report
from cms.facts.tables import LARGEST_FILE, read_workbook
from render.errors import FactError, LoaError
from render.facts import FactBook, read_facts


class Command(BaseCommand):
    """Reads the file; with a user its differences wait for approval, without one they are recorded at once."""

    help = "Import facts with their values over time from a TOML or XLSX file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--user", default="", help="propose in this login's name; somebody else approves")
        parser.add_argument("--reason", default="", help="stands with each proposal")
        parser.add_argument("--dry-run", action="store_true", help="only tell what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what changed."""
        try:
            read = _read(options["file"])
            if options["dry_run"] or options["user"]:
                self._propose(read, options)
                return
            changed = store_book(read)
        except LoaError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(changed)} số liệu mới hoặc thay đổi" + (f": {', '.join(changed)}" if changed else ""))

    def _propose(self, read: FactBook, options: dict[str, Any]) -> None:
        found = report(read, [], options["reason"] or f"Nhập từ tệp {options['file'].name}.")
        for one in found.differences:
            self.stdout.write(
                f"{one.change.get_kind_display()}: {one.change.label} ({one.change.key}): {one.old} → {one.new}"
            )
        for row in found.refused:
            self.stderr.write(f"{row.where}: {row.what} {row.mend}")
        if options["dry_run"]:
            return
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"Không có tài khoản {options['user']}.")
        try:
            made = ImportFactsAction(found, user=user).execute()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except PermissionDenied:
            raise CommandError(f"Tài khoản {options['user']} không được đề nghị thay đổi số liệu.") from None
        self.stdout.write(f"{len(made)} đề nghị chờ duyệt")


def _read(path: Path) -> FactBook:
    if path.suffix.lower() != ".xlsx":
        return read_facts(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FactError("the file is too large", where=str(path))
        content = path.read_bytes()
    except OSError as error:
        raise FactError(f"the file of facts cannot be read: {error.strerror}", where=str(path)) from None
    read, refused = read_workbook(content)
    if refused:
        first = refused[0]
        raise FactError(first.what.rstrip("."), where=f"{path}: {first.where}", mend=first.mend)
    return read
