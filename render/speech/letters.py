"""Which letters are capitals: in Unicode they lie mixed with the small ones, so no range of code points will do."""

from __future__ import annotations

_VIETNAMESE = [chr(code) for code in (*range(0xC0, 0x1B1), *range(0x1EA0, 0x1EFA))]

# For character classes of regular expressions: rf"[{UPPER}]".
UPPER = "A-Z" + "".join(letter for letter in _VIETNAMESE if letter.isalpha() and letter.isupper())
ACCENTED_UPPER = UPPER.removeprefix("A-Z").replace("Đ", "")
