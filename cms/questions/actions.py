"""Operations on the bank: approve an answer, by somebody else than who wrote it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from cms.audit.log import record
from cms.core.roles import refuse_own
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause
from cms.questions.bank import pages_using
from cms.questions.models import BankQuestion


class ApproveQuestionAction:
    """From now on articles show the words as they stand; what shows them is built again.

    `digest` is that of the words the approver has read: who changed them meanwhile is asked to be read first.
    """

    def __init__(self, question: BankQuestion, *, user: Any, digest: str, system: bool = False) -> None:
        self.question = question
        self.user = user
        self.digest = digest
        self.system = system

    def check(self) -> None:
        """Raise unless the user may approve, and somebody else wrote it."""
        if self.system:
            return
        if self.user is None or not self.user.has_perm("questions.approve_bankquestion"):
            raise PermissionDenied
        refuse_own(self.user, [self.question.changed_by_id] if self.question.changed_by_id else [])

    @transaction.atomic
    def execute(self) -> bool:
        """False when the words are no longer those that were read; nothing is approved then."""
        question = BankQuestion.objects.select_for_update(of=("self",)).get(pk=self.question.pk)
        self.question = question
        self.check()
        if question.digest() != self.digest:
            return False
        question.approved_digest = self.digest
        question.approved_text = {"question": question.question, "answer": list(question.paragraphs())}
        question.approved_by, question.approved_at = self.user, timezone.now()
        question.save(update_fields=["approved_digest", "approved_text", "approved_by", "approved_at"])
        record(
            "questions.approved", actor=self.user, subject=f"question:{question.key}:{question.locale.language_code}",
            details={"digest": self.digest, "question": question.question},
        )  # fmt: skip
        told = f"câu trả lời cho câu hỏi “{str(question)[:200]}” được cập nhật"  # to readers of the sheets before
        for page in pages_using(question.key, live_only=True):
            if page.locale_id == question.locale_id:
                QueueBuildAction(page, cause=BuildCause.QUESTION, reason=told, user=self.user).execute()
        return True
