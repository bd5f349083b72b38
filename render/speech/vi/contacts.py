"""Web and mail addresses and telephone numbers, as one says them."""

from __future__ import annotations

import re

from render.speech.lexicon import Lexicon
from render.speech.vi.numbers import digits

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_MAIL = re.compile(rf"\b([A-Za-z0-9][A-Za-z0-9._+-]*)@({_LABEL}(?:\.{_LABEL})+)")
_ENDS = "vn|com|org|net|gov|edu|info|asia|io|app|me"
_WEB = re.compile(
    rf"(?:https?://)?\b((?:{_LABEL}\.)+(?:{_ENDS}))(?![\w.]*@)(?!\w)(/(?:[\w./?=&#%~-]*[\w/=])?)?(?<![.,])",
    re.IGNORECASE,
)

_DASHED_DATE = r"(?:0?[1-9]|[12]\d|3[01])([-.])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?!\d)"
_SEP = r"[ .\-]?"
_PHONES = (
    # the national short numbers: 1900 9068, 19009068, 1800.599.920
    rf"1[89]00{_SEP}\d{{2,4}}(?:{_SEP}\d{{1,4}})?",
    # abroad: +84 912 345 678, (+84) 24 3789 9999
    rf"\(?\+84\)?{_SEP}\(?\d{{1,3}}\)?{_SEP}\d{{3,4}}{_SEP}\d{{3,4}}",
    # and without its plus, where it is no sum of money: 84 912 345 678
    r"84[ .-]\d{2,3}[ .-]\d{3,4}[ .-]\d{3,4}(?! ?(?:đ|đồng|VND|VNĐ|USD|người)(?!\w))",
    # the area within the brackets too: (84-24) 3934 4169
    rf"\(\+?84[ .-]\d{{1,3}}\){_SEP}\d{{3,4}}{_SEP}\d{{3,4}}",
    # landlines: (024) 3789.9999, 024-3789 9999, 0262 3812 345
    rf"\(0\d{{2,3}}\){_SEP}\d{{3,4}}{_SEP}\d{{3,4}}",
    rf"\(0\d{{2,3}}\){_SEP}\d{{1,2}}{_SEP}\d{{3}}{_SEP}\d{{3}}",
    rf"0\d{{2,3}}{_SEP}\d{{3,4}}{_SEP}\d{{3,4}}",
    # mobile numbers in other groups: 09 1234 5678, 091 23 45 678
    rf"0\d{{1,3}}(?:{_SEP}\d{{2,4}}){{2,4}}",
    # ten or eleven figures in any groups: 0235-3.851.851, 024 3 789 9999
    rf"(?=0(?:{_SEP}\d){{9,10}}(?!\d))0\d{{1,3}}(?:{_SEP}\d{{1,4}}){{2,5}}",
)
PHONE = re.compile(rf"(?<![\w.,/-])(?!{_DASHED_DATE})(?:{'|'.join(_PHONES)})(?![\w/-]|[.,]\d)")
_EITHER = re.compile(
    rf"(?<![\w.,/-])(?!{_DASHED_DATE})(?P<one>{'|'.join(_PHONES)})\s?/\s?(?=(?:{'|'.join(_PHONES)})(?![\w/-]))"
)
# Numbers of papers and accounts are read out digit by digit, in the groups they are written in.
_IDENTITY = re.compile(
    r"\b((?:mã(?: số)? (?:OTP|PIN|số thuế|định danh|BHXH)|OTP|PIN|số định danh|số tài khoản|số CCCD|CCCD|CMND|MST"
    r"|căn cước)"
    r"(?: cá nhân| công dân| là)*:? )(\d{3,}(?:[ -]\d{2,})*)(?![\w/.,]*\d)",
    re.IGNORECASE,
)
# "tài khoản 1017 588 888", "STK 0011.0040": an account is said so only when it is too long to be a count.
_ACCOUNT = re.compile(
    r"\b((?:tài khoản|STK|mã hồ sơ|mã tra cứu)(?: ngân hàng| số)?:? )(\d{2,}(?:[ .-]?\d{2,})+)(?![\w/,]*\d)", re.I
)
# "soạn tin … gửi 8079": the number that a message goes to.
_TEXTED = re.compile(
    r"(\b(?:gửi|nhắn tin|soạn tin|tin nhắn)(?: đến| tới| số| tổng đài| về)* )(\d{4})"
    r"(?![\w/.,%]*\d| (?:đồng|người|thẻ|hồ sơ|suất))",
    re.I,
)
_MESSAGE = re.compile(
    r"(\b[Ss]oạn(?: tin)?(?: nhắn)?(?: theo)?(?: cú pháp)?:? )"
    r"[\"“‘']?((?:[A-ZĐ]+|\d+)(?:[ _]+(?:[A-ZĐ]+|\d+))*)[\"”’']?(?=,? gửi\b)"
)
_CARD = re.compile(r"(?<!\w)([A-Z]{2})\s?(\d)\s?(\d{2})\s?(\d{10})(?!\w)")
_EMERGENCY = re.compile(
    r"(\b(?:công an|cứu thương|cấp cứu|cứu hỏa|chữa cháy|cảnh sát)[^\d.;!?]{0,20})\b(11[1-5])\b(?![/.,]\d)", re.I
)
_CALLED = re.compile(
    r"\b((?:tổng đài|đường dây nóng|hotline|điện thoại|số máy|gọi(?: ngay| tới| đến| số)*|ĐT|SĐT|fax)"
    r"(?: số| của [^\d,.;]{1,40})?:? ?)(\d{3,5}(?:[ .]\d{2,4})*(?:(?:, | hoặc | và )\d{3,5}(?![\w/.,]*\d))*)"
    r"(?! ?(?:đồng|lần|người|ngày|giờ|phút|cuộc))(?![\w/.,]*\d)",
    re.IGNORECASE,
)


LONGEST_PATH = 24  # letters of a web address's path that are still said


def speak_addresses(text: str, lexicon: Lexicon) -> str:
    """hotro@baohiemxahoi.gov.vn -> hỗ trợ a còng bảo hiểm xã hội chấm gov chấm vn."""

    def mail(match: re.Match[str]) -> str:
        return f"{_parts(match[1], lexicon)} a còng {_parts(match[2], lexicon)}"

    def web(match: re.Match[str]) -> str:
        path = (match[2] or "").rstrip("/")
        # Nobody can write down a long path by ear: the name of the site is said, the sheet shows the rest.
        return _parts(match[1] + (path if len(path) <= LONGEST_PATH and "?" not in path else ""), lexicon)

    return _WEB.sub(web, _MAIL.sub(mail, text))


_MARKS = {".": "chấm", "-": "gạch ngang", "_": "gạch dưới", "/": "gạch chéo", "+": "cộng", "?": "hỏi", "=": "bằng"}
_MARKS |= {"&": "và", "#": "thăng", "%": "phần trăm", "~": "ngã"}


def _parts(address: str, lexicon: Lexicon) -> str:
    said: list[str] = []
    for part in re.findall(r"[A-Za-z]+|\d+|[^A-Za-z0-9]", address):
        if part in _MARKS:
            said.append(_MARKS[part])
        elif part.isdigit():
            said.append(digits(part))
        else:
            said.append(lexicon.addresses.get(part.lower()) or _label(part.lower(), lexicon))
    return " ".join(said)


def _label(part: str, lexicon: Lexicon) -> str:
    """A label of known parts (bhxhgialai) is said by them; one nobody can pronounce (vbpl) is spelt."""
    if known := _known_parts(part, lexicon):
        return " ".join(known)
    if re.search(r"[aeiouy]", part):
        return part
    return " ".join(lexicon.letters.get(letter.upper(), letter) for letter in part)


def _known_parts(label: str, lexicon: Lexicon) -> list[str] | None:
    """The said parts of a label that is wholly made of known ones, the longest first; None when it is not."""
    if not label:
        return []
    for end in range(len(label), 1, -1):
        said = lexicon.addresses.get(label[:end])
        if said is not None and (rest := _known_parts(label[end:], lexicon)) is not None:
            return [said, *rest]
    return None


def spell_messages(text: str, lexicon: Lexicon) -> str:
    """soạn BH QT 7908123456 gửi 8079: what people are to type is spelt, but for what everybody knows how to write."""

    def spelt(match: re.Match[str]) -> str:
        signs = re.findall(r"[^\W\d_]+|\d+", match[2])
        return match[1] + ", ".join(
            digits(sign)
            if sign.isdigit()
            else (lexicon.abbreviations.get(sign) if len(sign) > 2 else None)
            or " ".join(lexicon.letters.get(letter, letter) for letter in sign)
            for sign in signs
        )

    return _MESSAGE.sub(spelt, text)


def spell_cards(text: str, lexicon: Lexicon) -> str:
    """GD 4 79 7912345678, the number of a health insurance card: sign by sign."""

    def spelt(match: re.Match[str]) -> str:
        letters = " ".join(lexicon.letters.get(letter, letter) for letter in match[1])
        return ", ".join((letters, *(digits(group) for group in match.groups()[1:])))

    return _CARD.sub(spelt, text)


def speak_phones(text: str) -> str:
    """Digits one by one, a short pause where the number was written in groups."""

    def phone(match: re.Match[str]) -> str:
        return ("cộng " if "+" in match[0] else "") + _digits(match[0])

    # "113/114" and "1900 9068/0912345678": either number
    text = re.sub(r"(\d)\s*/\s*(?=(?:0\d{8,10}|1[89]00)\b)", r"\1 hoặc ", text)
    text = _EITHER.sub(r"\g<one> hoặc ", text)
    text = _EMERGENCY.sub(lambda match: match[1] + _digits(match[2]), text)
    text = _IDENTITY.sub(lambda match: match[1] + _digits(match[2]), text)
    text = _TEXTED.sub(lambda match: match[1] + _digits(match[2]), text)
    text = _ACCOUNT.sub(
        lambda match: match[1] + _digits(match[2]) if sum(map(str.isdigit, match[2])) > 5 else match[0], text
    )
    return _CALLED.sub(_called, PHONE.sub(phone, text))


def _called(match: re.Match[str]) -> str:
    """Each number of the list that follows "gọi": 111, 112 hoặc 1022."""
    return match[1] + re.sub(r"\d{3,5}(?:[ .]\d{2,4})*", lambda number: _digits(number[0]), match[2])


def _digits(number: str) -> str:
    return ", ".join(digits(group) for group in re.findall(r"\d+", number))
