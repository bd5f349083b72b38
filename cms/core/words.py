"""Says the pipeline's errors in the language of the screens."""

from __future__ import annotations

import re

from django.utils.translation import get_language

from render.errors import LoaError

# English sentence of the pipeline -> Vietnamese. Named groups are kept. Whatever is not here is shown as it came.
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"no fact is called (?P<key>.+)", "Không có số liệu nào tên là “{key}”"),
        (r"two values of (?P<key>\S+) hold on (?P<day>.+)", "Hai giá trị của {key} cùng có hiệu lực vào ngày {day}"),
        (r"the formulas go in a circle: (?P<circle>.+)", "Các công thức quay vòng: {circle}"),
        (
            r"a value of (?P<key>\S+) ends on (?P<to>\S+), before it begins on (?P<from_>\S+)",
            "Giá trị kết thúc ngày {to}, trước khi bắt đầu ngày {from_}",
        ),
        (r"'?(?P<value>.+?)'? of (?P<key>\S+) is not a number", "“{value}” không phải là số"),
        (r"'?(?P<value>.+?)'? of (?P<key>\S+) is no phone number", "“{value}” không phải là số điện thoại"),
        (r"'?(?P<value>.+?)'? of (?P<key>\S+) is no e-mail address", "“{value}” không phải là địa chỉ thư điện tử"),
        (
            r"(?P<value>.+) of (?P<key>\S+) is not a whole number of đồng",
            "{value} không phải là số đồng nguyên",
        ),
        (r"(?P<value>.+) of (?P<key>\S+) is no sensible value", "{value} không phải là giá trị hợp lý"),
        (r"(?P<value>.+) of (?P<key>\S+) has too many decimals", "{value} có quá nhiều chữ số thập phân"),
        (r"the fact (?P<key>\S+) has both values and a formula", "Số liệu {key} vừa có giá trị vừa có công thức"),
        (
            r"the fact (?P<key>\S+) has neither values nor a formula",
            "Số liệu {key} chưa có giá trị, cũng chưa có công thức",
        ),
        (
            r"the fact (?P<key>\S+) has a suffix and the unit (?P<unit>\S+)",
            "Chữ đi sau con số chỉ dùng với đơn vị “number”",
        ),
        (
            r"the fact (?P<key>\S+) \((?P<label>.*)\) has no value on (?P<day>\S+)",
            "Số liệu “{label}” ({key}) không có giá trị vào ngày {day}",
        ),
        (
            r"the fact (?P<key>\S+) \((?P<label>.*)\) had to be reviewed by (?P<day>\S+)",
            "Số liệu “{label}” ({key}) đã quá hạn rà soát {day}",
        ),
        (r"a picture stands in the text", "Trong văn bản có ảnh"),
        (
            r"the link leads to '(?P<address>.*)', which is no address we can print",
            "Liên kết dẫn tới “{address}”, không phải là địa chỉ in được",
        ),
        (r"(?P<text>.+) is no placeholder", "{text} không phải là chỗ chèn số liệu"),
        (r"(?P<day>\S+) in (?P<text>.+) is no date", "{day} trong {text} không phải là ngày"),
        (r"the text holds the character (?P<character>.+)", "Văn bản có ký tự lạ {character}"),
        (r"the text has (?P<have>\d+) characters, (?P<may>\d+) are allowed", "Văn bản dài {have} ký tự, tối đa {may}"),
        (r"'(?P<slug>.*)' cannot be a slug", "“{slug}” không dùng làm slug được"),
        (r"no language has the tag '(?P<tag>.*)'", "Không có ngôn ngữ nào mang mã “{tag}”"),
        (r"the formula divides by zero", "Công thức chia cho 0"),
        (
            r"the formula of (?P<key>\S+) counts with (?P<other>\S+), which is text",
            "Công thức của {key} tính với {other}, là chữ chứ không phải số",
        ),
    )
)
_MENDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Did you mean (?P<near>.+)\?", "Có phải: {near}?"),
        (r"Add it to the facts, or correct the name", "Thêm số liệu này, hoặc sửa lại tên"),
        (
            r"End the earlier one the day before the later one begins",
            "Cho giá trị trước kết thúc một ngày trước khi giá trị sau bắt đầu",
        ),
        (r"Break the circle", "Sửa một trong các công thức đó"),
        (r"Correct from or to", "Sửa lại ngày bắt đầu hoặc ngày kết thúc"),
        (r"Confirm its value and set a new review_by", "Xác nhận lại giá trị và đặt hạn rà soát mới"),
        (
            r"Its values hold (?P<spans>.+): add the value for that day, or build for another date",
            "Giá trị hiện có cho {spans}: thêm giá trị cho ngày đó",
        ),
        (r"Use facts that are numbers", "Hãy dùng số liệu là số"),
        (r"Use a number from 0 to 10\^15", "Dùng số từ 0 đến 10^15"),
        (r"Take it out: products draw their own pictures", "Hãy bỏ ra: sản phẩm tự vẽ hình của mình"),
        (
            r"Begin it with https://, mailto: or tel:, and write it in full",
            "Bắt đầu bằng https://, mailto: hoặc tel:, và viết đầy đủ",
        ),
        (
            r"Write \{\{ key \}\} or \{\{ key @2025-06-30 \}\}, the key in a to z, digits and _",
            "Viết {{{{ khoa }}}} hoặc {{{{ khoa @2025-06-30 }}}}; khóa gồm a đến z, chữ số và _",
        ),
        (r"Write year-month-day: 2025-06-30", "Viết năm-tháng-ngày: 2025-06-30"),
        (r"Delete it or type the letter anew", "Xóa đi hoặc gõ lại chữ đó"),
        (r"Split it", "Hãy tách ra"),
        (
            r"Use a to z, 0 to 9 and single -, at most (?P<most>\d+) characters: (?P<like>.+)",
            "Dùng a đến z, 0 đến 9 và dấu - đơn, tối đa {most} ký tự: {like}",
        ),
        (r"Give it values = \[…\] or formula = …", "Hãy cho nó giá trị, hoặc một công thức"),
    )
)


def in_words(error: LoaError) -> str:
    """An error as one or two sentences for the screen; its place is left to the screen."""
    if get_language() != "vi":
        return f"{error.what}. {error.mend}".strip() if error.mend else error.what
    what = _said(error.what, _SENTENCES)
    mend = _said(error.mend, _MENDS) if error.mend else ""
    return f"{what}. {mend}".strip() if mend else what


def _said(text: str, table: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, words in table:
        if match := pattern.fullmatch(text):
            return words.format(**{name: value or "" for name, value in match.groupdict().items()})
    return text
