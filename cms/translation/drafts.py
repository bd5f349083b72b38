"""Translated texts become what readers may see: a new draft of a page, a stored question of the bank."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.audit.log import record
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause
from cms.questions.bank import pages_using
from cms.questions.models import BankQuestion
from cms.translation.errors import TranslationError
from cms.translation.memory import as_it_stands, shelf, target_of
from cms.translation.models import TranslationTask


def write_draft(task: TranslationTask, user: Any) -> Any:
    """Bring the texts into a new draft of the page in the task's language. What readers see stays as it is.

    wagtail-localize's own saving writes into the live row even for a draft, so the revision is made here.
    """
    shelved = shelf(task)
    if shelved is None:
        raise TranslationError(_("The source is gone."))
    page = target_of(task)
    source = shelved.source.get_source_instance()
    if not isinstance(source, Page):
        return None  # it has no drafts: it is stored when it is signed
    if page is None:
        source.copy_for_translation(shelved.target_locale, copy_parents=True)
    draft = shelved.source.get_ephemeral_translated_instance(shelved.target_locale, fallback=True)
    draft.latest_revision = page.latest_revision if page else draft.latest_revision
    if not draft.live:
        draft.save(clean=False)
    return draft.save_revision(user=user, clean=False).as_object()


def store_question(task: TranslationTask, user: Any) -> BankQuestion | None:
    """A question of the bank in the task's language, with the texts that a second speaker has just signed.

    It is approved with them, and what shows it is built again. None for what is no question.
    """
    shelved = shelf(task)
    found = as_it_stands(shelved) if shelved else None
    if not isinstance(found, BankQuestion):
        return None
    found.approved_digest = found.digest()
    found.approved_text = {"question": found.question, "answer": list(found.paragraphs())}
    found.approved_by, found.approved_at = user, timezone.now()
    found.changed_by = None  # its translators stand in the history of its texts
    found.full_clean(exclude=["translation_key", "changed_by", "approved_by"])
    found.save()
    record(
        "questions.approved",
        actor=user,
        subject=f"question:{found.key}:{task.tag}",
        details={"digest": found.approved_digest, "question": found.question},
    )
    for page in pages_using(found.key, live_only=True):
        if page.locale_id == shelved.source.locale_id:  # type: ignore[union-attr]
            QueueBuildAction(
                page, cause=BuildCause.PUBLISHED, reason=task.title[:300], user=user, languages=(task.tag,)
            ).execute()
    return found
