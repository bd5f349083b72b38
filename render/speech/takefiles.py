"""The takes that lie beside an article: `<stem>.<tag>.takes/` with `takes.toml` and one FLAC file a take."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from render.errors import VoiceError
from render.speech.recordings import Signed, Take, Takes, text_key

MANIFEST = "takes.toml"
_LARGEST_MANIFEST = 2_000_000
_HEAD = "# Bản thu của bài này: loa takes ghi tệp này; mỗi đoạn một tệp FLAC.\n"


def takes_folder(article: Path, lang: str, article_lang: str) -> Path:
    """Where the takes of an article lie: `bai.km.takes` beside `bai.md`, `bai.takes` for its own language."""
    stem = article.name.removesuffix(".md")
    return article.with_name(f"{stem}.takes" if lang == article_lang else f"{stem}.{lang}.takes")


def read_takes(folder: Path, lang: str) -> Takes | None:
    """The takes of a folder, None when there is none; a `VoiceError` names the line that cannot be used."""
    path = folder / MANIFEST
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VoiceError(f"the takes cannot be read: {error.strerror}", where=str(path), mend="Look at it") from None
    return _read(folder, lang, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=256)
def _read(folder: Path, lang: str, stamp: int, size: int) -> Takes:  # noqa: ARG001 (they make an edited file new)
    path = folder / MANIFEST
    if size > _LARGEST_MANIFEST:
        raise VoiceError("the list of takes is larger than 2 MB", where=str(path), mend="loa takes writes it")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VoiceError(f"the list of takes cannot be read: {error}", where=str(path), mend="Correct it") from None
    if data.get("lang") != lang:
        raise VoiceError(
            f"these takes are in {data.get('lang')!r}, the folder is named for {lang}",
            where=str(path),
            mend="A voice is never borrowed from another language",
        )
    try:
        segments = [(int(one["number"]), str(one["text"])) for one in data.get("segment", [])]
        takes = tuple(_take(one) for one in data.get("take", []))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VoiceError(
            f"an entry of the list of takes is incomplete: {error}", where=str(path), mend="loa takes writes it anew"
        ) from None
    return Takes(
        lang=lang,
        takes=takes,
        numbers={text_key(text): number for number, text in segments},
        texts=dict(segments),
        sound=_Folder(folder),
    )


def _take(one: Mapping[str, Any]) -> Take:
    digest = str(one["sha256"])
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError("sha256")
    if not str(one["speaker"]).strip():
        raise ValueError("speaker")
    return Take(
        number=int(one["number"]),
        text=str(one["text"]),
        sha256=digest,
        duration_s=float(one["duration_s"]),
        speaker=str(one["speaker"]),
        consent=_signed(one.get("consent")),
        heard=_signed(one.get("heard")),
        measured={name: float(value) for name, value in one.get("measured", {}).items()},
        warnings=tuple(str(text) for text in one.get("warnings", [])),
    )


def _signed(data: Any) -> Signed | None:
    if data is None:
        return None
    who, on = str(data["who"]).strip(), data["on"]
    if not who or not isinstance(on, dt.date) or isinstance(on, dt.datetime):
        raise ValueError("who and on (a date) are both needed under a consent or a sign-off")
    return Signed(who, on)


class _Folder:
    """Finds a take's bytes in a folder, and proves that they are the ones that were signed for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, sha256: str) -> bytes:
        path = next(iter(sorted(self.folder.glob(f"*-{sha256[:12]}.flac"))), self.folder / f"…-{sha256[:12]}.flac")
        try:
            data = path.read_bytes()
        except OSError:
            raise VoiceError(
                "a take is not there any more", where=str(path), mend="Put it back, or record the segment again"
            ) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise VoiceError(
                "a take is not the one that was signed for",
                where=str(path),
                mend="Put the file back, or add it as a new take",
            )
        return data


def take_name(take: Take) -> str:
    """What the file of a take is called."""
    return f"{take.number:03}-{take.sha256[:12]}.flac"


def write_takes(folder: Path, takes: Takes, sounds: Mapping[str, bytes]) -> Takes:
    """Writes new sounds, then the list; files that no take names any more move to `older/`, nothing is lost."""
    folder.mkdir(parents=True, exist_ok=True)
    for take in takes.takes:
        path = folder / take_name(take)
        if take.sha256 in sounds and not path.exists():
            _write(path, sounds[take.sha256])
    _write(folder / MANIFEST, _toml(takes).encode())
    current = {take_name(take) for take in takes.takes}
    for path in sorted(folder.glob("*.flac")):
        if path.name not in current:
            (folder / "older").mkdir(exist_ok=True)
            path.replace(folder / "older" / path.name)
    return replace(takes, sound=_Folder(folder))


def _write(path: Path, data: bytes) -> None:
    scratch = path.with_name(f".{secrets.token_hex(6)}.half")
    try:
        with scratch.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        raise VoiceError(
            f"the takes cannot be written: {error.strerror}", where=str(path), mend="Free some space"
        ) from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            scratch.unlink()


def _toml(takes: Takes) -> str:
    lines = [_HEAD, f"lang = {quoted(takes.lang)}", ""]
    for number, text in sorted(takes.texts.items()):
        lines += ["[[segment]]", f"number = {number}", f"text = {quoted(text)}", ""]
    for take in takes.takes:
        lines += [
            "[[take]]",
            f"number = {take.number}",
            f"text = {quoted(take.text)}",
            f"sha256 = {quoted(take.sha256)}",
            f"duration_s = {take.duration_s:.3f}",
            f"speaker = {quoted(take.speaker)}",
        ]
        for name, signed in (("consent", take.consent), ("heard", take.heard)):
            if signed:
                lines.append(f"{name} = {{ who = {quoted(signed.who)}, on = {signed.on.isoformat()} }}")
        if take.measured:
            measured = ", ".join(f"{name} = {float(value)!r}" for name, value in sorted(take.measured.items()))
            lines.append(f"measured = {{ {measured} }}")
        if take.warnings:
            lines.append(f"warnings = [{', '.join(map(quoted, take.warnings))}]")
        lines.append("")
    return "\n".join(lines)


_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def quoted(text: str) -> str:
    """A basic string of TOML."""
    return '"' + "".join(_ESCAPES.get(c, c if c.isprintable() else f"\\U{ord(c):08X}") for c in text) + '"'
