"""Money, percentages, units, ranges, comparisons, "each" after a slash, and the numbers that remain."""

from __future__ import annotations

import functools
import re

from render.speech.letters import UPPER
from render.speech.lexicon import Lexicon
from render.speech.vi.numbers import NUMBER, digits, ordinal, roman, whole, written

_DASH = r"\s*[-–—−]\s*"
# A resolved fact stands between two of these while the rules run: its words are said already.
FACT = "\ue0fe"
_SAID = rf"{FACT}[^{FACT}]*{FACT}"
_AMOUNT = rf"(?:{_SAID}|(?<![\w.,])(?:{NUMBER}))"

_COUNTERS = (
    "tháng|năm|ngày|tuần|quý|giờ|phút|giây|tuổi|người|hộ|em|cháu|học sinh|lao động|lần|lượt|suất|thẻ|ca|bữa|buổi|tiết|"
    "km|m2|m²|kg|kWh|ha|lít|tấn|tạ|xã|thôn|đơn vị|thành viên|con|trẻ|đợt|kỳ|"
    "hồ sơ|ngày công|khóa|năm học|học kỳ|cuộc|phiếu|giường|"
    "nhân khẩu|khẩu|trường hợp|đối tượng|chuyến|đêm|vụ|sào|công|mẫu|bộ|cái|chiếc|bản|"
    "tin nhắn|tin|m3|m³|gói|hộp|chai|vé|mũi|liều|bao|thùng|cây|cuốn|tờ|sổ|phòng|gia đình|hộ gia đình|sản phẩm"
)
_EACH = re.compile(rf"(?P<left>[\w%²³₫$€'{FACT}])\s?/\s?(?:(?P<n>\d+)\s+)?(?P<unit>{_COUNTERS})(?![\w])")
_QUANTITY = re.compile(
    r"(?:đồng|nghìn|ngàn|triệu|tỷ|tỉ|trăm|đô la Mỹ|phần trăm|%|lần|lượt|kg|g|km|m2|m²|m3|m³|lít|tấn|tạ|người|hộ|suất|"
    rf"thẻ|ngày|buổi|tiết|giờ|phút|tháng|bữa|cuộc|viên|hồ sơ|đ|₫|VND|VNĐ|tr|k|ca|lượt khám|một \w+|\d|{FACT})$"
)
# "10 kg gạo/tháng": what is counted may be named between the number and the slash.
_COUNTED = re.compile(
    rf"(?:\d|{FACT})\s?(?:kg|g|lít|tấn|tạ|suất|bao|túi|hộp|thùng|chai|viên|gói|triệu|nghìn|đồng)(?:\s[^\W\d_]+){{1,3}}$"
)
_PAID_FOR = re.compile(
    rf"((?:\d|{FACT})\s?(?:(?:nghìn|ngàn|triệu|tỷ|tỉ)\s)?(?:tỷ\s)?đồng{FACT}?|\bđồng{FACT}?)\s?/\s?(?=[^\W\d_A-ZĐ]{{2}})"
)
_CURRENCY = r"(?:đồng|đ|₫|VND|VNĐ|vnđ|vnd|triệu|nghìn|ngàn|tỷ|tỉ|USD)"


def speak_comparisons(text: str) -> str:
    """≥ 20 năm -> từ 20 năm trở lên; 75+ -> 75 tuổi trở lên; < 6 tuổi -> dưới 6 tuổi; 16t -> 16 tuổi."""
    text = re.sub(r"(?<![\w.,/])(\d{1,3}(?:\s?[-–]\s?\d{1,3})?)t(?![\w/])", r"\1 tuổi", text)
    unit = (
        r"(?:\s?(?:%|đ|₫|km2|m2|km|kg)(?!\w)"
        rf"|\s(?:nghìn|ngàn|triệu|tỷ|tỉ)?\s?(?:đồng|VND|{_COUNTERS})(?!\w)|\s(?:triệu|tỷ|nghìn)(?!\w))?"
    )
    each = rf"(?:\s?/\s?(?:{_COUNTERS})(?!\w))?"
    amount = rf"(?P<amount>{_AMOUNT}{unit}{each})"
    text = re.sub(rf"(?<=[\d{FACT}])\s*[-–]\s*<\s*(?=[\d{FACT}])", " đến dưới ", text)
    text = re.sub(r">\s?=|⩾", "≥", re.sub(r"<\s?=|⩽", "≤", text))
    text = re.sub(rf"(?:\btừ\s+)?≥\s*{amount}", r"từ \g<amount> trở lên", text)
    text = re.sub(rf"(?:\btừ\s+)?≤\s*{amount}", r"từ \g<amount> trở xuống", text)
    text = re.sub(rf">\s*(?={_AMOUNT}|\d)", "trên ", text)
    text = re.sub(rf"<\s*(?={_AMOUNT}|\d)", "dưới ", text)
    text = re.sub(rf"(?<=[\w{FACT}%])\s*≥\s*(?=[\w])", " lớn hơn hoặc bằng ", text)
    text = re.sub(r"±\s*(?=\d)", "cộng trừ ", text)
    text = re.sub(r"[~≈]\s*(?=\d)", "khoảng ", text)
    # "75+ tuổi", "20+ năm", "75+"
    text = re.sub(rf"({_AMOUNT})\+\s+((?:{_COUNTERS})|đồng|triệu)(?!\w)", r"\1 \2 trở lên", text)
    text = re.sub(rf"({_SAID})\+(?!\w)", r"\1 trở lên", text)
    return re.sub(r"(?<![\w.,])(\d{1,3})\+(?![\w+])(?!\s*\d)", r"\1 tuổi trở lên", text)


# Điều 5 – Điều 10, Chương I - Chương III
_NAMED_RANGE = re.compile(
    rf"\b((?P<head>[^\W\d_]{{2,10}}) (?:\d{{1,6}}|[IVX]{{1,6}})){_DASH}(?=(?P=head) (?:\d|[IVX]))", re.IGNORECASE
)

# Within a sum a dash between spaces takes away: 22% x 1.500.000 - 66.000 = 264.000
_MINUS = re.compile(
    rf"((?:[×=]|[\d%]\s?x\s)[^,;:\n=]{{1,60}}?(?<=[\w%){FACT}]))\s+[-–−]\s+(?=[\d(]|{_SAID})"
    rf"|((?:\d|%|đồng|{FACT})\s*)[-–−]\s+(?=[\d.,]+\s?(?:%|đồng|đ)?\s*=)"
)


def speak_ranges(text: str) -> str:
    """60-75 tuổi -> 60 đến 75 tuổi; the words of facts count as numbers."""
    text = _NAMED_RANGE.sub(r"\1 đến ", text)
    text = _MINUS.sub(lambda m: f"{(m[1] or m[2]).rstrip()} trừ ", text)
    unit = r"(?:\s?(?:%|đồng|đ|tuổi|tháng|năm|ngày|triệu|nghìn|tỷ|giờ|km|kg|m2|m)(?!\w)(?:/[^\W\d_]+)?)?"
    number = rf"(?:{NUMBER})"
    pattern = rf"(?<![\w.,/-])({number}{unit}|{_SAID}){_DASH}(?=(?:{number})(?![\w]*[/]\d)|{_SAID})"
    return re.sub(pattern, r"\1 đến ", text)


def drop_said_twice(text: str) -> str:
    """03 (ba) bộ; 500.000 đồng (năm trăm nghìn đồng): the words in brackets are the number once more."""

    def once(match: re.Match[str]) -> str:
        words = " ".join(re.findall(r"\w+", match[3].lower().replace("bằng chữ", "")))
        said = written(match[1])
        unit = match[2].strip().lower()
        return match[1] + match[2] if words in (said, f"{said} {unit}") else match[0]

    return re.sub(rf"(?<![\w.,])({NUMBER})(\s?đồng|\s[^\W\d]{{1,8}}|)\s*\(([^()\d]{{1,120}})\)", once, text)


def speak_arithmetic(text: str) -> str:
    """12 tháng x 2 -> 12 tháng nhân 2; 3 + 2; a minus before a number."""
    side = rf"(?:[\w%)₫{FACT}])"
    text = re.sub(rf"({side})\s+(?:[x×]\s+(?=[\w({FACT}])|X\s+(?=[\d({FACT}]))", r"\1 nhân ", text)
    text = re.sub(rf"(\d)\s?[x×]\s?(?=\d|{FACT})", r"\1 nhân ", text)
    text = re.sub(rf"({side})\s*×\s*(?=\w)", r"\1 nhân ", text)
    text = re.sub(rf"({side})\s*\+\s*(?=[\w({FACT}])", r"\1 cộng ", text)
    text = re.sub(r"(?<![\w%)])\+(?=\d)", "cộng ", text)
    text = re.sub(rf"({side})\s*=\s*(?=[\w({FACT}])", r"\1 bằng ", text)
    text = re.sub(rf"({side})\s*÷\s*(?=[\w({FACT}])", r"\1 chia ", text)
    for glyph, said in (
        ("½", "một phần hai"),
        ("¼", "một phần tư"),
        ("¾", "ba phần tư"),
        ("⅓", "một phần ba"),
        ("⅔", "hai phần ba"),
    ):
        text = text.replace(glyph, f" {said}")
    return re.sub(r"(?<![\w)%.,])(?<!\d )[-−](?=\d)", "âm ", text)


def speak_each(text: str) -> str:
    """500.000 đồng/tháng -> 500.000 đồng một tháng; only after a quantity: cha/mẹ is no rate."""

    def each(match: re.Match[str]) -> str:
        before = match.string[: match.start() + 1]
        if match["left"].isdigit() and re.match(r"\s\d", match.string[match.end() :]):
            return match[0]  # năm 2025/năm 2024
        if _COUNTED.search(before) and not match["n"]:
            return f"{match['left']} một {match['unit']}"
        if not _QUANTITY.search(before.removesuffix(FACT) + FACT if before.endswith(FACT) else before):
            return match[0]
        # "ngày/tháng/năm" on a form is no rate either: a rate needs a number before its unit
        if not re.search(
            rf"(?:\d|{FACT}|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mươi|trăm|nghìn|triệu|tỷ)[\s\w%²₫$]*$", before
        ):
            return match[0]
        if match["n"] and re.search(r"\d\s?/\s?\d+$", before):
            return match[0]  # 30/40/60 ngày: one or the other
        if match["n"] and match["n"] != "1":  # đủ 6 tháng/12 tháng: so much of so much
            return f"{match['left']} trên {match['n']} {match['unit']}"
        count = "một "
        return f"{match['left']} {count}{match['unit']}"

    # after a sum of money whatever follows is what it is paid for: 200 triệu đồng/dự án
    text = _PAID_FOR.sub(r"\1 một ", text)
    previous = ""
    while previous != text:  # đồng/người/tháng
        previous, text = text, _EACH.sub(each, text)
    return text


def speak_money(text: str) -> str:
    """Currency signs, and the separators people mistake: 500,000 đồng, 500 000 đ, $100, 1,5tr."""
    text = re.sub(
        # 2,005 tỷ is a decimal, 500,000 đồng and 1,200,000 triệu are grouped
        rf"(?<![\d.,])(\d{{1,3}}(?:,\d{{3}})(?!\s?(?:tỷ|tỉ|triệu|nghìn|ngàn))(?:,\d{{3}})*|\d{{1,3}}(?:,\d{{3}}){{2,}})"
        rf"(?=\s?{_CURRENCY}(?!\w))",
        lambda m: m[1].replace(",", "."),
        text,
    )
    text = re.sub(
        rf"(?<![\d.,])(\d{{1,3}}(?: \d{{3}})+)(?=\s?{_CURRENCY}(?!\w))", lambda m: m[1].replace(" ", "."), text
    )
    # 1,234.56 is written the English way round; 1 200 người is grouped by a space
    text = re.sub(
        r"(?<![\w.,])\d{1,3}(?:,\d{3})+\.\d+(?![\w.,]*\d)",
        lambda m: m[0].replace(",", "\0").replace(".", ",").replace("\0", "."),
        text,
    )
    text = re.sub(
        rf"(?<![\w.,] )(?<![\w.,])([1-9]\d{{0,2}}(?: \d{{3}})+)(?= (?:{_COUNTERS}|dân|hộ dân)(?!\w))",
        lambda m: m[1].replace(" ", "."),
        text,
    )
    text = re.sub(
        rf"(?<![\w.,])([1-9]\d{{6,11}})(?=\s?{_CURRENCY}(?!\w))", lambda m: f"{int(m[1]):,}".replace(",", "."), text
    )
    text = re.sub(rf"([$€])\s?({NUMBER})", r"\2 \1", text)
    # 1tr5 is one and a half, 2tr340 two million three hundred and forty thousand
    text = re.sub(r"(?<![\w.,])(\d{1,3})tr(\d{1,3})(?!\w)", _millions, text)
    text = re.sub(r"\b(?:VND|VNĐ)\s?(\d[\d.]*)(?![\w])", r"\1 đồng", text)
    return re.sub(r"(\d\s?(?:triệu|nghìn|ngàn|tỷ|tỉ|tr)?)\s?(?:₫|VNĐ|VND|vnđ|vnd|đ)(?!\w)", r"\1 đồng", text)


def _millions(match: re.Match[str]) -> str:
    return f"{match[1]} triệu {match[2]} nghìn" if len(match[2]) == 3 else f"{match[1]},{match[2]} triệu"


def speak_units(text: str, lexicon: Lexicon) -> str:
    """Units right after a number: 120 km2, 37°C, 4,5%."""
    names = "|".join(re.escape(unit) for unit in sorted(lexicon.units, key=len, reverse=True))
    named = {unit: said for unit, said in lexicon.units.items() if unit in ("kg", "km", "m2", "m²", "ha", "kWh")}
    text = re.sub(r"(?<=\d)m(?=\d{2}(?!\w))", " mét ", text)  # cao 1m65
    text = re.sub(r"(?<=\bđộ )C\b", "xê", text)
    text = re.sub(r"(?<=\bđiểm )%", "phần trăm", text)
    text = re.sub(r"\bmột (kg|km|m2|m²|ha|kWh)(?!\w)", lambda m: f"một {named.get(m[1], m[1])}", text)
    worded = rf"({NUMBER})\s?({names})(?![\w²³'])"
    text = re.sub(worded, lambda m: f"{m[1]} {lexicon.units[m[2]]}", text)
    return re.sub(rf"{FACT}\s?%", FACT + " phần trăm", text)


_ROMAN_AFTER = (
    "chương|mục|phần|khóa|khoá|quý|kỳ|hạng|loại|nhóm|vùng|thế kỷ|phụ lục|cấp|độ|giai đoạn|đại hội|bậc|"
    "khu vực|tập|quyển|tiểu mục|đợt|trung ương|hội nghị|đảng bộ|bảng|dạng|lớp|mẫu|ngạch|thứ|lần thứ|tuyến|"
    "tầng|la mã|khối|điều"
)
_ROMAN_LIST = re.compile(
    rf"\b(?P<head>{_ROMAN_AFTER})(?P<gap>(?:\s+số)?\s+)(?P<list>[IVXLC]+(?:(?:,\s*|\s+và\s+|\s+hoặc\s+|\s+đến\s+|\s?/\s?|{_DASH})[IVXLC]+)*)(?!\w)",
    re.IGNORECASE,
)

# "X. Tổ chức thực hiện" is the tenth heading; "X. Ia Grai", a name, is a commune: names have a capital in each word.
_NAMED = rf"[{UPPER}][^\W\d_{UPPER}]+"
_HEADING = re.compile(rf"(?m)^\s*(?!X\. ?{_NAMED}(?:\s+(?:{_NAMED}|\d)|\s*(?:[,;(.–-]|$)))([IVX]+)\.\s")


def speak_romans(text: str) -> str:
    """Chương IV -> chương bốn; vùng I-IV; XV alone; I, V and X only where a word before them asks for a number."""

    def listed(match: re.Match[str]) -> str:
        parts = re.split(r"(,\s*|\s+(?:và|hoặc|đến)\s+|\s?/\s?|\s*[-–—−]\s*)", match["list"])
        said: list[str] = []
        for part in parts:
            if part in ("C", "L"):
                return match[0]  # a licence of class C, 37 độ C: nobody counts as far as that
            if (value := roman(part)) is not None and part.isupper():
                said.append(ordinal(value) if match["head"].lower().endswith("thứ") else whole(value))
            elif re.fullmatch(r"\s*[-–—−]\s*", part):
                said.append(" đến ")
            elif part.strip() == "/" and match["head"].lower() in ("bậc", "cấp"):
                said.append(" trên ")
            elif part.isupper() or (part.islower() and part.isalpha() and len(part) < 3):
                return match[0]  # "cấp CC", "lớp c": letters, no numeral
            else:
                said.append(part)
        return match["head"] + match["gap"] + "".join(said)

    text = _ROMAN_LIST.sub(listed, text)
    text = _HEADING.sub(lambda m: f"{whole(roman(m[1]) or 0)}. " if roman(m[1]) else m[0], text)
    lone = rf"(?<![\w.&-])([IVX]{{2,6}})(?:{_DASH}([IVX]{{1,6}}))?(?![\w&])"

    def alone(match: re.Match[str]) -> str:
        values = [roman(part) for part in match.groups() if part]
        return match[0] if None in values else " đến ".join(whole(value) for value in values if value)

    return re.sub(lone, alone, text)


_CODE_WORD = re.compile(
    r"\b(?:mẫu(?: số)?|mẫu biểu|biểu(?: số)?|phụ lục(?: số)?|mã(?: số)?|ký hiệu|tổ|khóm|khu phố|ấp|thôn|"
    r"ô số|phòng số|đội)\s*$",
    re.IGNORECASE,
)
_LETTERED = re.compile(
    r"(?<![\w])(?=[\w./-]*\d)(?=[\w./-]*[A-ZĐ])(?:[A-ZĐ]{1,4}|\d+)(?:[-/.]?(?:[A-ZĐ]{1,6}[a-z]?|\d+[a-z]?))*(?![\w])"
)


def speak_codes(text: str, lexicon: Lexicon) -> str:
    """Mẫu TK1-TS -> mẫu tê ca một tê ét: letters and digits joined into one sign are spelt."""

    def code(match: re.Match[str]) -> str:
        said: list[str] = []
        before = match.string[: match.start()]
        if "/" in match[0] and not _CODE_WORD.search(before):
            return match[0]  # the number of a document whose issuer nobody knows: not to be spelt in silence
        if any(len(part) > 3 and part not in lexicon.abbreviations for part in re.findall(r"[A-ZĐ]+", match[0])):
            return match[0]
        for part in re.findall(r"[A-ZĐ]+|[a-z]+|\d+|[/]", match[0]):
            if part == "/":
                said.append(",")
            elif part.isdigit():
                said.append(_figure(part, is_code=True))
            elif part.isupper() and len(part) > 2 and part in lexicon.abbreviations:
                said.append(lexicon.abbreviations[part])
            else:
                said.append(" ".join(lexicon.letters.get(letter.upper(), letter) for letter in part))
        return " ".join(said).replace(" ,", ",")

    return _LETTERED.sub(code, text)


_POINTED = re.compile(
    r"\b((?:điều|khoản|chương|mục|tiết|tiểu mục|phần|bảng|hình|biểu|sơ đồ|phiên bản|bản|"
    r"VssID|VNeID|vi \w+ i \w+ đi)\s+)"
    r"(\d{1,2}(?:\.\d{1,2})+)(?![\w.,]*\d)",
    re.IGNORECASE,
)


def speak_numbers(text: str) -> str:
    """Every number that is left: a leading zero is said in codes ("Mẫu 01") and dropped in counts ("01 bản")."""
    # headings and releases are counted with points: "2.1. Nội dung", "công nghiệp 4.0"
    text = re.sub(
        rf"(?m)^\s*(\d{{1,2}}(?:\.\d{{1,2}})+)(?:\.(?=\s|$)|(?=\s+[{UPPER}]|$))", lambda m: _pointed(m[1]), text
    )
    text = re.sub(r"(?<![\w.,])(\d{1,2}\.0(?:\.\d{1,2})*)(?![\w.,]*\d)", lambda m: _pointed(m[1]), text)
    # so are the parts of a law or a book: mục 2.1, tiết 1.1.1, mục II.3
    text = _POINTED.sub(lambda m: m[1] + _pointed(m[2]), text)
    text = re.sub(  # a point of a law; a mark (điểm 7.5) is a decimal
        r"(?i)(\bđiểm )(\d{1,2}(?:\.\d{1,2})+)(?=,?\s+(?:khoản|điều|mục|phần|chương|phụ lục)\b)",
        lambda m: m[1] + _pointed(m[2]),
        text,
    )
    text = re.sub(r"(?<=[^\W\d_])\.(?=\d)", " chấm ", text)
    text = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", text)
    text = re.sub(r"(?<![\w.,])\d+%?(?:\s?/\s?\d+%?){2,}(?!\w)", lambda m: m[0].replace("/", ", "), text)
    text = re.sub(rf"(?<![\w.,])({NUMBER})\s?/\s?({NUMBER})(?!\w)", _over, text)

    def number(match: re.Match[str]) -> str:
        is_code = bool(_CODE_WORD.search(match.string[: match.start()]))
        return _figure(match[0], is_code=is_code)

    return re.sub(rf"(?:{NUMBER})", number, text)


def _pointed(text: str) -> str:
    return " chấm ".join(whole(int(part)) for part in text.split("."))


def _over(match: re.Match[str]) -> str:
    return f"{match[1]} trên {match[2]}"


def _figure(text: str, *, is_code: bool) -> str:
    if is_code and text.isdigit() and text.startswith("0"):
        return digits(text)
    return written(text)


@functools.cache
def _southern() -> tuple[tuple[re.Pattern[str], str], ...]:
    return (
        (re.compile(r"\bnghìn\b"), "ngàn"),
        (re.compile(r"\bNghìn\b"), "Ngàn"),
        (re.compile(r"\b(trăm|nghìn|ngàn|triệu|tỷ) linh (?=một|hai|ba|bốn|năm|sáu|bảy|tám|chín)"), r"\1 lẻ "),
    )


def southern(text: str) -> str:
    """The same words as the South says them: ngàn, lẻ."""
    for pattern, said in _southern():
        text = pattern.sub(said, text)
    return text
