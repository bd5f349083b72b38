"""What "changed since" may name: a release by its number, a day in Vietnam, a moment by any clock."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from render.moments import NoMoment, in_utc, read_moment

# What is wrong, and its mend, in both languages.
_SINCE_IS = (
    "{}. Hãy viết số bản phát hành (12), một ngày ở Việt Nam (2025-09-01) hoặc thời điểm RFC 3339 "
    "(2025-09-01T09:00:00%2B07:00). / {}. Write a release's number, a day in Vietnam or a moment of RFC 3339; "
    "its + is written %2B"
)
_NO_SINCE = {
    "form": ("Không đọc được", "It cannot be read"),
    "day": ("Không có ngày đó", "There is no such day"),
    "time": ("Không có giờ đó", "There is no such time"),
    "offset": ("Thiếu hoặc sai múi giờ, như +07:00 hay Z", "Its offset is missing or wrong, like +07:00 or Z"),
}
_LOST_PLUS = re.compile(r"(?<=[0-9]) (?=[0-9]{2}:[0-9]{2}$)")  # a bare + of an address arrives as a space


def _since(text: str) -> str:
    """A number as it is; a day and a moment by the clock that releases are dated with, 2025-09-01T02:00:00Z."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return text
    try:
        found = in_utc(read_moment(_LOST_PLUS.sub("+", text)))
    except NoMoment as error:
        raise PydanticCustomError("since", "{what}", {"what": _SINCE_IS.format(*_NO_SINCE[error.why])}) from None
    if found.microsecond and found.year < dt.MAXYEAR:  # releases are dated by the second
        found = found.replace(microsecond=0) + dt.timedelta(seconds=1)
    return f"{found:%Y-%m-%dT%H:%M:%SZ}".zfill(20)


# A release's number, a day in Vietnam, or a moment with its offset.
Since = Annotated[
    str,
    AfterValidator(_since),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[0-9]{1,9}$"},
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ]
        }
    ),
]
