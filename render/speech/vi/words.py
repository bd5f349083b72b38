"""Abbreviations, foreign words, capitals, slashes between words, and what punctuation a voice needs."""

from __future__ import annotations

import functools
import re

from render.speech.letters import UPPER
from render.speech.lexicon import Lexicon

_ACCENTED = re.compile(r"[À-ỹĐđ]")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|tr|th|ph|kh|gh|gi|qu|[bcdđghklmnpqrstvx])?"
    r"(?:i[êe]u|y[êe]u|uy[êe]|uya|uyu|oai|oay|oeo|uay|uây|ươi|ươu|uôi|i[êe]|y[êe]|uô|ươ|ua|ưa|ia|ai|ao|au|ay|âu|ây|eo|êu|iu|oa|oă|oe|oi|ôi|ơi|"
    r"ui|uy|ưi|ưu|uê|uơ|uâ|oo|[aăâeêioôơuưy])(?:ch|nh|ng|[cmnpt])?",
)
_TONES = str.maketrans(
    "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ",
    "aaaaaăăăăăâââââeeeeeêêêêêiiiiioooooôôôôôơơơơơuuuuuưưưưưyyyyy",
)


def is_syllable(word: str) -> bool:
    """Whether `word` could be one Vietnamese syllable."""
    return bool(_SYLLABLE.fullmatch(word.lower().translate(_TONES)))


_SHOUTED = re.compile(rf"(?<!\w)[{UPPER}]{{1,7}}(?:[ ,:–-]+[{UPPER}]{{1,7}})+(?!\w)")


def lower_headlines(text: str, lexicon: Lexicon) -> str:
    """CẢNH BÁO GIẢ MẠO -> cảnh báo giả mạo: words set in capitals are words; BHXH among them stays one abbreviation."""

    def lowered(match: re.Match[str]) -> str:
        words = re.findall(r"\w+", match[0])
        accented = sum(bool(_ACCENTED.search(word.replace("Đ", ""))) and is_syllable(word) for word in words)
        if not accented:
            return match[0]

        def word(one: re.Match[str]) -> str:
            known = one[0] in lexicon.abbreviations and (not is_syllable(one[0]) or len(words) < 3)
            return one[0] if known or not is_syllable(one[0]) else one[0].lower()

        return re.sub(r"\w+", word, match[0])

    return _SHOUTED.sub(lowered, text)


def lower_words(text: str) -> str:
    """One accented word in capitals ("KHÔNG gọi điện") is a word, not an abbreviation."""

    def lowered(match: re.Match[str]) -> str:
        word = match[0]
        accented = _ACCENTED.search(word.replace("Đ", ""))
        return word.lower() if accented and is_syllable(word) else word

    return re.sub(rf"(?<![\w])[{UPPER}]{{2,7}}(?![\w])", lowered, text)


def drop_explained(text: str, lexicon: Lexicon) -> str:
    """người lao động (NLĐ): an abbreviation in brackets right after its own words is not said again."""

    def bare(words: str) -> list[str]:
        return re.findall(r"\w+", words.lower())

    def dropped(match: re.Match[str]) -> str:
        said: list[str] = []
        for part in re.split(r"\s*[,;]\s*|\s+và\s+", match[1]):
            if part not in lexicon.abbreviations:
                return match[0]
            said += bare(lexicon.abbreviations[part])
        before = [word for word in bare(match.string[: match.start()]) if word != "và"]
        return "" if before[-len(said) :] == said else match[0]

    return re.sub(rf"\s*\((?:sau đây )?(?:gọi tắt là |viết tắt là |gọi là )?([{UPPER}][^()]{{1,40}})\)", dropped, text)


@functools.cache
def any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    ordered = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w])(?:{ordered})(?![\w])")


_SIGNED = {"TM": "thay mặt", "KT": "ký thay", "TL": "thừa lệnh", "TUQ": "thừa ủy quyền"}
# P. Bến Nghé, H. Củ Chi; "chị Trần Thị P. Sau khi…" is a name cut short, at the end of a sentence.
_PLACES = re.compile(rf"(?<!\w)(?<!\w\.)(?P<sign>[QPHTX])\.\s?(?=\d|[{UPPER}](?!\.|\s?[,;)]|$))")
_PLACE_NAMES = {"Q": "quận", "P": "phường", "H": "huyện", "T": "tỉnh", "X": "xã"}


def _place(match: re.Match[str]) -> str:
    named = re.search(
        rf"(?<!\w)[{UPPER}](?:[^\W\d_{UPPER}]+\s|\s)$", match.string[max(match.start() - 40, 0) : match.start()]
    )
    if named and match[0].endswith(" "):
        return match[0]
    return f"{_PLACE_NAMES[match['sign']]} "


# Names cut short: Nguyễn Thị T., N.V.A, ông Lê V.H., chị H; "T." at the end of a name keeps its full stop.
_INITIALS = re.compile(
    rf"(?<![\w.])(?:(?:[{UPPER}](?:\.\s?[{UPPER}])+)\.?"
    rf"|(?<=[^\W\d_]\s)[{UPPER}]\.)(?!\w)"
    rf"|(?<=\b(?:bà|cô|em|Bà|Cô|Em) )[{UPPER}](?!\w|['’.-])"
    rf"|(?<=\b(?:ông|anh|chị|bác|Ông|Anh|Chị|Bác) )[{UPPER}](?!\w|['’.-])",
)


def _spelt(match: re.Match[str], lexicon: Lexicon) -> str:
    letters = re.findall(rf"[{UPPER}]", match[0])
    stop = "." if match[0].endswith(".") else ""
    return " ".join(lexicon.letters.get(letter, letter) for letter in letters) + stop


def speak_abbreviations(text: str, lexicon: Lexicon) -> str:
    """BHXH -> bảo hiểm xã hội; TP. Huế -> thành phố Huế; P. 5, Q.1 -> phường 5, quận 1."""
    text = re.sub(rf"\b(?:TP|Tp)\.\s?(?=[{UPPER}])", "thành phố ", speak_dotted(text, lexicon))
    text = re.sub(rf"\b(?:TX|Tx)\.\s?(?=[{UPPER}])", "thị xã ", text)
    text = re.sub(rf"\bTT\.\s?(?=[{UPPER}])", "thị trấn ", text)
    text = _PLACES.sub(_place, text)
    text = _INITIALS.sub(lambda m: _spelt(m, lexicon), text)
    text = re.sub(r"\b(?:tr|Tr)\.\s?(?=\d)", "trang ", text)
    text = re.sub(
        rf"\b(GS|PGS|TS|ThS|BS|LS|KS|CN)\.\s?(?=[{UPPER}])", lambda m: lexicon.abbreviations.get(m[1], m[1]) + " ", text
    )
    known = lexicon.short
    return any_of(lexicon.short_names).sub(lambda m: known[m[0]], text) if known else text


def speak_dotted(text: str, lexicon: Lexicon) -> str:
    """The longest entries first, before their dots are read as ends of sentences (TP.HCM)."""
    text = re.sub(r"\bQ\.?\s?(?=(?:[1-4]|I{1,3}|IV)\s?/\s?(?:19|20)\d\d\b)", "quý ", text)
    text = re.sub(r"\bQ\.\s?(?=\d{1,2}\b)", "quận ", text)
    text = re.sub(r"\bP\.\s?(?=\d{1,2}\b)", "phường ", text)
    # Đ.12, k.3: parts of a law
    text = re.sub(r"(?<![\w.])(Đ|k)\.\s?(?=\d)", lambda m: "điều " if m[1] == "Đ" else "khoản ", text)
    text = re.sub(r"\bQL\s?(?=\d{1,3}[A-Z]?\b)", "quốc lộ ", text)
    text = re.sub(
        r"\b(?:KP|KDC|TDP)(?:\.\s?|\s)?(?=(?:số )?\d)", lambda m: f"{lexicon.abbreviations[m[0].strip(' .')]} ", text
    )
    text = re.sub(rf"\b(TM|KT|TL|TUQ)\.\s?(?=[{UPPER}a-zđ])", lambda m: f"{_SIGNED[m[1]]} ", text)
    text = re.sub(rf"(?<![\w.])đ\.\s?(?=[{UPPER}])", "đường ", text)
    # I/ and 2/ and b/ before a heading are its number
    text = re.sub(rf"(?m)^\s*([IVX]+|\d{{1,2}}|[a-zđ])\s?/\s+(?=[{UPPER}])", r"\1. ", text)
    text = re.sub(r"\bKm\s?(?=\d)", "ki lô mét ", text)
    text = re.sub(
        rf"\bT\.\s?(Ư|W|P)\b\.?(?=\s?[{UPPER}a-z]|$)", lambda m: "thành phố" if m[1] == "P" else "trung ương", text
    )
    dotted = lexicon.dotted
    return any_of(dotted).sub(lambda m: lexicon.abbreviations[m[0]], text) if dotted else text


def speak_foreign(text: str, lexicon: Lexicon) -> str:
    """website -> oép sai."""
    if not lexicon.words:
        return text
    pattern = re.compile(any_of(tuple(lexicon.words)).pattern, re.IGNORECASE)
    return pattern.sub(lambda m: lexicon.words[m[0].lower()], text)


def speak_slashes(text: str) -> str:
    """cha/mẹ -> cha hoặc mẹ; và/hoặc -> và hoặc; ngày/tháng/năm -> ngày, tháng, năm."""
    text = re.sub(r"\b(và)\s?/\s?(hoặc)\b", r"\1 \2", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(ngày)\s?/\s?(tháng)\s?/\s?(năm)\b", r"\1, \2, \3", text, flags=re.IGNORECASE)
    text = re.sub(r"(phần trăm)\s?/\s?", r"\1, ", text)
    return re.sub(r"(?<=[\w)”\"])\s?/\s?(?=[\w(“\"])", " hoặc ", text)


_NAME_SIGNS = {"K": "Ka", "H": "Hơ"}  # names of the Central Highlands: K'Brể, H'Hen


def breathe(text: str) -> str:
    """Only the marks a voice obeys are left: brackets and dashes become commas, quotes and bullets go."""
    text = re.sub(r"(?m)^\s*(?:[-–—•*+]\s+)", "", text)
    text = re.sub(r"\s*\./\.\s*$", ".", text)
    text = text.replace("&", " và ")
    text = re.sub(rf"(?<!\w)([KHYPM])['’](?=[{UPPER}])", lambda m: _NAME_SIGNS.get(m[1], m[1]) + " ", text)
    text = re.sub(r"[\"“”„«»‘’'`´*_]", "", text)
    text = re.sub(r"\s*[(\[{]\s*", ", ", text)
    text = re.sub(r"\s*[)\]}]\s*(?=[\w])", ", ", text)
    text = re.sub(r"\s*[)\]}]", "", text)
    text = re.sub(r"(?<=\w)[-–—](?=\w)", " ", text)
    text = re.sub(r"\s*[–—-]+\s*(?=\w)", ", ", text)
    text = re.sub(r"\s*[–—-]+\s*(?=[.,;:!?…]|$)", "", text)
    text = text.replace("...", "…")
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([.,;:!?…])", r"\1", text)
    text = re.sub(r"([.,;:!?…]),", r"\1", text)
    text = re.sub(r",([.;:!?…])", r"\1", text)
    text = re.sub(r"([.,;:!?…])(?=\w)", r"\1 ", text)
    return text.strip(" ,;")
