"""Numbers of legal documents: 158/2025/NĐ-CP is said with its kind and who issued it."""

from __future__ import annotations

import re

from render.speech.letters import UPPER
from render.speech.lexicon import Lexicon
from render.speech.vi.numbers import whole

_KINDS = (
    "bộ luật|luật|pháp lệnh|nghị định|nghị quyết liên tịch|nghị quyết|thông tư liên tịch|thông tư|quyết định|chỉ thị|"
    "kế hoạch phối hợp|kế hoạch liên tịch|quy chế phối hợp|hướng dẫn liên tịch|chương trình hành động|"
    "công văn|công điện|kết luận|kế hoạch|hướng dẫn|thông báo|báo cáo|tờ trình|văn bản hợp nhất|văn bản|quy định|"
    "quy chế|đề án|chương trình phối hợp|chương trình|sắc lệnh|lệnh|hiến pháp|giấy mời|thông tri|phương án"
)
_CODE = r"[A-ZĐ][A-Za-zĐĂÂÊÔƠƯđăâêôơư]*(?:&[A-ZĐ]+)?\d*"
# "158/2025/NĐ-CP", "20-NQ/TW", "595/QĐ-BHXH", "41/2024/QH15", "3432/BHXH-TST"
_NUMBER = re.compile(
    rf"(?P<before>\b(?:{_KINDS})\s+)?(?P<so>\bsố:?\s+)?(?<![\w/.,-])"
    rf"(?P<number>\d{{1,5}}[a-z]?)(?:\s?/\s?(?P<year>(?:19|20)\d\d))?\s?[/\-–]\s?(?P<code>{_CODE}(?:\s?[-–/]\s?{_CODE})*)(?![\w/])",
    re.IGNORECASE,
)
# "… 1676/QĐ-TTg ngày 21/11/2019 của Thủ tướng Chính phủ": who issued it is about to be said
_ISSUER_FOLLOWS = re.compile(
    rf"[,;]?(?:\s+ngày\s+(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{4}}|\d{{1,2}}\s+tháng\s+\d{{1,2}}\s+năm\s+\d{{4}}))?,?"
    rf"\s+của\s+(?:[{UPPER}]|bộ |chính phủ|thủ tướng|quốc hội|ủy ban|ban )"
)
# "Mẫu số 01-TCXH" is the number of a form
_FORM = re.compile(r"(?:mẫu|biểu|phụ lục|mẫu biểu|tờ khai|đơn)\s*$", re.IGNORECASE)
_SHORT_KINDS = {
    "NĐ": "nghị định",
    "TT": "thông tư",
    "QĐ": "quyết định",
    "NQ": "nghị quyết",
    "CT": "chỉ thị",
    "CV": "công văn",
    "KL": "kết luận",
    "KH": "kế hoạch",
    "HD": "hướng dẫn",
    "TB": "thông báo",
    "TTLT": "thông tư liên tịch",
}
_PLAIN = re.compile(
    rf"\b(?P<before>{_KINDS})\s+(?P<so>số:?\s+)?(?P<number>\d{{1,5}})/(?P<year>(?:19|20)\d\d)(?![\w/])", re.IGNORECASE
)


def speak_citations(text: str, lexicon: Lexicon) -> str:
    """Every document number in `text`; what is no document's is left for the rules that follow."""
    text = re.sub(
        r"\b(NĐ|TTLT|TT|QĐ|NQ|CT|CV|KL|KH|HD|TB)(?= (?:số )?\d+(?:/(?:19|20)\d\d|[/-][A-ZĐ]))",
        lambda m: _SHORT_KINDS[m[1]],
        text,
    )

    def number(match: re.Match[str]) -> str:
        if not re.match(r"[A-ZĐ]{2}|Q[Hh]\d|L\b", match["code"]) or _FORM.search(match.string[: match.start()]):
            return match[0]
        said = _issued(match["code"].replace(" ", "").replace("–", "-"), lexicon)
        if said is None:
            return match[0]
        kind, issuer = said
        if match["before"]:
            head = f"{match['before']}{match['so'] or 'số '}"
        elif match["so"]:
            head = match["so"]
        else:
            head = f"{kind} số " if kind else "số "
        counted = head + _counted(match["number"], match["year"])
        if not issuer or _ISSUER_FOLLOWS.match(match.string, match.end()):
            return counted
        return f"{counted} của {issuer}"

    text = _NUMBER.sub(number, text)
    text = re.sub(r"\bQH(\d{1,2})\b", lambda m: f"quốc hội khóa {whole(int(m[1]))}", text)
    return _PLAIN.sub(lambda m: f"{m['before']} {m['so'] or 'số '}{_counted(m['number'], m['year'])}", text)


def _counted(number: str, year: str | None) -> str:
    digits, letter = re.fullmatch(r"(\d+)([a-z]?)", number, re.IGNORECASE).groups()  # type: ignore[union-attr]
    said = whole(int(digits)) + (f" {letter}" if letter else "")
    return f"{said} năm {whole(int(year))}" if year else said


def _issued(code: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """The kind and the issuers in the code of a document ("TTLT-BYT-BTC"), None when one of them is unknown."""
    parts = [part for part in re.split(r"[-/]", code) if part]
    kind = ""
    if parts[0] in lexicon.documents and (len(parts) > 1 or parts[0] not in lexicon.issuers):
        kind = lexicon.documents[parts[0]]
        parts = parts[1:]
    elif len(parts) > 1 and (office := _office(parts[0], lexicon)):
        # an official letter: the issuer, then the department that wrote it ("3432/BHXH-TST")
        return "công văn", office
    issuers: list[str] = []
    for part in parts:
        name = issuer(part, lexicon)
        if name is None:
            return None
        issuers.append(name)
    if not issuers:
        return kind, ""
    return kind, issuers[0] if len(issuers) == 1 else f"{', '.join(issuers[:-1])} và {issuers[-1]}"


_OFFICE = re.compile(
    r"(?:trung tâm|bệnh viện|phòng|ban|sở|hội|đoàn|ủy ban|viện|tòa án|công ty|văn phòng|ngân hàng|trạm|công an|cục|"
    r"chi cục|liên đoàn|cơ quan|đảng ủy|thanh tra|bộ) "
)


def _office(part: str, lexicon: Lexicon) -> str | None:
    """Who writes letters under `part`; what is short for anything else (HĐLĐ, a contract) writes none."""
    name = lexicon.issuers.get(part)
    if name is None and not part[-1].isdigit() and (other := issuer(part, lexicon)) and _OFFICE.match(other.lower()):
        name = other
    return name


def issuer(part: str, lexicon: Lexicon) -> str | None:
    """Who "QH15", "BYT", "CP" is; None when nobody knows."""
    session = re.fullmatch(r"(QH|UBTVQH|HĐND|CTN)(\d{1,2})", part)
    if session:
        return f"{lexicon.issuers[session[1]]} khóa {whole(int(session[2]))}"
    part = part.replace("&", "")
    said = lexicon.issuers.get(part) or lexicon.abbreviations.get(part)
    if said is None and part.startswith("S") and (ministry := lexicon.issuers.get(f"B{part[1:]}")):
        return f"sở {ministry.removeprefix('bộ ')}"  # SYT, SNV: the province's department of a ministry's field
    for seat in ("TW", "TƯ", "TU", "ĐU"):  # UBKTTW, BTCTU: an organ of the party and where it sits
        if said is None and part.endswith(seat) and (organ := lexicon.abbreviations.get(part.removesuffix(seat))):
            # BTC is a ministry by itself and an organ of the party before its seat
            party = lexicon.issuers.get(f"{part.removesuffix(seat)}TW", organ).removesuffix(" trung ương")
            return f"{party} {lexicon.issuers[seat]}"
    return said
