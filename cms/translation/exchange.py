"""Translations that travel as files: what a file brings, compared segment by segment before anything is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from cms.audit.log import record
from cms.translation.checks import Conversion, conversion, refusals
from cms.translation.enums import Origin
from cms.translation.errors import TranslationError
from cms.translation.keeping import put_all
from cms.translation.memory import Kept, problem_with, segments_in, shelf
from cms.translation.models import SegmentVersion, TranslationTask, digest
from cms.translation.permissions import may_translate
from cms.translation.work import recount
from render.inline import clean

MOST_ENTRIES = 5000
Format = Literal["po", "xlsx"]
Status = Literal["new", "changed", "same", "conflict", "refused", "old_font", "unmatched", "empty"]


@dataclass(frozen=True)
class Entry:
    """A text of a file: where it belongs, what it translates and how; `remark` when it cannot be read as text."""

    path: str
    source: str
    target: str
    remark: str = ""
    row: int = 0  # of the file, from 1


@dataclass(frozen=True)
class Incoming:
    """A file as it was read. `article`, `tag` and `mark` are "" where it does not say them; `version` 0 likewise."""

    format: Format
    entries: tuple[Entry, ...]
    article: str = ""  # the translation key
    tag: str = ""
    mark: str = ""  # of the source that it was made from
    version: int = 0  # the last version of a segment that it knows

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it between the report and its application."""
        return vars(self) | {"entries": [list(vars(one).values()) for one in self.entries]}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Incoming:
        """What `as_data` was made from."""
        return cls(**{**data, "entries": tuple(Entry(*one) for one in data["entries"])})


@dataclass(frozen=True)
class Line:
    """What would become of one entry."""

    status: Status
    entry: Entry
    kept: Kept | None = None
    words: str = ""
    conversion: Conversion | None = None
    moved: bool = False  # found by its words, not by its place

    @property
    def path(self) -> str:
        """The segment's place in the article as it is now."""
        return self.kept.path if self.kept else self.entry.path

    @property
    def base(self) -> str:
        """The digest of the text on the screen, for applying exactly what was shown."""
        return digest(self.kept.target) if self.kept else ""


@dataclass(frozen=True)
class Report:
    """What a file would change."""

    lines: Sequence[Line]
    notices: Sequence[str] = field(default=())

    def count(self, *statuses: str) -> int:
        """How many lines have one of these states."""
        return sum(one.status in statuses for one in self.lines)


def source_mark(found: Iterable[Kept]) -> str:
    """The revision of a source in sixteen digits: its places and texts."""
    return digest("\n".join(f"{one.path}\t{one.source}" for one in found))[:16]


def last_version(task: TranslationTask) -> int:
    """The number of the last text that was kept for a task."""
    last = SegmentVersion.objects.filter(key=task.key, tag=task.tag).order_by("-pk").values_list("pk", flat=True)
    return int(last.first() or 0)


def compare(task: TranslationTask, incoming: Incoming) -> Report:
    """What a file would change; a `TranslationError` for a file of another language or article."""
    if incoming.tag and incoming.tag != task.tag:
        raise TranslationError(
            _("The file is in %(file)s, this translation is in %(task)s.") % {"file": incoming.tag, "task": task.tag}
        )
    if incoming.article and incoming.article != str(task.key):
        raise TranslationError(_("The file belongs to another article."))
    shelved = shelf(task)
    if shelved is None:
        raise TranslationError(_("The source is gone."))
    found = segments_in(shelved)
    notices = []
    if not incoming.tag or not incoming.mark:
        notices.append(_("The file does not say which language or revision it is of: it was not exported from here."))
    elif incoming.mark != source_mark(found):
        notices.append(
            _("The file was made from another revision of the source. Texts were matched by their words; see the rest.")
        )
    exported = _as_exported(task, incoming.version)
    since = SegmentVersion.objects.filter(key=task.key, tag=task.tag, pk__gt=incoming.version)
    later = set(since.values_list("path", flat=True))
    lines = []
    for entry, kept, twice in _matched(incoming.entries, found):
        line = _line(task, entry, kept, exported, later)
        if twice:
            line = Line("refused", entry, kept, _("The file says this text twice."))
        moved = kept is not None and kept.path != entry.path
        lines.append(replace(line, moved=moved))
    return Report(lines, notices)


def _matched(entries: Sequence[Entry], found: Sequence[Kept]) -> list[tuple[Entry, Kept | None, bool]]:
    """Each entry with its segment: by place and words, else by words alone; and whether another one had it before."""
    by_path = {(one.path, clean(one.source)): one for one in found}
    exact = [by_path.get((one.path, clean(one.source))) for one in entries]
    free: dict[str, list[Kept]] = {}
    taken = {one.path for one in exact if one}
    for one in found:
        if one.path not in taken:
            free.setdefault(clean(one.source), []).append(one)
    matched, seen = [], set[str]()
    for entry, kept in zip(entries, exact, strict=True):
        places = free.get(clean(entry.source))
        if kept is None and places:  # what stands there several times is taken in its order
            kept = places.pop(0)
        matched.append((entry, kept, kept is not None and kept.path in seen))
        if kept is not None:
            seen.add(kept.path)
    return matched


def _as_exported(task: TranslationTask, version: int) -> dict[str, str]:
    """The text of each place when the file was made."""
    known = SegmentVersion.objects.filter(key=task.key, tag=task.tag, pk__lte=version).order_by("pk")
    return dict(known.values_list("path", "target"))


def _line(task: TranslationTask, entry: Entry, kept: Kept | None, exported: Mapping[str, str], later: set[str]) -> Line:
    target = clean(entry.target)
    if kept is None:
        return Line("unmatched", entry, None, _("This text is not in the article as it is now."))
    if entry.remark:
        return Line("refused", entry, kept, entry.remark)
    if not target:
        return Line("empty", entry, kept)
    if target == clean(kept.target):
        return Line("same", entry, kept)
    before = exported.get(entry.path)
    if kept.target and before is not None and target == clean(before):
        return Line("same", entry, kept, _("Not changed in the file; the screen has a newer text."))
    refused = refusals(target, kept.source, task.tag)
    if any(one.code == "old_font" for one in refused):
        made = conversion(target, task.tag)
        if made is not None and not refusals(made.after, kept.source, task.tag):
            return Line("old_font", entry, kept, refused[0].words, made)
    if refused:
        return Line("refused", entry, kept, " ".join(one.words for one in refused))
    if kept.target and (kept.path in later or before is None):
        return Line("conflict", entry, kept, _("Both the screen and the file have changed this text."))
    return Line("changed" if kept.target else "new", entry, kept)


class ApplyImportAction:
    """Take what was chosen of a file. `chosen` maps paths to the digest of the text that the report showed there."""

    def __init__(self, task: TranslationTask, incoming: Incoming, *, chosen: Mapping[str, str], user: Any) -> None:
        self.task = task
        self.incoming = incoming
        self.chosen = chosen
        self.user = user

    def check(self) -> None:
        """Raise `PermissionDenied` unless the user translates into the language."""
        if not may_translate(self.user, self.task.tag):
            raise PermissionDenied
        if problem := problem_with(self.task.tag):
            raise TranslationError(problem)

    @transaction.atomic
    def execute(self) -> tuple[int, int]:
        """How many were taken, and how many not, because the screen has changed since the report."""
        self.check()
        task = TranslationTask.objects.select_for_update().get(pk=self.task.pk)
        lines = [
            one
            for one in compare(task, self.incoming).lines
            if one.path in self.chosen and one.status in ("new", "changed", "conflict", "old_font")
        ]
        taken = [one for one in lines if one.base == self.chosen[one.path]]
        shelved = shelf(task)
        assert shelved is not None
        plain = [(one.kept, clean(one.entry.target)) for one in taken if one.kept and not one.conversion]
        made = [(one.kept, one.conversion.after) for one in taken if one.kept and one.conversion]
        put_all(task, shelved, plain, self.user, Origin.XLSX if self.incoming.format == "xlsx" else Origin.PO)
        put_all(task, shelved, made, self.user, Origin.CONVERTED)
        recount(task, shelved)
        details = {
            "title": task.title,
            "format": self.incoming.format,
            "taken": len(taken),
            "converted": len(made),
            "left": len(lines) - len(taken),
        }
        record("translation.imported", actor=self.user, subject=task.subject, details=details)
        return len(taken), len(lines) - len(taken)
