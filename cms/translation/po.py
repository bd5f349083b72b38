"""A translation as a PO file, out and in."""

from __future__ import annotations

import codecs
import re
from typing import Any

import polib
from django.utils.translation import gettext as _

from cms.translation.errors import TranslationError
from cms.translation.exchange import MOST_ENTRIES, Entry, Incoming, last_version, source_mark
from cms.translation.models import TranslationTask
from cms.translation.work import Work
from render.language import languages

# What may be declared besides UTF-8. Each is read strictly: a byte that it has not is an error, not a question mark.
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-16": "utf-16",
    "windows-1258": "cp1258",
    "cp1258": "cp1258",
}
_CHARSET = re.compile(rb"charset=([A-Za-z0-9_.:-]+)")
_MSGID = re.compile(r"^\s*msgid\b", re.MULTILINE)
_LONGEST_LINE = 200_000
# What polib would read past: a text whose quotation mark is missing swallows what follows.
_LINE = re.compile(r'(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)?\s*"(?:[^"\\]|\\.)*")?|#.*')


def write_po(work: Work, slug: str) -> bytes:
    """The file of a task: its source texts, what they say, and notes for whoever works on it offline."""
    task = work.task
    found = languages().get(task.tag)
    po = polib.POFile(wrapwidth=100)
    po.header = "\n".join(
        line
        for line in (
            f"{task.title}",
            _("Copy what stands in {{ … }} as it is: it is a figure, and follows its source by itself."),
            f"{found.autonym}: {found.letters}" if found else "",
        )
        if line
    )
    po.metadata = {
        "Project-Id-Version": f"loa {slug}",
        "Language": task.tag,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "X-Loa-Article": str(task.key),
        "X-Loa-Slug": slug,
        "X-Loa-Source-Revision": source_mark(one.kept for one in work.rows),
        "X-Loa-Version": str(last_version(task)),
        "X-Loa-Orthography": _one_line(found.name_vi if found else task.tag),
    }
    for row in work.rows:
        entry = polib.POEntry(msgctxt=row.kept.path, msgid=row.kept.source, msgstr=row.kept.target)
        notes = [one.words for one in row.findings] + [f"{one.who}: {one.text}" for one in row.remarks]
        if row.kept.older:
            notes.append(
                _("Before: %(source)s → %(target)s") % dict(zip(("source", "target"), row.kept.older, strict=True))
            )
        entry.comment = "\n".join(notes)
        po.append(entry)
    return str(po).encode()


def read_po(data: bytes) -> Incoming:
    """What a PO file says; a `TranslationError` for what is none, or cannot be read without guessing."""
    text = _decoded(data)
    if "\x00" in text:
        raise TranslationError(_("The file is no PO file."))
    if len(_MSGID.findall(text)) > MOST_ENTRIES:
        raise TranslationError(_("The file has more than %(count)d entries.") % {"count": MOST_ENTRIES})
    if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        raise TranslationError(_("The file has a line that is too long."))
    for number, line in enumerate(text.splitlines(), start=1):
        if not _LINE.fullmatch(line.strip()):
            words = _("Line %(line)s of the file is damaged: a text stands between two quotation marks, in one line.")
            raise TranslationError(words % {"line": number})
    try:
        # A text without a line's end could be taken for the name of a file of this machine.
        po = polib.pofile("\n" + text + "\n", encoding="utf-8")
    except (OSError, ValueError, UnicodeError, IndexError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise TranslationError(
            _("The file is no PO file (line %(line)s).") % {"line": int(line[1]) - 1}
            if line
            else _("The file is no PO file.")
        ) from None
    if not len(po):
        raise TranslationError(_("The file is no PO file."))
    said = po.metadata
    return Incoming(
        "po",
        tuple(_entry(one) for one in po if not one.obsolete),
        article=_word(said, "X-Loa-Article"),
        tag=_word(said, "Language"),
        mark=_word(said, "X-Loa-Source-Revision"),
        version=int(number) if (number := _word(said, "X-Loa-Version")).isdecimal() and len(number) < 16 else 0,
    )


def _entry(one: Any) -> Entry:
    remark = ""
    if "fuzzy" in one.flags:
        remark = _("Marked as fuzzy in the file: look at it there first.")
    elif one.msgid_plural:
        remark = _("Plural forms have no place here.")
    return Entry(one.msgctxt or "", one.msgid, one.msgstr, remark, max(one.linenum - 1, 1))


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        named = "utf-16"
    elif declared := _CHARSET.search(data[:8192]):
        named = declared[1].decode("ascii").lower()
        if named == "charset":  # the template's own word, never filled in
            named = "utf-8"
    else:
        named = "utf-8"
    codec = _CHARSETS.get(named)
    if codec is None:
        raise TranslationError(
            _("The file is declared as %(charset)s. Save it as UTF-8 and bring it again.") % {"charset": named[:40]}
        )
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        words = _("The file is not %(charset)s (line %(line)s). Save it as UTF-8 and bring it again.")
        line = data.count(b"\n", 0, error.start) + 1
        raise TranslationError(words % {"charset": named, "line": line}) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _word(said: Any, name: str) -> str:
    return str(said.get(name, "")).strip()[:80]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def file_name(task: TranslationTask, slug: str, suffix: str) -> str:
    """`<slug>.<tag>.po`, of plain letters."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", slug).strip("-") or "loa"
    return f"{plain}.{task.tag}.{suffix}"
