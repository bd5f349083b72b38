"""From an edition to a sheet: the JSON that templates draw, with the decisions of sense already made.

Here numbers are parted from their units, comparisons become bars where they can, steps get their short names, and
spaces that may not break are set. What depends on measured type (line breaks, sizes, pages) is the template's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from render.article import (
    Block,
    Bullets,
    Comparison,
    Eligibility,
    Figure,
    Figures,
    Flow,
    Notice,
    Priority,
    Prose,
    Questions,
    Section,
    Steps,
    Story,
)
from render.edition import Edition, Run, Runs
from render.phrases import phrase, vietnamese_date

Json = dict[str, Any]

# What the products print besides the article; the Vietnamese text is the message id of locales/<tag>/loa.po.
PHRASES = {
    "since": "Từ {date}",
    "applies": "Số liệu áp dụng từ {date}",
    "sources": "Căn cứ: {sources}",
    "ask": "Hỏi cán bộ xã hoặc gọi tổng đài",
    "scan": "Quét mã để biết tờ này còn đúng không",
    "remember": "Điều cần nhớ",
    "email": "Thư điện tử: {email}",
    "address": "Địa chỉ: {address}",
}

# A number and what counts it stay on one line. Words that open a count ("Điều 21", "Mẫu 01") likewise.
_UNITS = (
    "tuổi|đồng|năm|tháng|ngày|giờ|phút|người|lần|triệu|tỷ|tỉ|nghìn|ngàn|phần|đ|%|km|kg|lít|suất|đợt|quý|bước|nhóm"
    "|hộ|thẻ|mức|xã|tỉnh"
)
_NUMBER_UNIT = re.compile(rf"(?<=\d) (?=(?:{_UNITS})(?!\w))")
_COUNT_OF = re.compile(r"(?<!\w)(Điều|điều|khoản|Khoản|Mẫu|mẫu|số|Số|tháng|Tháng|năm|thứ|giờ|Quyết định|Luật) (?=\d)")
_DIGITS = re.compile(r"(?<=\d) (?=\d{3,})")
# Khmer's repetition sign and stops belong to the word before them; the line breaker would set them alone.
_KHMER_MARK = re.compile(r"(?<=\S)(?=[ៗ។៕])")
_DASH = re.compile(r" (?=[–—])")
# A range stays whole: 20–30%. An address too long for a line may part after its marks, any other such word anywhere.
_RANGE = re.compile(r"(?<=\d)([–-])(?=\d)")
_ENDLESS = re.compile(r"[^\s\u200b]{29,}")
_MARKS = re.compile(r"(?<=[/?&=#._%~-])(?=\w)")
LONGEST_PART = 16  # letters of a word without end between two places where it may part

# "Ít nhất 500.000 đồng mỗi tháng": what comes before, the number itself, its unit. A day, a form or a law is no number.
_FIGURE = re.compile(
    r"^(?P<prefix>[^\d]{0,40}?)(?P<number>\d[\d.,]*\d|\d)(?P<range>\s?[–-]\s?(?:\d[\d.,]*\d|\d))?(?P<percent>\s?%)?(?P<rest>(?:[\s\u00a0].*)?)$",
    re.DOTALL,
)
_PHONE = re.compile(r"^(?:\d{3,4}[ \u00a0.]){1,3}\d{3,4}$")
_CELL = re.compile(r"^(?:(?:từ|đủ|từ đủ|ít nhất)\s)?(?P<number>\d[\d.]*(?:,\d+)?)\s?(?P<unit>%|[^\d/%]{0,24})$")

LONGEST_NUMBER = 44  # letters of a figure with what stands before it and its unit

# Which pictogram stands beside a step: the first cue found decides. In Vietnamese only: we do not guess at other words.
_ICONS = (
    ("phone", ("gọi", "điện thoại", "tổng đài")),
    ("calendar-clock", ("nhận kết quả", "kết quả", "ngày làm việc", "chờ", "đúng hạn", "báo trước")),
    ("file-text", ("mẫu", "đơn", "giấy tờ", "hồ sơ", "tờ khai", "danh sách", "kê khai")),
    ("wallet", ("đóng tiền", "tiền", "nộp tiền", "biên lai", "trợ cấp")),
    ("id-card", ("thẻ", "căn cước")),
    ("smartphone", ("vssid", "ứng dụng", "qua mạng", "cài")),
    ("building-2", ("nộp", "ủy ban", "đến nơi", "điểm thu", "cơ quan", "trung tâm", "đăng ký")),
    ("hospital", ("khám", "bệnh viện", "trạm y tế")),
    ("users", ("từng nhà", "bà con", "gia đình", "người thân")),
    ("search", ("kiểm tra", "tra cứu", "xem", "đối chiếu")),
)


# In headlines, words of several syllables stay on one line.
_COMPOUNDS = re.compile(
    r"(?i)(?<!\w)("
    r"bảo hiểm|bắt buộc|bệnh viện|cảnh báo|cấp xã|chế độ|chủ hộ|cộng tác viên|cơ quan|cơ sở|điểm thu"
    r"|điều kiện|đặc khu|gia đình|giả danh|hằng tháng|học sinh|hỗ trợ|hồ sơ|hưu trí|kẻ gian|kinh doanh"
    r"|lao động|lừa đảo|lương hưu|mỗi năm|mỗi tháng|một lần|người dân|người sau|nhà nước|nhân quyền"
    r"|ốm đau|quyền lợi|sinh viên|tai nạn|tham gia|thai sản|thất nghiệp|thế giới|trợ cấp|trước đây"
    r"|tuyên ngôn|tự nguyện|về già|xã hội|y tế"
    r")(?!\w)"
)


def titled(text: str) -> str:
    """A headline's text: bound, and its words of several syllables kept whole."""
    return _COMPOUNDS.sub(lambda found: found[0].replace(" ", "\u00a0"), bound(text))


def bound(text: str) -> str:
    """Text whose numbers do not part from their units at a line's end."""
    text = _KHMER_MARK.sub("\u2060", _NUMBER_UNIT.sub("\u00a0", text))
    text = _COUNT_OF.sub(lambda found: found[1] + "\u00a0", text)
    text = _RANGE.sub("\u2060\\1\u2060", text)
    return _ENDLESS.sub(_parted, _DASH.sub("\u00a0", _DIGITS.sub("\u00a0", text)))


def _parted(found: re.Match[str]) -> str:
    """A word longer than any line of a narrow column, with places where it may part."""
    if not found[0].isascii() and not found[0][0].isascii() and unicodedata.category(found[0][0]) == "Lo":
        return found[0]  # a script that writes no spaces: its line breaking is the typesetter's
    pieces = _MARKS.sub("\u200b", found[0]).split("\u200b")
    return "\u200b".join(
        piece[start : start + LONGEST_PART] for piece in pieces for start in range(0, len(piece), LONGEST_PART)
    )


def plain(runs: Iterable[Run]) -> str:
    """The words of runs without their styles."""
    return "".join(run.text for run in runs)


def sheet(edition: Edition, *, qr: str) -> tuple[Json, tuple[str, ...]]:
    """What a template draws of an edition, and what the editor should know (phrases shown in Vietnamese)."""
    lang, untranslated = edition.lang, list[str]()

    def fixed(name: str, **values: str) -> Json:
        found = phrase(lang, PHRASES[name], **values)
        if not found.translated:
            untranslated.append(PHRASES[name])
        return {"t": bound(found.text), "vi": not found.translated or lang == "vi"}

    since = vietnamese_date(edition.applies_from) if edition.applies_from else ""
    hero, blocks = _hero(edition.blocks)
    office, urgent = edition.office, edition.priority is Priority.URGENT
    data: Json = {
        "id": edition.id,
        "code": grouped(edition.id),
        "qr": qr,
        "title": titled(plain(edition.title)) if lang == "vi" else bound(plain(edition.title)),
        "name": plain(edition.title),
        "summary": _runs(edition.summary),
        "topic": edition.topic,
        "since": fixed("since", date=since) if since else None,
        "urgent": urgent,
        "hero": hero,
        "blocks": [{**made, "rank": _rank(made, urgent)} for made in (_block(block, lang) for block in blocks)],
        "foot": {
            "ask": fixed("ask"),
            "hotline": bound(edition.hotline),
            "scan": fixed("scan"),
            "applies": fixed("applies", date=since) if since else None,
            "sources": fixed("sources", sources="; ".join(edition.legal)) if edition.legal else None,
            "note": bound(edition.note),
            "office": None
            if office is None
            else {
                "name": office.name,
                "address": fixed("address", address=office.address) if office.address else None,
                "email": fixed("email", email=office.email) if office.email else None,
            },
        },
        "remember": fixed("remember"),
    }
    warnings = tuple(f"“{text}” chưa có bản dịch, in bằng tiếng Việt" for text in dict.fromkeys(untranslated))
    return data, warnings


def grouped(code: str) -> str:
    """An edition's id as it is printed: 7K3M 9QXP 2AVD."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def words(data: Json) -> list[tuple[str, str]]:
    """Every piece of text of a sheet with the place it stands, for the gate that looks for missing letters."""
    found: list[tuple[str, str]] = []

    def visit(value: Any, where: str) -> None:
        if isinstance(value, str):
            found.append((where, value))
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key not in {"qr", "u", "kind", "icon", "id"}:
                    visit(inner, where)
        elif isinstance(value, list):
            for inner in value:
                visit(inner, where)

    for key, value in data.items():
        if key == "blocks":
            for block in value:
                visit(block, f"block {block['id']}")
        elif key not in {"qr", "id"}:
            visit(value, key)
    return found


def _runs(runs: Runs) -> list[Json]:
    """Runs as the template takes them: t text, b strong, i emphasis, u address."""
    made: list[Json] = []
    for run in _no_widow(runs):
        # A fact never breaks inside unless it is a whole phrase.
        text = run.text.replace(" ", "\u00a0") if run.fact and len(run.text) <= 18 else bound(run.text)
        one: Json = {"t": text}
        if run.strong:
            one["b"] = True
        if run.emphasis:
            one["i"] = True
        if run.href:
            one["u"] = run.href
        made.append(one)
    return made


def _no_widow(runs: Runs) -> Runs:
    """Runs whose last two short words stay together, so that no line holds one word alone.

    The typesetter's own remedy sets lines that are too long in narrow columns.
    """
    text = plain(runs).rstrip()
    cut = text.rfind(" ")
    if text.count(" ") < 3 or len(text[:cut].rpartition(" ")[2]) + len(text) - cut > 17:
        return runs
    made, start = [], 0
    for run in runs:
        at = cut - start
        inside = 0 <= at < len(run.text)
        made.append(replace(run, text=f"{run.text[:at]}\u00a0{run.text[at + 1 :]}") if inside else run)
        start += len(run.text)
    return tuple(made)


def _flow(flow: Flow[Runs]) -> list[Json]:
    return [
        {"list": [_runs(item) for item in part.items], "ordered": part.ordered}
        if isinstance(part, Bullets)
        else {"p": _runs(part.text)}
        for part in flow
    ]


def _hero(blocks: Sequence[Block[Runs]]) -> tuple[Json | None, list[Block[Runs]]]:
    """The one big number with its companions, and the blocks that are left for the sheet's body."""
    for index, block in enumerate(blocks):
        if isinstance(block, Figures) and block.figures:
            first, rest = block.figures[0], block.figures[1:]
            # Words fill the field by themselves: their companions stand in the body, as more than three do.
            beside = rest if len(rest) <= 3 and not figure(first).get("words") else ()
            left = [*blocks[:index], *blocks[index + 1 :]]
            remains: list[Block[Runs]] = []
            if len(rest) > len(beside):
                remains.append(replace(block, figures=rest))
            elif block.before or block.after:
                remains.append(Prose(id=block.id, title=None, body=(*block.before, *block.after), line=block.line))
            hero = {**figure(first), "beside": [figure(one) for one in beside], "id": block.id}
            return hero, left[:index] + remains + left[index:]
    return None, list(blocks)


def figure(one: Figure[Runs]) -> Json:
    """A figure as prefix, number, unit and label: “Ít nhất” · “500.000” · “đồng mỗi tháng” · “mức trợ cấp”."""
    value, label = plain(one.value).strip(), _runs(one.label)
    if _PHONE.match(value):
        return {"prefix": "", "number": value.replace(" ", "\u00a0"), "unit": "", "label": label}
    found = _FIGURE.match(value)
    if found is None or "/" in found["rest"][:1] or "/" in value:
        return {
            "prefix": "",
            "number": bound(value),
            "unit": "",
            "label": label,
            "words": _is_phrase(value),
        }
    if _is_phrase(value) or any(c.isdigit() for c in found["rest"]):  # "từ 7 giờ 30 đến 17 giờ" is no number
        return {"prefix": "", "number": bound(value), "unit": "", "label": label, "words": True}
    number = found["number"] + (found["range"] or "").replace(" ", "") + ("%" if found["percent"] else "")
    return {
        "prefix": bound(found["prefix"].strip()),
        "number": number,
        "unit": bound(found["rest"].strip()),
        "label": label,
    }


def _is_phrase(value: str) -> bool:
    """A value without digits, or with more words round its number than a unit has: set as words, not as a number."""
    return not any(c.isdigit() for c in value) or (len(value) > LONGEST_NUMBER and " " in value)


def _block(block: Block[Runs], lang: str) -> Json:
    data: Json = {
        "id": block.id,
        "title": _title(block),
        "before": _flow(block.before),
        "after": _flow(block.after),
        "length": _length(block),
    }
    match block:
        case Figures():
            return {**data, "kind": "figures", "items": [figure(one) for one in block.figures]}
        case Eligibility():
            return {**data, "kind": "eligibility", "items": [_runs(item) for item in block.items]}
        case Comparison():
            bars = _bars(block)
            return {
                **data,
                "kind": "comparison",
                "header": [_runs(cell) for cell in block.header],
                "rows": [[_runs(cell) for cell in row] for row in block.rows],
                "numeric": [
                    bool(block.rows)
                    and all(
                        _cell(plain(row[column])) or plain(row[column]).strip() in {"", "–", "—"} for row in block.rows
                    )
                    for column in range(len(block.header))
                ],
                "bars": bars,
            }
        case Steps():
            items = [_step(item) for item in block.items]
            icons = [_icon(item) for item in block.items] if lang == "vi" else []
            if icons and all(icons) and len(set(icons)) == len(icons):
                items = [{**item, "icon": icon} for item, icon in zip(items, icons, strict=True)]
            return {**data, "kind": "steps", "items": items, "first": 1}
        case Questions():
            asked = [{"q": _runs(one.question), "a": [_runs(text) for text in one.answer]} for one in block.questions]
            return {**data, "kind": "questions", "items": asked}
        case Notice():
            return {**data, "kind": "notice", "body": _flow(block.body)}
        case Story():
            return {**data, "kind": "story", "body": _flow(block.body)}
        case Prose():
            return {**data, "kind": "prose", "body": _flow(block.body)}


def _rank(made: Json, urgent: bool) -> int:
    """Which block a picture takes first when not all fit: what changed, who, how, then the rest."""
    match made["kind"]:
        case "comparison":
            return 1 if made["bars"] else 4
        case "notice":
            return 0 if urgent else 6
        case "figures":
            return 2
        case "eligibility":
            return 3
        case "steps":
            return 1 if urgent else 2
        case "prose":
            return 5
        case "questions":
            return 7
        case _:
            return 8


def _title(block: Section[Runs]) -> str | None:
    text = bound(plain(block.title)).strip() if block.title else ""
    return text or None


def _length(block: Block[Runs]) -> int:
    """The characters a block prints: an estimate of its height before any is measured."""

    def of(value: object) -> int:
        if isinstance(value, Run):
            return len(value.text)
        if isinstance(value, tuple):
            return sum(of(inner) for inner in value)
        return sum(
            of(getattr(value, name))
            for name in getattr(value, "__dataclass_fields__", ())
            if name not in {"id", "line"}
        )

    return of(block)


def _step(item: Runs) -> Json:
    """A step's short name, where it opens in bold, and the rest."""
    runs = list(item)
    name: list[Run] = []
    while runs and (runs[0].strong or (name and not runs[0].text.strip())):
        name.append(runs.pop(0))
    if not name or not plain(runs).strip():
        return {"head": None, "body": _runs(item)}
    head = [replace(run, strong=False) for run in name]
    head[-1] = replace(head[-1], text=head[-1].text.rstrip().rstrip(".:"))
    if runs:
        runs[0] = replace(runs[0], text=runs[0].text.lstrip())
    return {"head": _runs(tuple(head)), "body": _runs(tuple(runs))}


def _icon(item: Runs) -> str:
    text = plain(item).lower()
    head = plain([run for run in item if run.strong]).lower()
    for look_in in (head, text):
        for icon, cues in _ICONS:
            if look_in and any(cue in look_in for cue in cues):
                return icon
    return ""


def _cell(text: str) -> tuple[Decimal, str] | None:
    """A cell that is one number, with its unit: “75 tuổi” → 75, tuổi. Vietnamese form: 1.263.600 and 4,5."""
    found = _CELL.match(text.replace("\u00a0", " ").strip())
    if found is None:
        return None
    try:
        return Decimal(found["number"].replace(".", "").replace(",", ".")), found["unit"].strip()
    except InvalidOperation:
        return None


def _bars(block: Comparison[Runs]) -> list[Json] | None:
    """Bars from a common zero: one a row and column where all numbers share a unit, else None for a table.

    Two columns make one bar a row; three make before and now. More than six bars read worse than a table.
    """
    columns = len(block.header)
    if columns not in (2, 3) or not block.rows or len(block.rows) * (columns - 1) > 6:
        return None
    cells = [[_cell(plain(cell)) for cell in row[1:]] for row in block.rows]
    found = [cell for row in cells for cell in row if cell is not None]
    if len(found) != len(block.rows) * (columns - 1) or len({unit for _, unit in found}) != 1:
        return None
    most = max(number for number, _ in found)
    if most <= 0 or (columns == 2 and len(block.rows) < 2):
        return None
    return [
        {
            "label": _runs(row[0]),
            "bars": [
                {
                    "name": _runs(block.header[column]) if columns == 3 else None,
                    "text": plain(row[column]).strip().replace(" ", "\u00a0"),
                    "share": float(number / most),
                    "new": columns == 3 and column == 2,
                }
                for column, (number, _) in zip(range(1, columns), _known(values), strict=True)
            ],
        }
        for row, values in zip(block.rows, cells, strict=True)
    ]


def _known(values: Iterable[tuple[Decimal, str] | None]) -> list[tuple[Decimal, str]]:
    return [value for value in values if value is not None]
