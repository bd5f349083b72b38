"""The errors a user can meet. Each says where, what is wrong and how to mend it."""

from __future__ import annotations

from typing import Any


class LoaError(Exception):
    """What went wrong, in one sentence, with its place and its mend.

    `what` is a sentence without its full stop, `where` a file with its line, a block or a fact,
    `mend` what the reader can do now. Instances travel between processes unharmed.
    """

    slug = "error"

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.mend}" if self.mend else text

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.what, self.where, self.mend)


def _rebuild(kind: type[LoaError], what: str, where: str, mend: str) -> LoaError:
    error = kind.__new__(kind)
    LoaError.__init__(error, what, where=where, mend=mend)
    return error


class SettingsError(LoaError):
    """A setting or an argument that cannot be used."""

    slug = "settings"


class LanguageError(LoaError):
    """A language tag that the registry does not know, or one that is switched off."""

    slug = "language"


class FactError(LoaError):
    """A fact that is unknown, has no value on a date, or whose formula cannot be worked out."""

    slug = "fact"


class ArticleError(LoaError):
    """An article file that cannot be read as one."""

    slug = "article"


class PictureError(LoaError):
    """A picture from outside that cannot be read, or not be printed."""

    slug = "picture"


class EditionError(LoaError):
    """An article that cannot be resolved for a language, a date and an office."""

    slug = "edition"


class OfficeError(LoaError):
    """An office code that does not exist, or an office file that cannot be read."""

    slug = "office"


class ImprintError(LoaError):
    """An imprint that says too little, or what cannot be."""

    slug = "imprint"


class StepError(LoaError):
    """A step that did not produce its artifact."""

    slug = "step"


class GateError(LoaError):
    """An artifact that a gate refused; `gate` is the gate's name."""

    slug = "gate"

    def __init__(self, what: str, *, gate: str = "", where: str = "", mend: str = "") -> None:
        super().__init__(what, where=where, mend=mend)
        self.gate = gate

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_gate, (self.what, self.gate, self.where, self.mend)


def _rebuild_gate(what: str, gate: str, where: str, mend: str) -> GateError:
    return GateError(what, gate=gate, where=where, mend=mend)


class VoiceError(LoaError):
    """A voice that could not speak."""

    slug = "voice"


class StoreError(LoaError):
    """A store that cannot be used, or refused a request."""

    slug = "store"


class ReleaseError(LoaError):
    """A release that cannot be made, trusted or read."""

    slug = "release"
