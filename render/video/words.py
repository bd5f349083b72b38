"""Text as runs, cut and joined for the screen: first sentences, opening words in bold, numbers that keep their unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from render.edition import Run, Runs, plain
from render.speech import segments
from render.typeset.wording import titled

_NUMBER = re.compile(
    r"(?P<before>(?:[^\W\d_]+[ \u00a0]){0,3})(?P<number>\d{1,3}(?:\.\d{3})+|\d+(?:,\d+)?)(?P<percent>[ \u00a0]?%)?"
    r"(?P<after>(?:[ \u00a0,].*)?)",
    re.DOTALL,
)


# Words of several syllables that clips say often, beside those of headlines; whoever reads letter by letter stumbles
# over half a word.
_COMPOUNDS = re.compile(
    r"(?i)(?<!\w)("
    r"Việt Nam|Ủy ban|nhân dân|công dân|cán bộ|tổng đài|điện thoại|tài khoản|ngân hàng|văn bản|đề nghị|giấy tờ"
    r"|căn cước|giải quyết|kết quả|bắt đầu|con số|cần nhớ|ví dụ|thông tin|ứng dụng|đăng ký|đăng nhập|mật khẩu"
    r"|chữa bệnh|khám bệnh|khám chữa|sức khỏe|bác sĩ|ông bà|bà con|cha mẹ|trẻ em|phụ nữ|con cái|nhân viên|nhân thân"
    r"|cộng đồng|dân tộc|thiểu số|vùng sâu|vùng xa|biên giới|hải đảo|hộ nghèo|cận nghèo|thu nhập|mức sống|trung bình"
    r"|tiền lương|tiền công|hợp đồng|việc làm|làm việc|nghỉ việc|người lao động|doanh nghiệp|sản xuất|nông dân"
    r"|nông thôn|ngư dân|tối thiểu|tối đa|tổng cộng|tỷ lệ|phần trăm|một nửa|mỗi người|mỗi lần|hàng tháng|hằng năm"
    r"|tháng trước|năm trước|từ ngày|kể từ|trở lên|trở xuống|trở đi|ít nhất|nhiều nhất|cao nhất|thấp nhất"
    r"|liên tục|thời gian|thời hạn|thời điểm|hiệu lực|quy định|nghị định|thông tư|quyết định|luật mới|pháp luật"
    r"|chính sách|chính phủ|địa phương|đơn vị|trực tiếp|trực tuyến|qua mạng|mạng xã hội|tin nhắn|đường dẫn"
    r"|mã độc|chuyển tiền|thu tiền|nộp tiền|đóng tiền|trả tiền|giả mạo|mạo danh|công an|tố giác|báo ngay"
    r"|hướng dẫn|tra cứu|xác nhận|xác minh|kiểm tra|cung cấp|yêu cầu|từ chối|đồng ý|đầy đủ|miễn phí|chi phí|chi trả"
    r"|thanh toán|hoàn trả|cùng chi trả|quyền được|được hưởng|được nhận|không phải|không được|không cần|bao nhiêu"
    r"|thế nào|khi nào|ở đâu|vì sao|tại sao|chúng ta|mọi người|con người|loài người|tự do|bình đẳng|phẩm giá"
    r"|bảo đảm|đảm bảo|bảo vệ|an sinh|an ninh|kinh tế|văn hóa|gia tăng|thay đổi|bổ sung|điều chỉnh|áp dụng"
    r"|nhà trường|nhà thuốc|trạm y tế|đại lý|bưu điện|cây số|trường hợp|nguyên tắc|đối tượng|mẫu đơn|tờ khai"
    r"|hưởng lương|đóng góp|tích lũy|rút tiền|nuôi con|sinh con|mang thai|khuyết tật|mất sức|tử tuất|mai táng"
    r"|cô giáo|thầy giáo|trưởng thôn|già làng|tuyên truyền|phát thanh|truyền thanh"
    r"|chủ hộ kinh doanh|hộ kinh doanh|BHXH tự nguyện|BHXH bắt buộc|hộ cận nghèo|thông báo|kê khai|phương pháp"
    r"|thôi việc|danh sách|trung tâm|dịch vụ|công ty|biên lai|căn cứ|mức sống|gọi điện|cập nhật|xác thực|thường trú"
    r"|tạm trú|nghỉ hưu|hết hạn|lưu ý|phụ huynh|thầy cô|đại học|cao đẳng|phổ thông|trường nghề|định danh|đối chiếu"
    r"|xuất trình|ngắt quãng|gián đoạn|bảng tin|công cộng|tờ rơi|tổ trưởng|dân phố|rà soát|chậm trễ|thiệt thòi|kịp thời"
    r"|chấm dứt|đơn phương|giới thiệu|tư vấn|ngân sách|lời đe dọa|đe dọa|tranh cãi|người lạ|người quen"
    r"|bất cứ|bình thường|bình quân|tính từ|viện phí|bệnh tật|nằm viện|buôn bán|làm nông|làm nương|làm thuê"
    r"|công nhân|thân nhân|thành viên|tư cách|thực hiện|phát triển|nhân phẩm|nhân cách|nỗ lực|quốc gia|quốc tế|hợp tác"
    r"|hệ thống|tổ chức|nguồn lực|phù hợp|thông qua|văn hoá|sức khoẻ|phúc lợi|bản thân|cần thiết|tàn tật|goá bụa"
    r"|già nua|phương tiện|sinh sống|hoàn cảnh|khách quan|khả năng|kiểm soát|chăm sóc|giúp đỡ|đặc biệt|tất cả"
    r"|giá thú|bảo trợ|chứng sinh|khai sinh|hôm nay|ngày mai|sau này|gần nhà|đúng hạn|còn lại|trình bày|nội dung"
    r"|người già|người cao tuổi|người khuyết tật|học nghề|con cháu|từng bước|toàn bộ|tự ý|tiết kiệm|lãng phí"
    r")(?!\w)"
)

# What leads a number or a date stands with it: "từ 15 năm", "trước 01/7/2025".
_LEADING = re.compile(r"(?i)(?<!\w)(từ|trước|sau|đến|đủ|trong|dưới|trên|hơn|tới|là|còn|hết) (?=\d)")

# A sentence ends as its script ends one.
_STOPS = (("\u1780", "\u17e9", "។"), ("\u3400", "\u9fff", "。"))


def whole(text: str) -> str:
    """Text whose words of several syllables, numbers and units do not part at a line's end."""
    tied = _COMPOUNDS.sub(lambda found: found[0].replace(" ", "\u00a0"), text)  # longer words than those of headlines
    return _LEADING.sub(lambda found: found[1] + "\u00a0", titled(tied))


def unbound(text: str) -> str:
    """The same text as it was written: with spaces where they only must not part."""
    return text.replace("\u00a0", " ").replace("\u2060", "").replace("\u200b", "")


def marked(runs: Runs) -> list[dict[str, Any]]:
    """Runs for the template: text that breaks by sense, and what is strong or a fact."""
    parts: list[dict[str, Any]] = []
    for run in runs:
        text = run.text.replace(" ", "\u00a0") if run.fact else whole(run.text)
        parts.append({"t": text, **({"b": True} if run.strong or run.fact else {})})
    return parts


def sentences(runs: Runs) -> list[Runs]:
    """One entry a sentence, without the space around it."""
    return [between(one, 0, len(plain(one))) for one in segments.sentences(runs)]


def between(runs: Runs, start: int, end: int) -> Runs:
    """The stretch of `runs` from one character to another, with its styles; stripped at both ends."""
    text = plain(runs)[start:end]
    start, end = start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())
    found: list[Run] = []
    at = 0
    for run in runs:
        first, last = max(start - at, 0), min(end - at, len(run.text))
        if first < last:
            found.append(Run(run.text[first:last], run.strong, run.emphasis, run.href, run.fact))
        at += len(run.text)
    return tuple(found)


def lead_and_rest(runs: Runs) -> tuple[Runs, Runs]:
    """A step's short name (its opening words in bold, without the full stop) and what follows it.

    Without bold opening words the first sentence is the name.
    """
    bold = 0
    for run in runs:
        if not run.strong:
            break
        bold += len(run.text)
    text = plain(runs)
    if bold and bold < len(text):
        return unstopped(between(runs, 0, bold)), between(runs, bold, len(text))
    first, *others = sentences(runs) or [runs]
    end = len(plain(first))
    return unstopped(first), between(runs, end, len(text)) if others else ()


def unstopped(runs: Runs) -> Runs:
    """Without the full stop, colon or comma at its end."""
    text = plain(runs).rstrip()
    return between(runs, 0, len(text.rstrip(".:;,")))


def stopped(runs: Runs) -> Runs:
    """With a full stop at its end, unless it ends a sentence by itself."""
    text = plain(runs)
    if not text or text[-1] in ".!?…។៕။。！？":
        return runs
    stop = next((stop for first, last, stop in _STOPS if first <= text[-1] <= last), ".")
    return (*unstopped(runs), Run(stop))


def joined(parts: Iterable[Runs], between_them: str) -> Runs:
    """Parts in a row with the same text between them."""
    found: list[Run] = []
    for part in parts:
        if found and part:
            found.append(Run(between_them))
        found += part
    return tuple(found)


def lowered(runs: Runs) -> Runs:
    """With a small first letter where the word is not all capitals: for use inside a sentence."""
    text = plain(runs)
    if len(text) < 2 or not text[0].isupper() or not text[1].islower():
        return runs
    first, *rest = runs
    return (Run(first.text[0].lower() + first.text[1:], first.strong, first.emphasis, first.href, first.fact), *rest)


def raised(runs: Runs) -> Runs:
    """With a capital first letter."""
    if not runs or not runs[0].text:
        return runs
    first, *rest = runs
    return (Run(first.text[0].upper() + first.text[1:], first.strong, first.emphasis, first.href, first.fact), *rest)


def number_parts(runs: Runs) -> tuple[str, str, str] | None:
    """What stands before the number, the number with its percent sign, what stands after; None without one."""
    found = _NUMBER.fullmatch(plain(runs).strip())
    if found is None:
        return None
    return found["before"].strip(), found["number"] + (found["percent"] or "").strip(), found["after"].strip(" ,\u00a0")


def number_value(printed: str) -> float:
    """The value of a number as Vietnamese writes it: 1.263.600 or 4,5%."""
    return float(printed.rstrip("%").replace(".", "").replace(",", "."))
