"""The form that brings a recording."""

from __future__ import annotations

import threading
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.sound.sheets import Desk
from render.errors import VoiceError
from render.speech.decoding import Recording, decode_recording
from render.speech.recordings import Numbered, Signed
from render.speech.taking import Sitting

MISSING, ALL = "missing", "all"
_decoding = threading.BoundedSemaphore(2)  # a decoder may take a minute of a core: they never take all of them
SOUNDS = "audio/*,video/mp4,video/3gpp,video/webm,.amr,.3gp,.caf,.m4a,.opus,.ogg,.flac"


class RecordingForm(forms.Form):
    """A file, what it holds, who speaks, and that they agreed."""

    file = forms.FileField(label=gettext_lazy("Recording"), widget=forms.FileInput(attrs={"accept": SOUNDS}))
    holds = forms.ChoiceField(label=gettext_lazy("It holds"))
    speaker = forms.CharField(label=gettext_lazy("Who speaks"), max_length=120)
    consent = forms.BooleanField(
        label=gettext_lazy("The speaker has agreed to the use of this recording (signed on the sheet)")
    )
    consent_on = forms.DateField(
        label=gettext_lazy("Agreed on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    consent_by = forms.CharField(
        label=gettext_lazy("Agreed by"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Only where somebody else agreed for the speaker, such as a parent."),
    )
    sheet = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, desk: Desk, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk
        missing, every = desk.sheet.missing(), desk.sheet.lines
        choices = []
        if 1 < len(missing) < len(every):
            words = _("the %(count)d sentences that have no recording yet, one after the other")
            choices.append((MISSING, words % {"count": len(missing)}))
        if len(every) > 1:
            choices.append((ALL, _("all %(count)d sentences, one after the other") % {"count": len(every)}))
        choices += [(one.line.key, _one(one)) for one in every]
        self.fields["holds"].choices = choices  # type: ignore[attr-defined]
        self.initial.setdefault("sheet", desk.sheet.code)
        self.initial.setdefault("consent_on", localdate())

    def clean_file(self) -> UploadedFile:
        """Within bounds."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.RECORDING_UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB: record as M4A or MP3, or in parts.")
                % {"most": settings.RECORDING_UPLOAD_MAX_BYTES // 1_000_000}
            )
        return file

    def clean_consent_on(self) -> Any:
        """Not in the future."""
        day = self.cleaned_data["consent_on"]
        if day > localdate():
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        """Of the text as it is now."""
        data = super().clean() or self.cleaned_data
        if data.get("sheet") not in (None, self.desk.sheet.code) and data.get("holds") in (MISSING, ALL):
            raise forms.ValidationError(_("The text has changed since this page was opened: look at it again."))
        return data

    @property
    def lines(self) -> tuple[Numbered, ...]:
        """The sentences that the file holds."""
        holds = self.cleaned_data["holds"]
        if holds == MISSING:
            return self.desk.sheet.missing()
        return self.desk.sheet.lines if holds == ALL else (self.desk.line(holds),)

    @property
    def name(self) -> str:
        """Of the file, as messages say it."""
        return str(self.cleaned_data["file"].name)[:120]

    @property
    def sitting(self) -> Sitting:
        """Who speaks, and that they agreed."""
        speaker = " ".join(self.cleaned_data["speaker"].split())
        agreed_by = " ".join(self.cleaned_data["consent_by"].split()) or speaker
        return Sitting(speaker, Signed(agreed_by, self.cleaned_data["consent_on"]))


def decoded(form: RecordingForm) -> Recording:
    """The sound of what was sent; a `VoiceError` for what is none, or when too many are being read."""
    if not _decoding.acquire(timeout=20):
        raise VoiceError("other recordings are being read", mend="Try again in a minute")
    try:
        return decode_recording(form.cleaned_data["file"].read(), where=form.name)
    finally:
        _decoding.release()


def _one(one: Numbered) -> str:
    text = one.line.text
    return _("sentence %(number)d: %(text)s") % {
        "number": one.number,
        "text": text if len(text) <= 60 else f"{text[:59]}…",
    }
