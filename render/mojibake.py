"""Vietnamese typed or saved in an encoding older than Unicode: known by its syllables, turned into real letters.

Text in TCVN3, VNI, VISCII or Windows-1258, and UTF-8 read as Windows-1252, passes every check of Unicode and prints
as garbage. What a word says is decided by Vietnamese itself: a reading counts only where it makes syllables out of
words that are none.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from render.scripts import LOOKALIKES

# TCVN 5712:1993, third form (VN3, the "ABC" fonts): capitals with tones are small letters in a font of capitals.
_TCVN3 = {
    **dict(zip(range(0xA1, 0xAF), "ĂÂÊÔƠƯĐăâêôơưđ", strict=True)),
    **dict(zip(range(0xB5, 0xBA), "àảãáạ", strict=True)),
    **dict(zip((0xBB, 0xBC, 0xBD, 0xBE, 0xC6), "ằẳẵắặ", strict=True)),
    **dict(zip(range(0xC7, 0xCD), "ầẩẫấậè", strict=True)),
    **dict(zip(range(0xCE, 0xD9), "ẻẽéẹềểễếệìỉ", strict=True)),
    **dict(zip(range(0xDC, 0xE0), "ĩíịò", strict=True)),
    **dict(zip(range(0xE1, 0xF0), "ỏõóọồổỗốộờởỡớợù", strict=True)),
    **dict(zip(range(0xF1, 0xFF), "ủũúụừửữứựỳỷỹýỵ", strict=True)),
}

# RFC 1456 (VISCII 1.1): the six capitals below 0x20, then 0x80 to 0xFF.
_VISCII = {
    **{0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"},
    **dict(
        zip(
            range(0x80, 0x100),
            "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
            strict=True,
        )
    ),
}

# VNI for Windows: a letter, then one that stands for its mark; a few letters are one byte.
_VNI_ALONE = dict(zip("ñÑìÌíÍæÆóÓòÒôÔöÖîÎ", "đĐìÌíÍỉỈĩĨịỊơƠưƯỵỴ", strict=True))
_VNI_TONES = dict(zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True))
_VNI_HATS = {
    mark: hat + tone
    for hat, marks in (("\u0302", "âáàåãä"), ("\u0306", "êéèúüë"))
    for mark, tone in zip(marks, ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"), strict=True)
}
_VNI_PAIR = re.compile(r"([AEOUYaeouyÔôÖö])([ØÙÛÕÏøùûõïÂÁÀÅÃÄâáàåãäÊÉÈÚÜËêéèúüë])")

_ETH = str.maketrans("ÐðƉɖ", "ĐđĐđ")

# Every syllable of Vietnamese, tones aside: what may begin one, and what may end it.
_ONSET = "ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnprstvx]"
_RHYME = (
    "oong|ooc|uyên|uyêt|uych|uynh|uyt|uyp|uya|uyu|uy|oach|oanh|oang|oăng|oan|oăn|oat|oăt|oac|oăc|oai|oay|oam|oăm|oap|oao|oa"
    "|oeo|oen|oet|oe|uâng|uân|uât|uây|uênh|uêch|uêu|uên|uê|uơ|uông|uôn|uôm|uôt|uôc|uôi|ua|ung|un|um|up|ut|uc|ui|u"
    "|ương|ươn|ươm|ươp|ươt|ươc|ươi|ươu|ưa|ưng|ưm|ưn|ưt|ưc|ưi|ưu|ư|iêng|iên|iêm|iêp|iêt|iêc|iêu|ia|inh|ich|in|im|ip|it|iu|i"
    "|yêng|yên|yêm|yêt|yêu|y|ông|ôn|ôm|ôp|ôt|ôc|ôi|ô|ơn|ơm|ơp|ơt|ơi|ơ|ong|on|om|op|ot|oc|oi|o|ênh|êch|ên|êm|êp|êt|êu|ê"
    "|eng|en|em|ep|et|ec|eo|e|anh|ach|ang|an|am|ap|at|ac|ai|ay|ao|au|a|ăng|ăn|ăm|ăp|ăt|ăc|âng|ân|âm|âp|ât|âc|âu|ây"
)
_SYLLABLE = re.compile(rf"(?:{_ONSET})?(?:{_RHYME})|gi|gin|giêng|giêt")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ABBREVIATION = re.compile(r"[BCDĐGHKLMNPQRSTVX]{1,6}")  # NĐ, QĐ
_STOPPED = re.compile(r"(?:c|ch|p|t)$")
_SPACE = re.compile(r"([ \t\n\r]+)")
_EDGES = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0123456789"
_PARTS = re.compile(r"[-–/]")


@dataclass(frozen=True)
class Reading:
    """What a text says when it is read as `encoding`; `unsure` are words that could be meant either way."""

    encoding: str
    text: str
    unsure: tuple[str, ...] = ()


def reread(text: str, usual: tuple[str, ...] = ()) -> Reading | None:
    """The reading of a Vietnamese text that was meant, None where it is Vietnamese already or nothing can be told.

    In the `usual` encodings of its file one word is enough.
    """
    if text.isascii():
        return None
    words = [word for word in _SPACE.split(text) if word and not word.isascii() and not _SPACE.fullmatch(word)]
    bad = [word for word in words if not is_vietnamese(word)]
    if not bad:
        return None
    capitals = _in_capitals(text)
    best: tuple[int, Reading] | None = None
    for name, read in _READINGS.items():
        read_word = functools.partial(_read_word, read, capitals)
        gained = [word for word in bad if (new := read_word(word)) is not None and is_vietnamese(new)]
        # A language of its own, a name: some of it may look like syllables by chance.
        enough = len(set(gained)) >= (1 if name in usual else 2) or any(_is_telling(name, word) for word in gained)
        if not enough or (name not in _PLAIN and len(gained) * 5 < len(bad) * 4):
            continue
        if best is None or len(gained) > best[0]:
            best = (len(gained), Reading(name, *_rewritten(text, read_word, mixed=name in _PLAIN or _is_mixed(words))))
    return best[1] if best else None


def is_vietnamese(word: str) -> bool:
    """Whether a word, or each part of one with hyphens, is a syllable of Vietnamese, marks and capitals included."""
    bare = word.strip(_EDGES + "“”‘’«»…–—•₫°")
    return all(
        not part or part.isascii() or _is_syllable(part) or _ABBREVIATION.fullmatch(part) for part in _PARTS.split(bare)
    )


@functools.lru_cache(maxsize=8192)
def _is_syllable(word: str) -> bool:
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    marks = unicodedata.normalize("NFD", word.lower())
    tones = [mark for mark in marks if mark in _TONES]
    bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not (tones and _STOPPED.search(bare)) or tones[0] in "\u0301\u0323"


def _rewritten(text: str, read_word: Callable[[str], str | None], *, mixed: bool) -> tuple[str, tuple[str, ...]]:
    """The text word by word. Beside real Unicode only what is no word yet is changed; the rest is told."""
    made, unsure = [], []
    for word in _SPACE.split(text):
        new = None if not word or word.isascii() else read_word(word)
        if new is None or new == word or (not is_vietnamese(new) and is_vietnamese(word)):
            made.append(word)
        elif mixed and is_vietnamese(word):
            unsure.append(word)
            made.append(word)
        elif is_vietnamese(new):
            made.append(new)
        else:
            unsure.append(word)
            made.append(word)
    return unicodedata.normalize("NFC", "".join(made)), tuple(dict.fromkeys(unsure))


def _is_telling(encoding: str, word: str) -> bool:
    """Whether one word alone is enough: letters that no text of any language has in that place."""
    plain = sum(letter.isascii() and letter.isalpha() for letter in word)
    if encoding == "UTF-8 read as Windows-1252":
        return plain > 0
    if encoding in _PLAIN:
        return plain > 0
    inside = word.strip(_EDGES)
    odd = any(unicodedata.category(letter)[0] in "SPNC" for letter in inside)
    return plain > 1 and (odd or re.search("[a-z][À-Þ]", inside) is not None)


def _is_mixed(words: list[str]) -> bool:
    """Whether some words are typed with letters that no old encoding has."""
    return any(_bytes_of(word) is None and is_vietnamese(word) for word in words)


def _in_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isascii() and letter.isalpha()]
    return len(letters) > 2 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters)


def _read_word(read: Callable[[str], str | None], capitals: bool, word: str) -> str | None:
    made = read(word)
    if made is None:
        return None
    plain = [letter for letter in word if letter.isascii() and letter.isalpha()]
    if capitals or (len(plain) > 1 and all(letter.isupper() for letter in plain)):
        made = made.upper()  # typed in a font of capitals
    return unicodedata.normalize("NFC", made)


def _bytes_of(word: str) -> bytes | None:
    """The bytes that Windows-1252 shows as these letters; None where it cannot."""
    found = bytearray()
    for letter in word:
        try:
            found += letter.encode("cp1252")
        except UnicodeEncodeError:
            if ord(letter) > 0xFF:
                return None
            found.append(ord(letter))
    return bytes(found)


def _by_table(table: dict[int, str]) -> Callable[[str], str | None]:
    def read(word: str) -> str | None:
        found = _bytes_of(word)
        if found is None:
            return None
        made = [table.get(byte) or (chr(byte) if byte < 0x80 else "") for byte in found]
        return "".join(made) if all(made) else None

    return read


def _read_vni(word: str) -> str | None:
    if _bytes_of(word) is None:
        return None

    def pair(match: re.Match[str]) -> str:
        letter, mark = match[1], match[2].lower()
        hats = _VNI_HATS.get(mark) if letter in "AEOaeo" else None
        tone = _VNI_TONES.get(mark)
        if tone is None and hats is None:
            return match[0]
        return "\x00" + _VNI_ALONE.get(letter, letter) + (tone or hats or "")

    # Pairs first; what is left of the letters that stand alone then.
    parts = re.split(r"(\x00.[\u0300-\u0323]+)", _VNI_PAIR.sub(pair, word))
    return "".join(
        part[1:] if part.startswith("\x00") else "".join(_VNI_ALONE.get(letter, letter) for letter in part)
        for part in parts
    )


def _read_cp1258(word: str) -> str | None:
    found = _bytes_of(word)
    try:
        return None if found is None else found.decode("cp1258")
    except UnicodeDecodeError:
        return None


def _read_utf8(word: str) -> str | None:
    # The second byte of "à" is a space that does not break; editors make it a plain one, and it is gone.
    for ending in ("", "\u00a0"):
        found = _bytes_of(word + ending)
        try:
            return None if found is None else found.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return None


def _read_eth(word: str) -> str | None:
    return word.translate(_ETH)


def _read_lookalikes(word: str) -> str | None:
    return word.translate(LOOKALIKES)


# In this order where several say as much.
_READINGS: dict[str, Callable[[str], str | None]] = {
    "Ð for Đ": _read_eth,
    "letters of another alphabet": _read_lookalikes,
    "UTF-8 read as Windows-1252": _read_utf8,
    "TCVN3": _by_table(_TCVN3),
    "VNI": _read_vni,
    "VISCII": _by_table(_VISCII),
    "Windows-1258": _read_cp1258,
}
_PLAIN = frozenset({"Ð for Đ", "letters of another alphabet"})
