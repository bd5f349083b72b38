"""The imprint of a print run: as lines, and as the file that makes the print shop's PDF."""

from __future__ import annotations

import json

from cms.delivery.models import PrintRun
from render.imprint import imprint_from

FORMAT_CM = {"a3": "29,7 × 42 cm", "a4": "21 × 29,7 cm", "a5": "14,8 × 21 cm"}


def imprint_lines(row: PrintRun) -> list[str]:
    """The block as it stands on the sheet."""
    size = next((text for name, text in FORMAT_CM.items() if name in row.product), row.product)
    return imprint_from(row.imprint_table(), where=f"#{row.pk}").lines(size)


def imprint_toml(row: PrintRun) -> str:
    """The file for `loa build --imprint`."""
    lines = []
    for name, value in row.imprint_table().items():
        # JSON's strings are TOML's, once nothing is escaped that TOML does not know.
        text = value.isoformat() if name == "licensed_on" else json.dumps(value, ensure_ascii=False)
        lines.append(f"{name} = {text}")
    return "\n".join(lines) + "\n"
