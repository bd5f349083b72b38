"""What a person has listened to: no machine's sentence goes out before somebody has heard it."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from render.errors import VoiceError
from render.speech.takefiles import quoted

APPROVALS = "approvals.toml"
WAITING_WORDS = "chờ nghe duyệt"
ALLOWED_WORDS = "chưa ai nghe duyệt giọng máy; được phát hành vì LOA_ALLOW_UNHEARD=1"


def sentence_key(spoken: str, voice: str) -> str:
    """One sentence in one voice, as 16 hex digits: another word or another voice is another sentence."""
    return hashlib.sha256(f"{voice}\n{spoken}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Approval:
    """Somebody listened to a product and found every sentence right."""

    product: str
    lang: str
    voice: str  # its id
    who: str
    on: dt.date
    sentences: frozenset[str]  # keys


@dataclass(frozen=True)
class Approvals:
    """All that was approved by ear of an article."""

    approvals: tuple[Approval, ...] = ()

    @property
    def heard(self) -> frozenset[str]:
        """The key of every sentence that somebody approved."""
        return frozenset(key for one in self.approvals for key in one.sentences)

    def unheard(self, sentences: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Of (key, text) pairs, the texts nobody has approved."""
        heard = self.heard
        return tuple(dict.fromkeys(text for key, text in sentences if key not in heard))

    def by(self, sentences: Sequence[tuple[str, str]]) -> tuple[Approval, ...]:
        """Whose approvals these sentences stand on, the latest first."""
        keys = {key for key, _ in sentences}
        return tuple(
            sorted((one for one in self.approvals if keys & one.sentences), key=lambda one: one.on, reverse=True)
        )


def waiting_words(unheard: Sequence[str], total: int) -> str:
    """What is waited for: every sentence, or those that changed."""
    if len(unheard) >= total:
        return WAITING_WORDS
    shown = "; ".join(f"“{text if len(text) <= 60 else text[:59] + '…'}”" for text in unheard[:3])
    more = f" và {len(unheard) - 3} câu nữa" if len(unheard) > 3 else ""
    return f"{WAITING_WORDS}: {len(unheard)} câu mới hoặc đã đổi: {shown}{more}"


def approvals_file(article: Path) -> Path:
    """Where the approvals of an article lie."""
    return article.with_name(f"{article.name.removesuffix('.md')}.{APPROVALS}")


def read_approvals(path: Path) -> Approvals:
    """The approvals of a file, none where there is no file; a `VoiceError` for what cannot be read."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Approvals(
            tuple(
                Approval(
                    product=str(one["product"]),
                    lang=str(one["lang"]),
                    voice=str(one["voice"]),
                    who=_name(one["who"]),
                    on=_day(one["on"]),
                    sentences=frozenset(str(key) for key in one["sentences"]),
                )
                for one in data.get("approval", [])
            )
        )
    except FileNotFoundError:
        return Approvals()
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise VoiceError(
            f"the approvals cannot be read: {error}", where=str(path), mend="loa approve-sound writes them"
        ) from None


def _name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("an approval without a name")
    return value.strip()


def _day(value: object) -> dt.date:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError("an approval without a date")
    return value


def write_approvals(path: Path, approvals: Iterable[Approval]) -> None:
    """The file that `read_approvals` reads."""
    lines = ["# Ai đã nghe duyệt những câu nào: loa approve-sound ghi tệp này. Câu đổi một chữ là phải nghe lại.", ""]
    for one in approvals:
        lines += [
            "[[approval]]",
            f"product = {quoted(one.product)}",
            f"lang = {quoted(one.lang)}",
            f"voice = {quoted(one.voice)}",
            f"who = {quoted(one.who)}",
            f"on = {one.on.isoformat()}",
            f"sentences = [{', '.join(map(quoted, sorted(one.sentences)))}]",
            "",
        ]
    scratch = path.with_name(f".{path.name}.half")
    try:
        scratch.write_text("\n".join(lines), encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        raise VoiceError(
            f"the approvals cannot be written: {error.strerror}", where=str(path), mend="Look at the folder"
        ) from None
