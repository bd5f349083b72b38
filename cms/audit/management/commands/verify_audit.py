"""`loa manage verify_audit`: proves the chain of the audit log, and that it holds the head of every release."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cms.audit.log import Head, broken_links, contains, head
from render.errors import LoaError
from render.keys import load_or_make_signer
from render.release import releases
from render.store import open_store


class Command(BaseCommand):
    """Ends with an error at the first broken link."""

    help = "Prove the chain of the audit log, and that it holds the head that the current release was signed with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to look at the store too."""
        parser.add_argument("--no-store", action="store_true", help="the log alone, without the releases")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line when all is well."""
        for broken in broken_links():
            raise CommandError(f"Nhật ký kiểm toán bị đứt tại {broken}")
        last = head()
        if not options["no_store"]:
            self._releases()
        self.stdout.write(f"{last.sequence if last else 0} mục, liền mạch; mã đầu chuỗi {last.sha256 if last else '-'}")

    def _releases(self) -> None:
        try:
            for number, found in release_heads():
                if not contains(found):
                    raise CommandError(
                        f"Bản phát hành {number} được ký khi nhật ký có mục #{found.sequence} ({found.sha256[:12]}…); "
                        "nhật ký này không có mục ấy: đã bị thay hoặc cắt bớt"
                    )
        except LoaError as error:
            raise CommandError(str(error)) from None


def release_heads() -> list[tuple[int, Head]]:
    """The heads that releases were signed with: every one that the store can still show."""
    signer = load_or_make_signer(settings.LOA.signing_key)
    trusted = [signer.fingerprint, *settings.LOA.trusted_keys]
    return [
        (release.number, Head(release.audit_head["sequence"], release.audit_head["sha256"]))
        for release in releases(open_store(settings.LOA.store), trusted)
        if release.audit_head
    ]
