"""The sheet that a person records from: numbered lines in large type, as PDF and as one page of HTML."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jinja2

from render.edition import Edition, plain
from render.errors import LoaError
from render.language import language
from render.paths import TEMPLATES
from render.phrases import phrase, vietnamese_date
from render.products import Context, Waiting, product, products
from render.products.voicing import lines_of
from render.speech.recordings import Line, Numbered, Takes, number_lines, sheet_code
from render.speech.script import bulletin_script
from render.speech.segments import spoken_s
from render.speech.taking import READING_PACE
from render.typeset.engine import compile_pdf
from render.typeset.fonts import missing_letters

TEMPLATE = "reading-sheet.typ"
PAGE = "pages/reading-sheet.html"

HOW = (
    "Ngồi trong phòng yên tĩnh, tắt quạt, đóng cửa; đặt điện thoại cách miệng một gang tay, bật chế độ máy bay.",
    "Dùng ứng dụng ghi âm (không gọi điện). Đọc thử một câu rồi nghe lại trước khi thu cả bài.",
    "Đọc chậm, rõ. Dấu | là hơi ngắn; cuối mỗi đoạn có số, im lặng hai nhịp (đếm thầm một, hai) rồi mới đọc đoạn sau.",
    "Không đọc số thứ tự và tên mục. Đọc sai: im lặng, đọc lại cả đoạn; đánh dấu vào ô để thu riêng đoạn ấy.",
    "Dòng nhỏ “sẽ đọc là” cho biết cách đọc số, ngày tháng và chữ viết tắt.",
)
CONSENT = (
    "Tôi đồng ý cho cơ quan bảo hiểm xã hội dùng bản thu giọng của tôi để phát bản tin này trên loa truyền thanh, "
    "trên mạng và các kênh thông tin của cơ quan."
)


@dataclass(frozen=True)
class Sheet:
    """What is read: every line under its number, with the takes there are."""

    edition: Edition
    lines: tuple[Numbered, ...]
    takes: Takes | None

    @property
    def code(self) -> str:
        """What is printed on the sheet and asked for when its recording comes back."""
        return sheet_code(self.lines)

    def missing(self) -> tuple[Numbered, ...]:
        """The lines that nobody has read as they are now."""
        return tuple(one for one in self.lines if self.takes is None or self.takes.of(one.line.text) is None)


def make_sheet(edition: Edition, context: Context, names: Sequence[str] = (), *, wished: Sequence[str] = ()) -> Sheet:
    """The sheet of an edition: what the products `names` say; without names the whole bulletin, then what else is said.

    `wished` are the products the article wishes for, () for all. A product that is named and cannot be planned raises
    its error.
    """
    context = replace(context, packs=(), online_speech=False)
    lines: list[Line] = [] if names else list(lines_of(bulletin_script(edition, slot_s=math.inf).parts))
    for name in names or sounding(wished):
        try:
            lines += said_by(edition, context, name)
        except LoaError:
            if names:
                raise
    return Sheet(edition, number_lines(lines, context.takes), context.takes)


def sounding(wished: Sequence[str] = ()) -> list[str]:
    """The products that are heard, of those wished for (() for all)."""
    return [
        name for name, one in products().items() if one.medium in ("audio", "video") and (not wished or name in wished)
    ]


def said_by(edition: Edition, context: Context, name: str) -> tuple[Line, ...]:
    """Every line of one product, asked of the product itself: planned for a recording that nobody has made yet."""
    asked = replace(edition, voice="recording")
    plan = product(name).plan(asked, replace(context, takes=None))
    return plan.lines if isinstance(plan, Waiting) else ()


def sheet_data(sheet: Sheet) -> dict[str, Any]:
    """What the templates receive."""
    edition = sheet.edition
    groups: list[dict[str, Any]] = []
    for one in sheet.lines:
        if not groups or groups[-1]["name"] != one.line.part:
            groups.append({"name": one.line.part, "lines": []})
        groups[-1]["lines"].append(_line_data(one, sheet.takes, edition.lang))
    office = edition.office
    seconds = sum(spoken_s(one.line.spoken, READING_PACE) + 1.2 for one in sheet.missing())
    missing = len(sheet.missing())
    return {
        "name": f"Bản đọc để thu âm: {_one(plain(edition.title))}",
        "heading": "Bản đọc để thu âm",
        "title": _one(plain(edition.title)),
        "language": language(edition.lang).name_vi,
        "lang": edition.lang,
        "code": sheet.code,
        "edition": " ".join(edition.id[at : at + 4] for at in range(0, len(edition.id), 4)),
        "office": office.name if office else "",
        "applies": _applies(edition),
        "note": edition.note,
        "hotline": edition.hotline,
        "count": len(sheet.lines),
        "to_read": _to_read(missing, len(sheet.lines), seconds),
        "partly": 0 < missing < len(sheet.lines),
        "how": list(HOW),
        "consent": CONSENT,
        "signatures": [
            ["Người đọc (họ tên)", "Ngày thu", "Chữ ký"],
            ["Người nghe nghiệm thu (họ tên)", "Ngày nghe", "Chữ ký"],
        ],
        "groups": groups,
    }


def _to_read(missing: int, count: int, seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if missing == 0:
        return f"Cả {count} đoạn đã có bản thu"
    if missing < count:
        return f"Chỉ thu {missing} đoạn có dấu » (trong {count} đoạn), khoảng {minutes} phút"
    return f"{count} đoạn, khoảng {minutes} phút"


def _printable(said: str, lang: str) -> str:
    """A spoken form as it is printed: the round zero of Chinese, which our fonts lack, as the other sign for it."""
    return said.replace("〇", "零") if missing_letters(said, lang) else said


def _line_data(one: Numbered, takes: Takes | None, lang: str) -> dict[str, Any]:
    line = one.line
    return {
        "number": one.number,
        "breaths": breaths(line.text),
        "said": _printable(line.spoken, lang) if differs(line.text, line.spoken) else "",
        "taken": takes is not None and takes.of(line.text) is not None,
        "before": one.before,
    }


def breaths(text: str) -> list[str]:
    """A line cut where one breathes: at marks inside it, where there is something to say on either side."""
    pieces = re.split(r"(?<=[,;:])\s+|\s+(?=[–—]\s)|(?<=[，、；：])", text)
    joined: list[str] = []
    for piece in pieces:
        if joined and (len(joined[-1]) < 10 or len(piece) < 8):
            joined[-1] += ("" if joined[-1][-1:] in "，、；：" else " ") + piece
        else:
            joined.append(piece)
    return joined


def differs(text: str, spoken: str) -> bool:
    """Whether what is said is more than what is written."""

    def bare(one: str) -> str:
        return "".join(c for c in one.casefold() if c.isalnum())

    return bare(text) != bare(spoken)


def _applies(edition: Edition) -> str:
    if edition.applies_from is None:
        return ""
    return phrase("vi", "Số liệu áp dụng từ {date}", date=vietnamese_date(edition.applies_from)).text


def _one(text: str) -> str:
    return " ".join(text.split())


def sheet_pdf(sheet: Sheet) -> bytes:
    """The sheet on A4, the same bytes for the same sheet."""
    edition = sheet.edition
    stamp = edition.applies_from or edition.in_force or dt.date(2025, 1, 1)
    return compile_pdf(TEMPLATE, sheet_data(sheet), lang=edition.lang, timestamp=stamp)


def sheet_html(sheet: Sheet) -> str:
    """The sheet as one page that needs nothing else, for a phone or a printer."""
    return _page().render(**sheet_data(sheet))


def _page() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(PAGE)
