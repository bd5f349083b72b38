"""How pages say sizes, lengths, dates and names, in Vietnamese."""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from render.campaigns import label_of
from render.language import languages
from render.phrases import vietnamese_date

PRIORITIES = {"urgent": "Khẩn cấp", "priority": "Ưu tiên", "normal": "Thông thường"}
_KIND = re.compile(r"(Tỉnh|Thành phố|Xã|Phường|Đặc khu)\s+(.+)")
_NUMBER = re.compile(r"(\d[\d.,]*(?:\s\d[\d.,]*)*(?:\s?%)?)\s*(.*)", re.DOTALL)  # "1900 9068" is one number


def size_words(count: int) -> str:
    """Bytes as people say them: "1,4 MB", "350 KB"."""
    if count < 950_000:
        return f"{max(1, round(count / 1000))} KB"
    return f"{count / 1_000_000:.1f}".replace(".", ",") + " MB"


def megabytes(count: int) -> str:
    """Bytes in MB, whatever their size: an operator compares them."""
    return f"{max(count, 50_000) / 1_000_000:.1f}".replace(".", ",") + " MB"


def length_words(duration_s: float) -> str:
    """Seconds as people say them: "2 phút 40 giây"."""
    minutes, seconds = divmod(round(duration_s), 60)
    parts = [f"{minutes} phút"] if minutes else []
    return " ".join(parts + ([f"{seconds} giây"] if seconds or not parts else []))


def date_words(iso: str) -> str:
    """An ISO date or moment as official documents write a date, in Vietnam."""
    return vietnamese_date(vietnam_day(iso))


@functools.lru_cache(maxsize=4096)  # lists ask thousands of times for the days of a few releases
def vietnam_day(iso: str) -> dt.date:
    """The day of an ISO date or moment, in Vietnam."""
    if len(iso) > 10:
        moment = dt.datetime.fromisoformat(iso.replace("Z", "+00:00"))
        return moment.astimezone(dt.timezone(dt.timedelta(hours=7))).date()
    return dt.date.fromisoformat(iso)


def grouped(code: str) -> str:
    """A short code in groups of four: "7K3M 9QXP 2AVD"."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def plain_runs(runs: Sequence[Mapping[str, Any]]) -> str:
    """The words of runs in edition data."""
    return "".join(str(run["t"]) for run in runs)


def safe_link(address: str) -> str:
    """The address when it leads to the web, a mailbox or a telephone, else ""."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme in {"http", "https"} and parts.netloc:
        return address.strip()
    return address.strip() if parts.scheme in {"mailto", "tel"} and parts.path else ""


def dial(number: str) -> str:
    """A telephone number as a tel: address wants it."""
    return "tel:" + "".join(letter for letter in number if letter.isdigit() or letter == "+")


def big_number(value: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """A figure's number and the words that follow it: ("500.000", "đồng mỗi tháng"); all words when it has none."""
    words = plain_runs(value).strip()
    match = _NUMBER.fullmatch(words)
    return (match[1].strip(), match[2].strip()) if match else (words, "")


def language_name(tag: str) -> str:
    """The Vietnamese name of a language."""
    known = languages().get(tag)
    return known.name_vi if known else tag


def own_name(tag: str) -> str:
    """What its speakers call a language."""
    known = languages().get(tag)
    return known.autonym if known else tag


def lower_first(text: str) -> str:
    """In the midst of a sentence: "tiếng Khmer"."""
    return text[:1].lower() + text[1:]


def place_name(unit: str) -> tuple[str, str]:
    """("Đắk Lắk", "Tỉnh") of "Tỉnh Đắk Lắk"."""
    match = _KIND.fullmatch(unit)
    return (match[2], match[1]) if match else (unit, "")


def sorting(text: str) -> str:
    """Vietnamese order: a ă â, d đ, e ê, o ô ơ, u ư; tones only break ties."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d\u0306"))
    order = {
        "\u0306": "\uff01",
        "\u0302": "\uff02",
        "\u031b": "\uff03",
    }  # breve, circumflex, horn: after every plain letter
    letters = "".join(order.get(letter, "" if unicodedata.combining(letter) else letter) for letter in apart)
    return f"{letters}\0{apart}"


FILTERS: dict[str, Callable[..., Any]] = {
    "size": size_words, "mb": megabytes, "lasting": length_words, "date": date_words, "grouped": grouped,
    "lower_first": lower_first, "plain": plain_runs, "safe_link": safe_link, "dial": dial,
    "language": language_name, "own_name": own_name, "campaign": label_of,
}  # fmt: skip
