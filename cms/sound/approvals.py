"""What people have approved by ear, as the pipeline asks for it."""

from __future__ import annotations

import uuid

from django.utils.timezone import localdate

from cms.sound.models import SoundApproval
from render.speech.approval import Approval, Approvals


def approvals_of(article: uuid.UUID) -> Approvals:
    """All approvals of an article, whatever its languages."""
    return Approvals(
        tuple(
            Approval(
                product=row.product,
                lang=row.lang,
                voice=row.voice,
                who=row.who,
                on=localdate(row.at),
                sentences=frozenset(row.sentences),
            )
            for row in SoundApproval.objects.filter(article=article)
        )
    )
