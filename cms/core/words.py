"""Says the pipeline's errors in the language of the screens."""

from __future__ import annotations

import re

from django.utils.translation import get_language

from cms.core import editor_words, fact_words
from cms.core.file_words import MENDS, SENTENCES
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
        # recordings and listening
        (r"this is no sound file", "Đây không phải tệp âm thanh"),
        (r"there is no sound in the file", "Trong tệp không có tiếng"),
        (r"the file is empty", "Tệp rỗng"),
        (
            r"the recording is empty(: (?P<seconds>[\d.]+) s, nothing louder than (?P<level>-?\d+) dB)?",
            "Bản thu không có tiếng",
        ),
        (r"the recording is (?P<minutes>\d+) minutes long", "Bản thu dài {minutes} phút"),
        (r"the file cannot be decoded .*", "Không đọc được tệp này"),
        (r"decoding the file takes too long", "Đọc tệp quá lâu"),
        (r"decoding the file failed: it is damaged, or too large", "Không đọc được tệp: tệp hỏng hoặc quá lớn"),
        (r"nothing is heard in the recording", "Không nghe thấy gì trong bản thu"),
        (
            r"the recording is distorted: (?P<share>\d+%) of the voice is cut off at the top",
            "Tiếng bị vỡ: {share} giọng nói chạm đỉnh",
        ),
        (
            r"the voice is only (?P<level>-?\d+) dB louder than the room",
            "Giọng chỉ to hơn tiếng ồn trong phòng {level} dB",
        ),
        (
            r"the sheet has (?P<wanted>\d+) segments, in the recording about (?P<found>\d+) are heard"
            r"( \(the longest pauses are at (?P<pauses>.+) s\))?",
            "Phiếu có {wanted} đoạn, trong bản thu nghe được khoảng {found} đoạn",
        ),
        (r"(?P<wanted>\d+) segments need (?P<cuts>\d+) cuts, (?P<given>\d+) were given", "Cần đủ {cuts} chỗ cắt"),
        (
            r"the cuts do not lie in order within the (?P<length>[\d.]+) s of the recording",
            "Các chỗ cắt phải tăng dần, cách nhau ít nhất 0,2 giây và nằm trong {length} giây của bản thu",
        ),
        (r"a cut is no number of seconds", "Chỗ cắt không phải là số giây"),
        (r"(?P<who>.+) is the speaker of segment (?P<number>\d+)", "{who} là người đọc đoạn {number}"),
        (
            r"you brought the recording of segment (?P<numbers>.+) yourself",
            "Chính anh/chị đã tải lên bản thu của đoạn {numbers}",
        ),
        (r"the sentence has changed", "Câu này đã đổi lời"),
        (r"this is not what you have listened to", "Đây không còn là bản vừa nghe"),
        (r"other recordings are being read", "Đang đọc các bản thu khác"),
        (r"there is nothing to read", "Bài chưa có gì để đọc"),
        (r"a take is not there any more", "Một bản thu không còn trên máy"),
        (r"a take is not the one that was signed for", "Một bản thu không đúng là bản đã nghiệm thu"),
        (r"the takes cannot be written: .*", "Không ghi được bản thu"),
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
        (r"Record it again", "Hãy thu lại"),
        (r"Record as one of (?P<kinds>.+)", "Các kiểu tệp dùng được: {kinds}"),
        (
            r"A recording is at most (?P<most>\d+) minutes long; record it in parts",
            "Mỗi bản thu dài nhất {most} phút; hãy thu thành nhiều phần",
        ),
        (r"Look whether the microphone was on(, and record it again)?", "Xem micrô có bật không, rồi thu lại"),
        (r"Record it again, farther from the microphone", "Hãy thu lại, để máy xa miệng hơn"),
        (
            r"Record it again in a quiet room, the phone a hand from the mouth",
            "Hãy thu lại trong phòng yên tĩnh, điện thoại cách miệng một gang tay",
        ),
        (
            r"Record the missing ones with --segment, give the cuts yourself with --cuts, or record a file a segment",
            "Hãy sửa chỗ cắt dưới đây, thu lại, hoặc tải lên từng câu một",
        ),
        (r"loa takes … --add FILE without --cuts shows the cuts it would make", "Mỗi câu một chỗ bắt đầu"),
        (
            r"Give them in seconds from its beginning, like --cuts 3\.2,7\.9",
            "Ghi số giây tính từ đầu bản thu, ví dụ 12,5",
        ),
        (r"Write it like 12\.5", "Ghi số giây, ví dụ 12,5"),
        (
            r"The second listener is somebody else who speaks the language",
            "Người nghe nghiệm thu phải là người khác biết tiếng ấy",
        ),
        (r"Somebody else must listen to it", "Cần một người khác nghe nghiệm thu"),
        (r"Look at the page again", "Hãy mở lại trang"),
        (r"It was made anew meanwhile: listen again", "Bản mới vừa được làm: hãy nghe lại"),
        (r"Try again in a minute", "Hãy thử lại sau một phút"),
        (r"Write something to say", "Hãy viết nội dung"),
        (r"Put it back, or record the segment again", "Hãy thu lại đoạn ấy"),
        (r"Put the file back, or add it as a new take", "Hãy tải lên thành bản thu mới"),
        (r"Free some space", "Hãy giải phóng bớt chỗ trên đĩa"),
    )
)


_FILE_SENTENCES = tuple(
    (re.compile(pattern), words) for pattern, words in SENTENCES + fact_words.SENTENCES + editor_words.SENTENCES
)
_FILE_MENDS = tuple((re.compile(pattern), words) for pattern, words in MENDS + fact_words.MENDS + editor_words.MENDS)


def in_words(error: LoaError) -> str:
    """An error as one or two sentences for the screen; its place is left to the screen."""
    if get_language() != "vi":
        return f"{error.what}. {error.mend}".strip() if error.mend else error.what
    what = _said(error.what, _SENTENCES + _FILE_SENTENCES)
    mend = _said(error.mend, _MENDS + _FILE_MENDS) if error.mend else ""
    return f"{what}. {mend}".strip() if mend else what


def _said(text: str, table: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, words in table:
        if match := pattern.fullmatch(text):
            groups = {name: value or "" for name, value in match.groupdict().items()}
            if "inner" in groups:  # one sentence of the pipeline within another
                groups["inner"] = _said(groups["inner"], table)
            return words.format(**groups)
    return text
