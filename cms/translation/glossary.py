"""The glossary as a CSV file, out and in."""

from __future__ import annotations

import csv
import io

from django.db import transaction
from django.utils.translation import gettext as _

from cms.core.workbooks import bare_cell, plain_cell
from cms.translation.checks import refusals
from cms.translation.errors import TranslationError
from cms.translation.models import GlossaryTerm, tag_choices
from render.inline import clean

COLUMNS = ("term", "tag", "preferred", "forbidden", "note")
_MOST = 5000


def write_csv(tags: list[str] | None = None) -> str:
    """Every term, or those of some languages; forbidden forms are parted by a bar."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    terms = GlossaryTerm.objects.all() if tags is None else GlossaryTerm.objects.filter(tag__in=tags)
    for one in terms:
        writer.writerow(map(plain_cell, (one.term, one.tag, one.preferred, "|".join(one.forbidden), one.note)))
    return "\ufeff" + made.getvalue()  # so that spreadsheets read it as UTF-8


@transaction.atomic
def read_csv(data: bytes, allowed: list[str]) -> tuple[int, int]:
    """How many terms are new, how many changed; a `TranslationError` names the line that is refused: none is taken."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TranslationError(_("The file is not UTF-8.")) from None
    known = {tag for tag, _name in tag_choices()}
    new = changed = 0
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise TranslationError(_("The file is no CSV file.")) from None
    if len(rows) > _MOST or (rows and not {"term", "tag", "preferred"} <= set(rows[0])):
        raise TranslationError(_("The file needs the columns %(columns)s.") % {"columns": ", ".join(COLUMNS)})
    for number, row in enumerate(rows, start=2):
        cells = {name: clean(bare_cell(row.get(name) or "")) for name in COLUMNS}
        if not cells["term"] or not cells["preferred"]:
            raise TranslationError(_("Line %(line)d: the term or its translation is missing.") % {"line": number})
        if cells["tag"] not in known or cells["tag"] not in allowed:
            raise TranslationError(
                _("Line %(line)d: you cannot write terms of the language “%(tag)s”.")
                % {"line": number, "tag": cells["tag"][:40]}
            )
        if found := refusals(cells["preferred"], "", cells["tag"]):
            raise TranslationError(_("Line %(line)d: %(words)s") % {"line": number, "words": found[0].words})
        if len(cells["term"]) > 120 or len(cells["preferred"]) > 200:
            raise TranslationError(_("Line %(line)d: the text is too long.") % {"line": number})
        forbidden = [part.strip() for part in cells["forbidden"].split("|") if part.strip()]
        values = {"preferred": cells["preferred"], "forbidden": forbidden, "note": cells["note"]}
        one, made = GlossaryTerm.objects.get_or_create(term=cells["term"], tag=cells["tag"], defaults=values)
        if made:
            new += 1
        elif any(getattr(one, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(one, name, value)
            one.save()
            changed += 1
    return new, changed
