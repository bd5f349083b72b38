"""Times of day, dates, months, quarters, years, and the ranges of each."""

from __future__ import annotations

import re

from render.speech.vi.numbers import ordinal, roman, whole

_DASH = r"\s*[-–—]\s*"
_H = r"(?:[01]?\d|2[0-4])"
_M = r"[0-5]\d"
_TIME = re.compile(
    rf"(?<![\w/.,:-])(?P<h>{_H})\s?(?:(?:h|g|giờ|:)\s?(?P<m>{_M})(?:\s?(?:phút|ph|p|'|h))?|h|g|giờ)(?![\w/]|:\d|[.,]\d)"
)
_RATIO = re.compile(r"\b((?:tỷ|tỉ) (?:lệ|số)\s+)(\d{1,4})\s?[:/]\s?(\d{1,6})(?![\w:/%-]|[.,]\d)", re.IGNORECASE)
_ROUND_THE_CLOCK = re.compile(r"\b24\s?h?\s?[/]\s?(24|7)\s?(h|giờ)?(?!\w|/)")

_D, _MONTH, _Y = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_EDGE, _END = r"(?<![\w/.,-])", r"(?![\w/]|[.,-]\d)"
_SEP = r"[/.\-]"
_ISO = re.compile(rf"(?<![\w/.,-])(?P<year>{_Y})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\w/-])")
_FULL = rf"{_D}/{_MONTH}/{_Y}|{_D}-{_MONTH}-{_Y}|{_D}\.{_MONTH}\.{_Y}"
_BEFORE = r"(?P<tu>\b(?:từ|kể từ)\s+)?(?P<ngay>\b(?:các\s+)?ngày\s+)?"

_FULL_RANGE = re.compile(rf"{_BEFORE}{_EDGE}(?P<a>{_FULL}){_DASH}(?:ngày\s+)?(?P<b>{_FULL}){_END}", re.IGNORECASE)
_MONTH_DAY_RANGE = re.compile(
    rf"{_BEFORE}{_EDGE}(?P<a>{_D}/{_MONTH}){_DASH}(?:ngày\s+)?(?P<b>{_D}/{_MONTH}(?:/{_Y})?){_END}", re.IGNORECASE
)
_DAY_RANGE = re.compile(rf"{_BEFORE}{_EDGE}(?P<a>{_D}){_DASH}(?P<b>{_D}/{_MONTH}(?:/{_Y})?){_END}", re.IGNORECASE)
_DAY_LIST = re.compile(
    rf"(?P<ngay>\bngày\s+)(?P<days>{_D}(?:,\s?{_D})*)(?P<join>,\s?| và )(?P<b>{_D}/{_MONTH}(?:/{_Y})?){_END}",
    re.IGNORECASE,
)
_DAYS_OF_MONTH = re.compile(
    rf"(?P<ngay>\bngày\s+)(?P<a>{_D}){_DASH}(?P<b>{_D})(?=\s+(?:hằng|hàng|mỗi|của|tháng|đầu|cuối))", re.IGNORECASE
)
_DATE = re.compile(rf"(?P<ngay>\bngày\s+)?{_EDGE}(?P<date>{_FULL}){_END}", re.IGNORECASE)
_DAY_MONTH = re.compile(
    rf"(?P<ngay>\bngày\s+)?{_EDGE}(?P<day>{_D})(?P<sep>[/.\-])(?P<month>{_MONTH}){_END}", re.IGNORECASE
)
_MONTHS_YEAR = re.compile(
    rf"(?P<thang>\b(?:các\s+)?tháng\s+|\bT\.?)?{_EDGE}(?P<a>{_MONTH})(?P<join>{_DASH}|, | và )(?:tháng\s+)?"
    rf"(?P<b>{_MONTH})/(?P<year>{_Y}){_END}",
    re.IGNORECASE,
)
_MONTH_YEAR_RANGE = re.compile(
    rf"(?P<thang>\btháng\s+)?{_EDGE}(?P<a>{_MONTH})/(?P<ya>{_Y}){_DASH}(?:tháng\s+)?(?P<b>{_MONTH})/(?P<yb>{_Y}){_END}",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(
    rf"(?:(?P<thang>\btháng\s+)|\bT\.?)?(?<![\w/.,-])?(?P<month>{_MONTH})\s?[/-]\s?(?P<year>{_Y}){_END}", re.IGNORECASE
)
_BARE_MONTHS = re.compile(
    rf"\b(?P<thang>tháng)\s+(?P<a>{_MONTH}){_DASH}(?:tháng\s+)?(?P<b>{_MONTH})(?![\w/]|[.,-]\d)", re.IGNORECASE
)
_BARE_MONTH = re.compile(rf"\b(?P<thang>tháng)\s+(?P<a>{_MONTH})(?![\w/]|[.,-]\d)", re.IGNORECASE)
# 9T/2025, 6T đầu năm 2025: so many months of a year
_MONTHS_OF_YEAR = re.compile(
    rf"(?<![\w.,/-])(?P<count>{_MONTH})\s?(?:T|tháng)(?:\s?/\s?|\s(?P<part>(?:đầu|cuối)\s)năm\s)(?P<year>{_Y})(?![\w/])"
)
_QUARTER_NO = r"(?:I{1,3}|IV|[1-4])"
_QUARTER = re.compile(
    rf"\b(?P<quy>quý)\s+(?P<a>{_QUARTER_NO})(?:(?P<join>{_DASH}|, | và )(?:quý\s+)?(?P<b>{_QUARTER_NO}))?"
    rf"(?:\s?[/-]\s?(?P<year>{_Y}))?(?![\w/])",
    re.IGNORECASE,
)
# "2 ngày 1 đêm", "mỗi ngày 3 lần", "ngày 2 viên" count; the others name a day
_DAY = re.compile(
    r"(?<![\d+] )(?<!mỗi )(?<!một )(?<!trong )(?<!hằng )\b(?P<ngay>ngày|hôm)\s+(?P<day>0?[1-9]|10)"
    r"(?![\w/%]|[.,-]\d|\s*(?:%|triệu|nghìn|lần|lượt|đêm|bữa|viên|buổi|giờ|tiếng|ca|chuyến|gói|mũi|lít|ly|cốc|"
    r"kg|đồng(?! chí))(?!\w))",
    re.IGNORECASE,
)
# "30-4 và 1-5": nobody counts downwards, so what falls is a date; so is what follows it
_FALLING = re.compile(
    rf"(?<![\w/.,-])(?<!số )(?<!điểm )(?<!thắng )(?<!thua )(?P<day>{_D})-(?P<month>{_MONTH})"
    rf"(?P<more>(?:(?:,? và |, | đến ){_D}-{_MONTH}(?![\w/.-]))*)"
    r"(?![\w/%]|[.,-]\d|\s?(?:%|tuổi|đồng|triệu|nghìn|năm|tháng))"
)
# "tháng 7,8,9/2025", "Điều 21,22": a list though no space follows its commas
_TIGHT_LIST = re.compile(
    r"\b((?:tháng|ngày|điều|khoản|quý|tổ|thôn|ấp|khu phố|thứ)\s+)(\d{1,3}(?:,\d{1,3})+)(?![\w.,]*\d*%)", re.IGNORECASE
)
_WEEKDAYS = re.compile(rf"\b(?P<thu>thứ)\s+(?P<a>[2-7]){_DASH}(?:thứ\s+)?(?P<b>[2-7])\b", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(?P<thu>thứ)\s+(?P<n>\d{1,3})(?![\w/]|[.,]\d)", re.IGNORECASE)
_YEARS = re.compile(rf"{_EDGE}(?P<a>{_Y}){_DASH}(?:năm\s+)?(?P<b>{_Y}){_END}")

# "1/3" alone is a date on a calendar and a third in a sum: what stands around it tells.
_PART_OF = re.compile(
    r"\s*(?:của|số|mức|tổng|thời gian|chi phí|lương|tiền|diện tích|dân số|quãng|giá|phần|"
    r"chặng|học phí|thu nhập|cổ phần|đại biểu|thành viên|tỷ lệ|suất|ngày|tháng|giờ|viên|giá trị)\b"
)
_COUNTED = re.compile(
    r"\s*(?:hộ|người|xã|phường|tỉnh|thôn|hồ sơ|trường hợp|đơn vị|bệnh nhân|câu|điểm|tiêu chí|huyện|cơ sở|bệnh viện|"
    r"hội viên|đảng viên|đoàn viên|cán bộ|học sinh|sinh viên|lao động|ấp|tổ|khu phố|bản|em|cháu|trẻ|bà con|gia đình|"
    r"ý kiến|phiếu|chỉ tiêu|nhiệm vụ|nội dung|môn|doanh nghiệp|lượt|giường|thẻ|khẩu|nhân khẩu)\b"
)
_ABOUT = re.compile(r"(?:bằng|khoảng|hơn|gần|đủ|chiếm|ít nhất|tối thiểu|giảm|còn|thêm|quá)\s*$", re.IGNORECASE)
_CODE_BEFORE = re.compile(
    r"(?:số|số nhà|ngõ|hẻm|kiệt|căn|phòng|mẫu|tỷ lệ|tỉ lệ|lô|bậc(?: thợ| lương)?|hạng|tỷ số|tờ|thửa|tòa|dãy|tổ)\s*$",
    re.IGNORECASE,
)
_COUNTED_IN_YEAR = re.compile(r"\b(?:kỳ|học kỳ|đợt|lần|khóa|khoá|tập|phiên|vòng|giai đoạn)\s*$", re.IGNORECASE)
_STREET_BEFORE = re.compile(r"\b(?:đường|phố|đại lộ|công viên|quảng trường|bệnh viện|trường)\s*$", re.IGNORECASE)
_CALENDAR_BEFORE = re.compile(
    r"(?:từ|đến|tới|trước|sau|hết|vào|kể từ|dịp|lễ|sáng|chiều|tối|đêm|hôm|hạn|nghỉ|mùng|mồng)\s*$", re.IGNORECASE
)


# 5h sáng - 10h tối
_HOURS_OF_DAY = re.compile(
    rf"(\d\s?(?:h|g|giờ)(?:\s?{_M})?\s+(?:sáng|trưa|chiều|tối|đêm|khuya)){_DASH}(?={_H}\s?(?:h|g|giờ|:))"
)
# T2-T6, T2 đến CN: the days of a week as offices write their hours; a lone T5 may be anything.
_WEEK_SIGNS = re.compile(r"(?<![\w-])(T[2-7])(\s*(?:[-–—]|đến|,|và)\s*)(T[2-7]|CN)(?![\w-])")


def _weekday(sign: str) -> str:
    return "chủ nhật" if sign == "CN" else f"thứ {ordinal(int(sign[1]))}"


def _weekdays(match: re.Match[str]) -> str:
    join = {",": ", ", "và": " và "}.get(match[2].strip(), " đến ")
    return f"{_weekday(match[1])}{join}{_weekday(match[3])}"


def speak_times(text: str) -> str:
    """17h30 -> mười bảy giờ ba mươi phút; 8h-11h30 -> tám giờ đến mười một giờ ba mươi phút."""
    text = _WEEK_SIGNS.sub(_weekdays, text)
    text = _RATIO.sub(lambda m: f"{m[1]}{m[2]} trên {m[3]}", text)
    text = _ROUND_THE_CLOCK.sub(
        lambda m: (
            f"hai mươi bốn trên {'bảy' if m[1] == '7' else 'hai mươi bốn'}" + (" giờ" if m[2] or m[1] == "24" else "")
        ),
        text,
    )
    # "8-11h30": the first hour has lost its h
    text = re.sub(rf"(?<![\w/.,:-])({_H})({_DASH})(?={_H}\s?h(?:{_M})?(?!\w))", r"\1h\2", text)
    text = re.sub(rf"(\d\s?[hg:](?:\s?{_M})?h?|giờ(?:\s{_M})?){_DASH}(?={_H}\s?(?:h|g|giờ|:))", r"\1 đến ", text)

    text = _HOURS_OF_DAY.sub(r"\1 đến ", text)

    def time(match: re.Match[str]) -> str:
        minutes = int(match["m"] or 0)
        return f"{whole(int(match['h']))} giờ" + (f" {whole(minutes)} phút" if minutes else "")

    return _TIME.sub(time, text)


def speak_dates(text: str) -> str:
    """Dates and their ranges, from the longest form to the shortest."""
    text = _TIGHT_LIST.sub(lambda m: m[1] + m[2].replace(",", ", "), text)
    text = re.sub(rf"(?i)\b(quý\s+{_QUARTER_NO})\s?[+&]\s?(?={_QUARTER_NO}\b)", r"\1 và ", text)
    text = _ISO.sub(lambda m: f"{int(m['day']):02}/{int(m['month'])}/{m['year']}", text)
    text = _FALLING.sub(lambda m: m[0].replace("-", "/") if int(m["day"]) > int(m["month"]) else m[0], text)
    for pattern in (_FULL_RANGE, _MONTH_DAY_RANGE, _DAY_RANGE):
        text = pattern.sub(_range, text)
    text = _DAYS_OF_MONTH.sub(lambda m: f"{m['ngay']}{_day(m['a'])} đến ngày {_day(m['b'])}", text)
    text = _DAY_LIST.sub(
        lambda m: f"{m['ngay']}{', '.join(map(_day, re.findall('[0-9]+', m['days'])))}{m['join']}{_date(m['b'])}", text
    )
    text = _DATE.sub(lambda m: f"{m['ngay'] or 'ngày '}{_date(m['date'])}", text)
    text = _MONTH_YEAR_RANGE.sub(
        lambda m: (
            f"{m['thang'] or 'tháng '}{_month(m['a'])} năm {whole(int(m['ya']))} đến tháng {_month(m['b'])}"
            f" năm {whole(int(m['yb']))}"
        ),
        text,
    )
    text = _MONTHS_OF_YEAR.sub(lambda m: f"{m['count']} tháng {m['part'] or ''}năm {m['year']}", text)
    text = _MONTHS_YEAR.sub(_months, text)
    text = _MONTH_YEAR.sub(_month_year, text)
    text = _QUARTER.sub(_quarter, text)
    text = _BARE_MONTHS.sub(lambda m: f"{m['thang']} {_month(m['a'])} đến tháng {_month(m['b'])}", text)
    text = _DAY_MONTH.sub(_day_month, text)
    text = _BARE_MONTH.sub(lambda m: f"{m['thang']} {_month(m['a'])}", text)
    text = _DAY.sub(lambda m: f"{m['ngay']} {_day(m['day'])}", text)
    text = _WEEKDAYS.sub(lambda m: f"{m['thu']} {ordinal(int(m['a']))} đến thứ {ordinal(int(m['b']))}", text)
    text = _ORDINAL.sub(lambda m: f"{m['thu']} {ordinal(int(m['n']))}", text)
    return _YEARS.sub(lambda m: f"{whole(int(m['a']))} đến {whole(int(m['b']))}", text)


def _day(text: str) -> str:
    number = int(text)
    return ("mùng " if number <= 10 else "") + whole(number)


def _month(text: str) -> str:
    return ordinal(int(text)) if int(text) == 4 else whole(int(text))


def _date(text: str) -> str:
    day, month, *year = re.split(r"[/.\-]", text)
    return f"{_day(day)} tháng {_month(month)}" + (f" năm {whole(int(year[0]))}" if year else "")


def _range(match: re.Match[str]) -> str:
    """ "01-05/9/2025" -> từ mùng một đến mùng năm tháng chín…; the word "ngày" is said twice where it was written."""
    named = bool(match["ngay"])
    start, end = match["a"], match["b"]
    whole_dates = "/" in start or "-" in start or "." in start
    said_start = _date(start) if whole_dates else _day(start)
    head = match["tu"] or ("" if named else "từ ")
    if named or whole_dates:
        return f"{head}{match['ngay'] or 'ngày '}{said_start} đến ngày {_date(end)}"
    return f"{head}{said_start} đến {_date(end)}"


def _months(match: re.Match[str]) -> str:
    join = match["join"] if match["join"] in (", ", " và ") else " đến "
    second = f"tháng {_month(match['b'])}"
    thang = match["thang"] if match["thang"] and not match["thang"].startswith(("T.", "T")) else "tháng "
    if match["thang"] and match["thang"].strip().lower().endswith("tháng"):
        thang = match["thang"]
    return f"{thang}{_month(match['a'])}{join}{second} năm {whole(int(match['year']))}"


def _month_year(match: re.Match[str]) -> str:
    before = match.string[: match.start()]
    if not match["thang"] and re.search(r"[\w/.,-]$|\bquý\s*$", before, re.IGNORECASE):
        return match[0]  # of a quarter its own rule speaks
    if not match["thang"] and (_CODE_BEFORE.search(before) or _COUNTED_IN_YEAR.search(before)):
        return f"{whole(int(match['month']))} năm {whole(int(match['year']))}"
    return f"{match['thang'] or 'tháng '}{_month(match['month'])} năm {whole(int(match['year']))}"


def _quarter(match: re.Match[str]) -> str:
    def number(text: str) -> str:
        return ordinal(value) if (value := roman(text) or int(text)) == 4 else whole(value)

    said = f"{match['quy']} {number(match['a'].upper())}"
    if match["b"]:
        join = match["join"] if match["join"] in (", ", " và ") else " đến "
        said += f"{join}quý {number(match['b'].upper())}"
    return said + (f" năm {whole(int(match['year']))}" if match["year"] else "")


def _day_month(match: re.Match[str]) -> str:
    """d/m is a date, unless its neighbours say it is a share, a count or the number of a house."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    day, month = match["day"], match["month"]
    if match["sep"] != "/":
        # "2-9" and "30.4" are dates only where "ngày" says so
        return f"{match['ngay']}{_date(match[0][len(match['ngay']) :])}" if match["ngay"] else match[0]
    if not match["ngay"] and not day.startswith("0"):
        share = int(day) < int(month) and (
            _PART_OF.match(after)
            or _ABOUT.search(before)
            or (int(month) <= 4 and _COUNTED.match(after))  # 3/4 hội viên; 8/10 hộ is a count of so many
        )
        if int(month) == 12 and re.match(r"\s*tháng\b", after):
            return f"{whole(int(day))} trên {whole(int(month))}"
        if share and not _CALENDAR_BEFORE.search(before):
            return f"{whole(int(day))} phần {whole(int(month)) if int(month) != 4 else 'tư'}"
        if _COUNTED.match(after) and not _CALENDAR_BEFORE.search(before):
            return f"{whole(int(day))} trên {whole(int(month))}"
        if _CODE_BEFORE.search(before):
            return f"{whole(int(day))} trên {whole(int(month))}"
        if _STREET_BEFORE.search(before):  # đường 3/2 is named after a day: ba tháng hai
            return f"{whole(int(day))} tháng {_month(month)}"
    said = _date(f"{day}/{month}")
    if match["ngay"]:
        return match["ngay"] + said
    if re.search(r"(?:mùng|mồng)\s*$", before, re.IGNORECASE):
        return said.removeprefix("mùng ")
    return f"ngày {said}"
