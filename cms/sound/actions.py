"""Operations: approve what was listened to, keep takes, sign them off. What becomes complete is released by a build."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.dispatch import Signal
from django.utils.timezone import localdate

from cms.articles.models import source_page
from cms.production.actions import QueueBuildAction
from cms.production.enums import BuildCause
from cms.production.models import Build, ProductState
from cms.sound.approvals import approvals_of
from cms.sound.models import APPROVE, SoundApproval, TakeUpload, name_of
from cms.sound.sheets import Desk
from cms.sound.takes import alone
from render.errors import VoiceError
from render.reading import sounding
from render.speech.recordings import Take, Takes, number_lines, signed_off, with_takes
from render.speech.takefiles import read_takes, write_takes
from render.speech.taking import Taken

takes_changed = Signal()  # `article` (its translation key) and `lang`: recordings came or were signed off


class ApproveSoundAction:
    """Put one's name under every sentence of a product that was made and is held back."""

    def __init__(self, page: Any, state: ProductState, *, sha256: str, user: Any) -> None:
        self.page = page
        self.state = state
        self.sha256 = sha256  # of the file that was listened to
        self.user = user

    def check(self) -> None:
        """Raise unless the user may approve sound, and see this article."""
        permissions = self.page.permissions_for_user(self.user)
        if not self.user.has_perm(APPROVE) or not (permissions.can_edit() or permissions.can_publish()):
            raise PermissionDenied

    @transaction.atomic
    def execute(self) -> Build | None:
        """The build that releases it, and with it whatever else has been heard by now in this language."""
        self.check()
        state = ProductState.objects.select_for_update().get(pk=self.state.pk)
        main = state.file("main")
        if not state.held or main is None or main["sha256"] != self.sha256 or not state.to_hear:
            raise _other_than_heard()
        source = source_page(self.page)
        SoundApproval.objects.create(
            article=source.translation_key,
            slug=source.slug,
            lang=state.lang,
            user=self.user,
            who=name_of(self.user),
            product=state.product,
            edition=state.edition,
            voice=state.details.get("voice", ""),
            sentences=sorted({key for key, _text in state.to_hear}),
        )
        heard = approvals_of(source.translation_key).heard
        rows = ProductState.objects.of(source.slug).filter(lang=state.lang)
        ready = [row for row in rows if row.held and all(key in heard for key, _text in row.to_hear)]
        return QueueBuildAction(
            self.page,
            cause=BuildCause.HEARD,
            user=self.user,
            languages=(state.lang,),
            products=tuple(dict.fromkeys(row.product for row in ready)),
            offices=tuple(dict.fromkeys(row.office for row in ready)),
        ).execute()


class AddTakesAction:
    """Keep takes beside those there are; each waits for a second listener."""

    def __init__(self, desk: Desk, taken: Sequence[Taken], *, user: Any) -> None:
        self.desk = desk
        self.taken = taken
        self.user = user

    def execute(self) -> Takes:
        """All takes there are then."""
        desk = self.desk
        with alone(desk.folder):
            before = read_takes(desk.folder, desk.lang) or Takes(desk.lang)
            # Numbered again: somebody else may have written meanwhile.
            lines = number_lines((one.line for one in desk.sheet.lines), before)
            numbers = {one.line.key: one.number for one in lines}
            new = [dataclasses.replace(one.take, number=numbers[one.take.key]) for one in self.taken]
            with transaction.atomic():  # first whose they are: nobody signs off a take of their own for want of a row
                for take in new:
                    self._note(take)
            desk.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sounds = {one.take.sha256: one.sound for one in self.taken}
            takes = write_takes(desk.folder, with_takes(before, new, lines), sounds)
        takes_changed.send(Takes, article=desk.page.translation_key, lang=desk.lang)
        return takes

    def _note(self, take: Take) -> None:
        page = self.desk.page
        TakeUpload.objects.create(
            article=page.translation_key,
            slug=page.slug,
            lang=self.desk.lang,
            user=self.user,
            who=name_of(self.user),
            sha256=take.sha256,
            number=take.number,
        )


class SignOffAction:
    """The second listener's name under takes: somebody else than the speaker, and than who brought them."""

    def __init__(self, desk: Desk, sha256s: Collection[str], *, user: Any, on: dt.date | None = None) -> None:
        self.desk = desk
        self.sha256s = set(sha256s)
        self.user = user
        self.on = on or localdate()

    def check(self) -> None:
        """Raise unless the user may approve sound, and brought none of these takes."""
        if not self.user.has_perm(APPROVE):
            raise PermissionDenied
        own = TakeUpload.objects.filter(article=self.desk.page.translation_key, sha256__in=self.sha256s, user=self.user)
        if own.exists():
            numbers = ", ".join(map(str, sorted(set(own.values_list("number", flat=True)))))
            raise VoiceError(
                f"you brought the recording of segment {numbers} yourself", mend="Somebody else must listen to it"
            )

    def execute(self) -> Build | None:
        """The build of what can be played now; None while the text is no public one."""
        self.check()
        desk = self.desk
        with alone(desk.folder):
            takes = read_takes(desk.folder, desk.lang) or Takes(desk.lang)
            chosen = tuple(take for take in takes.takes if take.sha256 in self.sha256s)
            if not chosen or {take.sha256 for take in chosen} != self.sha256s:
                raise _other_than_heard()
            # These alone: an earlier wording's take may bear the same number, and nobody has listened to that one.
            signed = signed_off(dataclasses.replace(takes, takes=chosen), name_of(self.user), self.on)
            now = {take.sha256: take for take in signed.takes}
            every = tuple(now.get(take.sha256, take) for take in takes.takes)
            write_takes(desk.folder, dataclasses.replace(takes, takes=every), {})
        takes_changed.send(Takes, article=desk.page.translation_key, lang=desk.lang)
        if not desk.published:
            return None
        return QueueBuildAction(
            desk.page,
            cause=BuildCause.RECORDED,
            user=self.user,
            languages=(desk.lang,),
            products=tuple(sounding(desk.page.products)),
            offices=("",),
        ).execute()


def _other_than_heard() -> VoiceError:
    return VoiceError("this is not what you have listened to", mend="It was made anew meanwhile: listen again")
