"""Finds every text of our screens that is to be translated: the yardstick of `locales/vi/*.po`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import django
from babel.messages import Catalog, pofile
from babel.messages.extract import extract
from django.apps import apps
from django.utils.translation.template import templatize

SITE = Path(__file__).resolve().parent.parent
_ONE, _MANY, _WITH_CONTEXT = None, (1, 2), ((1, "c"), 2)
KEYWORDS = {
    "_": _ONE, "gettext": _ONE, "gettext_lazy": _ONE, "gettext_noop": _ONE,
    "ngettext": _MANY, "ngettext_lazy": _MANY,
    "pgettext": _WITH_CONTEXT, "pgettext_lazy": _WITH_CONTEXT,
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
# Words that are the same in Vietnamese.
SAME = frozenset(
    {
        "IPv4",
        "IPv6",
        "%(size)d byte",
        "%s KB",
        "%s MB",
        "%s GB",
        "%s TB",
        "%s PB",
        "Email",
        "Slug",
        "Webhook",
        "luong_co_so * bhyt_ty_le * 12",
    }
)
_VIETNAMESE = re.compile(r"[À-ỹ]")  # an example may be Vietnamese already
_UNSEEN = frozenset({"tests", "test", "migrations", "management"})  # folders without screens
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")


@dataclass(frozen=True, order=True)
class Message:
    """A text as gettext knows it: its domain, its context, and its singular."""

    domain: str
    context: str
    text: str
    plural: str = ""


def messages() -> Iterator[Message]:
    """What our own apps say, in the order of their files."""
    yield from _in_folder(SITE)


def library_messages() -> Iterator[Message]:
    """What the installed apps of others say, and Django's own pages: by their English catalogues and sources."""
    folders = [Path(one.path) for one in apps.get_app_configs() if SITE not in Path(one.path).parents]
    for folder in folders:
        # An app may hold the folders of others, some of them not installed: Wagtail's contrib, Django's templates.
        yield from _in_folder(folder, skip={*folders, folder / "contrib"} - {folder})
        yield from _in_catalogue(folder / "locale")
    yield from _in_catalogue(Path(django.__file__).parent / "conf" / "locale")


def untranslated(found: Iterable[Message], catalogues: dict[str, Catalog]) -> list[Message]:
    """Those without words in the catalogues (one for each domain), and those whose words are only the English again."""
    return sorted({one for one in found if not _is_translated(one, catalogues[one.domain])})


def catalogue(file: Path, tag: str = "vi") -> Catalog:
    """A catalogue as a file keeps it."""
    return pofile.read_po(io.BytesIO(file.read_bytes()), locale=tag)


def with_django(ours: Catalog) -> Catalog:
    """Our catalogue, and beneath it what Django itself says in Vietnamese."""
    import django.contrib.auth as auth
    import django.contrib.contenttypes as contenttypes

    folders = [Path(django.__file__).parent / "conf", Path(auth.__file__).parent, Path(contenttypes.__file__).parent]
    for folder in folders:
        for one in catalogue(folder / "locale" / "vi" / "LC_MESSAGES" / "django.po"):
            if one.id and one.string and not one.fuzzy and ours.get(_first(one.id), one.context) is None:
                ours[one.id] = one
    return ours


def _is_translated(one: Message, words: Catalog) -> bool:
    found = words.get(one.text, one.context or None)
    said = found.string if found else ""
    said = said if isinstance(said, str) else said[0]
    return bool(said) and (
        said != one.text
        or one.text in SAME
        or bool(_VIETNAMESE.search(one.text))
        or not _LETTERS.search(_PLACEHOLDER.sub("", one.text))
    )


def _first(text: object) -> str:
    return text if isinstance(text, str) else text[0]  # type: ignore[index, no-any-return]


def _in_catalogue(folder: Path) -> Iterator[Message]:
    for domain in ("django", "djangojs"):
        file = folder / "en" / "LC_MESSAGES" / f"{domain}.po"
        if file.is_file():
            for one in catalogue(file, "en"):
                if one.id:
                    plural = "" if isinstance(one.id, str) else one.id[1]
                    yield Message(domain, one.context or "", _first(one.id), plural)


def _in_folder(folder: Path, skip: Iterable[Path] = ()) -> Iterator[Message]:
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if _UNSEEN & set(inside.parts) or any(one in file.parents for one in skip):
            continue
        if file.suffix == ".py":
            yield from _extracted("django", "python", file.read_bytes())
        elif "templates" in inside.parts and file.suffix in {".html", ".txt"}:
            # What templatize leaves is one line a tag: its indentation is that of HTML, not of Python.
            lines = templatize(file.read_text(encoding="utf-8")).splitlines()
            yield from _extracted("django", "python", "\n".join(line.strip() for line in lines).encode())
        elif folder == SITE and "static" in inside.parts and file.suffix == ".js":
            yield from _extracted("djangojs", "javascript", file.read_bytes())


def _extracted(domain: str, method: str, source: bytes) -> Iterator[Message]:
    for _line, found, _comments, context in extract(method, io.BytesIO(source), keywords=KEYWORDS):
        first = _first(found)
        if first:
            yield Message(domain, context or "", first, "" if isinstance(found, str) else found[1])
