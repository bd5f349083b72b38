"""Django's own commands: `loa manage …`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of Django's commands; `argv` without the program's name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.base")
    from django.core.management import ManagementUtility

    ManagementUtility(["loa manage", *(sys.argv[1:] if argv is None else argv)]).execute()
    return 0


if __name__ == "__main__":
    sys.exit(main())
