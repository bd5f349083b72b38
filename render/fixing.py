"""Text files in old encodings made whole: what would change, line by line, and what a person must look at."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from render.errors import ArticleError, SettingsError
from render.inline import bad_character, describe_character
from render.language import languages
from render.legacy import PROTECTED, convert_line, fixed
from render.scripts import check_letters

LARGEST = 4_000_000  # bytes
_FENCE = re.compile(r"\s*(?:```|~~~)")
_MATTER = re.compile(r"\s*(?:title|summary|topic|legal|alt|credit)\s*:|\s*-\s")
_LANG = re.compile(r"(?m)^lang:\s*[\"']?([A-Za-z0-9-]+)")


@dataclass(frozen=True)
class Remark:
    """What a line was, or what is left in it for a person to decide."""

    line: int
    words: str
    open: bool  # something is still to be done


@dataclass(frozen=True)
class Fixed:
    """A file before and after; `before` is what its bytes say read line by line, whatever they were saved in."""

    path: Path
    before: str
    after: str
    rewritten: bool  # its bytes change, even where no letter does
    remarks: tuple[Remark, ...]

    def diff(self) -> str:
        """The change as a unified diff; "" for none."""
        before, after = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        made = difflib.unified_diff(before, after, str(self.path), f"{self.path} (fixed)", n=1)
        return "".join(_shown_safely(line if line.endswith("\n") else line + "\n") for line in made)


def fix_file(path: Path, tag: str = "") -> Fixed:
    """A file with real letters in NFC; `tag` is its language where neither its front matter nor its name says it."""
    data = _bytes_of(path)
    before, remarks = _decoded(data)
    tag = tag or _language_of(before, path)
    lines = before.split("\n")
    usual = _usual_encodings(lines, tag)
    after: list[str] = []
    for number, (line, is_text) in enumerate(_with_kind(lines, tag), 1):
        made, encoding, unsure = _line(line, tag, usual) if is_text else (_nfc(line), "", ())
        if encoding:
            remarks.append(Remark(number, f"read as {encoding}", open=False))
        if unsure:
            remarks.append(Remark(number, f"could be meant either way, left as it is: {', '.join(unsure)}", open=True))
        remarks += [Remark(number, words, open=True) for words in _left(made, tag)]
        after.append(made)
    text = "\n".join(after)
    return Fixed(path, before, text, text.encode() != data, tuple(sorted(remarks, key=lambda one: one.line)))


def write_fixed(found: Fixed) -> Path:
    """Write the file anew and return where the old one is kept."""
    backup = found.path.with_name(found.path.name + ".bak")
    number = 2
    while backup.exists():
        backup = found.path.with_name(f"{found.path.name}.bak{number}")
        number += 1
    new = found.path.with_name(f".{found.path.name}.new")
    try:
        backup.write_bytes(found.path.read_bytes())
        new.write_bytes(found.after.encode())
        new.chmod(found.path.stat().st_mode & 0o777)
        new.replace(found.path)
    except OSError as error:
        new.unlink(missing_ok=True)
        what = f"the file cannot be written: {(error.strerror or 'unknown').lower()}"
        raise SettingsError(what, where=str(found.path), mend="Look at the folder's permissions") from None
    return backup


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise SettingsError("the file is larger than 4 MB", where=str(path), mend="Split it")
        return path.read_bytes()
    except OSError as error:
        what = f"the file cannot be read: {(error.strerror or 'unknown').lower()}"
        raise SettingsError(what, where=str(path), mend="Correct the path") from None


def _decoded(data: bytes) -> tuple[str, list[Remark]]:
    """The text of a file's bytes, each line by itself: parts of one file come from different times."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), [Remark(1, "the file was UTF-16", open=False)]
    lines, remarks = [], []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            # Windows-1252 as it is shown, and what it leaves open as Latin-1 has it.
            lines.append("".join(_shown(byte) for byte in line))
            remarks.append(Remark(number, "the line was not UTF-8", open=False))
    return "\n".join(lines), remarks


def _shown_safely(line: str) -> str:
    """A line for a terminal: characters that could steer it are spelt."""
    bad = (letter for letter in line.rstrip("\r\n") if bad_character(letter) is not None)
    table = {ord(letter): f"<U+{ord(letter):04X}>" for letter in bad}
    return line.translate(table)


def _shown(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def _language_of(text: str, path: Path) -> str:
    named = _LANG.search(text) if text.startswith("---") else None
    parts = path.name.split(".")
    for tag in (named[1] if named else "", parts[-2] if len(parts) > 2 else ""):
        if tag in languages():
            return tag
    raise SettingsError("the file does not say its language", where=str(path), mend="Add --lang TAG")


def _with_kind(lines: list[str], tag: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is text of the language: keys of front matter and code are not."""
    end = 0
    if lines[0].rstrip() == "---":
        end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    fenced = False
    for number, line in enumerate(lines):
        if number <= end and end:
            # Brackets make lists there: letters of the highlands' fonts only in what is plainly a text.
            text = bool(_MATTER.match(line)) and (tag == "vi" or bool(re.match(r"(?:title|summary|topic):", line)))
            yield line, text
            continue
        if _FENCE.match(line):
            fenced = not fenced
            yield line, False
            continue
        yield line, not fenced


def _usual_encodings(lines: list[str], tag: str) -> tuple[str, ...]:
    """The old encodings of a file, the commonest first: a short line may not show its own."""
    found = Counter(fixed(_nfc(line), tag)[1] for line, is_text in _with_kind(lines, tag) if is_text)
    return tuple(name for name, _ in found.most_common() if name)


def _line(line: str, tag: str, usual: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    body = line.rstrip("\r")
    made, encoding, unsure = convert_line(_nfc(body), tag, usual)
    return made + line[len(body) :], encoding, unsure


def _nfc(line: str) -> str:
    """Composed letters; addresses, code and placeholders stay as they are."""
    parts = PROTECTED.split(line)
    return "".join(part if index % 2 else unicodedata.normalize("NFC", part) for index, part in enumerate(parts))


def _left(line: str, tag: str) -> Iterator[str]:
    """What no rule can mend: characters that may not stand in a text."""
    index = bad_character(line.rstrip("\r"))
    if index is not None:
        yield f"holds {describe_character(line[index])}: delete it or type the letter anew"
    try:
        check_letters(PROTECTED.sub(" ", line), tag)
    except ArticleError as error:
        yield f"{error.what}. {error.mend}"
