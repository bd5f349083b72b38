"""Text as a sheet prints it: what may not part at a line's end, and runs as templates take them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from render.edition import Run, Runs

Json = dict[str, Any]

# A number and what counts it stay on one line. Words that open a count ("Điều 21", "Mẫu 01") likewise.
_UNITS = (
    "tuổi|đồng|năm|tháng|ngày|giờ|phút|người|lần|triệu|tỷ|tỉ|nghìn|ngàn|phần|đ|%|km|kg|lít|suất|đợt|quý|bước|nhóm"
    "|hộ|thẻ|mức|xã|tỉnh"
)
_NUMBER_UNIT = re.compile(rf"(?<=\d) (?=(?:{_UNITS})(?!\w))")
_COUNT_OF = re.compile(r"(?<!\w)(Điều|điều|khoản|Khoản|Mẫu|mẫu|số|Số|tháng|Tháng|năm|thứ|giờ|Quyết định|Luật) (?=\d)")
# A date stays with the word before it, and the number of a law with what kind of law it is.
_DATED = re.compile(
    r"(?<!\w)(ngày|từ|Từ|tại|đến|trước|sau|Nghị định|Thông tư|Nghị quyết|Chỉ thị|Công văn) "
    r"(?=\d{1,2}/\d{1,2}/\d{4}|\d{1,5}/(?:\d{4}/)?[A-ZĐ])"
)
_DIGITS = re.compile(r"(?<=\d) (?=\d{3,})")
# Khmer's repetition sign and stops belong to the word before them; the line breaker would set them alone.
_KHMER_MARK = re.compile(r"(?<=\S)(?=[ៗ។៕])")
_DASH = re.compile(r" (?=[–—])")
# A range stays whole: 20–30%. An address too long for a line may part after its marks, any other such word anywhere.
_RANGE = re.compile(r"(?<=\d)([–-])(?=\d)")
# The number of a law does not part after its slashes and hyphens: 176/2025/NĐ-CP.
_LAW = re.compile(r"(?<![\w/])\d+/(?:\d{4}/)?[A-ZĐ]+\d*(?:-[A-ZĐ]+)*(?![\w/])")
_LAW_MARK = re.compile(r"[/-](?=\w)")
_ENDLESS = re.compile(r"[^\s\u200b]{29,}")
_MARKS = re.compile(r"(?<=[/?&=#._%~-])(?=\w)")
LONGEST_PART = 16  # letters of a word without end between two places where it may part


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
    text = _DATED.sub(lambda found: found[0].replace(" ", "\u00a0"), text)
    text = _RANGE.sub("\u2060\\1\u2060", text)
    text = _LAW.sub(lambda found: _LAW_MARK.sub(lambda mark: mark[0] + "\u2060", found[0]), text)
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
                if key not in _UNPRINTED:
                    # A person knows the parts of a block and of the office, not what templates call the runs in them.
                    part = f"{where}: {key}" if key in _PLACES and ": " not in where else where
                    visit(inner, part)
        elif isinstance(value, list):
            for inner in value:
                visit(inner, where)

    for key, value in data.items():
        if key == "blocks":
            for block in value:
                visit(block, f"block {block['id']}")
        elif key == "foot":
            foot = dict(value)
            visit(foot.pop("office", None), "office")
            visit(foot, "foot")
        elif key not in _UNPRINTED:
            visit(value, key)
    return found


# Keys of a sheet that hold no words, and those that name a place.
_UNPRINTED = frozenset({"qr", "u", "kind", "icon", "id", "digest"})
_PLACES = frozenset(
    {"title", "items", "header", "rows", "before", "after", "body", "name", "address", "email", "picture"}
)


def runs_json(runs: Runs) -> list[Json]:
    """Runs as the template takes them: t text, b strong, i emphasis, u address."""
    made: list[Json] = []
    for run in _no_widow(runs):
        # A fact never breaks inside unless it is a whole phrase.
        text = run.text.replace(" ", "\u00a0") if run.fact and len(run.text) <= 10 else bound(run.text)
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
    """Runs whose last short words stay together, so that no line holds one word alone, nor two as short as “y tế”.

    The typesetter's own remedy sets lines that are too long in narrow columns.
    """
    text = plain(runs).rstrip()
    if text.count(" ") < 3:
        return runs
    parts = text.rsplit(" ", 3)
    taken = 2 if len(text) < 44 or len(parts[-2]) + len(parts[-1]) >= 8 else 3
    ending = next((one for one in (" ".join(parts[-n:]) for n in (taken, 2)) if _longest_end(text, one) <= 17), "")
    if not ending:
        return runs
    cuts = {len(text) - len(ending) + at for at, letter in enumerate(ending) if letter == " "}
    made, start = list[Run](), 0
    for run in runs:
        letters = ("\u00a0" if start + at in cuts else letter for at, letter in enumerate(run.text))
        made.append(replace(run, text="".join(letters)))
        start += len(run.text)
    return tuple(made)


def _longest_end(text: str, ending: str) -> int:
    """Letters at the end that will not part once `ending` is kept together: a number before it may belong to it."""
    kept = bound(text.removesuffix(ending) + ending.replace(" ", "\u00a0"))
    return len(kept.rsplit(" ", 1)[-1])
