"""What each role may do: on pages, in the library of pictures, with each kind of record. `docs/roles.md` says the same.

A role's rights are these and no others: whoever wants more makes a group beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from cms.core.roles import (
    AUDITOR,
    CENTRAL_EDITOR,
    CONTRIBUTOR,
    LEGAL_REVIEWER,
    OPERATOR,
    PROVINCIAL_EDITOR,
    PUBLISHER,
    translator_of,
)


@dataclass(frozen=True)
class Rights:
    """Codenames of Django's permissions: `pages` on the whole tree, `pictures` on the whole library, `records`."""

    pages: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


_ADMIN = "wagtailadmin.access_admin"
_READ = (
    _ADMIN, "facts.view_fact", "facts.view_factchange", "offices.view_office", "production.view_build",
    "register.view_legaldocument", "questions.view_bankquestion", "planning.view_campaign", "planning.view_topic",
)  # fmt: skip


def _keeps(app: str, *models: str) -> tuple[str, ...]:
    """Add, change and delete: what is somebody's daily work."""
    return tuple(f"{app}.{verb}_{model}" for model in models for verb in ("add", "change", "delete"))


RIGHTS: dict[str, Rights] = {
    CENTRAL_EDITOR: Rights(
        pages=("add_page", "change_page", "unlock_page"),
        pictures=("add_image", "change_image", "choose_image"),
        records=(
            *_READ,
            "facts.add_fact", "facts.add_factchange",
            "offices.add_office", "offices.change_office", "offices.approve_story",
            "offices.add_officemember", "offices.change_officemember", "offices.delete_officemember",
            "offices.view_officemember",
            "register.add_legaldocument", "register.change_legaldocument",
            "questions.add_bankquestion", "questions.change_bankquestion",
            "planning.add_campaign", "planning.change_campaign", "planning.add_topic", "planning.change_topic",
            "planning.view_topic",
            "sound.approve_sound",
            "wagtail_localize.submit_translation",
            *_keeps("register", "legaldocument"),
            *_keeps("questions", "bankquestion"),
            *_keeps("planning", "campaign", "topic"),
            *_keeps("translation", "glossaryterm"),
            "translation.view_glossaryterm", "translation.view_translationtask",
        ),
    ),
    CONTRIBUTOR: Rights(
        pages=("add_page",),
        pictures=("add_image", "choose_image"),
        records=_READ,
    ),
    LEGAL_REVIEWER: Rights(
        pages=("lock_page", "unlock_page"),
        records=(
            *_READ, "facts.approve_factchange", "approval.view_blockapproval", "questions.approve_bankquestion",
            "register.add_legaldocument", "register.change_legaldocument",
        ),
    ),
    PUBLISHER: Rights(
        pages=("publish_page",),
        records=(*_READ, "approval.view_blockapproval"),
    ),
    PROVINCIAL_EDITOR: Rights(records=(_ADMIN,)),  # their own office, by membership
    OPERATOR: Rights(records=(_ADMIN, "production.view_build", "offices.view_office")),
    AUDITOR: Rights(records=(*_READ, "audit.view_entry", "approval.view_blockapproval")),
}  # fmt: skip

# On the home page of their own language, and nowhere else.
TRANSLATOR_PAGES = ("change_page",)
TRANSLATOR = Rights(
    records=(
        _ADMIN, "facts.view_fact", "sound.approve_sound", "translation.view_translationtask",
        "translation.view_glossaryterm", "translation.add_glossaryterm", "translation.change_glossaryterm",
    )
)  # fmt: skip


def rights_of(group: str, tags: tuple[str, ...]) -> Rights | None:
    """Of a role by its group's name; None for a group of somebody's own."""
    if group in RIGHTS:
        return RIGHTS[group]
    return TRANSLATOR if group in {translator_of(tag) for tag in tags} else None


def as_table() -> str:
    """The rights as a table of Markdown: `docs/roles.md` holds it."""
    rows = ["| Role | Pages | Pictures | Records |", "|---|---|---|---|"]
    named = {**RIGHTS, translator_of("<language>"): TRANSLATOR}
    for name, rights in named.items():
        pages = TRANSLATOR_PAGES if rights is TRANSLATOR else rights.pages
        cells = (", ".join(one) or "–" for one in (pages, rights.pictures, rights.records))
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)
